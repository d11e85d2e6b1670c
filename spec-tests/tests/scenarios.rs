//! Every scenario against the engine, and what must make one fail, against the oracle too.

use fetch_cors_spec_tests::fixture::{self, read_row};
use fetch_cors_spec_tests::oracle;
use fetch_cors_spec_tests::scenario::{self, OutcomeModel, Scenario};
use serde_json::{Value, json};

fn rows() -> Vec<Scenario> {
    let files = fixture::load().unwrap_or_else(|error| panic!("{error}"));
    files.into_values().flatten().collect()
}

/// Runs one scenario.
type Run = fn(&Scenario) -> Result<(), String>;

/// The implementations that scenarios run against.
const IMPLEMENTATIONS: [Run; 2] = [scenario::run, oracle::scenario::run];

#[test]
fn every_scenario_comes_out_as_it_says() {
    let rows = fixture::run_all::<Scenario>(scenario::run).unwrap_or_else(|failed| panic!("{failed}"));
    println!("{rows} scenarios");
}

/// Exchanges the outcomes: a response where a network error came, and the other way round.
#[test]
fn a_scenario_with_the_wrong_outcome_fails() {
    for scenario in rows() {
        let mut wrong = scenario.clone();
        let Some(outcome) = wrong.steps.iter_mut().rev().find_map(|step| step.outcome.as_mut()) else {
            panic!("no fetch in {wrong:?}");
        };
        *outcome = match outcome {
            OutcomeModel::Response(_) => from_json(json!({"error": {}})),
            _ => from_json(json!({"response": {}})),
        };
        for run in IMPLEMENTATIONS {
            assert!(run(&wrong).is_err(), "{wrong:?}");
        }
    }
}

/// Drops the last exchange, or adds one that does not come.
#[test]
fn a_scenario_with_the_wrong_exchanges_fails() {
    for scenario in rows() {
        let mut wrong = scenario.clone();
        for exchanges in wrong.steps.iter_mut().filter_map(|step| step.exchanges.as_mut()) {
            if exchanges.pop().is_none() {
                exchanges.push(from_json(json!({"request": {}, "answer": {"status": 200}})));
            }
        }
        for run in IMPLEMENTATIONS {
            assert!(run(&wrong).is_err(), "{wrong:?}");
        }
    }
}

fn from_json<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_else(|error| panic!("{error}"))
}

/// One scenario that holds, and what must make it fail.
#[test]
fn every_kind_of_expectation_can_fail() {
    let scenario = json!({
        "id": "example", "wpt": [], "status": "spec-gap",
        "steps": [{
            "fetch": {"url": "{SUB}/r", "method": "PUT", "body": {"source": 3}},
            "exchanges": [
                {"preflight": {"method": "OPTIONS", "url": "{SUB}/r", "credentials": false, "body": "null",
                    "headers": {"origin": "{CLIENT}", "x-a": null}},
                 "answer": {"status": 204, "headers": [["access-control-allow-origin", "*"], ["access-control-allow-methods", "PUT"]]}},
                {"request": {"method": "PUT", "url": "{SUB}/r", "credentials": false, "body": "source", "mode": "cors",
                    "cache_mode": "default", "same_site": "strict-or-less", "may_prompt": false, "redirect_count": 0,
                    "headers": {"origin": "{CLIENT}", "cookie": null}},
                 "answer": {"status": 201, "headers": [["access-control-allow-origin", "*"], ["content-type", "a/b"], ["x-a", "1"]]}}
            ],
            "outcome": {"response": {"type": "cors", "status": 201, "url": "{SUB}/r", "urls": ["{SUB}/r"], "redirected": false,
                "headers": {"content-type": "a/b", "x-a": null}, "all_headers": [["content-type", "a/b"]], "body": "read",
                "timing_allow": false, "redirect_taint": "same-origin", "internal_status": 201}}
        }]
    });
    let run = |value: &Value| {
        let row = read_row::<Scenario>(value.clone());
        IMPLEMENTATIONS.map(|run| row.clone().and_then(|row| run(&row)))
    };
    for result in run(&scenario) {
        result.unwrap_or_else(|error| panic!("the example must hold: {error}"));
    }
    let step = "/steps/0";
    let (preflight, request, response) = ("exchanges/0/preflight", "exchanges/1/request", "outcome/response");
    for (place, wrong) in [
        (format!("{preflight}/method"), json!("GET")),
        (format!("{preflight}/url"), json!("{SUB}/other")),
        (format!("{preflight}/credentials"), json!(true)),
        (format!("{preflight}/body"), json!("source")),
        (format!("{preflight}/headers/origin"), json!("null")),
        (format!("{preflight}/headers/origin"), Value::Null),
        (format!("{preflight}/headers/x-a"), json!("1")),
        (format!("{request}/mode"), json!("no-cors")),
        (format!("{request}/cache_mode"), json!("reload")),
        (format!("{request}/same_site"), json!("unset-or-less")),
        (format!("{request}/may_prompt"), json!(true)),
        (format!("{request}/redirect_count"), json!(1)),
        (format!("{request}/headers/cookie"), json!("a=1")),
        (format!("{response}/type"), json!("basic")),
        (format!("{response}/status"), json!(200)),
        (format!("{response}/url"), Value::Null),
        (format!("{response}/urls"), json!([])),
        (format!("{response}/redirected"), json!(true)),
        (format!("{response}/headers/content-type"), json!("a")),
        (format!("{response}/headers/x-a"), json!("1")),
        (format!("{response}/all_headers"), json!([])),
        (format!("{response}/body"), json!("null")),
        (format!("{response}/timing_allow"), json!(true)),
        (format!("{response}/redirect_taint"), json!("same-site")),
        (format!("{response}/internal_status"), json!(200)),
        (format!("{response}/nobody_reads_this"), json!(1)),
        (format!("{request}/nobody_reads_this"), json!(1)),
        ("fetch/nobody_reads_this".into(), json!(1)),
        ("nobody_reads_this".into(), json!(1)),
        ("exchanges/1/answer/nobody_reads_this".into(), json!(1)),
    ] {
        let (parent, key) = place
            .rsplit_once('/')
            .map_or((step.to_owned(), place.as_str()), |(parent, key)| (format!("{step}/{parent}"), key));
        let mut changed = scenario.clone();
        let target = changed.pointer_mut(&parent).unwrap_or_else(|| panic!("{parent}"));
        target[key] = wrong;
        assert!(run(&changed).iter().all(Result::is_err), "{place}");
    }
}

/// An error's stage, reason and hop are compared too.
#[test]
fn every_part_of_an_error_can_fail() {
    let with = |error: Value| {
        let scenario = json!({
            "id": "example", "wpt": [], "status": "spec-gap",
            "steps": [{"fetch": {"url": "{SUB}/r"}, "exchanges": [{"request": {}, "answer": {"status": 200}}], "outcome": {"error": error}}]
        });
        let row = read_row::<Scenario>(scenario);
        IMPLEMENTATIONS.map(|run| row.clone().and_then(|row| run(&row)).is_ok())
    };
    assert_eq!(with(json!({"stage": "response", "reason": "allow-origin-missing", "redirects": 0})), [true; 2]);
    assert_eq!(with(json!({"reason": ["allow-origin-mismatch", "allow-origin-missing"]})), [true; 2]);
    assert_eq!(with(json!({"stage": "preflight"})), [false; 2]);
    assert_eq!(with(json!({"reason": "bad-port"})), [false; 2]);
    assert_eq!(with(json!({"reason": ["bad-port", "nosniff"]})), [false; 2]);
    assert_eq!(with(json!({"redirects": 1})), [false; 2]);
}
