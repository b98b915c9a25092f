//! What happens to a release by itself when its time has come (Time, AP5, AP10, J7).

use super::{Deployment, JobRun, Minutes, Model, Phase, Standing, Stop, TaskRun};

/// Those of one moment and one stage come in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Moment { stage: u32, attempt: u32 },
    Approval { stage: u32, attempt: u32, after: bool, step: u32 },
    Task { stage: u32, attempt: u32 },
    Job { stage: u32, attempt: u32 },
    GiveUp { stage: u32, attempt: u32 },
}

impl Model {
    /// Everything that has come due, the earliest first.
    pub(super) fn bring_up_to_now(&mut self, number: u64) {
        while self.decide_first_due(number) {}
    }

    /// The earliest that has come due, if any has.
    pub(super) fn decide_first_due(&mut self, number: u64) -> bool {
        let Some(release) = self.release(number) else { return false };
        let all =
            release.going_on().flat_map(|it| dues_of(it).into_iter().map(|(at, due)| (at, it.stage, due)));
        let Some((_, _, due)) = all.filter(|(at, ..)| *at <= self.now).min() else { return false };
        match due {
            Due::Moment { stage, attempt } => self.ap10_moment_came((number, stage, attempt)),
            Due::Approval { stage, attempt, after, step } => {
                self.ap5_timed_out((number, stage, attempt), after, step);
            }
            Due::Task { stage, attempt } => self.j7_ask_to_stop((number, stage, attempt), Stop::TimedOut),
            Due::Job { stage, attempt } => self.j7_job_timed_out((number, stage, attempt)),
            Due::GiveUp { stage, attempt } => self.j7_given_up((number, stage, attempt)),
        }
        true
    }

    /// When something happens next to any release by itself.
    pub fn next_due(&self) -> Option<(Minutes, u64)> {
        let each = self
            .releases
            .iter()
            .flat_map(|release| release.going_on().flat_map(dues_of).map(|(at, _)| (at, release.number)));
        each.min()
    }
}

fn dues_of(deployment: &Deployment) -> Vec<(Minutes, Due)> {
    let Deployment { stage, attempt, .. } = *deployment;
    let mut dues = Vec::new();
    if let Phase::Deferred { until } = deployment.phase {
        dues.push((until, Due::Moment { stage, attempt }));
    }
    for approval in &deployment.approvals {
        if let Standing::Open { due, .. } = approval.standing {
            let (after, step) = (approval.after, approval.step);
            dues.push((due, Due::Approval { stage, attempt, after, step }));
        }
    }
    let Some(JobRun::Began { times_out_at, timed_out, tasks, came: None }) = deployment.jobs.last() else {
        return dues;
    };
    if let (Some(at), false) = (times_out_at, timed_out) {
        dues.push((*at, Due::Job { stage, attempt }));
    }
    match tasks.last() {
        Some(TaskRun::Running { stop: Some((_, kill_at)), .. }) => {
            dues.push((*kill_at, Due::GiveUp { stage, attempt }));
        }
        Some(TaskRun::Running { times_out_at: Some(at), stop: None, .. }) => {
            dues.push((*at, Due::Task { stage, attempt }));
        }
        _ => {}
    }
    dues
}
