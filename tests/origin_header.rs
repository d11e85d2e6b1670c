//! Append a request `Origin` header: when it is sent and what it says.

mod common;

use common::{API, FOR_NULL, Host, PAGE, allow, answer, ok, origin, redirect, to, url};
use fetch_cors::{Client, Origin, ReferrerPolicy, Request, RequestMode};

const SAME: &str = "https://page.example/x";
const DOWN: &str = "http://page.example/x";

fn sent(request: fetch_cors::RequestBuilder) -> Option<String> {
    Host::standard().run(request, [ok()]).last().value("origin")
}

#[test]
fn cors_tainting_and_sockets_always_send_it() {
    for method in ["GET", "HEAD", "POST"] {
        assert_eq!(sent(to(API).method(method)).as_deref(), Some(PAGE));
    }
    for mode in [RequestMode::WebSocket, RequestMode::WebTransport] {
        for target in [SAME, API, DOWN] {
            let request = to(target).mode(mode).referrer_policy(ReferrerPolicy::NoReferrer);
            assert_eq!(sent(request).as_deref(), Some(PAGE), "{mode} {target}");
        }
    }
    for policy in ReferrerPolicy::ALL {
        assert_eq!(sent(to(API).referrer_policy(*policy)).as_deref(), Some(PAGE), "{policy}");
    }
}

#[test]
fn get_and_head_without_cors_send_none() {
    for method in ["GET", "HEAD"] {
        assert_eq!(sent(to(SAME).method(method)), None);
        for mode in [RequestMode::NoCors, RequestMode::Navigate] {
            assert_eq!(sent(to(API).method(method).mode(mode)), None, "{mode}");
        }
        assert_eq!(sent(to(SAME).method(method).mode(RequestMode::SameOrigin)), None);
    }
}

#[test]
fn other_methods_send_it_and_mode_cors_looks_at_no_policy() {
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "get"] {
        assert_eq!(sent(to(SAME).method(method)).as_deref(), Some(PAGE), "{method}");
    }
    for policy in ReferrerPolicy::ALL {
        assert_eq!(sent(to(SAME).method("POST").referrer_policy(*policy)).as_deref(), Some(PAGE), "{policy}");
    }
}

#[test]
fn without_mode_cors_the_referrer_policy_decides() {
    use ReferrerPolicy::{
        NoReferrer, NoReferrerWhenDowngrade, Origin, OriginWhenCrossOrigin, SameOrigin, StrictOrigin,
        StrictOriginWhenCrossOrigin, UnsafeUrl,
    };
    for (policy, to_same, to_cross, to_down) in [
        (NoReferrer, "null", "null", "null"),
        (NoReferrerWhenDowngrade, PAGE, PAGE, "null"),
        (StrictOrigin, PAGE, PAGE, "null"),
        (StrictOriginWhenCrossOrigin, PAGE, PAGE, "null"),
        (SameOrigin, PAGE, "null", "null"),
        (Origin, PAGE, PAGE, PAGE),
        (OriginWhenCrossOrigin, PAGE, PAGE, PAGE),
        (UnsafeUrl, PAGE, PAGE, PAGE),
    ] {
        for mode in [RequestMode::NoCors, RequestMode::Navigate] {
            for (target, expected) in [(SAME, to_same), (API, to_cross), (DOWN, to_down)] {
                let request = to(target).method("POST").mode(mode).referrer_policy(policy);
                assert_eq!(sent(request).as_deref(), Some(expected), "{policy} {mode} {target}");
            }
        }
    }
}

#[test]
fn a_downgrade_is_from_https_only() {
    let client = |from: &str| Client::new(origin(from)).creation_url(url(from));
    let request = |from: &str, target: &str| {
        to(target)
            .client(client(from))
            .method("POST")
            .mode(RequestMode::NoCors)
            .referrer_policy(ReferrerPolicy::StrictOrigin)
    };
    assert_eq!(sent(request("http://plain.example", DOWN)).as_deref(), Some("http://plain.example"));
    assert_eq!(sent(request("http://plain.example", API)).as_deref(), Some("http://plain.example"));
    assert_eq!(sent(request("https://secure.example", DOWN)).as_deref(), Some("null"));
}

#[test]
fn an_opaque_origin_is_null_whatever_the_policy() {
    for policy in [ReferrerPolicy::UnsafeUrl, ReferrerPolicy::StrictOrigin, ReferrerPolicy::SameOrigin] {
        let request = Request::builder(url(DOWN))
            .origin(Origin::opaque(1))
            .method("POST")
            .mode(RequestMode::NoCors)
            .referrer_policy(policy);
        assert_eq!(sent(request).as_deref(), Some("null"));
    }
}

#[test]
fn a_tainted_request_sends_null_in_every_mode() {
    for mode in [RequestMode::NoCors, RequestMode::Navigate] {
        let request = to(API).method("POST").mode(mode);
        let run = Host::standard().run(request, [redirect(307, "https://hop.example/"), ok()]);
        let origins: Vec<_> = run.sent.iter().map(|sent| sent.value("origin")).collect();
        assert_eq!(origins, [Some(PAGE.to_owned()), Some("null".to_owned())], "{mode}");
    }
    let run = Host::standard().run(
        to(API).method("PUT"),
        [
            allow("PUT", "", "5"),
            redirect(307, SAME),
            answer(200, &[FOR_NULL, (common::METHODS, "PUT")]),
            answer(200, &[FOR_NULL]),
        ],
    );
    let origins: Vec<_> = run.sent.iter().filter_map(|sent| sent.value("origin")).collect();
    assert_eq!(origins, [PAGE, PAGE, "null", "null"], "preflights send what their requests send");
}

#[test]
fn the_policy_of_a_redirect_counts_for_the_next_hop() {
    let request = to(SAME).method("POST").mode(RequestMode::NoCors);
    let lines = [("Location", "/y"), ("Referrer-Policy", "no-referrer")];
    let run = Host::standard().run(request, [answer(307, &lines), ok()]);
    let origins: Vec<_> = run.sent.iter().filter_map(|sent| sent.value("origin")).collect();
    assert_eq!(origins, [PAGE, "null"]);
}

#[test]
fn a_line_of_the_requests_own_stays_beside_it() {
    let run = Host::standard().run(to(API).header("ORIGIN", "own"), [allow("", "origin", "5"), ok()]);
    assert_eq!(run.last().value("origin").as_deref(), Some("own, https://page.example"), "append is no set");
    assert_eq!(run.last().names().iter().filter(|name| **name == "ORIGIN").count(), 2);
}
