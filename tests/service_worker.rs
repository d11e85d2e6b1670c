//! HTTP fetch, step 3: what a service worker may answer, and what becomes of it.

mod common;

use common::{
    ANY, API, Answer, EXPOSE, Head, Host, Kind, allow, answer, from_worker, head, ok, page, redirect, to, url, worker,
};
use fetch_cors::{
    Body, Config, CredentialsMode, Destination, EmbedderPolicy, RedirectMode, RequestBuilder, RequestMode,
    ResponseBody, ResponseType, ServiceWorkerResponse, ServiceWorkersMode,
};

const SAME: &str = "https://page.example/x";
const ALL_TYPES: [ResponseType; 6] = [
    ResponseType::Basic,
    ResponseType::Cors,
    ResponseType::Default,
    ResponseType::Error,
    ResponseType::Opaque,
    ResponseType::OpaqueRedirect,
];

fn host() -> Host {
    Host::new(Config::new().service_workers(true))
}

/// A service worker's response with a redirect status.
fn redirecting(response_type: ResponseType, location: &str) -> ServiceWorkerResponse<Head> {
    ServiceWorkerResponse::new(response_type, head(302, &[("Location", location)]))
}

#[test]
fn it_is_asked_only_where_it_may_answer() {
    let run = host().run(to(API), [Answer::Pass, ok()]);
    assert_eq!(run.flow(), ["worker https://api.example/x", "GET https://api.example/x", "cors 200"]);
    let run = host().run(to(API).service_workers(ServiceWorkersMode::None), [ok()]);
    assert_eq!(run.flow(), ["GET https://api.example/x", "cors 200"]);
    assert_eq!(Host::standard().run(to(API), [ok()]).flow().len(), 2, "only with Config::service_workers");
    let run = host().run(to("data:,x"), [ok()]);
    assert_eq!(run.flow(), ["scheme data:,x", "basic 200"], "only in HTTP fetch");
    let run = host().run(to(API).mode(RequestMode::SameOrigin), []);
    assert!(run.sent.is_empty(), "not before the switch");
}

#[test]
fn a_pass_goes_on_with_the_preflight() {
    let run = host().run(to(API).method("PUT"), [Answer::Pass, allow("PUT", "", "5"), ok()]);
    assert_eq!(
        run.flow(),
        ["worker https://api.example/x", "preflight https://api.example/x", "PUT https://api.example/x", "cors 200"]
    );
}

#[test]
fn an_answer_needs_no_preflight_and_no_cors_check() {
    let run = host().run(to(API).method("PUT").header("x-a", "1"), [from_worker(worker(ResponseType::Default, &[]))]);
    assert_eq!(run.flow(), ["worker https://api.example/x", "cors 200"]);
}

#[test]
fn the_table_of_types_and_modes() {
    for mode in RequestMode::ALL {
        for redirect_mode in RedirectMode::ALL {
            for response_type in ALL_TYPES {
                let target =
                    if *mode == RequestMode::SameOrigin || *redirect_mode != RedirectMode::Follow { SAME } else { API };
                let request = to(target).mode(*mode).redirect_mode(*redirect_mode);
                let run = host().run(request, [from_worker(worker(response_type, &[]))]);
                let refused = match response_type {
                    ResponseType::Error => true,
                    ResponseType::Cors => *mode == RequestMode::SameOrigin,
                    ResponseType::Opaque => *mode != RequestMode::NoCors,
                    ResponseType::OpaqueRedirect => *redirect_mode != RedirectMode::Manual,
                    ResponseType::Basic | ResponseType::Default => false,
                };
                let what = format!("{mode} {redirect_mode} {response_type}");
                assert_eq!(run.outcome.is_err(), refused, "{what}");
                if refused {
                    assert_eq!(run.code(), ("response", "service-worker-response"), "{what}");
                    let facts = run.error().reason().facts();
                    assert_eq!(facts[0], ("response_type", response_type.to_string()));
                    assert_eq!(facts[1], ("mode", mode.to_string()));
                    assert_eq!(facts[2], ("redirect_mode", redirect_mode.to_string()));
                }
            }
        }
    }
}

#[test]
fn a_followed_redirect_inside_is_for_mode_follow_only() {
    let redirected = || worker(ResponseType::Basic, &[]).url_list(vec![url(SAME), url("https://page.example/y")]);
    let once = || worker(ResponseType::Basic, &[]).url_list(vec![url("https://page.example/y")]);
    let run = host().run(to(SAME), [from_worker(redirected())]);
    assert_eq!(run.response().url().map(url::Url::as_str), Some("https://page.example/y"));
    assert!(run.response().redirected());
    for redirect_mode in [RedirectMode::Error, RedirectMode::Manual] {
        let run = host().run(to(SAME).redirect_mode(redirect_mode), [from_worker(redirected())]);
        assert_eq!(run.code(), ("response", "service-worker-response"), "{redirect_mode}");
        assert_eq!(run.error().reason().facts()[3], ("urls", "2".to_owned()));
        assert!(host().run(to(SAME).redirect_mode(redirect_mode), [from_worker(once())]).outcome.is_ok());
    }
}

#[test]
fn an_opaque_answer_has_no_url_list_of_its_own() {
    let two = worker(ResponseType::Opaque, &[]).url_list(vec![url(SAME), url("https://page.example/y")]);
    let request = to(SAME).mode(RequestMode::NoCors).redirect_mode(RedirectMode::Manual);
    let run = host().run(request, [from_worker(two)]);
    assert_eq!(run.flow().last().map(String::as_str), Some("opaque 0"));
    assert_eq!(run.response().internal().url_list().len(), 2);
}

#[test]
fn the_url_list_is_the_responses_or_else_the_requests() {
    let run = host().run(to(SAME), [from_worker(worker(ResponseType::Default, &[]))]);
    assert_eq!(run.response().url_list(), [url(SAME)]);
    let elsewhere = worker(ResponseType::Cors, &[]).url_list(vec![url(API)]);
    let run = host().run(to(SAME), [from_worker(elsewhere)]);
    assert_eq!(run.response().url_list(), [url(API)]);
    assert!(!run.response().redirected());
}

#[test]
fn filtered_answers_keep_their_filter() {
    let lines = [("Set-Cookie", "s"), ("x-a", "1"), ("x-b", "2"), ("content-type", "text/plain"), (EXPOSE, "x-b")];
    let visible = |target: &str, response: ServiceWorkerResponse<Head>, mode| {
        let run = host().run(to(target).mode(mode), [from_worker(response)]);
        let response = run.response();
        let names: Vec<String> =
            response.headers().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
        (response.response_type(), names.join(" "))
    };
    let cors = RequestMode::Cors;
    let all = "x-a x-b content-type Access-Control-Expose-Headers";
    assert_eq!(visible(API, worker(ResponseType::Basic, &lines), cors), (ResponseType::Basic, all.to_owned()));
    let exposed =
        worker(ResponseType::Cors, &lines).cors_exposed_header_names(vec![b"X-A".to_vec(), b"set-cookie".to_vec()]);
    assert_eq!(visible(SAME, exposed, cors), (ResponseType::Cors, "x-a content-type".to_owned()));
    let none = worker(ResponseType::Cors, &lines);
    assert_eq!(
        visible(SAME, none, cors),
        (ResponseType::Cors, "content-type".to_owned()),
        "its own list, not the header"
    );
    let opaque = worker(ResponseType::Opaque, &lines);
    assert_eq!(visible(SAME, opaque, RequestMode::NoCors), (ResponseType::Opaque, String::new()));
}

#[test]
fn an_unfiltered_answer_is_filtered_by_tainting() {
    let lines = [("Set-Cookie", "s"), ("x-a", "1"), ("x-b", "2"), (EXPOSE, "x-b")];
    let visible = |request: RequestBuilder, lines: &[(&str, &str)]| {
        let run = host().run(request, [from_worker(worker(ResponseType::Default, lines))]);
        let response = run.response();
        let names: Vec<String> =
            response.headers().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
        format!("{} {}", response.response_type(), names.join(" "))
    };
    assert_eq!(visible(to(SAME), &lines), "basic x-a x-b Access-Control-Expose-Headers");
    assert_eq!(visible(to(API), &lines), "cors x-b");
    assert_eq!(visible(to(API).mode(RequestMode::NoCors), &lines), "opaque ");
    let all = [("x-a", "1"), (EXPOSE, "*"), ("Set-Cookie", "s")];
    assert_eq!(visible(to(API), &all), "cors x-a Access-Control-Expose-Headers");
    assert_eq!(visible(to(API).credentials_mode(CredentialsMode::Include), &all), "cors ");
}

#[test]
fn opaque_answers_pass_the_resource_policy_check() {
    let corp = |policy: &'static str| [("Cross-Origin-Resource-Policy", policy)];
    let no_cors = |target: &str| to(target).mode(RequestMode::NoCors);
    let opaque =
        |policy, from: &str| from_worker(worker(ResponseType::Opaque, &corp(policy)).url_list(vec![url(from)]));
    for target in [SAME, API] {
        let run = host().run(no_cors(target), [opaque("same-origin", API)]);
        assert_eq!(run.code(), ("response", "resource-policy-blocked"), "{target}");
        assert!(
            host().run(no_cors(target), [opaque("same-origin", SAME)]).outcome.is_ok(),
            "the response's URL counts"
        );
        assert!(host().run(no_cors(target), [opaque("cross-origin", API)]).outcome.is_ok());
    }
    let policy = [("Cross-Origin-Resource-Policy", "same-origin"), ("Location", API)];
    let redirecting = ServiceWorkerResponse::new(ResponseType::Basic, head(302, &policy)).url_list(vec![url(API)]);
    assert_eq!(host().run(no_cors(API), [from_worker(redirecting)]).code(), ("redirect", "resource-policy-blocked"));
    // Tainting opaque and a response of another type.
    let basic = worker(ResponseType::Basic, &corp("same-origin")).url_list(vec![url(API)]);
    assert_eq!(host().run(no_cors(API), [from_worker(basic.clone())]).code().1, "resource-policy-blocked");
    assert!(host().run(no_cors(SAME), [from_worker(basic)]).outcome.is_ok(), "neither is opaque");
}

#[test]
fn the_resource_policy_check_asks_for_the_responses_own_credentials() {
    let client = || page().embedder_policy(EmbedderPolicy::Credentialless);
    let request = || to(SAME).mode(RequestMode::NoCors).client(client());
    let opaque = |credentials| {
        let response = worker(ResponseType::Opaque, &[]).url_list(vec![url(API)]);
        from_worker(response.request_includes_credentials(credentials))
    };
    assert!(host().run(request(), [opaque(false)]).outcome.is_ok());
    assert_eq!(host().run(request(), [opaque(true)]).code().1, "resource-policy-blocked");
    let run = host().run(request(), [opaque(false)]);
    assert!(!run.response().internal().request_includes_credentials());
}

#[test]
fn a_partial_opaque_answer_must_have_been_asked_for() {
    for (response_type, status, range_requested, own_range, blocked) in [
        (ResponseType::Opaque, 206, true, false, true),
        (ResponseType::Opaque, 416, true, false, true),
        (ResponseType::Opaque, 206, true, true, false),
        (ResponseType::Opaque, 206, false, false, false),
        (ResponseType::Opaque, 200, true, false, false),
        (ResponseType::Basic, 206, true, false, false),
        (ResponseType::Default, 206, true, false, false),
    ] {
        let mut request = to(SAME).mode(RequestMode::NoCors);
        if own_range {
            request = request.header("Range", "bytes=0-");
        }
        let response = ServiceWorkerResponse::new(response_type, head(status, &[]));
        let run = host().run(request, [from_worker(response.range_requested(range_requested))]);
        let what = format!("{response_type} {status} {range_requested} {own_range}");
        assert_eq!(run.outcome.is_err(), blocked, "{what}");
        if blocked {
            assert_eq!(run.code(), ("response", "opaque-range"));
            assert_eq!(run.error().reason().facts(), [("status", status.to_string())]);
        } else {
            assert_eq!(run.response().internal().range_requested(), range_requested);
        }
    }
}

#[test]
fn a_redirect_from_it_is_shown_to_it_again_and_one_from_the_network_is_not() {
    let answered = redirecting(ResponseType::Default, "https://page.example/y");
    let run = host().run(to(SAME), [from_worker(answered), Answer::Pass, redirect(302, "/z"), answer(200, &[])]);
    assert_eq!(
        run.flow(),
        [
            "worker https://page.example/x",
            "worker https://page.example/y",
            "GET https://page.example/y",
            "GET https://page.example/z",
            "basic 200"
        ]
    );
    assert_eq!(run.response().url_list().len(), 3);
}

#[test]
fn a_redirect_from_it_obeys_the_redirect_mode() {
    let answered = || from_worker(redirecting(ResponseType::Default, "https://page.example/y"));
    let run = host().run(to(SAME).redirect_mode(RedirectMode::Error), [answered()]);
    assert_eq!(run.code(), ("redirect", "redirect-mode-error"));
    let run = host().run(to(SAME).redirect_mode(RedirectMode::Manual), [answered()]);
    assert_eq!(run.flow().last().map(String::as_str), Some("opaqueredirect 0"));
    let opaque_redirect = || from_worker(redirecting(ResponseType::OpaqueRedirect, "/y"));
    let run = host().run(to(SAME).redirect_mode(RedirectMode::Manual), [opaque_redirect()]);
    assert_eq!(run.flow().last().map(String::as_str), Some("opaqueredirect 0"));
    assert_eq!(run.response().body(), ResponseBody::Ignore);
    let stream = to(SAME).method("POST").body(Body::Stream);
    let run = host().run(
        stream,
        [from_worker(ServiceWorkerResponse::new(
            ResponseType::Default,
            head(307, &[("Location", "https://page.example/y")]),
        ))],
    );
    assert_eq!(run.code(), ("redirect", "redirect-body-not-replayable"));
    let no_location = ServiceWorkerResponse::new(ResponseType::Default, head(302, &[]));
    let run = host().run(to(SAME), [from_worker(no_location)]);
    assert_eq!(run.flow().last().map(String::as_str), Some("basic 302"));
}

#[test]
fn a_location_is_resolved_against_the_responses_own_url() {
    let elsewhere = redirecting(ResponseType::Basic, "z").url_list(vec![url("https://page.example/dir/y")]);
    let run = host().run(to(SAME), [from_worker(elsewhere), Answer::Pass, answer(200, &[])]);
    assert_eq!(run.of(Kind::Request)[0].url, "https://page.example/dir/z");
    let run = host().run(to(SAME), [from_worker(redirecting(ResponseType::Default, "/y"))]);
    assert_eq!(run.code(), ("redirect", "redirect-location-invalid"), "a response that script made has no URL");
    let fragment = redirecting(ResponseType::Default, "https://page.example/y");
    let run = host().run(to("https://page.example/x#f"), [from_worker(fragment), Answer::Pass, answer(200, &[])]);
    assert_eq!(run.of(Kind::Request)[0].url, "https://page.example/y#f", "the request's fragment");
}

#[test]
fn a_redirect_from_it_taints_like_any_other() {
    let away = from_worker(redirecting(ResponseType::Default, "https://hop.example/"));
    let run = host().run(to(API), [away, Answer::Pass, ok()]);
    assert_eq!(run.last().value("origin").as_deref(), Some("null"));
}

#[test]
fn redirect_mode_manual_asks_it_again_after_the_network() {
    let navigation = to(SAME).mode(RequestMode::Navigate).redirect_mode(RedirectMode::Manual);
    let mut run = host().run(navigation, [Answer::Pass, redirect(302, "/y")]);
    assert!(run.fetch.process_next_manual_redirect(host().now()));
    let run = host().drive(run.fetch, [Answer::Pass, answer(200, &[])]);
    assert_eq!(run.flow()[0], "worker https://page.example/y");
}

#[test]
fn its_answer_is_checked_behind_the_switch() {
    let script = || to(SAME).destination(Destination::Script);
    let lines = [("X-Content-Type-Options", "nosniff"), ("Content-Type", "text/html")];
    let run = host().run(script(), [from_worker(worker(ResponseType::Default, &lines))]);
    assert_eq!(run.code(), ("response", "nosniff"));
    let run = host().run(to(SAME).method("HEAD"), [from_worker(worker(ResponseType::Default, &[]))]);
    assert_eq!(run.response().body(), ResponseBody::Null);
}

#[test]
fn its_answer_passes_no_timing_check() {
    let run = host().run(to(API), [from_worker(worker(ResponseType::Cors, &[]))]);
    assert!(run.response().timing_allow_passed(), "nothing failed");
    let away = from_worker(redirecting(ResponseType::Default, "https://hop.example/"));
    let run = host().run(to(API), [away, Answer::Pass, ok()]);
    assert!(!run.response().timing_allow_passed(), "the network's answer failed");
}

#[test]
fn a_malformed_answer_is_a_network_error() {
    for bad in [head(99, &[]), head(1000, &[]), head(200, &[("a", "b\n")]), head(200, &[("a b", "")])] {
        let run = host().run(to(SAME), [from_worker(ServiceWorkerResponse::new(ResponseType::Default, bad))]);
        assert_eq!(run.code(), ("response", "response-malformed"));
    }
    assert_eq!(ANY.1, "*");
}
