//! Input that means harm: URLs without end, lists without end. Takes minutes.

use std::time::Instant;

use allocation_counter::{AllocationInfo, measure};
use fetch_cors::{Action, Body, Fetch, Request, ResponseHead, UserAgent};
use fetch_cors_benches::input::{self, ALLOWED, NOW, PAGE, SIMPLE, TARGET};
use fetch_cors_benches::row::Row;

const URLS: u32 = 10_000_000;
const LINES: usize = 1_000_000;
/// As many lines as a header list takes.
const ASKED: usize = fetch_cors::MAX_HEADER_LIST_LINES - 16;

/// A row for each, per URL or line; bytes are the most that was held at one time.
pub(crate) fn rows(take: &mut impl FnMut(Row)) {
    let client = input::client();
    let ua = UserAgent::default();
    take(timed("hostile: distinct URLs against the cache's limits", URLS, || {
        for index in 0..URLS {
            let mut fetch = ua.fetch(input::put(&client, input::url_of(index)), NOW);
            answer(&mut fetch, (204, ALLOWED));
        }
    }));
    assert!(ua.preflight_cache().len() <= 4_096);
    let asks = || {
        let builder = Request::builder(input::url(TARGET)).client(std::sync::Arc::clone(&client)).as_fetch_api();
        let lines = (0..ASKED).map(input::large_name);
        lines.fold(builder, |builder, name| builder.header(name, "1")).build().expect("a request")
    };
    let mut fetch = ua.fetch(asks(), NOW);
    let listed = (204, input::large_answer(LINES));
    take(timed("hostile: names listed, to a request with 4,080 lines", LINES as u32, || answer(&mut fetch, &listed)));
    assert!(matches!(fetch.action(), Action::SendRequest(_)));

    let lines: Vec<(String, &str)> = (0..LINES).map(|index| (input::large_name(index), "1")).collect();
    let simple = || {
        let builder = Request::builder(input::url(TARGET)).client(std::sync::Arc::clone(&client)).as_fetch_api();
        let builder = SIMPLE.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
        builder.body(Body::Null).build().expect("a request")
    };
    let names = lines.iter().map(|(name, _)| &**name).collect::<Vec<_>>().join(",");
    let mut exposed: Vec<(&str, &str)> = lines.iter().map(|(name, value)| (&**name, *value)).collect();
    exposed.extend([("Access-Control-Allow-Origin", PAGE), ("Access-Control-Expose-Headers", &*names)]);
    let mut fetch = ua.fetch(simple(), NOW);
    take(timed("hostile: lines of a response, each of them exposed", LINES as u32, || {
        let Action::SendRequest(exchange) = fetch.action() else { panic!("a request") };
        let response = exchange.respond((200, &*exposed), NOW).expect("allowed").accept();
        assert_eq!(response.headers().count(), LINES);
    }));
    let origins = vec![("Access-Control-Allow-Origin", PAGE); LINES];
    let mut fetch = ua.fetch(simple(), NOW);
    take(timed("hostile: lines of Access-Control-Allow-Origin", LINES as u32, || answer(&mut fetch, (200, &*origins))));
    assert!(fetch.network_error().is_some());
}

fn answer(fetch: &mut Fetch, head: impl ResponseHead) {
    if let Some(exchange) = fetch.exchange() {
        assert!(exchange.respond(head, NOW).is_none());
    }
}

fn timed(name: &str, n: u32, run: impl FnOnce()) -> Row {
    let start = Instant::now();
    let AllocationInfo { count_total, bytes_max, .. } = measure(run);
    let ns = start.elapsed().as_nanos() as f64 / f64::from(n);
    let allocations = Some(count_total as f64 / f64::from(n));
    Row { ns: Some(ns), allocations, bytes: Some(bytes_max as f64), ..Row::new(name, n) }
}
