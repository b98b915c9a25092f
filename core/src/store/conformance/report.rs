//! One test and its outcome, and what came of all of them.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::{Ability, Statement, StoreUnderTest, Support};

const ENDED_EARLY: &str = "the harness's `block_on` returned before the test's end";

type Run = for<'a> fn(&'a dyn StoreUnderTest) -> BoxFuture<'a, ()>;

/// A test of the suite: a public function, with its name and what it needs.
#[derive(Debug, Clone, Copy)]
pub struct Test {
    /// The module that it stands in: the idea that it belongs to.
    pub group: &'static str,
    /// The function's name, a sentence of the contract.
    pub name: &'static str,
    /// What a store must have for it to apply.
    pub needs: Option<Ability>,
    pub(super) run: Run,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The store is right in this.
    Passed,
    /// The test does not apply, since the store lacks what it needs: why.
    Skipped(String),
    /// The store is wrong in this: what the test says.
    Failed(String),
}

impl Test {
    /// The test with this name, `"conflicts::a_conflict_writes_nothing"` for example.
    pub fn named(name: &str) -> Option<&'static Self> {
        let (group, name) = name.split_once("::")?;
        super::tests().iter().find(|test| test.group == group && test.name == name)
    }

    /// Why it does not apply to a store, if it does not.
    fn is_skipped(&self, support: &Support) -> Option<String> {
        let ability = self.needs?;
        match support.of(ability) {
            Statement::Has => None,
            Statement::Lacks(why) => Some(format!("for lack of {ability}: {why}")),
            Statement::Unstated => Some(format!("since nothing is stated about {ability}")),
        }
    }

    /// Holds a store to it, and gives the outcome: a failure is a value. Where the program aborts on a panic, use
    /// one process per test.
    pub fn check(&self, harness: &dyn StoreUnderTest) -> Outcome {
        if let Some(why) = self.is_skipped(&harness.support()) {
            return Outcome::Skipped(why);
        }
        let mut is_over = false;
        let carried_out = async {
            (self.run)(harness).await;
            is_over = true;
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| harness.block_on(carried_out.boxed())));
        match outcome {
            Ok(()) if is_over => Outcome::Passed,
            Ok(()) => Outcome::Failed(ENDED_EARLY.to_owned()),
            Err(panic) => Outcome::Failed(words(&*panic)),
        }
    }

    /// Holds a store to it, as a `#[test]` does.
    ///
    /// # Panics
    /// If the store is wrong in this.
    pub fn hold(&self, harness: &dyn StoreUnderTest) {
        if self.is_skipped(&harness.support()).is_some() {
            return;
        }
        let mut is_over = false;
        harness.block_on(
            async {
                (self.run)(harness).await;
                is_over = true;
            }
            .boxed(),
        );
        assert!(is_over, "{ENDED_EARLY}");
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.group, self.name)
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked without words").to_owned()
}

/// What came of the whole suite. Shown as text it names what failed, and what was skipped and why.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the harness calls the store.
    pub store: String,
    /// Every test with its outcome, in the order of the list.
    pub outcomes: Vec<(&'static Test, Outcome)>,
}

impl Report {
    /// Whether no test failed.
    pub fn is_conforming(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The tests that failed, with what they say.
    pub fn failures(&self) -> impl Iterator<Item = (&'static Test, &str)> {
        self.outcomes.iter().filter_map(|(test, outcome)| match outcome {
            Outcome::Failed(words) => Some((*test, words.as_str())),
            Outcome::Passed | Outcome::Skipped(_) => None,
        })
    }

    fn skipped(&self) -> Vec<(&'static Test, &str)> {
        let skipped = self.outcomes.iter().filter_map(|(test, outcome)| match outcome {
            Outcome::Skipped(why) => Some((*test, why.as_str())),
            Outcome::Passed | Outcome::Failed(_) => None,
        });
        skipped.collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, skipped) = (self.outcomes.len(), self.skipped());
        let failed = self.failures().count();
        let passed = all - skipped.len() - failed;
        writeln!(f, "conformance of {}: {passed} of {all} tests passed, {failed} failed", self.store)?;
        for (test, words) in self.failures() {
            writeln!(f, "  {test} failed: {words}")?;
        }
        write!(f, "{}", Skipped(&skipped))
    }
}

/// The tests that are skipped, by reason.
struct Skipped<'a>(&'a [(&'static Test, &'a str)]);

impl fmt::Display for Skipped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_reason: BTreeMap<&str, Vec<&Test>> = BTreeMap::new();
        for (test, why) in self.0 {
            by_reason.entry(why).or_default().push(test);
        }
        for (why, tests) in by_reason {
            writeln!(f, "  {} skipped {why}", tests.len())?;
            for test in tests {
                writeln!(f, "    {test}")?;
            }
        }
        Ok(())
    }
}

/// Holds a store to the whole suite and gives the outcomes: no failure panics. `harness` makes one harness per test.
pub fn check_all<H: StoreUnderTest>(mut harness: impl FnMut() -> H) -> Report {
    let store = harness().name();
    let outcomes = super::tests().iter().map(|test| (test, test.check(&harness()))).collect();
    Report { store, outcomes }
}

/// Which tests do not apply to a store, and why, as text.
pub fn what_is_skipped(harness: &dyn StoreUnderTest) -> String {
    let support = harness.support();
    let reasons: Vec<(&'static Test, String)> =
        super::tests().iter().filter_map(|test| Some((test, test.is_skipped(&support)?))).collect();
    let skipped: Vec<(&'static Test, &str)> =
        reasons.iter().map(|(test, why)| (*test, why.as_str())).collect();
    let all = super::tests().len();
    let apply = all - skipped.len();
    format!("conformance of {}: {apply} of {all} tests apply\n{}", harness.name(), Skipped(&skipped))
}

/// Says on the standard error which tests do not apply to a store, also where a test's output is captured.
pub fn print_what_is_skipped(harness: &dyn StoreUnderTest) {
    let mut out = std::io::stderr().lock();
    let _nobody_reads = out.write_all(what_is_skipped(harness).as_bytes());
}

/// Holds a store to the test with this name, as [`Test::hold`] does.
///
/// # Panics
/// If the store is wrong in this, or there is no such test.
pub fn hold(name: &str, harness: &dyn StoreUnderTest) {
    let Some(test) = Test::named(name) else { panic!("the suite has no test {name:?}") };
    test.hold(harness);
}
