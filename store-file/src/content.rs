//! The JSON inside a frame: a commit, or the mark that a clean close leaves at the end.

use std::borrow::Cow;
use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cutover::store::{
    Cause, CommitHeader, CommitParts, Expectation, Json, NewEvent, Position, RecordedEvent, Sequence,
    StreamId,
};
use cutover::{Actor, CommandId, CommitId, Digest};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::frame::{self, FRAME_BYTES};
use crate::text;

/// The longest that the numbers of a frame get: position and batch, and their names.
const LONGEST_NUMBERS: usize = r#"{"position":,"batch":,,"streams":[],"events":}"#.len() + 2 * 20;
/// How long it is to name the digest of the frame before.
const LINK_BYTES: usize = r#""before":"","#.len() + 64;
/// The longest that one row of the stream table gets, besides the stream's name.
const LONGEST_ROW: usize = r#"{"stream":,"first":,"previous":[,]},"#.len() + 3 * 20;

/// Room for the header.
const HEADER_BYTES: usize = 256;
/// Room for what an event says besides its name and its payload.
const EVENT_BYTES: usize = 96;

/// A frame's place as the log itself names it: the first position of its segment, and the offset there. They are in the order of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Pointer(pub(crate) u64, pub(crate) u64);

/// A commit made ready for the log: all but the numbers that only the writer knows.
#[derive(Debug)]
pub(crate) struct Draft {
    /// Its header, the names of its streams, its events, one behind the other as they stand in the frame.
    text: Vec<u8>,
    /// Where the header ends in that.
    header: usize,
    /// Where the events begin.
    events: usize,
    pub(crate) streams: Vec<DraftStream>,
    pub(crate) guards: Vec<Expectation>,
    /// No frame of this draft has more bytes.
    pub(crate) largest: usize,
}

#[derive(Debug)]
pub(crate) struct DraftStream {
    pub(crate) expectation: Expectation,
    /// Where its name ends in the draft's text. It begins where that of the stream before ends.
    name_end: usize,
    /// How many of the commit's events it gets.
    pub(crate) events: u64,
    /// Where its newest frame is, for the writer to find out.
    pub(crate) previous: Option<Pointer>,
}

impl DraftStream {
    /// The sequences of its first event in the commit, and of the one that will follow.
    pub(crate) fn sequences(&self) -> Range<u64> {
        let first = self.expectation.at.0 + 1;
        first..first + self.events
    }
}

impl Draft {
    /// Of a commit. One without events, which only a rewritten log has, keeps its position and holds nothing.
    pub(crate) fn of(commit: CommitParts) -> serde_json::Result<Self> {
        let CommitParts { header: CommitHeader { id, command, actor, time }, streams, events: new, guards } =
            commit;
        let names: usize = streams.iter().map(|Expectation { stream, .. }| 2 + stream.as_str().len()).sum();
        let events: usize =
            new.iter().map(|(_, event)| EVENT_BYTES + event.name.len() + event.payload.as_str().len()).sum();
        let mut text = Vec::with_capacity(HEADER_BYTES + names + events);
        text.extend_from_slice(br#""id":"#);
        text::string(&mut text, id.as_str())?;
        text.extend_from_slice(br#","command":"#);
        text::string(&mut text, command.as_str())?;
        text.extend_from_slice(br#","actor":"#);
        serde_json::to_writer(&mut text, &actor)?;
        text.extend_from_slice(br#","time":"#);
        text::time(&mut text, time)?;
        let header = text.len();

        let mut rows = Vec::with_capacity(streams.len());
        for expectation in streams {
            text::string(&mut text, expectation.stream.as_str())?;
            rows.push(DraftStream { expectation, name_end: text.len(), events: 0, previous: None });
        }
        let events = text.len();

        text.push(b'[');
        for (place, NewEvent { name, schema, cause, payload }) in &new {
            if text.len() > events + 1 {
                text.push(b',');
            }
            text.extend_from_slice(br#"{"stream":"#);
            text::number(&mut text, *place as u64);
            text.extend_from_slice(br#","name":"#);
            text::string(&mut text, name)?;
            text.extend_from_slice(br#","schema":"#);
            text::number(&mut text, (*schema).into());
            text.extend_from_slice(br#","cause":"#);
            serde_json::to_writer(&mut text, cause)?;
            text.extend_from_slice(br#","payload":"#);
            text.extend_from_slice(payload.as_str().as_bytes());
            text.push(b'}');
            rows[*place].events += 1;
        }
        text.push(b']');
        let largest = FRAME_BYTES + LONGEST_NUMBERS + text.len() + rows.len() * LONGEST_ROW;
        Ok(Self { text, header, events, streams: rows, guards, largest })
    }

    /// The same with room for the digest of the frame before.
    pub(crate) fn with_link(self) -> Self {
        Self { largest: self.largest + LINK_BYTES, ..self }
    }

    /// Appends the frame, and returns its checksum. `batch` is the offset of its batch's first frame, `before` the digest of the frame before, where it is
    /// to be named.
    pub(crate) fn write(
        &self,
        buffer: &mut Vec<u8>,
        position: u64,
        batch: u64,
        before: Option<Digest>,
    ) -> u32 {
        frame::write(buffer, |buffer| {
            buffer.extend_from_slice(br#"{"position":"#);
            text::number(buffer, position);
            buffer.extend_from_slice(br#","batch":"#);
            text::number(buffer, batch);
            buffer.push(b',');
            if let Some(before) = before {
                put(buffer, format_args!(r#""before":"{before}","#));
            }
            buffer.extend_from_slice(&self.text[..self.header]);
            buffer.extend_from_slice(br#","streams":["#);
            let mut begin = self.header;
            for stream in &self.streams {
                let is_first = begin == self.header;
                buffer.extend_from_slice(if is_first { br#"{"stream":"# } else { br#",{"stream":"# });
                buffer.extend_from_slice(&self.text[begin..stream.name_end]);
                begin = stream.name_end;
                buffer.extend_from_slice(br#","first":"#);
                text::number(buffer, stream.sequences().start);
                match stream.previous {
                    Some(Pointer(segment, offset)) => {
                        buffer.extend_from_slice(br#","previous":["#);
                        text::number(buffer, segment);
                        buffer.push(b',');
                        text::number(buffer, offset);
                        buffer.extend_from_slice(b"]}");
                    }
                    None => buffer.extend_from_slice(br#","previous":null}"#),
                }
            }
            buffer.extend_from_slice(br#"],"events":"#);
            buffer.extend_from_slice(&self.text[self.events..]);
            buffer.push(b'}');
        })
    }
}

#[expect(clippy::expect_used, reason = "writing into memory cannot fail")]
fn put(buffer: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    buffer.write_fmt(text).expect("memory takes what is written");
}

/// Appends the mark of a clean close: nothing was in flight after the commit at `position`.
pub(crate) fn write_end(buffer: &mut Vec<u8>, position: u64, offset: u64) {
    frame::write(buffer, |buffer| {
        put(buffer, format_args!(r#"{{"end":{position},"batch":{offset}}}"#));
    });
}

/// What a frame is about, as far as an index needs to know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Summary<'a> {
    Commit(CommitSummary<'a>),
    End(End),
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct CommitSummary<'a> {
    pub(crate) position: u64,
    pub(crate) batch: u64,
    /// The digest of the frame before, if the store was tamper-evident when this was written.
    #[serde(default)]
    pub(crate) before: Option<Digest>,
    #[serde(borrow)]
    pub(crate) streams: Vec<Row<'a>>,
    pub(crate) events: Vec<EventSummary>,
}

/// A row of a frame's stream table.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Row<'a> {
    #[serde(borrow)]
    pub(crate) stream: Cow<'a, str>,
    pub(crate) first: u64,
    pub(crate) previous: Option<Pointer>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct EventSummary {
    pub(crate) stream: usize,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct End {
    pub(crate) end: u64,
    pub(crate) batch: u64,
}

pub(crate) fn summary(json: &[u8]) -> serde_json::Result<Summary<'_>> {
    if json.starts_with(br#"{"end":"#) {
        serde_json::from_slice(json).map(Summary::End)
    } else {
        serde_json::from_slice(json).map(Summary::Commit)
    }
}

/// A commit as it is read, borrowed from the frame.
#[derive(Deserialize)]
pub(crate) struct CommitRead<'a> {
    position: u64,
    id: CommitId,
    command: CommandId,
    actor: Actor,
    time: DateTime<Utc>,
    #[serde(borrow)]
    streams: Vec<Row<'a>>,
    #[serde(borrow)]
    pub(crate) events: Vec<EventRead<'a>>,
}

#[derive(Deserialize)]
pub(crate) struct EventRead<'a> {
    stream: usize,
    #[serde(borrow)]
    name: Cow<'a, str>,
    schema: u32,
    cause: Cause,
    #[serde(borrow)]
    payload: &'a RawValue,
}

impl<'a> CommitRead<'a> {
    pub(crate) fn of(json: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }

    pub(crate) fn position(&self) -> Position {
        Position(self.position)
    }

    pub(crate) fn header(&self) -> Arc<CommitHeader> {
        Arc::new(CommitHeader {
            id: self.id.clone(),
            command: self.command.clone(),
            actor: self.actor.clone(),
            time: self.time,
        })
    }

    /// All of its events. `Err` says what in the frame does not fit together.
    pub(crate) fn events(&self, header: &Arc<CommitHeader>) -> Result<Vec<RecordedEvent>, String> {
        let mut streams = Vec::with_capacity(self.streams.len());
        for row in &self.streams {
            streams.push((StreamId::new(&row.stream).map_err(|error| error.to_string())?, row.first));
        }
        let mut events = Vec::with_capacity(self.events.len());
        for (index, event) in (0..).zip(&self.events) {
            let Some((stream, next)) = streams.get_mut(event.stream) else {
                return Err(format!("event {index} names stream {} of {}", event.stream, self.streams.len()));
            };
            events.push(self.event(index, event, stream, *next, header)?);
            *next = after(*next)?;
        }
        Ok(events)
    }

    /// Its events of one stream: those after `after`, and between which numbers they all are. `Err` says what in the frame does not fit together.
    pub(crate) fn of_stream(&self, stream: &StreamId, after: Sequence) -> Result<OfStream, String> {
        let place = self.streams.iter().position(|row| row.stream == stream.as_str());
        let place = place.ok_or_else(|| format!("no event of stream {stream} is there"))?;
        let Row { first, previous, .. } = self.streams[place];
        let header = self.header();
        let (mut events, mut next) = (Vec::new(), first);
        for (index, event) in (0..).zip(&self.events).filter(|(_, event)| event.stream == place) {
            if next > after.0 {
                events.push(self.event(index, event, stream, next, &header)?);
            }
            next = self::after(next)?;
        }
        Ok(OfStream { first, last: next.saturating_sub(1), previous, events })
    }

    fn event(
        &self,
        index: u32,
        event: &EventRead<'_>,
        stream: &StreamId,
        sequence: u64,
        header: &Arc<CommitHeader>,
    ) -> Result<RecordedEvent, String> {
        Ok(RecordedEvent {
            stream: stream.clone(),
            sequence: Sequence(sequence),
            position: self.position(),
            index,
            header: Arc::clone(header),
            cause: event.cause,
            name: event.name.clone().into_owned().into(),
            schema: event.schema,
            payload: Json::parse(event.payload.get()).map_err(|error| error.to_string())?,
        })
    }
}

/// What a commit holds of one stream.
pub(crate) struct OfStream {
    /// The sequences of its first event and of its last.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Where the stream's frame before this one is.
    pub(crate) previous: Option<Pointer>,
    pub(crate) events: Vec<RecordedEvent>,
}

/// The sequence after one that a frame names.
fn after(sequence: u64) -> Result<u64, String> {
    sequence.checked_add(1).ok_or_else(|| format!("no event follows sequence {sequence}"))
}
