//! The full life of releases through the stores, in 1, 8 and 64 pipelines at once.

mod support;

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cutover::store::EventStore;
use cutover_store_file::{FileStore, FileStoreOptions};
use cutover_store_memory::MemoryStore;
use futures::executor::block_on;
use futures::future::join_all;
use support::{COMMANDS_OF_A_LIFE, Line};

fn lives(criterion: &mut Criterion, name: &str, open: impl Fn() -> Arc<dyn EventStore>) {
    let mut group = criterion.benchmark_group(name);
    for pipelines in [1_u64, 8, 64] {
        let store = open();
        let mut lines = Vec::new();
        for number in 1..=pipelines {
            lines.push(block_on(Line::new(Some(Arc::clone(&store)), number)));
        }
        let mut number = 0;
        group.throughput(Throughput::Elements(COMMANDS_OF_A_LIFE * pipelines));
        group.bench_function(format!("{pipelines} pipelines at once"), |bencher| {
            bencher.iter(|| {
                number += 1;
                block_on(join_all(lines.iter_mut().map(|line| line.live(number))));
            });
        });
    }
    group.finish();
}

fn memory(criterion: &mut Criterion) {
    lives(criterion, "memory store", || Arc::new(MemoryStore::new()));
}

fn file(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut stores = 0;
    let next = std::cell::RefCell::new(&mut stores);
    lives(criterion, "file store", || {
        **next.borrow_mut() += 1;
        let path = folder.path().join(next.borrow().to_string());
        Arc::new(FileStore::open(path, FileStoreOptions::default()).expect("it opens"))
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(3));
    targets = memory, file
}
criterion_main!(benches);
