//! The language of conditions, asked as a task or a job asks it.

mod functions;
mod properties;
mod status;
mod syntax;
mod values;

use super::{Before, Facts, Outcome, Verdict, holds};
use crate::deployment::JobResult;
use crate::variable::{Resolved, Scope, Scopes};
use crate::{Condition, Variable};

fn variables() -> Resolved {
    let plain = [
        ("letters", "ABC"),
        ("numbers", "123"),
        ("empty", ""),
        ("which", "letters"),
        ("list", "a,b;c"),
        ("indirect", "$(letters)-$(numbers)"),
        ("circle", "$(circle)"),
    ];
    let secrets = [("password".to_owned(), Variable::secret("vault"))];
    Scopes::new()
        .with_plain(Scope::Stage, plain)
        .with(Scope::Pipeline, &secrets.into())
        .with_plain(Scope::Job, [("veiled", "x$(password)")])
        .with_plain(Scope::System, [("Build.SourceBranch", "refs/heads/main")])
        .resolve()
}

fn job(name: &str) -> Option<JobResult> {
    match name {
        "good" => Some(JobResult::Succeeded),
        "fair" => Some(JobResult::PartiallySucceeded),
        "bad" => Some(JobResult::Failed),
        _ => None,
    }
}

fn ask_after(text: &str, before: Before) -> Verdict {
    holds(&Condition::Expression(text.to_owned()), &Facts { before, variables: &variables, jobs: &job })
}

fn ask(text: &str) -> Verdict {
    ask_after(text, Before::default())
}

#[track_caller]
fn are_true(texts: &[&str]) {
    for text in texts {
        assert_eq!(ask(text).outcome, Outcome::Holds, "{text}: {}", ask(text));
    }
}

#[track_caller]
fn are_false(texts: &[&str]) {
    for text in texts {
        assert_eq!(ask(text).outcome, Outcome::DoesNotHold, "{text}: {}", ask(text));
    }
}

#[track_caller]
fn fail(texts: &[(&str, &str)]) {
    for (text, error) in texts {
        let verdict = ask(text);
        assert!(!verdict.holds());
        let Outcome::Failed(found) = verdict.outcome else { panic!("{text} did not fail") };
        assert_eq!(found.to_string(), *error, "{text}");
    }
}
