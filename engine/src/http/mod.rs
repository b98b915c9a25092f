//! Tasks and gates that are calls of a server: the task "Invoke REST API", and a gate that asks whether a server is well.
//!
//! A call is one request; what is answered is judged by its status, by a path into its JSON (RFC 9535), and by an expression over it.
//! Nothing is ever sent to another host than the one that was named: a redirect to another one is no answer, and fails.
//!
//! It is no client for a host's own purposes, and knows no callbacks: a server that answers later is asked again by a gate.
//!
//! Read [`HttpClient`] first, then [`HttpProbe`] and [`RestCall`], which take the same inputs; `call.rs` reads them, `expect.rs` judges, and
//! `failure.rs` has why there is nothing to judge.

mod call;
mod client;
mod criteria;
mod expect;
mod failure;
mod place;
mod probe;
mod runner;

pub use client::{Connection, HttpClient};
pub use probe::HttpProbe;
pub use runner::RestCall;
