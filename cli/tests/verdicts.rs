//! What is delivered and what is blocked, with the exit status of each.

mod support;

use support::{PAGE, Server, fetch, fetch_from_page, reply};

const OPEN: &[(&str, &str)] = &[("Access-Control-Allow-Origin", "*")];

#[test]
fn an_open_resource_is_delivered() {
    let server = Server::answering(|_| reply(200, OPEN, "hello"));
    let run = fetch_from_page(&server.url("/open"), &[]).expect_code(0);
    run.says("delivered type cors, status 200");
    run.says("CORS check passed");
    assert_eq!(server.seen()[0].header("origin"), [PAGE]);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_404_is_delivered_like_any_other_status() {
    let server = Server::answering(|_| reply(404, OPEN, ""));
    fetch_from_page(&server.url("/"), &[]).expect_code(0).says("status 404");
}

#[test]
fn an_opaque_response_is_delivered_without_anything_in_it() {
    let server = Server::answering(|_| reply(200, &[("X-Secret", "1")], "pixels"));
    let run = fetch_from_page(&server.url("/"), &["--mode", "no-cors", "-o", "-"]).expect_code(0);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("type opaque, status 0"), "{}", run.stderr);
    assert!(run.stderr.contains("no headers") && run.stderr.contains("no body"), "{}", run.stderr);
}

#[test]
fn a_same_origin_response_is_basic() {
    let server = Server::answering(|_| reply(200, &[("X-Any", "1"), ("Set-Cookie", "a=b")], ""));
    let run = fetch(&[&server.url("/"), "--origin", &server.origin()]).expect_code(0);
    run.says("type basic");
    run.says("x-any: 1");
    run.says("hidden: set-cookie");
}

#[test]
fn a_missing_header_is_a_block_with_reason_facts_anchor_and_remedy() {
    let server = Server::answering(|_| reply(200, &[], "secret"));
    let run = fetch_from_page(&server.url("/"), &["-o", "-"]).expect_code(1);
    assert_eq!(run.stdout, "");
    for text in [
        "blocked allow-origin-missing",
        "wanted: https://shop.example",
        "remedy answer with `Access-Control-Allow-Origin: https://shop.example`",
        "https://fetch.spec.whatwg.org/#concept-cors-check",
    ] {
        assert!(run.stderr.contains(text), "no {text:?} in\n{}", run.stderr);
    }
}

#[test]
fn two_allow_origin_lines_are_not_merged_into_one() {
    let lines = [("Access-Control-Allow-Origin", PAGE), ("Access-Control-Allow-Origin", PAGE)];
    let server = Server::answering(move |_| reply(200, &lines, ""));
    let run = fetch_from_page(&server.url("/"), &["--json"]).expect_code(1);
    let error = &run.json()["fetches"][0]["error"];
    assert_eq!(error["code"], "allow-origin-multiple");
    assert_eq!(error["facts"]["lines"], "2");
}

#[test]
fn a_preflight_refuses_method_and_header_and_the_request_is_never_sent() {
    let server = Server::answering(|_| {
        let lines = [OPEN[0], ("Access-Control-Allow-Methods", "PUT")];
        reply(204, &lines, "")
    });
    let url = server.url("/");
    fetch_from_page(&url, &["-X", "DELETE"]).expect_code(1).says("method-not-allowed");
    fetch_from_page(&url, &["-X", "PUT", "-H", "X-Trace: 1"]).expect_code(1).says("header-not-allowed");
    assert!(server.seen().iter().all(|seen| seen.method == "OPTIONS"));
}

#[test]
fn a_redirect_loop_is_ended_by_the_limit() {
    let server = Server::answering(|_| reply(302, &[OPEN[0], ("Location", "/")], ""));
    let run = fetch_from_page(&server.url("/"), &[]).expect_code(1);
    run.says("blocked redirect-limit");
    assert_eq!(server.seen().len(), 21);
}

#[test]
fn a_tainting_redirect_sends_null() {
    let second = Server::at("127.0.0.2", |_| reply(200, &[("Access-Control-Allow-Origin", PAGE)], ""));
    let target = second.url("/");
    let first = Server::answering(move |_| reply(302, &[OPEN[0], ("Location", &target)], ""));
    let run = fetch_from_page(&first.url("/"), &["--json"]).expect_code(1);
    assert_eq!(second.seen()[0].header("origin"), ["null"]);
    let document = run.json();
    let kinds: Vec<&str> = document["fetches"][0]["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .filter_map(|moment| moment["kind"].as_str())
        .collect();
    assert!(kinds.contains(&"redirect-tainted"), "{kinds:?}");
    assert_eq!(document["fetches"][0]["error"]["code"], "allow-origin-mismatch");
    assert_eq!(document["fetches"][0]["error"]["redirects"], 1);
}

#[test]
fn redirect_modes_hold() {
    let server = Server::answering(|seen| match seen.target.as_str() {
        "/moved" => reply(302, &[OPEN[0], ("Location", "/here")], ""),
        _ => reply(200, OPEN, ""),
    });
    let url = server.url("/moved");
    fetch_from_page(&url, &[]).expect_code(0).says("redirected to");
    fetch_from_page(&url, &["--redirect", "error"]).expect_code(1).says("redirect-mode-error");
    fetch_from_page(&url, &["--redirect", "manual"]).expect_code(0).says("type opaqueredirect, status 0");
    let navigation = fetch_from_page(&url, &["--mode", "navigate"]).expect_code(0);
    navigation.says("type basic, status 200");
    let last = server.seen().pop().expect("a request");
    assert_eq!((last.target.as_str(), last.header("sec-fetch-mode")), ("/here", vec!["navigate"]));
}

#[test]
fn of_several_fetches_the_highest_status_counts() {
    let open = Server::answering(|_| reply(200, OPEN, ""));
    let closed = Server::answering(|_| reply(200, &[], ""));
    let gone = Server::answering(|_| String::new());
    let urls = [open.url("/"), closed.url("/"), gone.url("/")];
    let origin = ["--origin", PAGE];
    let with = |list: &[&str]| fetch(&[list, &origin].concat()).code;
    assert_eq!(with(&[&urls[0]]), 0);
    assert_eq!(with(&[&urls[1], &urls[0]]), 1);
    assert_eq!(with(&[&urls[2], &urls[1], &urls[0]]), 3);
}

#[test]
fn a_repeated_request_finds_its_preflight_in_the_cache() {
    let server = Server::answering(|_| {
        let lines = [OPEN[0], ("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Max-Age", "60")];
        reply(200, &lines, "")
    });
    let run = fetch_from_page(&server.url("/"), &["-X", "PUT", "--repeat", "3"]).expect_code(0);
    run.says("preflight cache: hit");
    let methods: Vec<String> = server.seen().into_iter().map(|seen| seen.method).collect();
    assert_eq!(methods, ["OPTIONS", "PUT", "PUT", "PUT"]);
}

#[test]
fn a_limit_of_zero_keeps_nothing_in_the_cache() {
    let server = Server::answering(|_| {
        let lines = [OPEN[0], ("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Max-Age", "60")];
        reply(200, &lines, "")
    });
    let more = ["-X", "PUT", "--repeat", "2", "--max-age-limit", "0"];
    fetch_from_page(&server.url("/"), &more).expect_code(0);
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn an_access_list_opens_one_target_to_one_origin() {
    let server = Server::answering(|_| reply(200, &[("X-Any", "1")], ""));
    let url = server.url("/");
    let policy = ["--scheme-policy", "app=standard,secure", "--origin", "app://localhost"];
    let grant = format!("app://localhost={}", server.origin());
    fetch(&[&[url.as_str()][..], &policy].concat()).expect_code(1);
    let run = fetch(&[&[url.as_str()][..], &policy, &["--allow-origin-access", &grant]].concat()).expect_code(0);
    run.says("the access list grants this target without CORS");
    run.says("x-any: 1");
}
