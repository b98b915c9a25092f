use cutover::transaction::World;
use cutover::{DeploymentId, Explanation};

use super::explained::told;

/// A deployment that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoingOn {
    /// Which.
    pub deployment: DeploymentId,
    /// What it waits for.
    pub told: Option<Explanation>,
}

/// All deployments that are not over, each with what it waits for. Once nothing goes wrong any more and people answer, everything that can
/// end ends: what is left then waits for something that nobody does.
pub fn going_on(world: &World) -> Vec<GoingOn> {
    let releases = world.iter().filter_map(|folded| folded.state().as_release());
    let all = releases.flat_map(|release| {
        let of_release = release.going_on().map(move |deployment| GoingOn {
            deployment: deployment.id,
            told: told(world, release, deployment.id.stage),
        });
        of_release.collect::<Vec<_>>()
    });
    all.collect()
}

/// Whether there is none.
pub(in crate::simulation) fn is_all_over(world: &World) -> bool {
    let mut releases = world.iter().filter_map(|folded| folded.state().as_release());
    releases.all(|release| release.going_on().next().is_none())
}
