//! The origin access list: hops that a grant takes out of CORS, and those that it does not.

mod common;

use common::{API, Host, Kind, PAGE, allow, answer, ok, origin, redirect, to, url};
use fetch_cors::{
    Config, CredentialsMode, Decision, Origin, OriginAccessList, Request, RequestBuilder, RequestMode,
    ResponseTainting, SchemePolicy, SchemeTraits, TargetPattern,
};

fn pattern(text: &str) -> TargetPattern {
    TargetPattern::parse(text, &SchemePolicy::new()).expect("a target")
}

/// Grants [`PAGE`] these targets.
fn granting(targets: &[&str]) -> Host {
    let list = targets
        .iter()
        .try_fold(OriginAccessList::new(), |list, target| list.allow(&origin(PAGE), pattern(target)))
        .expect("a tuple origin");
    Host::new(common::sites().access_list(list))
}

#[test]
fn a_granted_hop_is_basic() {
    let host = granting(&["https://api.example"]);
    let request = to(API).method("PUT").header("x-a", "1").header("Authorization", "x");
    let run = host.run(request, [answer(200, &[("x-secret", "1"), ("Set-Cookie", "s")])]);
    assert_eq!(run.flow(), ["PUT https://api.example/x", "basic 200"], "no preflight and no CORS check");
    assert!(run.response().is_visible("x-secret") && !run.response().is_visible("set-cookie"));
    assert!(run.last().credentials, "as same-origin");
    assert_eq!(run.last().value("origin").as_deref(), Some(PAGE));
    assert_eq!(run.last().value("sec-fetch-site").as_deref(), Some("cross-site"), "servers are told the truth");
    assert_eq!(run.fetch.request().response_tainting(), ResponseTainting::Basic);
    assert!(run.fetch.trace().iter().any(|event| event.decision == Decision::AccessListGrant));
    let run = host.run(to(API), [answer(200, &[])]);
    assert_eq!(run.last().value("origin"), None, "GET and tainting basic");
}

#[test]
fn credentials_go_by_the_credentials_mode() {
    let host = granting(&["https://api.example"]);
    for (mode, expected) in
        [(CredentialsMode::Omit, false), (CredentialsMode::SameOrigin, true), (CredentialsMode::Include, true)]
    {
        assert_eq!(host.run(to(API).credentials_mode(mode), [answer(200, &[])]).last().credentials, expected);
    }
}

#[test]
fn every_mode_is_granted() {
    let host = granting(&["https://api.example"]);
    for mode in RequestMode::ALL {
        let run = host.run(to(API).mode(*mode), [answer(200, &[])]);
        assert_eq!(run.flow().last().map(String::as_str), Some("basic 200"), "{mode}");
    }
}

#[test]
fn nothing_else_is_granted() {
    let host = granting(&["https://api.example"]);
    for target in
        ["http://api.example/", "https://api.example:8443/", "https://sub.api.example/", "https://hop.example/"]
    {
        let run = host.run(to(target), [ok()]);
        assert_eq!(run.flow().last().map(String::as_str), Some("cors 200"), "{target}");
    }
    let other = to(API).client(fetch_cors::Client::new(origin("https://other.example")));
    assert_eq!(host.run(other, [ok()]).flow().last().map(String::as_str), Some("cors 200"), "another source");
    let opaque = Request::builder(url(API)).origin(Origin::opaque(1)).as_fetch_api();
    assert_eq!(host.run(opaque, [ok()]).flow().last().map(String::as_str), Some("cors 200"));
    assert_eq!(
        Host::standard().run(to(API), [ok()]).flow().last().map(String::as_str),
        Some("cors 200"),
        "off by default"
    );
}

#[test]
fn a_block_wins() {
    let list = OriginAccessList::new()
        .allow(&origin(PAGE), pattern("https://*.api.example:*"))
        .and_then(|list| list.block(&origin(PAGE), pattern("https://secret.api.example:*")))
        .expect("a tuple origin");
    let host = Host::new(Config::new().access_list(list));
    assert!(host.run(to("https://a.api.example:1234/"), [answer(200, &[])]).outcome.is_ok());
    let run = host.run(to("https://secret.api.example/"), [answer(200, &[])]);
    assert_eq!(run.code(), ("response", "allow-origin-missing"));
}

#[test]
fn targets_are_scheme_host_and_port_and_nothing_more() {
    for bad in
        ["https://u@a.example", "https://a.example/", "https://*.127.0.0.1", "https://*.[::1]", "https://*.*.a", "x"]
    {
        assert!(TargetPattern::parse(bad, &SchemePolicy::new()).is_err(), "{bad}");
    }
    for good in ["https://127.0.0.1", "http://[::1]:*", "https://*.a.example:8443"] {
        assert!(TargetPattern::parse(good, &SchemePolicy::new()).is_ok(), "{good}");
    }
    let addresses = granting(&["https://127.0.0.1:*"]);
    assert!(addresses.run(to("https://127.0.0.1:8443/"), [answer(200, &[])]).outcome.is_ok());
    assert!(OriginAccessList::new().allow(&Origin::opaque(1), pattern("https://a.example")).is_err());
    assert!(OriginAccessList::new().block(&Origin::opaque(1), pattern("https://a.example")).is_err());
}

#[test]
fn it_is_asked_at_each_hop() {
    let host = granting(&["https://api.example"]);
    let away = "https://hop.example/";
    let run = host.run(to("https://page.example/x"), [redirect(302, API), answer(200, &[])]);
    assert_eq!(run.flow().last().map(String::as_str), Some("basic 200"), "from home to a granted target");
    let run = host.run(to(API), [redirect(302, "/y"), answer(200, &[])]);
    assert_eq!(run.flow().last().map(String::as_str), Some("basic 200"), "and on, on that target");
    let run = host.run(to(API), [answer(302, &[("Location", away)]), answer(200, &[])]);
    assert_eq!(run.code(), ("response", "allow-origin-missing"), "from a granted target to another one");
    assert_eq!(run.last().value("origin").as_deref(), Some("null"));
    assert!(!run.last().credentials);
    let request = to(API).method("PUT");
    let run = host.run(request, [redirect(307, away), allow("PUT", "", "5"), ok()]);
    assert_eq!(run.of(Kind::Preflight)[0].url, away, "CORS begins there");
}

#[test]
fn a_tainted_request_is_granted_nothing() {
    let host = granting(&["https://api.example"]);
    let run = host.run(to("https://hop.example/"), [redirect(302, API), answer(200, &[])]);
    assert_eq!(run.code(), ("response", "allow-origin-missing"));
    let two = granting(&["https://api.example", "https://hop.example"]);
    let run = two.run(to("https://hop.example/"), [redirect(302, API), answer(200, &[])]);
    assert_eq!(run.code(), ("response", "allow-origin-missing"), "not even between two granted targets");
}

#[test]
fn a_grant_does_not_lift_other_blocks() {
    let host = granting(&["https://api.example:*"]);
    assert_eq!(host.run(to("https://api.example:6000/"), []).code().1, "bad-port");
    assert_eq!(host.run(to(API).local_urls_only(true), []).code().1, "local-urls-only");
    let run = host.run(to(API), [redirect(302, "https://u:p@api.example/y")]);
    assert_eq!(run.code().1, "redirect-has-credentials", "the location is of another origin than the page's");
    for mode in [RequestMode::Cors, RequestMode::NoCors, RequestMode::Navigate] {
        let run = host.run(to(API).mode(mode), [redirect(302, "https://u:p@page.example/y")]);
        assert_eq!(run.code().1, "redirect-has-credentials", "nor back home, {mode}");
    }
}

#[test]
fn a_granted_target_cannot_send_a_request_home_as_same_origin() {
    let host = granting(&["https://api.example"]);
    let home = "https://page.example/x";
    let run = host.run(to(API), [redirect(302, home), answer(200, &[])]);
    assert_eq!(run.code(), ("response", "allow-origin-missing"));
    assert_eq!(run.last().value("origin").as_deref(), Some("null"));
    let run = host.run(to(API).method("PUT"), [redirect(307, home), allow("PUT", "", "5"), ok()]);
    assert_eq!(run.flow().last().map(String::as_str), Some("cors 200"), "it needs a preflight like any other");
    let run = host.run(to(API).mode(RequestMode::SameOrigin), [redirect(302, home)]);
    assert_eq!(run.code(), ("before-request", "same-origin-mode-blocked"));
    let run = host.run(to(home), [redirect(302, "/y"), redirect(302, API), answer(200, &[])]);
    assert_eq!(run.flow().last().map(String::as_str), Some("basic 200"));
}

#[test]
fn a_blob_url_is_granted_to_nobody() {
    let host = granting(&["https://api.example"]);
    assert_eq!(host.run(to("blob:https://api.example/id"), []).code().1, "scheme-not-http");
}

#[test]
fn custom_schemes_are_sources_and_targets() {
    let schemes = SchemePolicy::new().with("app", SchemeTraits::new().standard()).expect("a scheme");
    let app = Origin::parse_with("app://localhost", &schemes).expect("a standard scheme");
    let target = TargetPattern::parse("app://data", &schemes).expect("a target");
    let list = OriginAccessList::new()
        .allow(&app, pattern("https://api.example"))
        .and_then(|list| list.allow(&app, target))
        .expect("a tuple origin");
    let host = Host::new(Config::new().scheme_policy(schemes).access_list(list));
    let from_app =
        |target: &str| -> RequestBuilder { Request::builder(url(target)).origin(app.clone()).as_fetch_api() };
    let run = host.run(from_app(API), [answer(200, &[])]);
    assert_eq!(run.flow(), ["GET https://api.example/x", "basic 200"]);
    let run = host.run(from_app("app://data/x"), [answer(200, &[])]);
    assert_eq!(run.flow(), ["scheme app://data/x", "basic 200"], "the host's to fetch");
    assert_eq!(host.run(from_app("app://other/x"), []).code().1, "scheme-not-http");
}
