//! Every maximum in one place, each with where it comes from.

/// Bytes in a stream's name. Ours: long enough for any name that a host makes, short enough for an index in memory.
pub const STREAM_NAME_BYTES: usize = 512;

/// Bytes in an id that a host gives (users, groups, commands). Ours: a UUID or an e-mail address fits.
pub const ID_BYTES: usize = 256;

/// Events in a page that is read from a store. Ours: about 300 kB of typical events.
pub const PAGE_EVENTS: usize = 1_000;
