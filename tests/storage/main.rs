//! What is in a store leaves it and comes back: exported and imported between stores of every kind, and rewritten without what was deleted.

mod history;
mod leaving_out;
mod transfer;
