//! Beginning later than approved (AP10).

use super::approvals::Which;
use super::{Model, No, Phase, Standing, Thing};

impl Model {
    /// Approved: it waits for the latest moment that was given, unless that has come.
    pub(super) fn ap10_prepare(&mut self, which: Which) {
        let now = self.now;
        let deployment = self.deployment_mut(which);
        let latest = deployment.approvals.iter().filter_map(|known| known.until).max();
        match latest {
            Some(until) if until > now && !deployment.brought_forward => {
                deployment.phase = Phase::Deferred { until };
                self.write(Thing::Release(which.0));
            }
            _ => self.q2_begin_or_enter(which),
        }
    }

    /// Q2: what holds no slot yet, since it holds it for its jobs only, asks for one.
    fn q2_begin_or_enter(&mut self, which: Which) {
        let (number, stage, attempt) = which;
        if !self.stage_of(which).jobs_only {
            return self.begin_jobs(which);
        }
        self.write(Thing::Release(number));
        self.deployment_mut(which).phase = Phase::Queued;
        let revision = self.release(number).expect("it deploys").revision;
        self.q2_enter(stage, (number, attempt), revision);
    }

    pub(super) fn ap10_moment_came(&mut self, which: Which) {
        self.write(Thing::Release(which.0));
        self.q2_begin_or_enter(which);
    }

    /// An approver of it starts it at once.
    pub(super) fn ap10_start(&mut self, which: Which, by: &str) -> Result<(), No> {
        let deployment = self.deployment_of(which)?;
        if !matches!(deployment.phase, Phase::Deferred { .. }) {
            return if deployment.brought_forward { Ok(()) } else { Err(No("AP10: it is not deferred")) };
        }
        let asking = self.stage_of(which).before;
        let mut is_approver = false;
        for (step, (who, _)) in (0..).zip(&asking.steps) {
            let known = deployment.approvals.iter().find(|known| (known.after, known.step) == (false, step));
            let asked = known.and_then(|known| known.asked.clone()).or_else(|| who.asked());
            let may = asking.requester_may || !self.ap6_has_asked(which, by);
            is_approver |= may && asked.is_some_and(|asked| asked.is(by));
            is_approver |= known.is_some_and(|known| known.standing == Standing::Approved(by.to_owned()));
        }
        if !is_approver {
            return Err(No("AP10: not an approver"));
        }
        self.write(Thing::Release(which.0));
        self.deployment_mut(which).brought_forward = true;
        self.q2_begin_or_enter(which);
        Ok(())
    }
}
