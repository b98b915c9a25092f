use super::{Freeze, Freezes, FreezesEvent};
use crate::Timestamp;
use crate::flow::Impossible;

impl Freezes {
    pub(super) fn fold(&mut self, event: &FreezesEvent, at: Timestamp) -> Result<(), Impossible> {
        match event {
            FreezesEvent::Declared { freeze, scope, window, reason, by } => {
                // Those that ended by themselves are forgotten here, so that they don't pile up.
                self.0.retain(|_, known| !known.is_over(at));
                let (scope, window, reason, by) = (scope.clone(), window.clone(), reason.clone(), by.clone());
                let declared = Freeze { scope, window, reason, by, since: at };
                match self.0.insert(freeze.clone(), declared) {
                    None => Ok(()),
                    Some(_) => Err(Impossible("a freeze that is declared twice")),
                }
            }
            FreezesEvent::Lifted { freeze, .. } => match self.0.remove(freeze) {
                Some(_) => Ok(()),
                None => Err(Impossible("a freeze that is lifted and was not declared")),
            },
        }
    }
}
