//! Sets of numbers, of which some are met in all of several sets without looking at each.

use std::array::from_fn;

/// Numbers in one block.
pub(super) const BLOCK: u64 = 4_096;
const WORDS: usize = 64;

/// Numbers that a block keeps one by one; above that it keeps a bit for each that there could be.
const FEW: usize = 128;

/// Which numbers of a block are meant: a bit each.
pub(super) type Bits = [u64; WORDS];

/// None of a block, and all of it.
pub(super) const NOTHING: Bits = [0; WORDS];
pub(super) const EVERYTHING: Bits = [u64::MAX; WORDS];

/// A set of numbers, in blocks.
#[derive(Debug, Clone, Default)]
pub(super) enum Numbers {
    #[default]
    None,
    /// Most sets have one number: a version that one release deploys, a word of one name.
    One(u64),
    /// By the numbers of the blocks, ascending. None of them is empty.
    Many(Vec<(u64, Block)>),
}

/// Numbers within a block.
#[derive(Debug, Clone)]
pub(super) enum Block {
    Few(Vec<u16>),
    Many(Box<Bits>),
}

/// The block that a number is in, and its place there.
pub(super) const fn place_of(number: u64) -> (u64, u16) {
    (number / BLOCK, (number % BLOCK) as u16)
}

pub(super) const fn set(bits: &mut Bits, place: u16) {
    bits[place as usize / 64] |= 1 << (place % 64);
}

#[cfg(test)]
pub(super) const fn has(bits: &Bits, place: u16) -> bool {
    bits[place as usize / 64] & (1 << (place % 64)) != 0
}

/// The places of a block that are meant, the last first.
pub(super) fn places_from_last(bits: &Bits) -> impl Iterator<Item = u16> {
    bits.iter().zip((0..4_096_u16).step_by(64)).rev().flat_map(|(word, first)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let last = left.checked_ilog2()?;
            left &= !(1 << last);
            u16::try_from(last).ok().map(|last| first + last)
        })
    })
}

impl Numbers {
    pub(super) fn insert(&mut self, number: u64) {
        match self {
            Self::None => *self = Self::One(number),
            Self::One(known) if *known == number => {}
            Self::One(known) => {
                let known = *known;
                *self = Self::Many(Vec::with_capacity(1));
                self.insert(known);
                self.insert(number);
            }
            Self::Many(blocks) => {
                let (key, place) = place_of(number);
                match blocks.binary_search_by_key(&key, |(key, _)| *key) {
                    Ok(at) => blocks[at].1.insert(place),
                    Err(at) => blocks.insert(at, (key, Block::Few(vec![place]))),
                }
            }
        }
    }

    pub(super) fn remove(&mut self, number: u64) {
        match self {
            Self::None => {}
            Self::One(known) => {
                if *known == number {
                    *self = Self::None;
                }
            }
            Self::Many(blocks) => {
                let (key, place) = place_of(number);
                if let Ok(at) = blocks.binary_search_by_key(&key, |(key, _)| *key) {
                    blocks[at].1.remove(place);
                    if blocks[at].1.is_empty() {
                        blocks.remove(at);
                    }
                }
                if blocks.is_empty() {
                    *self = Self::None;
                }
            }
        }
    }

    /// With all numbers of the other.
    pub(super) fn extend(&mut self, other: &Self) {
        match other {
            Self::None => {}
            Self::One(number) => self.insert(*number),
            Self::Many(blocks) => {
                for (key, block) in blocks {
                    self.extend_block(*key, block);
                }
            }
        }
    }

    fn extend_block(&mut self, key: u64, other: &Block) {
        if let Self::One(number) = *self {
            let (key, place) = place_of(number);
            *self = Self::Many(vec![(key, Block::Few(vec![place]))]);
        }
        match self {
            Self::None | Self::One(_) => *self = Self::Many(vec![(key, other.clone())]),
            Self::Many(blocks) => match blocks.binary_search_by_key(&key, |(key, _)| *key) {
                Ok(at) => blocks[at].1.extend(other),
                Err(at) => blocks.insert(at, (key, other.clone())),
            },
        }
    }

    /// Those that are in the other, too.
    pub(super) fn and(&self, other: &Self) -> Self {
        let (fewer, more) = if self.blocks() <= other.blocks() { (self, other) } else { (other, self) };
        let mut both = Self::default();
        for key in fewer.keys_from_last() {
            let (bits, others) = (fewer.bits(key), more.bits(key));
            let bits: Bits = from_fn(|word| bits[word] & others[word]);
            if bits.iter().any(|word| *word != 0) {
                both.extend_block(key, &Block::Many(Box::new(bits)));
            }
        }
        both
    }

    pub(super) const fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    /// How many blocks have any of them.
    pub(super) const fn blocks(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Many(blocks) => blocks.len(),
        }
    }

    /// The blocks that have any of them, the last first.
    pub(super) fn keys_from_last(&self) -> impl Iterator<Item = u64> + '_ {
        let (one, many) = match self {
            Self::None => (None, &[][..]),
            Self::One(number) => (Some(place_of(*number).0), &[][..]),
            Self::Many(blocks) => (None, blocks.as_slice()),
        };
        many.iter().rev().map(|(key, _)| *key).chain(one)
    }

    /// Those of a block.
    pub(super) fn bits(&self, key: u64) -> Bits {
        let mut bits = NOTHING;
        match self {
            Self::None => {}
            Self::One(number) => {
                let (known, place) = place_of(*number);
                if known == key {
                    set(&mut bits, place);
                }
            }
            Self::Many(blocks) => {
                if let Ok(at) = blocks.binary_search_by_key(&key, |(key, _)| *key) {
                    blocks[at].1.add_to(&mut bits);
                }
            }
        }
        bits
    }

    /// All of them, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        let mut keys: Vec<u64> = self.keys_from_last().collect();
        keys.reverse();
        keys.into_iter().flat_map(|key| {
            let bits = self.bits(key);
            let mut places: Vec<u16> = places_from_last(&bits).collect();
            places.reverse();
            places.into_iter().map(move |place| key * BLOCK + u64::from(place))
        })
    }
}

impl Block {
    fn insert(&mut self, place: u16) {
        match self {
            Self::Few(places) => {
                let Err(at) = places.binary_search(&place) else { return };
                if places.len() < FEW {
                    places.insert(at, place);
                } else {
                    let mut bits = self.bits();
                    set(&mut bits, place);
                    *self = Self::Many(Box::new(bits));
                }
            }
            Self::Many(bits) => set(bits, place),
        }
    }

    fn remove(&mut self, place: u16) {
        match self {
            Self::Few(places) => places.retain(|known| *known != place),
            Self::Many(bits) => {
                bits[usize::from(place) / 64] &= !(1 << (place % 64));
                // Half of what makes many, so that one number that comes and goes moves nothing.
                if bits.iter().map(|word| word.count_ones() as usize).sum::<usize>() <= FEW / 2 {
                    let mut places: Vec<u16> = places_from_last(bits).collect();
                    places.reverse();
                    *self = Self::Few(places);
                }
            }
        }
    }

    fn extend(&mut self, other: &Self) {
        match other {
            Self::Few(places) => places.iter().for_each(|place| self.insert(*place)),
            Self::Many(other) => {
                let own = self.bits();
                *self = Self::Many(Box::new(from_fn(|word| own[word] | other[word])));
            }
        }
    }

    const fn is_empty(&self) -> bool {
        match self {
            Self::Few(places) => places.is_empty(),
            // It has become few before.
            Self::Many(_) => false,
        }
    }

    fn bits(&self) -> Bits {
        let mut bits = NOTHING;
        self.add_to(&mut bits);
        bits
    }

    fn add_to(&self, bits: &mut Bits) {
        match self {
            Self::Few(places) => places.iter().for_each(|place| set(bits, *place)),
            Self::Many(own) => bits.iter_mut().zip(own.iter()).for_each(|(word, own)| *word |= own),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Numbers that look like chance, the same each time.
    fn draws(seed: u64) -> impl Iterator<Item = u64> {
        let mut state = seed;
        std::iter::from_fn(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some(state >> 33)
        })
    }

    #[test]
    fn it_holds_what_a_plain_set_holds_whatever_comes_and_goes() {
        for most in [3, 300, 9_000, 1 << 40] {
            let (mut numbers, mut plain) = (Numbers::default(), BTreeSet::new());
            for (number, what) in draws(most).zip(draws(7)).take(20_000) {
                let number = number % most;
                // In waves, so that blocks become many and few again.
                if what % 16 < if plain.len() > 200 { 4 } else { 12 } {
                    numbers.insert(number);
                    plain.insert(number);
                } else {
                    let number = plain.range(number..).next().copied().unwrap_or(number);
                    numbers.remove(number);
                    plain.remove(&number);
                }
                assert_eq!(numbers.is_empty(), plain.is_empty());
            }
            assert!(numbers.iter().eq(plain.iter().copied()), "up to {most}");
            let last = numbers.keys_from_last().next();
            assert_eq!(last, plain.last().map(|number| place_of(*number).0));
        }
    }

    #[test]
    fn one_that_takes_in_another_holds_what_both_held() {
        for (one, other) in [(0, 5), (1, 1), (1, 700), (700, 1), (3_000, 3_000), (2, 9)] {
            let sets = [draws(1).take(one), draws(2).take(other)].map(|draws| {
                let plain: BTreeSet<u64> = draws.map(|number| number % 10_000).collect();
                let mut numbers = Numbers::default();
                for number in &plain {
                    numbers.insert(*number);
                }
                (numbers, plain)
            });
            let [(mut numbers, plain), (further, other)] = sets;
            numbers.extend(&further);
            assert!(numbers.and(&further).iter().eq(other.iter().copied()));
            assert!(numbers.iter().eq(plain.union(&other).copied()));
        }
    }
}
