//! Everything that is traced in this process, as text.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Hears every span and every event, with all that they say.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<String>>);

impl Heard {
    /// Listens to the whole process from now on.
    pub fn everything() -> Self {
        let heard = Self::default();
        tracing::subscriber::set_global_default(heard.clone()).expect("nobody else listens");
        heard
    }

    pub fn all(&self) -> String {
        self.0.lock().expect("nobody panics").clone()
    }
}

struct Said<'t>(&'t mut String);

impl Visit for Said<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = writeln!(self.0, "{field} = {value:?}");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = writeln!(self.0, "{field} = {value}");
    }
}

impl Subscriber for Heard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Said(&mut self.0.lock().expect("nobody panics")));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Said(&mut self.0.lock().expect("nobody panics")));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Said(&mut self.0.lock().expect("nobody panics")));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
