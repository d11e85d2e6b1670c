//! Two threads that share a user agent.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use fetch_cors::{Action, CacheLimits, Client, Config, Fetch, Request, Response, UserAgent};
use fetch_cors_benches::input::{self, ALLOWED, ANSWER, Lines, NOW};
use fetch_cors_benches::row::Row;

const FETCHES: usize = 2_000;
const ROUNDS: usize = 200;

/// A row for each; the ratio is how many times as fast two threads are as one.
pub(crate) fn rows(take: &mut impl FnMut(Row)) {
    let client = input::client();
    let limits = CacheLimits::new().groups(1_000);
    let ua = UserAgent::new(Config::new().cache_limits(limits));
    let put = |client: &Arc<Client>| input::put(client, input::url(input::TARGET));
    finish(&ua, put(&client));
    let simple = row("threads: simple GET, 2 against 1", &ua, input::simple);
    let met = simple.scaling.is_some_and(|scaling| scaling >= 1.7);
    take(simple.reach("≥ 1.7 × as fast", met));
    take(row("threads: PUT, preflight cached, 2 against 1", &ua, put));
}

fn row(name: &str, ua: &UserAgent, request: impl Fn(&Arc<Client>) -> Request + Copy + Sync) -> Row {
    let [one, two] = [1, 2].map(|threads| least(threads, ua, request).as_nanos() as f64 / FETCHES as f64);
    Row { ns: Some(two / 2.0), scaling: Some(one * 2.0 / two), ..Row::new(name, 2) }
}

/// The least time in which so many threads each do their fetches.
fn least(threads: usize, ua: &UserAgent, request: impl Fn(&Arc<Client>) -> Request + Copy + Sync) -> Duration {
    let barrier = Barrier::new(threads);
    let rounds = std::thread::scope(|scope| {
        let run = || {
            // Each page has a client of its own.
            let client = input::client();
            let round = |_| {
                let requests: Vec<Request> = (0..FETCHES).map(|_| request(&client)).collect();
                barrier.wait();
                let mut done = Vec::with_capacity(FETCHES);
                let start = Instant::now();
                done.extend(requests.into_iter().map(|request| finish(ua, request)));
                // What they made is dropped after, as in the paths: giving memory back is the allocator's affair.
                start.elapsed()
            };
            (0..ROUNDS).map(round).collect::<Vec<Duration>>()
        };
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect::<Vec<_>>()
    });
    // A round takes as long as its slowest thread.
    let slowest = |round: usize| rounds.iter().map(|times| times[round]).max().unwrap_or_default();
    (0..ROUNDS).map(slowest).min().unwrap_or_default()
}

fn finish(ua: &UserAgent, request: Request) -> (Fetch, Response<(u16, Lines)>) {
    let mut fetch = ua.fetch(request, NOW);
    loop {
        let delivery = match fetch.action() {
            Action::SendPreflight(exchange) => exchange.respond((204, ALLOWED), NOW),
            Action::SendRequest(exchange) => exchange.respond((200, ANSWER), NOW),
            other => panic!("{other:?} is not expected here"),
        };
        if let Some(delivery) = delivery {
            let response = delivery.accept();
            std::hint::black_box(response.headers().count());
            return (fetch, response);
        }
    }
}
