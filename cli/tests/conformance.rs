//! `fetch-cors conformance`: the kit passes what is right and catches what is wrong.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_fetch-cors");

fn run(arguments: &[&str]) -> Output {
    let output = Command::new(BINARY).arg("conformance").args(arguments).output();
    output.unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

fn code(arguments: &[&str]) -> Option<i32> {
    run(arguments).status.code()
}

/// The results as JSON, and the exit status.
fn results(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = run(&[&["--format", "json"], arguments].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    let value: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text} {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(value["version"], 1);
    (value, output.status.code())
}

fn verdicts(target: &Value) -> BTreeMap<&str, &str> {
    let cases = target["cases"].as_array().unwrap_or_else(|| panic!("no cases"));
    let word = |case: &'_ Value| (case["id"].as_str().map(str::len), case["verdict"].as_str().map(str::len));
    assert!(cases.iter().all(|case| word(case).0.is_some() && word(case).1.is_some()));
    cases.iter().filter_map(|case| Some((case["id"].as_str()?, case["verdict"].as_str()?))).collect()
}

#[test]
fn the_engine_passes_every_case() {
    let (value, code) = results(&["--target", "engine"]);
    let target = &value["targets"][0];
    assert_eq!(
        (&target["name"], &target["failed"], &target["skipped"], code),
        (&json!("engine"), &json!(0), &json!(0), Some(0))
    );
    assert!(target["passed"].as_u64().is_some_and(|passed| passed > 5_000), "{}", target["passed"]);
}

/// The engine over real connections: no failure, and a need behind every skip.
#[test]
fn the_engine_passes_as_a_program() {
    let (value, code) = results(&["--", BINARY, "conformance-target"]);
    let target = &value["targets"][0];
    let failures: Vec<&Value> =
        target["cases"].as_array().into_iter().flatten().filter(|case| case["verdict"] == "failed").collect();
    assert!(failures.is_empty() && code == Some(0), "{failures:?}");
    let skipped = target["cases"].as_array().into_iter().flatten().filter(|case| case["verdict"] == "skipped");
    let unexplained: Vec<&Value> =
        skipped.filter(|case| !case["reason"].as_str().is_some_and(|reason| reason.starts_with("needs "))).collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
    let scenarios = ["--area", "preflight-cache", "--area", "redirect-userinfo"];
    let (value, _) = results(&[&scenarios[..], &["--", BINARY, "conformance-target"]].concat());
    assert!(
        value["targets"][0]["passed"].as_u64().is_some_and(|passed| passed > 140),
        "{}",
        value["targets"][0]["passed"]
    );
}

/// One mistake of the naive client each, and a case that simple clients get right.
#[test]
fn a_naive_client_is_caught() {
    let program = format!("{BINARY} conformance-target --naive");
    let (value, code) = results(&["--command", &program]);
    assert_eq!(code, Some(1));
    let verdicts = verdicts(&value["targets"][0]);
    for (case, verdict) in [
        ("common-mistakes-redirect-without-allow-origin", "failed"),
        ("common-mistakes-redirect-to-third-origin-sends-null", "failed"),
        ("common-mistakes-allow-origin-first-line-matches", "failed"),
        ("common-mistakes-content-type-text-plain-json-suffix", "failed"),
        ("common-mistakes-chain-back-home-is-filtered", "failed"),
        ("common-mistakes-redirect-302-drops-content-type", "failed"),
        ("cors-check-credentials-include-acac-true-acao-star", "failed"),
        ("exposed-headers-age-unlisted-default-hidden", "failed"),
        ("preflight-allow-lists-acam-lower-case-does-not-match", "failed"),
        ("preflight-allow-lists-star-omit-post-authorization-acam-star-acah-star-refused", "failed"),
        ("preflight-cache-second-put-uses-cache", "failed"),
        ("preflight-decision-safelisted-values-total-1025", "failed"),
        ("preflight-request-request-headers-sorted-lower-unique", "failed"),
        ("preflight-status-preflight-302-with-location", "failed"),
        ("redirect-preflight-307-client-to-sub-x-w3c-refused", "failed"),
        ("redirect-userinfo-cors-302-client-port2-to-sub-user-colon-password-refused", "failed"),
        ("cors-check-acao-star", "passed"),
        ("common-mistakes-answer-without-allow-origin", "passed"),
        ("preflight-allow-lists-put-no-unsafe-header-refused", "passed"),
        ("common-mistakes-file-url-in-cors-mode", "passed"),
        ("preflight-cache-expires-after-max-age", "skipped"),
    ] {
        assert_eq!(verdicts.get(case), Some(&verdict), "{case}");
    }
}

/// The example on the protocol's page works as it stands there.
#[test]
fn the_example_of_the_protocol_passes_simple_cases() {
    let page = include_str!("../../spec-tests/COMMAND.md");
    let example = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next());
    let example = example.unwrap_or_else(|| panic!("no example"));
    assert!(example.lines().count() <= 60, "the example is longer than a page");
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        println!("no python3 here to run the example with");
        return;
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("example.py");
    std::fs::write(&file, example).unwrap_or_else(|error| panic!("{error}"));
    let (value, _) = results(&["--area", "cors-check", "--", "python3", &file.to_string_lossy()]);
    let verdicts = verdicts(&value["targets"][0]);
    for case in ["cors-check-acao-star", "cors-check-acao-client", "cors-check-sub-head-granted"] {
        assert_eq!(verdicts.get(case), Some(&"passed"), "{case}");
    }
    assert_eq!(verdicts.get("cors-check-credentials-include-acac-true-acao-star"), Some(&"failed"));
}

#[test]
fn expected_failures_need_to_fail() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("expected.json");
    let path = file.to_string_lossy().into_owned();
    let naive = format!("{BINARY} conformance-target --naive");
    let with = |cases: Value| {
        let text = json!({"version": 1, "targets": {"naive-program": cases}}).to_string();
        std::fs::write(&file, text).unwrap_or_else(|error| panic!("{error}"));
        code(&[
            "--name",
            "max-age-0-not-cached",
            "--name",
            "second-put-uses-cache",
            "--command",
            &naive,
            "--expected-failures",
            &path,
        ])
    };
    let second = "preflight-cache-second-put-uses-cache";
    assert_eq!(with(json!({second: "no cache"})), Some(0));
    assert_eq!(with(json!({})), Some(1));
    assert_eq!(with(json!({second: "no cache", "preflight-cache-max-age-0-not-cached": "passes"})), Some(1));
    assert_eq!(with(json!({second: ""})), Some(2));
}

#[test]
fn other_forms_and_filters() {
    let shown = |arguments: &[&str]| String::from_utf8_lossy(&run(arguments).stdout).into_owned();
    assert!(shown(&["--area", "ports", "--format", "junit"]).contains("<testsuite name=\"engine\" tests=\"191\""));
    assert!(shown(&["--area", "ports", "--format", "html"]).contains("191 passed, 0 failed, 0 skipped"));
    assert_eq!(shown(&["--area", "ports", "--shard", "2/4", "--list"]).lines().count(), 48);
    assert!(shown(&["--anchor", "block-bad-port", "--need", "fixed-port"]).contains("passed, 0 failed"));
    assert!(shown(&["--name", "no-preflight-cache"]).starts_with("engine: 1 passed"));
}

#[test]
fn what_cannot_run_is_a_matter_of_usage() {
    assert_eq!(code(&["--area", "nowhere"]), Some(2));
    assert_eq!(code(&["--shard", "3/2"]), Some(2));
    assert_eq!(code(&["--jobs", "0"]), Some(2));
    assert_eq!(code(&["--command", "a-program-that-is-not-there"]), Some(2));
    assert_eq!(code(&["--fixtures", "a-folder-that-is-not-there"]), Some(2));
    assert_eq!(code(&["--expected-failures", "a-file-that-is-not-there"]), Some(2));
    // A program that ends at once, and one that says something else.
    assert_eq!(code(&["--command", &format!("{BINARY} --version")]), Some(2));
    assert_eq!(code(&["--timeout", "0"]), Some(2));
    assert_eq!(code(&["--profile", "presto"]), Some(2));
    assert_eq!(code(&["--profile", "gecko", "--target", "oracle"]), Some(2));
}

/// The engine comes out as the variants of its profile say, in memory and as a program.
#[test]
fn the_engine_passes_under_every_profile() {
    let lower_bounds = [("chromium", 5), ("gecko", 5), ("webkit", 5)];
    for (profile, variants) in lower_bounds {
        let (value, code) = results(&["--profile", profile]);
        let target = &value["targets"][0];
        let agreement = &target["agreement"];
        assert_eq!((&target["profile"], &target["failed"], code), (&json!(profile), &json!(0), Some(0)), "{agreement}");
        let with = |what: &str| agreement[what].as_u64().unwrap_or_default();
        assert_eq!(with("run"), with("with_profile"));
        assert!(with("with_profile") >= with("with_standard") + variants, "{profile}: {agreement}");
        let skipped = target["cases"].as_array().into_iter().flatten().filter(|case| case["verdict"] == "skipped");
        let mut skipped = skipped.map(|case| &case["reason"]);
        assert!(skipped.all(|reason| reason == "it sets switches of its own"));
    }
    // What the standard expects of it, it does not do.
    let authorization = ["--name", "get-authorization-refused", "--", BINARY, "conformance-target"];
    let (value, code) = results(&[&["--profile", "gecko"], &authorization[..]].concat());
    let target = &value["targets"][0];
    assert_eq!((&target["cases"][0]["has_variant"], &target["passed"], code), (&json!(true), &json!(1), Some(0)));
    let (value, _) = results(&authorization);
    assert_eq!(value["targets"][0]["cases"][0]["has_variant"], false);
}
