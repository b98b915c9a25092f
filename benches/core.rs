//! Decisions of the pure core: nothing is stored.

mod support;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures::executor::block_on;
use support::{COMMANDS_OF_A_LIFE, Line};

fn life(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("core");
    group.throughput(Throughput::Elements(COMMANDS_OF_A_LIFE));
    // The life of one release, after so many others of the same pipeline: what it costs should not depend on them.
    for before in [100_u64, 100_000] {
        let mut line = block_on(Line::new(None, 1));
        for number in 1..=before {
            block_on(line.live(number));
        }
        // Each measurement begins with the same pipeline, so that it does not grow while it is measured.
        group.bench_function(format!("life of a release after {before}"), |bencher| {
            bencher.iter_batched(
                || line.clone(),
                |mut line| {
                    block_on(line.live(before + 1));
                    line
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = life
}
criterion_main!(benches);
