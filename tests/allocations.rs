//! How often the common paths allocate, and what an idle user agent and a parked fetch hold.
//!
//! Counted is what happens between a built request and an accepted delivery, on the testing thread.
//! The host's own work is no part of it: it borrows the head it hands in. The trace is off, as in
//! production. Whether the preflight cache allocates on a look-up shows only through a second fetch.

use std::sync::Arc;

use allocation_counter::{AllocationInfo, measure};
use fetch_cors::{
    Action, Body, CacheEntryKind, Client, ExportedEntry, Fetch, Origin, Request, RequestBuilder, Timestamp, UserAgent,
};
use url::Url;

const NOW: Timestamp = Timestamp::ZERO;
const ALLOWED: &[(&str, &str)] = &[
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "PUT"),
    ("Access-Control-Allow-Headers", "x-a, x-b, x-c"),
    ("Access-Control-Max-Age", "600"),
    ("Access-Control-Expose-Headers", "x-request-id"),
    ("Content-Type", "application/json"),
    ("X-Request-Id", "1"),
];

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn client() -> Arc<Client> {
    let origin = Origin::parse("https://page.example").expect("an origin");
    Client::new(origin)
        .creation_url(url("https://page.example/dir/page?q"))
        .network_partition_key("page.example")
        .into()
}

fn to(target: &str) -> RequestBuilder {
    Request::builder(url(target)).client(client()).as_fetch_api()
}

/// A GET with four safelisted headers, as `fetch()` sends it across origins.
fn simple() -> Request {
    to("https://api.example/data?id=1")
        .header("Accept", "application/json")
        .header("Accept-Language", "en")
        .header("Content-Language", "en")
        .header("Range", "bytes=0-99")
        .build()
        .expect("a request")
}

/// A PUT with three headers that need a preflight.
fn preflighted() -> Request {
    to("https://api.example/data")
        .method("PUT")
        .header("x-a", "1")
        .header("x-b", "2")
        .header("x-c", "3")
        .body(Body::Source { length: 1_000 })
        .build()
        .expect("a request")
}

/// Runs a fetch in which every head is [`ALLOWED`]; how many exchanges it had.
fn run(ua: &UserAgent, request: Request) -> u32 {
    let mut fetch = ua.fetch(request, NOW);
    let mut exchanges = 0;
    loop {
        let (Action::SendPreflight(exchange) | Action::SendRequest(exchange)) = fetch.action() else {
            panic!("no exchange");
        };
        exchanges += 1;
        assert!(exchange.head().headers().contains("origin"));
        if let Some(delivery) = exchange.respond((200, ALLOWED), NOW) {
            let response = delivery.accept();
            assert!(response.is_visible("x-request-id") && !response.is_visible("access-control-max-age"));
            assert_eq!(response.header("content-type").as_deref(), Some(&b"application/json"[..]));
            return exchanges;
        }
    }
}

/// What running `request` allocates, and how many exchanges it had.
fn measured(ua: &UserAgent, request: Request) -> (AllocationInfo, u32) {
    let (mut request, mut exchanges) = (Some(request), 0);
    let info = measure(|| exchanges = run(ua, request.take().expect("measured once")));
    (info, exchanges)
}

#[test]
fn a_simple_request_allocates_nothing() {
    let ua = UserAgent::default();
    for _ in 0..2 {
        let (info, exchanges) = measured(&ua, simple());
        println!("simple GET, built request to accepted delivery: {} allocations", info.count_total);
        assert_eq!((info.count_total, exchanges), (0, 1));
    }
}

#[test]
fn a_hit_in_the_preflight_cache_allocates_nothing() {
    let ua = UserAgent::default();
    let (info, exchanges) = measured(&ua, preflighted());
    println!("PUT with preflight: {} allocations, {} bytes", info.count_total, info.bytes_total);
    assert_eq!(exchanges, 2);
    assert!(info.count_total <= 16, "{info:?}, most of them the cache's first tables");
    for _ in 0..2 {
        let (info, exchanges) = measured(&ua, preflighted());
        println!("PUT on a cache hit, built request to accepted delivery: {} allocations", info.count_total);
        assert_eq!((info.count_total, exchanges), (0, 1));
    }
}

#[test]
fn a_look_up_among_many_groups_allocates_nothing() {
    let ua = UserAgent::default();
    let entry = |index: u32| ExportedEntry {
        partition: Some("page.example".into()),
        origin: "https://page.example".into(),
        tainted: false,
        url: format!("https://api.example/{index}"),
        kind: CacheEntryKind::Method,
        name: "PUT".into(),
        credentials: false,
        remaining_seconds: 600,
    };
    assert!(ua.preflight_cache().restore((0..4_000).map(entry), NOW).is_empty());
    for (target, exchanges) in [("https://api.example/7", 1), ("https://api.example/x", 2)] {
        let request = to(target).method("PUT").build().expect("a request");
        let (info, sent) = measured(&ua, request);
        println!(
            "PUT among {} groups, {exchanges} exchanges: {} allocations",
            ua.preflight_cache().len(),
            info.count_total
        );
        assert_eq!(sent, exchanges);
        assert!(info.count_total <= if exchanges > 1 { 6 } else { 0 });
    }
}

#[test]
fn a_redirect_allocates_little() {
    let ua = UserAgent::default();
    let hops = |count: usize| {
        let mut request = Some(simple());
        let redirect: &[(&str, &str)] = &[("Access-Control-Allow-Origin", "*"), ("Location", "/next")];
        measure(|| {
            let mut fetch = ua.fetch(request.take().expect("measured once"), NOW);
            for hop in 0..=count {
                let Action::SendRequest(exchange) = fetch.action() else { panic!("no request") };
                let head = if hop < count { (302, redirect) } else { (200, ALLOWED) };
                let delivery = exchange.respond(head, NOW);
                assert_eq!(delivery.is_some(), hop == count);
                let _ = delivery.map(|delivery| delivery.accept());
            }
        })
        .count_total
    };
    let (none, one, twenty) = (hops(0), hops(1), hops(20));
    println!("redirects: {none} allocations without, {one} with one, {twenty} with twenty");
    assert_eq!(none, 0);
    assert!(twenty <= 20 * 4, "{twenty}");
}

#[test]
fn what_is_held_is_little() {
    let mut ua = None;
    let info = measure(|| ua = Some(UserAgent::default()));
    println!("idle user agent: {} bytes in {} allocations", info.bytes_current, info.count_current);
    assert!(info.bytes_current < 4_096);
    let ua = ua.expect("just made");
    let client = client();
    let mut fetch = None;
    let info = measure(|| {
        let request = Request::builder(url("https://api.example/data")).client(Arc::clone(&client)).as_fetch_api();
        fetch = Some(ua.fetch(request.build().expect("a request"), NOW));
    });
    let held = info.bytes_current.unsigned_abs() + size_of::<Fetch>() as u64;
    println!("parked fetch: {} bytes and {} on the heap, {held} together", size_of::<Fetch>(), info.bytes_current);
    assert!(held < 4_096, "{held}");
    drop(fetch);
}
