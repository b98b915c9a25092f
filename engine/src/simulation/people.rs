use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::TimeDelta;
use cutover::deployment::{Answer, InterventionAnswer};
use cutover::{Approver, GroupId, SecretRef, UserId};

use super::Dice;
use crate::{Identities, PendingApproval, PendingIntervention, Secret, SecretError, Secrets};

/// Somebody answers what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<A> {
    /// How long after they were asked.
    pub after: TimeDelta,
    /// Who.
    pub by: UserId,
    /// What they say.
    pub answer: A,
}

/// Says who answers approvals and interventions, when, and what. What is refused is asked again.
pub trait People: Send + Sync + 'static {
    /// The answer to an approval; `None`: nobody gives any.
    fn approval(&self, asked: &PendingApproval, dice: &mut Dice) -> Option<Reply<Answer>>;

    /// The answer to a manual intervention; `None`: nobody gives any.
    fn intervention(&self, asked: &PendingIntervention, dice: &mut Dice)
    -> Option<Reply<InterventionAnswer>>;

    /// The groups that a user is a member of.
    fn groups(&self, user: &UserId) -> BTreeSet<GroupId>;
}

/// Nobody is there: what asks somebody waits until its time is over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl People for Nobody {
    fn approval(&self, _: &PendingApproval, _: &mut Dice) -> Option<Reply<Answer>> {
        None
    }

    fn intervention(&self, _: &PendingIntervention, _: &mut Dice) -> Option<Reply<InterventionAnswer>> {
        None
    }

    fn groups(&self, _: &UserId) -> BTreeSet<GroupId> {
        BTreeSet::new()
    }
}

/// People who answer after a while, and some of whom say no. Of a group that nobody was said to be a member of, there is one member who
/// bears its name.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomPeople {
    mean: TimeDelta,
    rejection_rate: f64,
    members: BTreeMap<GroupId, BTreeSet<UserId>>,
}

impl RandomPeople {
    /// People who answer after so long on the average; mostly sooner, and now and then much later (exponentially distributed).
    pub const fn answering_after(mean: TimeDelta) -> Self {
        Self { mean, rejection_rate: 0.0, members: BTreeMap::new() }
    }

    /// Of whose answers this part is no, from 0 to 1.
    #[must_use]
    pub const fn rejecting(mut self, rate: f64) -> Self {
        self.rejection_rate = rate;
        self
    }

    /// The user is a member of the group.
    #[must_use]
    pub fn with_member(mut self, group: GroupId, user: UserId) -> Self {
        self.members.entry(group).or_default().insert(user);
        self
    }

    fn member_of(&self, group: &GroupId, dice: &mut Dice) -> Option<UserId> {
        match self.members.get(group) {
            Some(members) => dice.one_of(&members.iter().cloned().collect::<Vec<_>>()).cloned(),
            None => UserId::new(group.as_str()).ok(),
        }
    }
}

impl People for RandomPeople {
    fn approval(&self, asked: &PendingApproval, dice: &mut Dice) -> Option<Reply<Answer>> {
        let by = match &asked.approver {
            Approver::User(user) => Some(user.clone()),
            Approver::Group(group) => self.member_of(group, dice),
            Approver::Automatic => None,
        }?;
        let answer = if dice.happens(self.rejection_rate) { Answer::Reject } else { Answer::Approve };
        Some(Reply { after: dice.exponential(self.mean), by, answer })
    }

    fn intervention(
        &self,
        asked: &PendingIntervention,
        dice: &mut Dice,
    ) -> Option<Reply<InterventionAnswer>> {
        let mut all: Vec<_> = asked.asked.users.iter().cloned().collect();
        for group in &asked.asked.groups {
            all.extend(self.member_of(group, dice));
        }
        if asked.asked.is_open_to_all() {
            all.extend(UserId::new("anybody"));
        }
        let by = dice.one_of(&all).cloned()?;
        let rejects = dice.happens(self.rejection_rate);
        let answer = if rejects { InterventionAnswer::Reject } else { InterventionAnswer::Resume };
        Some(Reply { after: dice.exponential(self.mean), by, answer })
    }

    fn groups(&self, user: &UserId) -> BTreeSet<GroupId> {
        let listed = self.members.iter().filter(|(_, members)| members.contains(user));
        let own = GroupId::new(user.as_str()).ok().filter(|group| !self.members.contains_key(group));
        listed.map(|(group, _)| group.clone()).chain(own).collect()
    }
}

/// The groups of the simulated people, as engines ask for them.
pub(super) struct Staff(pub(super) std::sync::Arc<dyn People>);

#[async_trait]
impl Identities for Staff {
    async fn groups(&self, user: &UserId) -> BTreeSet<GroupId> {
        self.0.groups(user)
    }

    async fn confirms_anew(&self, _: &UserId) -> bool {
        true
    }
}

/// Has a made-up value for every secret.
pub(super) struct MadeUp;

#[async_trait]
impl Secrets for MadeUp {
    async fn put(&self, name: &str, _: Secret) -> Result<SecretRef, SecretError> {
        Ok(SecretRef::newest(name))
    }

    async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        Ok(Secret::new(format!("made up for {reference}")))
    }
}
