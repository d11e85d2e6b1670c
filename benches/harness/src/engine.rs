//! The engine's side of the operations.

use std::sync::Arc;

use fetch_cors::{Action, CacheLimits, Client, Config, Fetch, HostFailure, Request, Response, Timestamp, UserAgent};
use url::Url;

use crate::input::{ALLOWED, Lines, NOW, put, url_of};

/// An answer.
pub(crate) type Head = (u16, Lines);

/// A user agent without a preflight cache.
pub(crate) fn without_cache() -> UserAgent {
    UserAgent::new(Config::new().cache_limits(CacheLimits::none()))
}

/// The same with the trace on.
pub(crate) fn traced(ua: &UserAgent) -> UserAgent {
    UserAgent::new(ua.config().clone().trace(true))
}

/// A user agent whose preflight cache holds at most so many groups.
pub(crate) fn with_room(groups: usize) -> UserAgent {
    let limits = CacheLimits::new().groups(groups).bytes(1 << 33);
    UserAgent::new(Config::new().cache_limits(limits).hash_seed([1, 2]))
}

/// A user agent whose preflight cache holds the grants of the first `count` URLs.
pub(crate) fn with_grants(count: u32, room: usize, client: &Arc<Client>) -> UserAgent {
    let ua = with_room(room);
    for index in 0..count {
        grant(&ua, client, url_of(index));
    }
    assert_eq!(ua.preflight_cache().len(), count as usize);
    ua
}

/// Sends a preflight and stores what it allows.
pub(crate) fn grant(ua: &UserAgent, client: &Arc<Client>, url: Url) {
    let mut fetch = preflight_out(ua, put(client, url));
    allow(&mut fetch, NOW);
}

/// A fetch whose preflight is out.
pub(crate) fn preflight_out(ua: &UserAgent, request: Request) -> Fetch {
    let mut fetch = ua.fetch(request, NOW);
    assert!(matches!(fetch.action(), Action::SendPreflight(_)));
    fetch
}

/// A fetch whose request is out.
pub(crate) fn request_out(ua: &UserAgent, request: Request) -> Fetch {
    let mut fetch = ua.fetch(request, NOW);
    assert!(matches!(fetch.action(), Action::SendRequest(_)));
    fetch
}

/// Answers the preflight that is out.
pub(crate) fn allow(fetch: &mut Fetch, now: Timestamp) {
    if let Some(exchange) = fetch.exchange() {
        assert!(exchange.respond((204, ALLOWED), now).is_none());
    }
}

/// The network fails; a fetch with a preflight then clears what is cached for its URL.
pub(crate) fn fail(mut fetch: Fetch) -> Fetch {
    if let Some(exchange) = fetch.exchange() {
        exchange.fail(HostFailure::connect(String::new()));
    }
    fetch
}

/// Answers until a response is accepted, and looks at what script sees of it.
pub(crate) fn finish(fetch: &mut Fetch, answer: Lines) -> (Response<Head>, usize) {
    loop {
        let delivery = match fetch.action() {
            Action::SendPreflight(exchange) => exchange.respond((204, ALLOWED), NOW),
            Action::SendRequest(exchange) => exchange.respond((200, answer), NOW),
            other => panic!("{other:?} is not expected here"),
        };
        if let Some(delivery) = delivery {
            let response = delivery.accept();
            let seen = response.headers().count();
            return (response, seen);
        }
    }
}

/// The whole path of a request.
pub(crate) fn whole(ua: &UserAgent, request: Request, answer: Lines) -> (Fetch, Response<Head>, usize) {
    let mut fetch = ua.fetch(request, NOW);
    let (response, seen) = finish(&mut fetch, answer);
    (fetch, response, seen)
}

/// The whole path with so many redirects on it.
pub(crate) fn redirected(
    ua: &UserAgent,
    request: Request,
    hops: u32,
    redirect: Lines,
    answer: Lines,
) -> (Fetch, Response<Head>, usize) {
    let mut fetch = ua.fetch(request, NOW);
    for _ in 0..hops {
        if let Action::SendRequest(exchange) = fetch.action() {
            assert!(exchange.respond((302, redirect), NOW).is_none());
        }
    }
    let (response, seen) = finish(&mut fetch, answer);
    (fetch, response, seen)
}
