//! Freezes: no first job begins in a closed window (F1, F2).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Timelike};
use cutover::freeze::{FreezesEvent, Hold};
use cutover::schedule::{WeekTime, Window};
use cutover::{DeploymentId, FreezeId, QueueId, Scope, Timestamp, Weekday};

use super::Verdict;

/// The freezes as their events tell, those that are over included.
#[derive(Default)]
pub(super) struct Calendar(BTreeMap<FreezeId, (Scope, Window)>);

impl Calendar {
    pub(super) fn note(&mut self, event: &FreezesEvent) {
        match event {
            FreezesEvent::Declared { freeze, scope, window, .. } => {
                self.0.insert(freeze.clone(), (scope.clone(), window.clone()));
            }
            FreezesEvent::Lifted { freeze, .. } => {
                self.0.remove(freeze);
            }
        }
    }

    /// The freezes that are closed for a stage.
    fn closed(&self, site: QueueId, now: Timestamp) -> BTreeSet<&FreezeId> {
        let all = self.0.iter();
        all.filter(|(_, (scope, window))| covers(scope, site) && is_closed(window, now))
            .map(|(id, _)| id)
            .collect()
    }

    /// F1: the first job of a deployment begins only where nothing is closed, unless somebody overrode it.
    pub(super) fn f1_no_jobs_begin(
        &self,
        id: DeploymentId,
        site: QueueId,
        now: Timestamp,
        overrides: bool,
    ) -> Verdict {
        let closed = self.closed(site, now);
        ensure!(overrides || closed.is_empty(), "F1: {id} begins, and it is closed by {closed:?}");
        Ok(())
    }

    /// F1: what holds a deployment back is closed, and all that is closed is told.
    pub(super) fn f1_held_by_what_is_closed(
        &self,
        id: DeploymentId,
        site: QueueId,
        now: Timestamp,
        holds: &[Hold],
    ) -> Verdict {
        let told: BTreeSet<&FreezeId> = holds.iter().map(|hold| &hold.freeze).collect();
        let closed = self.closed(site, now);
        ensure!(!told.is_empty() && told == closed, "F1: {id} is held by {told:?}, closed are {closed:?}");
        Ok(())
    }
}

fn covers(scope: &Scope, site: QueueId) -> bool {
    match scope {
        // All pipelines of the tests are in the root.
        Scope::Store | Scope::Folder(_) => true,
        Scope::Pipeline(pipeline) => *pipeline == site.pipeline,
        Scope::Stage { pipeline, stage } => QueueId { pipeline: *pipeline, stage: *stage } == site,
    }
}

/// Weekly windows of the tests are in UTC.
fn is_closed(window: &Window, now: Timestamp) -> bool {
    match window {
        Window::Once { from, until } => *from <= now && until.is_none_or(|until| now < until),
        Window::Weekly { from, until, .. } => {
            let second =
                |at: &WeekTime| i64::from(day_number(at.day) * 1_440 + at.hour * 60 + at.minute) * 60;
            let (from, until) = (second(from), second(until));
            let today = now.weekday().num_days_from_monday();
            let now = i64::from(today) * 86_400 + i64::from(now.num_seconds_from_midnight());
            if from < until { from <= now && now < until } else { from <= now || now < until }
        }
    }
}

pub(super) const fn day_number(day: Weekday) -> u32 {
    match day {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    }
}
