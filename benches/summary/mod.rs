//! One line per operation, then growth of the cache, memory and threads.

mod hostile;
mod memory;
mod threads;

use std::path::Path;
use std::time::Duration;

use allocation_counter::AllocationInfo;
use fetch_cors_benches::instructions::{self, Counts};
use fetch_cors_benches::{Operation, Runner, Side, fill, operations, operations_of_growth, time};

const BUDGET: Duration = Duration::from_millis(60);

const HEADER: &str =
    "operation\tn\tns\tfloor ns\tratio\tinstructions\tallocations\tbytes\tfloor instructions\tof floor";

/// Prints the table, tab-separated, header line first. A row is all that one run costs: the least ns,
/// instructions where they can be counted, allocations and allocated bytes; rows of memory have the bytes
/// that are held, and rows of threads how much faster two are, as ratio.
pub(crate) fn print() {
    let counts = count();
    println!("{HEADER}");
    for operation in operations().iter().chain(&operations_of_growth()) {
        print_operation(operation, &counts);
    }
    for entries in [10_000, 100_000, 1_000_000] {
        let (engine, floor) = fill(entries);
        let [engine, floor] = [engine, floor].map(|took| took.as_nanos() as f64 / f64::from(entries));
        let ratio = engine / floor;
        println!("5 cache store, all from empty\t{entries}\t{engine:.1}\t{floor:.1}\t{ratio:.2}\t\t\t\t\t");
    }
    memory::print();
    threads::print();
}

/// Prints what hostile input costs.
pub(crate) fn print_hostile() {
    println!("{HEADER}");
    hostile::print();
}

/// Instructions, where there is a valgrind.
fn count() -> Counts {
    if !instructions::is_available() {
        eprintln!("no valgrind: instructions are not counted");
        return Counts::new();
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callgrind-summary");
    instructions::count(&[], &directory).unwrap_or_else(|error| {
        eprintln!("instructions are not counted: {error}");
        Counts::new()
    })
}

fn print_operation(operation: &Operation, counts: &Counts) {
    let mut sides = operation.build();
    let engine = time::minimum_of(&mut sides.engine, BUDGET);
    let floor = time::minimum_of(&mut sides.floor, BUDGET);
    let (allocations, bytes) = allocations(&mut sides.engine, operation.runs);
    let count = |side: &str| counts.get(&(operation.key(), side.to_owned())).copied();
    let text = |value: Option<String>| value.unwrap_or_default();
    println!(
        "{}\t{}\t{engine:.1}\t{floor:.1}\t{:.2}\t{}\t{allocations}\t{bytes}\t{}\t{}",
        operation.name,
        operation.n,
        engine / floor,
        text(count("engine").map(|count| count.to_string())),
        text(count("floor").map(|count| count.to_string())),
        text(count("engine").zip(count("floor")).map(|(engine, floor)| format!("{:.2}", engine as f64 / floor as f64))),
    );
}

/// Allocations and allocated bytes of one run.
fn allocations(side: &mut Side, runs: usize) -> (f64, f64) {
    let of = |runner: &mut dyn Runner| -> AllocationInfo {
        runner.prepare(runs);
        runner.run();
        runner.prepare(runs);
        let info = allocation_counter::measure(|| runner.run());
        runner.prepare(0);
        info
    };
    let per_run = |value: f64| (value / runs as f64 * 10.0).round() / 10.0;
    let mut bytes = Vec::new();
    let count = side.measure(|runner| {
        let info = of(runner);
        bytes.push(info.bytes_total as f64);
        info.count_total as f64
    });
    let parts: f64 = bytes.iter().skip(1).sum();
    (per_run(count), per_run(bytes.first().copied().unwrap_or_default() - parts))
}
