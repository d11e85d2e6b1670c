//! What the engine's operations cost, without a network.
//!
//! `cargo bench --bench operations` measures; `cargo bench --bench operations -- --test` runs each
//! operation once. Requests are built outside of what is timed, and the trace is off.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use fetch_cors::{
    Action, Body, CacheEntryKind, CacheLimits, Client, Config, CredentialsMode, ExportedEntry, Fetch, Origin, Request,
    RequestBuilder, Response, Timestamp, UserAgent, spec,
};
use url::Url;

const NOW: Timestamp = Timestamp::ZERO;
const PAGE: &str = "https://page.example";
type Lines = &'static [(&'static str, &'static str)];

/// The answer to a preflight.
const ALLOWED: Lines = &[
    ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("Access-Control-Allow-Origin", PAGE),
    ("Access-Control-Allow-Methods", "GET, PUT, DELETE"),
    ("Access-Control-Allow-Headers", "content-type, x-a, x-b, x-c"),
    ("Access-Control-Max-Age", "600"),
    ("Vary", "Origin"),
];

/// Twelve lines, five of which script sees.
const TWELVE: Lines = &[
    ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("Content-Type", "application/json"),
    ("Content-Length", "1024"),
    ("Cache-Control", "no-cache"),
    ("Access-Control-Allow-Origin", PAGE),
    ("Access-Control-Expose-Headers", "x-request-id, etag"),
    ("ETag", "\"33a64df5\""),
    ("X-Request-Id", "7d0c1a"),
    ("Set-Cookie", "a=b"),
    ("Strict-Transport-Security", "max-age=31536000"),
    ("Vary", "Origin"),
    ("Server", "x"),
];

const REDIRECT: Lines = &[("Access-Control-Allow-Origin", "*"), ("Location", "/next")];

fn to(client: &Arc<Client>, target: &str) -> RequestBuilder {
    Request::builder(Url::parse(target).expect("a URL")).client(Arc::clone(client)).as_fetch_api()
}

fn client() -> Arc<Client> {
    let page = Url::parse("https://page.example/dir/page?q").expect("a URL");
    let client = Client::new(Origin::parse(PAGE).expect("an origin")).creation_url(page);
    client.network_partition_key(PAGE).into()
}

/// A GET that needs no preflight.
fn simple(client: &Arc<Client>) -> Request {
    let request = to(client, "https://api.example/data?id=1").header("Accept", "application/json");
    request.header("Accept-Language", "en").build().expect("a request")
}

/// A PUT with three headers that are not safelisted.
fn put(client: &Arc<Client>) -> Request {
    let request = to(client, "https://api.example/data").method("PUT").body(Body::Source { length: 1_000 });
    let request = request.header("X-A", "1").header("x-b", "2").header("x-c", "3").header("Accept", "application/json");
    request.build().expect("a request")
}

/// Answers preflights and requests until a response is accepted.
fn finish(fetch: &mut Fetch) -> Response<(u16, Lines)> {
    loop {
        let delivery = match fetch.action() {
            Action::SendPreflight(exchange) => exchange.respond((204, ALLOWED), NOW),
            Action::SendRequest(exchange) => exchange.respond((200, TWELVE), NOW),
            other => panic!("{other:?} is not expected here"),
        };
        if let Some(delivery) = delivery {
            return delivery.accept();
        }
    }
}

/// A user agent without a preflight cache.
fn without_cache() -> UserAgent {
    UserAgent::new(Config::new().cache_limits(CacheLimits::none()))
}

/// A user agent whose preflight cache has so many groups, that of [`put`] among them.
fn with_groups(groups: u32) -> UserAgent {
    let limits = CacheLimits::new().groups(200_000).bytes(1 << 30);
    let ua = UserAgent::new(Config::new().cache_limits(limits).hash_seed([1, 2]));
    let entries = (1..groups).map(|index| ExportedEntry {
        partition: Some(PAGE.into()),
        origin: PAGE.into(),
        tainted: false,
        url: format!("https://api.example/{index}"),
        kind: CacheEntryKind::Method,
        name: "PUT".into(),
        credentials: false,
        remaining_seconds: 600,
    });
    assert!(ua.preflight_cache().restore(entries, NOW).is_empty());
    finish(&mut ua.fetch(put(&client()), NOW));
    assert_eq!(ua.preflight_cache().len(), groups as usize);
    ua
}

fn decisions(criterion: &mut Criterion) {
    let (client, ua) = (client(), without_cache());
    let mut group = criterion.benchmark_group("decide");
    group.bench_function("a simple GET", |bencher| {
        let decide = |request| {
            let mut fetch = ua.fetch(request, NOW);
            assert!(matches!(fetch.action(), Action::SendRequest(_)));
            fetch
        };
        bencher.iter_batched(|| simple(&client), decide, BatchSize::SmallInput);
    });
    let request = put(&client);
    group.bench_function("which of a PUT's headers are unsafe", |bencher| {
        bencher.iter(|| spec::cors_unsafe_request_header_names(black_box(request.header_list())));
    });
    group.bench_function("a PUT with 3 unsafe headers, to its preflight request", |bencher| {
        let decide = |request| {
            let mut fetch = ua.fetch(request, NOW);
            assert!(matches!(fetch.action(), Action::SendPreflight(_)));
            fetch
        };
        bencher.iter_batched(|| put(&client), decide, BatchSize::SmallInput);
    });
    group.finish();
}

fn judgements(criterion: &mut Criterion) {
    let (client, ua) = (client(), without_cache());
    let mut group = criterion.benchmark_group("judge");
    group.bench_function("the answer to a preflight", |bencher| {
        let judge = |mut fetch: Fetch| {
            let Action::SendPreflight(exchange) = fetch.action() else { panic!("a preflight") };
            assert!(exchange.respond((204, black_box(ALLOWED)), NOW).is_none());
            fetch
        };
        bencher.iter_batched(|| ua.fetch(put(&client), NOW), judge, BatchSize::SmallInput);
    });
    group.bench_function("CORS check on 12 lines", |bencher| {
        bencher.iter(|| spec::cors_check(PAGE, CredentialsMode::SameOrigin, &(200, black_box(TWELVE))).is_ok());
    });
    let response = finish(&mut ua.fetch(simple(&client), NOW));
    assert_eq!(response.headers().count(), 5);
    group.bench_function("which of 12 headers script sees", |bencher| {
        bencher.iter(|| black_box(&response).headers().count());
    });
    group.finish();
}

fn cache(criterion: &mut Criterion) {
    let client = client();
    let mut group = criterion.benchmark_group("cache hit, a PUT to its request");
    for groups in [10, 1_000, 100_000] {
        let ua = with_groups(groups);
        group.bench_with_input(BenchmarkId::new("groups", groups), &ua, |bencher, ua| {
            let hit = |request| {
                let mut fetch = ua.fetch(request, NOW);
                assert!(matches!(fetch.action(), Action::SendRequest(_)));
                fetch
            };
            bencher.iter_batched(|| put(&client), hit, BatchSize::SmallInput);
        });
    }
    group.finish();
}

fn whole_fetches(criterion: &mut Criterion) {
    let (client, ua) = (client(), without_cache());
    let mut group = criterion.benchmark_group("whole fetch");
    let run = |request| finish(&mut ua.fetch(request, NOW));
    group.bench_function("simple GET", |bencher| {
        bencher.iter_batched(|| simple(&client), run, BatchSize::SmallInput);
    });
    group.bench_function("PUT with preflight", |bencher| {
        bencher.iter_batched(|| put(&client), run, BatchSize::SmallInput);
    });
    group.bench_function("20 redirects", |bencher| {
        let chain = |request| {
            let mut fetch = ua.fetch(request, NOW);
            for _ in 0..20 {
                let Action::SendRequest(exchange) = fetch.action() else { panic!("a request") };
                assert!(exchange.respond((302, REDIRECT), NOW).is_none());
            }
            finish(&mut fetch)
        };
        bencher.iter_batched(|| simple(&client), chain, BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group! {
    name = operations;
    config = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_000));
    targets = decisions, judgements, cache, whole_fetches
}
criterion_main!(operations);
