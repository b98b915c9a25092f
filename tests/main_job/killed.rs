//! The main job is killed with SIGKILL at random moments, at least twenty times, and started again with the same folder.
//!
//! Each task writes a line to a witness file, so that what really ran can be compared with what is recorded.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cutover::deployment::{Deployment, End, JobRun, Phase, TaskResult, TaskRun};
use cutover::store::{Position, StoreExt};
use cutover::transaction::{Folded, World};
use cutover::{Release, Subject};
use cutover_store_file::{FileStore, FileStoreOptions};
use futures::TryStreamExt;
use futures::executor::block_on;

use super::{quick, ship};

const KILLS: u32 = 20;
const RELEASES: usize = 4;
const TASKS_OF_A_RELEASE: usize = 3;

/// A small generator of random numbers; its seed is printed, so that a failure can be looked at again.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let given = std::env::var("CUTOVER_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = || {
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| u64::from(since.subsec_nanos()))
        };
        let seed = given.unwrap_or_else(now) | 1;
        println!("CUTOVER_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn shipping(folder: &Path) -> Command {
    let mut command = ship();
    command.arg(quick(folder)).arg("--data").arg(folder.join("data")).args([
        "--releases",
        &RELEASES.to_string(),
        "--yes",
    ]);
    command
}

#[test]
fn killed_at_any_moment_it_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::new();
    let mut killed = 0;
    for _ in 0..10 * KILLS {
        if killed == KILLS {
            break;
        }
        let mut child = shipping(folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(5 + random.below(400)));
        if child.try_wait().unwrap().is_none() {
            killed += 1;
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        assert!(
            !status.success() || status.code() == Some(0),
            "it ends with 0 unless it is killed: {status}"
        );
    }
    assert_eq!(killed, KILLS);
    let end = shipping(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&end.stdout);
    assert!(end.status.success(), "{said}{}", String::from_utf8_lossy(&end.stderr));

    let world = fold(&folder.path().join("data"));
    let releases: Vec<&Release> = world.iter().filter_map(|folded| folded.state().as_release()).collect();
    assert!(
        !releases.is_empty() && releases.len().is_multiple_of(RELEASES),
        "no release is missing or there twice: {}",
        releases.len()
    );
    let ran = witnessed(&folder.path().join("witness"));
    let mut expected = 0;
    for release in releases {
        let name = &release.about().unwrap().name;
        let going_on: Vec<_> =
            release.going_on().map(|deployment| (deployment.id, &deployment.phase)).collect();
        assert!(going_on.is_empty(), "{name}: {going_on:?}");
        for stage in [1, 2].map(cutover::StageId) {
            for deployment in release.attempts(stage) {
                expected += compare(name, deployment, &ran);
            }
        }
    }
    let runs: usize = ran.values().sum();
    assert_eq!(runs, expected, "nothing ran that is not recorded: {ran:?}");
    println!("{runs} tasks ran, {TASKS_OF_A_RELEASE} of each release");
}

/// What ran is what is recorded: once, unless the record says that it was lost.
fn compare(release: &str, deployment: &Deployment, ran: &BTreeMap<String, usize>) -> usize {
    let names: &[&str] =
        if deployment.id.stage.0 == 1 { &["dev first", "dev second"] } else { &["prod only"] };
    let tasks = deployment.jobs.iter().flat_map(JobRun::tasks);
    let mut seen = 0;
    for (name, task) in names.iter().zip(tasks) {
        let times = ran.get(&format!("{release} {name}")).copied().unwrap_or_default();
        seen += times;
        match task {
            TaskRun::Ended { result: TaskResult::Succeeded, .. } => assert_eq!(times, 1, "{release} {name}"),
            TaskRun::Ended { result: TaskResult::Lost, .. } => assert!(times <= 1, "{release} {name}"),
            TaskRun::Skipped(_) => assert_eq!(times, 0, "{release} {name}"),
            other => panic!("{release} {name}: {other:?}"),
        }
    }
    let Phase::Over { end, .. } = &deployment.phase else { panic!("{} is not over", deployment.id) };
    let is_lost = seen < names.len();
    assert!(*end == End::Succeeded || is_lost, "{}: {end:?}", deployment.id);
    seen
}

fn fold(folder: &Path) -> World {
    block_on(async {
        let store = FileStore::open(folder, FileStoreOptions::default()).unwrap();
        let mut world = World::new();
        let mut commits = store.commits_after(Position::START);
        while let Some(commit) = commits.try_next().await.unwrap() {
            for event in &commit.events {
                let subject = Subject::try_from(&event.stream).unwrap();
                let mut folded = world
                    .remove(&subject)
                    .map_or_else(|| Folded::empty(subject.clone()), |folded| Folded::clone(&folded));
                folded.apply(event).unwrap();
                world.insert(folded.into());
            }
        }
        world
    })
}

/// How often each task ran, by release and name.
fn witnessed(path: &Path) -> BTreeMap<String, usize> {
    let mut ran = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        *ran.entry(line.to_owned()).or_default() += 1;
    }
    ran
}
