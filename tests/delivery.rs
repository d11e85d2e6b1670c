//! What is delivered: filtered responses, exposed headers, bodies, timing, and the checks that come
//! last.

mod common;

use common::{
    ANY, API, Answer, CREDENTIALS, EXPOSE, FOR_NULL, FOR_PAGE, Host, answer, head, ok, page, redirect, to, url,
};
use fetch_cors::{
    Action, CredentialsMode, Destination, EmbedderPolicy, Fetch, RequestBuilder, RequestMode, Response, ResponseBody,
    ResponseType, UserAgent,
};

const SAME: &str = "https://page.example/x";

fn visible(response: &Response<common::Head>) -> String {
    let names: Vec<String> = response.headers().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
    names.join(" ")
}

fn no_cors(target: &str) -> RequestBuilder {
    to(target).mode(RequestMode::NoCors)
}

const LINES: [(&str, &str); 8] = [
    FOR_PAGE,
    CREDENTIALS,
    ("Set-Cookie", "s"),
    ("set-cookie2", "s"),
    ("Content-TYPE", "text/plain"),
    ("X-a", " 1\t"),
    ("x-A", "2"),
    ("X-b", "3"),
];

#[test]
fn a_basic_response_hides_cookies_only() {
    let run = Host::standard().run(to(SAME), [answer(201, &LINES)]);
    let response = run.response();
    assert_eq!((response.response_type(), response.status()), (ResponseType::Basic, 201));
    assert_eq!(
        visible(response),
        "Access-Control-Allow-Origin Access-Control-Allow-Credentials Content-TYPE X-a x-A X-b"
    );
    assert_eq!(response.header("x-a").as_deref(), Some(&b"1, 2"[..]));
    assert_eq!(response.header("set-cookie"), None);
    assert_eq!(response.internal().header("Set-Cookie").as_deref(), Some(&b"s"[..]));
}

#[test]
fn a_cors_response_shows_safelisted_and_exposed_names() {
    let names = |credentials_mode, expose: &[&str]| {
        let expose: Vec<(&str, &str)> = expose.iter().map(|value| (EXPOSE, *value)).collect();
        let lines = [&LINES[..], &expose].concat();
        let run = Host::standard().run(to(API).credentials_mode(credentials_mode), [answer(200, &lines)]);
        let shown = visible(run.response());
        for name in ["x-a", "x-b", "content-type", "set-cookie", "Set-Cookie2"] {
            let listed = shown.to_ascii_lowercase().split(' ').any(|shown| shown.eq_ignore_ascii_case(name));
            assert_eq!(run.response().is_visible(name), listed, "{name}");
            assert_eq!(run.response().header(name).is_some(), listed, "{name}");
        }
        shown
    };
    let (omit, include) = (CredentialsMode::Omit, CredentialsMode::Include);
    assert_eq!(names(omit, &[]), "Content-TYPE");
    assert_eq!(names(omit, &["X-A"]), "Content-TYPE X-a x-A");
    assert_eq!(names(omit, &["x-a,", " x-b"]), "Content-TYPE X-a x-A X-b", "two lines");
    assert_eq!(names(omit, &["set-cookie, set-cookie2, x-b"]), "Content-TYPE X-b");
    let all = "Access-Control-Allow-Origin Access-Control-Allow-Credentials Content-TYPE X-a x-A X-b \
               Access-Control-Expose-Headers";
    assert_eq!(names(omit, &["x-q, *"]), all);
    assert_eq!(names(CredentialsMode::SameOrigin, &["*"]), all);
    assert_eq!(names(include, &["*"]), "Content-TYPE");
    assert_eq!(names(include, &["*, x-a"]), "Content-TYPE X-a x-A");
    assert_eq!(names(omit, &["x-a, x b"]), "Content-TYPE", "a failure exposes nothing");
    assert_eq!(names(omit, &["x-a", "*, ("]), "Content-TYPE");
    let seven =
        ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"];
    let lines: Vec<(&str, &str)> = seven.iter().map(|name| (*name, "x")).chain([ANY, ("age", "1")]).collect();
    let run = Host::standard().run(to(API), [answer(200, &lines)]);
    assert_eq!(visible(run.response()), seven.join(" "));
}

#[test]
fn many_exposed_names_show_what_few_do() {
    for count in [1, 10, 200] {
        let names: Vec<String> = (0..count).map(|index| format!("X-{index}")).collect();
        let list = names.join(" ,").to_ascii_lowercase();
        let lines: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "1")).chain([ANY, (EXPOSE, &list)]).collect();
        let hidden = [("x", "1"), ("x-200", "1"), ("Set-Cookie", "1")];
        let run = Host::standard().run(to(API), [answer(200, &[&lines[..], &hidden].concat())]);
        assert_eq!(run.response().headers().count(), count);
        assert!(names.iter().all(|name| run.response().is_visible(name)));
        assert!(!run.response().is_visible("x-200") && !run.response().is_visible("x"));
    }
}

#[test]
fn a_header_named_by_a_star_is_one_of_that_name() {
    let lines = [FOR_PAGE, CREDENTIALS, ("*", "1"), ("x-a", "2"), (EXPOSE, "*")];
    let include = to(API).credentials_mode(CredentialsMode::Include);
    assert_eq!(visible(Host::standard().run(include, [answer(200, &lines)]).response()), "*");
}

#[test]
fn an_opaque_response_shows_nothing() {
    let run = Host::standard().run(no_cors(API), [redirect(302, "/y"), answer(206, &LINES)]);
    let response = run.response();
    assert_eq!(
        (response.response_type(), response.status(), visible(response)),
        (ResponseType::Opaque, 0, String::new())
    );
    assert_eq!((response.url_list(), response.url(), response.redirected()), (&[][..], None, false));
    assert!(!response.is_visible("content-type") && response.header("x-a").is_none());
    assert_eq!(response.body(), ResponseBody::Ignore);
    assert_eq!((response.internal().status(), response.internal().url_list().len()), (206, 2));
    assert_eq!(response.internal().head(), &head(206, &LINES));
    assert_eq!(run.outcome.expect("delivered").into_head(), head(206, &LINES));
}

#[test]
fn null_bodies() {
    for (method, status, expected) in [
        ("GET", 200, ResponseBody::Read),
        ("POST", 404, ResponseBody::Read),
        ("HEAD", 200, ResponseBody::Null),
        ("CONNECT", 200, ResponseBody::Null),
        ("head", 200, ResponseBody::Read),
        ("GET", 204, ResponseBody::Null),
        ("GET", 205, ResponseBody::Null),
        ("GET", 304, ResponseBody::Null),
        ("GET", 206, ResponseBody::Read),
        ("GET", 300, ResponseBody::Read),
    ] {
        let run = Host::standard().run(to(SAME).method(method), [answer(status, &[])]);
        assert_eq!(run.response().body(), expected, "{method} {status}");
        assert_eq!(run.response().status(), status);
    }
    let run = Host::standard().run(no_cors(API), [answer(204, &[])]);
    assert_eq!(run.response().body(), ResponseBody::Null, "null goes before ignored");
}

#[test]
fn a_304_is_delivered_and_passes_the_cors_check_like_any_other() {
    let conditional = || to(API).header("if-none-match", "x");
    let granted = || common::allow("", "if-none-match", "5");
    let run = Host::standard().run(conditional(), [granted(), answer(304, &[ANY])]);
    assert_eq!(run.flow().last().map(String::as_str), Some("cors 304"));
    let run = Host::standard().run(conditional(), [granted(), answer(304, &[])]);
    assert_eq!(run.code(), ("response", "allow-origin-missing"));
}

#[test]
fn statuses_mean_nothing_to_the_cors_check() {
    for status in [200, 204, 400, 401, 404, 421, 500, 600, 999] {
        assert!(Host::standard().run(to(API), [answer(status, &[ANY])]).outcome.is_ok(), "{status}");
        let run = Host::standard().run(to(API), [answer(status, &[])]);
        assert_eq!(run.code(), ("response", "allow-origin-missing"), "{status}");
    }
    let run = Host::standard().run(to(API), [answer(407, &[ANY])]);
    assert_eq!(run.code(), ("response", "proxy-authentication-required"));
    assert_eq!(Host::standard().run(to(SAME), [answer(407, &[])]).code().1, "proxy-authentication-required");
}

#[test]
fn the_cors_check_of_a_response() {
    let code = |request: RequestBuilder, lines: &[(&str, &str)]| {
        let run = Host::standard().run(request, [answer(200, lines)]);
        run.outcome.map(|_| "").map_err(|error| error.reason().code()).unwrap_or_else(|code| code)
    };
    let include = || to(API).credentials_mode(CredentialsMode::Include);
    let origin = |value: &'static str| ("access-control-allow-origin", value);
    assert_eq!(code(to(API), &[ANY]), "");
    assert_eq!(code(to(API), &[FOR_PAGE]), "");
    assert_eq!(code(to(API), &[FOR_NULL]), "allow-origin-mismatch");
    assert_eq!(code(to(API), &[origin("https://page.example/")]), "allow-origin-mismatch");
    assert_eq!(code(to(API), &[FOR_PAGE, FOR_PAGE]), "allow-origin-multiple");
    assert_eq!(code(to(API), &[FOR_PAGE, ("x", "y"), ANY]), "allow-origin-multiple");
    assert_eq!(code(include(), &[FOR_PAGE, CREDENTIALS]), "");
    assert_eq!(code(include(), &[FOR_PAGE]), "allow-credentials-not-true");
    assert_eq!(code(include(), &[FOR_PAGE, CREDENTIALS, CREDENTIALS]), "allow-credentials-not-true");
    assert_eq!(code(include(), &[ANY, CREDENTIALS]), "allow-origin-wildcard-with-credentials");
}

#[test]
fn nosniff_and_mime_types_block_by_destination() {
    let nosniff = ("X-Content-Type-Options", "NoSniff");
    let code = |destination, target: &str, lines: &[(&str, &str)]| {
        let lines = [&[ANY], lines].concat();
        let run = Host::standard().run(to(target).destination(destination), [answer(200, &lines)]);
        run.outcome.err().map(|error| (error.stage().as_str(), error.reason().code()))
    };
    let kind = |value: &'static str| ("content-type", value);
    for target in [SAME, API] {
        assert_eq!(code(Destination::Script, target, &[nosniff, kind("text/html")]), Some(("response", "nosniff")));
        assert_eq!(code(Destination::Script, target, &[kind("image/png")]), Some(("response", "mime-type")));
        assert_eq!(code(Destination::Script, target, &[nosniff, kind("text/javascript")]), None);
        assert_eq!(code(Destination::Script, target, &[kind("text/html")]), None);
        assert_eq!(code(Destination::Style, target, &[nosniff, kind("text/html")]), Some(("response", "nosniff")));
        assert_eq!(code(Destination::Style, target, &[nosniff]), Some(("response", "nosniff")));
        assert_eq!(code(Destination::Style, target, &[nosniff, kind("text/css")]), None);
        assert_eq!(code(Destination::Empty, target, &[nosniff, kind("image/png")]), None);
    }
    let script = no_cors(API).destination(Destination::Script);
    let run = Host::standard().run(script, [answer(200, &[kind("video/mp4")])]);
    assert_eq!(run.code(), ("response", "mime-type"), "opaque ones are looked into too");
    let facts = run.error().reason().facts();
    assert_eq!(facts, [("essence", "video/mp4".to_owned()), ("destination", "script".to_owned())]);
}

#[test]
fn the_resource_policy_keeps_opaque_responses_out() {
    let policy = |value: &'static str| [("Cross-Origin-Resource-Policy", value)];
    let code = |request: RequestBuilder, lines: &[(&str, &str)]| {
        Host::with_sites().run(request, [answer(200, lines)]).outcome.err().map(|error| error.reason().code())
    };
    const BLOCKED: Option<&str> = Some("resource-policy-blocked");
    let sub = "https://sub.page.example/";
    assert_eq!(code(no_cors(API), &policy("same-origin")), BLOCKED);
    assert_eq!(code(no_cors(API), &policy("same-site")), BLOCKED);
    assert_eq!(code(no_cors(sub), &policy("same-site")), None);
    assert_eq!(code(no_cors(sub), &policy("same-origin")), BLOCKED);
    assert_eq!(code(no_cors(API), &policy("cross-origin")), None);
    assert_eq!(code(no_cors(SAME), &policy("same-origin")), None, "basic");
    assert_eq!(code(to(API), &[ANY, policy("same-origin")[0]]), None, "cors is not asked");
    let client = |value| page().embedder_policy(value);
    assert_eq!(code(no_cors(API).client(client(EmbedderPolicy::RequireCorp)), &[]), BLOCKED);
    assert_eq!(code(no_cors(API).client(client(EmbedderPolicy::Credentialless)), &[]), None, "it went without");
    let report_only = page().embedder_policy_report_only(EmbedderPolicy::RequireCorp);
    let run = Host::standard().run(no_cors(API).client(report_only), [answer(200, &[])]);
    assert!(run.fetch.notes().any(|note| note.code() == "resource-policy-report-only"));
    assert!(run.outcome.is_ok());
    let redirected = [answer(302, &[("Location", SAME), policy("same-origin")[0]])];
    let run = Host::standard().run(no_cors(API), redirected);
    assert_eq!(run.code(), ("redirect", "resource-policy-blocked"), "redirects too");
}

#[test]
fn timing_is_allowed_by_every_hop_or_not_at_all() {
    let tao = |value: &'static str| ("Timing-Allow-Origin", value);
    let passed = |request: RequestBuilder, heads: Vec<Answer>| {
        Host::standard().run(request, heads).response().timing_allow_passed()
    };
    assert!(passed(to(SAME), vec![answer(200, &[])]));
    assert!(!passed(to(API), vec![ok()]));
    assert!(passed(to(API), vec![answer(200, &[ANY, tao("*")])]));
    assert!(passed(to(API), vec![answer(200, &[ANY, tao("https://x.example, https://page.example")])]));
    assert!(!passed(to(API), vec![answer(200, &[ANY, tao("https://PAGE.example")])]));
    assert!(passed(no_cors(API), vec![answer(200, &[tao("*")])]));
    let hop = |value| answer(302, &[ANY, ("Location", "/y"), tao(value)]);
    assert!(passed(to(API), vec![hop("*"), answer(200, &[ANY, tao("*")])]));
    assert!(!passed(to(API), vec![hop("none"), answer(200, &[ANY, tao("*")])]), "failed once is failed");
    assert!(!passed(to(API), vec![hop("*"), ok()]));
    let away = answer(302, &[ANY, ("Location", "https://hop.example/"), tao("*")]);
    let tainted = |value| vec![away.clone(), answer(200, &[ANY, tao(value)])];
    assert!(passed(to(API), tainted("null")) && !passed(to(API), tainted("https://page.example")));
    let navigate = |target: &str| to(target).mode(RequestMode::Navigate);
    assert!(!passed(navigate(API), vec![ok()]) && passed(navigate(SAME), vec![ok()]));
    assert!(passed(navigate(API), vec![answer(200, &[tao("*")])]));
}

#[test]
fn a_delivery_can_be_looked_at_refused_or_dropped() {
    let host = Host { ua: UserAgent::default(), millis: 0 };
    let deliver = |fetch: &mut Fetch, then: fn(fetch_cors::Delivery<'_, common::Head>)| {
        let Action::SendRequest(exchange) = fetch.action() else { panic!("a request") };
        then(exchange.respond(head(200, &[ANY]), host.now()).expect("a delivery"));
    };
    let mut fetch = host.start(to(API));
    deliver(&mut fetch, |delivery| {
        assert_eq!(delivery.response().status(), 200);
        delivery.block("by a policy");
    });
    let error = fetch.network_error().expect("blocked");
    assert_eq!((error.stage().as_str(), error.reason().code()), ("response", "gate-blocked"));
    let mut fetch = host.start(to(API));
    deliver(&mut fetch, |delivery| drop(delivery));
    assert!(fetch.exchange().is_none(), "the exchange is over");
    let Action::NetworkError(error) = fetch.action() else { panic!("a dropped delivery aborts") };
    assert!(error.is_aborted());
    assert_eq!(error.stage().as_str(), "response");
}

#[test]
fn after_delivery_the_action_says_so() {
    let mut run = Host::standard().run(to(SAME), [ok()]);
    for _ in 0..2 {
        assert!(matches!(run.fetch.action(), Action::Delivered));
    }
    assert!(run.fetch.network_error().is_none());
}

#[test]
fn a_response_of_the_hosts_scheme_fetch_is_filtered_too() {
    let lines = [("Set-Cookie", "s"), ("x-a", "1"), ("Location", SAME)];
    let run = Host::standard().run(to("data:,x"), [answer(302, &lines)]);
    assert_eq!(run.flow(), ["scheme data:,x", "basic 302"], "and never redirects");
    assert_eq!(visible(run.response()), "x-a Location");
    assert!(run.response().internal().request_includes_credentials(), "the initial value");
    assert_eq!(run.response().url_list(), [url("data:,x")]);
    let run = Host::standard().run(no_cors("file:///x"), [answer(200, &lines)]);
    assert_eq!(visible(run.response()), "");
    for (target, looks_at_range) in [("blob:https://page.example/id", true), ("data:,x", false)] {
        let run = Host::standard().run(to(target).header("Range", "bytes=0-"), [answer(206, &[])]);
        assert_eq!(run.response().internal().range_requested(), looks_at_range, "{target}");
    }
}

#[test]
fn a_fetch_can_be_parked_and_sent_anywhere() {
    const fn parkable<T: Send + 'static>() {}
    const fn shareable<T: Send + Sync + Clone + 'static>() {}
    parkable::<Fetch>();
    parkable::<Response<common::Head>>();
    shareable::<UserAgent>();
    let host = Host::standard();
    let mut fetch = host.start(to(API));
    let mut fetch = std::thread::spawn(move || {
        assert!(common::Sent::ask(&mut fetch).is_ok());
        fetch
    })
    .join()
    .expect("no panic");
    assert!(host.answer(&mut fetch, ok()).is_some());
}

#[test]
fn a_judged_response_that_is_aborted_clears_nothing() {
    let host = Host::standard();
    let put = || to(API).method("PUT");
    assert!(host.run(put(), [common::allow("PUT", "", "60"), ok()]).outcome.is_ok());
    let mut fetch = host.start(put());
    let exchange = fetch.exchange().expect("a request, as the preflight is cached");
    assert!(!exchange.head().is_preflight());
    drop(exchange.respond(head(200, &[ANY]), host.now()).expect("a delivery, left alone"));
    fetch.abort();
    let error = fetch.network_error().expect("aborted");
    assert!(error.is_aborted());
    assert_eq!(error.stage().as_str(), "response");
    let flow = host.run(put(), [ok()]).flow();
    assert_eq!(flow, ["PUT https://api.example/x", "cors 200"], "the entry is still there");
}
