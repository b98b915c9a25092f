//! What stands in a feature, read.

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use cucumber::gherkin::Step;
use cutover::{
    Actor, ApprovalOrder, ApprovalStep, Approvals, Approver, GroupId, QueuingPolicy, Required, Timestamp,
    UserId,
};

/// A list such as `R1, R3 and R5` or `R1 to R5`.
pub fn list(text: &str) -> Vec<String> {
    if let Some((first, last)) = text.split_once(" to ") {
        let number = |name: &str| name.trim_matches(|it: char| !it.is_ascii_digit()).parse::<u32>();
        let (Ok(from), Ok(to)) = (number(first), number(last)) else { panic!("no range: {text:?}") };
        let prefix = first.trim().trim_end_matches(|it: char| it.is_ascii_digit());
        return (from..=to).map(|number| format!("{prefix}{number}")).collect();
    }
    text.split(',')
        .flat_map(|part| part.split(" and "))
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Who acts: `ann`, or `the system`.
pub fn actor(name: &str) -> Actor {
    if name == "the system" { Actor::System } else { Actor::User(user(name)) }
}

pub fn user(name: &str) -> UserId {
    UserId::new(name).expect("a user's name")
}

/// A span of time such as `2 days` or `1 second`.
pub fn span(count: i64, unit: &str) -> TimeDelta {
    match unit.trim_end_matches('s') {
        "day" => TimeDelta::days(count),
        "hour" => TimeDelta::hours(count),
        "minute" => TimeDelta::minutes(count),
        "second" => TimeDelta::seconds(count),
        other => panic!("no unit of time: {other:?}"),
    }
}

/// A moment in UTC such as `2024-05-03 12:00`.
pub fn moment(text: &str) -> Timestamp {
    let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a moment: 2024-05-03 12:00");
    DateTime::from_naive_utc_and_offset(naive, chrono::Utc)
}

/// `unlimited`, `at most 2, in order` or `at most 1, latest`.
pub fn queuing(text: &str) -> QueuingPolicy {
    if text.is_empty() || text == "unlimited" {
        return QueuingPolicy::Unlimited;
    }
    let parsed = text.strip_prefix("at most ").and_then(|rest| rest.split_once(", "));
    let (count, waiting) = parsed.unwrap_or_else(|| panic!("no queuing policy: {text:?}"));
    let count = count.parse().expect("how many at most");
    match waiting {
        "in order" => QueuingPolicy::in_order(count),
        "latest" => QueuingPolicy::only_latest(count),
        other => panic!("no queuing policy: {other:?}"),
    }
}

/// `nobody`, `ann`, `ann, bob`, `ann then bob`, `1 of ann, bob`, `group Ops`, `automatic`; then, each after a semicolon:
/// `within 2880 minutes`, `not the requester`.
pub fn approvals(text: &str) -> Approvals {
    let mut approvals = Approvals::default();
    let mut parts = text.split(';').map(str::trim);
    let who = parts.next().unwrap_or_default();
    for option in parts {
        if option == "not the requester" {
            approvals.requester_may_approve = false;
        } else if option == "skipped if approved before" {
            approvals.skip_if_approved_before = true;
        } else if option == "identity confirmed anew" {
            approvals.revalidate_identity = true;
        } else if let Some(minutes) =
            option.strip_prefix("within ").and_then(|it| it.strip_suffix(" minutes"))
        {
            approvals.timeout_minutes = minutes.parse().expect("minutes");
        } else {
            panic!("nothing that can be said of approvals: {option:?}");
        }
    }
    if who.is_empty() || who == "nobody" {
        return approvals;
    }
    let (required, who) = match who.split_once(" of ") {
        Some((count, who)) => (Required::AtLeast(count.parse().expect("how many of them")), who),
        None => (Required::All, who),
    };
    approvals.required = required;
    let ranks: Vec<&str> = who.split(" then ").collect();
    if ranks.len() > 1 {
        approvals.order = ApprovalOrder::InSequence;
    }
    for (rank, of_rank) in (1..).zip(ranks) {
        for name in list(of_rank) {
            let approver = match name.strip_prefix("group ") {
                Some(group) => Approver::Group(GroupId::new(group).expect("a group's name")),
                None if name == "automatic" => Approver::Automatic,
                None => Approver::User(user(&name)),
            };
            approvals.steps.push(ApprovalStep { approver, rank, notify: true });
        }
    }
    approvals
}

/// A table with a line of headings: each further line as pairs of heading and cell.
#[derive(Debug)]
pub struct Row<'s>(Vec<(&'s str, &'s str)>);

impl<'s> Row<'s> {
    /// The cell under a heading; empty if there is no such heading.
    pub fn cell(&self, heading: &str) -> &'s str {
        self.has(heading).unwrap_or_default()
    }

    /// The cell under a heading, if there is such a heading.
    pub fn has(&self, heading: &str) -> Option<&'s str> {
        self.0.iter().find(|(name, _)| *name == heading).map(|(_, cell)| *cell)
    }

    pub fn cells(&self) -> &[(&'s str, &'s str)] {
        &self.0
    }
}

/// The lines of the step's table under its headings, which are among `known`; none if `known` is empty are refused.
pub fn rows<'s>(step: &'s Step, known: &[&str]) -> Vec<Row<'s>> {
    let lines = lines(step);
    let (headings, rest) = lines.split_first().expect("a line of headings");
    for heading in headings {
        let is_known =
            known.is_empty() || known.iter().any(|it| it == heading || heading.starts_with("input "));
        assert!(is_known, "no column is called {heading:?}, only {known:?}");
    }
    rest.iter().map(|line| Row(headings.iter().copied().zip(line.iter().copied()).collect())).collect()
}

/// The lines of the step's table.
pub fn lines(step: &Step) -> Vec<Vec<&str>> {
    let table = step.table.as_ref().expect("the step needs a table");
    table.rows.iter().map(|line| line.iter().map(String::as_str).collect()).collect()
}

/// Whether a text is as expected; `...` in what is expected stands for anything.
pub fn is_as(expected: &str, found: &str) -> bool {
    let mut parts = expected.split("...");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = found.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
