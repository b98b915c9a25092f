//! Commands that a task writes among its output: `##vso[area.event name=value;...]message`.

use cutover::deployment::Report;

use super::outputs::{Setting, Value};
use crate::Secret;

/// A command as it was written.
#[derive(Debug, PartialEq, Eq)]
struct Command {
    area: String,
    event: String,
    properties: Vec<(String, String)>,
    message: String,
}

/// What a task says of itself with `##vso[task.complete]`. The worst word of several counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It said nothing.
    #[default]
    None,
    /// It succeeded.
    Succeeded,
    /// It succeeded, and complained.
    SucceededWithIssues(String),
    /// It failed.
    Failed(String),
}

impl Verdict {
    /// Takes a line of the task's output into account.
    pub(super) fn hear(&mut self, line: &str) {
        if let Some(said) = Command::parse(line).and_then(Command::verdict)
            && said.rank() > self.rank()
        {
            *self = said;
        }
    }

    /// The result of a task whose process ended with code 0.
    pub(super) fn report(self) -> Report {
        match self {
            Self::None | Self::Succeeded => Report::Succeeded,
            Self::SucceededWithIssues(message) => Report::SucceededWithIssues { message },
            Self::Failed(message) => Report::Failed { message },
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::None => 0,
            Self::Succeeded => 1,
            Self::SucceededWithIssues(_) => 2,
            Self::Failed(_) => 3,
        }
    }
}

/// The value in a line that sets a secret or has a value hidden.
pub(super) fn secret(line: &str) -> Option<Secret> {
    match deed(line)? {
        Deed::Hide(secret) | Deed::Set(Setting { value: Value::Secret(secret), .. }) => Some(secret),
        Deed::Set(_) => None,
    }
}

/// What a line does beside saying something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// It sets a variable, with `##vso[task.setvariable]`.
    Set(Setting),
    /// It has a value hidden, with `##vso[task.setsecret]` (V4).
    Hide(Secret),
}

/// What a line does beside saying something.
pub(super) fn deed(line: &str) -> Option<Deed> {
    let command = Command::parse(line)?;
    match (command.area.as_str(), command.event.as_str()) {
        ("task", "setvariable") => Some(Deed::Set(command.setting())),
        ("task", "setsecret") => Some(Deed::Hide(Secret::new(command.message))),
        _ => None,
    }
}

impl Command {
    /// The command in a line, which may have other text before it; `None` where there is none.
    fn parse(line: &str) -> Option<Self> {
        let (_, rest) = line.split_once("##vso[")?;
        let (head, message) = rest.split_once(']')?;
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let (area, event) = name.split_once('.')?;
        let properties = properties.split(';').filter_map(|property| property.split_once('='));
        Some(Self {
            area: area.to_ascii_lowercase(),
            event: event.to_ascii_lowercase(),
            properties: properties
                .map(|(name, value)| (name.trim().to_ascii_lowercase(), unescape(value.trim())))
                .collect(),
            message: unescape(message),
        })
    }

    fn setting(self) -> Setting {
        let property = |wanted: &str| {
            let found = self.properties.iter().find(|(name, _)| name == wanted);
            found.map_or("", |(_, value)| value.as_str())
        };
        let (name, says) = (property("variable"), |flag| property(flag).eq_ignore_ascii_case("true"));
        let value = if says("issecret") {
            Value::Secret(Secret::new(self.message.clone()))
        } else {
            Value::Plain(self.message.clone())
        };
        Setting { name: name.to_owned(), value, is_output: says("isoutput") }
    }

    fn verdict(self) -> Option<Verdict> {
        if (self.area.as_str(), self.event.as_str()) != ("task", "complete") {
            return None;
        }
        let result = self.properties.into_iter().find(|(name, _)| name == "result").map(|(_, value)| value);
        let result = result.unwrap_or_default();
        let or =
            |message: String, default: &str| if message.is_empty() { default.to_owned() } else { message };
        Some(match result.to_ascii_lowercase().as_str() {
            "succeeded" | "skipped" => Verdict::Succeeded,
            "succeededwithissues" => Verdict::SucceededWithIssues(self.message),
            "failed" => Verdict::Failed(or(self.message, "it said that it failed")),
            "canceled" | "cancelled" => Verdict::Failed(or(self.message, "it said that it was cancelled")),
            // Not guessed at: a task that speaks of its result and can't be understood has not succeeded.
            _ => Verdict::Failed(format!("it completed with a result that is not known: {result:?}")),
        })
    }
}

fn unescape(text: &str) -> String {
    // `%AZP25` last, so that an escaped per cent sign never begins another escape.
    [("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%")]
        .into_iter()
        .fold(text.to_owned(), |text, (escape, meant)| text.replace(escape, meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(lines: &[&str]) -> Verdict {
        let mut verdict = Verdict::default();
        for line in lines {
            verdict.hear(line);
        }
        verdict
    }

    #[test]
    fn a_task_says_its_result() {
        assert_eq!(verdict(&["##vso[task.complete result=Succeeded;]done"]), Verdict::Succeeded);
        assert_eq!(
            verdict(&["##vso[task.complete result=SucceededWithIssues]slow"]),
            Verdict::SucceededWithIssues("slow".to_owned())
        );
        assert_eq!(verdict(&["##VSO[nothing"]), Verdict::None);
        assert_eq!(
            verdict(&["text ##vso[Task.Complete Result=failed;other=1]no %5D disk"]),
            Verdict::Failed("no ] disk".to_owned())
        );
    }

    #[test]
    fn the_worst_word_counts() {
        let said = ["##vso[task.complete result=Failed]first", "##vso[task.complete result=Succeeded]second"];
        assert_eq!(verdict(&said), Verdict::Failed("first".to_owned()));
    }

    #[test]
    fn issues_do_not_change_the_result() {
        assert_eq!(
            verdict(&["##vso[task.logissue type=warning]w", "##vso[task.logissue type=error]e"]),
            Verdict::None
        );
    }

    #[test]
    fn a_result_that_is_not_known_is_a_failure() {
        let unknown =
            |line| matches!(verdict(&[line]), Verdict::Failed(message) if message.contains("not known"));
        assert!(unknown("##vso[task.complete result=Splendid]"));
        assert!(unknown("##vso[task.complete]"));
    }

    #[test]
    fn a_task_sets_variables() {
        let set = |name: &str, value, is_output| {
            Some(Deed::Set(Setting { name: name.to_owned(), value, is_output }))
        };
        let plain = |text: &str| Value::Plain(text.to_owned());
        for (line, expected) in [
            ("##vso[task.setvariable variable=a]1", set("a", plain("1"), false)),
            ("##vso[task.setvariable variable=a;isOutput=True;]1 2%0A3", set("a", plain("1 2\n3"), true)),
            ("x ##vso[Task.SetVariable isreadonly=true;Variable=a;isoutput=no]", set("a", plain(""), false)),
            ("##vso[task.setvariable]1", set("", plain("1"), false)),
            (
                "##vso[task.setvariable variable=a;isSecret=true;isOutput=true]1",
                set("a", Value::Secret(Secret::new("1")), true),
            ),
            ("##vso[task.setsecret]1%0A2", Some(Deed::Hide(Secret::new("1\n2")))),
            ("##vso[task.complete variable=a]1", None),
        ] {
            assert_eq!(deed(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_command_is_nothing() {
        for line in
            ["", "##vso[", "##vso[]", "##vso[task]", "##[error]bad", "##vso[task.complete result=Failed"]
        {
            assert_eq!(verdict(&[line]), Verdict::None, "{line}");
        }
    }
}
