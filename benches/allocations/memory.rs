//! Bytes that are held: by cached grants, user agents and parked fetches.

use std::sync::Arc;

use allocation_counter::measure;
use fetch_cors::{Action, CacheLimits, Client, Config, Fetch, Request, UserAgent};
use fetch_cors_benches::input::{self, ALLOWED, NOW, PAGE};
use fetch_cors_benches::row::Row;

const GRANTS: u32 = 100_000;
const PARKED: u32 = 1_000_000;

/// A row for each.
pub(crate) fn rows(take: &mut impl FnMut(Row)) {
    let mut row = |name: &str, n: u32, bytes: f64, most: f64| {
        let row = Row { bytes: Some(bytes.round()), ..Row::new(name, n) };
        take(row.reach(&format!("≤ {most} bytes"), bytes <= most));
    };
    let url = input::TARGET.len() as f64;
    let equal = bytes_per_grant(|_| ALLOWED.iter().map(|(name, value)| (*name, (*value).to_owned())).collect());
    row("memory: cached grant, equal ones shared", GRANTS, equal, url + 80.0);
    row("memory: cached grant, every one different", GRANTS, bytes_per_grant(different), url + 210.0);
    let mut ua = None;
    let heap = held(|| ua = Some(UserAgent::default()));
    row("memory: idle user agent", 1, heap + size_of::<UserAgent>() as f64, 1024.0);
    drop(ua);
    let parked = bytes_per_parked(input::simple);
    row("memory: parked fetch, request out, beside URL and headers", PARKED, parked, 1024.0);
    let put = |client: &Arc<Client>| input::put(client, input::url(input::TARGET));
    let parked = bytes_per_parked(put);
    row("memory: parked fetch, preflight out, beside URL and headers", PARKED, parked, 1024.0);
}

/// Bytes that what `make` makes holds on the heap.
fn held(make: impl FnOnce()) -> f64 {
    measure(make).bytes_current as f64
}

/// Four methods and eight names, some of them like no other's.
fn different(index: u32) -> Vec<(&'static str, String)> {
    let names = ["if-match", "x-requested-with", "x-trace-id"].map(|name| format!("{name}-{index}"));
    let names = format!("accept, authorization, content-type, x-client-version, x-request-id, {}", names.join(", "));
    vec![
        ("Access-Control-Allow-Origin", PAGE.to_owned()),
        ("Access-Control-Allow-Methods", "GET, PUT, POST, DELETE".to_owned()),
        ("Access-Control-Allow-Headers", names),
        ("Access-Control-Max-Age", "600".to_owned()),
    ]
}

fn bytes_per_grant(answer: impl Fn(u32) -> Vec<(&'static str, String)>) -> f64 {
    let client = input::client();
    let limits = CacheLimits::new().groups(GRANTS as usize).bytes(1 << 33);
    let ua = UserAgent::new(Config::new().cache_limits(limits).hash_seed([1, 2]));
    let bytes = held(|| {
        for index in 0..GRANTS {
            let mut fetch = ua.fetch(input::put(&client, input::url_of(index)), NOW);
            let Action::SendPreflight(exchange) = fetch.action() else { panic!("a preflight") };
            assert!(exchange.respond((204, answer(index)), NOW).is_none());
        }
    });
    assert_eq!(ua.preflight_cache().len(), GRANTS as usize);
    bytes / f64::from(GRANTS)
}

fn bytes_per_parked(request: impl Fn(&Arc<Client>) -> Request) -> f64 {
    let (client, ua) = (input::client(), UserAgent::default());
    let mut parked: Vec<Fetch> = Vec::with_capacity(PARKED as usize);
    let heap = held(|| parked.extend((0..PARKED).map(|_| ua.fetch(request(&client), NOW))));
    let mut beside = heap / f64::from(PARKED) + size_of::<Fetch>() as f64;
    if let Some(exchange) = parked.first_mut().and_then(Fetch::exchange) {
        let lines = exchange.head().headers().iter();
        beside -= lines.fold(exchange.url().as_str().len(), |sum, (name, value)| sum + name.len() + value.len()) as f64;
    }
    beside
}
