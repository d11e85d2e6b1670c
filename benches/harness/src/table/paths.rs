//! Whole paths through the state machine.

use std::hint::black_box;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use fetch_cors::{Client, Fetch, UserAgent};

use super::bytes;
use super::cache::{floor_cache, fresh, shuffled};
use crate::engine;
use crate::floor::cache::Cache;
use crate::floor::fetch::{Delivered, Fetch as FloorFetch, Origin, Page, Request as FloorRequest, Waits};
use crate::input::{
    self, ALLOWED, ANSWER, ANSWER_TO_NULL, BODY_LENGTH, Lines, PAGE, PAGE_URL, PARTITION, REDIRECT, SIMPLE, TARGET,
    UNSAFE, url, url_of,
};
use crate::operation::{Operation, Side, Sides, runner};

/// Whole paths through the state machine.
pub(super) fn operations() -> Vec<Operation> {
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
