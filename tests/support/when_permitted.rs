//! Steps about permissions: given, kept back, revoked (U).

use cucumber::when;
use cutover::deployment::Report;
use cutover::permission::{Effect, Grant, Grantee, Permission, PermissionsCommand};
use cutover::transaction::Command;
use cutover::{GroupId, ReleaseCommand};

use super::spec::Spec;
use super::{when_frozen, words};

fn grant(spec: &mut Spec, verb: &str, to: &str, permission: &str, scope: &str) -> Grant {
    let to = match to.strip_prefix("group ") {
        Some(group) => Grantee::Group(GroupId::new(group).expect("a group's name")),
        None => Grantee::User(words::user(to)),
    };
    let effect = match verb {
        "allows" | "allow" => Effect::Allow,
        _ => Effect::Deny,
    };
    let named = Permission::ALL.into_iter().find(|it| it.to_string() == permission);
    let permission = named.unwrap_or_else(|| panic!("no permission: {permission:?}"));
    Grant { to, effect, permission, scope: when_frozen::scope(spec, scope) }
}

#[when(regex = r"^(\S+) (allows|denies) (group \S+|\S+) to (.+) in (.+)$")]
async fn gives(spec: &mut Spec, who: String, verb: String, to: String, permissions: String, scope: String) {
    spec.save_if_new().await;
    for permission in words::list(&permissions) {
        let grant = grant(spec, &verb, &to, &permission, &scope);
        spec.give(&words::actor(&who), Command::Permissions(PermissionsCommand::Give(grant))).await;
    }
}

#[when(regex = r"^(\S+) no longer (allows|denies) (group \S+|\S+) to (.+) in (.+)$")]
async fn revokes(spec: &mut Spec, who: String, verb: String, to: String, permission: String, scope: String) {
    let grant = grant(spec, &verb, &to, &permission, &scope);
    spec.give(&words::actor(&who), Command::Permissions(PermissionsCommand::Revoke(grant))).await;
}

#[when(regex = r"^(\S+) reports task (\S+) of (\S+) of (R\d+)$")]
async fn reports(spec: &mut Spec, who: String, task: String, stage: String, release: String) {
    let task = spec.task_id(&release, &stage, &task);
    let engine = spec.seen().engine();
    let command = ReleaseCommand::ReportTask { task, engine, report: Report::Succeeded };
    spec.give_release(&who, &release, command).await;
}
