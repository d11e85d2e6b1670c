//! Every table row against the engine.

use fetch_cors_spec_tests::fixture;
use fetch_cors_spec_tests::oracle;
use fetch_cors_spec_tests::table::{self, FUNCTIONS, TableRow};

fn rows() -> Vec<TableRow> {
    let files = fixture::load().unwrap_or_else(|error| panic!("{error}"));
    files.into_values().flatten().collect()
}

#[test]
fn every_row_has_the_result_that_it_says() {
    let rows = fixture::run_all::<TableRow>(table::run).unwrap_or_else(|failed| panic!("{failed}"));
    println!("{rows} rows");
}

#[test]
fn every_function_has_rows() {
    let rows = rows();
    let named = |name: &str| rows.iter().any(|row| row.function == name);
    let unused: Vec<_> = FUNCTIONS.iter().map(|(name, _)| *name).filter(|name| !named(name)).collect();
    assert!(unused.is_empty(), "functions without a row: {unused:?}");
}

/// With the engine, and with the oracle.
fn fails(row: &TableRow) {
    for run in [table::run, oracle::table::run] {
        assert!(run(row).is_err(), "{row:?}");
    }
}

/// A result that cannot be right must be told from the right one, in every single row.
#[test]
fn a_row_with_a_wrong_result_fails() {
    for row in rows() {
        let mut wrong = row.clone();
        wrong.expect = serde_json::json!({"never": "this"});
        fails(&wrong);
        if let Some(is) = row.expect.as_bool() {
            wrong.expect = (!is).into();
            fails(&wrong);
        }
    }
}

/// A key that nobody reads must not pass for a check.
#[test]
fn a_row_with_an_unknown_key_fails() {
    for mut row in rows() {
        if let Some(input) = row.input.as_object_mut() {
            input.insert("nobody_reads_this".into(), true.into());
        }
        fails(&row);
    }
}
