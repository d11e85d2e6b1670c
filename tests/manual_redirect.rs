//! Redirects of navigations with redirect mode manual: delivered first, followed on demand.

mod common;

use common::{API, Answer, FOR_PAGE, Host, Run, answer, head, ok, origin, redirect, to, url};
use fetch_cors::{
    Action, Body, Config, Destination, RedirectMode, RedirectTaint, ReferrerPolicy, RequestBuilder, RequestMode,
    ResponseBody, UserAgent,
};

const SAME: &str = "https://page.example/x";

fn navigation(target: &str) -> RequestBuilder {
    to(target).mode(RequestMode::Navigate).redirect_mode(RedirectMode::Manual).destination(Destination::Document)
}

/// Follows a delivered redirect.
fn follow(host: &Host, mut run: Run, answers: impl IntoIterator<Item = Answer>) -> Run {
    assert!(run.fetch.process_next_manual_redirect(host.now()));
    host.drive(run.fetch, answers)
}

#[test]
fn a_redirect_is_delivered_whole_and_followed_on_demand() {
    let host = Host::standard();
    let run = host.run(navigation(API), [redirect(302, "https://hop.example/y")]);
    assert_eq!(run.flow(), ["GET https://api.example/x", "basic 302"]);
    let response = run.response();
    assert_eq!(response.header("location").as_deref(), Some(&b"https://hop.example/y"[..]));
    assert_eq!((response.url_list(), response.body()), (&[url(API)][..], ResponseBody::Read));
    let run = follow(&host, run, [ok()]);
    assert_eq!(run.flow(), ["GET https://hop.example/y", "basic 200"]);
    assert_eq!(run.response().url_list(), [url(API), url("https://hop.example/y")]);
    assert_eq!(run.response().redirect_taint(), RedirectTaint::CrossSite);
    assert_eq!(run.last().redirects, 1);
}

#[test]
fn it_can_be_followed_once() {
    let host = Host::standard();
    let run = follow(&host, host.run(navigation(API), [redirect(302, "/y")]), [redirect(302, "/z")]);
    let mut run = follow(&host, run, [ok()]);
    assert_eq!(run.flow()[0], "GET https://api.example/z");
    assert!(!run.fetch.process_next_manual_redirect(host.now()), "no redirect");
    assert!(matches!(run.fetch.action(), Action::Delivered));
    let mut run = host.run(navigation(API), [redirect(302, "/y")]);
    assert!(run.fetch.process_next_manual_redirect(host.now()));
    assert!(!run.fetch.process_next_manual_redirect(host.now()), "it is on its way");
    assert!(matches!(run.fetch.action(), Action::SendRequest(_)));
}

#[test]
fn a_host_may_stop_instead() {
    let host = Host::standard();
    let mut run = host.run(navigation(API), [redirect(302, "/y")]);
    assert!(matches!(run.fetch.action(), Action::Delivered));
    run.fetch.abort();
    assert!(matches!(run.fetch.action(), Action::Delivered), "an abort after delivery is none");
    assert!(run.fetch.network_error().is_none());
}

#[test]
fn without_a_location_there_is_nothing_to_follow() {
    let host = Host::standard();
    let mut run = host.run(navigation(API), [answer(302, &[])]);
    assert_eq!(run.flow()[1], "basic 302");
    assert!(!run.fetch.process_next_manual_redirect(host.now()));
}

#[test]
fn refusals_come_when_it_is_followed() {
    let host = Host::standard();
    for (location, code) in [
        ("https://[x", "redirect-location-invalid"),
        ("data:,x", "redirect-scheme-not-http"),
        ("https://api.example:6000/", "bad-port"),
    ] {
        let run = host.run(navigation(API), [redirect(302, location)]);
        assert_eq!(run.flow()[1], "basic 302", "{location}");
        assert_eq!(follow(&host, run, []).code().1, code);
    }
    let userinfo = host.run(navigation(API), [redirect(302, "https://u:p@hop.example/")]);
    assert!(follow(&host, userinfo, [ok()]).outcome.is_ok(), "navigations may");
    let stream = host.run(navigation(API).method("POST").body(Body::Stream), [redirect(307, "/y")]);
    assert_eq!(follow(&host, stream, []).code(), ("redirect", "redirect-body-not-replayable"));
}

#[test]
fn the_limit_is_twenty() {
    let host = Host::standard();
    let mut run = host.run(navigation(API), [redirect(302, "/0")]);
    for index in 1..=20 {
        run = follow(&host, run, [redirect(302, &format!("/{index}"))]);
    }
    assert_eq!(run.response().url_list().len(), 21);
    assert_eq!(follow(&host, run, []).code(), ("redirect", "redirect-limit"));
}

#[test]
fn only_navigations_get_it() {
    let host = Host::standard();
    for mode in [RequestMode::Cors, RequestMode::SameOrigin, RequestMode::WebSocket] {
        let request = to(SAME).mode(mode).redirect_mode(RedirectMode::Manual);
        let mut run = host.run(request, [redirect(302, "/y")]);
        assert_eq!(run.flow()[1], "opaqueredirect 0", "{mode}");
        assert!(!run.fetch.process_next_manual_redirect(host.now()));
    }
    let error = to(SAME).mode(RequestMode::Navigate).redirect_mode(RedirectMode::Error);
    assert_eq!(host.run(error, [redirect(302, "/y")]).code().1, "redirect-mode-error");
    let run = host.run(to(SAME).mode(RequestMode::Navigate), [redirect(302, "/y"), ok()]);
    assert_eq!(run.flow(), ["GET https://page.example/x", "GET https://page.example/y", "basic 200"], "mode follow");
}

#[test]
fn it_is_like_any_other_redirect() {
    let host = Host::standard();
    let lines = [("Location", "https://hop.example/"), ("Referrer-Policy", "no-referrer")];
    let request = navigation(SAME)
        .method("POST")
        .body(Body::Source { length: 3 })
        .header("Content-Type", "text/plain")
        .header("Authorization", "x")
        .referrer_policy(ReferrerPolicy::UnsafeUrl);
    let run = host.run(request, [answer(301, &lines)]);
    assert!(run.last().value("referer").is_some() && run.last().value("content-length").is_some());
    let run = follow(&host, run, [ok()]);
    let sent = run.last();
    assert_eq!((&*sent.method, sent.body), ("GET", Body::Null));
    for name in ["content-type", "content-length", "authorization", "referer", "origin"] {
        assert_eq!(sent.value(name), None, "{name}");
    }
}

#[test]
fn gates_stand_before_it() {
    let host = Host::new(Config::new().gates(true));
    let run = host.run(navigation(API), [Answer::Proceed, redirect(302, "http://api.example/y")]);
    let run = follow(&host, run, [Answer::UpgradeBefore, ok()]);
    assert_eq!(run.flow(), ["gate http://api.example/y", "GET https://api.example/y", "basic 200"]);
    let run = host.run(navigation(API), [Answer::Proceed, redirect(302, "/y")]);
    assert_eq!(follow(&host, run, [Answer::Block("no")]).code(), ("before-request", "gate-blocked"));
}

#[test]
fn a_block_at_the_delivery_ends_it() {
    let host = Host::standard();
    let lines = [FOR_PAGE, ("Location", "/y")];
    let mut run = host.run(navigation(API), [Answer::BlockDelivery(head(302, &lines))]);
    assert_eq!(run.code(), ("response", "gate-blocked"));
    assert!(!run.fetch.process_next_manual_redirect(host.now()));
}

#[test]
fn every_redirect_of_a_navigation_keeps_its_timing_values() {
    let host = Host::standard();
    let origin_a = origin("https://a.example");
    let check = |destination, values: &[&str], last: &[(&str, &str)]| {
        let request = navigation(API).destination(destination).redirect_mode(RedirectMode::Follow);
        let answers = values.iter().map(|value| answer(302, &[("Location", "/y"), ("Timing-Allow-Origin", value)]));
        let run = host.run(request, answers.chain([answer(200, last)]));
        run.response().navigation_tao_check(&origin_a)
    };
    for destination in [Destination::Document, Destination::Iframe, Destination::Object] {
        assert!(check(destination, &[], &[]), "no redirect");
        assert!(check(destination, &["*", "x, https://a.example"], &[]));
        assert!(!check(destination, &["*", "https://b.example"], &[]));
        assert!(!check(destination, &["https://b.example", "*"], &[]));
    }
    assert!(check(Destination::Image, &["https://b.example"], &[]), "only navigations keep them");
    let run = host.run(navigation(API).redirect_mode(RedirectMode::Follow), [redirect(302, "/y"), ok()]);
    assert!(!run.response().navigation_tao_check(&origin_a), "null is the empty list");
    let run = host.run(navigation(API), [redirect(302, "/y")]);
    assert!(!run.response().navigation_tao_check(&origin_a), "also in redirect mode manual");
    assert!(UserAgent::default().preflight_cache().is_empty());
}
