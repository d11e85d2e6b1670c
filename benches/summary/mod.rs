//! One line per operation, then growth of the cache, memory and threads.

mod hostile;
mod memory;
mod readme;
mod row;
mod threads;

use std::path::Path;
use std::time::Duration;

use fetch_cors_benches::instructions::{self, Counts};
use fetch_cors_benches::{Operation, Reach, Runner, Side, fill, operations, operations_of_growth, time};

use row::{HEADER, Row};

/// How long the least ns of one side are looked for.
const BUDGET: Duration = Duration::from_millis(60);

/// Prints the table, tab-separated, header line first; `into_readme` puts it into the README too.
pub(crate) fn print(into_readme: bool) {
    let counts = count();
    let mut rows = Vec::new();
    let mut take = |row: Row| {
        println!("{row}");
        rows.push(row);
    };
    println!("{HEADER}");
    for operation in operations().iter().chain(&operations_of_growth()) {
        take(measure(operation, &counts));
    }
    for entries in [10_000, 100_000, 1_000_000] {
        let (engine, floor) = fill(entries);
        let [engine, floor] = [engine, floor].map(|took| took.as_nanos() as f64 / f64::from(entries));
        take(Row { ns: Some(engine), floor_ns: Some(floor), ..Row::new("5 cache store, all from empty", entries) });
    }
    memory::rows(&mut take);
    threads::rows(&mut take);
    if into_readme {
        readme::write(&rows);
    }
}

/// Prints what hostile input costs.
pub(crate) fn print_hostile() {
    println!("{HEADER}");
    hostile::rows(&mut |row| println!("{row}"));
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

fn measure(operation: &Operation, counts: &Counts) -> Row {
    let mut sides = operation.build();
    let count = |side: &str| counts.get(&(operation.key(), side.to_owned())).map(|count| *count as f64);
    let (allocations, bytes) = allocations(&mut sides.engine, operation.runs);
    let mut row = Row {
        ns: Some(time::minimum_of(&mut sides.engine, BUDGET)),
        floor_ns: Some(time::minimum_of(&mut sides.floor, BUDGET)),
        instructions: count("engine"),
        floor_instructions: count("floor"),
        allocations: Some(allocations),
        bytes: Some(bytes),
        ..Row::new(operation.name, operation.n)
    };
    match operation.reach {
        None => {}
        Some(Reach::Absolute { instructions, allocations: most }) => {
            row.reach = format!("≤ {instructions} instructions, {most} allocations");
            row.met = row.instructions.map(|count| count <= instructions as f64 && allocations <= most as f64);
        }
        Some(Reach::OfFloor { percent, allocations: most }) => {
            row.reach = format!("≤ {} × floor", percent as f64 / 100.0);
            let is_few = most.is_none_or(|most| allocations <= most as f64);
            if let Some(most) = most {
                row.reach += &format!(", {most} allocations");
            }
            let ratio = row.instruction_ratio();
            row.met = ratio.map(|ratio| ratio * 100.0 <= percent as f64 && is_few);
        }
        Some(_) => {}
    }
    row
}

/// Allocations and allocated bytes of one run.
fn allocations(side: &mut Side, runs: usize) -> (f64, f64) {
    let of = |runner: &mut dyn Runner| {
        runner.prepare(runs);
        runner.run();
        runner.prepare(runs);
        let info = allocation_counter::measure(|| runner.run());
        runner.prepare(0);
        info
    };
    let mut bytes = Vec::new();
    let count = side.measure(|runner| {
        let info = of(runner);
        bytes.push(info.bytes_total as f64);
        info.count_total as f64
    });
    let parts: f64 = bytes.iter().skip(1).sum();
    let per_run = |value: f64| (value / runs as f64 * 10.0).round() / 10.0;
    (per_run(count), per_run(bytes.first().copied().unwrap_or_default() - parts))
}
