use super::{Cursor, CursorCommand, CursorEvent, CursorRefusal};
use crate::flow::{Aggregate, Facts, Impossible};
use crate::{Context, Subject, Timestamp};

impl Aggregate for Cursor {
    type Command = CursorCommand;
    type Event = CursorEvent;
    type Refusal = CursorRefusal;

    fn needs(&self, _: &Subject, _: &CursorCommand) -> Vec<Subject> {
        Vec::new()
    }

    /// E4: what is acknowledged moves it forward only, so that of several who acknowledge the furthest one counts.
    fn decide(
        &self,
        command: &CursorCommand,
        _: &Context,
        _: &Facts<'_>,
    ) -> Result<Vec<CursorEvent>, CursorRefusal> {
        Ok(match (command, self.mark) {
            (CursorCommand::Open { at }, None) => vec![CursorEvent::Opened { at: *at }],
            (CursorCommand::Acknowledge { .. } | CursorCommand::Move { .. }, None) => {
                return Err(CursorRefusal::NotOpen);
            }
            (CursorCommand::Acknowledge { epoch: Some(epoch), .. }, Some(_)) if *epoch != self.epoch => {
                return Err(CursorRefusal::MovedMeanwhile);
            }
            (CursorCommand::Acknowledge { up_to, .. }, Some(mark)) if *up_to > mark => {
                vec![CursorEvent::Acknowledged { up_to: *up_to }]
            }
            (CursorCommand::Move { to }, Some(mark)) if *to != mark => vec![CursorEvent::Moved { to: *to }],
            (CursorCommand::Close, Some(_)) => vec![CursorEvent::Closed {}],
            (
                CursorCommand::Open { .. } | CursorCommand::Acknowledge { .. } | CursorCommand::Move { .. },
                Some(_),
            )
            | (CursorCommand::Close, None) => Vec::new(),
        })
    }

    fn evolve(&mut self, event: &CursorEvent, _: Timestamp) -> Result<(), Impossible> {
        match (event, self.mark) {
            (CursorEvent::Opened { at: mark }, None) | (CursorEvent::Moved { to: mark }, Some(_)) => {
                self.mark = Some(*mark);
                self.epoch += 1;
            }
            (CursorEvent::Acknowledged { up_to }, Some(mark)) if *up_to > mark => self.mark = Some(*up_to),
            (CursorEvent::Closed {}, Some(_)) => self.mark = None,
            (CursorEvent::Opened { .. }, Some(_)) => {
                return Err(Impossible("a cursor that was opened twice"));
            }
            (CursorEvent::Acknowledged { .. }, _) | (CursorEvent::Moved { .. }, None) => {
                return Err(Impossible("a cursor that is not open, or was acknowledged before"));
            }
            (CursorEvent::Closed {}, None) => return Err(Impossible("a cursor that was closed twice")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::Mark;
    use crate::{Actor, CommandId, CommitId, InvalidId};

    fn give(cursor: &mut Cursor, command: CursorCommand) -> Result<usize, CursorRefusal> {
        let now = Timestamp::UNIX_EPOCH;
        let (command_id, commit) = (CommandId::new("c").expect("short"), CommitId::new("k").expect("short"));
        let context = Context::new(now, Actor::System, command_id, commit);
        let events = cursor.decide(&command, &context, &Facts::default())?;
        for event in &events {
            cursor.evolve(event, now).expect("it was just decided");
        }
        Ok(events.len())
    }

    const fn acknowledge(up_to: Mark) -> CursorCommand {
        CursorCommand::Acknowledge { up_to, epoch: None }
    }

    #[test]
    fn what_is_acknowledged_moves_it_forward_only() -> Result<(), InvalidId> {
        let mut cursor = Cursor::default();
        let [early, within, late]: [Mark; 3] = ["3".parse()?, "7.2".parse()?, "7".parse()?];
        assert_eq!(give(&mut cursor, CursorCommand::Open { at: early }), Ok(1));
        assert_eq!(give(&mut cursor, acknowledge(early)), Ok(0));
        assert_eq!(give(&mut cursor, acknowledge(within)), Ok(1));
        assert_eq!(give(&mut cursor, acknowledge(late)), Ok(1));
        assert_eq!(give(&mut cursor, acknowledge(within)), Ok(0));
        assert_eq!(cursor.mark(), Some(late));
        Ok(())
    }

    #[test]
    fn it_goes_back_only_by_hand() -> Result<(), InvalidId> {
        let mut cursor = Cursor::default();
        let late: Mark = "7".parse()?;
        let refused = give(&mut cursor, acknowledge(late));
        assert_eq!(refused, Err(CursorRefusal::NotOpen));
        let refused = give(&mut cursor, CursorCommand::Move { to: late });
        assert_eq!(refused, Err(CursorRefusal::NotOpen));
        assert_eq!(give(&mut cursor, CursorCommand::Close), Ok(0));
        assert_eq!(give(&mut cursor, CursorCommand::Open { at: late }), Ok(1));
        assert_eq!(give(&mut cursor, CursorCommand::Open { at: Mark::START }), Ok(0));
        assert_eq!((cursor.mark(), cursor.epoch()), (Some(late), 1));
        assert_eq!(give(&mut cursor, CursorCommand::Move { to: late }), Ok(0));
        assert_eq!(give(&mut cursor, CursorCommand::Move { to: Mark::START }), Ok(1));
        assert_eq!((cursor.mark(), cursor.epoch()), (Some(Mark::START), 2));
        let of_before = CursorCommand::Acknowledge { up_to: late, epoch: Some(1) };
        assert_eq!(give(&mut cursor, of_before), Err(CursorRefusal::MovedMeanwhile));
        let of_now = CursorCommand::Acknowledge { up_to: late, epoch: Some(2) };
        assert_eq!(give(&mut cursor, of_now), Ok(1));
        assert_eq!(give(&mut cursor, CursorCommand::Close), Ok(1));
        assert_eq!(cursor.mark(), None);
        assert_eq!(give(&mut cursor, CursorCommand::Open { at: late }), Ok(1));
        assert_eq!((cursor.mark(), cursor.epoch()), (Some(late), 3));
        Ok(())
    }
}
