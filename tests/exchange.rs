//! What an exchange tells a host: its number, where it goes, and the head for the wire.

mod common;

use common::{ANY, API, Answer, Host, allow, answer, ok, redirect, to};
use fetch_cors::{Body, Config, Fetch, HeaderList, RequestBuilder, RequestMode};

const SAME: &str = "https://page.example/x";

/// The number of the exchange that waits, if one does.
fn number(fetch: &mut Fetch) -> Option<u32> {
    fetch.exchange().map(|exchange| exchange.number())
}

#[test]
fn exchanges_are_numbered_within_the_fetch() {
    let host = Host::standard();
    let mut fetch = host.start(to(API).method("PUT"));
    let steps = [
        (answer(100, &[]), 1, "an interim response is not the answer"),
        (allow("PUT", "", "5"), 1, "the preflight"),
        (answer(103, &[]), 2, "the request"),
        (redirect(307, "/y"), 2, "the same one"),
        (allow("PUT", "", "5"), 3, "the preflight after the redirect"),
        (ok(), 4, "the last request"),
    ];
    for (answer, expected, what) in steps {
        assert_eq!(number(&mut fetch), Some(expected), "{what}");
        assert_eq!(number(&mut fetch), Some(expected), "asking is no step");
        let delivered = host.answer(&mut fetch, answer);
        assert_eq!(delivered.is_some(), expected == 4, "{what}");
    }
    assert_eq!(number(&mut fetch), None, "delivered");
}

#[test]
fn no_exchange_waits_at_a_gate_a_service_worker_or_the_end() {
    let host = Host::new(Config::new().gates(true).service_workers(true));
    let mut fetch = host.start(to(API));
    assert_eq!(number(&mut fetch), None);
    assert!(host.answer(&mut fetch, Answer::Proceed).is_none());
    assert_eq!(number(&mut fetch), None);
    assert!(host.answer(&mut fetch, Answer::Pass).is_none());
    assert_eq!(number(&mut fetch), Some(1));
    fetch.abort();
    assert_eq!(number(&mut fetch), None);
    let mut fetch = Host::standard().start(to("data:,x"));
    assert_eq!(number(&mut fetch), Some(1), "a scheme fetch is one too");
}

#[test]
fn an_exchange_can_be_answered_without_a_look_at_the_action() {
    let host = Host::standard();
    let mut fetch = host.start(to(API));
    let exchange = fetch.exchange().expect("a request waits");
    assert_eq!(exchange.url().as_str(), API);
    let delivery = exchange.respond((200, vec![ANY]), host.now()).expect("a delivery");
    assert_eq!(delivery.accept().status(), 200);
    assert!(fetch.exchange().is_none());
}

/// Target, authority, and whether there is a body.
fn wire(request: RequestBuilder) -> (String, String, bool) {
    let mut fetch = Host::standard().start(request);
    let exchange = fetch.exchange().expect("an exchange");
    let head = exchange.head();
    (head.target().to_owned(), head.authority().to_owned(), head.sends_body())
}

#[test]
fn target_and_authority_leave_out_what_is_not_sent() {
    let parts = |target: &str| {
        let (target, authority, _) = wire(to(target).mode(RequestMode::NoCors));
        format!("{authority} {target}")
    };
    assert_eq!(parts("https://u:p@api.example/x/y?q=1#f"), "api.example /x/y?q=1");
    assert_eq!(parts("http://api.example:8080"), "api.example:8080 /");
    assert_eq!(parts("https://api.example:443/?#"), "api.example /?");
    assert_eq!(parts("http://[::1]:8000/"), "[::1]:8000 /");
}

#[test]
fn a_preflight_sends_no_body() {
    let post = || to(API).method("POST").body(Body::Source { length: 3 });
    assert!(wire(post()).2 && wire(post().body(Body::Stream)).2);
    assert!(!wire(to(API)).2 && !wire(post().header("x-a", "1")).2);
    assert!(wire(post().body(Body::Source { length: 0 })).2, "an empty body is one");
}

#[test]
fn the_head_converts_for_the_http_crate() {
    let mut list = HeaderList::new();
    list.append("X-A", "1").expect("valid");
    list.append("x-a", "2").expect("valid");
    let mut fetch = Host::standard().start(to("https://u:p@page.example/x?q#f").headers(list));
    let exchange = fetch.exchange().expect("a request");
    let head = exchange.head();
    assert_eq!(head.url().as_str(), "https://u:p@page.example/x?q#f");
    let converted = http::Request::try_from(&head).expect("representable");
    assert_eq!(converted.uri(), "https://page.example/x?q");
    assert_eq!(converted.headers().get_all("x-a").iter().count(), 2);
    let mut fetch = Host::standard().start(to(SAME).header("x-a", b"\x01"));
    let exchange = fetch.exchange().expect("a request");
    assert!(matches!(http::Request::try_from(&exchange.head()), Err(fetch_cors::NotRepresentable::Header(_))));
}

#[test]
fn neither_userinfo_nor_a_fragment_reaches_the_http_crate() {
    for target in [
        "https://user@page.example/x?q",
        "https://:password@page.example/x?q",
        "https://user:password@page.example/x?q",
        "https://page.example/x?q#f",
        "https://page.example/x?q",
    ] {
        let mut fetch = Host::standard().start(to(target));
        let exchange = fetch.exchange().expect("a request");
        let converted = http::Request::try_from(&exchange.head()).expect("representable");
        assert_eq!(converted.uri(), "https://page.example/x?q", "{target}");
    }
}

#[test]
fn an_exchange_tells_which_heads_are_interim() {
    let interim = |request: RequestBuilder| {
        let mut fetch = Host::standard().start(request);
        let exchange = fetch.exchange().expect("an exchange");
        [99, 100, 101, 103, 199, 200, 304].map(|status| exchange.is_interim(status))
    };
    assert_eq!(interim(to(API)), [false, true, true, true, true, false, false]);
    assert_eq!(interim(to(API).mode(RequestMode::WebSocket)), [false, true, false, true, true, false, false]);
}
