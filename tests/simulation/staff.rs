//! Who may do what, in the histories in which not everybody may do everything.

use cutover::permission::{Grant, Grantee, Permission, PermissionsCommand};
use cutover::transaction::Command;
use cutover::{PipelineId, Scope, StageId};
use cutover_engine::simulation::{Ask, Dice};

use crate::people::{GROUPS, USERS, group, user};

/// Nobody acts on behalf of approvers: what the invariants say of answers is then simple.
fn is_given(permission: Permission) -> bool {
    !matches!(permission, Permission::ManageReleaseApprovers | Permission::View)
}

fn to(name: &str) -> Grantee {
    Grantee::User(user(name))
}

/// Ann may do everything and the others something, which changes in the course of the history. Interventions that are assigned to nobody are
/// answered by anybody.
pub fn first_grants(dice: &mut Dice) -> Vec<Ask> {
    let of = |permission| Grant::allow(to("ann"), permission, Scope::Store);
    let mut grants = vec![of(Permission::AdministerPermissions)];
    let others = Permission::ALL.into_iter().filter(|it| *it != Permission::AdministerPermissions);
    grants.extend(others.filter(|permission| is_given(*permission)).map(of));
    grants.push(Grant::allow(to("anybody"), Permission::ResumeInterventions, Scope::Store));
    grants.extend((0..8).map(|_| any_grant(dice)));
    grants
        .into_iter()
        .map(|grant| Ask::Command(Command::Permissions(PermissionsCommand::Give(grant))))
        .collect()
}

/// A grant to one of the others, or to a group. None is kept from Ann, who clears the way in the end.
pub fn any_grant(dice: &mut Dice) -> Grant {
    let permissions: Vec<_> = Permission::ALL.into_iter().filter(|it| is_given(*it)).collect();
    let permission = dice.one_of(&permissions).copied().unwrap_or(Permission::View);
    let pipeline = PipelineId(1 + dice.below(2));
    let scope = match dice.below(5) {
        0 => Scope::Folder("\\".to_owned()),
        1 => Scope::Pipeline(pipeline),
        2 => Scope::Stage { pipeline, stage: StageId(1 + u32::try_from(dice.below(3)).unwrap_or(0)) },
        _ => Scope::Store,
    };
    let denies = dice.one_in(4);
    let name = dice.one_of(&USERS[1..]).copied().unwrap_or("bob");
    let team = GROUPS[dice.place(GROUPS.len()).unwrap_or(0)];
    let has_ann = team.1.contains(&"ann");
    let grantee =
        if dice.one_in(3) && !(denies && has_ann) { Grantee::Group(group(team.0)) } else { to(name) };
    if denies { Grant::deny(grantee, permission, scope) } else { Grant::allow(grantee, permission, scope) }
}
