//! Deploying what is current to the targets that join a deployment group (D6).

use super::{QueueEvent, StageQueue};
use crate::flow::{Decision, Facts, Impossible};
use crate::{Join, TargetGroupId};

impl StageQueue {
    /// A deployment group that targets joined to which what is current is to be deployed now. `newest` says by which number the last one
    /// joined.
    pub fn group_to_observe(&self, newest: impl Fn(&TargetGroupId) -> Join) -> Option<&TargetGroupId> {
        if !self.may_observe() {
            return None;
        }
        let mut groups = self.joins.iter();
        groups.find(|(group, joined)| newest(group) > **joined).map(|(group, _)| group)
    }

    /// Whoever joins while something else is deployed waits for what comes of that: if it succeeds, it was deployed to them, too. So does
    /// whoever joins before what waits for its moment or its approvals, of the same release; and while the stage is gone.
    fn may_observe(&self) -> bool {
        let current = self.current().map(|deployment| deployment.release);
        let goes_on = self.beside.keys().any(|deployment| Some(deployment.release) == current);
        self.holders.is_empty() && self.waiting.is_empty() && self.removed.is_none() && !goes_on
    }
}

/// What is current is deployed to those that joined since, and are still there.
pub(super) fn observe(
    decision: &mut Decision<StageQueue>,
    group: &TargetGroupId,
    facts: &Facts<'_>,
) -> Result<(), Impossible> {
    let queue = decision.state();
    let (Some(targets), Some(current)) = (facts.targets(group), queue.current()) else { return Ok(()) };
    let Some(observed) = queue.joins.get(group).copied() else { return Ok(()) };
    if targets.newest() <= observed || !queue.may_observe() {
        return Ok(());
    }
    let new = targets.joined_after(observed).map(|(target, _)| target.clone()).collect();
    let (group, joined) = (group.clone(), targets.newest());
    decision.record(QueueEvent::TargetsObserved { group, joined, current, targets: new })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::num::NonZeroU32;

    use super::*;
    use crate::flow::Aggregate;
    use crate::queue::{Conclusion, QueueCommand};
    use crate::transaction::State;
    use crate::{
        Actor, CommandId, CommitId, Context, DeploymentId, PipelineId, QueueId, QueuingPolicy, ReleaseId,
        StageId, Subject, TargetId, Targets, TargetsEvent, Timestamp,
    };

    fn deployment(release: u64) -> DeploymentId {
        DeploymentId { release: ReleaseId(release), stage: StageId(1), attempt: NonZeroU32::MIN }
    }

    fn web() -> TargetGroupId {
        TargetGroupId::new("web").expect("a short text")
    }

    fn target(name: &str) -> TargetId {
        TargetId::new(name).expect("a short text")
    }

    fn joined(names: &[&str]) -> Targets {
        let mut targets = Targets::default();
        for (name, number) in names.iter().zip(1..) {
            let (target, name) = (target(name), (*name).to_owned());
            let event =
                TargetsEvent::Registered { target, name, tags: BTreeSet::new(), joined: Some(Join(number)) };
            targets.evolve(&event, Timestamp::UNIX_EPOCH).expect("it can have happened");
        }
        targets
    }

    /// A queue in which the release is deployed to those that had joined by this number.
    fn deployed(release: u64, joined: u64) -> StageQueue {
        let mut queue = StageQueue::default();
        enter(&mut queue, release);
        leave(&mut queue, release, joined);
        queue
    }

    fn evolve(queue: &mut StageQueue, event: &QueueEvent) {
        queue.evolve(event, Timestamp::UNIX_EPOCH).expect("it can have happened");
    }

    fn enter(queue: &mut StageQueue, release: u64) {
        evolve(queue, &QueueEvent::Entered { deployment: deployment(release), yields: false });
        evolve(queue, &QueueEvent::SlotGranted { deployment: deployment(release) });
    }

    fn leave(queue: &mut StageQueue, release: u64, joined: u64) {
        let conclusion = Some(Conclusion { ended_at: Timestamp::UNIX_EPOCH, partially: false });
        let (deployment, joins) = (deployment(release), BTreeMap::from([(web(), Join(joined))]));
        evolve(queue, &QueueEvent::Left { deployment, conclusion, joins });
    }

    fn observe(queue: &mut StageQueue, targets: &Targets) -> Vec<QueueEvent> {
        let id = CommandId::new("c").expect("a short text");
        let commit = CommitId::new("k").expect("a short text");
        let context = Context::new(Timestamp::UNIX_EPOCH, Actor::System, id, commit);
        let this = Subject::Queue(QueueId { pipeline: PipelineId(1), stage: StageId(1) });
        let (subject, state) = (Subject::Targets(web()), State::Targets(Box::new(targets.clone())));
        let facts = Facts::of(&this, [(&subject, &state)]);
        let command = QueueCommand::ObserveTargets(web());
        let events = queue.decide(&command, &context, &facts).expect("it is not refused");
        for event in &events {
            evolve(queue, event);
        }
        events
    }

    fn observed(release: u64, joined: u64, targets: &[&str]) -> Vec<QueueEvent> {
        let targets = targets.iter().map(|name| target(name)).collect();
        let current = deployment(release);
        vec![QueueEvent::TargetsObserved { group: web(), joined: Join(joined), current, targets }]
    }

    fn is_behind(queue: &StageQueue, targets: &Targets) -> bool {
        queue.group_to_observe(|group| if *group == web() { targets.newest() } else { Join(0) }).is_some()
    }

    #[test]
    fn those_that_joined_since_are_observed_once() {
        let targets = joined(&["a", "b", "c"]);
        let mut queue = deployed(1, 1);
        assert!(is_behind(&queue, &targets));
        assert_eq!(observe(&mut queue, &targets), observed(1, 3, &["b", "c"]));
        assert!(!is_behind(&queue, &targets));
        assert_eq!(observe(&mut queue, &targets), []);
    }

    #[test]
    fn who_is_gone_again_is_passed_over() {
        let mut targets = joined(&["a", "b"]);
        let removed = TargetsEvent::Removed { target: target("b") };
        targets.evolve(&removed, Timestamp::UNIX_EPOCH).expect("it can have happened");
        let mut queue = deployed(1, 1);
        assert_eq!(observe(&mut queue, &targets), observed(1, 2, &[]));
        assert!(!is_behind(&queue, &targets));
    }

    #[test]
    fn nobody_is_new_where_nothing_is_current() {
        let targets = joined(&["a"]);
        let mut queue = StageQueue::default();
        assert!(!is_behind(&queue, &targets));
        assert_eq!(observe(&mut queue, &targets), []);
    }

    #[test]
    fn whoever_joins_while_another_deployment_goes_on_waits_for_what_comes_of_it() {
        let targets = joined(&["a", "b"]);
        let mut queue = deployed(1, 1);
        evolve(&mut queue, &QueueEvent::PolicyAdopted { revision: 1, policy: QueuingPolicy::Unlimited });
        enter(&mut queue, 2);
        assert!(!is_behind(&queue, &targets));
        assert_eq!(observe(&mut queue, &targets), []);
        // It had begun before the second one joined.
        leave(&mut queue, 2, 1);
        assert_eq!(observe(&mut queue, &targets), observed(2, 2, &["b"]));
        // The next one is for all that joined so far.
        enter(&mut queue, 3);
        leave(&mut queue, 3, 2);
        assert!(!is_behind(&queue, &targets));
    }

    #[test]
    fn nothing_is_observed_while_the_stage_is_gone() {
        let targets = joined(&["a", "b"]);
        let mut queue = deployed(1, 1);
        evolve(&mut queue, &QueueEvent::StageRemoved { revision: 2 });
        assert!(!is_behind(&queue, &targets));
        assert_eq!(observe(&mut queue, &targets), []);
        evolve(&mut queue, &QueueEvent::StageBroughtBack {});
        assert_eq!(observe(&mut queue, &targets), observed(1, 2, &["b"]));
    }

    #[test]
    fn only_a_scheduled_deployment_of_the_same_release_is_waited_for() {
        let targets = joined(&["a", "b"]);
        let mut queue = deployed(1, 1);
        let again = DeploymentId { attempt: NonZeroU32::MIN.saturating_add(1), ..deployment(1) };
        evolve(&mut queue, &QueueEvent::Announced { deployment: deployment(2), scheduled: None });
        assert!(is_behind(&queue, &targets));
        evolve(&mut queue, &QueueEvent::Announced { deployment: again, scheduled: None });
        assert!(!is_behind(&queue, &targets));
    }
}
