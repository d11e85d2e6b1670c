//! Allocations of every operation, and the memory that is held.
//!
//! `cargo bench --bench allocations` prints the columns of the summary that it knows; with `-- --hostile`,
//! what input that means harm costs. Apart from the other programs, as counting costs time and instructions.

#![allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]

#[path = "allocations/hostile.rs"]
mod hostile;
#[path = "allocations/memory.rs"]
mod memory;

use fetch_cors_benches::row::{HEADER, Row};
use fetch_cors_benches::{Operation, Runner, operations, operations_of_growth};

fn main() {
    println!("{HEADER}");
    let mut print = |row: Row| println!("{row}");
    if std::env::args().any(|argument| argument == "--hostile") {
        return hostile::rows(&mut print);
    }
    operations().iter().chain(&operations_of_growth()).map(measure).for_each(&mut print);
    memory::rows(&mut print);
}

/// Allocations and allocated bytes of one run of the engine.
fn measure(operation: &Operation) -> Row {
    let runs = operation.runs;
    let of = |runner: &mut dyn Runner| {
        runner.prepare(runs);
        runner.run();
        runner.prepare(runs);
        let info = allocation_counter::measure(|| runner.run());
        runner.prepare(0);
        info
    };
    let mut bytes = Vec::new();
    let count = operation.build().engine.measure(|runner| {
        let info = of(runner);
        bytes.push(info.bytes_total as f64);
        info.count_total as f64
    });
    let parts: f64 = bytes.iter().skip(1).sum();
    let per_run = |value: f64| Some((value / runs as f64 * 10.0).round() / 10.0);
    let bytes = per_run(bytes.first().copied().unwrap_or_default() - parts);
    Row { allocations: per_run(count), bytes, ..Row::new(operation.name, operation.n) }
}
