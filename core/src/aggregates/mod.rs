//! Every aggregate, listed once: in `list.rs`.
//!
//! A new aggregate is a folder with a `decide.rs` and one entry of that list. What names it by its kind ([`Subject`], [`Command`],
//! [`Event`], [`Refusal`], [`State`]) and what asks each of them in the same way follows from the list, by `generate.rs`. What an aggregate's
//! events cause elsewhere is not among that: it stands in `transaction/react.rs`.

#[macro_use]
mod generate;
mod list;

pub use list::{Command, Event, Refusal, State, Subject};
