//! CORS-preflight fetch: the request that goes out and the judgement of what comes back.

mod common;

use common::{
    ANY, API, Answer, CREDENTIALS, FOR_NULL, FOR_PAGE, HEADERS, Host, Kind, METHODS, PAGE, allow, allow_credentials,
    answer, ok, ok_credentials, to, url,
};
use fetch_cors::profile::AuthorizationUnderWildcard;
use fetch_cors::{
    Body, CacheMode, Config, CredentialsMode, Destination, HostFailure, Initiator, Origin, Profile, ReferrerPolicy,
    Request, RequestBuilder, RequestMode, TraversableForUserPrompts,
};

/// A request that is preflighted, with everything on it that a preflight must not carry.
fn loaded() -> RequestBuilder {
    let client =
        common::page().traversable(true).user_agent("client's").expect("valid").emulated_language("de").expect("valid");
    to("https://api.example/x?q#f")
        .client(client)
        .method("PUT")
        .header("X-b", "secret")
        .header("Authorization", "Basic c2VjcmV0")
        .header("x-A", "1")
        .header("X-B", "2")
        .header("Accept", "text/plain")
        .header("Range", "bytes=0-")
        .body(Body::Source { length: 7 })
        .keepalive(true)
        .cache_mode(CacheMode::NoStore)
        .credentials_mode(CredentialsMode::Include)
        .use_url_credentials(true)
        .traversable(TraversableForUserPrompts::Traversable)
}

#[test]
fn the_request_is_the_standards_line_by_line() {
    let host = Host::new(Config::new().user_agent("agent").expect("valid").accept_language("en").expect("valid"));
    let run = host.run(loaded(), [allow_credentials("PUT", "x-a,x-b,authorization", "5"), ok_credentials()]);
    let preflight = &run.sent[0];
    let lines: Vec<(&str, &[u8])> = preflight.lines.iter().map(|(name, value)| (&**name, &**value)).collect();
    let expected: [(&str, &[u8]); 9] = [
        ("Accept", b"*/*"),
        ("Access-Control-Request-Method", b"PUT"),
        ("Access-Control-Request-Headers", b"authorization,x-a,x-b"),
        ("Referer", b"https://page.example/"),
        ("Origin", b"https://page.example"),
        ("Sec-Fetch-Dest", b"empty"),
        ("Sec-Fetch-Mode", b"cors"),
        ("Sec-Fetch-Site", b"cross-site"),
        ("User-Agent", b"agent"),
    ];
    assert_eq!(lines, expected);
    assert_eq!((&*preflight.method, &*preflight.url), ("OPTIONS", "https://api.example/x?q#f"));
    assert_eq!((preflight.body, preflight.credentials), (Body::Null, false));
    assert_eq!((preflight.mode, preflight.cache_mode), (Some(RequestMode::Cors), Some(CacheMode::NoStore)));
    assert!(!preflight.may_prompt && !preflight.use_url_credentials);
    let request = &run.sent[1];
    assert!(request.credentials && request.use_url_credentials);
    assert_eq!((&*request.method, request.body), ("PUT", Body::Source { length: 7 }));
    assert_eq!(request.value("x-b").as_deref(), Some("secret, 2"), "the request's own lines are untouched");
    assert_eq!(request.value("access-control-request-method"), None);
}

#[test]
fn without_unsafe_names_there_is_no_request_headers_line() {
    let run = Host::standard().run(to(API).method("DELETE").header("accept", "x"), [allow("DELETE", "", "5"), ok()]);
    assert_eq!(run.sent[0].value("access-control-request-method").as_deref(), Some("DELETE"));
    assert_eq!(run.sent[0].value("access-control-request-headers"), None);
    let run = Host::standard().run(to(API).use_cors_preflight(true), [allow("", "", "5"), ok()]);
    assert_eq!(run.sent[0].value("access-control-request-method").as_deref(), Some("GET"), "safelisted ones are named");
}

#[test]
fn methods_keep_their_case() {
    let run = Host::standard().run(to(API).method("patch"), [allow("patch", "", "5"), ok()]);
    assert_eq!(run.sent[0].value("access-control-request-method").as_deref(), Some("patch"));
    assert_eq!(
        Host::standard().run(to(API).method("patch"), [allow("PATCH", "", "5")]).code(),
        ("preflight", "method-not-allowed")
    );
}

#[test]
fn referrer_destination_and_initiator_are_the_requests() {
    let request = to(API)
        .method("PUT")
        .referrer_policy(ReferrerPolicy::UnsafeUrl)
        .destination(Destination::Font)
        .initiator(Initiator::Prefetch);
    let run = Host::standard().run(request, [allow("PUT", "", "5"), ok()]);
    let preflight = &run.sent[0];
    assert_eq!(preflight.value("referer").as_deref(), Some("https://page.example/dir/page?q"));
    assert_eq!(preflight.value("sec-fetch-dest").as_deref(), Some("font"));
    assert_eq!(preflight.value("sec-purpose").as_deref(), Some("prefetch"));
    assert_eq!(preflight.value("accept").as_deref(), Some("*/*"));
    let request = to(API).method("PUT").referrer_policy(ReferrerPolicy::NoReferrer);
    let run = Host::standard().run(request, [allow("PUT", "", "5"), ok()]);
    assert_eq!(run.sent[0].value("referer"), None);
    assert_eq!(run.sent[0].value("origin").as_deref(), Some(PAGE), "the referrer policy does not hide it from CORS");
    assert_eq!(run.sent[0].value("sec-purpose"), None);
}

#[test]
fn a_preflight_has_no_user_activation() {
    let request = to(API).method("PUT").destination(Destination::Document).user_activation(true);
    let run = Host::standard().run(request, [allow("PUT", "", "5"), ok()]);
    assert_eq!(run.sent[0].value("sec-fetch-dest").as_deref(), Some("document"));
    assert_eq!(run.sent[0].value("sec-fetch-user"), None, "it is a request of its own");
    assert_eq!(run.sent[1].value("sec-fetch-user").as_deref(), Some("?1"));
}

#[test]
fn an_insecure_target_gets_no_fetch_metadata() {
    let run = Host::standard().run(to("http://api.example/").method("PUT"), [allow("PUT", "", "5"), ok()]);
    assert!(run.sent.iter().all(|sent| sent.names().iter().all(|name| !name.starts_with("Sec-"))));
    assert_eq!(run.sent[0].value("referer"), None, "a downgrade");
}

#[test]
fn an_opaque_origin_is_null() {
    let request = || Request::builder(url(API)).origin(Origin::opaque(1)).as_fetch_api().method("PUT");
    let run = Host::standard().run(request(), [answer(200, &[FOR_NULL, (METHODS, "PUT")]), answer(200, &[FOR_NULL])]);
    assert_eq!(run.sent[0].value("origin").as_deref(), Some("null"));
    let run = Host::standard().run(request(), [answer(200, &[FOR_PAGE, (METHODS, "PUT")])]);
    assert_eq!(run.code(), ("preflight", "allow-origin-mismatch"));
}

/// How a preflight for this request ends that is answered so.
fn judged(request: RequestBuilder, status: u16, lines: &[(&str, &str)]) -> String {
    let credentials = lines.contains(&CREDENTIALS);
    let mut fetch = Host::standard().start(request);
    let host = Host::standard();
    assert_eq!(common::Sent::ask(&mut fetch).expect("a preflight").kind, Kind::Preflight);
    assert!(host.answer(&mut fetch, answer(status, lines)).is_none(), "a preflight is never delivered");
    match common::Sent::ask(&mut fetch) {
        Ok(sent) => {
            assert_eq!(sent.kind, Kind::Request);
            let response = host.answer(&mut fetch, if credentials { ok_credentials() } else { ok() });
            response.map_or_else(|| "not delivered".to_owned(), |response| response.response_type().to_string())
        }
        Err(error) => {
            let error = error.expect("an error");
            assert_eq!(error.stage().as_str(), "preflight");
            error.reason().code().to_owned()
        }
    }
}

fn put() -> RequestBuilder {
    to(API).method("PUT")
}

#[test]
fn the_cors_check_comes_with_an_ok_status() {
    for status in [200, 204, 206, 250, 299] {
        assert_eq!(judged(put(), status, &[ANY, (METHODS, "PUT")]), "cors", "{status}");
    }
    for status in [300, 304, 306, 400, 401, 404, 421, 500, 999] {
        assert_eq!(judged(put(), status, &[ANY, (METHODS, "PUT")]), "preflight-status-not-ok", "{status}");
    }
    for status in [301, 302, 303, 307, 308] {
        let lines = [ANY, (METHODS, "PUT"), ("Location", "https://api.example/y")];
        assert_eq!(judged(put(), status, &lines), "preflight-redirected", "{status}");
    }
    assert_eq!(judged(put(), 407, &[ANY, (METHODS, "PUT")]), "proxy-authentication-required");
    assert_eq!(judged(put(), 200, &[(METHODS, "PUT")]), "allow-origin-missing");
    assert_eq!(judged(put(), 200, &[("Access-Control-Allow-Origin", API), (METHODS, "PUT")]), "allow-origin-mismatch");
    assert_eq!(judged(put(), 200, &[ANY, ANY, (METHODS, "PUT")]), "allow-origin-multiple");
}

#[test]
fn the_cors_check_asks_for_the_requests_credentials_mode() {
    let include = || put().credentials_mode(CredentialsMode::Include);
    assert_eq!(judged(include(), 200, &[FOR_PAGE, CREDENTIALS, (METHODS, "PUT")]), "cors");
    assert_eq!(judged(include(), 200, &[FOR_PAGE, (METHODS, "PUT")]), "allow-credentials-not-true");
    let lines = [ANY, CREDENTIALS, (METHODS, "PUT")];
    assert_eq!(judged(include(), 200, &lines), "allow-origin-wildcard-with-credentials");
    for mode in [CredentialsMode::Omit, CredentialsMode::SameOrigin] {
        assert_eq!(judged(put().credentials_mode(mode), 200, &[ANY, (METHODS, "PUT")]), "cors");
    }
}

#[test]
fn methods_are_listed_byte_for_byte_or_by_wildcard() {
    for list in ["PUT", "GET, PUT", " ,,PUT\t,", "*", "put, PUT"] {
        assert_eq!(judged(put(), 200, &[ANY, (METHODS, list)]), "cors", "{list}");
    }
    for list in ["put", "GET,POST", "", ",", "PUTT", "**"] {
        assert_eq!(judged(put(), 200, &[ANY, (METHODS, list)]), "method-not-allowed", "{list}");
    }
    assert_eq!(judged(put(), 200, &[ANY]), "method-not-allowed", "no line");
    assert_eq!(judged(put(), 200, &[ANY, (METHODS, "GET"), (METHODS, "PUT")]), "cors", "on two lines");
    for list in ["PUT, a b", "PUT; x", "\"PUT\"", "PUT, (", "PUT é"] {
        assert_eq!(judged(put(), 200, &[ANY, (METHODS, list)]), "allow-methods-unparsable", "{list}");
    }
    assert_eq!(judged(put(), 200, &[ANY, (METHODS, "PUT"), (METHODS, "[")]), "allow-methods-unparsable");
    let include = put().credentials_mode(CredentialsMode::Include);
    assert_eq!(judged(include, 200, &[FOR_PAGE, CREDENTIALS, (METHODS, "*")]), "method-not-allowed");
    let star = to(API).method("*").credentials_mode(CredentialsMode::Include);
    assert_eq!(judged(star, 200, &[FOR_PAGE, CREDENTIALS, (METHODS, "*")]), "cors", "the method named *");
}

#[test]
fn safelisted_methods_need_no_listing() {
    for method in ["GET", "HEAD", "POST"] {
        let request = to(API).method(method).header("x-a", "1");
        assert_eq!(judged(request, 200, &[ANY, (METHODS, "PUT"), (HEADERS, "x-a")]), "cors", "{method}");
    }
}

#[test]
fn the_flag_stands_in_for_a_missing_methods_line_only() {
    let request = || put().use_cors_preflight(true);
    assert_eq!(judged(request(), 200, &[ANY]), "cors");
    assert_eq!(judged(request(), 200, &[ANY, (METHODS, "")]), "method-not-allowed", "empty is not missing");
    assert_eq!(judged(request(), 200, &[ANY, (METHODS, "GET")]), "method-not-allowed");
    assert_eq!(judged(request(), 200, &[ANY, (HEADERS, "(")]), "allow-headers-unparsable");
}

#[test]
fn header_names_are_listed_in_any_case_or_by_wildcard() {
    let request = || to(API).header("X-a", "1").header("x-B", "2");
    for list in ["x-a,x-b", "X-B , X-A", "*", "x-a, *", "x-a, x-b, x-c"] {
        assert_eq!(judged(request(), 200, &[ANY, (HEADERS, list)]), "cors", "{list}");
    }
    for list in ["x-a", "x-b", "", "x-a-x-b", "x-ab", "authorization"] {
        assert_eq!(judged(request(), 200, &[ANY, (HEADERS, list)]), "header-not-allowed", "{list}");
    }
    assert_eq!(judged(request(), 200, &[ANY]), "header-not-allowed", "no line");
    assert_eq!(judged(request(), 200, &[ANY, (HEADERS, "x-a"), (HEADERS, "x-b")]), "cors", "on two lines");
    for list in ["x-a x-b", "x-a:x-b", "*, @"] {
        assert_eq!(judged(request(), 200, &[ANY, (HEADERS, list)]), "allow-headers-unparsable", "{list}");
    }
    let include = || request().credentials_mode(CredentialsMode::Include);
    assert_eq!(judged(include(), 200, &[FOR_PAGE, CREDENTIALS, (HEADERS, "*")]), "header-not-allowed");
    assert_eq!(judged(include(), 200, &[FOR_PAGE, CREDENTIALS, (HEADERS, "x-a,x-b")]), "cors");
    let star = to(API).header("*", "1").credentials_mode(CredentialsMode::Include);
    assert_eq!(judged(star, 200, &[FOR_PAGE, CREDENTIALS, (HEADERS, "*")]), "cors", "the header named *");
}

#[test]
fn every_missing_name_is_reported() {
    let request = to(API).header("x-c", "").header("X-A", "").header("x-b", "");
    let run = Host::standard().run(request, [allow("", "x-b", "5")]);
    let facts = run.error().reason().facts();
    assert_eq!(facts[0], ("missing", "x-a, x-c".to_owned()));
    assert_eq!(facts[1], ("allowed", "x-b".to_owned()));
}

#[test]
fn many_names_are_judged_as_few_are() {
    let names: Vec<String> = (0..30).map(|index| format!("X-{index:02}")).collect();
    let request = || names.iter().fold(to(API), |request, name| request.header(name, "1"));
    let all = names.join(",").to_ascii_lowercase();
    assert_eq!(judged(request(), 200, &[ANY, (HEADERS, &all)]), "cors");
    assert_eq!(judged(request(), 200, &[ANY, (HEADERS, &all[..all.len() - 1])]), "header-not-allowed");
    assert_eq!(judged(request(), 200, &[ANY, (HEADERS, "*")]), "cors");
    let run = Host::standard().run(request(), [allow("", &all.replace("x-07,", ""), "5")]);
    assert_eq!(run.error().reason().facts()[0], ("missing", "x-07".to_owned()));
}

#[test]
fn authorization_must_be_named() {
    let request = || to(API).header("Authorization", "x");
    for list in ["authorization", "*, AUTHORIZATION"] {
        assert_eq!(judged(request(), 200, &[ANY, (HEADERS, list)]), "cors", "{list}");
    }
    for list in ["*", "", "x-a"] {
        assert_eq!(judged(request(), 200, &[ANY, (HEADERS, list)]), "authorization-not-named", "{list}");
    }
    let both = || request().header("x-a", "1");
    assert_eq!(judged(both(), 200, &[ANY, (HEADERS, "authorization")]), "header-not-allowed");
    assert_eq!(judged(both(), 200, &[ANY, (HEADERS, "*, authorization")]), "cors");
}

#[test]
fn a_profile_may_let_the_wildcard_cover_authorization() {
    let profile = Profile::standard().with_authorization_under_wildcard(AuthorizationUnderWildcard::Allowed);
    let host = Host::new(Config::new().profile(profile));
    let request = || to(API).header("Authorization", "x");
    assert!(host.run(request(), [allow("", "*", "0"), ok()]).outcome.is_ok());
    assert_eq!(host.run(request(), [allow("", "x-a", "0")]).code(), ("preflight", "authorization-not-named"));
    let include = request().credentials_mode(CredentialsMode::Include);
    assert_eq!(
        host.run(include, [allow_credentials("", "*", "0")]).code(),
        ("preflight", "authorization-not-named"),
        "under credentials * is a plain name"
    );
}

#[test]
fn what_follows_a_preflight_is_still_checked() {
    let run = Host::standard().run(put(), [allow("PUT", "", "5"), answer(200, &[])]);
    assert_eq!(run.code(), ("response", "allow-origin-missing"));
    let quota = put().body(Body::Source { length: 65_537 }).keepalive(true);
    let run = Host::standard().run(quota, [allow("PUT", "", "5")]);
    assert_eq!(run.code(), ("before-request", "keepalive-quota"), "the preflight itself has no body");
}

#[test]
fn interim_and_missing_answers() {
    let run = Host::standard().run(put(), [answer(100, &[]), answer(103, &[ANY]), allow("PUT", "", "5"), ok()]);
    assert_eq!(run.of(Kind::Preflight).len(), 3, "the same action again");
    assert!(run.outcome.is_ok());
    let run = Host::standard().run(put(), [Answer::Fail(HostFailure::tls("bad certificate"))]);
    assert_eq!(run.code(), ("preflight", "preflight-network-failure"));
    assert_eq!(run.error().reason().facts(), [("failure", "tls: bad certificate".to_owned())]);
    for status in [0, 99, 1000] {
        assert_eq!(judged(put(), status, &[ANY, (METHODS, "PUT")]), "response-malformed", "{status}");
    }
    assert_eq!(judged(put(), 200, &[ANY, (METHODS, "PUT"), ("x", "a\0b")]), "response-malformed");
}
