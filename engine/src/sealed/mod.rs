//! Secrets in a sealed file: a ready-made adapter of the [`Secrets`](crate::Secrets) port for hosts that have no vault.
//!
//! ```text
//! "CUTOVER SEALED 1\n"                                     17 bytes
//! kind                0: sealed by a key, 1: by a passphrase   1
//! passphrase only:    memory in KiB, passes, lanes, salt   4 + 4 + 4 + 16
//! nonce                                                    24, drawn anew each time
//! what is kept, sealed by XChaCha20-Poly1305               the rest; the 16 last bytes prove it
//! ```
//!
//! Numbers are little-endian. What stands before the nonce is proven, too. The key of a passphrase is made by Argon2id.
//!
//! Whoever has neither key nor passphrase can tell how long it is, and nothing else; what they change is found. **They can put an older copy
//! of the whole file in its place**, which nothing can tell from the newest. It is no protection from whoever may read this process's memory.
//!
//! Read [`SealedFile`] first, then `seal.rs`.

mod contents;
mod error;
mod file;
mod key;
mod seal;

pub use error::SealedFileError;
pub use file::SealedFile;
pub use key::SealingKey;
