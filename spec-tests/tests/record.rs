//! The recorder against every scenario, and the variants that it makes.

use fetch_cors::Profile;
use fetch_cors_spec_tests::fixture;
use fetch_cors_spec_tests::record::{self, Missing, variants};
use fetch_cors_spec_tests::run::{self, Kind};
use serde_json::{Value, json};

fn rows() -> Vec<Value> {
    let cases = run::embedded().unwrap_or_else(|error| panic!("{error}"));
    cases.into_iter().filter(|case| case.kind == Kind::Scenario).map(|case| case.row).collect()
}

fn row(id: &str) -> Value {
    rows().into_iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no row {id}"))
}

/// Everything is asserted again, and nothing else.
#[test]
fn every_scenario_is_recorded_as_it_is_written() {
    let rows = rows();
    assert!(rows.len() > 1000);
    let mut wrong = Vec::new();
    for row in rows {
        let name = row["config"]["profile"].as_str().unwrap_or("standard");
        let profile = Profile::from_name(name).unwrap_or_else(|| panic!("no profile {name}"));
        match record::steps(&row, &profile, Missing::Refuse) {
            Ok(steps) if steps == row["steps"] => {}
            Ok(steps) => wrong.push(format!("{}: {steps:#}", row["id"])),
            Err(why) => wrong.push(format!("{}: {why}", row["id"])),
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// A recording does not copy what the row says.
#[test]
fn wrong_values_are_recorded_as_what_is_seen() {
    for mut row in rows() {
        let right = row["steps"].clone();
        let mut changed = false;
        for step in row["steps"].as_array_mut().into_iter().flatten() {
            let exchanges = step.get_mut("exchanges").and_then(Value::as_array_mut);
            for exchange in exchanges.into_iter().flatten() {
                for kind in ["preflight", "request"] {
                    if let Some(method) = exchange.get_mut(kind).and_then(|request| request.get_mut("method")) {
                        *method = "WRONG".into();
                        changed = true;
                    }
                }
            }
            if let Some(status) = step.pointer_mut("/outcome/response/status") {
                *status = 999.into();
                changed = true;
            }
        }
        let name = row["config"]["profile"].as_str().unwrap_or("standard");
        let profile = Profile::from_name(name).unwrap_or_else(|| panic!("no profile {name}"));
        if changed {
            assert_eq!(record::steps(&row, &profile, Missing::Refuse).as_ref(), Ok(&right), "{}", row["id"]);
        }
    }
}

#[test]
fn engines_that_do_the_same_by_the_same_switch_are_one_variant() {
    let row = row("preflight-allow-lists-get-authorization-refused");
    let engines = [Profile::chromium(), Profile::gecko(), Profile::webkit()];
    let found = variants::of_row(&row, &engines, Missing::Supply).unwrap_or_else(|error| panic!("{error}"));
    let [variant] = &found[..] else { panic!("{found:?}") };
    assert_eq!(variant.of, ["chromium", "gecko", "webkit"]);
    assert_eq!(variant.switches, ["authorization_under_wildcard"]);
    let exchanges = variant.steps[0]["exchanges"].as_array().map_or(0, Vec::len);
    assert_eq!(exchanges, 2);
    assert!(variant.steps[0]["outcome"].get("response").is_some(), "{}", variant.steps);
    assert!(variants::of_row(&row, &engines, Missing::Refuse).is_err());
}

/// What is supplied is such that the fetch goes on, and is written with symbols.
#[test]
fn what_the_script_does_not_answer_can_be_supplied() {
    let row = json!({"id": "x", "wpt": [], "status": "spec-gap", "steps": [{
        "fetch": {"url": "{SUB}/r", "credentials": "include"},
        "exchanges": [],
        "outcome": {"response": {"type": "cors", "status": 200, "url": "{SUB}/r"}},
    }]});
    let recorded = record::steps(&row, &Profile::standard(), Missing::Supply).unwrap_or_else(|error| panic!("{error}"));
    let exchange = json!({
        "request": {"method": "GET", "url": "{SUB}/r"},
        "answer": {"status": 200, "headers": [["access-control-allow-origin", "{CLIENT}"], ["access-control-allow-credentials", "true"]]},
    });
    assert_eq!(recorded[0]["exchanges"], json!([exchange]));
    assert_eq!(recorded[0]["outcome"], row["steps"][0]["outcome"]);
}

#[test]
fn a_row_keeps_what_else_is_said_of_a_variant() {
    let mut row = row("preflight-allow-lists-get-authorization-refused");
    let engines = [Profile::chromium(), Profile::gecko()];
    row["profiles"] = json!([
        {"of": ["gecko"], "switches": [], "why": "old", "steps": []},
        {"of": ["webkit", "chromium"], "switches": [], "steps": []},
    ]);
    let found = variants::of_row(&row, &engines, Missing::Supply).unwrap_or_else(|error| panic!("{error}"));
    variants::put(&mut row, &engines, found.clone());
    assert_eq!(row["profiles"][0], json!({"of": ["webkit"], "switches": [], "steps": []}));
    assert_eq!(row["profiles"][1]["of"], json!(["chromium", "gecko"]));
    assert_eq!(row["profiles"][1]["steps"], found[0].steps);
    variants::put(&mut row, &engines, Vec::new());
    variants::put(&mut row, &[Profile::webkit()], Vec::new());
    assert_eq!(row.get("profiles"), None);
}

#[test]
fn what_the_script_does_not_answer_cannot_be_recorded() {
    let mut row = row("preflight-allow-lists-get-authorization-refused");
    row["steps"][0]["exchanges"] = json!([]);
    let failed = record::steps(&row, &Profile::standard(), Missing::Refuse);
    assert!(failed.as_ref().is_err_and(|why| why.contains("no answer for a preflight of http")), "{failed:?}");
}

#[test]
fn a_file_that_is_laid_out_anew_reads_the_same() {
    for path in fixture::json_files(&fixture::root()).unwrap_or_else(|error| panic!("{error}")) {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
        let again: Value =
            serde_json::from_str(&record::layout::file(&value)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(value, again);
    }
}
