//! One engine's choices, and all side by side.

mod support;

use serde_json::Value;
use support::{Server, fetch_from_page, reply};

/// A server that lets `*` do everything.
fn open() -> Server {
    Server::answering(|_| {
        let lines = [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Headers", "*"),
            ("Access-Control-Allow-Methods", "*"),
        ];
        reply(200, &lines, "")
    })
}

const WITH_TOKEN: [&str; 2] = ["--header", "Authorization: Bearer t"];

#[test]
fn a_profile_makes_its_engines_choice() {
    for (profile, code) in [("standard", 1), ("letter", 1), ("chromium", 0), ("gecko", 0), ("webkit", 0)] {
        let server = open();
        let run = fetch_from_page(&server.url("/"), &[&WITH_TOKEN[..], &["--profile", profile]].concat());
        run.expect_code(code);
    }
    let server = open();
    let switch = ["--switch", "authorization_under_wildcard=allowed"];
    fetch_from_page(&server.url("/"), &[WITH_TOKEN, switch].concat()).expect_code(0);
}

#[test]
fn all_profiles_stand_side_by_side_with_the_switch_that_matters() {
    let server = open();
    let run = fetch_from_page(&server.url("/"), &[&WITH_TOKEN[..], &["--profile", "all"]].concat()).expect_code(1);
    run.says("blocked authorization-not-named, stage preflight");
    run.says("delivered cors, status 200");
    run.says("chromium differs by authorization_under_wildcard: allowed, where the standard has refused");
    run.says("2 requests went over the wire, like ones once");
    let methods: Vec<String> = server.seen().iter().map(|request| request.method.clone()).collect();
    assert_eq!(methods, ["OPTIONS", "GET"], "what is alike is sent once");
}

#[test]
fn engines_that_agree_say_so() {
    let server = open();
    let run = fetch_from_page(&server.url("/"), &["--profile", "all", "--repeat", "2"]).expect_code(0);
    for engine in ["chromium", "gecko", "webkit"] {
        run.says(&format!("{engine} does as standard"));
    }
    assert_eq!(server.seen().len(), 2, "two fetches, each sent once");
}

#[test]
fn a_verbose_comparison_has_every_head() {
    let server = open();
    let run = fetch_from_page(&server.url("/"), &[&WITH_TOKEN[..], &["--profile", "all", "-v"]].concat());
    let run = run.expect_code(1);
    assert_eq!(run.stdout.matches("Access-Control-Request-Headers: authorization").count(), 4, "{}", run.stdout);
}

#[test]
fn the_document_has_a_member_for_each_profile() {
    let server = open();
    let run = fetch_from_page(&server.url("/"), &[&WITH_TOKEN[..], &["--profile", "all", "--json"]].concat());
    let document: Value = serde_json::from_str(&run.expect_code(1).stdout).expect("JSON");
    assert_eq!(document["requests_sent"], 2);
    let profiles = document["profiles"].as_array().expect("profiles");
    let of = |member: &str| -> Vec<Value> { profiles.iter().map(|profile| profile[member].clone()).collect() };
    assert_eq!(of("profile"), ["standard", "chromium", "gecko", "webkit"]);
    assert!(profiles[0]["checked_against"].is_null() && profiles[1]["checked_against"].is_string());
    assert_eq!(profiles[0]["because"], serde_json::json!([]));
    assert_eq!(profiles[1]["because"][0]["switch"], "authorization_under_wildcard");
    assert_eq!(profiles[0]["fetches"][0]["verdict"], "blocked");
    assert_eq!(profiles[2]["fetches"][0]["verdict"], "delivered");
}

#[test]
fn what_is_no_profile_or_switch_is_said_in_one_line() {
    for (arguments, says) in [
        (["--profile", "presto"], "expected letter, standard, chromium, gecko, webkit or all"),
        (["--switch", "cache_records"], "expected NAME=VALUE"),
        (["--switch", "presto=on"], "no switch \"presto\"; there are wildcard_of_credentialed_preflight, "),
        (
            ["--switch", "same_site_mode=on"],
            "the switch same_site_mode has no value \"on\"; it has text, site-for-cookies",
        ),
    ] {
        let run = fetch_from_page("http://127.0.0.1:9/", &arguments).expect_code(2);
        assert!(run.stderr.contains(says), "no {says:?} in {}", run.stderr);
    }
    let run = fetch_from_page("http://127.0.0.1:9/", &["--profile", "all", "-o", "-"]).expect_code(2);
    assert!(run.stderr.contains("--profile all writes no bodies"), "{}", run.stderr);
}
