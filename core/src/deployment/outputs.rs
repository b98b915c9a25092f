//! The variables that tasks set, and what is kept of them (J10).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Deployment, Slice};
use crate::pipeline::is_variable_name;
use crate::{Job, JobId, SecretRef, SliceId, TaskId, VariableValue, fold, is_system_variable, limits};

/// Variables that a warning names; what is beyond that is counted.
const NAMED: usize = 5;
/// Characters of a name in a warning.
const NAME_SHOWN: usize = 40;

/// A variable that a task set (J10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SetVariable {
    /// Its name: letters, digits, `.` and `_` (V3), at most [`limits::NAME_CHARACTERS`].
    pub name: String,
    /// Its value, at most [`limits::OUTPUT_BYTES`]; of a secret only where it is kept (V4).
    pub value: VariableValue,
    /// Whether it is set as an output, for later jobs of the stage too.
    pub is_output: bool,
}

/// A variable that a task set as it is stored: it has a value, or it is a secret.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<SecretRef>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_output: bool,
}

impl TryFrom<Written> for SetVariable {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let value = match (written.value, written.secret) {
            (Some(value), None) => VariableValue::Plain(value),
            (None, Some(secret)) => VariableValue::Secret(secret),
            (None, None) | (Some(_), Some(_)) => return Err("a variable has a value or is a secret"),
        };
        Ok(Self { name: written.name, value, is_output: written.is_output })
    }
}

impl From<SetVariable> for Written {
    fn from(SetVariable { name, value, is_output }: SetVariable) -> Self {
        let (value, secret) = match value {
            VariableValue::Plain(value) => (Some(value), None),
            VariableValue::Secret(secret) => (None, Some(secret)),
        };
        Self { name, value, secret, is_output }
    }
}

impl SetVariable {
    /// A variable for later tasks of the job: they see it as `name`, and as `task.name`.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: VariableValue::Plain(value.into()), is_output: false }
    }

    /// A secret for later tasks of the job, by where it is kept (V4).
    pub fn secret(name: impl Into<String>, reference: impl Into<SecretRef>) -> Self {
        Self { name: name.into(), value: VariableValue::Secret(reference.into()), is_output: false }
    }

    /// An output: later tasks of the job see it as `task.name`, later jobs of the stage as `job.task.name`.
    pub fn output(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { is_output: true, ..Self::new(name, value) }
    }
}

/// How much more the tasks of a deployment may set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    variables: usize,
    bytes: usize,
}

impl Room {
    /// Whether there is room for `variable` beside what is kept under other keys than `key`; an error that says what it is too many for.
    fn for_one_more(
        self,
        kept: &BTreeMap<String, SetVariable>,
        key: &str,
        variable: &SetVariable,
    ) -> Result<(), String> {
        let others = kept.iter().filter(|(other, _)| *other != key).map(|(_, other)| other);
        let (count, bytes) = others
            .fold((1, bytes_of(variable)), |(count, bytes), other| (count + 1, bytes + bytes_of(other)));
        if count > limits::OUTPUTS_PER_TASK {
            Err(format!("a task sets at most {}", limits::OUTPUTS_PER_TASK))
        } else if count > self.variables {
            Err(format!("the tasks of a deployment set at most {}", limits::OUTPUTS_PER_DEPLOYMENT))
        } else if bytes > self.bytes {
            Err(format!("the tasks of a deployment set at most {} bytes", limits::OUTPUTS_BYTES))
        } else {
            Ok(())
        }
    }
}

fn bytes_of(variable: &SetVariable) -> usize {
    let value = match &variable.value {
        VariableValue::Plain(value) => value.len(),
        VariableValue::Secret(SecretRef { name, version }) => {
            name.len() + version.as_ref().map_or(0, |version| version.0.len())
        }
    };
    variable.name.len() + value
}

/// What is kept of what a task set, and a warning that tells of the rest; empty: there is none. Of two with one name the later counts.
pub(super) fn keep(set: &[&SetVariable], job: &Job, place: u32, room: Room) -> (Vec<SetVariable>, String) {
    let mut kept: BTreeMap<String, SetVariable> = BTreeMap::new();
    let mut not_kept = Complaints::default();
    for variable in set {
        let key = fold(&variable.name);
        let problem = if !is_variable_name(&variable.name) {
            Some("its name is not that of a variable".to_owned())
        } else if is_system_variable(&variable.name) {
            Some("only the system sets it".to_owned())
        } else if let Some(problem) = too_long(&variable.value) {
            Some(problem)
        } else {
            room.for_one_more(&kept, &key, variable).err()
        };
        match problem {
            // An earlier value would be taken for this one.
            Some(problem) => {
                kept.remove(&key);
                not_kept.add(&variable.name, &problem);
            }
            None => {
                kept.insert(key, (*variable).clone());
            }
        }
    }
    let kept: Vec<SetVariable> = kept.into_values().collect();
    let mut hidden = Complaints::default();
    let task = job.tasks.get(place as usize).map_or("", |task| &task.reference_name);
    for variable in &kept {
        let of_task = qualified(&[task], &variable.name);
        let of_job = qualified(&[&job.reference_name, task], &variable.name).filter(|_| variable.is_output);
        for name in of_task.into_iter().chain(of_job).filter(|name| is_system_variable(name)) {
            hidden.add(&name, "only the system sets it");
        }
    }
    let warnings = [not_kept.told("variables that are not kept"), hidden.told("names that are not seen")];
    (kept, warnings.into_iter().flatten().collect::<Vec<_>>().join("; "))
}

fn too_long(value: &VariableValue) -> Option<String> {
    match value {
        VariableValue::Plain(value) => (value.len() > limits::OUTPUT_BYTES)
            .then(|| format!("its value is longer than {} bytes", limits::OUTPUT_BYTES)),
        VariableValue::Secret(SecretRef { name, version }) => {
            let version = version.as_ref().map_or(0, |version| version.0.len());
            (name.len() + version > limits::OUTPUT_BYTES)
                .then(|| format!("where it is kept is longer than {} bytes", limits::OUTPUT_BYTES))
        }
    }
}

/// What is wrong with some of the variables that a task set, in bounded words (J10): the first five are named, the others counted.
///
/// ```
/// use cutover::deployment::Complaints;
///
/// let mut complaints = Complaints::default();
/// assert_eq!(complaints.told("variables that are not kept"), None);
/// complaints.add("color", "it is too bright");
/// let told = complaints.told("variables that are not kept");
/// assert_eq!(told.as_deref(), Some("variables that are not kept: \"color\" (it is too bright)"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Complaints {
    first: Vec<String>,
    count: usize,
}

impl Complaints {
    /// Adds one about the variable with this name, of which the first 40 characters are told. Secrets in either are told as they stand.
    pub fn add(&mut self, name: &str, problem: &str) {
        self.count += 1;
        if self.first.len() < NAMED {
            let name: String = name.chars().take(NAME_SHOWN).collect();
            self.first.push(format!("{name:?} ({problem})"));
        }
    }

    /// All of them, after what they are about; `None`: there are none.
    pub fn told(&self, what: &str) -> Option<String> {
        let more = match self.count - self.first.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (self.count > 0).then(|| format!("{what}: {}{more}", self.first.join(", ")))
    }
}

/// A variable's name behind the reference names of its task and job; `None` if one of those has none.
fn qualified(by: &[&str], name: &str) -> Option<String> {
    let all_have_one = by.iter().all(|reference| !reference.is_empty());
    all_have_one.then(|| by.iter().chain([&name]).copied().collect::<Vec<_>>().join("."))
}

impl Deployment {
    /// How much more its tasks may set; what a try of this one set before counts for nothing (J10).
    pub(super) fn room_for_outputs(&self, task: TaskId) -> Room {
        let own = (task.job.job, task.slice, task.task);
        let others = self.outputs.iter().filter(|(of, _)| **of != own).flat_map(|(_, set)| set);
        let (count, bytes) =
            others.fold((0, 0), |(count, bytes), variable| (count + 1, bytes + bytes_of(variable)));
        Room {
            variables: limits::OUTPUTS_PER_DEPLOYMENT.saturating_sub(count),
            bytes: limits::OUTPUTS_BYTES.saturating_sub(bytes),
        }
    }

    /// What tasks of one slice of a job set, as later tasks of that slice see it, in the order in which they set it. `before`: the place
    /// of a task that sees what those before it set.
    pub(crate) fn outputs_in_slice(
        &self,
        id: SliceId,
        job: &Job,
        before: u32,
    ) -> Vec<(String, VariableValue)> {
        let mut seen = Vec::new();
        let (place, slice) = (id.job.job, id.slice);
        for ((_, _, task), set) in self.outputs.range((place, slice, 0)..(place, slice, before)) {
            let reference = job.tasks.get(*task as usize).map_or("", |task| &task.reference_name);
            for SetVariable { name, value, is_output } in set {
                if !is_output {
                    seen.push((name.clone(), value.clone()));
                }
                seen.extend(qualified(&[reference], name).map(|name| (name, value.clone())));
            }
        }
        seen
    }

    /// What tasks of one job set as outputs, as later jobs of the stage see it: of two with one name the later one. Those of a slice go by
    /// its name, too, and under the name without it the last slice that set it is seen.
    pub(crate) fn outputs_of_job(&self, place: u32, job: &Job) -> Vec<(String, VariableValue)> {
        let (mut plain, mut of_slices) = (Vec::new(), Vec::new());
        for ((_, slice, task), set) in self.outputs.range((place, 0, 0)..=(place, u32::MAX, u32::MAX)) {
            let id = SliceId { job: JobId { deployment: self.id, job: place }, slice: *slice };
            let of_slice = self.slice(id).and_then(|run| run.slice.as_ref()).map(Slice::name_in_variables);
            let task = job.tasks.get(*task as usize).map_or("", |task| &task.reference_name);
            for SetVariable { name, value, .. } in set.iter().filter(|it| it.is_output) {
                let short = qualified(&[&job.reference_name, task], name);
                plain.extend(short.map(|name| (name, value.clone())));
                let long = of_slice.as_ref();
                let long = long.and_then(|slice| qualified(&[&job.reference_name, slice, task], name));
                of_slices.extend(long.map(|name| (name, value.clone())));
            }
        }
        plain.into_iter().chain(of_slices).collect()
    }
}

impl Slice {
    /// Its name as a part of a variable's name: what can't be in one is an underscore (J10, V3). `US_A` for the slice `US, A`.
    pub fn name_in_variables(&self) -> String {
        let mut written = String::new();
        for character in self.name.chars() {
            let is_allowed = character.is_ascii_alphanumeric();
            if is_allowed {
                written.push(character);
            } else if !written.ends_with('_') {
                written.push('_');
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::{DeploymentEvent, TaskResult};
    use crate::{Task, TaskId};

    fn keep_all(set: &[SetVariable]) -> (Vec<SetVariable>, String) {
        let mut task = Task::command("any");
        task.reference_name = "build".to_owned();
        let mut job = Job::agent("job");
        job.tasks.push(task);
        let all = Room { variables: limits::OUTPUTS_PER_DEPLOYMENT, bytes: limits::OUTPUTS_BYTES };
        keep(&set.iter().collect::<Vec<_>>(), &job, 0, all)
    }

    #[test]
    fn the_tasks_of_a_deployment_set_no_more_than_there_is_room_for() {
        let job = Job::agent("job");
        let set = |values: &[(&str, &str)], room| {
            let set: Vec<_> = values.iter().map(|(name, value)| SetVariable::new(*name, *value)).collect();
            let (kept, warning) = keep(&set.iter().collect::<Vec<_>>(), &job, 0, room);
            (kept.into_iter().map(|it| it.name).collect::<Vec<_>>(), warning)
        };
        let (kept, warning) = set(&[("a", "1"), ("b", "2"), ("a", "3")], Room { variables: 1, bytes: 100 });
        assert_eq!(kept, ["a"]);
        assert!(warning.contains("\"b\" (the tasks of a deployment set at most 10000)"), "{warning}");
        let three_bytes = Room { variables: 100, bytes: 3 };
        assert_eq!(set(&[("a", "12")], three_bytes), (vec!["a".to_owned()], String::new()));
        let (kept, warning) = set(&[("a", "12"), ("b", "")], three_bytes);
        assert_eq!(kept, ["a"]);
        assert!(warning.contains("\"b\" (the tasks of a deployment set at most 4194304 bytes)"), "{warning}");
        // What is set again takes the place of what was set before.
        assert_eq!(set(&[("a", "12"), ("a", "34")], three_bytes).0, ["a"]);
    }

    #[test]
    fn the_later_of_two_with_one_name_counts_whatever_their_case() {
        let set = [SetVariable::output("Color", "green"), SetVariable::new("COLOR", "blue")];
        assert_eq!(keep_all(&set).0, [SetVariable::new("COLOR", "blue")]);
    }

    #[test]
    fn what_is_not_kept_is_told() {
        let longest = "x".repeat(limits::OUTPUT_BYTES);
        let set = [
            SetVariable::new("no name", "1"),
            SetVariable::new("", "1"),
            SetVariable::new("Release.Name", "1"),
            SetVariable::new("fits", &longest),
            SetVariable::new("long", "short"),
            SetVariable::new("long", longest.clone() + "x"),
            SetVariable::new("n".repeat(limits::NAME_CHARACTERS + 1), "1"),
            SetVariable::new("a-b", "1"),
            SetVariable::secret("where", longest.clone() + "x"),
        ];
        let (kept, warning) = keep_all(&set);
        assert_eq!(kept.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["fits"]);
        let n = "n".repeat(NAME_SHOWN);
        let no_name = "its name is not that of a variable";
        let expected = format!(
            "variables that are not kept: \"no name\" ({no_name}), \"\" ({no_name}), \"Release.Name\" (only the system sets it), \
             \"long\" (its value is longer than 8192 bytes), \"{n}\" ({no_name}) and 2 more; \
             names that are not seen: \"build.fits\" (only the system sets it)"
        );
        assert_eq!(warning, expected);
    }

    #[test]
    fn a_task_sets_a_hundred_and_may_set_them_again() {
        let mut set: Vec<_> = (0..101).map(|number| SetVariable::new(format!("v{number}"), "1")).collect();
        set.push(SetVariable::new("v7", "2"));
        let (kept, warning) = keep_all(&set);
        assert_eq!(kept.len(), 100);
        assert!(kept.contains(&SetVariable::new("v7", "2")));
        assert!(warning.contains("\"v100\" (a task sets at most 100)"), "{warning}");
    }

    #[test]
    fn an_event_holds_them_only_where_there_are_any() {
        let task = TaskId { job: "17/2#1.0".parse().expect("an id"), slice: 0, task: 3, retry: 0 };
        let ended = |variables| DeploymentEvent::TaskEnded {
            task,
            result: TaskResult::Succeeded,
            message: String::new(),
            variables,
        };
        let written = |event| serde_json::to_string(&event).expect("it can be written");
        assert_eq!(
            written(ended(Vec::new())),
            r#"{"task.ended":{"task":"17/2#1.0.3","result":"succeeded"}}"#
        );
        let event = ended(vec![SetVariable::new("a", "1"), SetVariable::output("b", "2")]);
        let text = written(event.clone());
        assert_eq!(
            text,
            r#"{"task.ended":{"task":"17/2#1.0.3","result":"succeeded","variables":[{"name":"a","value":"1"},{"name":"b","value":"2","is_output":true}]}}"#
        );
        assert_eq!(serde_json::from_str::<DeploymentEvent>(&text).expect("it can be read"), event);
        let secret = SetVariable::secret("key", SecretRef::versioned("outputs/key", "1"));
        let event = ended(vec![SetVariable { is_output: true, ..secret }]);
        let text = written(event.clone());
        assert_eq!(
            text,
            r#"{"task.ended":{"task":"17/2#1.0.3","result":"succeeded","variables":[{"name":"key","secret":{"name":"outputs/key","version":"1"},"is_output":true}]}}"#
        );
        assert_eq!(serde_json::from_str::<DeploymentEvent>(&text).expect("it can be read"), event);
    }

    #[test]
    fn a_variable_that_is_stored_has_a_value_or_is_a_secret() {
        for text in [r#"{"name":"a"}"#, r#"{"name":"a","value":"1","secret":"b"}"#] {
            let read = serde_json::from_str::<SetVariable>(text);
            assert!(read.is_err_and(|error| error.to_string().contains("has a value or is a secret")));
        }
    }
}
