use super::{Freeze, Freezes, FreezesEvent};
use crate::flow::Impossible;
use crate::{FreezeId, Timestamp, limits};

impl Freezes {
    pub(super) fn fold(&mut self, event: &FreezesEvent, at: Timestamp) -> Result<(), Impossible> {
        match event {
            FreezesEvent::Declared { freeze, scope, window, reason, by } => {
                // Those that ended by themselves are forgotten here, so that they don't pile up.
                let ended =
                    self.known.iter().filter(|(_, known)| known.is_over(at)).map(|(id, _)| id.clone());
                for id in ended.collect::<Vec<_>>() {
                    self.known.remove(&id);
                    self.remember(id);
                }
                self.over.retain(|id| id != freeze);
                let (scope, window, reason, by) = (scope.clone(), window.clone(), reason.clone(), by.clone());
                let declared = Freeze { scope, window, reason, by, since: at };
                match self.known.insert(freeze.clone(), declared) {
                    None => Ok(()),
                    Some(_) => Err(Impossible("a freeze that is declared twice")),
                }
            }
            FreezesEvent::Lifted { freeze, .. } => match self.known.remove(freeze) {
                Some(_) => {
                    self.remember(freeze.clone());
                    Ok(())
                }
                None => Err(Impossible("a freeze that is lifted and was not declared")),
            },
        }
    }

    /// It is over. Of so many that is remembered as may be there at a time.
    fn remember(&mut self, over: FreezeId) {
        self.over.push_back(over);
        if self.over.len() > limits::FREEZES {
            self.over.pop_front();
        }
    }
}
