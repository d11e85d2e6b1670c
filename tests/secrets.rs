//! What may be logged: no password of a URL, no credentials and no response head stand in debug output,
//! in traces or in errors.

mod common;

use common::{ANY, API, Answer, Host, answer, from_worker, head, ok, redirect, to, worker};
use fetch_cors::{Action, CacheLimits, Config, Fetch, Profile, Request, ResponseType};

const SECRET: &str = "hunter2";
const OWN: &str = "https://page.example/own";
const WITH_PASSWORD: &str = "https://user:hunter2@api.example/x?q#f";

/// Everything that can be printed of a fetch.
fn printed(fetch: &mut Fetch) -> String {
    let mut text = format!("{:?} {:?} {:?}", fetch.request(), fetch.trace(), fetch.network_error());
    for event in fetch.trace() {
        text.push_str(&event.to_string());
    }
    if let Some(error) = fetch.network_error() {
        text.push_str(&format!("{error} {:?} {}", error.reason().facts(), error.reason().remedy()));
    }
    if let Some(exchange) = fetch.exchange() {
        text.push_str(&format!("{:?}", exchange.head()));
    }
    text.push_str(&format!("{fetch:?}"));
    text.push_str(&format!("{:?}", fetch.action()));
    text
}

fn check(fetch: &mut Fetch, what: &str) {
    let text = printed(fetch);
    assert!(!text.contains(SECRET), "{what}: {text}");
}

#[test]
fn a_redirect_that_is_refused_late_prints_no_secret() {
    let host = Host::new(Config::new().profile(Profile::webkit()).trace(true));
    let mut fetch = host.start(to(OWN).header("x-a", "1").header("Authorization", SECRET));
    assert!(host.answer(&mut fetch, redirect(302, WITH_PASSWORD)).is_none());
    check(&mut fetch, "before the preflight");
    assert!(host.answer(&mut fetch, common::allow("", "x-a, authorization", "5")).is_none());
    check(&mut fetch, "after the preflight");
    let error = fetch.network_error().expect("refused");
    assert_eq!((error.reason().code(), error.redirects()), ("redirect-has-credentials", 0));
    assert_eq!(error.url().as_str(), OWN, "the redirect is not followed");
}

#[test]
fn a_running_fetch_prints_no_secret() {
    let config = Config::new().gates(true).service_workers(true);
    let host = Host::new(config.cache_limits(CacheLimits::none()));
    let request = || {
        let request =
            to(WITH_PASSWORD).method("PUT").header("Authorization", SECRET).header("Proxy-Authorization", SECRET);
        request.header("Cookie", SECRET)
    };
    assert!(!format!("{:?}", request()).contains(SECRET), "the builder");
    assert!(!format!("{:?}", request().build()).contains(SECRET));
    let mut fetch = host.start(request());
    let steps = [
        Answer::Proceed,
        Answer::Pass,
        answer(
            204,
            &[ANY, (common::METHODS, "PUT"), (common::HEADERS, "*, authorization, cookie, proxy-authorization")],
        ),
        redirect(307, "https://api.example/next"),
        Answer::Proceed,
    ];
    for (index, step) in steps.into_iter().enumerate() {
        check(&mut fetch, &format!("before step {index}"));
        assert!(host.answer(&mut fetch, step).is_none());
    }
    fetch.abort();
    check(&mut fetch, "aborted");
}

#[test]
fn errors_print_no_password_of_a_location() {
    for location in [
        "https://user:hunter2@api.example/x",
        "https://user:hunter2@[x/",
        "ftp://user:hunter2@a.example/",
        "//user:hunter2@api.example/",
    ] {
        for start in [API, "https://page.example/x"] {
            let mut run = Host::standard().run(to(start), [redirect(302, location)]);
            assert_eq!(run.code().0, "redirect");
            check(&mut run.fetch, location);
        }
        let mut run = Host::standard().run(to(API).method("PUT"), [redirect(302, location)]);
        assert_eq!(run.code(), ("preflight", "preflight-redirected"));
        check(&mut run.fetch, location);
    }
    let mut run = Host::standard().run(to(WITH_PASSWORD), [answer(200, &[])]);
    check(&mut run.fetch, "the URL of the error");
}

#[test]
fn heads_are_not_printed() {
    let lines = [ANY, ("Set-Cookie", SECRET), ("x-a", SECRET)];
    let run = Host::standard().run(to(WITH_PASSWORD), [answer(200, &lines)]);
    assert!(!format!("{:?}", run.response()).contains(SECRET));
    let text = format!("{:?}", run.response());
    assert!(text.contains("https://api.example/x") && text.contains("Cors"), "but what it is: {text}");
    let host = Host::standard();
    let mut fetch = host.start(to(API));
    let Action::SendRequest(exchange) = fetch.action() else { panic!("a request") };
    let delivery = exchange.respond(head(200, &lines), host.now()).expect("a delivery");
    assert!(!format!("{delivery:?}").contains(SECRET));
    delivery.block("seen enough");
    let location = fetch_cors::spec::location_url(&head(302, &[("Location", WITH_PASSWORD)]), None, None);
    assert_eq!(format!("{location:?}"), "Url(\"https://api.example/x?q#f\")");
    let nothing = fetch_cors::spec::location_url(&head(302, &[]), None, None);
    assert_eq!(format!("{nothing:?}"), "Null");
}

#[test]
fn a_service_workers_answer_prints_no_secret() {
    let host = Host::new(Config::new().service_workers(true));
    let response = worker(ResponseType::Basic, &[("x-a", SECRET)]).url_list(vec![common::url(WITH_PASSWORD)]);
    let mut run = host.run(to("https://page.example/x"), [from_worker(response)]);
    check(&mut run.fetch, "delivered");
    assert!(!format!("{:?}", run.response()).contains(SECRET));
}

#[test]
fn what_is_no_secret_is_printed() {
    let host = Host::new(Config::new().cache_limits(CacheLimits::new().groups(7)));
    let mut fetch = host.start(to(API).header("x-a", "visible"));
    let text = printed(&mut fetch);
    assert!(text.contains("https://api.example/x") && text.contains("https://page.example") && text.contains("x-a"));
    assert!(format!("{:?}", host.ua.config()).contains("groups: 7"), "{:?}", host.ua.config());
    let request = Request::builder(common::url(API)).origin(common::origin(common::PAGE)).build().expect("valid");
    assert!(format!("{request:?}").contains("GET"));
    assert!(Host::standard().run(to(API), [ok()]).outcome.is_ok());
}

#[test]
fn the_preflight_cache_prints_no_secret() {
    let host = Host::new(Config::new().hash_seed([1_234_567_890_123, 9_876_543_210_987]));
    let granted = [common::allow("PUT", "", "60"), ok()];
    let run = host.run(to(WITH_PASSWORD).method("PUT"), granted);
    for text in [format!("{:?}", host.ua), format!("{:?}", run.fetch), format!("{:?}", host.ua.preflight_cache())] {
        assert!(!text.contains(SECRET), "{text}");
        assert!(!text.contains("1234567890123") && !text.contains("9876543210987"), "{text}");
    }
}

#[test]
fn a_service_workers_response_prints_no_secret() {
    let response = worker(ResponseType::Basic, &[("Set-Cookie", SECRET)]).url_list(vec![common::url(WITH_PASSWORD)]);
    let text = format!("{response:?}");
    assert!(!text.contains(SECRET) && !text.contains("104, 117, 110"), "{text}");
}

#[test]
fn what_is_printed_says_whom_it_is_about() {
    let contains = |text: String, words: &[&str]| {
        for word in words {
            assert!(text.contains(word), "{word}: {text}");
        }
    };
    let host = Host::standard();
    let request = || to(WITH_PASSWORD).method("PUT").header("x-a", "visible");
    contains(format!("{:?}", request()), &["https://api.example/x?q#f", "PUT", "x-a"]);
    contains(format!("{:?}", common::page()), &["https://page.example", "Window"]);
    contains(format!("{:?}", common::origin(common::PAGE)), &["TupleOrigin(https://page.example)"]);
    let mut fetch = host.start(request());
    contains(format!("{:?}", fetch.exchange().expect("a preflight").head()), &["OPTIONS", "https://api.example/x?q#f"]);
    let response = worker(ResponseType::Basic, &[]).url_list(vec![common::url(WITH_PASSWORD)]);
    contains(format!("{response:?}"), &["Basic", "https://api.example/x?q#f"]);
    let run = host.run(request(), [answer(404, &[ANY])]);
    let error = run.error();
    contains(format!("{error:?}"), &["Preflight", "PreflightStatusNotOk", "404", "https://api.example/x?q#f"]);
    assert_eq!((error.stage().to_string(), error.stage().as_str()), ("preflight".to_owned(), "preflight"));
    host.run(request(), [common::allow("PUT", "x-a", "60"), ok()]);
    contains(format!("{:?}", host.ua.preflight_cache()), &["groups: 1"]);
}
