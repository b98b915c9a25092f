use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::flow::{Aggregate, Facts};
use crate::{
    Actor, CommandId, CommitId, Context, GroupId, PipelineId, Scope, Site, StageId, Timestamp, UserId, limits,
};

fn user(name: &str) -> UserId {
    UserId::new(name).expect("a short name")
}

fn group(name: &str) -> GroupId {
    GroupId::new(name).expect("a short name")
}

fn ann() -> Grantee {
    Grantee::User(user("ann"))
}

fn administrator() -> Grant {
    Grant::allow(ann(), Permission::AdministerPermissions, Scope::Store)
}

fn folded(grants: &[Grant]) -> Permissions {
    let mut permissions = Permissions::default();
    for grant in grants {
        let granted = PermissionsEvent::Granted { grant: grant.clone(), by: Actor::System };
        permissions.evolve(&granted, Timestamp::UNIX_EPOCH).expect("it can have happened");
    }
    permissions
}

fn give(
    permissions: &Permissions,
    actor: Actor,
    grant: Grant,
) -> Result<Vec<PermissionsEvent>, PermissionsRefusal> {
    let (command, commit) = (CommandId::new("c").expect("short"), CommitId::new("k").expect("short"));
    let context = Context::new(Timestamp::UNIX_EPOCH, actor, command, commit);
    permissions.decide(&PermissionsCommand::Give(grant), &context, &Facts::default())
}

/// Where somebody may want something, and all scopes that cover it, the nearest first: said once more from the rule.
fn place() -> impl Strategy<Value = (Site, Vec<Scope>)> {
    let folder = |path: &str| Scope::Folder(path.to_owned());
    let (one, two) = (PipelineId(1), PipelineId(2));
    let around_one = vec![Scope::Pipeline(one), folder("\\a\\b"), folder("\\a"), folder("\\"), Scope::Store];
    let stage = |stage| {
        let mut scopes = vec![Scope::Stage { pipeline: one, stage: StageId(stage) }];
        scopes.extend(around_one.clone());
        (Site::pipeline(one, "\\A\\b").stage(StageId(stage)), scopes)
    };
    select(vec![
        (Site::store(), vec![Scope::Store]),
        (Site::folder("\\a"), vec![folder("\\a"), folder("\\"), Scope::Store]),
        (Site::pipeline(one, "\\a\\B"), around_one.clone()),
        stage(1),
        stage(2),
        (Site::pipeline(two, "\\"), vec![Scope::Pipeline(two), folder("\\"), Scope::Store]),
    ])
}

fn any_grant() -> impl Strategy<Value = Grant> {
    let folder = |path: &str| Scope::Folder(path.to_owned());
    let to = select(vec![
        ann(),
        Grantee::User(user("bob")),
        Grantee::Group(group("ops")),
        Grantee::Group(group("dev")),
    ]);
    let scope = select(vec![
        Scope::Store,
        folder("\\"),
        folder("\\a"),
        folder("\\a\\b"),
        folder("\\ab"),
        Scope::Pipeline(PipelineId(1)),
        Scope::Pipeline(PipelineId(2)),
        Scope::Stage { pipeline: PipelineId(1), stage: StageId(1) },
        Scope::Stage { pipeline: PipelineId(1), stage: StageId(2) },
        Scope::Stage { pipeline: PipelineId(2), stage: StageId(1) },
    ]);
    let permission = select(vec![Permission::View, Permission::EditStage]);
    (to, select(vec![Effect::Allow, Effect::Deny]), permission, scope)
        .prop_map(|(to, effect, permission, scope)| Grant { to, effect, permission, scope })
}

proptest! {
    /// U1, U2 against the rule as it is said: scope by scope from the nearest, the first in which anything is granted decides, and
    /// denies if anything there does.
    #[test]
    fn the_nearest_scope_decides_and_deny_wins_in_it(
        grants in vec(any_grant(), 0..12),
        (site, scopes) in place(),
        name in select(vec!["ann", "bob", "cy"]),
        groups in select(vec![vec![], vec!["ops"], vec!["ops", "dev"]]),
        permission in select(vec![Permission::View, Permission::EditStage]),
    ) {
        let mut distinct = grants;
        distinct.sort();
        distinct.dedup();
        let groups: BTreeSet<GroupId> = groups.into_iter().map(group).collect();
        let is_for = |grant: &&Grant| grant.permission == permission && match &grant.to {
            Grantee::User(to) => to.as_str() == name,
            Grantee::Group(to) => groups.contains(to),
        };
        let mut expected = distinct.is_empty();
        for scope in scopes {
            let there: Vec<Effect> =
                distinct.iter().filter(is_for).filter(|grant| grant.scope == scope).map(|it| it.effect).collect();
            if !there.is_empty() {
                expected = !there.contains(&Effect::Deny);
                break;
            }
        }
        let permissions = folded(&distinct);
        let actor = Actor::User(user(name));
        prop_assert_eq!(permissions.allow(&actor, &groups, permission, &site), expected);
        prop_assert!(permissions.allow(&Actor::System, &BTreeSet::new(), permission, &site));
        let mut listed: Vec<Grant> = permissions.iter().collect();
        listed.sort();
        prop_assert_eq!(listed, distinct);
    }
}

#[test]
fn the_first_grant_makes_its_actor_the_administrator() {
    let none = Permissions::default();
    assert_eq!(give(&none, Actor::User(user("ann")), administrator()).map(|events| events.len()), Ok(1));
    assert_eq!(give(&none, Actor::System, administrator()).map(|events| events.len()), Ok(1));
    let folder = Scope::Folder("\\".to_owned());
    for (actor, grant) in [
        (Actor::User(user("bob")), administrator()),
        (Actor::User(user("ann")), Grant::allow(ann(), Permission::View, Scope::Store)),
        (Actor::User(user("ann")), Grant::allow(ann(), Permission::AdministerPermissions, folder)),
        (Actor::User(user("ann")), Grant { to: Grantee::Group(group("ops")), ..administrator() }),
        (Actor::User(user("ann")), Grant { effect: Effect::Deny, ..administrator() }),
        (Actor::System, Grant::deny(ann(), Permission::View, Scope::Store)),
    ] {
        let refused = PermissionsRefusal::NotAdministrator { actor: actor.clone() };
        assert_eq!(give(&none, actor, grant), Err(refused));
    }
}

#[test]
fn there_are_so_many_grants_and_no_more() {
    let ids = (1..limits::GRANTS).map(|id| Grantee::User(user(&format!("user-{id}"))));
    let others = ids.map(|to| Grant::allow(to, Permission::View, Scope::Store));
    let mut grants: Vec<Grant> = std::iter::once(administrator()).chain(others).collect();
    let last = grants.pop().expect("there are many");
    let permissions = folded(&grants);
    assert_eq!(give(&permissions, Actor::System, last.clone()).map(|events| events.len()), Ok(1));
    grants.push(last);
    let one_more = Grant::allow(ann(), Permission::View, Scope::Store);
    let refused = Err(PermissionsRefusal::TooMany { limit: limits::GRANTS });
    assert_eq!(give(&folded(&grants), Actor::System, one_more), refused);
}

#[test]
fn the_names_of_permissions_are_stored_and_each_stands_in_the_list_of_all() {
    let names: Vec<String> =
        Permission::ALL.iter().map(|it| serde_json::to_string(it).expect("it is JSON")).collect();
    let told = "view edit-pipeline edit-stage delete-pipeline create-releases edit-releases delete-releases manage-deployments \
        manage-release-approvers ignore-gates override-artifact-filters resume-interventions manage-queues publish-artifacts \
        report-task-results administer-permissions override-freezes";
    let told: Vec<String> = told.split_whitespace().map(|name| format!("\"{name}\"")).collect();
    assert_eq!(names, told);
    assert!(Permission::ALL.is_sorted_by(|one, two| one < two));
}
