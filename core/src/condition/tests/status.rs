//! J5: what came before.

use super::{are_false, are_true, ask_after, job, variables};
use crate::Condition;
use crate::condition::{Before, Facts, holds};

#[test]
fn status_functions_say_what_came_before() {
    let befores = [(false, false), (true, false), (false, true), (true, true)]
        .map(|(failed, canceled)| Before { failed, canceled, with_issues: false });
    let table = [
        (Condition::Succeeded, "Succeeded()", [true, false, false, false]),
        (Condition::SucceededOrFailed, "succeededOrFailed( )", [true, true, false, false]),
        (Condition::Failed, "FAILED()", [false, true, false, false]),
        (Condition::Always, "always()", [true, true, true, true]),
        (Condition::Expression("canceled()".to_owned()), "canceled()", [false, false, true, true]),
    ];
    for (condition, text, expected) in table {
        assert_eq!(Condition::parse(text), Ok(condition.clone()));
        let facts = |before| Facts { before, variables: &variables, jobs: &job };
        assert_eq!(
            befores.map(|before| holds(&condition, &facts(before)).holds()),
            expected,
            "{condition:?}"
        );
        assert_eq!(befores.map(|before| ask_after(text, before).holds()), expected, "{text}");
    }
}

/// The status functions are documented as short forms of this variable.
#[test]
fn agent_job_status_says_the_same_as_the_status_functions() {
    let table = [
        (Before::default(), "Succeeded"),
        (Before { with_issues: true, ..Before::default() }, "SucceededWithIssues"),
        (Before { failed: true, with_issues: true, canceled: false }, "Failed"),
        (Before { failed: true, with_issues: true, canceled: true }, "Canceled"),
    ];
    for (before, status) in table {
        for text in [
            &format!("eq(variables['Agent.JobStatus'], '{status}')"),
            "not(xor(failed(), eq(variables['Agent.JobStatus'], 'Failed')))",
            "not(xor(succeeded(), in(variables['Agent.JobStatus'], 'Succeeded', 'SucceededWithIssues')))",
            "not(xor(succeededOrFailed(), ne(variables['agent.jobstatus'], 'Canceled')))",
        ] {
            assert!(ask_after(text, before).holds(), "{text}: {}", ask_after(text, before));
        }
    }
}

#[test]
fn status_functions_ask_for_jobs_by_name() {
    are_true(&["succeeded('good', 'fair')", "failed('good', 'bad')", "succeededOrFailed('none', 'bad')"]);
    are_false(&["succeeded('good', 'bad')", "failed('good')", "succeeded('none')", "failed('none')"]);
    are_false(&["succeededOrFailed('none')"]);
    let canceled = Before { canceled: true, ..Before::default() };
    for text in ["succeeded('good')", "failed('bad')", "succeededOrFailed('good')"] {
        assert!(!ask_after(text, canceled).holds(), "{text}");
    }
}

#[test]
fn a_blank_text_is_succeeded_and_status_with_names_stays_an_expression() {
    assert_eq!(Condition::parse(" \n"), Ok(Condition::Succeeded));
    for text in ["succeeded('good')", "not(failed())", "canceled()"] {
        assert_eq!(Condition::parse(&format!(" {text} ")), Ok(Condition::Expression(text.to_owned())));
    }
}
