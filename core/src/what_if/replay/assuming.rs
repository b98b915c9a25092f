//! Answers where none is recorded.

use super::{Order, Run, release_in};
use crate::deployment::{Answer, Assignment, Claim, InterventionAnswer, TaskResult};
use crate::what_if::actions::{Reply, Who};
use crate::what_if::question::Question;
use crate::what_if::record::Replied;
use crate::what_if::{Assumed, Assumption};
use crate::{Actor, ApprovalId, Approver, DeploymentId, EngineId, IncarnationId, TaskId, Timestamp, UserId};

/// Who answers for a group, where nobody did.
const SOMEBODY: &str = "somebody";

impl<'a> Run<'a> {
    /// The newest answer to the same step of the same pipeline that was recorded before, or else the first one after.
    pub(super) fn example_of(
        &self,
        question: &Question,
        before: Timestamp,
    ) -> Option<(DeploymentId, &'a Replied)> {
        let pipeline = self.record.releases.get(&question.deployment()?.release)?;
        let examples = self.record.examples.get(&(*pipeline, question.place()?))?;
        let later = examples.partition_point(|(_, replied)| replied.at <= before);
        let (deployment, replied) = examples.get(later.saturating_sub(1))?;
        Some((*deployment, replied))
    }

    /// What is done where nothing is recorded; noted, unless it is a routine.
    pub(super) fn assume(
        &mut self,
        question: &Question,
        example: Option<(DeploymentId, &Replied)>,
    ) -> Option<Order> {
        let like = example.map(|(deployment, _)| deployment);
        let example = example.map(|(_, replied)| &replied.reply);
        let (reply, assumption) = match question {
            Question::Approval(approval) => {
                let (answer, who) = self.assumed_answer(*approval, example)?;
                let reply = Reply::Answer { answer, until: None, who, comment: String::new() };
                (reply, Some(Assumption::Approval(*approval, answer)))
            }
            Question::Intervention(task) => {
                let (answer, who) = self.assumed_word(*task, example)?;
                let reply = Reply::Intervene { answer, who, comment: String::new() };
                (reply, Some(Assumption::Intervention(*task, answer)))
            }
            Question::Claim(_) => (example.cloned().or_else(somebodys_claim)?, None),
            Question::Ending(task) | Question::Stopping(task) => {
                let reply = example.cloned().unwrap_or_else(ended_well);
                let Reply::Ended { result, .. } = &reply else { return None };
                let is_stop = matches!(question, Question::Stopping(_));
                let assumption =
                    if is_stop { Assumption::Stop(*task) } else { Assumption::Task(*task, *result) };
                (reply, Some(assumption))
            }
            Question::Sample(..)
            | Question::Settling(_)
            | Question::Moment(_)
            | Question::Frost(_)
            | Question::CancelDeleted(_)
            | Question::FinishDeleting(_)
            | Question::Queue(_)
            | Question::NewTargets(_)
            | Question::Locks
            | Question::Pool(_) => (Reply::Routine, None),
        };
        self.replay.assumed.extend(assumption.map(|what| Assumed { what, like }));
        self.order_of(question, &reply, &Actor::System)
    }

    /// By whoever is asked now.
    fn assumed_answer(&self, approval: ApprovalId, example: Option<&Reply>) -> Option<(Answer, Who)> {
        let release = release_in(&self.world, approval.deployment.release)?;
        let mut open = release.deployment(approval.deployment)?.open_approvals();
        let (_, approver, ..) = open.find(|(id, ..)| *id == approval)?;
        let (answer, mut who) = match example {
            Some(Reply::Answer { answer, who, .. }) => (*answer, who.clone()),
            Some(_) | None => (Answer::Approve, somebody()?),
        };
        match approver {
            Approver::User(user) => who.by = Actor::User(user.clone()),
            Approver::Group(group) => {
                who.groups.insert(group.clone());
            }
            Approver::Automatic => {}
        }
        Some((answer, who))
    }

    /// By whoever is asked now.
    fn assumed_word(&self, task: TaskId, example: Option<&Reply>) -> Option<(InterventionAnswer, Who)> {
        let release = release_in(&self.world, task.deployment().release)?;
        let Assignment { users, groups, .. } =
            &release.deployment(task.deployment())?.intervention(task)?.asked;
        let (answer, mut who) = match example {
            Some(Reply::Intervene { answer, who, .. }) => (*answer, who.clone()),
            Some(_) | None => (InterventionAnswer::Resume, somebody()?),
        };
        if let Some(user) = users.first().filter(|_| groups.is_empty()) {
            who.by = Actor::User(user.clone());
        }
        who.groups.extend(groups.iter().cloned());
        Some((answer, who))
    }
}

fn somebody() -> Option<Who> {
    Some(Who::plain(Actor::User(UserId::new(SOMEBODY).ok()?)))
}

fn somebodys_claim() -> Option<Reply> {
    let (engine, incarnation) = (EngineId::new(SOMEBODY).ok()?, IncarnationId::new(SOMEBODY).ok()?);
    Some(Reply::Claim(Claim { engine, incarnation }))
}

const fn ended_well() -> Reply {
    Reply::Ended {
        result: TaskResult::Succeeded,
        message: String::new(),
        variables: Vec::new(),
        within: None,
    }
}
