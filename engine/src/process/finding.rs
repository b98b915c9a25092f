//! Finds out what became of a task that an earlier incarnation began, or may have begun, and watches it again.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use cutover::TaskOrder;

use super::group::Leader;
use super::record::{Machine, Record, State};
use super::runner::{Settings, because};
use super::watch::{Dropped, LOST, Process, Watch};
use crate::{Found, TaskControl};

/// Times that it looks for a task that it is to watch again, before it gives it up; the first pause between them, each twice the one before.
const LOOKS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

impl Settings {
    pub(super) fn find(&self, order: &TaskOrder) -> Result<Found, String> {
        let (found, record) = Self::look(&self.root()?, order)?;
        match (&found, record) {
            (Found::Begun | Found::Ended | Found::NotNow { .. }, _) | (_, None) => {}
            (Found::Lost { .. } | Found::NeverBegan, Some(record)) => {
                // What is lost must not go on: whoever runs it again would run it twice at once.
                if let (Found::Lost { .. }, Ok(Some(leader))) = (&found, record.leader()) {
                    leader.kill_leftovers(record.folder());
                }
                record.remove_secret_script();
            }
        }
        Ok(found)
    }

    /// How far the latest try came. A try that has not begun never will after this.
    pub(super) fn look(root: &Path, order: &TaskOrder) -> Result<(Found, Option<Record>), String> {
        let latest = Record::latest(root, order.id).map_err(because("read the records in", root))?;
        let Some(record) = latest else { return Ok((Found::NeverBegan, None)) };
        let failed = because("use the record in", record.folder());
        let found = Self::judge(&record).map_err(failed)?;
        Ok((found, Some(record)))
    }

    fn judge(record: &Record) -> io::Result<Found> {
        let lost = |message: &str| Ok(Found::Lost { message: message.to_owned() });
        match (record.clear_state()?, record.machine()?) {
            (State::Never, _) => Ok(Found::NeverBegan),
            (State::Ended(_), _) => Ok(Found::Ended),
            (_, Machine::Restarted) => lost("the machine was restarted while it ran or was about to"),
            (State::Began(leader), Machine::Same | Machine::Unknown) => Self::of(record, &leader),
            (State::Unclear, Machine::Same | Machine::Unknown) => Ok(unclear()),
            (State::Open, Machine::Unknown) => {
                lost("it was about to begin, and nothing says whether the machine was restarted since")
            }
            (State::Open, Machine::Same) => match record.settle()? {
                State::Never => Ok(Found::NeverBegan),
                State::Ended(_) => Ok(Found::Ended),
                State::Began(leader) => Self::of(record, &leader),
                State::Open | State::Unclear => Ok(unclear()),
            },
        }
    }

    fn of(record: &Record, leader: &Leader) -> io::Result<Found> {
        if leader.is_alive() { Ok(Found::Begun) } else { Self::after_death(record) }
    }

    /// It may have ended between two looks: first its state, then its process.
    fn after_death(record: &Record) -> io::Result<Found> {
        Ok(match record.state()? {
            State::Ended(_) => Found::Ended,
            State::Open | State::Never | State::Unclear | State::Began(_) => {
                Found::Lost { message: LOST.to_owned() }
            }
        })
    }

    /// What keeps it from looking passes, mostly. Where it does not, the task is killed: nobody watches it, and it counts as lost.
    pub(super) fn resume(
        &self,
        order: &TaskOrder,
        control: &TaskControl,
        dropped: &Dropped,
    ) -> Result<(Watch, Process), String> {
        let mut pause = FIRST_PAUSE;
        for looks in 1.. {
            match self.look_again(order, control, dropped) {
                Ok(resumed) => return resumed,
                Err(_) if looks < LOOKS && !dropped.is_set() && control.stop.urgency().is_none() => {
                    thread::sleep(pause);
                    pause *= 2;
                }
                Err(message) => {
                    self.kill_unwatched(order.id);
                    return Err(message);
                }
            }
        }
        Err(LOST.to_owned())
    }

    /// The outer error: why it could not look.
    fn look_again(
        &self,
        order: &TaskOrder,
        control: &TaskControl,
        dropped: &Dropped,
    ) -> Result<Result<(Watch, Process), String>, String> {
        let root = self.root()?;
        let (found, record) = Self::look(&root, order)?;
        let record = match (found, record) {
            (Found::Begun | Found::Ended, Some(record)) => record,
            (Found::NotNow { message }, _) => return Err(message),
            (Found::Lost { message }, _) => return Ok(Err(message)),
            (Found::NeverBegan | Found::Begun | Found::Ended, _) => {
                return Ok(Err("it never began".to_owned()));
            }
        };
        let leader = record.leader().map_err(because("read the record in", record.folder()))?;
        let watch = self.watch(order, record, control.clone(), dropped.clone());
        Ok(Ok((watch, leader.map_or(Process::Over, Process::Found))))
    }
}

/// The wrapper has begun to say that it begins, and not gone on: it may yet, or it is dead.
fn unclear() -> Found {
    Found::NotNow { message: "it was about to begin, and nothing says whether it did".to_owned() }
}
