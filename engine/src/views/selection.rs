//! What fits several conditions at once, found block by block: what fits none of them costs no look at each.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::numbers::{BLOCK, Bits, EVERYTHING, NOTHING, Numbers, place_of, places_from_last};
use super::times::{Span, Times};

/// Numbers by what is so of them.
#[derive(Debug)]
pub(super) struct Index<K>(BTreeMap<K, Numbers>);

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone> Index<K> {
    /// Adds a number, and answers with the key as it is kept, so that equal ones can be shared.
    pub(super) fn add(&mut self, key: K, number: u64) -> K {
        let kept = self.0.get_key_value(&key).map_or_else(|| key.clone(), |(known, _)| known.clone());
        self.0.entry(key).or_default().insert(number);
        kept
    }

    pub(super) fn remove(&mut self, key: &K, number: u64) {
        if let Some(numbers) = self.0.get_mut(key) {
            numbers.remove(number);
            if numbers.is_empty() {
                self.0.remove(key);
            }
        }
    }

    pub(super) fn keys(&self, from: K) -> impl Iterator<Item = &K> {
        self.0.range(from..).map(|(key, _)| key)
    }

    pub(super) fn get(&self, key: &K) -> &Numbers {
        self.0.get(key).unwrap_or(&Numbers::None)
    }
}

/// The numbers that fit all conditions.
#[derive(Debug)]
pub(super) struct Selection<'m> {
    among: Vec<Cow<'m, Numbers>>,
    any_of: Vec<Vec<&'m Numbers>>,
    without: Vec<&'m Numbers>,
    during: Option<(&'m Times, Span)>,
}

/// Some of them, the last first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selected {
    pub(super) numbers: Vec<u64>,
    /// How many fit in all.
    pub(super) total: u64,
    /// Whether more come after these.
    pub(super) is_more: bool,
}

impl<'m> Selection<'m> {
    pub(super) fn of(all: &'m Numbers) -> Self {
        Self { among: vec![Cow::Borrowed(all)], any_of: Vec::new(), without: Vec::new(), during: None }
    }

    pub(super) fn and(&mut self, numbers: &'m Numbers) {
        self.among.push(Cow::Borrowed(numbers));
    }

    pub(super) fn and_these(&mut self, numbers: Numbers) {
        self.among.push(Cow::Owned(numbers));
    }

    pub(super) fn and_any_of(&mut self, sets: Vec<&'m Numbers>) {
        self.any_of.push(sets);
    }

    pub(super) fn without(&mut self, numbers: &'m Numbers) {
        self.without.push(numbers);
    }

    pub(super) fn and_during(&mut self, times: &'m Times, span: Span) {
        if !span.is_everything() {
            self.during = Some((times, span));
        }
    }

    /// Those before a number, the last first, and no more than so many.
    pub(super) fn page(&self, before: Option<u64>, at_most: usize) -> Selected {
        let mut selected = Selected { numbers: Vec::new(), total: 0, is_more: false };
        let Some(fewest) = self.among.iter().min_by_key(|numbers| numbers.blocks()) else { return selected };
        for key in fewest.keys_from_last() {
            let bits = self.bits(key);
            selected.total += bits.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
            if selected.is_more || before.is_some_and(|before| key > place_of(before).0) {
                continue;
            }
            for place in places_from_last(&bits) {
                let number = key * BLOCK + u64::from(place);
                if before.is_some_and(|before| number >= before) {
                    continue;
                }
                if selected.numbers.len() == at_most {
                    selected.is_more = true;
                    break;
                }
                selected.numbers.push(number);
            }
        }
        selected
    }

    /// Those of a block.
    fn bits(&self, key: u64) -> Bits {
        let mut bits = EVERYTHING;
        for numbers in &self.among {
            keep(&mut bits, &numbers.bits(key));
            if bits.iter().all(|word| *word == 0) {
                return bits;
            }
        }
        for sets in &self.any_of {
            let mut any = NOTHING;
            for numbers in sets {
                any.iter_mut().zip(numbers.bits(key)).for_each(|(word, other)| *word |= other);
            }
            keep(&mut bits, &any);
        }
        for numbers in &self.without {
            bits.iter_mut().zip(numbers.bits(key)).for_each(|(word, other)| *word &= !other);
        }
        if let Some((times, span)) = self.during {
            keep(&mut bits, &times.bits(key, span));
        }
        bits
    }
}

fn keep(bits: &mut Bits, others: &Bits) {
    bits.iter_mut().zip(others).for_each(|(word, other)| *word &= other);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multiples_of(factor: u64) -> Numbers {
        let mut numbers = Numbers::default();
        (0..30_000).filter(|number| number % factor == 0).for_each(|number| numbers.insert(number));
        numbers
    }

    #[test]
    fn pages_go_on_where_the_one_before_ended_and_each_knows_how_many_there_are() {
        let [all, twos, sevens, fives] = [1, 2, 7, 5].map(multiples_of);
        let mut selection = Selection::of(&all);
        selection.and(&twos);
        selection.and_any_of(vec![&sevens, &Numbers::One(12)]);
        selection.without(&fives);
        let fits = |number: &u64| {
            number.is_multiple_of(2)
                && (number.is_multiple_of(7) || *number == 12)
                && !number.is_multiple_of(5)
        };
        let expected: Vec<u64> = (0..30_000).rev().filter(fits).collect();
        let (mut found, mut before) = (Vec::<u64>::new(), None);
        loop {
            let page = selection.page(before, 1_000);
            assert_eq!(page.total, expected.len() as u64);
            found.extend(&page.numbers);
            before = page.numbers.last().copied();
            assert_eq!(page.is_more, found.len() < expected.len());
            if !page.is_more {
                break;
            }
        }
        assert_eq!(found, expected);
        selection.and(&Numbers::None);
        assert_eq!(selection.page(None, 5), Selected { numbers: Vec::new(), total: 0, is_more: false });
    }
}
