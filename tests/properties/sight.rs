//! What a step of a case comes to where the model stands: which release, which approval, which task is meant by a place.

use crate::model::{Ask, Given, JobRun, Minutes, Model, Phase, Standing, State, TaskPlace, TaskRun};
use crate::people::USERS;
use crate::step::{Pick, Step, UNKNOWN};

/// No release has this number.
const NOBODY: u64 = 9_999;

/// What a step comes to in a certain state.
pub enum Action {
    Pass(Minutes),
    Give(Given),
}

/// What a step is resolved from.
pub struct Sight<'a> {
    pub model: &'a Model,
    pub clock: Minutes,
    pub given: &'a [Given],
}

fn choose<T: Copy>(all: &[T], pick: Pick) -> Option<T> {
    if pick == UNKNOWN || all.is_empty() {
        return None;
    }
    Some(all[all.len() - 1 - usize::from(pick) % all.len()])
}

fn somebody(pick: Pick) -> &'static str {
    if pick == UNKNOWN { "system" } else { USERS[usize::from(pick) % USERS.len()] }
}

/// A task or an approval with its release.
pub type Of<T> = (u64, T);

impl Sight<'_> {
    pub fn resolve(&self, step: &Step, id: u64, next_release: u64) -> Action {
        let somebody_asks = |by: Pick, ask| Given { id, by: somebody(by), ask };
        let asks = |ask| Given { id, by: "system", ask };
        let given = match step {
            Step::Pass(minutes) => return Action::Pass(*minutes),
            Step::Repeat(which) => match choose(&(0..self.given.len()).collect::<Vec<_>>(), *which) {
                // One that was refused would remove the stages that are new since (Q12, see below).
                Some(place) if self.removes_stages(&self.given[place].ask) => return Action::Pass(0),
                Some(place) => self.given[place].clone(),
                None => return Action::Pass(0),
            },
            Step::Create { by, requested_for, draft, manual, target } => {
                let ask = Ask::Create {
                    release: next_release,
                    draft: *draft,
                    manual: self.stages(manual),
                    target: target.map(|target| self.stage(target)),
                    requested_for: requested_for.map(somebody),
                };
                somebody_asks(*by, ask)
            }
            Step::CreateAgain(which) => somebody_asks(
                0,
                Ask::Create {
                    release: self.release(*which),
                    draft: false,
                    manual: Vec::new(),
                    target: None,
                    requested_for: None,
                },
            ),
            Step::RevisePolicies(policies) => {
                let mut plan = self.model.plan().clone();
                for (stage, policy) in plan.stages.iter_mut().zip(policies) {
                    stage.policy = *policy;
                }
                asks(Ask::Revise { against: self.model.revision(), plan })
            }
            Step::Revise(plan) => {
                // No stage is ever removed here: the model knows nothing of Q12.
                let mut plan = plan.clone();
                let kept = self.model.plan().stages.iter().skip(plan.stages.len());
                plan.stages.extend(kept.cloned());
                asks(Ask::Revise { against: self.model.revision(), plan })
            }
            Step::ReviseStale => {
                asks(Ask::Revise { against: self.model.revision() + 1, plan: self.model.plan().clone() })
            }
            Step::EditDraft { draft, manual, description } => asks(Ask::EditDraft {
                release: self.draft(*draft),
                manual: manual.as_ref().map(|manual| self.stages(manual)),
                description: description.map(|text| format!("text {text}")),
            }),
            Step::Start(draft) => asks(Ask::Start { release: self.draft(*draft) }),
            Step::Deploy { release, stage, by } => {
                somebody_asks(*by, Ask::Deploy { release: self.release(*release), stage: self.stage(*stage) })
            }
            Step::DeployUpTo { release, stage, by } => {
                let (release, stage) = (self.release(*release), self.stage(*stage));
                somebody_asks(*by, Ask::DeployUpTo { release, stage })
            }
            Step::Cancel { deployment, by } => {
                let (release, stage, _) = choose(&self.going_on(), *deployment).unwrap_or((NOBODY, 1, 1));
                somebody_asks(*by, Ask::Cancel { release, stage })
            }
            Step::CancelStage { release, stage } => {
                asks(Ask::Cancel { release: self.release(*release), stage: self.stage(*stage) })
            }
            Step::Approve { open, by } => self.answered(*open, *by, (true, None), id),
            Step::Reject { open, by } => self.answered(*open, *by, (false, None), id),
            Step::ApproveUntil { open, by, minutes } => {
                self.answered(*open, *by, (true, Some(self.clock + minutes)), id)
            }
            Step::HandOn { open, by, to } => {
                let (release, (stage, attempt, after, step)) =
                    choose(&self.open(), *open).unwrap_or((NOBODY, (1, 1, false, 0)));
                // Now and then by somebody who is not asked.
                let people = right_people(self.model, (release, stage, attempt), after, step);
                let by = if *by == 0 { "dee" } else { choose(&people, *by).unwrap_or("ann") };
                let to = USERS[usize::from(*to) % USERS.len()];
                Given { id, by, ask: Ask::Reassign { release, stage, attempt, after, step, to } }
            }
            Step::StartDeferred { deployment, by } => {
                let (release, stage, attempt) = choose(&self.deferred(), *deployment)
                    .unwrap_or_else(|| choose(&self.deployments(), *deployment).unwrap_or((NOBODY, 1, 1)));
                somebody_asks(*by, Ask::StartDeferred { release, stage, attempt })
            }
            Step::Answer { approval, by, yes } => {
                let (release, (stage, attempt, after, step)) =
                    choose(&self.approvals(|_| true), *approval).unwrap_or((NOBODY, (1, 1, false, 0)));
                let (yes, until) = (*yes, None);
                somebody_asks(*by, Ask::Answer { release, stage, attempt, after, step, yes, until })
            }
            Step::Abandon(release) => asks(Ask::Abandon { release: self.release(*release) }),
            Step::Reactivate(release) => asks(Ask::Reactivate { release: self.abandoned(*release) }),
            Step::Claim { task, engine } => {
                let (release, task) = choose(&self.claimable(), *task).unwrap_or(NO_TASK);
                asks(Ask::Claim { release, task, engine: *engine })
            }
            Step::ClaimWrongly { deployment, job, task } => {
                let (release, stage, attempt) =
                    choose(&self.deployments(), *deployment).unwrap_or((NOBODY, 1, 1));
                let task = TaskPlace { stage, attempt, job: u32::from(*job), task: u32::from(*task) };
                asks(Ask::Claim { release, task, engine: 1 })
            }
            Step::Report { task, told } => {
                let ((release, task), engine) = choose(&self.running(), *task).unwrap_or((NO_TASK, 0));
                asks(Ask::Report { release, task, engine, told: *told })
            }
            Step::ReportWrongly { task, told } => {
                let ((release, task), engine) = choose(&self.running(), *task).unwrap_or((NO_TASK, 0));
                asks(Ask::Report { release, task, engine: engine + 1, told: *told })
            }
            Step::Reattach { task, life } => {
                let ((release, task), engine) = choose(&self.running(), *task).unwrap_or((NO_TASK, 0));
                let engine = if *life == 3 { engine + 1 } else { engine };
                asks(Ask::Reattach { release, task, engine, life: *life })
            }
            Step::Settle(which) => {
                let (release, stage, attempt) = choose(&self.to_settle(), *which).unwrap_or((NOBODY, 1, 1));
                asks(Ask::Settle { release, stage, attempt })
            }
            Step::SettleAny(which) => {
                let (release, stage, attempt) = choose(&self.deployments(), *which).unwrap_or((NOBODY, 1, 1));
                asks(Ask::Settle { release, stage, attempt })
            }
            Step::SettleQueue(stage) => asks(Ask::SettleQueue { stage: self.stage(*stage) }),
            Step::Ring(release) => {
                let due = choose(&self.due(), *release).unwrap_or_else(|| self.release(*release));
                asks(Ask::Ring { release: due })
            }
        };
        Action::Give(given)
    }

    /// By somebody who is asked, if there is one; `by` says which of them.
    fn answered(&self, which: Pick, by: Pick, (yes, until): (bool, Option<Minutes>), id: u64) -> Given {
        let Some((release, (stage, attempt, after, step))) = choose(&self.open(), which) else {
            let ask =
                Ask::Answer { release: NOBODY, stage: 1, attempt: 1, after: false, step: 0, yes, until };
            return Given { id, by: somebody(by), ask };
        };
        let people = right_people(self.model, (release, stage, attempt), after, step);
        let by = choose(&people, by).unwrap_or_else(|| somebody(by));
        Given { id, by, ask: Ask::Answer { release, stage, attempt, after, step, yes, until } }
    }

    pub fn deferred(&self) -> Vec<(u64, u32, u32)> {
        let mut all = Vec::new();
        for release in &self.model.releases {
            for it in release.going_on().filter(|it| matches!(it.phase, Phase::Deferred { .. })) {
                all.push((release.number, it.stage, it.attempt));
            }
        }
        all
    }

    fn stage(&self, pick: Pick) -> u32 {
        let all: Vec<u32> = self.model.plan().numbered().map(|(id, _)| id).collect();
        choose(&all, pick).unwrap_or(99)
    }

    /// Sorted, each once; 5 is a stage that most pipelines don't have.
    fn stages(&self, picks: &[Pick]) -> Vec<u32> {
        let mut stages: Vec<u32> = picks.iter().map(|pick| u32::from(*pick) + 1).collect();
        stages.sort_unstable();
        stages.dedup();
        stages
    }

    fn removes_stages(&self, ask: &Ask) -> bool {
        let present = self.model.plan().stages.len();
        matches!(ask, Ask::Revise { plan, .. } if plan.stages.len() < present)
    }

    fn release(&self, pick: Pick) -> u64 {
        self.release_that(pick, |_| true)
    }

    fn draft(&self, pick: Pick) -> u64 {
        self.release_that(pick, |state| state == State::Draft)
    }

    fn abandoned(&self, pick: Pick) -> u64 {
        self.release_that(pick, |state| state == State::Abandoned)
    }

    /// One of those if there are any, else any.
    fn release_that(&self, pick: Pick, is_meant: impl Fn(State) -> bool) -> u64 {
        let releases = &self.model.releases;
        let meant: Vec<u64> = releases.iter().filter(|it| is_meant(it.state)).map(|it| it.number).collect();
        let all: Vec<u64> = releases.iter().map(|it| it.number).collect();
        choose(if meant.is_empty() { &all } else { &meant }, pick).unwrap_or(NOBODY)
    }

    fn deployments(&self) -> Vec<(u64, u32, u32)> {
        let all =
            self.model.releases.iter().flat_map(|release| {
                release.deployments.iter().map(|it| (release.number, it.stage, it.attempt))
            });
        all.collect()
    }

    fn going_on(&self) -> Vec<(u64, u32, u32)> {
        let all = self.model.releases.iter();
        all.flat_map(|release| release.going_on().map(|it| (release.number, it.stage, it.attempt))).collect()
    }

    pub fn to_settle(&self) -> Vec<(u64, u32, u32)> {
        let mut all = Vec::new();
        for release in &self.model.releases {
            for it in release.going_on().filter(|it| it.phase == Phase::Running) {
                let which = (release.number, it.stage, it.attempt);
                if self.model.claimable(which).is_none() && it.running_task().is_none() {
                    all.push(which);
                }
            }
        }
        all
    }

    fn approvals(&self, is_meant: impl Fn(&Standing) -> bool) -> Vec<Of<Step4>> {
        let mut all = Vec::new();
        for release in &self.model.releases {
            for it in &release.deployments {
                for known in it.approvals.iter().filter(|known| is_meant(&known.standing)) {
                    all.push((release.number, (it.stage, it.attempt, known.after, known.step)));
                }
            }
        }
        all
    }

    pub fn open(&self) -> Vec<Of<Step4>> {
        self.approvals(|standing| matches!(standing, Standing::Open { .. }))
    }

    pub fn claimable(&self) -> Vec<Of<TaskPlace>> {
        let all = self.going_on().into_iter().filter_map(|(release, stage, attempt)| {
            let (job, task) = self.model.claimable((release, stage, attempt))?;
            Some((release, TaskPlace { stage, attempt, job, task }))
        });
        all.collect()
    }

    /// Each with the engine that claimed it.
    pub fn running(&self) -> Vec<(Of<TaskPlace>, u8)> {
        let mut all = Vec::new();
        for release in &self.model.releases {
            for it in release.going_on() {
                let Some((job, task)) = it.running_task() else { continue };
                let Some(JobRun::Began { tasks, .. }) = it.jobs.last() else { continue };
                let Some(TaskRun::Running { engine, .. }) = tasks.last() else { continue };
                let place = TaskPlace { stage: it.stage, attempt: it.attempt, job, task };
                all.push(((release.number, place), *engine));
            }
        }
        all
    }

    pub fn due(&self) -> Vec<u64> {
        let due = self.model.next_due().filter(|(at, _)| *at <= self.clock);
        due.map(|(_, release)| release).into_iter().collect()
    }
}

/// Stage, attempt, after or before the jobs, step.
pub type Step4 = (u32, u32, bool, u32);

const NO_TASK: Of<TaskPlace> = (NOBODY, TaskPlace { stage: 1, attempt: 1, job: 0, task: 0 });

/// Those who are asked by the step, as it was handed on.
pub fn right_people(
    model: &Model,
    (release, stage, attempt): (u64, u32, u32),
    after: bool,
    step: u32,
) -> Vec<&'static str> {
    let deployment = model.release(release).and_then(|release| release.deployment(stage, attempt));
    let mut approvals = deployment.into_iter().flat_map(|deployment| &deployment.approvals);
    let known = approvals.find(|known| (known.after, known.step) == (after, step));
    let Some(asked) = known.and_then(|known| known.asked.as_ref()) else { return Vec::new() };
    USERS.into_iter().filter(|name| asked.is(name)).collect()
}
