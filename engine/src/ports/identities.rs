use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use cutover::{GroupId, UserId};

/// Knows of which groups a user is a member.
#[async_trait]
pub trait Identities: Send + Sync + 'static {
    /// The groups that the user is a member of at this moment. One that cannot be asked answers none: what only a member may do
    /// is then refused.
    async fn groups(&self, user: &UserId) -> BTreeSet<GroupId>;

    /// Asks the user anew to show who they are, and says whether they did: some approvals take only such an answer (AP8). It is called
    /// while the answer is given, and only where it is needed; it may take as long as the user does. A host that can't do it confirms
    /// nobody, so that such approvals are refused.
    async fn confirms_anew(&self, user: &UserId) -> bool {
        let _ = user;
        false
    }
}

/// Knows of no groups, and confirms nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoGroups;

#[async_trait]
impl Identities for NoGroups {
    async fn groups(&self, _: &UserId) -> BTreeSet<GroupId> {
        BTreeSet::new()
    }
}

/// Groups that were listed once and do not change. It confirms nobody anew.
///
/// ```
/// use cutover::{GroupId, UserId};
/// use cutover_engine::FixedGroups;
///
/// let groups = FixedGroups::new().with_member(GroupId::new("release-managers")?, UserId::new("ann")?);
/// # Ok::<(), cutover::InvalidId>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FixedGroups(BTreeMap<UserId, BTreeSet<GroupId>>);

impl FixedGroups {
    /// No groups yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The user is a member of the group.
    #[must_use]
    pub fn with_member(mut self, group: GroupId, user: UserId) -> Self {
        self.0.entry(user).or_default().insert(group);
        self
    }
}

#[async_trait]
impl Identities for FixedGroups {
    async fn groups(&self, user: &UserId) -> BTreeSet<GroupId> {
        self.0.get(user).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl<I: Identities + ?Sized> Identities for Arc<I> {
    async fn groups(&self, user: &UserId) -> BTreeSet<GroupId> {
        (**self).groups(user).await
    }

    async fn confirms_anew(&self, user: &UserId) -> bool {
        (**self).confirms_anew(user).await
    }
}
