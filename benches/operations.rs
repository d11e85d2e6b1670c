//! What the engine's operations cost, without a network.
//!
//! `cargo bench --bench operations` measures; with `-- --test` each operation runs once, and with
//! `-- --summary` there is one line per operation. See the README's page on performance.

#![allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]

mod summary;

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion};
use fetch_cors_benches::{Operation, instructions, operations};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let into_readme = std::env::args().any(|argument| argument == "--into-readme");
    match arguments.find(|argument| matches!(&**argument, "--summary" | instructions::CHILD)).as_deref() {
        Some(instructions::CHILD) => instructions::run_child(operations()),
        Some(_) => summary::print(into_readme),
        None => {
            let criterion = Criterion::default()
                .sample_size(50)
                .warm_up_time(Duration::from_millis(300))
                .measurement_time(Duration::from_millis(1_000))
                .configure_from_args();
            with_criterion(criterion, operations());
        }
    }
}

/// Both sides of each operation, in a group of their own.
fn with_criterion(mut criterion: Criterion, operations: Vec<Operation>) {
    for operation in operations {
        let mut sides = operation.build();
        let mut group = criterion.benchmark_group(operation.name);
        for (name, side) in sides.iter_mut() {
            group.bench_function(BenchmarkId::new(name, operation.n), |bencher| {
                bencher.iter_custom(|runs| {
                    let seconds = side.measure(|runner| {
                        // A million inputs would not fit.
                        let mut took = Duration::ZERO;
                        let mut left = runs;
                        while left > 0 {
                            let batch = left.min(1_000);
                            runner.prepare(batch as usize);
                            let start = Instant::now();
                            runner.run();
                            took += start.elapsed();
                            left -= batch;
                        }
                        took.as_secs_f64()
                    });
                    // A difference of two times can come out below nothing.
                    Duration::from_secs_f64(seconds.max(0.0))
                });
            });
        }
        group.finish();
    }
    criterion.final_summary();
}
