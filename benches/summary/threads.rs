//! Two threads that share a user agent.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use fetch_cors::{Action, CacheLimits, Client, Config, Request, UserAgent};
use fetch_cors_benches::input::{self, ALLOWED, ANSWER, NOW};

const FETCHES: usize = 2_000;
const ROUNDS: usize = 200;

/// Prints a line for each; `ratio` is how much faster two threads are than one.
pub(crate) fn print() {
    let client = input::client();
    let limits = CacheLimits::new().groups(1_000);
    let ua = UserAgent::new(Config::new().cache_limits(limits));
    let put = |client: &Arc<Client>| input::put(client, input::url(input::TARGET));
    finish(&ua, put(&client));
    line("threads: simple GET, 2 threads against 1", &ua, input::simple);
    line("threads: PUT, preflight cached, 2 threads against 1", &ua, put);
}

fn line(name: &str, ua: &UserAgent, request: impl Fn(&Arc<Client>) -> Request + Copy + Sync) {
    let [one, two] = [1, 2].map(|threads| least(threads, ua, request).as_nanos() as f64 / FETCHES as f64);
    println!("{name}\t2\t{:.1}\t\t{:.2}\t\t\t\t\t", two / 2.0, one * 2.0 / two);
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
                let start = Instant::now();
                requests.into_iter().for_each(|request| finish(ua, request));
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

fn finish(ua: &UserAgent, request: Request) {
    let mut fetch = ua.fetch(request, NOW);
    loop {
        let delivery = match fetch.action() {
            Action::SendPreflight(exchange) => exchange.respond((204, ALLOWED), NOW),
            Action::SendRequest(exchange) => exchange.respond((200, ANSWER), NOW),
            other => panic!("{other:?} is not expected here"),
        };
        if let Some(delivery) = delivery {
            std::hint::black_box(delivery.accept().headers().count());
            return;
        }
    }
}
