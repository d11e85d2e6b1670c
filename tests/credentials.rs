//! What the host may send along: cookies and authentication entries, by credentials mode, tainting,
//! embedder policy and site.

mod common;

use common::{API, Host, answer, ok, origin, page, redirect, to, url};
use fetch_cors::{
    CredentialsMode, Destination, EmbedderPolicy, Global, Origin, Profile, Request, RequestBuilder, RequestMode,
    SameSiteMode, TraversableForUserPrompts,
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
fn credentials_go_by_mode_and_tainting() {
    for (mode, target, request_mode, expected) in [
        (CredentialsMode::Omit, SAME, RequestMode::Cors, false),
        (CredentialsMode::Omit, API, RequestMode::Navigate, false),
        (CredentialsMode::SameOrigin, SAME, RequestMode::Cors, true),
        (CredentialsMode::SameOrigin, API, RequestMode::Cors, false),
        (CredentialsMode::SameOrigin, API, RequestMode::NoCors, false),
        (CredentialsMode::SameOrigin, API, RequestMode::Navigate, true),
        (CredentialsMode::Include, SAME, RequestMode::Cors, true),
        (CredentialsMode::Include, API, RequestMode::Cors, true),
        (CredentialsMode::Include, API, RequestMode::NoCors, true),
    ] {
        let request = to(target).mode(request_mode).credentials_mode(mode);
        let run = Host::standard().run(request, [answer(200, &[common::FOR_PAGE, common::CREDENTIALS])]);
        assert_eq!(run.last().credentials, expected, "{mode} {target} {request_mode}");
        assert_eq!(run.response().internal().request_includes_credentials(), expected);
    }
}

#[test]
fn a_credentialless_embedder_keeps_credentials_from_no_cors() {
    let client = || page().embedder_policy(EmbedderPolicy::Credentialless);
    let include =
        |target: &str, mode| to(target).mode(mode).credentials_mode(CredentialsMode::Include).client(client());
    let credentials = |host: &Host, request| sent_by(host, request).credentials;
    let (standard, letter) = (Host::standard(), Host::letter());
    for host in [&standard, &letter] {
        assert!(!credentials(host, include(API, RequestMode::NoCors)));
        assert!(credentials(host, include(API, RequestMode::Cors)), "only no-cors is restricted");
        assert!(credentials(host, include(SAME, RequestMode::Cors)));
        for policy in [EmbedderPolicy::UnsafeNone, EmbedderPolicy::RequireCorp] {
            let request = include(API, RequestMode::NoCors).client(page().embedder_policy(policy));
            let with_corp = [("Cross-Origin-Resource-Policy", "cross-origin")];
            assert!(host.run(request, [answer(200, &with_corp)]).last().credentials, "{policy}");
        }
        let no_client = Request::builder(url(API)).origin(origin(common::PAGE));
        assert!(credentials(host, no_client.credentials_mode(CredentialsMode::Include)));
    }
    assert!(credentials(&standard, include(SAME, RequestMode::NoCors)), "untainted and same origin");
    assert!(!credentials(&letter, include(SAME, RequestMode::NoCors)), "the slip of the text");
    // Home again, tainted: the other way round.
    for (host, expected) in [(&standard, [false, false]), (&letter, [false, true])] {
        let run = host.run(include(API, RequestMode::NoCors), [redirect(302, SAME), answer(200, &[])]);
        assert_eq!([run.sent[0].credentials, run.sent[1].credentials], expected);
    }
    assert_eq!(Profile::letter().name(), "letter");
}

#[test]
fn who_may_be_asked_for_credentials() {
    let include = |target: &str| to(target).credentials_mode(CredentialsMode::Include);
    let with_place = |request: RequestBuilder| request.client(page().traversable(true));
    assert!(sent(with_place(include(SAME))).may_prompt);
    assert!(sent(with_place(include(API)).mode(RequestMode::NoCors)).may_prompt, "tainting opaque");
    assert!(!sent(with_place(include(API))).may_prompt, "never for tainting cors");
    assert!(!sent(with_place(to(SAME).credentials_mode(CredentialsMode::Omit))).may_prompt);
    assert!(!sent(include(SAME)).may_prompt, "no place to ask");
    let worker = page().traversable(true).global(Global::Worker);
    assert!(!sent(include(SAME).client(worker)).may_prompt, "a worker has no window");
    assert!(sent(include(SAME).traversable(TraversableForUserPrompts::Traversable)).may_prompt);
    let nowhere = with_place(include(SAME)).traversable(TraversableForUserPrompts::NoTraversable);
    assert!(!sent(nowhere).may_prompt);
    assert!(sent(to(SAME).use_url_credentials(true)).use_url_credentials && !sent(to(SAME)).use_url_credentials);
}

#[test]
fn the_same_site_mode_of_cookies() {
    use SameSiteMode::{LaxOrLess as Lax, StrictOrLess as Strict, UnsetOrLess as Unset};
    let letter = Host::new(common::sites().profile(Profile::letter()));
    let standard = Host::with_sites();
    let no_cors = |target: &str| to(target).mode(RequestMode::NoCors);
    let document = |initiator: &str| {
        let request = no_cors(API).mode(RequestMode::Navigate).destination(Destination::Document);
        request.top_level_navigation_initiator_origin(origin(initiator))
    };
    let embedded = || page().cross_site_ancestor(true);
    let opaque = document(common::PAGE).top_level_navigation_initiator_origin(Origin::opaque(1));
    let sub = "https://sub.page.example/";
    let iframe = |target: &str| no_cors(target).destination(Destination::Iframe);
    let back = || vec![redirect(302, SAME), ok()];
    let once = || vec![ok()];
    let rows: [(&str, RequestBuilder, Vec<common::Answer>, SameSiteMode, SameSiteMode); 17] = [
        ("another site navigates", document("https://other.example"), once(), Unset, Lax),
        ("by POST", document("https://other.example").method("POST"), once(), Unset, Unset),
        ("by HEAD", document("https://other.example").method("HEAD"), once(), Unset, Lax),
        ("an opaque origin navigates", opaque, once(), Unset, Lax),
        ("a site has a scheme", document("http://api.example"), once(), Unset, Lax),
        ("the target's site navigates", document("https://www.api.example"), once(), Lax, Lax),
        ("and is sent elsewhere", document("https://api.example"), back(), Lax, Lax),
        ("and posts", document("https://api.example").method("POST"), once(), Strict, Unset),
        ("the user navigates", document("https://api.example").user_initiated(true), once(), Lax, Strict),
        ("in an embedded page", document("https://api.example").client(embedded()), once(), Lax, Lax),
        ("an iframe of the same origin", iframe(SAME), once(), Strict, Strict),
        ("an iframe of another site", iframe(API), once(), Strict, Unset),
        ("an image of another site", no_cors(API).destination(Destination::Image), once(), Strict, Unset),
        ("a request from an embedded page", no_cors(SAME).client(embedded()), once(), Unset, Unset),
        ("within the site", no_cors(sub), once(), Strict, Strict),
        ("within the site, tainted", no_cors(sub), back(), Strict, Strict),
        ("home from another site", no_cors(API), back(), Unset, Unset),
    ];
    for (what, request, answers, by_text, by_site) in rows {
        let mode = |host: &Host| host.run(request.clone(), answers.clone()).last().same_site;
        assert_eq!(mode(&letter), Some(by_text), "{what}, to the letter");
        assert_eq!(mode(&standard), Some(by_site), "{what}");
    }
}
