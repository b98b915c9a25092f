//! What a definition may say, and probably does not mean: it is valid, and somebody should be told (P7, Q8).

use std::fmt;

use super::numbering::known_tokens;
use super::place::Place;
use super::{Job, NameFormat, PipelineDefinition, Task};

/// Something in a definition that is allowed, and that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The place, such as `stages[2].jobs[0].tasks[1]`.
    pub path: String,
    /// What is to be known about it.
    pub what: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// Everything in a definition that is allowed and probably not meant, in its order. Nothing is refused for it.
///
/// - A token of the release name format that nobody knows, which stays as it is written (P7). What variable groups say is not known
///   before a release is made: a definition that names some is not warned of tokens that a group may define.
/// - A wait for a person, a moment or an agent inside the jobs of a stage that names lock groups: they are held meanwhile (Q8).
///
/// ```
/// use cutover::{PipelineDefinition, warnings};
///
/// let mut definition = PipelineDefinition::new("Shop");
/// definition.release_name_format = "Shop $(Cheese) $(rev:r)".to_owned();
/// let [warning] = &warnings(&definition)[..] else { panic!("there is one") };
/// assert_eq!(warning.to_string(), "release_name_format: $(Cheese) is not known and stays as it is written");
/// ```
pub fn warnings(definition: &PipelineDefinition) -> Vec<Warning> {
    let root = Place::Definition;
    let mut found = Vec::new();
    for (index, stage) in definition.stages.iter().enumerate() {
        let at = root.item("stages", index);
        if stage.lock_groups.is_empty() {
            continue;
        }
        for (index, job) in stage.jobs.iter().enumerate() {
            waits_with_locks(job, &at.item("jobs", index), &mut found);
        }
    }
    unknown_tokens(definition, &root.field("release_name_format"), &mut found);
    found
}

/// Q8: the lock groups were granted before the jobs.
fn waits_with_locks(job: &Job, at: &Place<'_>, found: &mut Vec<Warning>) {
    // Also where it names no pool: it takes its agents from the default one (J11).
    if let Some(pool) = job.pool() {
        let what = format!("holds the stage's lock groups while it waits for an agent of pool {pool} (Q8)");
        found.push(Warning { path: at.field("kind").to_string(), what });
    }
    let waits = |task: &Task| task.enabled && task.task.own().is_some();
    for (index, _) in job.tasks.iter().enumerate().filter(|(_, task)| waits(task)) {
        let what = "holds the stage's lock groups while it waits (Q8)";
        found.push(Warning { path: at.item("tasks", index).to_string(), what: what.to_owned() });
    }
}

fn unknown_tokens(definition: &PipelineDefinition, at: &Place<'_>, found: &mut Vec<Warning>) {
    let known = known_tokens(definition);
    let may_be_known = !definition.variable_groups.is_empty() && definition.group_variables.is_empty();
    let is_known = |key: &str| may_be_known || known.contains_key(key);
    let of_format = NameFormat::parse(&definition.release_name_format).warnings(&is_known);
    found.extend(of_format.iter().map(|it| Warning { path: at.to_string(), what: it.to_string() }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::JobKind;
    use crate::{ArtifactKind, ArtifactSource, DefaultVersion, Stage, TaskRef, Variable};

    fn told(definition: &PipelineDefinition) -> Vec<String> {
        warnings(definition).iter().map(Warning::to_string).collect()
    }

    #[test]
    fn a_wait_inside_the_jobs_of_a_stage_that_names_lock_groups_is_warned_of() {
        let wait = Task::new("Ask", TaskRef::new(TaskRef::MANUAL_INTERVENTION));
        let switched_off = Task { enabled: false, ..wait.clone() };
        let mut server = Job::agent("Ask");
        server.kind = JobKind::Server;
        let server = server.with_task(switched_off).with_task(wait);
        let mut agent = Job::agent("Build");
        agent.kind = JobKind::Agent { pool: "linux".to_owned(), demands: Vec::new() };
        let mut stage = Stage::new(crate::StageId(1), "QA");
        stage.jobs = vec![Job::agent("First"), server, agent];
        let mut definition = PipelineDefinition::new("Shop").with_stage(stage);
        assert_eq!(told(&definition), [""; 0]);
        definition.stages[0].lock_groups = vec!["database".to_owned()];
        assert_eq!(
            told(&definition),
            [
                "stages[0].jobs[0].kind: holds the stage's lock groups while it waits for an agent of pool default (Q8)",
                "stages[0].jobs[1].tasks[1]: holds the stage's lock groups while it waits (Q8)",
                "stages[0].jobs[2].kind: holds the stage's lock groups while it waits for an agent of pool linux (Q8)",
            ]
        );
    }

    #[test]
    fn a_token_of_the_name_that_nobody_knows_is_warned_of() {
        let mut definition = PipelineDefinition::new("Shop");
        definition.release_name_format =
            "$(Release.DefinitionName) $(Build.BuildNumber) $(Artifact.app.BuildId) $(color) $(rev:r)"
                .to_owned();
        assert_eq!(told(&definition).len(), 3);
        definition.artifacts = vec![ArtifactSource {
            alias: "app".to_owned(),
            kind: ArtifactKind::Build,
            reference: std::collections::BTreeMap::new(),
            primary: true,
            default_version: DefaultVersion::Latest,
        }];
        definition.variables.insert("Color".to_owned(), Variable::plain("blue"));
        assert_eq!(told(&definition), [""; 0]);
    }

    #[test]
    fn a_token_that_a_variable_group_may_define_is_not_warned_of() {
        let mut definition = PipelineDefinition::new("Shop");
        definition.release_name_format = "$(color) $(rev:r)".to_owned();
        definition.variable_groups = vec!["colors".to_owned()];
        assert_eq!(told(&definition), [""; 0]);
    }
}
