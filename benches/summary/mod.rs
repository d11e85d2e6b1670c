//! One line per operation, then growth of the cache, memory and threads.

mod readme;
mod threads;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use fetch_cors_benches::instructions::{self, Counts};
use fetch_cors_benches::row::{HEADER, Row};
use fetch_cors_benches::{Operation, Reach, fill, operations, operations_of_growth, time};

/// How long the least ns of one side are looked for.
const BUDGET: Duration = Duration::from_millis(60);

/// Prints the table, tab-separated, header line first; `into_readme` puts it into the README too.
pub(crate) fn print(into_readme: bool) {
    let counts = count();
    let allocations = allocations();
    let mut rows = Vec::new();
    let mut take = |row: Row| {
        println!("{row}");
        rows.push(row);
    };
    println!("{HEADER}");
    for operation in operations().iter().chain(&operations_of_growth()) {
        take(measure(operation, &counts, &allocations));
    }
    for entries in [10_000, 100_000, 1_000_000] {
        let (engine, floor) = fill(entries);
        let [engine, floor] = [engine, floor].map(|took| took.as_nanos() as f64 / f64::from(entries));
        take(Row { ns: Some(engine), floor_ns: Some(floor), ..Row::new("5 cache store, all from empty", entries) });
    }
    allocations.into_iter().filter(|row| row.name.starts_with("memory")).for_each(&mut take);
    threads::rows(&mut take);
    if into_readme {
        readme::write(&rows);
    }
}

/// What the program that counts allocations prints.
fn allocations() -> Vec<Row> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["bench", "--quiet", "--bench", "allocations"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).lines().skip(1).filter_map(Row::parse).collect()
        }
        other => {
            eprintln!("allocations are not counted: {other:?}");
            Vec::new()
        }
    }
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

fn measure(operation: &Operation, counts: &Counts, allocations: &[Row]) -> Row {
    let mut sides = operation.build();
    let count = |side: &str| counts.get(&(operation.key(), side.to_owned())).map(|count| *count as f64);
    let counted = allocations.iter().find(|row| row.name == operation.name && row.n == operation.n);
    let mut row = Row {
        ns: Some(time::minimum_of(&mut sides.engine, BUDGET)),
        floor_ns: Some(time::minimum_of(&mut sides.floor, BUDGET)),
        instructions: count("engine"),
        floor_instructions: count("floor"),
        allocations: counted.and_then(|row| row.allocations),
        bytes: counted.and_then(|row| row.bytes),
        ..Row::new(operation.name, operation.n)
    };
    let at_most = |most: u64| row.allocations.map(|count| count <= most as f64);
    match operation.reach {
        None => {}
        Some(Reach::Absolute { instructions, allocations: most }) => {
            let is_met = |(count, is_few): (f64, bool)| count <= instructions as f64 && is_few;
            row.met = row.instructions.zip(at_most(most)).map(is_met);
            row.reach = format!("≤ {instructions} instructions, {most} allocations");
        }
        Some(Reach::OfFloor { percent, allocations: most }) => {
            let is_met = |(ratio, is_few): (f64, bool)| ratio * 100.0 <= percent as f64 && is_few;
            row.met = row.instruction_ratio().zip(most.map_or(Some(true), at_most)).map(is_met);
            row.reach = format!("≤ {} × floor", percent as f64 / 100.0);
            if let Some(most) = most {
                row.reach += &format!(", {most} allocations");
            }
        }
        Some(Reach::TimeOfFloor { percent }) => {
            row.met = row.ratio().map(|ratio| ratio * 100.0 <= percent as f64);
            row.reach = format!("≤ {} × the floor's ns", percent as f64 / 100.0);
        }
        Some(_) => {}
    }
    row
}
