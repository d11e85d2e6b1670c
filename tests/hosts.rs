//! The four hosts of `examples/`, each run against its servers on loopback: how the fetches ended,
//! what went over the wire, and which cookies went along or were stored.
#![expect(clippy::duplicate_mod, reason = "an example is a program, and brings its own `support`")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::mpsc::channel;
use std::time::Duration;

use blocking::support::wire::Outgoing;
use fetch_cors::{Action, Origin, Request, Timestamp, UserAgent};

#[path = "../examples/async.rs"]
#[expect(dead_code, reason = "`main` is for `cargo run --example`")]
mod async_host;
#[path = "../examples/blocking.rs"]
#[expect(dead_code, reason = "`main` is for `cargo run --example`")]
mod blocking;
#[path = "../examples/event_driven.rs"]
#[expect(dead_code, reason = "`main` is for `cargo run --example`")]
mod event_driven;
#[path = "../examples/webview_shell.rs"]
#[expect(dead_code, reason = "`main` is for `cargo run --example`")]
mod webview_shell;

/// Runs a host on a thread of its own, so that one that hangs fails its test.
fn bounded<T: Send + 'static>(run: impl FnOnce() -> Result<T, Box<dyn Error + Send + Sync>> + Send + 'static) -> T {
    let (done, report) = channel();
    std::thread::spawn(move || done.send(run()));
    report.recv_timeout(Duration::from_secs(60)).expect("the host ends in time").expect("the host runs")
}

/// The lines of a list, as they display.
fn lines<T: ToString>(list: &[T]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[test]
fn blocking_sends_and_stores_cookies_exactly_when_told() {
    let report = bounded(blocking::run);
    let from = "Origin: https://page.example  Sec-Fetch-Site: cross-site";
    assert_eq!(
        lines(&report.wire),
        [
            format!("POST    /login  {from}"),
            format!("OPTIONS /profile  {from}  Access-Control-Request-Method: PUT"),
            format!("PUT     /profile  {from}  Cookie: session=s1"),
            // The host followed nothing: the engine asked for another preflight first.
            format!("OPTIONS /v2/profile  {from}  Access-Control-Request-Method: PUT"),
            format!("PUT     /v2/profile  {from}  Cookie: hop=h1; session=s1"),
            format!("GET     /private  {from}  Cookie: hop=h1; session=s1"),
            format!("GET     /public  {from}"),
        ]
    );
    // That of a redirect and that of a blocked response, but not that of an answer to a request
    // without credentials.
    assert_eq!(report.cookies, ["hop", "seen", "session"]);
}

#[test]
fn blocking_sends_the_head_as_it_is() {
    let report = bounded(blocking::run);
    let put =
        report.wire.iter().find(|seen| seen.target == "/v2/profile" && !seen.is_preflight()).expect("it was sent");
    let sent: Vec<(&str, &str)> = put.lines.iter().map(|(name, value)| (&**name, &**value)).collect();
    let (host, rest) = sent.split_first().expect("lines");
    assert!(host.0 == "Host" && host.1.starts_with("127.0.0.1:"), "{host:?}");
    assert_eq!(
        rest,
        [
            ("Connection", "close"),
            ("Cookie", "hop=h1; session=s1"),
            ("Content-Type", "application/json"),
            ("Accept", "*/*"),
            ("Content-Length", "12"),
            ("Referer", "https://page.example/"),
            ("Origin", "https://page.example"),
            ("Sec-Fetch-Dest", "empty"),
            ("Sec-Fetch-Mode", "cors"),
            ("Sec-Fetch-Site", "cross-site"),
        ]
    );
    assert_eq!(put.body, br#"{"name":"A"}"#, "the body is sent again after the redirect");
}

#[test]
fn a_host_adds_no_line_whose_name_is_there() {
    use blocking::support::server::{Reply, Server};
    let server = Server::start(|_| Reply::new(200)).expect("a server on loopback");
    let origin = Origin::parse(&server.origin()).expect("the server's origin");
    let request = Request::builder(server.url("/").expect("a URL")).origin(origin);
    let request = request.header("cookie", "own=1").header("CONNECTION", "close, x").build().expect("a request");
    let mut fetch = UserAgent::default().fetch(request, Timestamp::ZERO);
    let Action::SendRequest(exchange) = fetch.action() else { panic!("a request to send") };
    let answer = Outgoing::new(&exchange.head(), Some("jar=1".to_owned()), b"").and_then(Outgoing::exchange);
    assert!(answer.is_ok_and(|((status, _), _)| status == 200));
    let seen = server.seen();
    let [seen] = &*seen else { panic!("one request: {seen:?}") };
    assert_eq!((seen.line("cookie"), seen.line("connection")), (Some("own=1"), Some("close, x")));
    assert!(seen.line("host").is_some_and(|host| format!("http://{host}") == server.origin()));
}

#[test]
fn blocking_tells_what_script_sees_or_why_it_is_blocked() {
    let report = bounded(blocking::run);
    let verdicts: Vec<String> = report.verdicts.iter().map(|(_, verdict)| verdict.to_string()).collect();
    let [login, profile, private, public] = &*verdicts else { panic!("four fetches: {verdicts:?}") };
    assert_eq!(login, "delivered, type cors, status 200; script sees content-length");
    assert_eq!(
        profile,
        "delivered, type cors, status 200; script sees x-version, content-length and a body: stored 12 bytes"
    );
    assert!(private.starts_with("blocked, allow-origin-missing: "), "{private}");
    assert!(private.contains("remedy: answer with `Access-Control-Allow-Origin: https://page.example`"), "{private}");
    assert!(!private.contains("secret"));
    assert_eq!(public, "delivered, type cors, status 200; script sees content-length and a body: news");
}

#[test]
fn async_shares_one_preflight_cache_and_one_jar_among_a_thousand_fetches() {
    let report = bounded(async_host::run);
    let mut codes = BTreeMap::new();
    for verdict in &report.verdicts {
        *codes.entry(verdict.code()).or_insert(0) += 1;
    }
    let fetches = async_host::FETCHES;
    assert_eq!(codes, BTreeMap::from([("delivered", fetches * 3 / 4), ("allow-origin-missing", fetches / 4)]));
    assert!((2..=async_host::AT_A_TIME).contains(&report.peak), "{} at a time", report.peak);

    // Half of the fetches needed a preflight: one went out for each URL, never with a cookie.
    let (preflights, requests): (Vec<_>, Vec<_>) = report.wire.iter().partition(|seen| seen.is_preflight());
    assert_eq!(requests.len(), fetches + 1, "each fetch, and the login");
    assert_eq!(preflights.len(), 2 * async_host::URLS);
    let targets: BTreeSet<&str> = preflights.iter().map(|seen| &*seen.target).collect();
    assert_eq!(targets.len(), preflights.len(), "no URL twice");
    assert!(preflights.iter().all(|seen| !seen.has("cookie") && seen.has("access-control-request-headers")));

    // Cookies on all of the requests with credentials, and on no other.
    for seen in requests {
        let with_credentials = seen.target.starts_with("/orders/") || seen.target.starts_with("/forgotten/");
        assert_eq!(seen.has("cookie"), with_credentials, "{seen}");
        // A second line would be one that the host added.
        for name in ["host", "accept", "origin", "sec-fetch-site"] {
            assert!(seen.line(name).is_some(), "{name} not once: {seen:?}");
        }
        assert!(seen.method != "PUT" || seen.body == br#"{"pieces":1}"#, "{seen}");
    }
    assert_eq!(report.cookies, ["from-forgotten", "from-login", "from-orders"]);
}

#[test]
fn event_driven_moves_parked_fetches_on_by_events() {
    use event_driven::{AD, AFTER, HANGS_UP, HINTS, MOVED, STOPPED, STRICT, TOGETHER, TWICE};
    let report = bounded(event_driven::run);
    let mut expected: BTreeMap<u64, &str> = (0..TOGETHER).map(|id| (id, "delivered")).collect();
    expected.extend([
        (HINTS, "delivered"),
        (MOVED, "delivered"),
        (AD, "gate-blocked"),
        (STRICT, "header-not-allowed"),
        (STOPPED, "aborted"),
        (HANGS_UP, "network-failure"),
        (TWICE, "delivered"),
        (AFTER, "delivered"),
    ]);
    let codes: BTreeMap<u64, &str> = report.verdicts.iter().map(|(id, verdict)| (*id, verdict.code())).collect();
    assert_eq!(codes, expected);
    // Their server answers 503 unless all of them are under way at one time.
    for (id, verdict) in report.verdicts.range(..=MOVED) {
        assert!(verdict.to_string().starts_with("delivered, type cors, status 200;"), "{id}: {verdict}");
    }
    assert!(report.peak as u64 >= TOGETHER, "{} parked", report.peak);

    let mut sent: Vec<String> = report.wire.iter().map(|seen| format!("{} {}", seen.method, seen.target)).collect();
    sent.sort_unstable();
    let mut expected: Vec<String> = (0..TOGETHER).map(|id| format!("GET /together/{id}")).collect();
    expected.extend((1..TOGETHER).step_by(2).map(|id| format!("OPTIONS /together/{id}")));
    // The ad, and what /strict refused, were never sent.
    expected.extend(["GET /hints", "GET /moved", "GET /landed", "GET /endless", "OPTIONS /strict"].map(str::to_owned));
    expected.extend(["OPTIONS /twice", "GET /twice", "GET /after"].map(str::to_owned));
    expected.sort_unstable();
    assert_eq!(sent, expected);
    // That of a redirect with credentials, which goes along from there; neither that of the 103, nor that
    // of the answer to a request without credentials.
    assert_eq!(report.cookies, ["hop"]);
    let with_cookie: Vec<&str> =
        report.wire.iter().filter(|seen| seen.has("cookie")).map(|seen| &*seen.target).collect();
    assert_eq!(with_cookie, ["/landed"]);
}

#[test]
fn event_driven_reads_on_after_a_1xx_and_drops_news_of_an_earlier_exchange() {
    use event_driven::{HINTS, TWICE};
    let report = bounded(event_driven::run);
    let sent = |target: &str| -> Vec<&str> {
        report.wire.iter().filter(|seen| seen.target == target).map(|seen| &*seen.method).collect()
    };
    // The engine was shown the 103 and asked for the same exchange again; nothing was sent again.
    assert_eq!(report.interim, 1);
    assert_eq!(sent("/hints"), ["GET"]);
    // A second answer to the preflight, and then its failure, came while that of the request was awaited:
    // the one that counts is neither.
    assert_eq!(sent("/twice"), ["OPTIONS", "GET"]);
    for id in [HINTS, TWICE] {
        assert_eq!(
            report.verdicts[&id].to_string(),
            "delivered, type cors, status 200; script sees content-length",
            "fetch {id}"
        );
    }
    assert_eq!(report.late, 3, "these two, and the answer to the fetch that was stopped");
}

#[test]
fn webview_shell_fetches_by_grant_or_by_cors() {
    let report = bounded(webview_shell::run);
    let app = "Origin: app://localhost  Sec-Fetch-Site: cross-site";
    assert_eq!(
        lines(&report.app),
        [
            "GET     app://localhost/index.html".to_owned(),
            "GET     app://localhost/config.json".to_owned(),
            format!("GET     app://plugin/list.json  {app}"),
        ]
    );
    // Granted: no OPTIONS, credentials as in the page's own origin, and Sec-Fetch-Site is what it is.
    assert_eq!(
        lines(&report.backend),
        [
            format!("PUT     /settings  {app}"),
            "GET     /state  Sec-Fetch-Site: cross-site  Cookie: session=b1".to_owned(),
            "GET     /moved  Sec-Fetch-Site: cross-site  Cookie: session=b1".to_owned(),
        ]
    );
    // The block entry: CORS, and no cookie, although the jar has one for this very host.
    assert_eq!(
        lines(&report.partner),
        [
            format!("OPTIONS /shared  {app}  Access-Control-Request-Method: PUT"),
            format!("PUT     /shared  {app}"),
            format!("GET     /vault  {app}"),
            "GET     /shared  Origin: null  Sec-Fetch-Site: cross-site".to_owned(),
        ]
    );
}

#[test]
fn webview_shell_shows_what_was_granted_and_the_remedy_for_what_was_not() {
    let report = bounded(webview_shell::run);
    let verdicts: Vec<String> = report.told.iter().map(|told| told.verdict.to_string()).collect();
    let [index, config, plugin, settings, state, shared, vault, moved] = &*verdicts else {
        panic!("eight fetches: {verdicts:?}")
    };
    assert_eq!(index, "delivered, type basic, status 200; script sees content-type");
    assert_eq!(config, index);
    assert_eq!(plugin, "delivered, type cors, status 200; script sees content-type");
    // The grant shows every header, CORS those that are safelisted or exposed.
    assert!(settings.starts_with("delivered, type basic, status 200;") && settings.ends_with("saved"), "{settings}");
    assert!(state.starts_with("delivered, type basic, ") && state.contains("x-backend"), "{state}");
    assert!(shared.starts_with("delivered, type cors, ") && !shared.contains("x-partner"), "{shared}");
    assert!(vault.starts_with("blocked, allow-origin-missing: "), "{vault}");
    assert!(vault.contains("remedy: answer with `Access-Control-Allow-Origin: app://localhost`"), "{vault}");
    // Redirected from a granted target, the page is nobody to the next one.
    assert!(moved.starts_with("blocked, allow-origin-mismatch: ") && moved.contains("wanted exactly null"), "{moved}");

    let grants: Vec<&str> = report
        .told
        .iter()
        .filter(|told| told.console.iter().any(|line| line.contains("the access list grants this target")))
        .map(|told| told.what.rsplit('/').next().unwrap_or_default())
        .collect();
    assert_eq!(grants, ["settings", "state", "moved"], "each grant stands in the console");
}
