//! A frame: one line of the log, with its length and its checksum in front.
//!
//! `<length, 8 hex digits> <crc32c, 8 hex digits> <JSON, one line>` and a newline. The length is that of the JSON in bytes; the
//! checksum covers the eight digits of the length and the JSON. Everything else of the line has one possible value.

use std::fmt;

/// The bytes before the JSON.
pub(crate) const PREFIX_BYTES: usize = 18;

/// The bytes of a frame that are not its JSON.
pub(crate) const FRAME_BYTES: usize = PREFIX_BYTES + 1;

/// The largest frame, newline included: 16 MiB.
pub(crate) const MAX_FRAME_BYTES: usize = 16 * 1024 * 1024;

/// What keeps bytes from being a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The bytes end before the frame does; it has this many.
    Incomplete(usize),
    /// The prefix is none.
    NoPrefix,
    /// The frame does not end with a newline where its length says.
    NoEnd,
    /// The checksum that the frame names, and that of what is there.
    Checksum(u32, u32),
}

impl Flaw {
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Incomplete(bytes) => format!("a frame of {bytes} bytes"),
            Self::NoPrefix => "a frame's length and checksum".to_owned(),
            Self::NoEnd => "a newline at the frame's end".to_owned(),
            Self::Checksum(named, _) => format!("bytes with the checksum {named:08x}"),
        }
    }

    pub(crate) fn found(&self) -> String {
        match self {
            Self::Incomplete(_) => "the end of the file".to_owned(),
            Self::NoPrefix | Self::NoEnd => "something else".to_owned(),
            Self::Checksum(_, actual) => format!("bytes with the checksum {actual:08x}"),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected(), self.found())
    }
}

/// A frame that was found, its checksum checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Framed<'a> {
    /// All of it.
    pub(crate) line: &'a [u8],
    pub(crate) json: &'a [u8],
    pub(crate) checksum: u32,
}

impl Framed<'_> {
    /// Its length, newline included.
    pub(crate) fn bytes(&self) -> usize {
        self.line.len()
    }
}

/// Appends a frame to `buffer`; `json` appends the JSON. Returns its checksum.
pub(crate) fn write(buffer: &mut Vec<u8>, json: impl FnOnce(&mut Vec<u8>)) -> u32 {
    let start = buffer.len();
    buffer.extend_from_slice(&[b' '; PREFIX_BYTES]);
    json(buffer);
    let text = start + PREFIX_BYTES;
    let length = hex(u32::try_from(buffer.len() - text).unwrap_or(u32::MAX));
    let checksum = checksum(length, &buffer[text..]);
    buffer[start..start + 8].copy_from_slice(&length);
    buffer[start + 9..start + 17].copy_from_slice(&hex(checksum));
    buffer.push(b'\n');
    checksum
}

/// The length of the whole frame whose prefix `bytes` begins with.
pub(crate) fn length(bytes: &[u8]) -> Result<usize, Flaw> {
    let prefix = bytes.get(..PREFIX_BYTES).ok_or(Flaw::Incomplete(FRAME_BYTES))?;
    let json = unhex(&prefix[..8]).ok_or(Flaw::NoPrefix)?;
    let bytes = usize::try_from(json).unwrap_or(usize::MAX).saturating_add(FRAME_BYTES);
    let is_prefix = prefix[8] == b' ' && prefix[17] == b' ' && bytes <= MAX_FRAME_BYTES;
    is_prefix.then_some(bytes).ok_or(Flaw::NoPrefix)
}

/// The checksum that the frame with this prefix names.
pub(crate) fn named_checksum(prefix: &[u8]) -> Option<u32> {
    prefix.get(9..17).and_then(unhex)
}

/// The frame that `bytes` begins with, its checksum checked.
pub(crate) fn read(bytes: &[u8]) -> Result<Framed<'_>, Flaw> {
    let length = length(bytes)?;
    let named = named_checksum(bytes).ok_or(Flaw::NoPrefix)?;
    let frame = bytes.get(..length).ok_or(Flaw::Incomplete(length))?;
    let json = &frame[PREFIX_BYTES..length - 1];
    if frame[length - 1] != b'\n' {
        return Err(Flaw::NoEnd);
    }
    let mut digits = [0; 8];
    digits.copy_from_slice(&frame[..8]);
    let actual = checksum(digits, json);
    if actual != named {
        return Err(Flaw::Checksum(named, actual));
    }
    Ok(Framed { line: frame, json, checksum: actual })
}

fn checksum(length: [u8; 8], json: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length), json)
}

fn hex(number: u32) -> [u8; 8] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0; 8];
    for (place, digit) in digits.iter_mut().enumerate() {
        *digit = DIGITS[(number >> (28 - 4 * place)) as usize & 15];
    }
    digits
}

/// Lower-case digits only: there is one way to write a number.
fn unhex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u32::from(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(json: &str) -> Vec<u8> {
        let mut buffer = Vec::new();
        write(&mut buffer, |buffer| buffer.extend_from_slice(json.as_bytes()));
        buffer
    }

    #[test]
    fn a_frame_reads_back_as_it_was_written() {
        let bytes = frame(r#"{"position":1}"#);
        assert!(bytes.starts_with(b"0000000e "));
        let framed = read(&bytes).unwrap();
        assert_eq!((framed.json, framed.bytes()), (&br#"{"position":1}"#[..], bytes.len()));
        assert_eq!(length(&bytes), Ok(bytes.len()));
    }

    #[test]
    fn a_frame_with_any_bit_changed_or_any_end_missing_is_refused() {
        let bytes = frame(r#"{"position":1,"events":["a"]}"#);
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&changed).is_err(), "bit {bit}");
        }
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "{end} bytes");
        }
    }

    #[test]
    fn zeros_are_no_frame() {
        assert_eq!(read(&[0; 64]), Err(Flaw::NoPrefix));
    }

    #[test]
    fn numbers_are_written_in_one_way() {
        for number in [0, 1, 0xf, 0x10, 0xdead_beef, u32::MAX] {
            assert_eq!(hex(number), *format!("{number:08x}").as_bytes());
            assert_eq!(unhex(&hex(number)), Some(number));
        }
        assert_eq!(unhex(b"0000000A"), None);
    }
}
