//! Hosts with something in their preflight cache, for the tests of its upkeep.

use fetch_cors::{CacheLimits, Config, Origin, RequestBuilder};

use super::{API, FOR_NULL, HEADERS, Host, Kind, MAX_AGE, METHODS, allow, answer, origin, page, redirect, to};

pub(crate) fn limited(limits: CacheLimits) -> Host {
    Host::new(Config::new().cache_limits(limits))
}

pub(crate) fn put(target: &str) -> RequestBuilder {
    to(target).method("PUT")
}

/// Whether a PUT is preflighted; if it is, grants it.
pub(crate) fn preflighted(host: &Host, target: &str) -> bool {
    let mut fetch = host.start(put(target));
    let is_preflight = super::Sent::ask(&mut fetch).expect("a request").kind == Kind::Preflight;
    if is_preflight {
        assert!(host.answer(&mut fetch, allow("PUT", "", "60")).is_none());
    }
    is_preflight
}

/// Whether a PUT is preflighted, without an answer to it; a look-up counts as a use.
pub(crate) fn is_missing(host: &Host, request: RequestBuilder) -> bool {
    super::Sent::ask(&mut host.start(request)).expect("a request").kind == Kind::Preflight
}

/// A host on which three origins have fetched, one of them opaque, one tainted.
pub(crate) fn populated(config: Config) -> Host {
    let host = Host::new(config);
    let null_lines = [FOR_NULL, (METHODS, "PUT"), (MAX_AGE, "60")];
    let as_origin = |origin: Origin| put(API).client(page()).origin(origin);
    for source in ["https://page.example", "https://sub.page.example", "https://other.example"] {
        let lines = [("Access-Control-Allow-Origin", source), (METHODS, "PUT"), (MAX_AGE, "60")];
        let then = answer(200, &[("Access-Control-Allow-Origin", source)]);
        assert!(host.run(as_origin(origin(source)), [answer(200, &lines), then]).outcome.is_ok());
    }
    assert!(
        host.run(as_origin(Origin::opaque(1)), [answer(200, &null_lines), answer(200, &[FOR_NULL])]).outcome.is_ok()
    );
    let hop = to("https://hop.example/").header("x-a", "1");
    let for_tainted = [FOR_NULL, (HEADERS, "x-a"), (MAX_AGE, "60")];
    let answers = [allow("", "x-a", "60"), redirect(307, API), answer(200, &for_tainted), answer(200, &[FOR_NULL])];
    assert!(host.run(hop, answers).outcome.is_ok());
    host
}

/// Origins and URLs of the groups: `t` is tainted, `o` opaque.
pub(crate) fn groups(host: &Host) -> Vec<String> {
    let entries = host.ua.preflight_cache().entries(host.now());
    let name = |entry: &fetch_cors::CacheEntry| {
        let marks = [(entry.tainted, " t"), (entry.opaque, " o")];
        let marks: String = marks.into_iter().filter(|(set, _)| *set).map(|(_, mark)| mark).collect();
        format!("{} > {}{marks}", entry.origin, entry.url)
    };
    let mut groups: Vec<String> = entries.iter().map(name).collect();
    groups.dedup();
    groups
}
