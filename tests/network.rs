//! HTTP-network-or-cache fetch: the header lines of each hop.

mod common;

use std::sync::Arc;

use common::{API, Host, Kind, allow, answer, ok, origin, page, redirect, to, url};
use fetch_cors::{
    Body, CacheMode, Client, Config, Destination, Global, Initiator, Origin, Referrer, ReferrerPolicy, Request,
    RequestBuilder, RequestMode,
};

const SAME: &str = "https://page.example/x";

/// What the one request of this fetch looks like.
fn sent(request: RequestBuilder) -> common::Sent {
    sent_by(&Host::standard(), request)
}

fn sent_by(host: &Host, request: RequestBuilder) -> common::Sent {
    let mut run = host.run(request, [answer(200, &[common::FOR_PAGE, common::CREDENTIALS])]);
    assert_eq!(run.sent.len(), 1);
    run.sent.remove(0)
}

#[test]
fn the_lines_of_a_simple_request_in_order() {
    let host = Host::new(Config::new().user_agent("agent").expect("valid").accept_language("en").expect("valid"));
    let request = to(API).method("POST").body(Body::Source { length: 12 }).initiator(Initiator::Prefetch);
    let sent = sent_by(&host, request.header("X-Own", "1").mode(RequestMode::NoCors).cache_mode(CacheMode::Reload));
    let lines: Vec<(&str, &str)> =
        sent.lines.iter().map(|(name, value)| (&**name, std::str::from_utf8(value).expect("ASCII"))).collect();
    let expected = [
        ("X-Own", "1"),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("Accept-Language", "en"),
        ("Content-Length", "12"),
        ("Referer", "https://page.example/"),
        ("Origin", "https://page.example"),
        ("Sec-Fetch-Dest", "empty"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Purpose", "prefetch"),
        ("User-Agent", "agent"),
        ("Pragma", "no-cache"),
        ("Cache-Control", "no-cache"),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn accept_depends_on_initiator_and_destination() {
    let document = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for destination in Destination::ALL {
        let expected = match destination {
            Destination::Document | Destination::Frame | Destination::Iframe => document,
            Destination::Image => "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
            Destination::Json => "application/json,*/*;q=0.5",
            Destination::Style => "text/css,*/*;q=0.1",
            Destination::Text => "text/plain,*/*;q=0.5",
            _ => "*/*",
        };
        let accept = |initiator| sent(to(API).destination(*destination).initiator(initiator)).value("accept");
        assert_eq!(accept(Initiator::Empty).as_deref(), Some(expected), "{destination}");
        assert_eq!(accept(Initiator::ImageSet).as_deref(), Some(expected), "{destination}");
        assert_eq!(accept(Initiator::Prefetch).as_deref(), Some(document), "{destination}");
        let own = sent(to(API).destination(*destination).header("aCCept", "x"));
        assert_eq!(own.value("accept").as_deref(), Some("x"));
    }
}

#[test]
fn accept_language_is_the_pages_the_emulated_or_the_user_agents() {
    let host = Host::new(Config::new().accept_language("en").expect("valid"));
    let language = |request| sent_by(&host, request).value("accept-language");
    assert_eq!(language(to(API)).as_deref(), Some("en"));
    assert_eq!(
        language(to(API).client(page().emulated_language("de").expect("a header value"))).as_deref(),
        Some("de")
    );
    let own = to(API).client(page().emulated_language("de").expect("a header value")).header("ACCEPT-language", "fr");
    assert_eq!(language(own).as_deref(), Some("fr"));
    assert_eq!(sent(to(API)).value("accept-language"), None, "nobody gave one");
    assert!(Config::new().accept_language("en\n").is_err() && Config::new().user_agent(" x").is_err());
}

#[test]
fn content_length_is_zero_for_post_and_put_without_a_body() {
    for (method, body, expected) in [
        ("GET", Body::Null, None),
        ("HEAD", Body::Null, None),
        ("DELETE", Body::Null, None),
        ("PATCH", Body::Null, None),
        ("POST", Body::Null, Some("0")),
        ("PUT", Body::Null, Some("0")),
        ("post", Body::Null, None),
        ("POST", Body::Source { length: 0 }, Some("0")),
        ("DELETE", Body::Source { length: 5 }, Some("5")),
        ("PUT", Body::Source { length: u64::MAX }, Some("18446744073709551615")),
        ("POST", Body::Stream, None),
    ] {
        let sent = sent(to(SAME).method(method).body(body));
        assert_eq!(sent.value("content-length").as_deref(), expected, "{method} {body:?}");
        assert_eq!(sent.body, body);
    }
}

#[test]
fn keepalive_bodies_have_a_quota_together() {
    for (length, in_flight, keepalive, allowed) in [
        (65_536, 0, true, true),
        (65_537, 0, true, false),
        (65_535, 1, true, true),
        (65_535, 2, true, false),
        (0, 65_536, true, true),
        (0, 65_537, true, false),
        (u64::MAX, u64::MAX, true, false),
        (65_537, 0, false, true),
    ] {
        let request = to(SAME).method("POST").body(Body::Source { length }).keepalive(keepalive);
        let run = Host::standard().run(request.in_flight_keepalive_bytes(in_flight), allowed.then(|| answer(200, &[])));
        assert_eq!(run.outcome.is_ok(), allowed, "{length} {in_flight} {keepalive}");
        if !allowed {
            assert_eq!(run.code(), ("before-request", "keepalive-quota"));
            let facts = [("content_length", length.to_string()), ("in_flight", in_flight.to_string())];
            assert_eq!(run.error().reason().facts(), facts);
        }
    }
    for body in [Body::Null, Body::Stream] {
        let request = to(SAME).method("POST").body(body).keepalive(true).in_flight_keepalive_bytes(u64::MAX);
        assert!(Host::standard().run(request, [answer(200, &[])]).outcome.is_ok(), "no known length: {body:?}");
    }
    let over = to(SAME).method("POST").body(Body::Source { length: 65_536 }).keepalive(true);
    assert!(Host::standard().run(over, [redirect(307, "/y"), ok()]).outcome.is_ok(), "each hop counts it once");
}

#[test]
fn the_referrer_is_the_clients_the_given_one_or_none() {
    let referer = |request: RequestBuilder| sent(request.referrer_policy(ReferrerPolicy::UnsafeUrl)).value("referer");
    assert_eq!(referer(to(API)).as_deref(), Some("https://page.example/dir/page?q"));
    assert_eq!(referer(to(API).referrer(Referrer::NoReferrer)), None);
    let given = Referrer::Url(url("https://u:p@page.example/given#f"));
    assert_eq!(referer(to(API).referrer(given)).as_deref(), Some("https://page.example/given"));
    assert_eq!(referer(to(API).client(Client::new(origin(common::PAGE)))), None, "no URL to refer to");
    let opaque = |global| page_with_origin(Origin::opaque(1)).global(global);
    assert_eq!(referer(to(SAME).mode(RequestMode::NoCors).client(opaque(Global::Window))), None);
    let worker = to(SAME).mode(RequestMode::NoCors).client(opaque(Global::Worker));
    assert!(referer(worker).is_some());
    let no_client = Request::builder(url(API)).origin(origin(common::PAGE)).as_fetch_api();
    assert_eq!(referer(no_client), None);
    let data = Referrer::Url(url("data:,x"));
    assert_eq!(referer(to(API).referrer(data)), None, "a local URL is no referrer");
}

fn page_with_origin(origin: Origin) -> Client {
    Client::new(origin).creation_url(url("https://page.example/w.js"))
}

#[test]
fn fetch_metadata_says_where_from_what_for_and_how() {
    let metadata = |host: &Host, request: RequestBuilder, answers: Vec<common::Answer>| {
        let run = host.run(request, answers);
        ["dest", "mode", "site", "user"].map(|part| run.last().value(&format!("sec-fetch-{part}")))
    };
    let host = Host::with_sites();
    let some =
        |parts: [&str; 3]| [Some(parts[0].to_owned()), Some(parts[1].to_owned()), Some(parts[2].to_owned()), None];
    assert_eq!(metadata(&host, to(SAME), vec![ok()]), some(["empty", "cors", "same-origin"]));
    let font = to("https://sub.page.example/").destination(Destination::Font);
    assert_eq!(metadata(&host, font, vec![ok()]), some(["font", "cors", "same-site"]));
    let image = to(API).destination(Destination::Image).mode(RequestMode::NoCors);
    assert_eq!(metadata(&host, image, vec![ok()]), some(["image", "no-cors", "cross-site"]));
    let there_and_back = vec![redirect(302, API), redirect(302, SAME), ok()];
    assert_eq!(metadata(&host, to(SAME), there_and_back), some(["empty", "cors", "cross-site"]));
    let same_site = vec![redirect(302, SAME), ok()];
    assert_eq!(metadata(&host, to("https://sub.page.example/"), same_site), some(["empty", "cors", "same-site"]));
    let insecure = metadata(&host, to("http://page.example/"), vec![ok()]);
    assert_eq!(insecure, [None, None, None, None], "not to a URL that is not trustworthy");
    assert_eq!(metadata(&host, to("http://localhost/"), vec![ok()])[2].as_deref(), Some("cross-site"));
    let upgraded = metadata(&host, to("http://page.example/"), vec![redirect(302, API), ok()]);
    assert_eq!(upgraded[2].as_deref(), Some("cross-site"));
}

#[test]
fn sec_fetch_site_none_and_user_are_for_navigations() {
    let navigation = |destination| to(API).mode(RequestMode::Navigate).destination(destination);
    for destination in Destination::ALL {
        let sent = sent(navigation(*destination).user_activation(true).user_initiated(true));
        let is_navigation = destination.is_navigation();
        assert_eq!(sent.value("sec-fetch-user").as_deref(), is_navigation.then_some("?1"), "{destination}");
        let site = if is_navigation { "none" } else { "cross-site" };
        assert_eq!(sent.value("sec-fetch-site").as_deref(), Some(site), "{destination}");
    }
    let sent = sent(navigation(Destination::Document));
    assert_eq!((sent.value("sec-fetch-user"), sent.value("sec-fetch-site").as_deref()), (None, Some("cross-site")));
    let initiated = navigation(Destination::Document).user_initiated(true);
    let run = Host::standard().run(initiated, [redirect(302, SAME), ok()]);
    assert_eq!(run.last().value("sec-fetch-site").as_deref(), Some("none"), "redirects change nothing");
}

#[test]
fn sec_lines_of_the_requests_own_come_back_for_the_next_hop() {
    let request = to(SAME)
        .header("Sec-Fetch-Site", "own")
        .header("sec-purpose", "own")
        .header("SEC-CH-UA", "own")
        .header("x-a", "1")
        .initiator(Initiator::Prefetch);
    let own = [Some("own".to_owned()), Some("own".to_owned())];
    let insecure = "http://page.example/";
    let run = Host::standard().run(request, [redirect(302, insecure), allow("", "*", "5"), ok()]);
    let first = &run.sent[0];
    assert_eq!(first.value("sec-fetch-site").as_deref(), Some("same-origin"), "set replaces");
    assert_eq!(first.value("sec-purpose").as_deref(), Some("prefetch"));
    let last = run.last();
    assert_eq!([last.value("sec-fetch-site"), last.value("sec-ch-ua")], own, "no Fetch Metadata to an insecure URL");
    let asked = run.of(Kind::Preflight)[0].value("access-control-request-headers");
    assert_eq!(asked.as_deref(), Some("sec-ch-ua,sec-fetch-site,sec-purpose,x-a"), "the own list was asked for");
    assert_eq!(last.lines.iter().filter(|(name, _)| name.eq_ignore_ascii_case("sec-purpose")).count(), 1);
}

#[test]
fn the_user_agent_is_the_pages_the_clients_or_the_configured_one() {
    let host = Host::new(Config::new().user_agent("config").expect("valid"));
    let agent = |request| sent_by(&host, request).value("user-agent");
    assert_eq!(agent(to(SAME)).as_deref(), Some("config"));
    assert_eq!(agent(to(SAME).client(page().user_agent("client").expect("a header value"))).as_deref(), Some("client"));
    let own = to(SAME).client(page().user_agent("client").expect("a header value")).header("USER-AGENT", "own");
    assert_eq!(agent(own).as_deref(), Some("own"));
    assert_eq!(sent(to(SAME)).value("user-agent"), None);
}

#[test]
fn cache_modes_have_their_lines() {
    for (mode, control, pragma) in [
        (CacheMode::Default, None, None),
        (CacheMode::NoStore, Some("no-cache"), Some("no-cache")),
        (CacheMode::Reload, Some("no-cache"), Some("no-cache")),
        (CacheMode::NoCache, Some("max-age=0"), None),
        (CacheMode::ForceCache, None, None),
        (CacheMode::OnlyIfCached, None, None),
    ] {
        let sent = sent(to(SAME).cache_mode(mode));
        assert_eq!(sent.value("cache-control").as_deref(), control, "{mode}");
        assert_eq!(sent.value("pragma").as_deref(), pragma, "{mode}");
        assert_eq!(sent.cache_mode, Some(mode));
        let own = self::sent(to(SAME).cache_mode(mode).header("cache-control", "own").header("PRAGMA", "own"));
        assert_eq!((own.value("cache-control").as_deref(), own.value("pragma").as_deref()), (Some("own"), Some("own")));
    }
    let prevented = sent(to(SAME).cache_mode(CacheMode::NoCache).prevent_no_cache_cache_control(true));
    assert_eq!((prevented.value("cache-control"), prevented.cache_mode), (None, Some(CacheMode::NoCache)));
    let one = sent(to(SAME).cache_mode(CacheMode::Reload).header("pragma", "own"));
    assert_eq!(
        (one.value("cache-control").as_deref(), one.value("pragma").as_deref()),
        (Some("no-cache"), Some("own"))
    );
}

#[test]
fn a_conditional_request_goes_past_the_cache() {
    for name in ["If-Modified-Since", "if-none-match", "If-Unmodified-Since", "If-Match", "If-Range"] {
        let conditional = sent(to(SAME).header(name, "x"));
        assert_eq!(conditional.cache_mode, Some(CacheMode::NoStore), "{name}");
        assert_eq!(conditional.value("cache-control").as_deref(), Some("no-cache"), "{name}");
        let forced = sent(to(SAME).header(name, "x").cache_mode(CacheMode::ForceCache));
        assert_eq!((forced.cache_mode, forced.value("pragma")), (Some(CacheMode::ForceCache), None), "{name}");
    }
    assert_eq!(sent(to(SAME).header("If-x", "x")).cache_mode, Some(CacheMode::Default));
    let request = to(SAME).header("if-match", "x");
    let run = Host::standard().run(request, [redirect(302, "/y"), ok()]);
    assert_eq!(run.last().cache_mode, Some(CacheMode::NoStore), "at each hop");
}

#[test]
fn without_a_partition_there_is_no_http_cache() {
    let client = Client::new(origin(common::PAGE));
    for mode in [CacheMode::Default, CacheMode::ForceCache, CacheMode::OnlyIfCached] {
        let sent = sent(to(SAME).client(client.clone()).cache_mode(mode));
        assert_eq!((sent.cache_mode, sent.value("cache-control")), (Some(CacheMode::NoStore), None), "{mode}");
        assert_eq!(sent.partition, None);
    }
    assert_eq!(sent(to(SAME)).partition.as_deref(), Some(common::PAGE.as_bytes()));
    let shared = Arc::new(page());
    assert!(sent(to(SAME).client(shared)).partition.is_some());
}

#[test]
fn a_range_is_not_encoded() {
    assert_eq!(sent(to(SAME).header("RANGE", "bytes=0-")).value("accept-encoding").as_deref(), Some("identity"));
    assert_eq!(sent(to(SAME)).value("accept-encoding"), None);
    let run = Host::standard().run(to(SAME).header("range", "bytes=0-"), [redirect(302, "/y"), ok()]);
    assert_eq!(run.last().value("accept-encoding").as_deref(), Some("identity"), "once, at each hop");
    assert!(run.response().internal().range_requested());
    assert!(!Host::standard().run(to(SAME), [ok()]).response().internal().range_requested());
}
