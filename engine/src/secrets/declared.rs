//! The values that tasks have declared as secrets while they ran (V4).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use cutover::{DeploymentId, ReleaseId, SliceId};

use super::forms::Forms;
use crate::{Secret, limits};

/// What the tasks of one slice of a job have declared as secret, each for those after it, too.
#[derive(Default)]
pub(crate) struct Declared {
    pub(super) forms: RwLock<Forms>,
}

impl Declared {
    /// Declares a value. More than can be looked for is not looked for: then nothing is shown any more.
    pub(super) fn add(&self, secret: &Secret) {
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        if !is_too_much(&forms) {
            forms.add(secret.reveal());
        }
    }
}

/// Whether more was declared than is looked for.
pub(super) fn is_too_much(forms: &Forms) -> bool {
    forms.bytes() > limits::DECLARED_BYTES || forms.count() > limits::DECLARED_FORMS
}

/// What was declared in each slice of deployments that go on. An engine that begins anew knows nothing of what an earlier life heard.
#[derive(Default)]
pub(crate) struct Declarations(Mutex<BTreeMap<ReleaseId, BTreeMap<SliceId, Arc<Declared>>>>);

impl Declarations {
    /// What was declared in a slice, and will be.
    pub(crate) fn of(&self, slice: SliceId) -> Arc<Declared> {
        let mut all = self.all();
        Arc::clone(all.entry(slice.deployment().release).or_default().entry(slice).or_default())
    }

    /// Forgets what was declared in a release's deployments that are over.
    pub(crate) fn forget(&self, release: ReleaseId, is_over: impl Fn(DeploymentId) -> bool) {
        let mut all = self.all();
        if let Some(slices) = all.get_mut(&release) {
            slices.retain(|slice, _| !is_over(slice.deployment()));
            if slices.is_empty() {
                all.remove(&release);
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<ReleaseId, BTreeMap<SliceId, Arc<Declared>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_declared_is_forgotten_once_its_deployment_is_over() {
        let declarations = Declarations::default();
        let slices: [SliceId; 3] = ["17/2#1.0:1", "17/3#1.0:1", "18/2#1.0:1"].map(|id| id.parse().unwrap());
        let [over, on, other] = slices.map(|slice| declarations.of(slice));
        declarations.forget(ReleaseId(17), |deployment| deployment.stage.0 == 2);
        let is_same = |was: &Arc<Declared>, id| Arc::ptr_eq(was, &declarations.of(id));
        let known = (is_same(&over, slices[0]), is_same(&on, slices[1]), is_same(&other, slices[2]));
        assert_eq!(known, (false, true, true));
        declarations.forget(ReleaseId(17), |_| true);
        assert_eq!(declarations.all().len(), 1, "nothing is left of a release whose deployments are over");
    }
}
