//! The trace: every decision with its place in the standard, and nothing at all when it is off.

mod common;

use common::{
    ANY, API, EXPOSE, FOR_PAGE, HEADERS, Host, MAX_AGE, METHODS, Run, allow, answer, from_worker, ok, redirect, to,
    worker,
};
use fetch_cors::profile::AuthorizationUnderWildcard;
use fetch_cors::{
    Config, CredentialsMode, Decision, Note, PreflightCause, Profile, ResponseType, Timestamp, UserAgent,
};

fn texts(run: &Run) -> Vec<String> {
    run.fetch.trace().iter().map(ToString::to_string).collect()
}

fn codes(run: &Run) -> Vec<&'static str> {
    run.fetch.notes().map(Note::code).filter(|code| *code != "no-public-suffix-list").collect()
}

fn has(run: &Run, test: impl Fn(&Decision) -> bool) -> bool {
    run.fetch.trace().iter().any(|event| test(&event.decision))
}

#[test]
fn it_is_off_unless_asked_for() {
    let ua = UserAgent::default();
    let mut fetch = ua.fetch(to(API).method("PUT").build().expect("valid"), Timestamp::ZERO);
    fetch.abort();
    assert!(fetch.trace().is_empty() && fetch.notes().next().is_none());
}

#[test]
fn a_fetch_with_everything_tells_it_in_order() {
    let host = Host::with_sites();
    let request = || to("https://hop.example/").method("POST").header("content-type", "application/json");
    let run = host.run(request(), [allow("", "content-type", "60"), redirect(303, API), answer(200, &[])]);
    let names: Vec<String> = run
        .fetch
        .trace()
        .iter()
        .map(|event| {
            let name = format!("{:?}", event.decision);
            name.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
        })
        .collect();
    assert_eq!(
        names,
        [
            "Hop",
            "PreflightNeeded",
            "Tainting",
            "CacheMiss",
            "PreflightPassed",
            "Credentials",
            "CorsCheckPassed",
            "TaoCheck",
            "Redirect",
            "MethodChanged",
            "Hop",
            "RedirectTainted",
            "NoPreflightNeeded",
            "Tainting",
            "Credentials",
            "CacheCleared",
            "NetworkError"
        ]
    );
    assert!(run.fetch.trace().iter().all(|event| !event.anchor.is_empty() && !event.to_string().is_empty()));
    assert_eq!(run.fetch.trace().last().map(|event| event.redirects), Some(1));
    let run = host.run(request(), [ok()]);
    assert!(has(&run, |decision| matches!(decision, Decision::Delivered { response_type: "cors" })));
    assert!(has(&run, |decision| *decision == Decision::CacheHit));
}

#[test]
fn the_causes_of_a_preflight_are_all_there() {
    let long = "x".repeat(128);
    let mut request =
        to(API).method("PUT").header("x-a", "1").header("Authorization", "secret").use_cors_preflight(true);
    for _ in 0..8 {
        request = request.header("content-language", &long);
    }
    let run = Host::standard().run(request, [allow("PUT", "*, authorization", "0"), ok()]);
    let needed = run.fetch.trace().iter().find_map(|event| match &event.decision {
        Decision::PreflightNeeded(causes) => Some((causes, event.to_string())),
        _ => None,
    });
    let (causes, text) = needed.expect("a preflight was needed");
    assert!(causes.contains(&PreflightCause::UseCorsPreflightFlag));
    assert!(causes.contains(&PreflightCause::TotalLength(1024 + "*/*".len())), "{causes:?}");
    assert!(
        text.contains("method PUT") && text.contains("header x-a is not safelisted") && text.contains("1027 bytes"),
        "{text}"
    );
    assert!(!text.contains("secret"), "secrets stay out");
}

#[test]
fn what_is_exactly_at_a_limit_is_no_finding() {
    let mut request = to(API).method("PUT").header("accept", "x".repeat(128));
    for _ in 0..7 {
        request = request.header("content-language", "x".repeat(128));
    }
    let run = Host::standard().run(request, [allow("PUT", "", "7200"), ok()]);
    assert!(!texts(&run).iter().any(|text| text.contains("bytes together")), "1024 bytes are not too many");
    assert!(codes(&run).is_empty(), "7200 s are not over the limit");
}

#[test]
fn what_was_compared_and_why_credentials_went_along() {
    let find = |run: &Run, test: fn(&Decision) -> bool| {
        let mut events = run.fetch.trace().iter().rev();
        events.find(|event| test(&event.decision)).map(|event| (event.step, event.to_string())).expect("an event")
    };
    let compared = |run: &Run| find(run, |decision| matches!(decision, Decision::CorsCheckPassed { .. }));
    let credentials = |run: &Run| find(run, |decision| matches!(decision, Decision::Credentials { .. }));
    let run = Host::standard().run(to(API), [ok()]);
    let passed = "CORS check passed: Access-Control-Allow-Origin \"*\" for https://page.example";
    assert_eq!(compared(&run), ("3, 5", passed.to_owned()));
    assert!(credentials(&run).1.starts_with("no credentials: credentials mode same-origin"));
    let run = Host::standard().run(to(API), [redirect(302, "https://hop.example/"), answer(200, &[common::FOR_NULL])]);
    assert!(compared(&run).1.ends_with("\"null\" for null"), "{}", compared(&run).1);
    let include = to(API).credentials_mode(CredentialsMode::Include);
    let run = Host::standard().run(include, [common::ok_credentials()]);
    assert_eq!(compared(&run).0, "7");
    assert_eq!(credentials(&run).1, "credentials are included: credentials mode include");
    let run = Host::standard().run(to("https://page.example/"), [ok()]);
    assert!(credentials(&run).1.starts_with("credentials are included: credentials mode same-origin"));
    let run = Host::standard().run(to(API).credentials_mode(CredentialsMode::Omit), [ok()]);
    assert_eq!(credentials(&run).1, "no credentials: credentials mode omit");
    let client = common::page().embedder_policy(fetch_cors::EmbedderPolicy::Credentialless);
    let request =
        to(API).mode(fetch_cors::RequestMode::NoCors).credentials_mode(CredentialsMode::Include).client(client);
    let run = Host::standard().run(request, [answer(200, &[])]);
    assert!(credentials(&run).1.contains("Cross-Origin-Embedder-Policy"));
}

#[test]
fn why_the_cache_did_not_grant() {
    let host = Host::standard();
    let miss = |run: &Run| texts(run).into_iter().find(|text| text.starts_with("preflight cache")).unwrap_or_default();
    let run = host.run(to(API).method("PUT"), [allow("PUT", "", "60"), ok()]);
    assert!(miss(&run).contains("nothing is stored"), "{}", miss(&run));
    let run = host.run(to(API).method("DELETE"), [allow("DELETE", "", "60"), ok()]);
    assert!(miss(&run).contains("method DELETE is not granted"), "{}", miss(&run));
    let run = host.run(to(API).method("PUT").header("X-a", "1"), [allow("PUT", "x-a", "60"), ok()]);
    assert!(miss(&run).contains("header X-a is not granted"), "{}", miss(&run));
}

#[test]
fn notes_on_a_preflight() {
    let host = Host::standard();
    let include = || to(API).method("PUT").credentials_mode(CredentialsMode::Include);
    let lines = [FOR_PAGE, common::CREDENTIALS, (METHODS, "PUT, *"), (HEADERS, "*"), (MAX_AGE, "1h")];
    let run = host.run(include(), [answer(200, &lines), common::ok_credentials()]);
    assert_eq!(codes(&run), ["wildcard-is-plain-name", "wildcard-is-plain-name", "max-age-malformed"]);
    let run = host.run(to(API).method("DELETE"), [allow("*", "*", "86400"), ok()]);
    assert_eq!(codes(&run), ["max-age-limited"]);
    assert!(run.fetch.notes().any(|note| *note == Note::MaxAgeLimited { received: 86_400, limit: 7_200 }));
    let profile = Profile::standard().with_authorization_under_wildcard(AuthorizationUnderWildcard::Allowed);
    let lax = Host::new(Config::new().profile(profile));
    let run = lax.run(to(API).header("authorization", "x"), [allow("", "*", "60"), ok()]);
    assert_eq!(codes(&run), ["authorization-by-wildcard"]);
    let run = lax.run(to(API).header("authorization", "x"), [allow("", "authorization", "60"), ok()]);
    assert!(codes(&run).is_empty());
}

#[test]
fn notes_on_a_near_miss() {
    let noted = |lines: &[(&str, &str)], include: bool| {
        let mode = if include { CredentialsMode::Include } else { CredentialsMode::Omit };
        codes(&Host::standard().run(to(API).credentials_mode(mode), [answer(200, lines)]))
    };
    let origin = |value: &'static str| ("Access-Control-Allow-Origin", value);
    for value in ["https://page.example/", "https://Page.example", "https://page.example:443", "page.example"] {
        assert_eq!(noted(&[origin(value)], false), ["allow-origin-near-miss"], "{value}");
    }
    assert!(noted(&[origin("https://other.example")], false).is_empty());
    assert_eq!(noted(&[FOR_PAGE, ("Access-Control-Allow-Credentials", "True")], true), ["allow-credentials-case"]);
    assert!(noted(&[FOR_PAGE, ("Access-Control-Allow-Credentials", "yes")], true).is_empty());
    let run = Host::standard().run(to(API).method("PUT"), [answer(200, &[origin("https://page.example/")])]);
    assert_eq!(codes(&run), ["allow-origin-near-miss"], "of a preflight too");
}

#[test]
fn notes_on_exposed_headers() {
    let noted = |value: &str, mode| {
        let lines = [FOR_PAGE, common::CREDENTIALS, (EXPOSE, value)];
        codes(&Host::standard().run(to(API).credentials_mode(mode), [answer(200, &lines)]))
    };
    assert_eq!(noted("x-a, (", CredentialsMode::Omit), ["expose-headers-unparsable"]);
    assert_eq!(noted("*", CredentialsMode::Include), ["wildcard-is-plain-name"]);
    assert!(noted("*", CredentialsMode::Omit).is_empty() && noted("x-a", CredentialsMode::Include).is_empty());
}

#[test]
fn sites_without_a_list_are_noted_across_origins_only() {
    let noted = |host: &Host, target: &str| {
        let run = host.run(to(target), [ok()]);
        run.fetch.notes().any(|note| *note == Note::NoPublicSuffixList)
    };
    assert!(noted(&Host::standard(), API));
    assert!(!noted(&Host::standard(), "https://page.example/") && !noted(&Host::with_sites(), API));
}

#[test]
fn other_events() {
    let host = Host::new(Config::new().service_workers(true));
    let run = host.run(to(API), [from_worker(worker(ResponseType::Cors, &[]))]);
    assert!(has(&run, |decision| *decision == Decision::ServiceWorkerAnswered { response_type: "cors" }));
    let removed = to("https://page.example/").header("authorization", "x");
    let run = Host::standard().run(removed, [redirect(302, API), ok()]);
    assert!(has(&run, |decision| *decision == Decision::AuthorizationRemoved));
    let kept = to("https://page.example/").header("authorization", "x");
    let run = Host::standard().run(kept, [redirect(302, "/y"), ok()]);
    assert!(!has(&run, |decision| *decision == Decision::AuthorizationRemoved));
    let run = Host::standard().run(to(API).mode(fetch_cors::RequestMode::NoCors), [answer(200, &[])]);
    assert!(has(&run, |decision| *decision == Decision::CorpCheckPassed));
    assert!(has(&run, |decision| matches!(decision, Decision::TaoCheck { passed: false })));
    assert_eq!(ANY.1, "*");
}

#[test]
fn notes_say_what_was_seen() {
    let run = Host::with_sites().run(to(API).method("DELETE"), [allow("*", "*", "86400"), ok()]);
    let notes: Vec<String> = run.fetch.notes().map(ToString::to_string).collect();
    assert_eq!(notes, ["Access-Control-Max-Age 86400 is over the limit; 7200 counts"]);
    let run = Host::with_sites().run(to(API).method("DELETE"), [allow("*", "*", "1h"), ok()]);
    let notes: Vec<String> = run.fetch.notes().map(ToString::to_string).collect();
    assert_eq!(notes, ["Access-Control-Max-Age \"1h\" is not one number of seconds"]);
}
