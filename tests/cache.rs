//! The CORS-preflight cache as fetches see it: what is stored, for how long, and what matches it.

mod common;

use common::{
    API, FOR_NULL, FOR_PAGE, HEADERS, Host, Kind, MAX_AGE, METHODS, PAGE, allow, allow_credentials, answer, ok,
    ok_credentials, origin, redirect, to, url,
};
use fetch_cors::{Client, Config, CredentialsMode, Origin, Profile, Request, RequestBuilder};

fn put() -> RequestBuilder {
    to(API).method("PUT")
}

fn with_credentials(request: RequestBuilder) -> RequestBuilder {
    request.credentials_mode(CredentialsMode::Include)
}

/// Runs a request whose preflight is answered with `granted`; whether one was sent.
fn preflights(host: &Host, request: RequestBuilder, granted: common::Answer) -> bool {
    let mut fetch = host.start(request);
    let is_preflight = common::Sent::ask(&mut fetch).expect("a request").kind == Kind::Preflight;
    if is_preflight {
        assert!(host.answer(&mut fetch, granted).is_none());
    }
    is_preflight
}

/// Whether a preflight is sent, without an answer to it.
fn is_preflighted(host: &Host, request: RequestBuilder) -> bool {
    common::Sent::ask(&mut host.start(request)).expect("a request").kind == Kind::Preflight
}

#[test]
fn an_entry_lives_for_less_than_its_max_age() {
    for (max_age, millis) in [("10", 10_000), ("1", 1_000), ("7200", 7_200_000)] {
        let mut host = Host::standard();
        assert!(preflights(&host, put(), allow("PUT", "", max_age)));
        host.millis += millis - 1;
        assert!(!is_preflighted(&host, put()), "a millisecond before {max_age} s");
        host.millis += 1;
        assert!(is_preflighted(&host, put()), "at exactly {max_age} s");
    }
}

#[test]
fn max_age_has_a_default_and_a_limit() {
    for (lines, seconds) in [
        (&[][..], 5),
        (&[(MAX_AGE, "-1")][..], 5),
        (&[(MAX_AGE, "1.5")], 5),
        (&[(MAX_AGE, "")], 5),
        (&[(MAX_AGE, "60"), (MAX_AGE, "60")], 5),
        (&[(MAX_AGE, "7199")], 7199),
        (&[(MAX_AGE, "7201")], 7200),
        (&[(MAX_AGE, "99999999999999999999999999999999")], 7200),
    ] {
        let mut host = Host::standard();
        let lines = [&[FOR_PAGE, (METHODS, "PUT")], lines].concat();
        assert!(preflights(&host, put(), answer(200, &lines)));
        let entries = host.ua.preflight_cache().entries(host.now());
        assert_eq!(entries[0].remaining.as_secs(), seconds, "{lines:?}");
        host.millis += seconds * 1000;
        assert!(is_preflighted(&host, put()), "{lines:?}");
    }
    let host = Host::new(Config::new().profile(Profile::standard().with_max_age_limit(Some(600))));
    assert!(preflights(&host, put(), allow("PUT", "", "601")));
    assert_eq!(host.ua.preflight_cache().entries(host.now())[0].remaining.as_secs(), 600);
}

#[test]
fn without_a_limit_a_max_age_saturates() {
    let mut host = Host::letter();
    assert!(preflights(&host, put(), allow("PUT", "", "99999999999999999999999999999999")));
    host.millis = u64::MAX;
    assert!(!is_preflighted(&host, put()));
}

#[test]
fn a_max_age_of_zero_stores_nothing() {
    let host = Host::standard();
    assert!(preflights(&host, put(), allow("PUT", "x-a", "0")));
    assert!(host.ua.preflight_cache().is_empty());
    assert!(is_preflighted(&host, put()));
}

#[test]
fn a_clock_that_goes_back_passes_no_time() {
    let mut host = Host::standard();
    assert!(preflights(&host, put(), allow("PUT", "", "10")));
    host.millis -= 500_000;
    assert!(!is_preflighted(&host, put()));
    assert_eq!(host.ua.preflight_cache().entries(host.now())[0].remaining.as_secs(), 10);
}

#[test]
fn a_refresh_sets_the_max_age_and_not_the_clock() {
    let mut host = Host::standard();
    let with_header = || put().header("x-a", "1");
    assert!(preflights(&host, put(), allow("PUT", "", "10")));
    host.millis += 8_000;
    assert!(preflights(&host, with_header(), allow("PUT", "x-a", "10")), "the header is not granted");
    host.millis += 1_999;
    assert!(!is_preflighted(&host, put()));
    host.millis += 1;
    assert!(is_preflighted(&host, put()), "ten seconds after it was stored");
    assert!(is_preflighted(&host, with_header()));
    assert!(!is_preflighted(&host, to(API).header("x-a", "1")), "the header's entry is younger");
    let mut host = Host::standard();
    assert!(preflights(&host, put(), allow("PUT", "", "10")));
    host.millis += 8_000;
    assert!(preflights(&host, with_header(), allow("PUT", "x-a", "100")));
    host.millis += 91_999;
    assert!(!is_preflighted(&host, put()), "a longer max-age from the old start");
    host.millis += 1;
    assert!(is_preflighted(&host, put()));
}

#[test]
fn a_new_max_age_that_has_passed_stores_anew() {
    let mut host = Host::standard();
    let with_header = || put().header("x-a", "1");
    assert!(preflights(&host, put(), allow("PUT", "", "10")));
    host.millis += 8_000;
    assert!(preflights(&host, with_header(), allow("PUT", "x-a", "8")));
    let remaining: Vec<u64> =
        host.ua.preflight_cache().entries(host.now()).iter().map(|entry| entry.remaining.as_secs()).collect();
    assert_eq!(remaining, [8, 8], "the old entry was over at that moment");
}

#[test]
fn a_refresh_with_zero_ends_an_entry() {
    let host = Host::standard();
    assert!(preflights(&host, put(), allow("PUT, DELETE", "", "10")));
    assert!(preflights(&host, put().header("x-a", "1"), allow("PUT", "x-a", "0")));
    assert!(is_preflighted(&host, put()));
    assert!(!is_preflighted(&host, to(API).method("DELETE")), "an entry that was not named stays");
}

#[test]
fn every_matching_entry_is_refreshed() {
    let mut host = Host::standard();
    assert!(preflights(&host, with_credentials(put()), allow_credentials("PUT", "x-a", "10")));
    assert!(preflights(&host, to(API).method("DELETE"), allow("*", "*", "10")));
    host.millis += 5_000;
    // PUT and x-a match their own entries and those of the wildcards.
    assert!(preflights(&host, put().use_cors_preflight(true).header("authorization", "1"), {
        allow("PUT", "x-a, authorization", "100")
    }));
    host.millis += 50_000;
    let entries = host.ua.preflight_cache().entries(host.now());
    let names: Vec<String> = entries.iter().map(|entry| entry.name.escape_ascii().to_string()).collect();
    assert_eq!(names, ["*", "PUT", "*", "authorization", "x-a"]);
}

#[test]
fn methods_match_byte_for_byte_and_header_names_in_any_case() {
    let host = Host::standard();
    assert!(preflights(&host, to(API).method("patch").header("X-A", "1"), allow("patch", "x-a, X-B", "10")));
    assert!(!is_preflighted(&host, to(API).method("patch").header("x-b", "1").header("x-A", "1")));
    assert!(is_preflighted(&host, to(API).method("PATCH")));
    assert!(is_preflighted(&host, to(API).header("x-c", "1")));
    assert!(is_preflighted(&host, to(API).header("x-a", "1").header("x-c", "1")), "one name is missing");
}

#[test]
fn a_safelisted_method_needs_no_entry_but_under_the_flag() {
    let host = Host::standard();
    assert!(preflights(&host, to(API).header("x-a", "1"), allow("", "x-a", "10")));
    for method in ["GET", "HEAD", "POST"] {
        assert!(!is_preflighted(&host, to(API).method(method).header("x-a", "1")), "{method}");
    }
    assert!(is_preflighted(&host, to(API).use_cors_preflight(true)), "the flag asks for the method");
    let no_methods = answer(200, &[FOR_PAGE, (MAX_AGE, "10")]);
    assert!(preflights(&host, to(API).use_cors_preflight(true), no_methods));
    assert!(!is_preflighted(&host, to(API).use_cors_preflight(true)), "the request's own method was stored");
    assert!(is_preflighted(&host, to(API).method("POST").use_cors_preflight(true)));
}

#[test]
fn without_the_flag_a_missing_methods_line_stores_no_method() {
    let host = Host::standard();
    let lines = [FOR_PAGE, (HEADERS, "x-a"), (MAX_AGE, "10")];
    assert!(preflights(&host, to(API).header("x-a", "1"), answer(200, &lines)));
    let entries = host.ua.preflight_cache().entries(host.now());
    assert_eq!(entries.iter().map(|entry| &*entry.name).collect::<Vec<_>>(), [b"x-a"]);
}

#[test]
fn credentialed_entries_serve_all_and_others_only_their_like() {
    let host = Host::standard();
    let include = || with_credentials(put().header("x-a", "1"));
    let plain = || put().header("x-a", "1");
    assert!(preflights(&host, plain(), allow("PUT", "x-a", "10")));
    assert!(is_preflighted(&host, include()));
    assert!(!is_preflighted(&host, plain().credentials_mode(CredentialsMode::Omit)));
    assert!(preflights(&host, include(), allow_credentials("PUT", "x-a", "10")));
    assert!(!is_preflighted(&host, include()));
    let host = Host::standard();
    assert!(preflights(&host, include(), allow_credentials("PUT", "x-a", "10")));
    assert!(!is_preflighted(&host, plain()) && !is_preflighted(&host, include()));
    assert!(host.ua.preflight_cache().entries(host.now()).iter().all(|entry| entry.credentials));
    assert_eq!(host.ua.preflight_cache().entries(host.now()).len(), 2, "a match is refreshed and not doubled");
}

#[test]
fn an_uncredentialed_answer_refreshes_a_credentialed_entry() {
    let mut host = Host::standard();
    assert!(preflights(&host, with_credentials(put()), allow_credentials("PUT", "", "10")));
    assert!(preflights(&host, put().header("x-a", "1"), allow("PUT", "x-a", "100")));
    host.millis += 50_000;
    assert!(!is_preflighted(&host, with_credentials(put())));
    let host = Host::standard();
    assert!(preflights(&host, put(), allow("PUT", "", "10")));
    assert!(preflights(&host, with_credentials(put()), allow_credentials("PUT", "", "100")));
    let remaining: Vec<u64> =
        host.ua.preflight_cache().entries(host.now()).iter().map(|entry| entry.remaining.as_secs()).collect();
    assert_eq!(remaining, [10, 100], "the other way round nothing matches");
}

#[test]
fn a_wildcard_without_credentials_covers_everything_but_authorization() {
    for host in [Host::standard(), Host::letter()] {
        assert!(preflights(&host, put(), allow("*", "*", "10")));
        assert!(!is_preflighted(&host, to(API).method("DELETE").header("x-z", "1")));
        assert!(is_preflighted(&host, to(API).header("authorization", "1")), "not by a wildcard");
        assert!(is_preflighted(&host, with_credentials(to(API).method("DELETE"))));
        assert!(preflights(&host, to(API).header("authorization", "1"), allow("*", "*, Authorization", "10")));
        assert!(!is_preflighted(&host, to(API).header("authorization", "1").header("x-z", "1")));
    }
}

#[test]
fn a_wildcard_of_a_credentialed_preflight_is_stored_to_the_letter_only() {
    let answered = || allow_credentials("PUT, *", "x-a, *", "10");
    let include = || with_credentials(put().header("x-a", "1"));
    let other = || to(API).method("DELETE").header("x-z", "1");
    let host = Host::standard();
    assert!(preflights(&host, include(), answered()));
    assert!(!is_preflighted(&host, include()));
    assert!(is_preflighted(&host, other()) && is_preflighted(&host, with_credentials(other())));
    assert!(host.ua.preflight_cache().entries(host.now()).iter().all(|entry| *entry.name != *b"*"));
    let host = Host::letter();
    assert!(preflights(&host, include(), answered()));
    assert!(!is_preflighted(&host, other()) && !is_preflighted(&host, with_credentials(other())));
    assert!(is_preflighted(&host, with_credentials(other().header("authorization", "1"))));
    let profile = Profile::standard()
        .with_wildcard_of_credentialed_preflight(fetch_cors::profile::WildcardOfCredentialedPreflight::Stored);
    let host = Host::new(Config::new().profile(profile));
    assert!(preflights(&host, include(), answered()));
    assert!(!is_preflighted(&host, with_credentials(other())));
}

#[test]
fn url_query_fragment_and_origin_are_in_the_key() {
    let host = Host::standard();
    assert!(preflights(&host, to("https://api.example/x?q#f").method("PUT"), allow("PUT", "", "10")));
    assert!(!is_preflighted(&host, to("https://api.example/x?q#f").method("PUT")));
    for other in [
        "https://api.example/x?q",
        "https://api.example/x?q#g",
        "https://api.example/x#f",
        "https://api.example/y?q#f",
        "https://api.example:8443/x?q#f",
        "http://api.example/x?q#f",
    ] {
        assert!(is_preflighted(&host, to(other).method("PUT")), "{other}");
    }
    let other_page = Client::new(origin("https://other.example")).network_partition_key(PAGE);
    assert!(is_preflighted(&host, to("https://api.example/x?q#f").method("PUT").client(other_page)));
}

#[test]
fn partitions_share_nothing() {
    for host in [Host::standard(), Host::letter()] {
        let in_partition = |key: Option<&str>| {
            let client = Client::new(origin(PAGE));
            put().client(match key {
                Some(key) => client.network_partition_key(key),
                None => client,
            })
        };
        assert!(preflights(&host, in_partition(Some("one")), allow("PUT", "", "10")));
        assert!(!is_preflighted(&host, in_partition(Some("one"))));
        for other in [Some("two"), Some(""), None] {
            assert!(is_preflighted(&host, in_partition(other)), "{other:?}");
        }
        assert!(preflights(&host, in_partition(None), allow("PUT", "", "10")));
        assert!(!is_preflighted(&host, in_partition(None)) && is_preflighted(&host, in_partition(Some(""))));
    }
}

#[test]
fn opaque_origins_share_to_the_letter_only() {
    let of = |origin: Origin| Request::builder(url(API)).origin(origin).as_fetch_api().method("PUT");
    let granted = || answer(200, &[FOR_NULL, (METHODS, "PUT"), (MAX_AGE, "10")]);
    let host = Host::standard();
    assert!(preflights(&host, of(Origin::opaque(1)), granted()));
    assert!(!is_preflighted(&host, of(Origin::opaque(1))));
    assert!(is_preflighted(&host, of(Origin::opaque(2))));
    let host = Host::letter();
    assert!(preflights(&host, of(Origin::opaque(1)), granted()));
    assert!(!is_preflighted(&host, of(Origin::opaque(2))));
}

/// A fetch of [`API`] that comes there from elsewhere, so that its origin is `null`.
fn tainted(host: &Host, request: RequestBuilder) -> fetch_cors::Fetch {
    let mut fetch = host.start(request);
    while common::Sent::ask(&mut fetch).expect("a request").url != API {
        assert!(host.answer(&mut fetch, redirect(307, API)).is_none());
    }
    fetch
}

#[test]
fn tainted_requests_share_with_null_to_the_letter_only() {
    let via = || to("https://hop.example/").header("x-a", "1");
    let kind = |fetch: &mut fetch_cors::Fetch| common::Sent::ask(fetch).expect("a request").kind;
    for (host, shares) in [(Host::standard(), false), (Host::letter(), true)] {
        // Grant the first hop, then the tainted one.
        assert!(preflights(&host, via(), allow("", "x-a", "60")));
        let mut fetch = tainted(&host, via());
        assert_eq!(kind(&mut fetch), Kind::Preflight);
        assert!(host.answer(&mut fetch, answer(200, &[FOR_NULL, (HEADERS, "x-a"), (MAX_AGE, "60")])).is_none());
        assert_eq!(common::Sent::ask(&mut fetch).expect("a request").value("origin").as_deref(), Some("null"));
        // Tainted again: granted. Untainted, and opaque: only to the letter.
        assert_eq!(kind(&mut tainted(&host, via())), Kind::Request);
        assert!(is_preflighted(&host, to(API).header("x-a", "1")), "a tuple origin is not null");
        let opaque = Request::builder(url(API)).client(common::page()).origin(Origin::opaque(1)).as_fetch_api();
        assert_eq!(is_preflighted(&host, opaque.header("x-a", "1")), !shares);
        let entries = host.ua.preflight_cache().entries(host.now());
        assert_eq!(entries.iter().filter(|entry| entry.tainted).count(), usize::from(!shares));
        assert_eq!(entries.iter().filter(|entry| entry.opaque).count(), usize::from(shares));
    }
}

#[test]
fn an_untainted_entry_does_not_serve_a_tainted_request() {
    let host = Host::standard();
    assert!(preflights(&host, to(API).header("x-a", "1"), allow("", "x-a", "60")));
    let via = || to("https://hop.example/").header("x-a", "1");
    assert!(preflights(&host, via(), allow("", "x-a", "60")));
    let mut fetch = tainted(&host, via());
    assert_eq!(common::Sent::ask(&mut fetch).expect("a preflight").kind, Kind::Preflight);
}

#[test]
fn a_hit_sends_the_request_and_checks_its_answer() {
    let host = Host::standard();
    assert!(host.run(put(), [allow("PUT", "", "60"), ok()]).outcome.is_ok());
    let run = host.run(put(), [answer(200, &[])]);
    assert_eq!(run.flow(), ["PUT https://api.example/x", "error allow-origin-missing"]);
    let include = || with_credentials(put());
    assert!(host.run(include(), [allow_credentials("PUT", "", "60"), ok_credentials()]).outcome.is_ok());
    let run = host.run(include(), [answer(200, &[FOR_PAGE])]);
    assert_eq!(run.code(), ("response", "allow-credentials-not-true"));
}

/// A clock that goes back counts as no time passed: what was dead stays dead.
#[test]
fn a_clock_that_goes_back_revives_nothing() {
    let ua = fetch_cors::UserAgent::default();
    let put = || {
        let url = url::Url::parse("https://api.example/x").expect("a URL");
        let origin = fetch_cors::Origin::parse("https://page.example").expect("an origin");
        fetch_cors::Request::builder(url).origin(origin).as_fetch_api().method("PUT").build().expect("a request")
    };
    let preflights_at = |seconds: u64| {
        let now = fetch_cors::Timestamp::from_secs(seconds);
        let mut fetch = ua.fetch(put(), now);
        let fetch_cors::Action::SendPreflight(exchange) = fetch.action() else { return false };
        let lines = vec![
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "PUT"),
            ("Access-Control-Max-Age", "10"),
        ];
        assert!(exchange.respond((204, lines), now).is_none());
        true
    };
    assert!(preflights_at(100) && !preflights_at(109));
    assert!(!preflights_at(50), "no time passed");
    assert!(preflights_at(110), "dead at its max-age");
    assert!(!preflights_at(105), "stored at 110, so alive");
    assert!(preflights_at(120) && !preflights_at(0));
}
