//! The simulation itself: that a seed is a history, that scripts are followed, and that what is wrong is noticed.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that expects what is not there has failed")]

mod checkers;
mod histories;
