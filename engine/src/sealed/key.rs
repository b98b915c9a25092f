use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::error::Fault;
use crate::{Secret, limits};

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of the salt of a passphrase.
pub(super) const SALT_BYTES: usize = 16;

/// What a file is sealed by: a key, or a passphrase. It is wiped from memory when it is dropped, and shows nothing of itself.
///
/// ```
/// use cutover_engine::sealed::SealingKey;
///
/// // 64 hexadecimal digits, as `openssl rand -hex 32` prints them.
/// let key = SealingKey::from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").expect("it is one");
/// assert_eq!(format!("{key:?}"), "SealingKey(***)");
/// ```
pub struct SealingKey(pub(super) Kind);

pub(super) enum Kind {
    Key(Zeroizing<[u8; KEY_BYTES]>),
    Passphrase(Zeroizing<String>),
}

impl SealingKey {
    /// A key of 32 random bytes, from wherever the host keeps it: a vault, a key file, the service manager's credentials.
    pub fn from_bytes(key: [u8; KEY_BYTES]) -> Self {
        Self(Kind::Key(Zeroizing::new(key)))
    }

    /// The same from 64 hexadecimal digits, with white space around them; `None` if it is something else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 2 * KEY_BYTES || !text.is_ascii() {
            return None;
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        for (byte, place) in key.iter_mut().zip((0..).step_by(2)) {
            let pair = text.get(place..place + 2)?;
            // A sign would be read as a part of the number.
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(Kind::Key(key)))
    }

    /// A passphrase. It takes 64 MiB of memory and about a tenth of a second to make a key of it, when a file is opened.
    pub fn passphrase(passphrase: &Secret) -> Self {
        Self(Kind::Passphrase(Zeroizing::new(passphrase.reveal().to_owned())))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(***)")
    }
}

/// How costly it is to make a key of a passphrase, and what makes it another one for each file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Making {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
    pub(super) salt: [u8; SALT_BYTES],
}

impl Making {
    /// For a new file.
    pub(super) fn new() -> Result<Self, Fault> {
        let mut salt = [0; SALT_BYTES];
        draw(&mut salt)?;
        Ok(Self { memory_kib: limits::PASSPHRASE_KIB, passes: limits::PASSPHRASE_PASSES, lanes: 1, salt })
    }

    /// What somebody else wrote may ask for no more than a file of ours would, eight times over.
    pub(super) const fn is_bearable(&self) -> bool {
        self.memory_kib <= 8 * limits::PASSPHRASE_KIB
            && self.passes <= 8 * limits::PASSPHRASE_PASSES
            && self.lanes <= 8
    }

    pub(super) fn key(&self, passphrase: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, Fault> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_BYTES))
            .map_err(|_| Fault::Unknown)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &self.salt, &mut *key)
            .map_err(|error| Fault::System(error.to_string()))?;
        Ok(key)
    }
}

/// Random bytes of the system's.
pub(super) fn draw(bytes: &mut [u8]) -> Result<(), Fault> {
    getrandom::fill(bytes).map_err(|error| Fault::System(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_digits() {
        let digits = "00ff".repeat(16);
        let Some(SealingKey(Kind::Key(key))) = SealingKey::from_hex(&format!(" {digits}\n")) else {
            panic!("it is one")
        };
        assert_eq!(&key[..4], [0, 255, 0, 255]);
        for text in ["", "00", &digits[1..], &format!("+f{}", &digits[2..]), &"é".repeat(32)] {
            assert!(SealingKey::from_hex(text).is_none(), "{text}");
        }
    }
}
