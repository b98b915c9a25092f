//! From the bytes of a file to its text: UTF-8 or UTF-16, with or without a byte order mark.

use crate::ImportError;

/// Reads the text of a file.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, ImportError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // JSON begins with an ASCII character: a zero beside it can only be the other half of UTF-16.
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, ImportError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(ImportError::NotText { encoding: "UTF-8", offset: error.valid_up_to() }),
    }
}

fn utf16(bytes: &[u8], join: fn([u8; 2]) -> u16) -> Result<String, ImportError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let mut units = 0;
    for read in char::decode_utf16(pairs.iter().map(|&pair| join(pair))) {
        let Ok(character) = read else {
            return Err(not_utf16(units * 2));
        };
        units += character.len_utf16();
        text.push(character);
    }
    if rest.is_empty() { Ok(text) } else { Err(not_utf16(units * 2)) }
}

const fn not_utf16(offset: usize) -> ImportError {
    ImportError::NotText { encoding: "UTF-16", offset }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\"name\": \"Zażółć 🚀\"}";

    fn utf16_of(text: &str, split: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        mark.into_iter().chain(text.encode_utf16()).flat_map(split).collect()
    }

    #[test]
    fn every_encoding_that_exports_come_in_gives_the_same_text() {
        let marked = [b"\xEF\xBB\xBF", TEXT.as_bytes()].concat();
        let files = [
            TEXT.as_bytes().to_vec(),
            marked,
            utf16_of(TEXT, u16::to_le_bytes, true),
            utf16_of(TEXT, u16::to_be_bytes, true),
            utf16_of(TEXT, u16::to_le_bytes, false),
            utf16_of(TEXT, u16::to_be_bytes, false),
        ];
        for file in files {
            assert_eq!(decode(&file), Ok(TEXT.to_owned()));
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_the_place() {
        assert_eq!(
            decode(b"{\"name\": \"\xFF\"}"),
            Err(ImportError::NotText { encoding: "UTF-8", offset: 10 })
        );
        let mut odd = utf16_of("{}", u16::to_le_bytes, true);
        odd.push(b' ');
        assert_eq!(decode(&odd), Err(not_utf16(4)));
        assert_eq!(decode(b"\xFF\xFE{\0\0\xD8"), Err(not_utf16(2)));
    }
}
