//! How many rows there are, and that no file is left lying about.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fetch_cors_spec_tests::fixture::{self, Row, Status};
use fetch_cors_spec_tests::oracle::skips;
use fetch_cors_spec_tests::run::{self, InMemory, Target, Verdict};
use fetch_cors_spec_tests::scenario::Scenario;
use fetch_cors_spec_tests::table::TableRow;

fn load<R: Row>() -> BTreeMap<PathBuf, Vec<R>> {
    fixture::load().unwrap_or_else(|error| panic!("{error}"))
}

fn count<R: Row>(statuses: &mut BTreeMap<Status, usize>) -> usize {
    let files = load::<R>();
    for (path, rows) in &files {
        let mut of_file: BTreeMap<Status, usize> = BTreeMap::new();
        for row in rows {
            *of_file.entry(row.status()).or_default() += 1;
            *statuses.entry(row.status()).or_default() += 1;
        }
        println!("{}: {of_file:?}", path.file_name().unwrap_or_default().to_string_lossy());
    }
    files.values().map(Vec::len).sum()
}

/// Scenarios alone must have 600 rows that a platform test shows, and tables too.
#[test]
fn there_are_enough_rows() {
    let mut of_scenarios = BTreeMap::new();
    let scenarios = count::<Scenario>(&mut of_scenarios);
    let mut of_tables = BTreeMap::new();
    let tables = count::<TableRow>(&mut of_tables);
    println!("{scenarios} scenarios {of_scenarios:?}, {tables} table rows {of_tables:?}");
    let current = |statuses: &BTreeMap<Status, usize>| statuses.get(&Status::Current).copied().unwrap_or(0);
    assert!(current(&of_scenarios) >= 600, "scenarios that a platform test shows: {of_scenarios:?}");
    assert!(current(&of_tables) >= 600, "table rows that a platform test shows: {of_tables:?}");
}

#[test]
fn every_id_is_unique_over_tables_and_scenarios() {
    let tables = load::<TableRow>();
    let scenarios = load::<Scenario>();
    let mut ids: Vec<&str> = tables.values().flatten().map(Row::id).collect();
    ids.extend(scenarios.values().flatten().map(Row::id));
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn every_file_is_read_by_a_test() {
    let read = load::<TableRow>().into_keys().chain(load::<Scenario>().into_keys());
    let read: Vec<_> = read.collect();
    let there = fixture::json_files(&fixture::root()).unwrap_or_else(|error| panic!("{error}"));
    // The schemas and the table of switches are read by the tests of these names.
    let others = ["schema", "switches.json"].map(|name| fixture::root().join(name));
    let is_other = |path: &&PathBuf| others.iter().any(|other| path.starts_with(other));
    let unread: Vec<_> = there.iter().filter(|path| !is_other(path) && !read.contains(path)).collect();
    assert!(!read.is_empty() && unread.is_empty(), "files that no test reads: {unread:?}");
}

/// Every row runs against both, or is skipped for a reason of the one list, each of which skips something.
#[test]
fn every_row_passes_against_engine_and_oracle() {
    let cases = run::embedded().unwrap_or_else(|error| panic!("{error}"));
    let reasons: Vec<&str> = skips::NEEDS.iter().chain(skips::FUNCTIONS).map(|(_, why)| *why).collect();
    let targets: [(&dyn Target, &[&str]); 2] = [(&InMemory::engine(), &[]), (&InMemory::oracle(), &reasons)];
    for (target, reasons) in targets {
        let result = run::run(target, &cases, 2, &|_, _| {}).unwrap_or_else(|error| panic!("{error}"));
        let mut skipped: BTreeMap<&str, usize> = reasons.iter().map(|reason| (*reason, 0)).collect();
        let mut failed = Vec::new();
        for case in &result.cases {
            match &case.verdict {
                Verdict::Passed => {}
                Verdict::Skipped(why) => {
                    let known = reasons.iter().find(|reason| !reason.is_empty() && why.ends_with(**reason));
                    let known = known.unwrap_or_else(|| panic!("{}: skipped: {why}", case.id));
                    *skipped.entry(known).or_default() += 1;
                }
                why => failed.push(format!("{}: {why:?}", case.id)),
            }
        }
        let passed = result.count("passed");
        println!("{}: {passed} passed, {} failed, skipped {skipped:#?}", target.name(), failed.len());
        assert!(failed.is_empty(), "{}:\n{}", target.name(), failed.join("\n"));
        assert!(skipped.values().all(|count| *count > 0), "a reason to skip that skips nothing: {skipped:?}");
        assert_eq!(passed + skipped.values().sum::<usize>(), cases.len());
    }
}
