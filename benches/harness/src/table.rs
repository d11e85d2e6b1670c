//! The operations, by the rows of the README's table.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fetch_cors::{
    Client, CorsCheckPassed, CredentialsMode, Fetch, HeaderList, Profile, Request, SchemePolicy, Timestamp, UserAgent,
    spec,
};
use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::engine;
use crate::floor::cache::{Cache, Grant, Key};
use crate::floor::fetch::{Delivered, Fetch as FloorFetch, Origin, Page, Request as FloorRequest, Waits};
use crate::floor::lines::Line;
use crate::floor::{preflight, request, response};
use crate::input::{
    self, ALLOWED, ANSWER, ANSWER_TO_NULL, BODY_LENGTH, Lines, NOW, PAGE, PAGE_URL, PARTITION, REDIRECT, SIMPLE,
    TARGET, UNSAFE, url, url_of,
};
use crate::operation::{Operation, Reach, Side, Sides, runner};

/// Every operation.
pub fn operations() -> Vec<Operation> {
    let mut list = single();
    list.extend(cache());
    list.extend(paths());
    list
}

fn bytes(lines: Lines) -> impl Iterator<Item = Line<'static>> + Clone {
    lines.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()))
}

/// A side that works on what outlives it.
fn repeated<O: 'static>(mut run: impl FnMut() -> O + 'static) -> Side {
    Side::new(runner(|| (), move |()| run()))
}

/// Rows 1 to 4, 6 and 7.
fn single() -> Vec<Operation> {
    let schemes = SchemePolicy::new;
    vec![
        Operation::new("1 decide a simple GET", 4, move || {
            let request = input::simple(&input::client());
            let engine = {
                let schemes = schemes();
                move || {
                    let request = black_box(&request);
                    let same_origin = request.origin().same_origin_with_url(request.current_url(), &schemes);
                    !same_origin && spec::is_cors_preflight_needed(request)
                }
            };
            let (origin, target) = (Origin::of(&url(PAGE)), url(TARGET));
            let floor = move || {
                let (method, lines, target) = black_box((&b"GET"[..], SIMPLE, &target));
                !origin.is_same(target) && request::is_preflight_needed(method, bytes(lines))
            };
            assert!(!engine() && !floor());
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(1_700, 0),
        Operation::new("2 decide a PUT, and Access-Control-Request-Headers", 4, || {
            let request = input::put(&input::client(), url(TARGET));
            let engine = move || {
                let request = black_box(&request);
                let needed = spec::is_cors_preflight_needed(request);
                needed.then(|| spec::cors_preflight_header_list(request).expect("room"))
            };
            let mut buffer = Vec::with_capacity(256);
            let mut floor = move || {
                let (method, lines) = black_box((&b"PUT"[..], UNSAFE));
                buffer.clear();
                if request::is_preflight_needed(method, bytes(lines)) {
                    let mut names = Names::default();
                    names.write(bytes(lines), &mut buffer);
                }
                buffer.len()
            };
            let names =
                engine().and_then(|list| list.get("access-control-request-headers").map(|value| value.to_vec()));
            assert_eq!(names.map(|names| names.len()), Some(floor()));
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(2_100, 1),
        Operation::new("3 whole preflight request, as lines", 4, || {
            let request = input::put(&input::client(), url(TARGET));
            let engine = move || preflight_lines(black_box(&request));
            let mut buffer = Vec::with_capacity(1024);
            let target = url(TARGET);
            let mut floor = move || {
                let (method, lines, target) = black_box(("PUT", UNSAFE, &target));
                write_preflight(method, target, lines, &mut buffer);
                buffer.clone()
            };
            let text = engine_text(&engine());
            assert_eq!(String::from_utf8_lossy(&text), String::from_utf8_lossy(&floor()));
            let mut buffer = Vec::with_capacity(1024);
            let target = url(TARGET);
            let floor = move || {
                let (method, lines, target) = black_box(("PUT", UNSAFE, &target));
                write_preflight(method, target, lines, &mut buffer);
                buffer.len()
            };
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(2_900, 1),
        Operation::new("3 whole preflight request, as HeaderMap", 4, || {
            let request = input::put(&input::client(), url(TARGET));
            let engine = move || HeaderMap::try_from(&preflight_lines(black_box(&request))).expect("HTTP's");
            let floor = || {
                let (method, lines) = black_box((&b"PUT"[..], UNSAFE));
                let needed = request::is_preflight_needed(method, bytes(lines));
                needed.then(|| preflight_map(method, bytes(lines)))
            };
            assert_eq!(Some(engine()), floor());
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(4_200, 3),
        Operation::new("4 judge a preflight response", 8, || {
            let request = input::put(&input::client(), url(TARGET));
            let engine = move || {
                let profile = Profile::standard();
                let answer = black_box((204, ALLOWED));
                spec::judge_cors_preflight_response(black_box(&request), PAGE, &answer, &profile).ok()
            };
            let floor = || {
                let mut names = Names::default();
                let (method, lines, answer) = black_box((&b"PUT"[..], UNSAFE, ALLOWED));
                let names = names.of(bytes(lines));
                preflight::judge(method, names, PAGE, false, 204, bytes(answer))
            };
            let allowed = floor().expect("allowed");
            assert_eq!(engine(), Some(allowed.max_age));
            assert_eq!((allowed.methods.len(), allowed.names.len()), (4, 8));
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(4_500, 2),
        large(200).reach(1_000_000, 8),
        large(400),
        Operation::new("6 CORS check with credentials", 12, || {
            let engine = || {
                let answer = black_box((200, ANSWER));
                spec::cors_check(PAGE, CredentialsMode::Include, &answer).is_ok()
            };
            let floor = || response::cors_check(PAGE, true, bytes(black_box(ANSWER)));
            assert!(engine() && floor());
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(500, 0),
        Operation::new("7 which headers script sees", 12, || {
            let mode = CredentialsMode::SameOrigin;
            let engine = move |passed| shown(passed, mode);
            let floor = || response::visible(false, bytes(black_box(ANSWER)));
            let lines = spec::cors_filtered_headers(passed(mode), mode, &(200, ANSWER));
            assert_eq!(lines.map(|(name, _)| 1 << place_of(name)).sum::<u64>(), floor());
            Sides::both(Side::new(runner(move || passed(mode), engine)), repeated(floor))
        })
        .reach(2_600, 0),
        Operation::new("1 + 6 + 7 simple GET, its checks alone", 12, || {
            let request = input::simple(&input::client());
            let mode = CredentialsMode::Include;
            let schemes = SchemePolicy::new();
            let engine = move || {
                let request = black_box(&request);
                let same_origin = request.origin().same_origin_with_url(request.current_url(), &schemes);
                let needed = !same_origin && spec::is_cors_preflight_needed(request);
                (needed, shown(passed(mode), mode))
            };
            let (origin, target) = (Origin::of(&url(PAGE)), url(TARGET));
            let floor = move || {
                let (method, lines, target) = black_box((&b"GET"[..], SIMPLE, &target));
                let needed = !origin.is_same(target) && request::is_preflight_needed(method, bytes(lines));
                assert!(response::cors_check(PAGE, true, bytes(black_box(ANSWER))));
                (needed, response::visible(true, bytes(black_box(ANSWER))).count_ones() as usize)
            };
            assert_eq!(engine(), floor());
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(5_000, 0),
    ]
}

/// Row 7, the proof of row 6 in hand.
fn shown(passed: CorsCheckPassed, mode: CredentialsMode) -> usize {
    spec::cors_filtered_headers(passed, mode, black_box(&(200, ANSWER))).map(black_box).count()
}

fn passed(mode: CredentialsMode) -> CorsCheckPassed {
    spec::cors_check(PAGE, mode, black_box(&(200, ANSWER))).expect("allowed")
}

/// Which line of the answer a name is.
fn place_of(name: &[u8]) -> usize {
    ANSWER.iter().position(|(line, _)| line.as_bytes() == name).expect("a line of the answer")
}

/// Stack space for the usual count of names.
#[derive(Default)]
struct Names<'a> {
    few: [&'a [u8]; 8],
}

impl<'a> Names<'a> {
    /// The unsafe names.
    fn of(&mut self, lines: impl Iterator<Item = Line<'a>>) -> &mut [&'a [u8]] {
        let mut count = 0;
        for (name, value) in lines {
            if !request::is_safelisted(name, value) {
                self.few[count] = name;
                count += 1;
            }
        }
        &mut self.few[..count]
    }

    fn write(&mut self, lines: impl Iterator<Item = Line<'a>> + Clone, value: &mut Vec<u8>) {
        let names = self.of(lines);
        names.sort_unstable_by(|a, b| request::compare(a, b));
        request::write_names(names, value);
    }
}

/// A preflight request's lines, as far as CORS asks for them.
fn preflight_lines(request: &Request) -> HeaderList {
    assert!(spec::is_cors_preflight_needed(request));
    let mut list = spec::cors_preflight_header_list(request).expect("room");
    list.append("Origin", request.origin().serialize()).expect("room");
    list
}

fn engine_text(list: &HeaderList) -> Vec<u8> {
    let mut text = b"OPTIONS /v1/items/1234567?fields=all HTTP/1.1\r\nHost: api.page.example\r\n".to_vec();
    for (name, value) in list {
        text.extend([name, b": ", value, b"\r\n"].concat());
    }
    text
}

fn write_preflight(method: &str, target: &Url, lines: Lines, text: &mut Vec<u8>) {
    text.clear();
    if !request::is_preflight_needed(method.as_bytes(), bytes(lines)) {
        return;
    }
    let mut names = Names::default();
    text.extend_from_slice(b"OPTIONS ");
    text.extend_from_slice(target[url::Position::BeforePath..url::Position::AfterQuery].as_bytes());
    text.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    text.extend_from_slice(target[url::Position::BeforeHost..url::Position::AfterPort].as_bytes());
    text.extend_from_slice(b"\r\nAccept: */*\r\nAccess-Control-Request-Method: ");
    text.extend_from_slice(method.as_bytes());
    text.extend_from_slice(b"\r\nAccess-Control-Request-Headers: ");
    names.write(bytes(lines), text);
    text.extend_from_slice(b"\r\nOrigin: ");
    text.extend_from_slice(PAGE.as_bytes());
    text.extend_from_slice(b"\r\n");
}

fn preflight_map<'a>(method: &[u8], lines: impl Iterator<Item = Line<'a>> + Clone) -> HeaderMap {
    let mut names = Names::default();
    let mut value = Vec::with_capacity(128);
    names.write(lines, &mut value);
    let mut map = HeaderMap::with_capacity(4);
    let known = |bytes: &[u8]| HeaderValue::from_bytes(bytes).expect("HTTP's");
    map.insert(http::header::ACCEPT, HeaderValue::from_static("*/*"));
    map.insert(http::header::ACCESS_CONTROL_REQUEST_METHOD, known(method));
    map.insert(http::header::ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::try_from(value).expect("HTTP's"));
    map.insert(http::header::ORIGIN, known(PAGE.as_bytes()));
    map
}

/// Row 4 with many names.
fn large(names: usize) -> Operation {
    Operation::new("4-large judge names asked, ten times as many listed", names as u32, move || {
        let request = input::large_put(&input::client(), names);
        let answer = (204, input::large_answer(names * 10));
        let asked: Vec<String> = (0..names).map(input::large_name).collect();
        let engine = {
            let answer = answer.clone();
            move || {
                let profile = Profile::standard();
                spec::judge_cors_preflight_response(black_box(&request), PAGE, black_box(&answer), &profile).ok()
            }
        };
        let floor = move || {
            let lines = black_box(&asked).iter().map(|name| (name.as_bytes(), &b"1"[..]));
            let names: Vec<&[u8]> =
                lines.filter(|(name, value)| !request::is_safelisted(name, value)).map(|(name, _)| name).collect();
            let lines = black_box(&answer.1).iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            preflight::judge(b"PUT", &names, PAGE, false, answer.0, lines).map(|allowed| allowed.max_age)
        };
        assert!(engine().is_some() && engine() == floor());
        Sides::both(repeated(engine), repeated(floor))
    })
}

/// Row 5.
fn cache() -> Vec<Operation> {
    vec![hit(10), hit(1_000), store(2_000), replace(), expire(), evict(1_000), clear()]
}

type FloorCache = Rc<RefCell<Cache>>;

fn floor_grant() -> Arc<Grant> {
    let list = |name: &str| {
        let line = ALLOWED.iter().find(|(line, _)| *line == name).map_or("", |(_, value)| value);
        line.split(", ").map(|item| item.as_bytes().into()).collect()
    };
    Arc::new(Grant { methods: list("Access-Control-Allow-Methods"), names: list("Access-Control-Allow-Headers") })
}

fn floor_key(url: &Url) -> Key<'_> {
    Key { partition: PARTITION.as_bytes(), origin: PAGE, url: url.as_str() }
}

fn floor_cache(count: u32, limit: usize) -> FloorCache {
    let mut cache = Cache::new(limit);
    let grant = floor_grant();
    for index in 0..count {
        cache.store(&floor_key(&url_of(index)), false, 600, &grant);
    }
    assert_eq!(cache.len(), count as usize);
    Rc::new(RefCell::new(cache))
}

/// URLs in an order without order, each once in so many.
fn shuffled(count: u32) -> Box<dyn FnMut() -> u32> {
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
fn fresh(start: u32) -> impl FnMut() -> Url + Clone {
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

/// Whole paths through the state machine.
fn paths() -> Vec<Operation> {
    let mut list = Vec::new();
    for traced in [false, true] {
        let name = |off: &'static str, on: &'static str| if traced { on } else { off };
        let reach = |operation: Operation, allocations| {
            if traced { operation } else { operation.reach_of_floor(200, allocations) }
        };
        let get = Operation::new(name("path: simple GET", "path: simple GET, trace on"), 0, move || {
            let client = input::client();
            let ua = user_agent(engine::without_cache(), traced);
            get_path(ua, client, floor_page(false), 0, ANSWER)
        });
        list.push(reach(get, Some(0)));
        let opaque = name("path: simple GET of an opaque origin", "path: simple GET of an opaque origin, trace on");
        let opaque = Operation::new(opaque, 0, move || {
            let ua = user_agent(engine::without_cache(), traced);
            get_path(ua, input::opaque_client(), floor_page(true), 0, ANSWER_TO_NULL)
        });
        list.push(reach(opaque, Some(0)));
        let cached = name("path: PUT, preflight cached", "path: PUT, preflight cached, trace on");
        list.push(reach(Operation::new(cached, 1_000, move || cached_path(traced)), Some(1)));
        let sent = name("path: PUT, preflight sent and stored", "path: PUT, preflight sent and stored, trace on");
        list.push(reach(Operation::new(sent, 1_000, move || sent_path(traced)), Some(6)));
        for hops in [1, 10, 20] {
            let chain = Operation::new(name("path: redirects", "path: redirects, trace on"), hops, move || {
                let ua = user_agent(engine::without_cache(), traced);
                get_path(ua, input::client(), floor_page(false), hops, ANSWER)
            });
            if hops == 20 || !traced {
                list.push(reach(chain, None));
            }
        }
    }
    list
}

fn user_agent(ua: UserAgent, traced: bool) -> UserAgent {
    if traced { engine::traced(&ua) } else { ua }
}

fn floor_page(opaque: bool) -> Arc<Page> {
    let origin = if opaque { Origin::opaque() } else { Origin::of(&url(PAGE)) };
    Page { origin, referrer: (!opaque).then(|| url(PAGE_URL)), partition: PARTITION.as_bytes().to_vec() }.into()
}

fn get_path(ua: UserAgent, client: Arc<Client>, page: Arc<Page>, hops: u32, answer: Lines) -> Sides {
    let run = move |request| engine::redirected(&ua, request, hops, REDIRECT, answer);
    let cache = Mutex::new(Cache::new(0));
    let floor = move |request| {
        let mut fetch = FloorFetch::start(request, &cache, 0).expect("allowed");
        for _ in 0..hops {
            assert!(fetch.respond(302, bytes(black_box(REDIRECT)), &cache, 0).is_some_and(|answer| answer.is_none()));
        }
        let delivered = fetch.respond(200, bytes(black_box(answer)), &cache, 0).flatten().expect("allowed");
        (fetch, delivered)
    };
    let request = move || input::simple(&client);
    let floor_request = move || FloorRequest::new(&page, "GET", url(TARGET), SIMPLE, None);
    assert_same(run(request()), floor(floor_request()));
    Sides::both(Side::new(runner(request, run)), Side::new(runner(floor_request, floor)))
}

/// A PUT whose preflight is cached, for each of a thousand URLs in turn.
fn cached_path(traced: bool) -> Sides {
    let client = input::client();
    // The limits are the same, and the trace changes nothing that is stored.
    let ua = UserAgent::new(engine::with_room(2_000).config().clone().trace(traced));
    for index in 0..1_000 {
        engine::grant(&ua, &client, url_of(index));
    }
    let cache = Rc::into_inner(floor_cache(1_000, 2_000)).expect("one handle").into_inner();
    let cache = Mutex::new(cache);
    let page = floor_page(false);
    let run = move |request| engine::whole(&ua, request, ANSWER);
    let floor = move |request| {
        let mut fetch = FloorFetch::start(request, &cache, 0).expect("allowed");
        assert_eq!(fetch.waits, Waits::Answer);
        let delivered = fetch.respond(200, bytes(black_box(ANSWER)), &cache, 0).flatten().expect("allowed");
        (fetch, delivered)
    };
    let request = {
        let mut next = shuffled(1_000);
        move || input::put(&client, url_of(next()))
    };
    let floor_request = {
        let mut next = shuffled(1_000);
        move || FloorRequest::new(&page, "PUT", url_of(next()), UNSAFE, Some(BODY_LENGTH))
    };
    let (mut request, mut floor_request) = (request, floor_request);
    assert_same(run(request()), floor(floor_request()));
    Sides::both(Side::new(runner(request, run)), Side::new(runner(floor_request, floor)))
}

/// A PUT whose preflight is sent, answered and stored in a full cache.
fn sent_path(traced: bool) -> Sides {
    let client = input::client();
    let ua = UserAgent::new(engine::with_room(1_000).config().clone().trace(traced));
    for index in 0..1_000 {
        engine::grant(&ua, &client, url_of(index));
    }
    let cache = Rc::into_inner(floor_cache(1_000, 1_000)).expect("one handle").into_inner();
    let (cache, mut shared) = (Mutex::new(cache), None);
    let page = floor_page(false);
    let run = move |request| engine::whole(&ua, request, ANSWER);
    let mut floor = move |request| {
        let mut fetch = FloorFetch::start(request, &cache, 0).expect("allowed");
        assert_eq!(fetch.waits, Waits::Preflight);
        fetch.respond_to_preflight(204, bytes(black_box(ALLOWED)), &cache, &mut shared, 0).expect("allowed");
        let delivered = fetch.respond(200, bytes(black_box(ANSWER)), &cache, 0).flatten().expect("allowed");
        (fetch, delivered)
    };
    let mut request = {
        let mut next = fresh(1_000);
        move || input::put(&client, next())
    };
    let mut floor_request = {
        let mut next = fresh(1_000);
        move || FloorRequest::new(&page, "PUT", next(), UNSAFE, Some(BODY_LENGTH))
    };
    assert_same(run(request()), floor(floor_request()));
    Sides::both(Side::new(runner(request, run)), Side::new(runner(floor_request, floor)))
}

/// Both sides sent the same lines and show the same.
fn assert_same(engine: (Fetch, fetch_cors::Response<engine::Head>, usize), floor: (FloorFetch, Delivered)) {
    let (fetch, response, seen) = engine;
    let (floor_fetch, delivered) = floor;
    let text = |lines: &mut dyn Iterator<Item = (&[u8], &[u8])>| -> Vec<String> {
        lines.map(|(name, value)| format!("{}: {}", name.escape_ascii(), value.escape_ascii())).collect()
    };
    assert_eq!(text(&mut fetch.request().header_list().iter()), text(&mut floor_fetch.lines()));
    assert_eq!(seen, delivered.visible.count_ones() as usize);
    assert_eq!(response.status(), delivered.status);
    assert_eq!(response.url_list(), delivered.url_list);
    assert_eq!(response.timing_allow_passed(), delivered.timing_allow_passed);
    assert_eq!(response.body() == fetch_cors::ResponseBody::Read, delivered.has_body);
    assert_eq!(response.redirect_taint() != fetch_cors::RedirectTaint::SameOrigin, delivered.tainted);
}
