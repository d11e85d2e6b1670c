//! Instructions, counted by callgrind.
//!
//! A program that measures starts itself under `valgrind --tool=callgrind`, with [`CHILD`] as argument.
//! The child runs every side of every operation inside one function; callgrind collects inside of it only,
//! and writes one file each time it is left. No client requests, so no header of valgrind is needed, and
//! any valgrind will do.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::{Operation, Runner};

/// The argument of the child.
pub const CHILD: &str = "--under-callgrind";

/// The function in which callgrind collects.
#[inline(never)]
fn collected_by_callgrind(runner: &mut dyn Runner) {
    runner.run();
}

/// The function behind which callgrind writes a file. Apart from the other, as callgrind takes one setting
/// for each function.
#[inline(never)]
fn dumped_by_callgrind(runner: &mut dyn Runner) {
    collected_by_callgrind(runner);
    std::hint::black_box(());
}

/// What the child does: one count for each runner of each side, in order, and a line that says of what.
pub fn run_child(operations: impl IntoIterator<Item = Operation>) {
    for operation in operations {
        let mut sides = operation.build();
        for (name, side) in sides.iter_mut() {
            for (index, runner) in side.runners().enumerate() {
                // What is made once is made now.
                runner.prepare(operation.runs);
                runner.run();
                runner.prepare(operation.runs);
                dumped_by_callgrind(&mut **runner);
                runner.prepare(0);
                let kind = if index == 0 { "whole" } else { "part" };
                println!("{}\t{name}\t{kind}\t{}", operation.key(), operation.runs);
            }
        }
    }
}

/// Whether there is a valgrind.
pub fn is_available() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Instructions of one run, by the operation's [`key`](Operation::key) and its side: `engine`, `floor` or a peer's name.
pub type Counts = BTreeMap<(String, String), i64>;

/// Counts: runs this program once more, under callgrind, which writes its files into `directory`.
/// `arguments` go to the child behind [`CHILD`].
///
/// # Errors
/// What went wrong, in words.
pub fn count(arguments: &[String], directory: &Path) -> Result<Counts, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
    let program = std::env::current_exe().map_err(|error| failed("own path", &error))?;
    std::fs::create_dir_all(directory).map_err(|error| failed("directory for counts", &error))?;
    for old in std::fs::read_dir(directory).map_err(|error| failed("directory for counts", &error))?.flatten() {
        std::fs::remove_file(old.path()).map_err(|error| failed("old counts", &error))?;
    }
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg("--collect-atstart=no")
        .arg("--toggle-collect=*collected_by_callgrind*")
        .arg("--dump-after=*dumped_by_callgrind*")
        .arg(format!("--callgrind-out-file={}", directory.join("out").display()))
        .arg(program)
        .arg(CHILD)
        .args(arguments)
        .output()
        .map_err(|error| failed("valgrind", &error))?;
    if !output.status.success() {
        return Err(format!("valgrind ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    // For those who look into a file with callgrind_annotate: line N says what `out.N` is.
    std::fs::write(directory.join("index.tsv"), &output.stdout).map_err(|error| failed("index of counts", &error))?;
    let mut counts = Counts::new();
    for (index, line) in String::from_utf8_lossy(&output.stdout).lines().enumerate() {
        let path = directory.join(format!("out.{}", index + 1));
        let text = std::fs::read_to_string(&path).map_err(|error| failed("counts of callgrind", &error))?;
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
        let total = total.and_then(|total| total.trim().parse::<i64>().ok()).ok_or("no total in callgrind's file")?;
        let mut words = line.split('\t').map(str::to_owned);
        let (Some(key), Some(side), Some(kind)) = (words.next(), words.next(), words.next()) else {
            return Err(format!("the child said {line:?}"));
        };
        let runs = words.next().and_then(|runs| runs.parse::<i64>().ok()).unwrap_or(1);
        let per_run = total / runs;
        *counts.entry((key, side)).or_default() += if kind == "whole" { per_run } else { -per_run };
    }
    Ok(counts)
}
