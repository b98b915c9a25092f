//! How one is measured.

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::rivals::Rival;
use crate::workload::{Workload, commits};

/// What came out.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub events_per_second: f64,
    /// Of one append, in microseconds.
    pub median: f64,
    /// Of one append, in microseconds: 99 of 100 took no longer.
    pub p99: f64,
    /// On the disk, after a clean close.
    pub bytes_per_event: f64,
}

/// Lets `appenders` threads append for `time`, after a fifth of it to warm up.
pub fn measure(
    open: impl FnOnce() -> Box<dyn Rival>,
    folder: &Path,
    appenders: usize,
    time: Duration,
) -> Figures {
    let rival = open();
    let commits = commits();
    let (counts, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let begun = Barrier::new(appenders + 1);
    let mut all = 0_u64;
    let mut counted = 0_u64;
    let mut latencies: Vec<u32> = Vec::new();
    let mut took = Duration::ZERO;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..appenders)
            .map(|appender| {
                let mut append = rival.appender();
                let mut workload = Workload::new(appender, commits.clone());
                let (counts, stop, begun) = (&counts, &stop, &begun);
                scope.spawn(move || {
                    let (mut all, mut counted, mut latencies) = (0, 0, Vec::new());
                    begun.wait();
                    while !stop.load(Ordering::Relaxed) {
                        let commit = workload.next();
                        let since = Instant::now();
                        append(&commit);
                        let microseconds = since.elapsed().as_micros();
                        all += commit.events.len() as u64;
                        if counts.load(Ordering::Relaxed) && !stop.load(Ordering::Relaxed) {
                            counted += commit.events.len() as u64;
                            latencies.push(u32::try_from(microseconds).unwrap_or(u32::MAX));
                        }
                    }
                    (all, counted, latencies)
                })
            })
            .collect();
        begun.wait();
        thread::sleep(time / 5);
        counts.store(true, Ordering::Relaxed);
        let since = Instant::now();
        thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        took = since.elapsed();
        for thread in threads {
            let (all_of_it, counted_of_it, latencies_of_it) = thread.join().expect("no appender panics");
            all += all_of_it;
            counted += counted_of_it;
            latencies.extend(latencies_of_it);
        }
    });
    rival.close();
    latencies.sort_unstable();
    let at = |share: f64| {
        let place = (latencies.len() as f64 * share) as usize;
        latencies.get(place).or(latencies.last()).map_or(f64::NAN, |latency| f64::from(*latency))
    };
    Figures {
        events_per_second: counted as f64 / took.as_secs_f64(),
        median: at(0.5),
        p99: at(0.99),
        bytes_per_event: bytes_in(folder) as f64 / all as f64,
    }
}

/// What the files of a folder take on the disk.
fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    entries
        .map(|entry| {
            let entry = entry.expect("it can be read");
            let about = entry.metadata().expect("it is there");
            if about.is_dir() { bytes_in(&entry.path()) } else { about.len() }
        })
        .sum()
}
