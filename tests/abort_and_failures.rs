//! Aborts in every state, and hosts without a response.

mod common;

use common::{API, Answer, Host, allow, answer, ok, redirect, to};
use fetch_cors::{Action, Body, Config, HostFailure, HostFailureKind, MAX_HEADER_LIST_BYTES, RequestBuilder, Stage};

fn everything() -> Host {
    Host::new(Config::new().gates(true).service_workers(true))
}

fn put() -> RequestBuilder {
    to(API).method("PUT")
}

#[test]
fn an_abort_ends_the_fetch_in_every_state() {
    let steps = || [Answer::Proceed, Answer::Pass, allow("PUT", "", "5"), redirect(307, "/y"), Answer::Proceed];
    let stages = ["before-request", "before-request", "preflight", "response", "before-request", "preflight"];
    for (count, stage) in stages.into_iter().enumerate() {
        let answers = steps().into_iter().take(count).chain([Answer::Abort]);
        let run = everything().run(put(), answers);
        assert_eq!(run.code(), (stage, "aborted"), "after {count} answers");
        assert!(run.error().is_aborted());
        assert_eq!(run.error().redirects(), u8::from(count > 3));
    }
    let run = Host::standard().run(to("data:,x"), [Answer::Abort]);
    assert_eq!(run.code(), ("response", "aborted"), "while the host fetches a scheme");
}

#[test]
fn an_abort_after_the_end_changes_nothing() {
    let mut run = Host::standard().run(to(API), [answer(200, &[])]);
    let error = run.error().clone();
    run.fetch.abort();
    assert_eq!(run.fetch.network_error(), Some(&error));
    assert!(!error.is_aborted());
    let mut run = Host::standard().run(to(API), [Answer::Abort]);
    let error = run.error().clone();
    run.fetch.abort();
    assert_eq!(run.fetch.network_error(), Some(&error), "nor a second one");
    let mut run = Host::standard().run(to(API), [ok()]);
    run.fetch.abort();
    assert!(matches!(run.fetch.action(), Action::Delivered));
}

#[test]
fn a_network_error_stays() {
    let mut run = Host::standard().run(to(API), [answer(200, &[])]);
    for _ in 0..2 {
        let Action::NetworkError(error) = run.fetch.action() else { panic!("a network error") };
        assert_eq!(error.reason().code(), "allow-origin-missing");
    }
    assert!(!run.fetch.process_next_manual_redirect(Host::standard().now()));
}

#[test]
fn a_hosts_failure_is_told_in_its_own_words() {
    for (failure, kind) in [
        (HostFailure::connect("a"), "connect"),
        (HostFailure::tls("a"), "tls"),
        (HostFailure::timeout("a"), "timeout"),
        (HostFailure::protocol("a"), "protocol"),
        (HostFailure::other("a"), "other"),
        (HostFailure::new(HostFailureKind::Tls, "a"), "tls"),
    ] {
        assert_eq!((failure.kind().as_str(), failure.text()), (kind, "a"));
        let run = Host::standard().run(to(API), [Answer::Fail(failure.clone())]);
        assert_eq!(run.code(), ("response", "network-failure"));
        assert_eq!(run.error().reason().facts(), [("failure", format!("{kind}: a"))]);
        let run = Host::standard().run(put(), [Answer::Fail(failure)]);
        assert_eq!(run.code(), ("preflight", "preflight-network-failure"));
    }
    let run = Host::standard().run(to("data:,x"), [Answer::Fail(HostFailure::unsupported_scheme())]);
    assert_eq!(run.code(), ("response", "scheme-fetch-failure"));
    let run = Host::standard().run(to(API), [Answer::Fail(HostFailure::not_cached())]);
    assert_eq!(run.error().reason().facts()[0].1, "not-cached: no response in the HTTP cache");
}

#[test]
fn an_error_says_where_it_ended() {
    let run = Host::standard().run(to(API), [redirect(302, "/y"), Answer::Fail(HostFailure::connect("refused"))]);
    let error = run.error();
    assert_eq!((error.redirects(), error.url().as_str(), error.stage()), (1, "https://api.example/y", Stage::Response));
    let text = error.to_string();
    assert!(
        text.starts_with("network-failure: ")
            && text.contains("connect: refused")
            && text.contains("redirects followed: 1")
    );
    assert!(!error.reason().remedy().is_empty());
    let dynamic: &(dyn std::error::Error + Send + Sync + 'static) = error;
    assert!(dynamic.source().is_none());
}

#[test]
fn lines_that_do_not_fit_are_a_network_error_and_no_panic() {
    // The own list leaves room for nothing, for Accept, or for some of the lines of a hop.
    let full = |left: usize| {
        let value = "x".repeat(MAX_HEADER_LIST_BYTES - left - 8 - "x-a".len());
        to("https://page.example/x").header("x-a", value).body(Body::Source { length: 1 })
    };
    // Accept 17, Content-Length 23, Referer 46, Sec-Fetch-Dest 27, -Mode 26 and -Site 33 bytes.
    for left in [0, 16, 85, 138, 171] {
        let run = Host::standard().run(full(left), []);
        assert_eq!(run.code(), ("before-request", "header-list-too-large"), "{left} bytes left");
    }
    assert!(Host::standard().run(full(172), [answer(200, &[])]).outcome.is_ok());
    // A preflight names what the request carries, and has lines of its own: 250 bytes of them here.
    for left in [57, 249] {
        let name = "n".repeat(MAX_HEADER_LIST_BYTES - left);
        let run = Host::standard().run(to(API).header(name, ""), []);
        assert_eq!(run.code(), ("preflight", "header-list-too-large"), "{left} bytes left");
    }
}
