//! Persons and groups (E5): only their opaque ids are taken, names and addresses come from the host's identities.

use cutover::{Approver, GroupId, UserId};
use serde_json::{Value, json};

use crate::left_out;
use crate::read::{Fields, Node};

/// The person or group that a node names; `None` if it names nobody.
pub(crate) fn read(node: &Node<'_>) -> Option<Approver> {
    node.object(left_out::IDENTITY, |fields| {
        let is_group = is_group(fields);
        let id = id_of(fields)?;
        let approver = if is_group {
            GroupId::new(id).map(Approver::Group)
        } else {
            UserId::new(id).map(Approver::User)
        };
        if approver.is_err() {
            node.warn("the id is too long, or holds a character that none may hold: it names nobody");
        }
        approver.ok()
    })
}

/// The person that a node names; a group is reported.
pub(crate) fn read_user(node: &Node<'_>) -> Option<UserId> {
    match read(node)? {
        Approver::User(user) => Some(user),
        Approver::Group(_) => {
            node.warn("a group where a person belongs: left out");
            None
        }
        Approver::Automatic => None,
    }
}

/// Writes a person or a group; nobody is null.
pub(crate) fn write(approver: &Approver) -> Value {
    match approver {
        Approver::User(user) => json!({ "id": user }),
        Approver::Group(group) => json!({ "id": group, "isContainer": true }),
        Approver::Automatic => Value::Null,
    }
}

/// Writes a person.
pub(crate) fn write_user(user: Option<&UserId>) -> Value {
    user.map_or(Value::Null, |user| write(&Approver::User(user.clone())))
}

fn id_of(fields: &mut Fields<'_>) -> Option<String> {
    if let Some(id) = fields.take("id").name() {
        if is_zero_guid(&id) {
            fields.node().warn("the id is all zeros, as in a template: nobody has it until it is replaced");
        }
        if is_placeholder(&id) {
            fields.node().warn(PLACEHOLDER);
        }
        return Some(in_one_case(id));
    }
    for key in ["uniqueName", "displayName", "name"] {
        if let Some(name) = fields.node().peek(key).name() {
            fields.node().warn(format!("no id: its {key} is taken as its id"));
            return Some(name);
        }
    }
    None
}

/// Groups are marked as containers; older exports show it in their names or descriptors only.
fn is_group(fields: &Fields<'_>) -> bool {
    let begins = |key: &str, with: &[&str]| {
        let text = fields.node().peek(key).name().unwrap_or_default();
        with.iter().any(|begin| text.starts_with(begin))
    };
    fields.node().peek("isContainer").flag() == Some(true)
        || begins("descriptor", &["vssgp.", "aadgp."])
        || begins("uniqueName", &["vstfs:///"])
        || begins("displayName", &["["])
}

/// GUIDs are the same in either case: one is chosen, so that ids can be compared.
pub(crate) fn in_one_case(id: String) -> String {
    let groups = id.split('-').map(str::len);
    let is_hexadecimal = id.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    if is_hexadecimal && groups.eq([8, 4, 4, 4, 12]) { id.to_ascii_lowercase() } else { id }
}

/// What is said of a placeholder.
pub(crate) const PLACEHOLDER: &str = "a placeholder of a template: nothing has this id until it is replaced";

/// Templates write `$OwnerId$` for what is filled in later.
pub(crate) fn is_placeholder(id: &str) -> bool {
    id.len() > 2 && id.starts_with('$') && id.ends_with('$')
}

/// What exports that were made anonymous have in place of ids.
pub(crate) fn is_zero_guid(id: &str) -> bool {
    id == "00000000-0000-0000-0000-000000000000"
}
