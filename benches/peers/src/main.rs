//! The operations of fetch-cors beside what peers publish, in one run on one machine.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml` writes a table (Markdown, also to standard
//! output) and a chart (SVG) beside this crate's manifest. A cell is empty where a peer does not publish
//! the operation.

#![allow(clippy::disallowed_methods, reason = "traps of the engine; here headers are few and known")]

mod chart;
mod peers;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use fetch_cors_benches::instructions::{self, Counts};
use fetch_cors_benches::{Operation, Side, operations, time};

const BUDGET: Duration = Duration::from_millis(100);

/// What one side of an operation costs.
pub(crate) struct Cell {
    pub(crate) side: &'static str,
    pub(crate) ns: f64,
    pub(crate) instructions: Option<i64>,
    pub(crate) allocations: f64,
}

/// An operation with what each side costs.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) cells: Vec<Cell>,
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == instructions::CHILD) {
        instructions::run_child(rows());
        return ExitCode::SUCCESS;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let counts = count(&here.join("target/callgrind"));
    let rows: Vec<Row> = rows().iter().map(|operation| measure(operation, &counts)).collect();
    let table = table(&rows);
    print!("{table}");
    for (name, text) in [("table.md", &table), ("chart.svg", &chart::svg(&rows))] {
        if let Err(error) = std::fs::write(here.join(name), text) {
            eprintln!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// The operations that others have too.
fn rows() -> Vec<Operation> {
    operations().into_iter().filter(|operation| !operation.name.starts_with("path")).map(peers::beside).collect()
}

fn count(directory: &Path) -> Counts {
    if !instructions::is_available() {
        eprintln!("no valgrind: instructions are not counted");
        return Counts::new();
    }
    instructions::count(&[], directory).unwrap_or_else(|error| {
        eprintln!("instructions are not counted: {error}");
        Counts::new()
    })
}

fn measure(operation: &Operation, counts: &Counts) -> Row {
    let cell = |(name, side): (&'static str, &mut Side)| Cell {
        side: name,
        ns: time::minimum_of(side, BUDGET),
        instructions: counts.get(&(operation.key(), name.to_owned())).copied(),
        allocations: side.measure(|runner| {
            runner.prepare(operation.runs);
            runner.run();
            runner.prepare(operation.runs);
            allocation_counter::measure(|| runner.run()).count_total as f64
        }) / operation.runs as f64,
    };
    Row { name: operation.key(), cells: operation.build().iter_mut().map(cell).collect() }
}

/// ns / instructions / allocations of each side, and how many times the engine's cost the best peer's is.
fn table(rows: &[Row]) -> String {
    let is_there = |name: &&str| rows.iter().any(|row| row.cells.iter().any(|cell| cell.side == *name));
    let names: Vec<&str> = peers::NAMES.into_iter().filter(is_there).collect();
    let mut text = "| operation | fetch-cors | floor |".to_owned();
    for name in &names {
        let _ = write!(text, " {name} |");
    }
    text.push_str(" to floor | best peer |\n|---|--:|--:|");
    text.push_str(&"--:|".repeat(names.len() + 2));
    text.push('\n');
    for row in rows {
        let _ = write!(text, "| {} |", row.name);
        let of = |side: &str| row.cells.iter().find(|cell| cell.side == side);
        for side in ["engine", "floor"].iter().chain(&names) {
            let _ = write!(text, " {} |", of(side).map(show).unwrap_or_default());
        }
        let engine = of("engine").map(cost);
        let ratio = |other: Option<f64>, part: fn(f64, f64) -> f64| {
            engine.zip(other).map(|(engine, other)| format!("{:.1}", part(engine, other))).unwrap_or_default()
        };
        let best =
            row.cells.iter().filter(|cell| peers::SAME_OPERATION.contains(&cell.side)).map(cost).reduce(f64::min);
        let floor = ratio(of("floor").map(cost), |engine, floor| engine / floor);
        let _ = writeln!(text, " {floor} | {} |", ratio(best, |engine, peer| peer / engine));
    }
    text.push_str(
        "\nns (least) / instructions / allocations. Ratios are of instructions, or of ns where none are counted; that to \
         the best peer is how many times as much it takes.\n",
    );
    text
}

fn show(cell: &Cell) -> String {
    let instructions = cell.instructions.map(|count| count.to_string()).unwrap_or_default();
    format!("{:.0} / {instructions} / {:.0}", cell.ns, cell.allocations)
}

/// What ratios are made of.
pub(crate) fn cost(cell: &Cell) -> f64 {
    cell.instructions.map_or(cell.ns, |count| count as f64)
}
