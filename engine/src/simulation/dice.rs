use chrono::TimeDelta;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Numbers that look random, and are the same for the same seed: on every machine, and in every later version.
///
/// The generator is xoshiro256++, by name: a generator that is only called "the standard one" may become another with any update of its
/// crate, and a seed that somebody wrote down would then replay another history. What is made of its numbers is made here, of integers, for
/// the same reason.
///
/// ```
/// use cutover_engine::simulation::Dice;
///
/// let (mut one, mut other) = (Dice::of(17), Dice::of(17));
/// assert_eq!(one.below(1_000), other.below(1_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Those of a seed.
    pub fn of(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Others, which go their own way from here on: what one part draws then changes nothing for the others.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self::of(self.number())
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The upper half of the product: no bound that is used here is large enough for the bias to be seen.
        let product = u128::from(self.number()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(u64::MAX)
    }

    /// A place in a list of so many; `None` if there are none.
    pub fn place(&mut self, count: usize) -> Option<usize> {
        let bound = u64::try_from(count).unwrap_or(u64::MAX);
        (count > 0).then(|| usize::try_from(self.below(bound)).unwrap_or(0))
    }

    /// One of them; `None` if there are none.
    pub fn one_of<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        self.place(all.len()).and_then(|place| all.get(place))
    }

    /// Whether it happens, where it does once in so many times on the average; 0: never.
    pub fn one_in(&mut self, times: u64) -> bool {
        times > 0 && self.below(times) == 0
    }

    /// Whether it happens, where it does with this probability, from 0 to 1.
    pub fn happens(&mut self, probability: f64) -> bool {
        // 53 bits, each of which a float of 64 bits holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
        let drawn = (self.number() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < probability
    }

    /// A time of at least this and less than that, in whole milliseconds.
    pub fn between(&mut self, least: TimeDelta, below: TimeDelta) -> TimeDelta {
        let span = u64::try_from((below - least).num_milliseconds()).unwrap_or(0);
        least + TimeDelta::milliseconds(i64::try_from(self.below(span)).unwrap_or(0))
    }

    /// A time until something comes that may come at any moment alike (exponentially distributed), in whole milliseconds, at least one.
    ///
    /// Of many such times, one after another, come the arrivals of a Poisson process.
    pub fn exponential(&mut self, mean: TimeDelta) -> TimeDelta {
        // Von Neumann's way, which only compares: a logarithm may differ in its last bit from machine to machine.
        let mut whole: u128 = 0;
        let fraction = loop {
            let first = self.number();
            let (mut last, mut falls) = (first, 1_u32);
            loop {
                let next = self.number();
                if next > last {
                    break;
                }
                (last, falls) = (next, falls + 1);
            }
            if falls % 2 == 1 {
                break first;
            }
            whole += 1;
        };
        let mean = u128::try_from(mean.num_milliseconds()).unwrap_or(0);
        let drawn = whole * mean + ((u128::from(fraction) * mean) >> 64);
        TimeDelta::milliseconds(i64::try_from(drawn).unwrap_or(i64::MAX / 2_000).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a seed means is promised: whoever changes this makes every seed that was written down another one.
    #[test]
    fn a_seed_always_means_the_same_numbers() {
        let mut dice = Dice::of(1);
        let numbers: Vec<_> = (0..3).map(|_| dice.number()).collect();
        assert_eq!(
            numbers,
            [14_971_601_782_005_023_387, 13_781_649_495_232_077_965, 1_847_458_086_238_483_744]
        );
        let drawn: Vec<_> = (0..8).map(|_| dice.below(10)).collect();
        assert_eq!(drawn, [7, 1, 5, 9, 5, 0, 1, 9]);
        let waits: Vec<_> =
            (0..4).map(|_| dice.exponential(TimeDelta::minutes(1)).num_milliseconds()).collect();
        assert_eq!(waits, [65_369, 129_523, 14_261, 11_052]);
    }

    #[test]
    fn exponential_times_have_their_mean_and_their_spread() {
        let mut dice = Dice::of(2);
        let mean = TimeDelta::hours(1);
        let drawn: Vec<_> = (0..40_000).map(|_| dice.exponential(mean).num_milliseconds()).collect();
        let average = drawn.iter().sum::<i64>() / 40_000;
        assert!((average - mean.num_milliseconds()).abs() < 60_000, "{average}");
        // One in e is longer than the mean: 14,715 of 40,000.
        let longer = drawn.iter().filter(|wait| **wait > mean.num_milliseconds()).count();
        assert!((14_300..15_100).contains(&longer), "{longer}");
    }

    #[test]
    fn nothing_happens_that_never_does_and_all_that_always_does() {
        let mut dice = Dice::of(3);
        assert!((0..100).all(|_| !dice.one_in(0) && dice.one_in(1)));
        assert!((0..100).all(|_| !dice.happens(0.0) && dice.happens(1.0)));
        assert_eq!((dice.below(0), dice.place(0)), (0, None));
    }
}
