//! The variables that a task sets with `##vso[task.setvariable]`, on their way to its report (J10).

use std::collections::BTreeMap;

use cutover::deployment::SetVariable;
use cutover::{fold, limits};
use futures::{StreamExt, stream};

use crate::limits::SECRETS_AT_ONCE;
use crate::{Secret, SecretsAtHand};

/// A variable that a task sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) is_output: bool,
}

/// What it is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// This text, which is told to the engine.
    Plain(String),
    /// A secret, of which the engine is told where it is kept (V4).
    Secret(Secret),
    /// A secret that is not kept. What was set under its name before counts no more.
    TooLong,
}

/// Variables for which there is room: some more than are kept, so that the engine tells that there were too many.
const ROOM: usize = 2 * limits::OUTPUTS_PER_TASK;

/// What a task set so far, in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// By the folded name, each with when it was set.
    set: BTreeMap<String, (u64, Setting)>,
    count: u64,
}

impl Outputs {
    /// Of two with one name the later counts.
    pub(super) fn set(&mut self, mut setting: Setting) {
        // One more character than is kept shows that it was longer.
        shorten(&mut setting.name, limits::NAME_CHARACTERS);
        match &mut setting.value {
            Value::Plain(value) => shorten(value, limits::OUTPUT_BYTES),
            Value::Secret(_) | Value::TooLong => {}
        }
        let key = fold(&setting.name);
        if self.set.len() < ROOM || self.set.contains_key(&key) {
            self.count += 1;
            self.set.insert(key, (self.count, setting));
        }
    }

    /// All that were set, in order.
    pub(super) fn into_settings(self) -> Vec<Setting> {
        let mut set: Vec<_> = self.set.into_values().collect();
        set.sort_by_key(|(when, _)| *when);
        set.into_iter().map(|(_, setting)| setting).collect()
    }
}

/// What a task set as it is reported: the secrets among it are put where the host keeps them. What can't be put there is not kept, for which
/// there is a reason each.
pub(super) async fn reported(
    set: Vec<Setting>,
    secrets: &SecretsAtHand,
) -> (Vec<SetVariable>, Vec<(String, String)>) {
    let kept: Vec<_> = set.into_iter().map(|setting| kept(setting, secrets)).collect();
    let mut kept = stream::iter(kept).buffered(SECRETS_AT_ONCE);
    let (mut variables, mut not_kept) = (Vec::new(), Vec::new());
    while let Some(outcome) = kept.next().await {
        match outcome {
            Ok(variable) => variables.push(variable),
            Err(reason) => not_kept.push(reason),
        }
    }
    (variables, not_kept)
}

/// A variable as it is reported; or its name, and why it is not kept.
async fn kept(setting: Setting, secrets: &SecretsAtHand) -> Result<SetVariable, (String, String)> {
    let Setting { name, value, is_output } = setting;
    let variable = match value {
        Value::Plain(value) => SetVariable::new(name, value),
        Value::Secret(value) => match secrets.keep(&name, value).await {
            Ok(reference) => SetVariable::secret(name, reference),
            Err(error) => return Err((name, error.to_string())),
        },
        Value::TooLong => return Err((name, format!("it is longer than {} bytes", limits::OUTPUT_BYTES))),
    };
    Ok(SetVariable { is_output, ..variable })
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

    fn plain(name: &str, value: &str) -> Setting {
        Setting { name: name.to_owned(), value: Value::Plain(value.to_owned()), is_output: false }
    }

    #[test]
    fn the_later_counts_also_if_it_is_too_long() {
        let mut outputs = Outputs::default();
        outputs.set(plain("a", "1"));
        outputs.set(plain("b", "1"));
        outputs.set(Setting { is_output: true, ..plain("A", "2") });
        outputs.set(plain("c", "1"));
        outputs.set(Setting { value: Value::TooLong, ..plain("C", "") });
        let too_long = Setting { value: Value::TooLong, ..plain("C", "") };
        let expected = [plain("b", "1"), Setting { is_output: true, ..plain("A", "2") }, too_long];
        assert_eq!(outputs.into_settings(), expected);
    }

    #[test]
    fn memory_is_bounded_and_what_was_too_long_still_is() {
        let mut outputs = Outputs::default();
        outputs.set(plain("long", &"\u{e9}".repeat(limits::OUTPUT_BYTES)));
        outputs.set(plain("odd", &format!("x{}", "\u{e9}".repeat(limits::OUTPUT_BYTES))));
        for number in 0..10_000 {
            outputs.set(plain(&format!("v{number}"), "1"));
        }
        let kept = outputs.into_settings();
        assert_eq!(kept.len(), ROOM);
        for setting in &kept[..2] {
            let Value::Plain(value) = &setting.value else { panic!("it is no secret") };
            assert!((limits::OUTPUT_BYTES + 1..limits::OUTPUT_BYTES + 4).contains(&value.len()));
        }
    }

    #[test]
    fn what_can_not_be_put_anywhere_is_not_kept() {
        let secret = Setting { value: Value::Secret(Secret::new("hunter2")), ..plain("key", "") };
        let too_long = Setting { value: Value::TooLong, ..plain("long", "") };
        let set = vec![plain("a", "1"), secret, too_long];
        let (kept, not_kept) = futures::executor::block_on(reported(set, &SecretsAtHand::none()));
        assert_eq!(kept, [SetVariable::new("a", "1")]);
        let told: Vec<_> = not_kept.iter().map(|(name, why)| format!("{name}: {why}")).collect();
        let nobody = "key: nobody keeps the secret key: name who does when the engine is built";
        assert_eq!(told, [nobody, "long: it is longer than 8192 bytes"]);
    }
}
