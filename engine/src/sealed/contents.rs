//! What is kept in a sealed file.
//!
//! ```text
//! for each name:      length, name, number of the next version, count of versions
//! for each of those:  number, length, value
//! ```
//!
//! Lengths and counts are 4 bytes, numbers 8, little-endian. Not JSON: every buffer that holds values can so be as long as it has to be from
//! the beginning, and be wiped as a whole.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::error::Fault;
use crate::limits;

/// The versions of every name.
#[derive(Default)]
pub(super) struct Contents(BTreeMap<String, Versions>);

struct Versions {
    /// Never one that was used before, whatever was forgotten.
    next: u64,
    kept: BTreeMap<u64, Zeroizing<String>>,
}

impl Contents {
    /// Keeps a value, unless it is the newest already; says in which version, and whether that is new.
    pub(super) fn put(&mut self, name: &str, value: &str) -> (u64, bool) {
        let versions =
            self.0.entry(name.to_owned()).or_insert_with(|| Versions { next: 1, kept: BTreeMap::new() });
        if let Some((number, newest)) = versions.kept.last_key_value()
            && newest.as_str() == value
        {
            return (*number, false);
        }
        let number = versions.next;
        versions.next += 1;
        versions.kept.insert(number, Zeroizing::new(value.to_owned()));
        (number, true)
    }

    /// The value of a version; of the newest where none is named.
    pub(super) fn get(&self, name: &str, version: Option<u64>) -> Option<&str> {
        let kept = &self.0.get(name)?.kept;
        let found = match version {
            Some(number) => kept.get(&number),
            None => kept.last_key_value().map(|(_, value)| value),
        };
        found.map(|value| value.as_str())
    }

    /// Forgets a version, or all; says whether there was anything.
    pub(super) fn forget(&mut self, name: &str, version: Option<u64>) -> bool {
        let Some(versions) = self.0.get_mut(name) else { return false };
        match version {
            Some(number) => versions.kept.remove(&number).is_some(),
            None => !std::mem::take(&mut versions.kept).is_empty(),
        }
    }

    /// Every name with the numbers of its versions.
    pub(super) fn names(&self) -> BTreeMap<String, Vec<u64>> {
        let kept = self.0.iter().filter(|(_, versions)| !versions.kept.is_empty());
        kept.map(|(name, versions)| (name.clone(), versions.kept.keys().copied().collect())).collect()
    }

    pub(super) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let of = |(name, versions): (&String, &Versions)| {
            name.len() + 16 + versions.kept.values().map(|value| value.len() + 12).sum::<usize>()
        };
        let bytes = self.0.iter().map(of).sum();
        if bytes > limits::SEALED_BYTES {
            return Err(Fault::Full);
        }
        let mut encoded = Zeroizing::new(Vec::with_capacity(bytes));
        let length = |length: usize| u32::try_from(length).map(u32::to_le_bytes).map_err(|_| Fault::Full);
        for (name, Versions { next, kept }) in &self.0 {
            encoded.extend(length(name.len())?);
            encoded.extend(name.as_bytes());
            encoded.extend(next.to_le_bytes());
            encoded.extend(length(kept.len())?);
            for (number, value) in kept {
                encoded.extend(number.to_le_bytes());
                encoded.extend(length(value.len())?);
                encoded.extend(value.as_bytes());
            }
        }
        Ok(encoded)
    }

    pub(super) fn decode(encoded: &[u8]) -> Result<Self, Fault> {
        let mut all = BTreeMap::new();
        let mut rest = Rest(encoded);
        while !rest.0.is_empty() {
            let name = rest.text().ok_or(Fault::Unknown)?.to_owned();
            let next = rest.number().ok_or(Fault::Unknown)?;
            let count = rest.length().ok_or(Fault::Unknown)?;
            let mut kept = BTreeMap::new();
            for _ in 0..count {
                let number = rest.number().ok_or(Fault::Unknown)?;
                let value = rest.text().ok_or(Fault::Unknown)?;
                kept.insert(number, Zeroizing::new(value.to_owned()));
            }
            all.insert(name, Versions { next, kept });
        }
        Ok(Self(all))
    }
}

/// What is not read yet.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (chunk, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*chunk)
    }

    fn number(&mut self) -> Option<u64> {
        self.chunk().map(u64::from_le_bytes)
    }

    fn length(&mut self) -> Option<u32> {
        self.chunk().map(u32::from_le_bytes)
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = usize::try_from(self.length()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_no_number_comes_twice() {
        let mut contents = Contents::default();
        assert_eq!(contents.put("a", "1"), (1, true));
        assert_eq!(contents.put("a", "1"), (1, false));
        assert_eq!(contents.put("a", "2"), (2, true));
        assert_eq!(contents.put("żółć", ""), (1, true));
        assert!(contents.forget("a", Some(2)) && !contents.forget("a", Some(2)));
        let encoded = contents.encode().unwrap();
        assert_eq!(encoded.len(), encoded.capacity(), "it was never moved");
        let mut contents = Contents::decode(&encoded).unwrap();
        assert_eq!((contents.get("a", None), contents.get("a", Some(2))), (Some("1"), None));
        assert_eq!((contents.get("żółć", Some(1)), contents.get("b", None)), (Some(""), None));
        assert_eq!(contents.put("a", "3"), (3, true));
        assert!(contents.forget("a", None));
        assert_eq!(contents.names(), BTreeMap::from([("żółć".to_owned(), vec![1])]));
        assert_eq!(contents.put("a", "4"), (4, true));
    }

    #[test]
    fn what_is_not_all_there_is_refused() {
        let mut contents = Contents::default();
        contents.put("a", "1");
        let encoded = contents.encode().unwrap();
        for end in 1..encoded.len() {
            assert!(Contents::decode(&encoded[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let mut contents = Contents::default();
        contents.put("a", &"x".repeat(limits::SEALED_BYTES - 29));
        assert!(contents.encode().is_ok());
        contents.put("b", "");
        assert_eq!(contents.encode().unwrap_err(), Fault::Full);
    }
}
