//! The CORS-preflight cache after failures: what a network error clears and what it leaves.

mod common;

use common::{ANY, API, Answer, FOR_NULL, FOR_PAGE, HEADERS, Host, MAX_AGE, METHODS, allow, answer, ok, redirect, to};
use fetch_cors::{Body, CacheEntryKind, Config, Destination, ExportedEntry, HostFailure, RequestBuilder, RequestMode};

const HOP: &str = "https://hop.example/";

fn put() -> RequestBuilder {
    to(API).method("PUT")
}

/// A host on which PUT of [`API`] is granted.
fn granted(config: Config) -> Host {
    let host = Host::new(config);
    let entry = ExportedEntry {
        partition: Some(common::PAGE.into()),
        origin: common::PAGE.into(),
        tainted: false,
        url: API.into(),
        kind: CacheEntryKind::Method,
        name: "PUT".into(),
        credentials: false,
        remaining_seconds: 60,
    };
    let header = ExportedEntry { kind: CacheEntryKind::HeaderName, name: "x-a".into(), ..entry.clone() };
    assert!(host.ua.preflight_cache().restore([entry, header], host.now()).is_empty());
    assert_eq!(groups(&host), 1);
    host
}

fn groups(host: &Host) -> usize {
    host.ua.preflight_cache().len()
}

#[test]
fn a_failing_answer_to_a_preflighted_request_clears_its_entries() {
    for failing in [
        answer(200, &[]),
        answer(407, &[ANY]),
        answer(1000, &[ANY]),
        answer(200, &[ANY, ("a", "b\rc")]),
        answer(302, &[ANY, ("Location", "https://[x")]),
        answer(302, &[ANY, ("Location", "data:,x")]),
        answer(302, &[ANY, ("Location", "https://u:p@other.example/")]),
        Answer::Fail(HostFailure::timeout("late")),
        Answer::Abort,
    ] {
        let host = granted(Config::new());
        let what = format!("{failing:?}");
        let run = host.run(put(), [failing]);
        assert_eq!(run.sent.len(), 1, "a hit");
        assert!(run.outcome.is_err() && groups(&host) == 0, "{what}");
    }
}

#[test]
fn a_failing_preflight_clears_what_another_one_stored() {
    let failures = [
        allow("PUT", "", "60"),
        allow("PUT", "(", "60"),
        answer(404, &[ANY]),
        answer(200, &[]),
        Answer::Fail(HostFailure::connect("refused")),
        Answer::Abort,
    ];
    for failing in failures {
        let host = granted(Config::new());
        let what = format!("{failing:?}");
        let run = host.run(put().header("x-z", "1"), [failing]);
        assert!(run.outcome.is_err() && groups(&host) == 0, "{what}");
    }
}

#[test]
fn a_failing_simple_request_clears_nothing() {
    for failing in [answer(200, &[]), Answer::Fail(HostFailure::connect("refused")), Answer::Abort] {
        let host = granted(Config::new());
        assert!(host.run(to(API), [failing]).outcome.is_err());
        assert_eq!(groups(&host), 1);
    }
    let host = granted(Config::new());
    let no_cors = to(API).mode(RequestMode::NoCors).method("PUT");
    assert!(host.run(no_cors, [Answer::Fail(HostFailure::connect("refused"))]).outcome.is_err());
    assert_eq!(groups(&host), 1, "nor does one without CORS");
}

#[test]
fn only_the_requests_own_key_is_cleared() {
    let host = granted(Config::new());
    let others = [
        to("https://api.example/y").method("PUT"),
        put().client(common::page().network_partition_key("other")),
        put().origin(fetch_cors::Origin::opaque(1)),
    ];
    for other in others {
        let lines =
            |origin: &str| answer(204, &[("Access-Control-Allow-Origin", origin), (METHODS, "PUT"), (MAX_AGE, "60")]);
        assert!(host.run(other, [lines("*"), ok()]).outcome.is_ok());
    }
    assert_eq!(groups(&host), 4);
    assert!(host.run(put(), [answer(200, &[])]).outcome.is_err());
    assert_eq!(groups(&host), 3);
    let left = host.ua.preflight_cache().entries(host.now());
    assert!(
        !left.iter().any(|entry| entry.url == API && !entry.opaque && entry.partition == Some(common::PAGE.into()))
    );
}

#[test]
fn a_preflighted_outer_hop_clears_for_a_simple_inner_one() {
    // POST with a JSON body is preflighted; 303 makes it a GET without it, which is simple.
    let via = || to(HOP).method("POST").header("content-type", "application/json").body(Body::Source { length: 2 });
    let null_put = || put().header("x-a", "1");
    let host = Host::standard();
    // An entry under the inner hop's key: the tainted origin and its URL.
    let steps = [allow("", "x-a", "60"), redirect(307, API), null_grant(), answer(200, &[FOR_NULL])];
    assert!(host.run(to(HOP).header("x-a", "1"), steps).outcome.is_ok());
    assert!(host.run(null_put(), [allow("PUT", "x-a", "60"), ok()]).outcome.is_ok());
    assert_eq!(groups(&host), 3);
    let run = host.run(via(), [allow("", "content-type", "60"), redirect(303, API), answer(200, &[])]);
    assert_eq!(
        run.flow(),
        [
            "preflight https://hop.example/",
            "POST https://hop.example/",
            "GET https://api.example/x",
            "error allow-origin-missing"
        ]
    );
    let left = host.ua.preflight_cache().entries(host.now());
    assert!(!left.iter().any(|entry| entry.url == API && entry.tainted), "the then-current URL and origin");
    assert!(left.iter().any(|entry| entry.url == API && !entry.tainted), "not the untainted origin's");
    assert!(left.iter().any(|entry| entry.url == HOP), "not the outer hop's");
}

fn null_grant() -> Answer {
    answer(204, &[FOR_NULL, (HEADERS, "x-a"), (MAX_AGE, "60")])
}

#[test]
fn a_simple_outer_hop_and_a_failing_simple_inner_one_clear_nothing() {
    let host = Host::standard();
    let steps = [allow("", "x-a", "60"), redirect(307, API), null_grant(), answer(200, &[FOR_NULL])];
    assert!(host.run(to(HOP).header("x-a", "1"), steps).outcome.is_ok());
    assert_eq!(groups(&host), 2);
    let run = host.run(to(HOP), [redirect(302, API), answer(200, &[])]);
    assert_eq!(run.flow().last().map(String::as_str), Some("error allow-origin-missing"));
    assert_eq!(groups(&host), 2);
}

#[test]
fn a_redirect_that_is_refused_clears_for_the_url_that_redirected() {
    let host = granted(Config::new());
    assert!(host.run(put().header("x-a", "1"), [redirect(302, "ftp://api.example/x")]).outcome.is_err());
    assert_eq!(groups(&host), 0);
}

#[test]
fn an_inner_hop_that_is_blocked_before_it_is_sent_clears_for_its_own_url() {
    let host = granted(Config::new());
    let run = host.run(put(), [redirect(307, "https://api.example:6000/")]);
    assert_eq!(run.code(), ("before-request", "bad-port"));
    assert_eq!(groups(&host), 1, "the entry is of another URL");
    let host = granted(Config::new());
    let run = host.run(put(), [redirect(307, "https://page.example/y"), Answer::Abort]);
    assert!(run.error().is_aborted());
    assert_eq!(groups(&host), 1);
}

#[test]
fn a_response_that_is_blocked_behind_the_switch_clears_nothing() {
    let script = || put().destination(Destination::Script);
    for (lines, code) in [
        (&[ANY, ("Content-Type", "text/html"), ("X-Content-Type-Options", "nosniff")][..], "nosniff"),
        (&[ANY, ("Content-Type", "image/png")], "mime-type"),
    ] {
        let host = granted(Config::new());
        let run = host.run(script(), [answer(200, lines)]);
        assert_eq!(run.code(), ("response", code));
        assert_eq!(groups(&host), 1, "{code}");
    }
    let host = granted(Config::new());
    let run = host.run(put(), [Answer::BlockDelivery(common::head(200, &[FOR_PAGE]))]);
    assert_eq!(run.code(), ("response", "gate-blocked"));
    assert_eq!(groups(&host), 1, "the delivery");
}

#[test]
fn a_gate_that_blocks_clears_only_behind_a_preflighted_hop() {
    let host = granted(Config::new().gates(true));
    assert_eq!(host.run(put(), [Answer::Block("no")]).code(), ("before-request", "gate-blocked"));
    assert_eq!(groups(&host), 1, "nothing was preflighted yet");
    // The target is the URL itself: the second hop has the key of the first.
    let run = host.run(put(), [Answer::Proceed, redirect(307, API), Answer::Block("no")]);
    assert_eq!(run.code(), ("before-request", "gate-blocked"));
    assert_eq!(groups(&host), 0);
}

#[test]
fn a_service_workers_refused_answer_clears() {
    let host = granted(Config::new().service_workers(true));
    let run = host.run(put(), [common::from_worker(common::worker(fetch_cors::ResponseType::Error, &[]))]);
    assert_eq!(run.code(), ("response", "service-worker-response"));
    assert_eq!(groups(&host), 0);
    let host = granted(Config::new().service_workers(true));
    assert!(host.run(put(), [Answer::Abort]).error().is_aborted());
    assert_eq!(groups(&host), 0, "aborted while the service worker thinks");
}

#[test]
fn a_quota_that_is_reached_clears() {
    let host = granted(Config::new());
    let run = host.run(put().body(Body::Source { length: 65_537 }).keepalive(true), []);
    assert_eq!(run.code(), ("before-request", "keepalive-quota"));
    assert_eq!(groups(&host), 0);
}
