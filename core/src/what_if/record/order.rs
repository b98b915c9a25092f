//! Commits in the order of their times, where the clock stepped back between them.

use crate::Event;
use crate::locks::LocksEvent;
use crate::pool::PoolEvent;
use crate::release::ReleaseEvent;
use crate::transaction::Happening;
use crate::what_if::{Recorded, WhatIfError};

/// The same commits, none of them earlier than the one before.
///
/// A commit is never earlier than what its decision read, so that one which is earlier than the commit before has read nothing of that, and may
/// as well come first: unless it writes what that one has read.
pub(super) fn in_order_of_time(history: &[Recorded]) -> Result<Vec<&Recorded>, WhatIfError> {
    let mut ordered: Vec<&Recorded> = Vec::with_capacity(history.len());
    for commit in history {
        let place = ordered.partition_point(|before| before.header.time <= commit.header.time);
        if ordered.iter().skip(place).any(|before| may_have_read(before, commit)) {
            return Err(WhatIfError::not_replayable("a clock that stepped back"));
        }
        ordered.insert(place, commit);
    }
    Ok(ordered)
}

/// Whether `before` may rest on something that `commit` writes. What it writes itself is never earlier.
fn may_have_read(before: &Recorded, commit: &Recorded) -> bool {
    let looks_at_queues = |it: &Happening| {
        matches!(&it.event, Event::PipelineStatus(_) | Event::Release(ReleaseEvent::Deleted { .. }))
    };
    before.events.iter().any(looks_at_queues) || commit.events.iter().any(is_read_by_others)
}

/// Whether decisions read it that don't write there.
const fn is_read_by_others(happening: &Happening) -> bool {
    match &happening.event {
        Event::Locks(event) => {
            matches!(event, LocksEvent::GroupDefined { .. } | LocksEvent::GroupRemoved { .. })
        }
        Event::Pool(event) => matches!(event, PoolEvent::Defined {} | PoolEvent::Removed {}),
        Event::Pipeline(_)
        | Event::PipelineStatus(_)
        | Event::Freezes(_)
        | Event::VariableGroup(_)
        | Event::Targets(_) => true,
        Event::Release(_)
        | Event::Queue(_)
        | Event::Snapshot(_)
        | Event::Directory(_)
        | Event::Artifact(_)
        | Event::Permissions(_)
        | Event::Cursor(_) => false,
    }
}
