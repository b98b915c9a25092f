//! The embedded, durable event store of the Cutover release engine: one append-only log of JSON lines.
