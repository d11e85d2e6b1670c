//! Instructions of every operation, counted by callgrind, beside those of a baseline.
//!
//! `cargo bench --bench instructions` prints the difference and fails if an operation of the engine grew by
//! more than a tenth; with `-- --renew` it writes the baseline. Without valgrind it says that it skips.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use fetch_cors_benches::{instructions, operations};

/// How many hundredths an operation may grow.
const GROWTH: i64 = 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |argument: &str| arguments.iter().any(|given| given == argument);
    if has(instructions::CHILD) {
        instructions::run_child(operations());
        return ExitCode::SUCCESS;
    }
    if !instructions::is_available() {
        println!("skipped: there is no valgrind");
        return ExitCode::SUCCESS;
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callgrind");
    let counts = match instructions::count(&[], &directory) {
        Ok(counts) => counts,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.tsv");
    if has("--renew") {
        let mut text = "operation\tside\tinstructions\n".to_owned();
        for ((key, side), count) in &counts {
            let _ = writeln!(text, "{key}\t{side}\t{count}");
        }
        return match std::fs::write(&path, text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                ExitCode::FAILURE
            }
        };
    }
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut baseline: BTreeMap<(String, String), i64> = text.lines().skip(1).filter_map(line).collect();
    let mut grown = 0;
    println!("{:<60} {:>6} {:>10} {:>10} {:>8}", "operation", "side", "baseline", "now", "change");
    for ((key, side), count) in &counts {
        let before = baseline.remove(&(key.clone(), side.clone()));
        let change = before.map_or_else(
            || "new".to_owned(),
            |before| format!("{:+.1} %", (*count - before) as f64 * 100.0 / before as f64),
        );
        let is_grown = side == "engine" && before.is_some_and(|before| *count * 100 > before * (100 + GROWTH));
        grown += u32::from(is_grown);
        let mark = if is_grown { "  GREW" } else { "" };
        let before = before.map(|before| before.to_string()).unwrap_or_default();
        println!("{key:<60} {side:>6} {before:>10} {count:>10} {change:>8}{mark}");
    }
    for (key, side) in baseline.keys() {
        println!("{key:<60} {side:>6} is in the baseline only");
    }
    if grown > 0 {
        eprintln!(
            "{grown} operations grew by more than {GROWTH} %. Is that meant? cargo bench --bench instructions -- --renew"
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn line(line: &str) -> Option<((String, String), i64)> {
    let mut words = line.split('\t');
    let (key, side, count) = (words.next()?, words.next()?, words.next()?);
    Some(((key.to_owned(), side.to_owned()), count.parse().ok()?))
}
