//! The suite that every event store is held to.
