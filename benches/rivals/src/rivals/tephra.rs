//! tephra: a log with queries as the boundary of consistency, and a group commit of its own.

use std::collections::HashMap;
use std::path::Path;

use ::tephra::{
    AppendCondition, Event, EventType, Position, Query, QueryItem, SegmentConfig, SegmentSet, Tag, Tags,
    WriteCoordinator, WriteHandle, WriterConfig,
};

use super::{Append, Rival};

pub const NAME: &str = "tephra";

pub struct Tephra {
    coordinator: WriteCoordinator,
    handle: WriteHandle,
}

impl Tephra {
    pub fn open(folder: &Path) -> Self {
        let segments = SegmentSet::open(folder, SegmentConfig::new(64 << 20)).expect("it opens");
        let (coordinator, handle) =
            WriteCoordinator::start(segments, WriterConfig::default()).expect("it starts");
        Self { coordinator, handle }
    }
}

impl Rival for Tephra {
    fn appender(&self) -> Append {
        let handle = self.handle.clone();
        // Where the stream's last event stands, as a caller knows it who has read the stream.
        let mut last: HashMap<String, Position> = HashMap::new();
        Box::new(move |commit| {
            if commit.expected == 0 {
                last.clear();
            }
            let tags = || Tags::new([Tag::new(commit.stream.as_str()).expect("a tag")]).expect("tags");
            let stands = last.get(&commit.stream).copied().unwrap_or(Position::ZERO);
            let condition = AppendCondition::new(Query::item(QueryItem::with_tags(tags()))).after(stands);
            let events = commit
                .events
                .iter()
                .map(|event| {
                    let kind = EventType::new(event.name).expect("a name");
                    Event::new(&kind, &tags(), event.payload.as_bytes()).expect("it fits")
                })
                .collect();
            let written = handle.append(events, Some(condition)).expect("nobody else appends to this stream");
            last.insert(commit.stream.clone(), written.last);
        })
    }

    fn close(self: Box<Self>) {
        let Self { coordinator, handle } = *self;
        drop(handle);
        coordinator.shutdown();
    }
}
