//! One command, rule by rule.

use super::{Ask, Given, Model, No, Outcome, Phase, Release, State, Thing, Why};
use crate::plan::Plan;

impl Ask {
    fn thing(&self) -> Thing {
        match self {
            Self::Create { .. } | Self::Revise { .. } => Thing::Pipeline,
            Self::SettleQueue { stage } => Thing::Queue(*stage),
            Self::EditDraft { release, .. }
            | Self::Start { release }
            | Self::Deploy { release, .. }
            | Self::DeployUpTo { release, .. }
            | Self::Cancel { release, .. }
            | Self::Answer { release, .. }
            | Self::Reassign { release, .. }
            | Self::StartDeferred { release, .. }
            | Self::Abandon { release }
            | Self::Reactivate { release }
            | Self::Claim { release, .. }
            | Self::Reattach { release, .. }
            | Self::Report { release, .. }
            | Self::Settle { release, .. }
            | Self::Ring { release } => Thing::Release(*release),
        }
    }
}

impl Model {
    pub(super) fn carry_out(&mut self, given: &Given) -> Outcome {
        let thing = given.ask.thing();
        self.see(thing);
        if self.remembered.contains(&(thing, given.id)) {
            return Outcome::Repeated;
        }
        if let Ask::Ring { release } = given.ask {
            // A timer decides one deadline: what is due of other releases may come before the next of this one.
            self.decide_first_due(release);
        } else if let Thing::Release(number) = thing {
            self.bring_up_to_now(number);
        }
        let by_deadlines = self.written.len();
        if self.ask(given).is_err() {
            return Outcome::Refused;
        }
        if self.written.len() > by_deadlines {
            // I8 forgets a stream's commands after 64: no step repeats one that is so far back.
            self.remembered.push((thing, given.id));
        }
        if self.written.is_empty() { Outcome::AlreadySo } else { Outcome::Recorded }
    }

    fn ask(&mut self, given: &Given) -> Result<(), No> {
        let by = given.by;
        match &given.ask {
            Ask::Create { release, draft, manual, target, requested_for } => {
                let release = Release {
                    number: *release,
                    state: if *draft { State::Draft } else { State::Active },
                    revision: self.revision(),
                    creator: by.to_owned(),
                    requested_for: requested_for.map(str::to_owned),
                    description: String::new(),
                    manual: manual.clone(),
                    reach: target.map(|target| self.plan().path_to(target)),
                    asked_for: Vec::new(),
                    deployments: Vec::new(),
                };
                self.r1_create(release, *target)
            }
            Ask::Revise { against, plan } => self.p2_revise(*against, plan),
            Ask::EditDraft { release, manual, description } => {
                self.r2_edit(*release, manual.as_deref(), description.as_deref())
            }
            Ask::Start { release } => self.r2_start(*release, by),
            Ask::Deploy { release, stage } => self.s7_deploy(*release, *stage, by),
            Ask::DeployUpTo { release, stage } => self.s6_deploy_up_to(*release, *stage, by),
            Ask::Cancel { release, stage } => self.d4_cancel_stage(*release, *stage, by),
            Ask::Answer { release, stage, attempt, after, step, yes, until } => {
                self.ap_answer((*release, *stage, *attempt), (*after, *step), (*yes, *until), by)
            }
            Ask::Reassign { release, stage, attempt, after, step, to } => {
                self.ap9_hand_on((*release, *stage, *attempt), (*after, *step), to, by)
            }
            Ask::StartDeferred { release, stage, attempt } => {
                self.ap10_start((*release, *stage, *attempt), by)
            }
            Ask::Abandon { release } => self.r5_abandon(*release),
            Ask::Reactivate { release } => self.r5_reactivate(*release),
            Ask::Claim { release, task, engine } => self.j6_claim(*release, *task, *engine),
            Ask::Reattach { release, task, engine, life } => {
                self.j6_reattach(*release, *task, *engine, *life)
            }
            Ask::Report { release, task, engine, told } => self.j6_report(*release, *task, *engine, *told),
            Ask::Settle { release, stage, attempt } => self.d7_settle(*release, *stage, *attempt),
            Ask::Ring { release } => self.state_of(*release).map(|_| ()),
            Ask::SettleQueue { stage } => {
                self.settle_queue(*stage);
                Ok(())
            }
        }
    }

    /// R1, R3, S6: numbered by its pipeline, with the pipeline as it is now.
    fn r1_create(&mut self, release: Release, target: Option<u32>) -> Result<(), No> {
        let number = release.number;
        let plan = self.plan().clone();
        if release.manual.iter().copied().chain(target).any(|stage| plan.stage(stage).is_none()) {
            return Err(No("R3, S6: no such stage"));
        }
        // A refusal by the release itself has read the release.
        if self.releases.last().is_none_or(|newest| newest.number != number) {
            self.see(Thing::Release(number));
        }
        if self.release(number).is_some() {
            return Err(No("R1: the number is taken"));
        }
        self.write(Thing::Pipeline);
        self.write(Thing::Release(number));
        if !self.kept.contains(&plan) {
            self.kept.push(plan);
            self.write(Thing::Snapshot);
        }
        let is_active = release.state == State::Active;
        self.releases.push(release);
        if is_active {
            self.s1_become_active(number, "system");
        }
        Ok(())
    }

    /// P2: against the current revision only.
    fn p2_revise(&mut self, against: u32, plan: &Plan) -> Result<(), No> {
        if against != self.revision() {
            return Err(No("P2: stale revision"));
        }
        if plan != self.plan() {
            self.write(Thing::Pipeline);
            self.revisions.push(plan.clone());
        }
        Ok(())
    }

    pub(super) fn state_of(&self, number: u64) -> Result<State, No> {
        self.release(number).map(|release| release.state).ok_or(No("there is no such release"))
    }

    pub(super) fn release_mut(&mut self, number: u64) -> &mut Release {
        self.releases.iter_mut().find(|release| release.number == number).expect("it was found before")
    }

    /// R2: only a draft is edited.
    fn r2_edit(&mut self, number: u64, manual: Option<&[u32]>, description: Option<&str>) -> Result<(), No> {
        if self.state_of(number)? != State::Draft {
            return Err(No("R2: not a draft"));
        }
        let release = self.release(number).expect("it is a draft");
        let plan = self.frozen(release);
        if manual.unwrap_or_default().iter().any(|stage| plan.stage(*stage).is_none()) {
            return Err(No("R3: no such stage"));
        }
        let is_so = manual.is_none_or(|manual| manual == release.manual)
            && description.is_none_or(|description| description == release.description);
        if is_so {
            return Ok(());
        }
        self.write(Thing::Release(number));
        let release = self.release_mut(number);
        if let Some(manual) = manual {
            release.manual = manual.to_vec();
        }
        if let Some(description) = description {
            release.description = description.to_owned();
        }
        Ok(())
    }

    /// R2: a draft becomes active once.
    fn r2_start(&mut self, number: u64, by: &str) -> Result<(), No> {
        if self.state_of(number)? == State::Active {
            return Ok(());
        }
        if self.state_of(number)? != State::Draft {
            return Err(No("R2: not a draft"));
        }
        self.write(Thing::Release(number));
        self.release_mut(number).state = State::Active;
        self.s1_become_active(number, by);
        Ok(())
    }

    /// R5: not while jobs run; everything else ends with it.
    fn r5_abandon(&mut self, number: u64) -> Result<(), No> {
        match self.state_of(number)? {
            State::Abandoned => return Ok(()),
            State::Draft => return Err(No("R5: a draft")),
            State::Active => {}
        }
        let release = self.release(number).expect("it is active");
        if release.going_on().any(|it| matches!(it.phase, Phase::Running | Phase::Cancelling(_))) {
            return Err(No("R5: jobs run"));
        }
        let open: Vec<(u32, u32)> = release.going_on().map(|it| (it.stage, it.attempt)).collect();
        for (stage, attempt) in open {
            self.d4_cancel((number, stage, attempt), Why::Abandoned);
        }
        self.write(Thing::Release(number));
        self.release_mut(number).state = State::Abandoned;
        Ok(())
    }

    /// R5: starts nothing.
    fn r5_reactivate(&mut self, number: u64) -> Result<(), No> {
        match self.state_of(number)? {
            State::Active => Ok(()),
            State::Draft => Err(No("R5: not abandoned")),
            State::Abandoned => {
                self.write(Thing::Release(number));
                self.release_mut(number).state = State::Active;
                Ok(())
            }
        }
    }
}
