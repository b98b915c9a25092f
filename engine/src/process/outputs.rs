//! The variables that a task sets with `##vso[task.setvariable]`, on their way to its report (J10).

use std::collections::BTreeMap;

use cutover::deployment::SetVariable;
use cutover::{fold, limits};

/// A variable that a task sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setting {
    /// One that is told to the engine.
    Plain(SetVariable),
    /// A secret, by its name. Its value is not even kept here.
    Secret(String),
}

/// Variables for which there is room: some more than are kept, so that the engine tells that there were too many.
const ROOM: usize = 2 * limits::OUTPUTS_PER_TASK;

/// What a task set so far, in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// By the folded name, each with when it was set.
    set: BTreeMap<String, (u64, SetVariable)>,
    count: u64,
}

impl Outputs {
    /// Of two with one name the later counts. A secret takes away what was set under its name before.
    pub(super) fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Secret(name) => {
                self.set.remove(&fold(&name));
            }
            Setting::Plain(mut variable) => {
                // One more character than is kept shows that it was longer.
                shorten(&mut variable.name, limits::NAME_CHARACTERS);
                shorten(&mut variable.value, limits::OUTPUT_BYTES);
                let key = fold(&variable.name);
                if self.set.len() < ROOM || self.set.contains_key(&key) {
                    self.count += 1;
                    self.set.insert(key, (self.count, variable));
                }
            }
        }
    }

    /// All that were set, in order.
    pub(super) fn into_variables(self) -> Vec<SetVariable> {
        let mut set: Vec<_> = self.set.into_values().collect();
        set.sort_by_key(|(when, _)| *when);
        set.into_iter().map(|(_, variable)| variable).collect()
    }
}

fn shorten(text: &mut String, most: usize) {
    if let Some(character) = text.get(most..).and_then(|rest| rest.chars().next()) {
        text.truncate(most + character.len_utf8());
    } else if text.len() > most {
        let end = (most..text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
        text.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_counts_and_a_secret_takes_away() {
        let mut outputs = Outputs::default();
        outputs.set(Setting::Plain(SetVariable::new("a", "1")));
        outputs.set(Setting::Plain(SetVariable::new("b", "1")));
        outputs.set(Setting::Plain(SetVariable::output("A", "2")));
        outputs.set(Setting::Plain(SetVariable::new("c", "1")));
        outputs.set(Setting::Secret("C".to_owned()));
        assert_eq!(outputs.into_variables(), [SetVariable::new("b", "1"), SetVariable::output("A", "2")]);
    }

    #[test]
    fn memory_is_bounded_and_what_was_too_long_still_is() {
        let mut outputs = Outputs::default();
        outputs.set(Setting::Plain(SetVariable::new("long", "\u{e9}".repeat(limits::OUTPUT_BYTES))));
        outputs.set(Setting::Plain(SetVariable::new(
            "odd",
            format!("x{}", "\u{e9}".repeat(limits::OUTPUT_BYTES)),
        )));
        for number in 0..10_000 {
            outputs.set(Setting::Plain(SetVariable::new(format!("v{number}"), "1")));
        }
        let kept = outputs.into_variables();
        assert_eq!(kept.len(), ROOM);
        for variable in &kept[..2] {
            let length = variable.value.len();
            assert!((limits::OUTPUT_BYTES + 1..limits::OUTPUT_BYTES + 4).contains(&length), "{length}");
        }
    }
}
