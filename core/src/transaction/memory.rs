//! The last commands that a stream was asked and recorded something for.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::CommandId;
use crate::store::Sequence;

/// Commands in a chunk: a copy of the memory copies one chunk and points to the others.
const CHUNK: usize = 64;

/// The last commands, each with the sequence of the first event that it recorded.
///
/// It is copied with its stream's state in every transaction, and the longest of them hold a thousand commands: so it is kept in chunks that
/// copies share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct CommandMemory(VecDeque<Arc<Vec<(CommandId, Sequence)>>>);

impl CommandMemory {
    /// Where the command's first event stands, if the command is remembered.
    pub(super) fn find(&self, command: &CommandId) -> Option<Sequence> {
        let entries = self.0.iter().rev().flat_map(|chunk| chunk.iter().rev());
        entries.into_iter().find(|(known, _)| known == command).map(|(_, sequence)| *sequence)
    }

    /// Remembers a command by its first event, and forgets the oldest where there are at least `most` others.
    pub(super) fn remember(&mut self, command: &CommandId, sequence: Sequence, most: usize) {
        if self.is_newest(command) {
            return;
        }
        match self.0.back_mut() {
            Some(chunk) if chunk.len() < CHUNK => Arc::make_mut(chunk).push((command.clone(), sequence)),
            Some(_) | None => self.0.push_back(Arc::new(vec![(command.clone(), sequence)])),
        }
        // Whole chunks are forgotten, so that at least `most` commands stay.
        if self.0.len() > most.div_ceil(CHUNK) + 1 {
            self.0.pop_front();
        }
    }

    /// A command's events are recorded one after another: only the first of them counts.
    fn is_newest(&self, command: &CommandId) -> bool {
        self.0.back().and_then(|chunk| chunk.last()).is_some_and(|(newest, _)| newest == command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> CommandId {
        CommandId::new(format!("c{number}")).expect("a short id")
    }

    #[test]
    fn the_last_commands_are_remembered_and_much_older_ones_are_not() {
        let mut memory = CommandMemory::default();
        for number in 1..=1_000 {
            memory.remember(&id(number), Sequence(number), 64);
            memory.remember(&id(number), Sequence(number + 1), 64);
        }
        for number in 937..=1_000 {
            assert_eq!(memory.find(&id(number)), Some(Sequence(number)));
        }
        assert_eq!(memory.find(&id(800)), None);
    }

    #[test]
    fn a_copy_does_not_change_with_the_original() {
        let mut memory = CommandMemory::default();
        memory.remember(&id(1), Sequence(1), 64);
        let copy = memory.clone();
        memory.remember(&id(2), Sequence(2), 64);
        assert_eq!((copy.find(&id(2)), memory.find(&id(2))), (None, Some(Sequence(2))));
    }
}
