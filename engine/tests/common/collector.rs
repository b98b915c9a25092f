//! What `tracing` is told.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

/// A span or an event: its name or message, and its fields.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub name: String,
    pub fields: BTreeMap<String, String>,
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }
}

/// Collects everything. Of the whole process, so that a test with one is alone in its file: `tracing` may take what happens on other threads for what nobody
/// wants to hear.
#[derive(Clone, Default)]
pub struct Collector {
    spans: Arc<Mutex<BTreeMap<u64, Told>>>,
    events: Arc<Mutex<Vec<Told>>>,
    next: Arc<AtomicU64>,
}

impl Collector {
    /// One that is told everything from now on.
    pub fn of_the_process() -> Self {
        let collector = Self::default();
        tracing::subscriber::set_global_default(collector.clone()).expect("there is one of them");
        collector
    }

    /// The fields of all spans of this name.
    pub fn spans(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let spans = self.spans.lock().expect("nobody panics");
        spans.values().filter(|span| span.name == name).map(|span| span.fields.clone()).collect()
    }

    /// All events, in their order.
    pub fn events(&self) -> Vec<Told> {
        self.events.lock().expect("nobody panics").clone()
    }

    pub fn everything(&self) -> String {
        format!(
            "{:?} {:?}",
            self.spans.lock().expect("nobody panics"),
            self.events.lock().expect("nobody panics")
        )
    }
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let mut told = Told { name: attributes.metadata().name().to_owned(), ..Told::default() };
        attributes.record(&mut told);
        self.spans.lock().expect("nobody panics").insert(id, told);
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        if let Some(told) = self.spans.lock().expect("nobody panics").get_mut(&span.into_u64()) {
            values.record(told);
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut told = Told::default();
        event.record(&mut told);
        self.events.lock().expect("nobody panics").push(told);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
