//! HTTP-redirect fetch: what is followed, what is refused, and what changes on the way.

mod common;

use common::{ANY, API, FOR_NULL, FOR_PAGE, HEADERS, Host, allow, answer, head, ok, redirect, to, url};
use fetch_cors::{
    Body, CredentialsMode, Initiator, RedirectMode, RedirectTaint, ReferrerPolicy, RequestMode, ResponseTainting,
};

const HOP: &str = "https://hop.example/";
const SAME: &str = "https://page.example/x";

#[test]
fn twenty_redirects_are_followed_and_no_more() {
    let hops = |count: usize| (1..=count).map(|index| redirect(302, &format!("https://api.example/{index}")));
    let run = Host::standard().run(to(API), hops(20).chain([ok()]));
    assert_eq!(run.sent.len(), 21);
    assert_eq!((run.response().url_list().len(), run.fetch.request().redirect_count()), (21, 20));
    assert!(run.response().redirected());
    assert_eq!(run.last().redirects, 20);
    let run = Host::standard().run(to(API), hops(21));
    assert_eq!(run.code(), ("redirect", "redirect-limit"));
    assert_eq!((run.error().redirects(), run.error().url().as_str()), (20, "https://api.example/20"));
    assert_eq!(run.error().reason().facts(), [("followed", "20".to_owned())]);
}

#[test]
fn five_statuses_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let run = Host::standard().run(to(SAME), [redirect(status, "/y"), answer(200, &[])]);
        assert_eq!(run.flow(), ["GET https://page.example/x", "GET https://page.example/y", "basic 200"], "{status}");
    }
    for status in [200, 201, 300, 304, 305, 306, 309, 399, 400] {
        let run = Host::standard().run(to(SAME), [redirect(status, "/y")]);
        assert_eq!(run.flow(), ["GET https://page.example/x".to_owned(), format!("basic {status}")]);
    }
}

#[test]
fn locations_that_lead_nowhere() {
    let run = Host::standard().run(to(API), [answer(302, &[ANY])]);
    assert_eq!(run.flow(), ["GET https://api.example/x", "cors 302"], "no Location: the response itself");
    for location in ["https://[x", "https://a b/", "http:"] {
        let run = Host::standard().run(to(API), [redirect(302, location)]);
        assert_eq!(run.code(), ("redirect", "redirect-location-invalid"), "{location}");
        assert_eq!(run.error().reason().facts(), [("location", location.to_owned())]);
    }
    let twice = answer(302, &[ANY, ("Location", "/y"), ("location", "/y")]);
    assert_eq!(Host::standard().run(to(API), [twice]).code(), ("redirect", "redirect-location-invalid"));
    for location in ["data:,x", "about:blank", "ftp://a.example/", "blob:https://page.example/x", "javascript:0"] {
        let run = Host::standard().run(to(API), [redirect(302, location)]);
        assert_eq!(run.code(), ("redirect", "redirect-scheme-not-http"), "{location}");
        let run = Host::standard().run(to(API).mode(RequestMode::Navigate), [redirect(302, location)]);
        assert_eq!(run.code(), ("redirect", "redirect-scheme-not-http"), "{location} in a navigation");
    }
}

#[test]
fn locations_are_relative_and_inherit_a_fragment() {
    let run =
        Host::standard().run(to("https://page.example/a/b?q#f"), [redirect(302, "c"), redirect(302, "d#g"), ok()]);
    let urls: Vec<&str> = run.sent.iter().map(|sent| &*sent.url).collect();
    let expected = ["https://page.example/a/b?q#f", "https://page.example/a/c#f", "https://page.example/a/d#g"];
    assert_eq!(urls, expected);
    assert_eq!(run.response().url_list(), expected.map(url));
}

#[test]
fn locations_are_bytes() {
    for (location, expected) in [
        (&b"/\xc3\xa9"[..], "https://page.example/%C3%A9"),
        (b"/\xe9?\xff", "https://page.example/%E9?%FF"),
        (b" /y\t", "https://page.example/y"),
        (b"", "https://page.example/x"),
    ] {
        let lines = vec![(b"Location".to_vec(), location.to_vec())];
        let run = Host::standard().run(to(SAME), [common::Answer::Head((302, lines)), ok()]);
        assert_eq!(run.last().url, expected, "{}", location.escape_ascii());
    }
}

#[test]
fn redirect_mode_error_refuses_and_manual_hides() {
    for target in [SAME, API] {
        let run = Host::standard().run(to(target).redirect_mode(RedirectMode::Error), [redirect(302, "/y")]);
        assert_eq!(run.code(), ("redirect", "redirect-mode-error"), "{target}");
        assert_eq!(run.error().reason().facts(), [("status", "302".to_owned())]);
        let run = Host::standard().run(to(target).redirect_mode(RedirectMode::Manual), [redirect(302, "/y")]);
        assert_eq!(run.flow().last().map(String::as_str), Some("opaqueredirect 0"));
        let response = run.response();
        assert_eq!(response.headers().count(), 0);
        assert_eq!(response.url().map(url::Url::as_str), Some(target));
        assert_eq!(response.internal().status(), 302);
        let run = Host::standard().run(to(target).redirect_mode(RedirectMode::Error), [ok()]);
        assert!(run.outcome.is_ok(), "without a redirect the mode does not matter");
    }
    let run = Host::standard().run(to(API).redirect_mode(RedirectMode::Manual), [answer(302, &[("Location", "/y")])]);
    assert_eq!(run.code(), ("redirect", "allow-origin-missing"), "the CORS check comes first");
}

#[test]
fn userinfo_for_another_origin_is_refused_in_mode_cors() {
    for location in ["https://u@api.example/", "https://u:p@api.example/", "https://:p@api.example/"] {
        let run = Host::standard().run(to(SAME), [redirect(302, location)]);
        assert_eq!(run.code(), ("redirect", "redirect-has-credentials"), "{location}");
        assert_eq!(run.error().reason().facts(), [("location", "https://api.example/".to_owned())], "no secrets");
        let no_cors = Host::standard().run(to(SAME).mode(RequestMode::NoCors), [redirect(302, location), ok()]);
        assert_eq!(no_cors.flow().last().map(String::as_str), Some("opaque 0"), "{location}");
    }
    let run = Host::standard().run(to(SAME), [redirect(302, "https://u:p@page.example/y"), ok()]);
    assert_eq!(run.flow().last().map(String::as_str), Some("basic 200"), "the same origin may");
    let run = Host::standard().run(to(SAME), [redirect(302, "https://@api.example/y"), ok()]);
    assert_eq!(run.flow().last().map(String::as_str), Some("cors 200"), "no userinfo at all");
}

#[test]
fn userinfo_after_another_origin_is_refused() {
    let run = Host::standard().run(to(API), [redirect(302, "https://u:p@page.example/y")]);
    assert_eq!(run.code(), ("redirect", "redirect-has-credentials"), "to the page's own origin");
    let run = Host::standard().run(to(API), [redirect(302, "https://u@api.example/y")]);
    assert_eq!(run.code(), ("redirect", "redirect-has-credentials"));
    let run =
        Host::standard().run(to(API).mode(RequestMode::NoCors), [redirect(302, "https://u@page.example/y"), ok()]);
    assert!(run.outcome.is_ok(), "tainting is opaque, not cors");
}

#[test]
fn a_stream_is_not_sent_again() {
    for status in [301, 302, 307, 308] {
        for method in ["POST", "PUT"] {
            let request = to(SAME).method(method).body(Body::Stream);
            let run = Host::standard().run(request, [redirect(status, "/y")]);
            assert_eq!(run.code(), ("redirect", "redirect-body-not-replayable"), "{status} {method}");
        }
    }
    let run = Host::standard().run(to(SAME).method("POST").body(Body::Stream), [redirect(303, "/y"), ok()]);
    assert_eq!(run.flow()[1], "GET https://page.example/y", "303 drops the body");
    let source = Body::Source { length: 3 };
    let run = Host::standard().run(to(SAME).method("POST").body(source), [redirect(307, "/y"), ok()]);
    assert_eq!((run.last().body, run.last().value("content-length").as_deref()), (source, Some("3")));
}

#[test]
fn the_method_changes_by_status() {
    for (status, method, expected) in [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "PUT", "PUT"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (303, "x", "GET"),
        (303, "GET", "GET"),
        (303, "HEAD", "HEAD"),
        (301, "HEAD", "HEAD"),
        (302, "post", "post"),
        (303, "get", "GET"),
    ] {
        let request = to(SAME)
            .method(method)
            .body(Body::Source { length: 3 })
            .header("Content-Type", "text/plain")
            .header("CONTENT-language", "en")
            .header("content-encoding", "x")
            .header("content-location", "/")
            .header("content-range", "stays")
            .header("x-a", "stays");
        let run = Host::standard().run(request, [redirect(status, "/y"), ok()]);
        let last = run.last();
        assert_eq!(last.method, expected, "{status} {method}");
        let changed = method != expected;
        assert_eq!(last.body == Body::Null, changed, "{status} {method}");
        for name in ["content-type", "content-language", "content-encoding", "content-location", "content-length"] {
            assert_eq!(last.value(name).is_none(), changed, "{status} {method} {name}");
        }
        assert!(last.value("content-range").is_some() && last.value("x-a").is_some() && last.value("accept").is_some());
        assert_eq!(run.fetch.request().method(), expected);
    }
}

#[test]
fn authorization_goes_when_the_origin_changes() {
    let sent = |start: &str, locations: &[&str]| {
        let request = to(start).mode(RequestMode::NoCors).header("Authorization", "x").header("authorization", "y");
        let answers = locations.iter().map(|location| redirect(302, location)).chain([ok()]);
        let run = Host::standard().run(request, answers);
        run.sent.iter().map(|sent| sent.value("authorization").is_some()).collect::<Vec<_>>()
    };
    assert_eq!(sent(SAME, &["/y", "https://page.example/z"]), [true, true, true]);
    assert_eq!(sent(SAME, &[HOP]), [true, false]);
    assert_eq!(sent(SAME, &["https://page.example:8443/"]), [true, false], "a port makes an origin");
    assert_eq!(sent(SAME, &["http://page.example/"]), [true, false], "so does a scheme");
    assert_eq!(sent(HOP, &["/y", SAME]), [true, true, false], "by the current URL, not the request's origin");
    assert_eq!(sent(SAME, &[HOP, SAME]), [true, false, false], "it does not come back");
}

#[test]
fn without_authorization_the_next_hop_needs_no_preflight() {
    let run = Host::standard().run(to(SAME).header("Authorization", "x"), [redirect(302, API), ok()]);
    assert_eq!(run.flow(), ["GET https://page.example/x", "GET https://api.example/x", "cors 200"]);
    let request = to(HOP).header("Authorization", "x").header("x-a", "1");
    let run = Host::standard().run(
        request,
        [
            allow("", "authorization,x-a", "5"),
            redirect(302, API),
            answer(204, &[FOR_NULL, (HEADERS, "x-a")]),
            answer(200, &[FOR_NULL]),
        ],
    );
    assert_eq!(run.sent[2].value("access-control-request-headers").as_deref(), Some("x-a"));
}

#[test]
fn each_hop_asks_for_its_own_preflight() {
    let request = || to(SAME).method("PUT").header("x-a", "1");
    let run = Host::standard().run(request(), [redirect(307, API), allow("PUT", "x-a", "5"), ok()]);
    assert_eq!(
        run.flow(),
        ["PUT https://page.example/x", "preflight https://api.example/x", "PUT https://api.example/x", "cors 200"]
    );
    assert_eq!(run.sent[1].redirects, 1);
    let run = Host::standard().run(
        to(HOP).method("PUT"),
        [
            allow("PUT", "", "5"),
            redirect(307, API),
            allow("PUT", "", "5"),
            redirect(307, "/y"),
            allow("PUT", "", "5"),
            ok(),
        ],
    );
    assert_eq!(run.flow().len(), 7, "a preflight before each of three requests");
    let run = Host::standard().run(request(), [redirect(303, API), allow("", "x-a", "5"), ok()]);
    assert_eq!(run.sent[1].value("access-control-request-method").as_deref(), Some("GET"));
    let flagged = to(SAME).use_cors_preflight(true);
    let run = Host::standard().run(flagged, [redirect(302, API), allow("", "", "5"), ok()]);
    assert_eq!(run.flow()[1], "preflight https://api.example/x");
}

#[test]
fn taint_makes_the_origin_null() {
    for (urls, origins, taint) in [
        (&[API, "https://api.example/y"][..], &["https://page.example"; 2][..], RedirectTaint::SameOrigin),
        (&[API, HOP], &["https://page.example", "null"], RedirectTaint::CrossSite),
        (&[API, HOP, HOP], &["https://page.example", "null", "null"], RedirectTaint::CrossSite),
        (&[API, HOP, API], &["https://page.example", "null", "null"], RedirectTaint::CrossSite),
        (&[API, SAME], &["https://page.example", "null"], RedirectTaint::CrossSite),
    ] {
        let answers = urls[1..].iter().map(|location| redirect(302, location)).chain([ok()]);
        let run = Host::with_sites().run(to(urls[0]), answers);
        let sent: Vec<Option<String>> = run.sent.iter().map(|sent| sent.value("origin")).collect();
        assert_eq!(sent, origins.iter().map(|origin| Some((*origin).to_owned())).collect::<Vec<_>>(), "{urls:?}");
        assert_eq!(run.response().redirect_taint(), taint, "{urls:?}");
    }
}

#[test]
fn taint_knows_sites() {
    let taint = |urls: &[&str]| {
        let answers = urls[1..].iter().map(|location| redirect(302, location)).chain([ok()]);
        Host::with_sites().run(to(urls[0]), answers).response().redirect_taint()
    };
    let sub = "https://sub.page.example/";
    assert_eq!(taint(&[SAME, API]), RedirectTaint::SameOrigin, "leaving home taints nothing");
    assert_eq!(taint(&[SAME, sub]), RedirectTaint::SameOrigin);
    assert_eq!(taint(&[sub, SAME]), RedirectTaint::SameSite);
    assert_eq!(taint(&[sub, API]), RedirectTaint::SameSite, "the page and sub are of one site");
    assert_eq!(taint(&[sub, SAME, API]), RedirectTaint::SameSite);
    assert_eq!(taint(&["https://www.api.example/", API]), RedirectTaint::SameSite, "two origins of one other site");
    assert_eq!(taint(&[sub, API, HOP]), RedirectTaint::CrossSite);
    assert_eq!(taint(&[API, HOP, sub, SAME]), RedirectTaint::CrossSite, "once cross-site, always");
    let answers = [redirect(302, SAME), ok()];
    let run = Host::standard().run(to(sub), answers);
    assert_eq!(run.response().redirect_taint(), RedirectTaint::CrossSite, "without a list a site is a host");
}

#[test]
fn a_tainted_origin_must_be_allowed_as_null() {
    let run = Host::standard().run(to(API), [redirect(302, HOP), answer(200, &[FOR_PAGE])]);
    assert_eq!(run.code(), ("response", "allow-origin-mismatch"));
    assert_eq!(run.error().reason().facts()[0], ("wanted", "null".to_owned()));
    assert!(Host::standard().run(to(API), [redirect(302, HOP), answer(200, &[FOR_NULL])]).outcome.is_ok());
}

#[test]
fn coming_home_stays_cors() {
    let run = Host::standard().run(to(API), [redirect(302, SAME), answer(200, &[FOR_NULL, ("x-a", "1")])]);
    assert_eq!(run.flow().last().map(String::as_str), Some("cors 200"));
    assert!(!run.response().is_visible("x-a"));
    let run = Host::standard().run(to(API), [redirect(302, SAME), answer(200, &[])]);
    assert_eq!(run.code(), ("response", "allow-origin-missing"));
    let run = Host::standard().run(to(API).mode(RequestMode::NoCors), [redirect(302, SAME), answer(200, &[])]);
    assert_eq!(run.flow().last().map(String::as_str), Some("opaque 0"));
    assert_eq!(run.fetch.request().response_tainting(), ResponseTainting::Opaque);
}

#[test]
fn credentials_follow_the_tainting_of_each_hop() {
    let with = |mode, answers: [common::Answer; 3]| {
        let run = Host::standard().run(to(SAME).credentials_mode(mode), answers);
        run.sent.iter().map(|sent| sent.credentials).collect::<Vec<_>>()
    };
    let plain = || [redirect(302, API), redirect(302, SAME), answer(200, &[FOR_NULL])];
    assert_eq!(with(CredentialsMode::SameOrigin, plain()), [true, false, false]);
    assert_eq!(with(CredentialsMode::Omit, plain()), [false; 3]);
    let credentialed = [
        redirect(302, API),
        answer(302, &[FOR_PAGE, common::CREDENTIALS, ("Location", SAME)]),
        answer(200, &[FOR_NULL, common::CREDENTIALS]),
    ];
    assert_eq!(with(CredentialsMode::Include, credentialed), [true; 3]);
}

#[test]
fn modes_are_judged_anew_at_each_hop() {
    let run = Host::standard().run(to(SAME).mode(RequestMode::SameOrigin), [redirect(302, API)]);
    assert_eq!(run.code(), ("before-request", "same-origin-mode-blocked"));
    let run = Host::standard().run(to(SAME), [redirect(302, "https://api.example:6000/")]);
    assert_eq!(run.code(), ("before-request", "bad-port"));
    let run = Host::standard().run(to(API), [answer(302, &[("Location", "/y")])]);
    assert_eq!(run.code(), ("redirect", "allow-origin-missing"), "each hop passes the CORS check");
    let prefetch = to(SAME).initiator(Initiator::Prefetch);
    let run = Host::standard().run(prefetch, [redirect(302, API), ok()]);
    assert_eq!(run.last().value("sec-purpose").as_deref(), Some("prefetch"));
}

#[test]
fn a_redirect_may_change_the_referrer_policy() {
    let referers = |start: &str, policies: &[&str]| {
        let lines = |policy: &&str| head(302, &[ANY, ("Location", "/y"), ("Referrer-Policy", policy)]);
        let answers = policies.iter().map(lines).map(common::Answer::Head).chain([ok()]);
        let run = Host::standard().run(to(start).referrer_policy(ReferrerPolicy::UnsafeUrl), answers);
        run.sent.iter().map(|sent| sent.value("referer").unwrap_or_default()).collect::<Vec<_>>()
    };
    let (full, short) = ("https://page.example/dir/page?q", "https://page.example/");
    assert_eq!(referers(API, &["origin"]), [full, short]);
    assert_eq!(referers(API, &[""]), [full, full], "an empty policy changes nothing");
    assert_eq!(referers(API, &["made-up"]), [full, full]);
    assert_eq!(referers(API, &["no-referrer, made-up"]), [full, ""]);
    assert_eq!(referers(API, &["origin", "unsafe-url"]), [full, short, short], "what was cut off stays off");
    assert_eq!(referers(API, &["no-referrer", "unsafe-url"]), [full, "", ""]);
}

#[test]
fn the_line_of_a_hop_does_not_stay() {
    let request = to(SAME).method("POST").body(Body::Source { length: 3 }).credentials_mode(CredentialsMode::Include);
    let run = Host::standard().run(request, [redirect(303, "/y"), redirect(303, "/z"), ok()]);
    assert_eq!(run.sent[0].value("content-length").as_deref(), Some("3"));
    for sent in &run.sent[1..] {
        assert!(sent.value("content-length").is_none() && sent.value("origin").is_none());
        let mut names = sent.names();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "each line once: {names:?}");
    }
    assert_eq!(run.sent[1].lines, run.sent[2].lines);
}
