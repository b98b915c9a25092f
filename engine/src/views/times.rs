//! When what a number stands for happened: which of them happened between two moments is known by their blocks.

use cutover::Timestamp;

use super::numbers::{Bits, EVERYTHING, NOTHING, place_of, set};

/// The moments of numbers, in blocks as [`Numbers`](super::numbers::Numbers) has them. They mostly grow with the numbers: then only the blocks
/// at both ends of a span are looked through.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<(u64, Block)>);

#[derive(Debug)]
struct Block {
    earliest: Timestamp,
    latest: Timestamp,
    /// In order of their places.
    places: Vec<(u16, Timestamp)>,
}

/// From a moment on, and before another; either may be left open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

impl Span {
    pub(super) fn includes(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    pub(super) const fn is_everything(self) -> bool {
        self.from.is_none() && self.until.is_none()
    }
}

impl Times {
    pub(super) fn insert(&mut self, number: u64, at: Timestamp) {
        let (key, place) = place_of(number);
        let block = match self.0.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => at,
            Err(found) => {
                self.0.insert(found, (key, Block { earliest: at, latest: at, places: Vec::new() }));
                found
            }
        };
        let block = &mut self.0[block].1;
        block.earliest = block.earliest.min(at);
        block.latest = block.latest.max(at);
        match block.places.binary_search_by_key(&place, |(place, _)| *place) {
            Ok(known) => block.places[known].1 = at,
            Err(new) => block.places.insert(new, (place, at)),
        }
    }

    /// Those of a block that happened within the span; also numbers that stand for nothing may be among them.
    pub(super) fn bits(&self, key: u64, span: Span) -> Bits {
        let mut bits = NOTHING;
        let Ok(found) = self.0.binary_search_by_key(&key, |(key, _)| *key) else { return bits };
        let Block { earliest, latest, places } = &self.0[found].1;
        if span.includes(*earliest) && span.includes(*latest) {
            return EVERYTHING;
        }
        let is_before = span.from.is_some_and(|from| *latest < from);
        let is_after = span.until.is_some_and(|until| *earliest >= until);
        if !is_before && !is_after {
            places.iter().filter(|(_, at)| span.includes(*at)).for_each(|(place, _)| set(&mut bits, *place));
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::numbers::has;
    use super::*;

    #[test]
    fn what_happened_within_a_span_is_found_whether_or_not_it_happened_in_order() {
        let at = |second: u64| Timestamp::UNIX_EPOCH + TimeDelta::seconds(second.cast_signed());
        // The clock stepped back once in a while.
        let moment =
            |number: u64| at(number * 10 - if number.is_multiple_of(97) { 9_000.min(number) } else { 0 });
        let mut times = Times::default();
        (0..20_000).for_each(|number| times.insert(number, moment(number)));
        let ends = [None, Some(at(0)), Some(at(50_005)), Some(at(50_010)), Some(at(1_000_000))];
        for span in ends.iter().flat_map(|from| ends.map(|until| Span { from: *from, until })) {
            for number in (0..20_000).filter(|number| number % 7 == 0 || number % 64 == 0) {
                let (key, place) = place_of(number);
                assert_eq!(
                    has(&times.bits(key, span), place),
                    span.includes(moment(number)),
                    "{number} {span:?}"
                );
            }
        }
        assert_eq!(times.bits(99, Span::default()), NOTHING);
    }
}
