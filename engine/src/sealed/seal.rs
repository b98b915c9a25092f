//! Sealing and unsealing.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::error::Fault;
use super::key::{KEY_BYTES, Kind, Making, SALT_BYTES, SealingKey, draw};

const MAGIC: &[u8; 17] = b"CUTOVER SEALED 1\n";
const BY_KEY: u8 = 0;
const BY_PASSPHRASE: u8 = 1;
const NONCE_BYTES: usize = 24;

/// What seals one file: the key, and what of it stands in the file.
pub(super) struct Sealer {
    /// Without a passphrase: `None`.
    making: Option<Making>,
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl Sealer {
    /// For a new file.
    pub(super) fn new(key: &SealingKey) -> Result<Self, Fault> {
        match &key.0 {
            Kind::Key(key) => Ok(Self { making: None, key: key.clone() }),
            Kind::Passphrase(passphrase) => Self::made(Making::new()?, passphrase),
        }
    }

    /// For a file that is there.
    pub(super) fn of(key: &SealingKey, file: &[u8]) -> Result<Self, Fault> {
        match (&key.0, Head::read(file)?.0) {
            (Kind::Key(key), Head(None)) => Ok(Self { making: None, key: key.clone() }),
            (Kind::Passphrase(passphrase), Head(Some(making))) => Self::made(making, passphrase),
            (Kind::Key(_), Head(Some(_))) | (Kind::Passphrase(_), Head(None)) => Err(Fault::WrongKey),
        }
    }

    fn made(making: Making, passphrase: &str) -> Result<Self, Fault> {
        let key = making.key(passphrase)?;
        Ok(Self { making: Some(making), key })
    }

    pub(super) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut file = Head(self.making.clone()).written();
        let mut nonce = [0; NONCE_BYTES];
        draw(&mut nonce)?;
        let payload = Payload { msg: plain, aad: &file };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Fault::Full)?;
        file.extend(nonce);
        file.extend(sealed);
        Ok(file)
    }

    pub(super) fn unseal(&self, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let (head, rest) = Head::read(file)?;
        if head.0 != self.making {
            return Err(Fault::WrongKey);
        }
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Fault::Unknown)?;
        let proven = file.get(..file.len() - rest.len()).unwrap_or_default();
        let payload = Payload { msg: sealed, aad: proven };
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        plain.map(Zeroizing::new).map_err(|_| Fault::WrongKey)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }
}

/// What a file begins with; of one that is sealed by a passphrase, how its key is made.
struct Head(Option<Making>);

impl Head {
    fn written(&self) -> Vec<u8> {
        let mut written = MAGIC.to_vec();
        match &self.0 {
            None => written.push(BY_KEY),
            Some(Making { memory_kib, passes, lanes, salt }) => {
                written.push(BY_PASSPHRASE);
                written
                    .extend([memory_kib, passes, lanes].into_iter().flat_map(|number| number.to_le_bytes()));
                written.extend(salt);
            }
        }
        written
    }

    /// Returns what follows, too.
    fn read(file: &[u8]) -> Result<(Self, &[u8]), Fault> {
        let rest = file.strip_prefix(MAGIC).ok_or(Fault::Unknown)?;
        match rest.split_first() {
            Some((&BY_KEY, rest)) => Ok((Self(None), rest)),
            Some((&BY_PASSPHRASE, rest)) => {
                let mut rest = rest;
                let mut number = || {
                    let (bytes, after) = rest.split_first_chunk::<4>()?;
                    rest = after;
                    Some(u32::from_le_bytes(*bytes))
                };
                let numbers = (number(), number(), number());
                let (Some(memory_kib), Some(passes), Some(lanes)) = numbers else {
                    return Err(Fault::Unknown);
                };
                let (salt, rest) = rest.split_first_chunk::<SALT_BYTES>().ok_or(Fault::Unknown)?;
                let making = Making { memory_kib, passes, lanes, salt: *salt };
                if making.is_bearable() { Ok((Self(Some(making)), rest)) } else { Err(Fault::Unknown) }
            }
            Some(_) | None => Err(Fault::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_key(byte: u8) -> Sealer {
        Sealer::new(&SealingKey::from_bytes([byte; KEY_BYTES])).unwrap()
    }

    /// Cheap enough for a test.
    fn by_passphrase(text: &str) -> Sealer {
        let making = Making { memory_kib: 64, passes: 1, lanes: 1, salt: [7; SALT_BYTES] };
        Sealer::made(making, text).unwrap()
    }

    #[test]
    fn what_is_sealed_is_opened_by_the_same_key_alone() {
        let file = by_key(1).seal(b"hunter2").unwrap();
        assert_eq!(**by_key(1).unseal(&file).unwrap(), *b"hunter2");
        assert_eq!(by_key(2).unseal(&file).unwrap_err(), Fault::WrongKey);
        assert!(!file.windows(7).any(|part| part == b"hunter2"));
        assert_ne!(file, by_key(1).seal(b"hunter2").unwrap(), "no two are alike");
    }

    #[test]
    fn a_passphrase_is_as_good_as_a_key() {
        let file = by_passphrase("correct horse").seal(b"hunter2").unwrap();
        let opened = |text: &str| {
            let key = SealingKey(Kind::Passphrase(Zeroizing::new(text.to_owned())));
            Sealer::of(&key, &file)?.unseal(&file).map(|plain| plain.to_vec())
        };
        assert_eq!((opened("correct horse"), opened("")), (Ok(b"hunter2".to_vec()), Err(Fault::WrongKey)));
        assert!(Sealer::of(&SealingKey::from_bytes([1; KEY_BYTES]), &file).is_err());
    }

    #[test]
    fn every_change_is_found() {
        for sealer in [by_key(1), by_passphrase("correct horse")] {
            let file = sealer.seal(b"hunter2").unwrap();
            for place in 0..file.len() {
                let mut changed = file.clone();
                changed[place] ^= 1;
                assert!(sealer.unseal(&changed).is_err(), "{place}");
                assert!(sealer.unseal(&file[..place]).is_err(), "{place}");
            }
        }
    }

    #[test]
    fn what_would_take_all_memory_is_refused() {
        let making = |memory_kib, passes| Making { memory_kib, passes, lanes: 1, salt: [7; SALT_BYTES] };
        let read = |making| Head::read(&Head(Some(making)).written()).map(|_| ());
        assert_eq!(read(making(8 * 65_536, 24)), Ok(()));
        assert_eq!(read(making(8 * 65_536 + 1, 24)), Err(Fault::Unknown));
        assert_eq!(read(making(64, 25)), Err(Fault::Unknown));
    }
}
