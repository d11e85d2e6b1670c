//! Main fetch: what is blocked before the switch, the switch on origin, scheme and mode, and the
//! decision on a preflight.

mod common;

use common::{ANY, API, FOR_NULL, Host, PAGE, allow, answer, ok, origin, to, url};
use fetch_cors::{
    Client, Destination, Origin, RedirectMode, ReferrerPolicy, Request, RequestMode, ResponseTainting, UserAgent,
};

const SAME: &str = "https://page.example/x";

#[test]
fn same_origin_is_basic_in_every_mode() {
    for mode in RequestMode::ALL {
        let run = Host::standard().run(to(SAME).mode(*mode), [answer(200, &[])]);
        assert_eq!(run.flow(), ["GET https://page.example/x", "basic 200"], "{mode}");
        assert_eq!(run.fetch.request().response_tainting(), ResponseTainting::Basic);
    }
}

#[test]
fn same_origin_needs_no_preflight_whatever_is_sent() {
    let request = to(SAME).method("PUT").header("x-a", "1").use_cors_preflight(true);
    assert_eq!(Host::standard().run(request, [answer(200, &[])]).flow(), ["PUT https://page.example/x", "basic 200"]);
}

#[test]
fn scheme_host_and_port_make_an_origin() {
    for other in ["http://page.example/", "https://page.example:8443/", "https://www.page.example/"] {
        let run = Host::standard().run(to(other), [ok()]);
        assert_eq!(run.flow(), [format!("GET {other}"), "cors 200".to_owned()]);
    }
    let run = Host::standard().run(to("https://PAGE.example:443/"), [answer(200, &[])]);
    assert_eq!(run.flow().last().map(String::as_str), Some("basic 200"));
}

#[test]
fn navigations_and_sockets_are_basic_across_origins() {
    for mode in [RequestMode::Navigate, RequestMode::WebSocket, RequestMode::WebTransport] {
        let run = Host::standard().run(to(API).mode(mode).method("PUT"), [answer(200, &[("x-a", "1")])]);
        assert_eq!(run.flow(), ["PUT https://api.example/x", "basic 200"], "{mode}");
        assert!(run.response().is_visible("x-a"));
    }
}

#[test]
fn data_urls_are_basic_in_every_mode() {
    for mode in RequestMode::ALL {
        let run = Host::standard().run(to("data:,x").mode(*mode), [answer(200, &[])]);
        assert_eq!(run.flow(), ["scheme data:,x", "basic 200"], "{mode}");
    }
}

#[test]
fn mode_same_origin_refuses_another_origin() {
    for target in [API, "http://page.example/", "file:///x", "about:blank"] {
        let run = Host::standard().run(to(target).mode(RequestMode::SameOrigin), []);
        assert_eq!(run.code(), ("before-request", "same-origin-mode-blocked"), "{target}");
    }
    let facts = Host::standard().run(to(API).mode(RequestMode::SameOrigin), []).error().reason().facts();
    assert_eq!(facts, [("origin", PAGE.to_owned()), ("url_origin", "https://api.example".to_owned())]);
    let facts = Host::standard().run(to("file:///x").mode(RequestMode::SameOrigin), []).error().reason().facts();
    assert_eq!(facts.last(), Some(&("url_origin", "null".to_owned())));
}

#[test]
fn mode_no_cors_is_opaque_and_only_follows() {
    let run = Host::standard().run(to(API).mode(RequestMode::NoCors), [answer(200, &[("x-a", "1")])]);
    assert_eq!(run.flow(), ["GET https://api.example/x", "opaque 0"]);
    for redirect_mode in [RedirectMode::Error, RedirectMode::Manual] {
        let request = || to(API).mode(RequestMode::NoCors).redirect_mode(redirect_mode);
        assert_eq!(Host::standard().run(request(), []).code(), ("before-request", "no-cors-needs-follow"));
        let same = to(SAME).mode(RequestMode::NoCors).redirect_mode(redirect_mode);
        assert_eq!(Host::standard().run(same, [answer(200, &[])]).flow().last().map(String::as_str), Some("basic 200"));
    }
}

#[test]
fn mode_no_cors_sends_anything_without_a_preflight() {
    let request = to(API).mode(RequestMode::NoCors).method("PUT").header("x-a", "1").use_cors_preflight(true);
    assert_eq!(Host::standard().run(request, [answer(200, &[])]).flow(), ["PUT https://api.example/x", "opaque 0"]);
}

#[test]
fn other_schemes_are_the_hosts_without_cors_and_refused_with_it() {
    for target in ["file:///x", "about:blank", "ftp://a.example/", "blob:https://other.example/id", "x-y:z"] {
        let run = Host::standard().run(to(target).mode(RequestMode::NoCors), [answer(200, &[])]);
        assert_eq!(run.flow(), [format!("scheme {target}"), "opaque 0".to_owned()]);
        assert_eq!(Host::standard().run(to(target), []).code(), ("before-request", "scheme-not-http"), "{target}");
    }
    let scheme = Host::standard().run(to("ftp://a.example/"), []).error().reason().facts();
    assert_eq!(scheme, [("scheme", "ftp".to_owned())]);
}

#[test]
fn a_blob_url_has_the_origin_inside_it() {
    let run = Host::standard().run(to("blob:https://page.example/id"), [answer(200, &[])]);
    assert_eq!(run.flow(), ["scheme blob:https://page.example/id", "basic 200"]);
}

#[test]
fn an_opaque_origin_is_same_origin_with_no_url() {
    let request = || Request::builder(url(SAME)).origin(Origin::opaque(7)).as_fetch_api();
    let run = Host::standard().run(request(), [answer(200, &[FOR_NULL])]);
    assert_eq!(run.flow(), ["GET https://page.example/x", "cors 200"]);
    assert_eq!(run.last().value("origin").as_deref(), Some("null"));
    let refused = Host::standard().run(request().mode(RequestMode::SameOrigin), []);
    assert_eq!(refused.code(), ("before-request", "same-origin-mode-blocked"));
}

#[test]
fn the_requests_own_origin_goes_before_the_clients() {
    let client = Client::new(origin("https://other.example"));
    let request = Request::builder(url(SAME)).origin(origin(PAGE)).client(client).as_fetch_api();
    assert_eq!(Host::standard().run(request, [answer(200, &[])]).flow().last().map(String::as_str), Some("basic 200"));
}

#[test]
fn the_local_urls_only_flag_lets_only_local_urls_through() {
    for target in [API, SAME, "file:///x", "ftp://a.example/"] {
        let run = Host::standard().run(to(target).local_urls_only(true).mode(RequestMode::NoCors), []);
        assert_eq!(run.code(), ("before-request", "local-urls-only"), "{target}");
    }
    for target in ["data:,x", "about:blank", "blob:https://a.example/id"] {
        let run = Host::standard().run(to(target).local_urls_only(true).mode(RequestMode::NoCors), [answer(200, &[])]);
        assert!(run.outcome.is_ok(), "{target}");
    }
}

#[test]
fn bad_ports_are_blocked_for_http_urls_of_any_origin() {
    for target in ["https://page.example:6000/", "http://api.example:25/", "https://api.example:0/"] {
        for mode in [RequestMode::Cors, RequestMode::NoCors, RequestMode::Navigate] {
            let run = Host::standard().run(to(target).mode(mode), []);
            assert_eq!(run.code(), ("before-request", "bad-port"), "{target} {mode}");
        }
    }
    let facts = Host::standard().run(to("http://api.example:25/"), []).error().reason().facts();
    assert_eq!(facts, [("port", "25".to_owned())]);
    assert!(Host::standard().run(to("https://api.example:8443/"), [ok()]).outcome.is_ok());
    let ftp = to("ftp://a.example:22/").mode(RequestMode::NoCors);
    assert!(Host::standard().run(ftp, [answer(200, &[])]).outcome.is_ok(), "only HTTP has bad ports");
}

#[test]
fn the_policy_containers_referrer_policy_counts_if_the_request_has_none() {
    let referer = |request: fetch_cors::RequestBuilder| Host::standard().run(request, [ok()]).last().value("referer");
    let full = Some("https://page.example/dir/page?q".to_owned());
    let short = Some("https://page.example/".to_owned());
    assert_eq!(referer(to(API)), short, "the default is strict-origin-when-cross-origin");
    let client = || common::page().referrer_policy(ReferrerPolicy::UnsafeUrl);
    assert_eq!(referer(to(API).client(client())), full);
    assert_eq!(referer(to(API).client(client()).referrer_policy(ReferrerPolicy::NoReferrer)), None);
    let own = to(API).client(client()).policy_container_referrer_policy(ReferrerPolicy::Origin);
    assert_eq!(referer(own), short, "the request's own container");
    let empty = common::page().referrer_policy(ReferrerPolicy::Empty);
    assert_eq!(referer(to(API).client(empty)), short);
}

#[test]
fn a_simple_request_is_sent_at_once() {
    for method in ["GET", "HEAD", "POST"] {
        let request = to(API)
            .method(method)
            .header("accept", "text/plain")
            .header("content-language", "en")
            .header("content-type", "text/plain");
        assert_eq!(
            Host::standard().run(request, [ok()]).flow(),
            [format!("{method} https://api.example/x"), "cors 200".to_owned()]
        );
    }
}

#[test]
fn a_method_that_is_not_safelisted_needs_a_preflight() {
    for method in ["PUT", "DELETE", "OPTIONS", "PATCH", "get", "x"] {
        let run = Host::standard().run(to(API).method(method), [allow(method, "", "5"), ok()]);
        assert_eq!(
            run.flow(),
            [
                "preflight https://api.example/x".to_owned(),
                format!("{method} https://api.example/x"),
                "cors 200".into()
            ]
        );
    }
}

#[test]
fn a_header_that_is_not_safelisted_needs_a_preflight() {
    for (name, value) in [("x-a", ""), ("content-type", "application/json"), ("accept", "a\"b"), ("range", "bytes=-5")]
    {
        let run = Host::standard().run(to(API).header(name, value), [allow("", name, "5"), ok()]);
        assert_eq!(run.flow(), ["preflight https://api.example/x", "GET https://api.example/x", "cors 200"], "{name}");
    }
    let mut long = to(API);
    for _ in 0..8 {
        long = long.header("content-language", "x".repeat(128));
    }
    let run = Host::standard().run(long, [allow("", "content-language,accept", "5"), ok()]);
    assert_eq!(run.sent[0].value("access-control-request-headers").as_deref(), Some("accept,content-language"));
}

#[test]
fn without_the_unsafe_request_flag_method_and_headers_need_no_preflight() {
    let request = || Request::builder(url(API)).client(common::page()).mode(RequestMode::Cors);
    let run = Host::standard().run(request().method("PUT").header("x-a", "1"), [ok()]);
    assert_eq!(run.flow(), ["PUT https://api.example/x", "cors 200"]);
    let run = Host::standard().run(request().use_cors_preflight(true), [allow("", "", "5"), ok()]);
    assert_eq!(run.flow(), ["preflight https://api.example/x", "GET https://api.example/x", "cors 200"], "the flag");
}

#[test]
fn the_builders_defaults_are_the_standards() {
    let request = Request::builder(url(API)).client(common::page()).build().expect("it has an origin");
    assert_eq!((request.method(), request.mode()), ("GET", RequestMode::NoCors));
    assert_eq!((request.redirect_count(), request.url_list()), (0, &[url(API)][..]));
    let mut fetch = UserAgent::default().fetch(request, fetch_cors::Timestamp::ZERO);
    let sent = common::Sent::ask(&mut fetch).expect("a request");
    assert!(!sent.credentials, "credentials mode same-origin");
    assert_eq!(sent.value("sec-fetch-dest").as_deref(), Some("empty"));
}

#[test]
fn the_url_list_of_the_response_is_that_of_the_request() {
    let run = Host::standard().run(to("https://api.example/x#f"), [answer(200, &[ANY])]);
    let response = run.response();
    assert_eq!(response.url().map(url::Url::as_str), Some("https://api.example/x#f"));
    assert!(!response.redirected());
    assert_eq!(response.internal().url_list(), run.fetch.request().url_list());
}

#[test]
fn destinations_change_nothing_in_the_switch() {
    for destination in Destination::ALL {
        let run = Host::standard().run(to(API).destination(*destination), [answer(403, &[ANY])]);
        assert_eq!(run.flow(), ["GET https://api.example/x", "cors 403"], "{destination}");
    }
}
