use std::collections::BTreeMap;

use cutover::CommandId;
use cutover::store::Position;
use cutover::transaction::World;

use super::{Checker, Seen};

/// Nothing that was acknowledged is lost, and nothing is carried out twice (I16): however often a caller gives a command again since the
/// answer was lost.
#[derive(Debug, Clone, Default)]
pub struct Acknowledged {
    /// Where each command was recorded.
    recorded: BTreeMap<CommandId, Position>,
    acknowledged: u64,
}

impl Acknowledged {
    /// Nothing was acknowledged yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A caller was told that its command is recorded; at this position, if it was told where. All that is recorded was seen before.
    ///
    /// # Errors
    /// If it is not, or elsewhere.
    pub fn acknowledge(&mut self, command: &CommandId, at: Option<Position>) -> Result<(), String> {
        self.acknowledged += 1;
        let known = self.recorded.get(command).copied();
        let known = known.ok_or_else(|| format!("acknowledged, and not recorded: command {command}"))?;
        ensure!(
            at.is_none_or(|at| at == known),
            "command {command} was acknowledged at {at:?}, and is recorded at {known}"
        );
        Ok(())
    }

    /// How many commands were acknowledged.
    pub const fn count(&self) -> u64 {
        self.acknowledged
    }
}

impl Checker for Acknowledged {
    fn recorded(&mut self, seen: &Seen, _: &World) -> Result<(), String> {
        let (command, position) = (&seen.commit.header.command, seen.commit.position);
        let before = self.recorded.insert(command.clone(), position);
        ensure!(before.is_none(), "I16: command {command} is recorded at {before:?} and at {position}");
        Ok(())
    }
}
