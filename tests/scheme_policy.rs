//! Schemes of the host's own: their origins, their place in the switch, and their trust.

mod common;

use common::{API, Host, Kind, allow, answer, ok, redirect, to, url};
use fetch_cors::{
    Client, Config, CredentialsMode, Origin, Request, RequestBuilder, RequestMode, SchemeError, SchemePolicy,
    SchemeTraits,
};

fn policy() -> SchemePolicy {
    [
        ("app", SchemeTraits::new().standard().secure()),
        ("cors", SchemeTraits::new().standard().cors_enabled()),
        ("blind", SchemeTraits::new().cors_enabled()),
        ("plain", SchemeTraits::new()),
    ]
    .into_iter()
    .try_fold(SchemePolicy::new(), |policy, (scheme, traits)| policy.with(scheme, traits))
    .expect("schemes of the host's own")
}

fn host() -> Host {
    Host::new(Config::new().scheme_policy(policy()))
}

fn app() -> Origin {
    Origin::parse_with("app://localhost", &policy()).expect("a standard scheme")
}

fn from_app(target: &str) -> RequestBuilder {
    let client = Client::new(app()).creation_url(url("app://localhost/index.html#top"));
    Request::builder(url(target)).client(client).as_fetch_api()
}

#[test]
fn pages_of_a_standard_scheme_have_a_tuple_origin() {
    let lines = [("Access-Control-Allow-Origin", "app://localhost")];
    let run = host().run(from_app(API), [answer(200, &lines)]);
    assert_eq!(run.flow(), ["GET https://api.example/x", "cors 200"]);
    assert_eq!(run.last().value("origin").as_deref(), Some("app://localhost"));
    assert_eq!(run.last().value("referer").as_deref(), Some("app://localhost/"));
    assert_eq!(run.last().value("sec-fetch-site").as_deref(), Some("cross-site"));
    let run = host().run(from_app(API), [answer(200, &[common::FOR_NULL])]);
    assert_eq!(run.code().1, "allow-origin-mismatch");
}

#[test]
fn same_origin_is_scheme_host_and_port_there_too() {
    let run = host().run(from_app("app://localhost/x").mode(RequestMode::SameOrigin), [answer(200, &[])]);
    assert_eq!(run.flow(), ["scheme app://localhost/x", "basic 200"], "fetched by the host");
    assert_eq!(run.of(Kind::Scheme)[0].value("origin"), None);
    for other in ["app://other/", "app://localhost:1/"] {
        assert_eq!(host().run(from_app(other).mode(RequestMode::SameOrigin), []).code().1, "same-origin-mode-blocked");
        assert_eq!(host().run(from_app(other), []).code().1, "scheme-not-http", "app is not CORS-enabled");
    }
    let other_app = "app://localhost/x";
    assert_eq!(Host::standard().run(to(other_app), []).code().1, "scheme-not-http", "without a policy");
}

#[test]
fn a_cors_enabled_scheme_goes_the_way_of_http_fetch() {
    let run = host().run(to("cors://api/x").method("PUT"), [allow("PUT", "", "60"), ok()]);
    assert_eq!(run.flow(), ["preflight cors://api/x", "PUT cors://api/x", "cors 200"]);
    assert_eq!(run.last().value("origin").as_deref(), Some(common::PAGE));
    assert_eq!(run.last().value("sec-fetch-site"), None, "it is not secure");
    let run = host().run(to("cors://api/x"), [answer(200, &[])]);
    assert_eq!(run.code(), ("response", "allow-origin-missing"));
    let run = host().run(to("blind:x").credentials_mode(CredentialsMode::Include), [common::ok_credentials()]);
    assert_eq!(run.flow(), ["GET blind:x", "cors 200"], "with an opaque origin too");
    assert_eq!(host().run(to("plain://x/"), []).code().1, "scheme-not-http");
}

#[test]
fn without_cors_every_scheme_is_the_hosts() {
    for target in ["cors://api/x", "app://api/x", "blind:x", "plain:x"] {
        let run = host().run(to(target).mode(RequestMode::NoCors), [answer(200, &[])]);
        assert_eq!(run.flow(), [format!("scheme {target}"), "opaque 0".to_owned()]);
    }
}

#[test]
fn the_cache_keeps_what_is_granted_there() {
    let host = host();
    assert!(host.run(to("cors://api/x").method("PUT"), [allow("PUT", "", "60"), ok()]).outcome.is_ok());
    assert_eq!(host.run(to("cors://api/x").method("PUT"), [ok()]).flow(), ["PUT cors://api/x", "cors 200"]);
    host.ua.preflight_cache().clear_site(&Origin::parse_with("cors://api", &policy()).expect("an origin"));
    assert!(host.ua.preflight_cache().is_empty());
}

#[test]
fn redirects_to_it_are_refused_and_from_it_are_followed() {
    for location in ["app://localhost/x", "cors://api/y", "plain:x"] {
        let run = host().run(from_app(API), [redirect(302, location)]);
        assert_eq!(run.code(), ("redirect", "redirect-scheme-not-http"), "{location}");
    }
    let run = host().run(to("cors://api/x"), [redirect(302, API), ok()]);
    assert_eq!(run.flow(), ["GET cors://api/x", "GET https://api.example/x", "cors 200"]);
    assert_eq!(run.last().value("origin").as_deref(), Some("null"));
}

#[test]
fn a_secure_scheme_is_trusted() {
    let referer = |target: &str, page: &str| {
        let client = Client::new(Origin::parse_with(page, &policy()).expect("an origin")).creation_url(url(page));
        let request = Request::builder(url(target)).client(client).mode(RequestMode::NoCors);
        host().run(request, [answer(200, &[])]).last().value("referer")
    };
    assert_eq!(referer("http://plain.example/", "app://localhost"), None, "from a trusted page down");
    assert_eq!(referer("http://plain.example/", "cors://page").as_deref(), Some("cors://page/"));
    let run = host().run(from_app("app://localhost/x"), [answer(200, &[])]);
    assert!(run.last().lines.iter().all(|(name, _)| name != "Sec-Fetch-Site"), "the host's fetch has no hop lines");
}

#[test]
fn bad_ports_are_for_http_only() {
    let run = host().run(to("cors://api:6000/x"), [ok()]);
    assert_eq!(run.flow().last().map(String::as_str), Some("cors 200"));
}

#[test]
fn what_is_a_scheme() {
    let with = |scheme: &str| SchemePolicy::new().with(scheme, SchemeTraits::new().standard());
    for scheme in ["a", "app", "web+app", "x-app.2", "a1", "a+", "a-", "a."] {
        assert!(with(scheme).is_ok(), "{scheme}");
        let origin = with(scheme).map(|policy| Origin::parse_with(&format!("{scheme}://host"), &policy).is_ok());
        assert_eq!(origin, Ok(true), "{scheme}");
    }
    for scheme in ["", "1a", "+a", "App", "aPp", "a_b", "a b", "a:", "\u{e9}", "a\u{e9}"] {
        assert_eq!(with(scheme).err(), Some(SchemeError::Invalid(scheme.into())), "{scheme}");
    }
    for scheme in ["http", "https", "ws", "wss", "ftp", "file", "about", "blob", "data", "javascript"] {
        assert_eq!(with(scheme).err(), Some(SchemeError::Reserved(scheme.into())), "{scheme}");
    }
}
