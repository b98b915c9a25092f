//! Runs features on every store, and says what came of it: short, but for what failed.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use cucumber::event::{Cucumber, Feature, Hook, RetryableScenario, Rule, Scenario, Step, StepError};
use cucumber::gherkin;
use cucumber::{Event, World as _, Writer, cli, parser, writer};
use cutover::store::EventStore;
use cutover_store_file::{FileStore, FileStoreOptions};
use cutover_store_memory::MemoryStore;
use futures::FutureExt as _;

use super::driver::Open;
use super::rules;
use super::spec::Spec;

/// A store's name, and how a new one is made for a scenario.
type Store = (&'static str, fn() -> Open);

/// Every store that the features run on; another one joins here.
const STORES: [Store; 2] = [("memory", memory), ("file", file)];

fn memory() -> Open {
    let store: Arc<dyn EventStore> = Arc::new(MemoryStore::new());
    Box::new(move || Arc::clone(&store))
}

/// In a folder of its own, which goes when the scenario does.
fn file() -> Open {
    let folder = tempfile::tempdir().expect("a temporary folder");
    Box::new(move || {
        let options = FileStoreOptions::default();
        Arc::new(FileStore::open(folder.path().join("store"), options).expect("the store opens"))
    })
}

/// Runs the features, those of `CUTOVER_FEATURES` if it is set. `CUTOVER_SCENARIOS` takes only scenarios whose name or tags
/// contain its text.
pub fn run() -> ExitCode {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/features");
    let chosen = std::env::var_os("CUTOVER_FEATURES").map(PathBuf::from);
    let only = std::env::var("CUTOVER_SCENARIOS").ok();
    let is_whole = chosen.is_none() && only.is_none();
    let folder = chosen.unwrap_or(ours);
    let mut tally = Tally::default();
    let mut tags = BTreeSet::new();
    for (store, open) in STORES {
        let report = Report { store, ..Report::default() };
        let only = only.clone();
        let run = Spec::cucumber::<PathBuf>()
            .with_writer(report)
            .with_default_cli()
            .max_concurrent_scenarios(1)
            .before(move |_, _, _, spec| {
                spec.begin(open());
                async {}.boxed_local()
            })
            .after(|_, _, _, _, spec| {
                async move {
                    if let Some(spec) = spec {
                        spec.finish().await;
                    }
                }
                .boxed_local()
            })
            .filter_run(folder.clone(), move |feature, _, scenario| {
                is_chosen(only.as_deref(), feature, scenario)
            });
        let report = futures::executor::block_on(run);
        say(&format!("{store}: {} scenarios passed, {} failed", report.tally.passed, report.tally.failed));
        tally.passed += report.tally.passed;
        tally.failed += report.tally.failed;
        tags.extend(report.tags.take());
    }
    if is_whole {
        for problem in rules::check(&tags) {
            tally.failed += 1;
            say(&format!("FAILED {problem}"));
        }
    }
    if tally.passed == 0 {
        say(&format!("FAILED there is no scenario in {}", folder.display()));
        tally.failed += 1;
    }
    say(&format!("{} passed, {} failed", tally.passed, tally.failed));
    if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_chosen(only: Option<&str>, feature: &gherkin::Feature, scenario: &gherkin::Scenario) -> bool {
    let Some(only) = only else { return true };
    let mut tags = feature.tags.iter().chain(&scenario.tags);
    scenario.name.contains(only) || tags.any(|tag| tag == only.trim_start_matches('@'))
}

fn say(line: &str) {
    // Nobody reads on: there is nobody to tell.
    let _ = writeln!(io::stdout(), "{line}");
}

#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    passed: usize,
    failed: usize,
}

/// Counts scenarios, and tells of those that fail. A step that nobody wrote, or that is skipped, fails its scenario.
#[derive(Debug, Default)]
struct Report {
    store: &'static str,
    tally: Tally,
    /// Why the scenario at hand failed.
    wrong: Option<String>,
    tags: Rc<RefCell<BTreeSet<String>>>,
}

impl Writer<Spec> for Report {
    type Cli = cli::Empty;

    async fn handle_event(&mut self, event: parser::Result<Event<Cucumber<Spec>>>, _: &cli::Empty) {
        let event = match event {
            Ok(event) => event.value,
            Err(error) => {
                self.tally.failed += 1;
                return say(&format!("FAILED {error}"));
            }
        };
        let Cucumber::Feature(feature, event) = event else { return };
        match event {
            Feature::Scenario(scenario, event) | Feature::Rule(_, Rule::Scenario(scenario, event)) => {
                self.scenario(&feature, &scenario, event);
            }
            Feature::Started | Feature::Finished | Feature::Rule(..) => {}
        }
    }
}

impl writer::Normalized for Report {}

impl Report {
    fn scenario(
        &mut self,
        feature: &gherkin::Feature,
        scenario: &gherkin::Scenario,
        event: RetryableScenario<Spec>,
    ) {
        match event.event {
            Scenario::Started => {
                self.wrong = None;
                self.tags.borrow_mut().extend(feature.tags.iter().chain(&scenario.tags).cloned());
            }
            Scenario::Step(step, event) | Scenario::Background(step, event) => self.step(&step, event),
            Scenario::Hook(_, Hook::Failed(_, what)) => {
                self.fail(&format!("at the end: {}", text_of(&*what)));
            }
            Scenario::Hook(..) | Scenario::Log(_) => {}
            Scenario::Finished => self.finished(feature, scenario),
        }
    }

    fn step(&mut self, step: &gherkin::Step, event: Step<Spec>) {
        let line = step.position.line;
        let text = format!("line {line}: {}{}", step.keyword, step.value);
        match event {
            Step::Started | Step::Passed { .. } => {}
            Step::Skipped => self.fail(&format!("{text}\n    there is no such step, see README.md")),
            Step::Failed(_, _, _, StepError::Panic(what)) => {
                self.fail(&format!("{text}\n    {}", text_of(&*what)));
            }
            Step::Failed(_, _, _, error) => self.fail(&format!("{text}\n    {error}")),
        }
    }

    fn fail(&mut self, what: &str) {
        let wrong = self.wrong.get_or_insert_default();
        // Writing to a `String` never fails.
        let _ = write!(wrong, "\n  {what}");
    }

    fn finished(&mut self, feature: &gherkin::Feature, scenario: &gherkin::Scenario) {
        match self.wrong.take() {
            None => self.tally.passed += 1,
            Some(wrong) => {
                self.tally.failed += 1;
                let file = feature.path.as_deref().and_then(Path::file_name).unwrap_or_default();
                let file = file.to_string_lossy();
                let Self { store, .. } = self;
                say(&format!("FAILED on {store}: {file}: {}{wrong}", scenario.name));
            }
        }
    }
}

/// What a panic said.
fn text_of(what: &(dyn std::any::Any + Send)) -> String {
    let text = what.downcast_ref::<String>().cloned();
    text.or_else(|| what.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "it panicked".to_owned())
}
