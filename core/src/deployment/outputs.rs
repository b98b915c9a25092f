//! The variables that tasks set, and what is kept of them (J10). `outputs/set_variable.rs` is one of them, `outputs/complaints.rs` has what is told of
//! those that are not kept.

mod complaints;
mod set_variable;

use std::collections::BTreeMap;

pub use complaints::Complaints;
pub use set_variable::SetVariable;

use super::{Deployment, Slice};
use crate::pipeline::is_variable_name;
use crate::{Job, JobId, SecretRef, SliceId, TaskId, VariableValue, fold, is_system_variable, limits};

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
    use crate::Task;

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
        let n = "n".repeat(40);
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
}
