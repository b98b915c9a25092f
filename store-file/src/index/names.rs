//! The names of all streams, one after another in large pieces of memory, so that a name costs its bytes and nothing more.

/// A piece; no name lies in two.
const PIECE_BYTES: usize = 64 * 1024;
/// Enough for a place within a piece.
const PLACE_BITS: u32 = 16;
/// Enough for the length of a name, which is 512 at most.
const LENGTH_BITS: u32 = 10;

/// Where a name is: the number of its piece, its place there and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name(u64);

/// Names, which are added and never taken away.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pieces: Vec<Vec<u8>>,
}

impl Names {
    pub(crate) fn add(&mut self, name: &[u8]) -> Name {
        let has_room = |piece: &Vec<u8>| piece.len() + name.len() <= PIECE_BYTES;
        if !self.pieces.last().is_some_and(has_room) {
            self.pieces.push(Vec::with_capacity(PIECE_BYTES));
        }
        let number = self.pieces.len() as u64 - 1;
        let place = match self.pieces.last_mut() {
            Some(piece) => {
                piece.extend_from_slice(name);
                (piece.len() - name.len()) as u64
            }
            None => 0,
        };
        Name((number << PLACE_BITS | place) << LENGTH_BITS | name.len() as u64)
    }

    pub(crate) fn get(&self, Name(name): Name) -> &[u8] {
        let bits = |number: u64, bits: u32| usize::try_from(number & ((1 << bits) - 1)).unwrap_or(0);
        let length = bits(name, LENGTH_BITS);
        let place = bits(name >> LENGTH_BITS, PLACE_BITS);
        let piece = usize::try_from(name >> (LENGTH_BITS + PLACE_BITS)).unwrap_or(usize::MAX);
        self.pieces.get(piece).and_then(|piece| piece.get(place..place + length)).unwrap_or_default()
    }

    #[cfg(test)]
    pub(crate) fn memory_bytes(&self) -> usize {
        self.pieces.iter().map(|piece| piece.capacity() + size_of::<Vec<u8>>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_length_come_back_also_from_later_pieces() {
        let mut names = Names::default();
        let texts: Vec<String> = (1..=512).map(|length| format!("{length:0length$}")).collect();
        let places: Vec<Name> = texts.iter().map(|text| names.add(text.as_bytes())).collect();
        assert!(names.pieces.len() > 1, "they fill several pieces");
        for (text, place) in texts.iter().zip(places) {
            assert_eq!(names.get(place), text.as_bytes());
        }
    }
}
