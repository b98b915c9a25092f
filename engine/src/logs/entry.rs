use chrono::{DateTime, SecondsFormat, Utc};
use cutover::Timestamp;

/// One line of a task's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogEntry {
    /// The task wrote this.
    Line {
        /// At about this time, in milliseconds.
        at: Timestamp,
        /// Without its end.
        text: String,
    },
    /// It wrote more than is kept: what came from then on is not here.
    Cut {
        /// When it came to that.
        at: Timestamp,
        /// Bytes of its log that were kept.
        bytes: u64,
    },
    /// It has ended.
    Ended {
        /// When.
        at: Timestamp,
    },
}

const CUT: &str = "cut ";
const ENDED: &str = "ended";

impl LogEntry {
    /// When it was written.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Line { at, .. } | Self::Cut { at, .. } | Self::Ended { at } => *at,
        }
    }

    /// As it stands in the file, with its line end.
    pub(super) fn written(&self) -> String {
        let time = self.at().to_rfc3339_opts(SecondsFormat::Millis, true);
        match self {
            Self::Line { text, .. } => format!("{time} {text}\n"),
            Self::Cut { bytes, .. } => format!("{time}!{CUT}{bytes}\n"),
            Self::Ended { .. } => format!("{time}!{ENDED}\n"),
        }
    }

    /// What a line of the file says, without its end; `None` for one that a crash has torn.
    pub(super) fn read(line: &str) -> Option<Self> {
        let place = line.find([' ', '!'])?;
        let (time, rest) = line.split_at(place);
        let at = DateTime::parse_from_rfc3339(time).ok()?.with_timezone(&Utc);
        if let Some(text) = rest.strip_prefix(' ') {
            return Some(Self::Line { at, text: text.to_owned() });
        }
        match rest.strip_prefix('!')? {
            ENDED => Some(Self::Ended { at }),
            mark => Some(Self::Cut { at, bytes: mark.strip_prefix(CUT)?.parse().ok()? }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_no_task_can_write_a_mark() {
        let at = DateTime::UNIX_EPOCH;
        let line = |text: &str| LogEntry::Line { at, text: text.to_owned() };
        for entry in
            [line(""), line("a b"), line("!ended"), LogEntry::Cut { at, bytes: 7 }, LogEntry::Ended { at }]
        {
            let written = entry.written();
            assert_eq!(LogEntry::read(written.strip_suffix('\n').unwrap()), Some(entry));
        }
        for torn in ["", "1970-01-01T00:00", "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z!en"] {
            assert_eq!(LogEntry::read(torn), None, "{torn}");
        }
    }
}
