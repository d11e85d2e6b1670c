//! Row 5: the preflight cache.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fetch_cors::{Client, Fetch, Request, Timestamp, UserAgent, spec};
use url::Url;

use crate::engine;
use crate::floor::cache::{Cache, Grant, Key};
use crate::input::{self, ALLOWED, NOW, PAGE, PARTITION, TARGET, url, url_of};
use crate::operation::{Operation, Reach, Side, Sides, runner};

/// Row 5.
pub(super) fn operations() -> Vec<Operation> {
    vec![hit(10), hit(1_000), store(2_000), replace(), expire(), evict(1_000), clear()]
}

pub(super) type FloorCache = Rc<RefCell<Cache>>;

pub(super) fn floor_grant() -> Arc<Grant> {
    let list = |name: &str| {
        let line = ALLOWED.iter().find(|(line, _)| *line == name).map_or("", |(_, value)| value);
        line.split(", ").map(|item| item.as_bytes().into()).collect()
    };
    Arc::new(Grant { methods: list("Access-Control-Allow-Methods"), names: list("Access-Control-Allow-Headers") })
}

pub(super) fn floor_key(url: &Url) -> Key<'_> {
    Key { partition: PARTITION.as_bytes(), origin: PAGE, url: url.as_str() }
}

pub(super) fn floor_cache(count: u32, limit: usize) -> FloorCache {
    let mut cache = Cache::new(limit);
    let grant = floor_grant();
    for index in 0..count {
        cache.store(&floor_key(&url_of(index)), false, 600, &grant);
    }
    assert_eq!(cache.len(), count as usize);
    Rc::new(RefCell::new(cache))
}

/// URLs in an order without order, each once in so many.
pub(super) fn shuffled(count: u32) -> Box<dyn FnMut() -> u32> {
    // A linear congruence modulo a power of two meets every number below it once.
    let (mut at, modulus) = (0_u32, count.next_power_of_two());
    Box::new(move || {
        loop {
            at = at.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) & (modulus - 1);
            if at < count {
                return at;
            }
        }
    })
}

/// A hit: a PUT to where its request is out, less the same without a preflight, and less the question whether
/// it needs one.
fn hit(entries: u32) -> Operation {
    hit_in_order("5 cache hit, PUT and 3 names", entries, shuffled)
}

/// The hit in caches of ten to a million entries, of one hot URL and of URLs without order.
pub fn operations_of_growth() -> Vec<Operation> {
    fn hot(_: u32) -> Box<dyn FnMut() -> u32> {
        Box::new(|| 0)
    }
    let sizes = [10, 1_000, 100_000, 1_000_000];
    let hot = sizes.map(|entries| hit_in_order("5 cache hit, one hot URL", entries, hot));
    let cold = sizes.map(|entries| hit_in_order("5 cache hit, URLs without order", entries, shuffled));
    let timed = |mut operation: Operation| {
        let is_largest = operation.n == 1_000_000 && operation.name.ends_with("without order");
        operation.reach = is_largest.then_some(Reach::TimeOfFloor { percent: 130 });
        operation
    };
    hot.into_iter().chain(cold).map(timed).collect()
}

fn hit_in_order(name: &'static str, entries: u32, order: fn(u32) -> Box<dyn FnMut() -> u32>) -> Operation {
    Operation::new(name, entries, move || {
        let client = input::client();
        let ua = engine::with_grants(entries, entries as usize + 1, &client);
        let (ua_without, asked) = (ua.clone(), input::put(&client, url_of(0)));
        let requests = |make: fn(&Arc<Client>, Url) -> Request| {
            let (client, mut next) = (Arc::clone(&client), order(entries));
            move || make(&client, url_of(next()))
        };
        let whole = runner(requests(input::put), move |request| engine::request_out(&ua, request));
        let simple = runner(requests(input::trusted_put), move |request| engine::request_out(&ua_without, request));
        let decision = runner(|| (), move |()| spec::is_cors_preflight_needed(black_box(&asked)));
        let cache = floor_cache(entries, entries as usize + 1);
        let mut next = order(entries);
        let floor = runner(
            move || url_of(next()),
            move |url| {
                let names = black_box(&UNSAFE_NAMES).iter().copied();
                assert!(cache.borrow().covers(&floor_key(&url), false, 0, Some(b"PUT"), names));
                url
            },
        );
        Sides::both(Side::new(whole).without(simple).without(decision), Side::new(floor))
    })
    .reach(1_500, 0)
}

const UNSAFE_NAMES: [&[u8]; 3] = [b"Content-Type", b"X-Request-Id", b"X-Client-Version"];

/// A counter of URLs, each of which comes once.
pub(super) fn fresh(start: u32) -> impl FnMut() -> Url + Clone {
    let mut index = start;
    move || {
        index += 1;
        url_of(index)
    }
}

/// Stores that never meet a limit keep to this.
const MUCH_ROOM: usize = 1 << 14;

/// What `run` costs with a cache, less what it costs without one.
fn less_uncached<I: 'static>(
    ua: UserAgent,
    mut setup: impl FnMut(&UserAgent) -> I + Clone + 'static,
    run: impl Fn(I) -> Fetch + Copy + 'static,
) -> Side {
    let uncached = engine::without_cache();
    let mut setup_uncached = setup.clone();
    Side::new(runner(move || setup(&ua), run)).without(runner(move || setup_uncached(&uncached), run))
}

fn answered(mut fetch: Fetch) -> Fetch {
    engine::allow(&mut fetch, NOW);
    fetch
}

/// Stores URL after URL into a cache that grows, its table with it.
fn store(entries: u32) -> Operation {
    Operation::new("5 cache store, growing", entries, || {
        let client = input::client();
        let mut next = fresh(0);
        let setup = move |ua: &UserAgent| engine::preflight_out(ua, input::put(&client, next()));
        let engine = less_uncached(engine::with_room(1 << 24), setup, answered);
        let (cache, grant) = (floor_cache(0, 1 << 24), floor_grant());
        let floor = runner(fresh(0), move |url| {
            cache.borrow_mut().store(&floor_key(&url), false, 600, &grant);
            url
        });
        Sides::both(engine, Side::new(floor))
    })
    .runs(entries as usize)
    .reach(4_000, 3)
}

/// Stores at the limit, where one goes for one that comes.
fn evict(limit: u32) -> Operation {
    Operation::new("5 cache store and evict, at the limit", limit, move || {
        let client = input::client();
        let ua = engine::with_grants(limit, limit as usize, &client);
        let mut next = fresh(limit);
        let engine = less_uncached(ua, move |ua| engine::preflight_out(ua, input::put(&client, next())), answered);
        let (cache, grant) = (floor_cache(limit, limit as usize), floor_grant());
        let floor = runner(fresh(limit), move |url| {
            cache.borrow_mut().store(&floor_key(&url), false, 600, &grant);
            url
        });
        Sides::both(engine, Side::new(floor))
    })
    .reach(4_000, 3)
}

/// Stores what is stored already.
fn replace() -> Operation {
    Operation::new("5 cache replace", 1, || stored_again(0)).reach(4_000, 3)
}

/// Stores where all that was stored is dead.
fn expire() -> Operation {
    Operation::new("5 cache expire, and store anew", 1, || stored_again(601)).reach(4_000, 3)
}

fn stored_again(seconds: u64) -> Sides {
    let client = input::client();
    let mut next = fresh(0);
    let clock = Rc::new(Cell::new(0));
    let setup = {
        let clock = Rc::clone(&clock);
        move |ua: &UserAgent| {
            let (url, now) = (next(), clock.get());
            // Both preflights are out before the first answer is stored.
            let mut first = engine::preflight_out(ua, input::put(&client, url.clone()));
            let second = engine::preflight_out(ua, input::put(&client, url));
            engine::allow(&mut first, Timestamp::from_secs(now));
            (second, now + seconds, Rc::clone(&clock))
        }
    };
    let run = |(mut fetch, now, clock): (Fetch, u64, Rc<Cell<u64>>)| {
        engine::allow(&mut fetch, Timestamp::from_secs(now));
        clock.set(now);
        fetch
    };
    let engine = less_uncached(engine::with_room(MUCH_ROOM), setup, run);
    let (cache, grant) = (floor_cache(0, MUCH_ROOM), floor_grant());
    let mut next = fresh(0);
    let floor = {
        let (cache, grant) = (Rc::clone(&cache), Arc::clone(&grant));
        move || {
            let url = next();
            cache.borrow_mut().store(&floor_key(&url), false, 600, &grant);
            url
        }
    };
    let again = move |url: Url| {
        cache.borrow_mut().store(&floor_key(&url), false, 600 + seconds, &grant);
        url
    };
    Sides::both(engine, Side::new(runner(floor, again)))
}

/// Forgets what is stored for one URL, after its request failed.
fn clear() -> Operation {
    Operation::new("5 cache clear one URL", 1, || {
        let client = input::client();
        let mut next = fresh(0);
        let ua = engine::with_room(MUCH_ROOM);
        let (trusting, trusting_client) = (ua.clone(), Arc::clone(&client));
        let stored = move || answered(engine::preflight_out(&ua, input::put(&client, next())));
        // A fetch that made no preflight clears nothing.
        let trusted = move || engine::request_out(&trusting, input::trusted_put(&trusting_client, url(TARGET)));
        let engine = Side::new(runner(stored, engine::fail)).without(runner(trusted, engine::fail));
        let (cache, grant) = (floor_cache(0, MUCH_ROOM), floor_grant());
        let mut next = fresh(0);
        let stored = {
            let cache = Rc::clone(&cache);
            move || {
                let url = next();
                cache.borrow_mut().store(&floor_key(&url), false, 600, &grant);
                url
            }
        };
        let floor = runner(stored, move |url| {
            cache.borrow_mut().clear_url(&floor_key(&url));
            url
        });
        Sides::both(engine, Side::new(floor))
    })
    .reach(4_000, 0)
}

/// Fills a cache from empty, `entries` times; how long each side took, table growth included.
pub fn fill(entries: u32) -> (Duration, Duration) {
    let client = input::client();
    let took = |ua: &UserAgent| {
        let mut took = Duration::ZERO;
        for start in (0..entries).step_by(100) {
            let urls = (start..entries.min(start + 100)).map(url_of);
            let mut out: Vec<Fetch> = urls.map(|url| engine::preflight_out(ua, input::put(&client, url))).collect();
            let begin = Instant::now();
            out.iter_mut().for_each(|fetch| engine::allow(fetch, NOW));
            took += begin.elapsed();
        }
        took
    };
    let engine = took(&engine::with_room(1 << 24)).saturating_sub(took(&engine::without_cache()));
    let (mut cache, grant) = (Cache::new(1 << 24), floor_grant());
    let mut floor = Duration::ZERO;
    for start in (0..entries).step_by(100) {
        let urls: Vec<Url> = (start..entries.min(start + 100)).map(url_of).collect();
        let begin = Instant::now();
        urls.iter().for_each(|url| cache.store(&floor_key(url), false, 600, &grant));
        floor += begin.elapsed();
    }
    (engine, floor)
}
