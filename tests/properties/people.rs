//! The people of the tests, and the groups that they are members of.

use std::collections::BTreeSet;

use cutover::{Actor, GroupId, UserId};

pub const USERS: [&str; 4] = ["ann", "bob", "cy", "dee"];

pub const GROUPS: [(&str, &[&str]); 2] = [("ops", &["ann", "bob"]), ("qa", &["cy"])];

pub fn user(name: &str) -> UserId {
    UserId::new(name).expect("a short name")
}

pub fn group(name: &str) -> GroupId {
    GroupId::new(name).expect("a short name")
}

pub fn actor(name: &str) -> Actor {
    if name == "system" { Actor::System } else { Actor::User(user(name)) }
}

/// The groups that the person is a member of.
pub fn groups_of(name: &str) -> BTreeSet<GroupId> {
    GROUPS.iter().filter(|(_, members)| members.contains(&name)).map(|(id, _)| group(id)).collect()
}
