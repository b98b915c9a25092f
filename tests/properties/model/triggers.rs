//! What starts a stage (S1, S2, S6, S7), and what starts no further one.

use super::{Deployment, End, Model, No, Phase, Release, State, Thing};
use crate::plan::{Plan, Trigger};

impl Plan {
    /// S6: the target and everything that it comes after, sorted.
    pub fn path_to(&self, target: u32) -> Vec<u32> {
        let mut path = vec![target];
        // As often as there are stages: a longer path there cannot be.
        for _ in &self.stages {
            for (id, stage) in self.numbered() {
                if let (true, Trigger::After(earlier)) = (path.contains(&id), &stage.trigger) {
                    path.extend(earlier.iter().map(|(earlier, _)| *earlier));
                }
            }
        }
        path.sort_unstable();
        path.dedup();
        path
    }
}

impl Release {
    /// S2: whether an earlier stage stands where a condition wants it.
    fn stands(&self, stage: u32, or_partially: bool) -> bool {
        match self.latest(stage).map(|latest| &latest.phase) {
            Some(Phase::Over(End::Succeeded)) => true,
            Some(Phase::Over(End::PartiallySucceeded)) => or_partially,
            _ => false,
        }
    }

    /// S2: whether all the earlier stages do.
    fn all_stand(&self, trigger: &Trigger) -> bool {
        match trigger {
            Trigger::Manual | Trigger::AfterRelease => false,
            Trigger::After(earlier) => {
                earlier.iter().all(|(stage, or_partially)| self.stands(*stage, *or_partially))
            }
        }
    }

    /// R3, S6, I7: whether the stage may start by itself here.
    fn lets_start(&self, stage: u32) -> bool {
        let is_reached = self.reach.as_ref().is_none_or(|reach| reach.contains(&stage));
        self.asked_for.contains(&stage) || (is_reached && !self.manual.contains(&stage))
    }

    fn is_going_on(&self, stage: u32) -> bool {
        self.latest(stage).is_some_and(|latest| !latest.is_over())
    }
}

impl Model {
    /// S1: all stages "after release" start, in this commit. AP6: who started the draft has started them.
    pub(super) fn s1_become_active(&mut self, number: u64, started_by: &str) {
        let release = self.release(number).expect("it is active");
        let plan = self.frozen(release).clone();
        for (stage, planned) in plan.numbered() {
            let release = self.release(number).expect("it is active");
            if planned.trigger == Trigger::AfterRelease && release.lets_start(stage) {
                self.trigger(number, stage, false, started_by);
            }
        }
    }

    /// S2: those that come after this stage and stand complete now; one that is going on is only noted.
    pub(super) fn s2_completed(&mut self, number: u64, completed: u32) {
        let release = self.release(number).expect("it deploys");
        let plan = self.frozen(release).clone();
        for (stage, planned) in plan.numbered() {
            let Trigger::After(earlier) = &planned.trigger else { continue };
            let release = self.release(number).expect("it deploys");
            if !earlier.iter().any(|(earlier, _)| *earlier == completed)
                || !release.all_stand(&planned.trigger)
                || !release.lets_start(stage)
            {
                continue;
            }
            if release.is_going_on(stage) {
                self.write(Thing::Release(number));
            } else {
                self.trigger(number, stage, false, "system");
            }
        }
    }

    /// S7: by hand, whatever became of earlier stages.
    pub(super) fn s7_deploy(&mut self, number: u64, stage: u32, by: &str) -> Result<(), No> {
        let release = self.expect_stage_of_active(number, stage)?;
        if release.is_going_on(stage) {
            return Err(No("S7: it is going on"));
        }
        self.trigger(number, stage, true, by);
        Ok(())
    }

    /// S6: by hand up to a target: its first ancestors that have not succeeded, then on along the paths.
    pub(super) fn s6_deploy_up_to(&mut self, number: u64, target: u32, by: &str) -> Result<(), No> {
        let release = self.expect_stage_of_active(number, target)?;
        let plan = self.frozen(release).clone();
        let path = plan.path_to(target);
        let together = |known: &[u32]| {
            let mut both = [known, &path].concat();
            both.sort_unstable();
            both.dedup();
            both
        };
        let reach = Some(release.reach.as_ref().map_or_else(|| path.clone(), |reach| together(reach)));
        let asked_for = together(&release.asked_for);
        if (&reach, &asked_for) != (&release.reach, &release.asked_for) {
            self.write(Thing::Release(number));
            let release = self.release_mut(number);
            (release.reach, release.asked_for) = (reach, asked_for);
        }
        for stage in path.clone() {
            let release = self.release(number).expect("it is active");
            // Done: enough for all that come after it on the path.
            let is_done = |known: u32| {
                let is_enough =
                    path.iter().all(|later| match &plan.stage(*later).expect("it is on the path").trigger {
                        Trigger::After(earlier) => earlier.iter().all(|(id, partly)| *id != known || *partly),
                        _ => true,
                    });
                !release.is_going_on(known) && release.stands(known, is_enough)
            };
            let before_it_all_is_done =
                plan.path_to(stage).into_iter().filter(|known| *known != stage).all(is_done);
            if before_it_all_is_done && !release.is_going_on(stage) && !is_done(stage) {
                self.trigger(number, stage, true, by);
            }
        }
        Ok(())
    }

    fn expect_stage_of_active(&self, number: u64, stage: u32) -> Result<&Release, No> {
        if self.state_of(number)? != State::Active {
            return Err(No("I7: the release is not active"));
        }
        let release = self.release(number).expect("it is active");
        self.frozen(release).stage(stage).ok_or(No("there is no such stage"))?;
        Ok(release)
    }

    /// D5: a new attempt, which enters its stage's queue.
    fn trigger(&mut self, number: u64, stage: u32, by_hand: bool, by: &str) {
        self.write(Thing::Release(number));
        let release = self.release_mut(number);
        let attempt = release.latest(stage).map_or(1, |latest| latest.attempt + 1);
        let revision = release.revision;
        release.deployments.push(Deployment {
            stage,
            attempt,
            by_hand,
            by: by.to_owned(),
            phase: Phase::Queued,
            approvals: Vec::new(),
            brought_forward: false,
            jobs: Vec::new(),
            begun_at: None,
            ended: None,
        });
        release.deployments.sort_by_key(|known| (known.stage, known.attempt));
        let which = (number, stage, attempt);
        if self.stage_of(which).jobs_only {
            // Q2: what must pass before its jobs comes before the queue, which knows of it all the same (P6).
            self.write(Thing::Queue(stage));
            self.settle_queue(stage);
            self.deployment_mut(which).phase = Phase::ApprovingBefore;
            self.ap2_go_on(which);
        } else {
            self.q2_enter(stage, (number, attempt), revision);
        }
    }
}
