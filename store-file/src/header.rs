//! The first line of a segment: what the file is, whose, and where in the log it begins.
//!
//! `cutover-log 1 <store id, 32 hex digits> <first position, 20 digits> <crc32c, 8 hex digits>` and a newline. The checksum covers
//! everything before it, the space included.

use std::fmt;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::time::SystemTime;

/// What every format of the log begins with, also those to come.
const NAME: &[u8] = b"cutover-log ";

/// The format that this crate writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 1;

/// The length of a header in bytes, newline included.
pub(crate) const HEADER_BYTES: usize = NAME.len() + 2 + 33 + 21 + 8 + 1;

/// Tells one store's segments from another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoreId(pub(crate) u128);

impl StoreId {
    /// An id that no other store has.
    pub(crate) fn drawn() -> Self {
        let half = || {
            // The standard library seeds each of these from the system's randomness.
            let mut hasher = RandomState::new().build_hasher();
            std::process::id().hash(&mut hasher);
            SystemTime::now().hash(&mut hasher);
            u128::from(hasher.finish())
        };
        Self(half() << 64 | half())
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) store: StoreId,
    /// The position of the segment's first commit, or of the one that will be.
    pub(crate) first: u64,
}

/// Why the first line of a file is no header of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeaderFlaw {
    /// It is a header of a format that is not known yet.
    LaterFormat(u32),
    /// It is no header, or was changed.
    Invalid,
}

impl Header {
    pub(crate) fn encode(self) -> Vec<u8> {
        let mut line = format!("cutover-log {FORMAT} {} {:020} ", self.store, self.first).into_bytes();
        let checksum = crc32c::crc32c(&line);
        line.extend_from_slice(format!("{checksum:08x}\n").as_bytes());
        debug_assert_eq!(line.len(), HEADER_BYTES, "a header has a fixed length");
        line
    }

    /// Reads the header that `segment` begins with.
    pub(crate) fn decode(segment: &[u8]) -> Result<Self, HeaderFlaw> {
        let format = format_number(segment).ok_or(HeaderFlaw::Invalid)?;
        if format > FORMAT {
            return Err(HeaderFlaw::LaterFormat(format));
        }
        Self::decode_known(segment).ok_or(HeaderFlaw::Invalid)
    }

    fn decode_known(segment: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(segment.get(..HEADER_BYTES)?).ok()?;
        let mut words = line.strip_suffix('\n')?.split(' ').skip(2);
        let header = Self {
            store: StoreId(u128::from_str_radix(words.next()?, 16).ok()?),
            first: words.next()?.parse().ok()?,
        };
        // Written again and compared, so that there is one way to write a header and the checksum is checked with it.
        (header.first > 0 && header.encode() == line.as_bytes()).then_some(header)
    }
}

/// The format's number, which stands at the same place in every format.
fn format_number(segment: &[u8]) -> Option<u32> {
    let rest = segment.strip_prefix(NAME)?;
    let digits = &rest[..rest.iter().take(10).position(|byte| *byte == b' ')?];
    let number: u32 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (number > 0 && number.to_string().as_bytes() == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header { store: StoreId(0x00ab_cdef), first: 482_113 };

    #[test]
    fn a_header_reads_back_as_it_was_written() {
        let line = HEADER.encode();
        assert_eq!(line.len(), HEADER_BYTES);
        assert_eq!(Header::decode(&line), Ok(HEADER));
    }

    #[test]
    fn a_header_with_any_bit_changed_is_refused() {
        let line = HEADER.encode();
        for bit in 0..line.len() * 8 {
            let mut changed = line.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::decode(&changed).is_err(), "bit {bit}");
        }
        for bytes in 0..line.len() {
            assert!(Header::decode(&line[..bytes]).is_err(), "{bytes} bytes");
        }
    }

    #[test]
    fn a_later_format_is_told_by_its_number() {
        assert_eq!(Header::decode(b"cutover-log 2 whatever comes\n"), Err(HeaderFlaw::LaterFormat(2)));
        assert_eq!(Header::decode(b"cutover-log 02 whatever\n"), Err(HeaderFlaw::Invalid));
        assert_eq!(Header::decode(b"cutover-log 0 whatever\n"), Err(HeaderFlaw::Invalid));
        assert_eq!(Header::decode(b"another-log 2 whatever\n"), Err(HeaderFlaw::Invalid));
    }
}
