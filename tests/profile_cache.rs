//! The switches of the CORS-preflight cache and of max-age: what the standard does, and what engines do.

mod common;

use common::{
    API, Answer, FOR_NULL, FOR_PAGE, HEADERS, Host, Kind, MAX_AGE, METHODS, Sent, allow, allow_credentials, answer,
    redirect, to,
};
use fetch_cors::profile::{
    AbsentAllowMethods, AuthorizationUnderWildcard, CacheBypass, CacheClearing, CacheCredentials, CacheMethods,
    CacheNullOrigins, CacheRecords, EmptyResponseLines, MalformedMaxAge, PreflightListOrder, PreflightResponseOrder,
    PreflightStoring, StoredWildcard, WildcardOfCredentialedPreflight, ZeroMaxAge,
};
use fetch_cors::{
    CacheLimits, CacheMode, Config, CredentialsMode, HostFailure, Origin, Profile, RequestBuilder, RequestMode,
};

fn host(profile: Profile) -> Host {
    Host::new(Config::new().profile(profile))
}

fn method(method: &'static str) -> RequestBuilder {
    to(API).method(method)
}

fn header(name: &str) -> RequestBuilder {
    to(API).header(name, "1")
}

fn with_credentials(request: RequestBuilder) -> RequestBuilder {
    request.credentials_mode(CredentialsMode::Include)
}

/// Sends the preflight of a request and answers it.
fn store(host: &Host, request: RequestBuilder, granted: Answer) {
    let mut fetch = host.start(request);
    assert_eq!(Sent::ask(&mut fetch).expect("a request").kind, Kind::Preflight);
    assert!(host.answer(&mut fetch, granted).is_none());
}

/// Whether a preflight is sent, without an answer to it.
fn is_preflighted(host: &Host, request: RequestBuilder) -> bool {
    Sent::ask(&mut host.start(request)).expect("a request").kind == Kind::Preflight
}

/// Name and remaining seconds of what is stored.
fn stored(host: &Host) -> Vec<(String, u64)> {
    let entries = host.ua.preflight_cache().entries(host.now());
    entries.iter().map(|entry| (entry.name.escape_ascii().to_string(), entry.remaining.as_secs())).collect()
}

fn names(host: &Host) -> String {
    stored(host).into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

/// A host with what another one exports.
fn restarted(host: &Host, profile: Profile) -> Host {
    let after = self::host(profile);
    let exported = host.ua.preflight_cache().export(host.now());
    assert_eq!(after.ua.preflight_cache().restore(exported, after.now()), []);
    after
}

#[test]
fn a_stored_wildcard_covers_any_request_or_none() {
    let standard = host(Profile::standard());
    store(&standard, method("PUT").header("x-a", "1"), allow("PUT, *", "x-a, *", "60"));
    assert_eq!(names(&standard), "* PUT * x-a");
    assert!(!is_preflighted(&standard, method("DELETE")) && !is_preflighted(&standard, header("x-b")));

    let nothing = Profile::standard().with_stored_wildcard(StoredWildcard::Nothing);
    for profile in [nothing, Profile::gecko()] {
        let host = host(profile.clone());
        // Its own names are stored beside a wildcard that stands before them.
        store(&host, method("PUT").header("x-a", "1"), allow("*, PUT", "*, x-a", "60"));
        assert_eq!(names(&host), "* PUT * x-a");
        for host in [&host, &restarted(&host, profile)] {
            assert!(is_preflighted(host, method("DELETE")) && is_preflighted(host, header("x-b")));
            assert!(!is_preflighted(host, method("PUT").header("X-A", "1")));
            assert!(!is_preflighted(host, method("*").header("*", "1")), "a method and a header of that name");
        }
    }
}

#[test]
fn a_wildcard_that_is_a_name_refreshes_its_own_entry_alone() {
    for (rule, expected) in [
        (StoredWildcard::AnyRequest, &[("*", 100), ("x-a", 100)][..]),
        (StoredWildcard::Nothing, &[("*", 60), ("PUT", 100), ("x-a", 100)]),
    ] {
        let host = host(Profile::standard().with_stored_wildcard(rule));
        store(&host, method("DELETE"), allow("*", "", "60"));
        store(&host, method("PUT").header("x-a", "1"), allow("PUT", "x-a", "100"));
        let stored = stored(&host);
        let stored: Vec<(&str, u64)> = stored.iter().map(|(name, seconds)| (&**name, *seconds)).collect();
        assert_eq!(stored, expected, "{rule:?}");
    }
}

#[test]
fn a_stored_wildcard_counts_by_the_credentials_of_the_request() {
    let letter = host(Profile::letter());
    store(&letter, with_credentials(method("PUT")), allow_credentials("PUT, *", "x-a, *", "60"));
    assert!(!is_preflighted(&letter, with_credentials(method("DELETE"))), "by the letter");

    let uncredentialed = Profile::letter().with_stored_wildcard(StoredWildcard::UncredentialedRequests);
    for profile in [uncredentialed, Profile::webkit()] {
        let host = host(profile);
        store(&host, with_credentials(method("PUT")), allow_credentials("*, PUT", "*, x-a", "60"));
        assert!(!is_preflighted(&host, with_credentials(method("PUT").header("x-a", "1"))));
        assert!(!is_preflighted(&host, method("DELETE").header("x-b", "1")));
        assert!(is_preflighted(&host, with_credentials(method("DELETE"))));
    }
}

#[test]
fn a_stored_wildcard_may_cover_authorization() {
    let authorization = || header("authorization");
    let named = |rule| Profile::standard().with_authorization_under_wildcard(rule);
    for (profile, again) in [
        (named(AuthorizationUnderWildcard::Allowed), true),
        (named(AuthorizationUnderWildcard::AllowedAndStored), false),
        (Profile::chromium(), true),
        (Profile::gecko(), true),
        (Profile::webkit(), false),
    ] {
        let name = profile.name();
        let host = host(profile.clone());
        store(&host, authorization(), allow("", "*", "60"));
        assert_eq!(is_preflighted(&restarted(&host, profile), authorization()), again, "{name}");
        assert_eq!(is_preflighted(&host, authorization()), again, "{name}");
    }
    let refused = host(Profile::standard());
    let granted = [allow("", "*", "60")];
    assert_eq!(refused.run(authorization(), granted).code(), ("preflight", "authorization-not-named"));
    let all = host(named(AuthorizationUnderWildcard::AllowedAndStored));
    store(&all, with_credentials(authorization()), allow_credentials("", "authorization, *", "60"));
    assert_eq!(names(&all), "authorization", "where a wildcard is no name of the answer, it is not stored");
}

fn replaced() -> Profile {
    Profile::standard().with_cache_records(CacheRecords::Replaced)
}

#[test]
fn grants_add_up_or_the_next_answer_replaces_them() {
    for (profile, is_replaced) in [
        (Profile::standard(), false),
        (replaced(), true),
        (Profile::chromium(), true),
        (Profile::gecko(), false),
        (Profile::webkit(), true),
    ] {
        let name = profile.name();
        let mut host = host(profile.clone());
        store(&host, method("PUT"), allow("PUT", "", "60"));
        host.millis += 10_000;
        store(&host, header("x-a"), allow("", "x-a", "100"));
        let expected =
            if is_replaced { vec![("x-a".into(), 100)] } else { vec![("PUT".into(), 50), ("x-a".into(), 100)] };
        assert_eq!(stored(&host), expected, "{name}");
        assert_eq!(stored(&restarted(&host, profile)), expected, "{name}");
        assert!(!is_preflighted(&host, header("x-a")), "{name}");
        assert_eq!(is_preflighted(&host, method("PUT")), is_replaced, "{name}");
    }
}

#[test]
fn a_replaced_record_starts_a_time_of_its_own() {
    let mut host = host(replaced());
    store(&host, method("PUT"), allow("PUT", "", "10"));
    host.millis += 8_000;
    store(&host, method("PUT").header("x-a", "1"), allow("PUT", "x-a", "10"));
    assert_eq!(stored(&host), [("PUT".to_owned(), 10), ("x-a".to_owned(), 10)]);
    store(&host, method("DELETE"), allow("DELETE, PUT", "", "0"));
    assert!(host.ua.preflight_cache().is_empty(), "a record without time takes the place of the one before");
}

#[test]
fn a_record_that_is_not_sufficient_is_dropped_at_look_up() {
    for (profile, is_dropped) in [(Profile::standard(), false), (replaced(), true), (Profile::webkit(), true)] {
        for insufficient in [method("DELETE"), header("x-b"), with_credentials(method("PUT"))] {
            let host = host(profile.clone());
            store(&host, method("PUT").header("x-a", "1"), allow("PUT", "x-a", "60"));
            assert!(is_preflighted(&host, insufficient));
            assert_eq!(host.ua.preflight_cache().is_empty(), is_dropped, "{}", profile.name());
            assert_eq!(host.ua.preflight_cache().bytes() == 0, is_dropped);
            assert_eq!(is_preflighted(&host, method("PUT")), is_dropped);
        }
        let mut host = host(profile);
        store(&host, method("PUT"), allow("PUT", "", "60"));
        host.millis += 60_000;
        assert!(is_preflighted(&host, method("PUT")));
        assert_eq!(host.ua.preflight_cache().is_empty(), is_dropped, "one that is over");
    }
}

#[test]
fn credentialed_entries_serve_both_or_stand_apart() {
    for (profile, apart) in [
        (Profile::standard(), false),
        (Profile::standard().with_cache_credentials(CacheCredentials::Apart), true),
        (Profile::chromium(), false),
        (Profile::gecko(), true),
        (Profile::webkit(), false),
    ] {
        let name = profile.name();
        let host = host(profile.clone());
        store(&host, with_credentials(method("PUT")), allow_credentials("PUT", "", "60"));
        assert!(!is_preflighted(&restarted(&host, profile), with_credentials(method("PUT"))), "{name}");
        assert!(!is_preflighted(&host, with_credentials(method("PUT"))), "{name}");
        assert_eq!(is_preflighted(&host, method("PUT")), apart, "{name}");
    }
    let gecko = host(Profile::gecko());
    store(&gecko, method("PUT"), allow("PUT", "", "60"));
    store(&gecko, with_credentials(method("PUT")), allow_credentials("PUT", "", "100"));
    assert_eq!(stored(&gecko), [("PUT".to_owned(), 60), ("PUT".to_owned(), 100)], "neither refreshes the other");
    assert_eq!(gecko.ua.preflight_cache().len(), 1);
    gecko.run(with_credentials(method("PUT")), [answer(200, &[])]).error();
    assert!(gecko.ua.preflight_cache().is_empty(), "a failure clears both");
}

#[test]
fn records_that_stand_apart_replace_their_like() {
    let apart = || replaced().with_cache_credentials(CacheCredentials::Apart);
    let host = host(apart());
    store(&host, method("PUT"), allow("PUT", "", "60"));
    store(&host, with_credentials(method("DELETE")), allow_credentials("DELETE", "", "60"));
    for host in [&host, &restarted(&host, apart())] {
        assert_eq!(names(host), "DELETE PUT");
    }
    store(&host, method("PATCH"), allow("PATCH", "", "60"));
    assert_eq!(names(&host), "DELETE PATCH");
    assert!(!is_preflighted(&host, with_credentials(method("DELETE"))) && !is_preflighted(&host, method("PATCH")));
    assert!(is_preflighted(&host, method("DELETE")));
    assert_eq!(names(&host), "DELETE", "the record that was not sufficient is dropped, and no other");
}

#[test]
fn restored_entries_become_one_record() {
    let merged = host(Profile::standard());
    store(&merged, method("DELETE"), allow("DELETE", "", "60"));
    store(&merged, method("PUT").header("x-a", "1"), allow("PUT", "x-a", "100"));
    store(&merged, with_credentials(method("PATCH")), allow_credentials("PATCH", "", "60"));
    assert_eq!(names(&merged), "DELETE PATCH PUT x-a");
    assert_eq!(names(&restarted(&merged, replaced())), "DELETE", "no others are of that answer");

    let host = host(replaced());
    store(&host, method("PUT"), allow("PUT", "", "60"));
    let exported = merged.ua.preflight_cache().export(merged.now());
    assert_eq!(host.ua.preflight_cache().restore(exported, host.now()), []);
    assert_eq!(names(&host), "DELETE", "it takes the place of the record that is there");
}

/// The seconds that an answer with these lines of max-age is stored for.
fn seconds_of(profile: &Profile, max_age: &[&str]) -> Option<u64> {
    let host = host(profile.clone());
    let lines = max_age.iter().map(|value| (MAX_AGE, *value));
    let lines: Vec<(&str, &str)> = [FOR_PAGE, (METHODS, "DELETE")].into_iter().chain(lines).collect();
    store(&host, method("DELETE"), answer(200, &lines));
    stored(&host).first().map(|(_, seconds)| *seconds)
}

#[test]
fn a_malformed_max_age_counts_five_seconds_or_as_a_signed_number_or_not_at_all() {
    let with = |rule| Profile::standard().with_max_age_limit(Some(600)).with_malformed_max_age(rule);
    let five = with(MalformedMaxAge::FiveSeconds);
    let signed = with(MalformedMaxAge::SignedNumber);
    let not_stored = with(MalformedMaxAge::NotStored);
    for (value, by_five, by_sign, by_refusal) in [
        (&["60"][..], Some(60), Some(60), Some(60)),
        (&[], Some(5), Some(5), Some(5)),
        (&[""], Some(5), Some(5), Some(5)),
        (&["+60"], Some(5), Some(60), None),
        (&["-0"], Some(5), None, None),
        (&["-1"], Some(5), None, None),
        (&["-9223372036854775808"], Some(5), None, None),
        (&["-9223372036854775809"], Some(5), Some(5), None),
        (&["9223372036854775807"], Some(600), Some(600), Some(600)),
        (&["9223372036854775808"], Some(600), Some(5), Some(600)),
        (&["99999999999999999999999999"], Some(600), Some(5), Some(600)),
        (&["1h"], Some(5), Some(5), None),
        (&["+"], Some(5), Some(5), None),
        (&["+-1"], Some(5), Some(5), None),
        (&["6 0"], Some(5), Some(5), None),
        (&["60.0"], Some(5), Some(5), None),
        (&["60, 60"], Some(5), Some(5), None),
        (&["60", "60"], Some(5), Some(5), None),
        (&["", ""], Some(5), Some(5), None),
    ] {
        let seconds = [&five, &signed, &not_stored].map(|profile| seconds_of(profile, value));
        assert_eq!(seconds, [by_five, by_sign, by_refusal], "{value:?}");
    }
    let dropped = |profile: Profile| profile.with_empty_response_lines(EmptyResponseLines::Dropped);
    for (profile, lines, seconds) in [
        (Profile::gecko(), ["", "60"], Some(60)),
        (Profile::gecko(), ["0", ""], None),
        (Profile::gecko(), ["", ""], Some(5)),
        (dropped(Profile::standard()), ["60", ""], Some(60)),
        (dropped(Profile::webkit()), ["", "+60"], Some(60)),
        (Profile::standard(), ["", "60"], Some(5)),
    ] {
        assert_eq!(seconds_of(&profile, &lines), seconds, "{} {lines:?}", profile.name());
    }
    for (profile, plus, minus, word) in [
        (Profile::chromium(), Some(60), None, Some(5)),
        (Profile::gecko(), None, None, None),
        (Profile::webkit(), Some(60), None, Some(5)),
    ] {
        let seconds = ["+60", "-1", "x"].map(|value| seconds_of(&profile, &[value]));
        assert_eq!(seconds, [plus, minus, word], "{}", profile.name());
    }
}

#[test]
fn a_max_age_that_is_not_stored_leaves_what_is_there() {
    let refused = Profile::standard().with_malformed_max_age(MalformedMaxAge::NotStored);
    let ignored = Profile::standard().with_zero_max_age(ZeroMaxAge::Ignored);
    let before = vec![("PUT".to_owned(), 60)];
    for (profile, max_age, after) in [
        (Profile::standard(), "0", vec![]),
        (ignored.clone(), "0", before.clone()),
        (ignored, "000", before.clone()),
        (Profile::gecko(), "0", before.clone()),
        (refused.clone(), "x", before.clone()),
        (refused, "0", vec![]),
        (Profile::gecko(), "-1", before.clone()),
        (Profile::chromium(), "-1", vec![]),
        (Profile::webkit(), "-1", vec![]),
        (Profile::standard().with_malformed_max_age(MalformedMaxAge::SignedNumber), "-1", vec![]),
        (Profile::standard(), "-1", vec![("PUT".to_owned(), 5), ("x-a".to_owned(), 5)]),
    ] {
        let name = profile.name();
        let host = host(profile);
        store(&host, method("PUT"), allow("PUT", "", "60"));
        store(&host, method("PUT").header("x-a", "1"), allow("PUT", "x-a", max_age));
        assert_eq!(stored(&host), after, "{name}, {max_age}");
    }
}

fn forced(name: &'static str) -> RequestBuilder {
    method(name).use_cors_preflight(true)
}

#[test]
fn a_forced_preflight_looks_its_method_up_or_needs_any_entry() {
    let unsafe_alone = Profile::standard().with_cache_methods(CacheMethods::Unsafe);
    for (profile, again) in [
        (Profile::standard(), true),
        (unsafe_alone, false),
        (Profile::standard().with_cache_methods(CacheMethods::AllButGetAndPost), false),
        (Profile::chromium(), false),
        (Profile::gecko(), false),
        (Profile::webkit(), false),
    ] {
        let name = profile.name();
        for granted in [allow("PUT", "", "60"), allow("", "x-a", "60"), allow("", "", "60")] {
            let mut host = host(profile.clone());
            assert!(is_preflighted(&host, forced("POST")), "nothing is stored");
            store(&host, forced("POST"), granted);
            assert_eq!(is_preflighted(&restarted(&host, profile.clone()), forced("POST")), again, "{name}");
            assert_eq!(is_preflighted(&host, forced("POST")), again, "{name}");
            assert_eq!(is_preflighted(&host, forced("GET")), again, "{name}");
            assert!(is_preflighted(&host, forced("PATCH")), "{name}");
            host.millis += 60_000;
            assert!(is_preflighted(&host, forced("POST")), "{name}: the entry is over");
        }
        let host = host(profile);
        store(&host, forced("POST"), allow("PUT", "", "60"));
        assert!(is_preflighted(&host, with_credentials(forced("POST"))), "{name}: an entry without credentials");
    }
}

#[test]
fn any_entry_means_one_that_serves_the_request() {
    let host = host(Profile::gecko());
    store(&host, method("PUT"), allow("PUT", "", "60"));
    store(&host, method("DELETE"), allow("DELETE", "", "100"));
    assert!(!is_preflighted(&host, forced("POST")));
    assert!(is_preflighted(&host, with_credentials(forced("POST"))));
    let not_stored = WildcardOfCredentialedPreflight::NotStored;
    let nothing = self::host(Profile::chromium().with_wildcard_of_credentialed_preflight(not_stored));
    store(&nothing, with_credentials(forced("POST")), allow_credentials("*", "*", "60"));
    assert_eq!(names(&nothing), "GET", "a wildcard that is not stored is no name");
    assert!(!is_preflighted(&nothing, with_credentials(forced("POST"))));
    let plain = self::host(Profile::chromium());
    store(&plain, with_credentials(forced("POST")), allow_credentials("*", "*", "60"));
    assert_eq!(names(&plain), "* *", "a wildcard that is stored as a name");
    assert!(!is_preflighted(&plain, method("*")), "it is the name");
    assert!(is_preflighted(&plain, method("PUT")), "it is no wildcard later");
    let none = CacheLimits::new().entries_per_answer(0);
    let none = Host::new(Config::new().profile(Profile::chromium()).cache_limits(none));
    store(&none, forced("POST"), allow("", "", "60"));
    assert!(none.ua.preflight_cache().is_empty());
}

#[test]
fn head_needs_an_entry_in_gecko() {
    for (profile, again) in [
        (Profile::standard(), false),
        (Profile::standard().with_cache_methods(CacheMethods::AllButGetAndPost), true),
        (Profile::chromium(), false),
        (Profile::gecko(), true),
        (Profile::webkit(), false),
    ] {
        let name = profile.name();
        let host = host(profile);
        let head = || method("HEAD").header("x-a", "1");
        store(&host, head(), allow("", "x-a", "60"));
        assert!(!is_preflighted(&host, header("x-a")), "{name}");
        assert_eq!(is_preflighted(&host, head()), again, "{name}");
        store(&host, method("HEAD").header("x-b", "1"), allow("HEAD", "x-a, x-b", "60"));
        assert!(!is_preflighted(&host, head()), "{name}");
    }
}

#[test]
fn failures_clear_entries_by_what_failed() {
    let with = |rule| Profile::standard().with_cache_clearing(rule);
    for (profile, preflighted, simple) in [
        (Profile::standard(), true, false),
        (with(CacheClearing::Never), false, false),
        (with(CacheClearing::AnyCrossOriginFetch), true, true),
        (Profile::chromium(), false, false),
        (Profile::gecko(), true, true),
        (Profile::webkit(), false, false),
    ] {
        let name = profile.name();
        let fails = |request: RequestBuilder, answers: &[Answer]| {
            let host = host(profile.clone());
            store(&host, method("PUT"), allow("PUT", "", "60"));
            host.run(request, answers.iter().cloned()).error();
            !names(&host).contains("PUT")
        };
        let bad_redirect = answer(302, &[FOR_PAGE, ("Location", "https://[x")]);
        for answers in [[answer(200, &[])], [Answer::Fail(HostFailure::timeout("late"))], [bad_redirect]] {
            assert_eq!(fails(method("PUT"), &answers), preflighted, "{name} {answers:?}");
            assert_eq!(fails(method("GET"), &answers), simple, "{name} {answers:?}");
            let elsewhere = to("https://api.example/y");
            assert!(!fails(elsewhere, &answers), "{name}: another URL");
            let no_cors = method("GET").mode(RequestMode::NoCors);
            let failure = [Answer::Fail(HostFailure::timeout("late"))];
            assert!(!fails(no_cors, &failure), "{name}: no cross-origin fetch with mode cors");
        }
        // A look-up in vain drops a record that the next answer replaces.
        let is_replaced = profile.value_of("cache_records").as_deref() == Some("replaced");
        let refused = [allow("DELETE", "", "60")];
        assert_eq!(fails(method("PATCH"), &refused), preflighted || is_replaced, "{name}");
    }
}

#[test]
fn an_answer_is_stored_once_it_is_judged_or_before() {
    let before = Profile::standard()
        .with_preflight_storing(PreflightStoring::BeforeJudging)
        .with_cache_clearing(CacheClearing::Never);
    for (profile, is_stored) in [
        (Profile::standard(), false),
        (Profile::standard().with_cache_clearing(CacheClearing::Never), false),
        (before.clone(), true),
        (before.clone().with_cache_clearing(CacheClearing::PreflightedFetch), false),
        (Profile::chromium(), false),
        (Profile::gecko(), false),
        (Profile::webkit(), true),
    ] {
        let name = profile.name();
        let ask = || method("PUT").header("x-a", "1");
        for (granted, code) in [
            (allow("PATCH, DELETE", "x-a, x-b", "60"), "method-not-allowed"),
            (allow("PUT, DELETE", "x-b", "60"), "header-not-allowed"),
        ] {
            let host = host(profile.clone());
            assert_eq!(host.run(ask(), [granted]).code(), ("preflight", code));
            let again = method("DELETE").header("x-b", "1");
            assert_eq!(is_preflighted(&host, again), !is_stored, "{name} {code}");
        }
        for bad in [
            allow("PATCH, (", "x-a", "60"),
            allow("PATCH", "x-a, (", "60"),
            answer(404, &[FOR_PAGE, (METHODS, "PATCH"), (HEADERS, "x-a")]),
            answer(302, &[FOR_PAGE, (METHODS, "PATCH"), (HEADERS, "x-a"), ("Location", "/y")]),
            answer(200, &[(METHODS, "PATCH"), (HEADERS, "x-a")]),
        ] {
            let host = host(profile.clone());
            host.run(ask(), [bad]).error();
            assert!(host.ua.preflight_cache().is_empty(), "{name}");
        }
    }
    let host = host(before.clone());
    let authorization = host.run(header("authorization"), [allow("", "*", "60")]);
    assert_eq!(authorization.code(), ("preflight", "authorization-not-named"));
    assert_eq!(names(&host), "*");
    let forced = host.run(method("PUT").use_cors_preflight(true).header("x-c", "1"), [allow("PUT", "x-b", "60")]);
    assert_eq!(forced.code(), ("preflight", "header-not-allowed"));
    assert_eq!(names(&host), "PUT *");
    let limits = CacheLimits::new().entries_per_answer(1);
    let host = Host::new(Config::new().profile(before).cache_limits(limits).trace(true));
    let too_many = host.run(method("PUT"), [allow("DELETE, PATCH", "", "60")]);
    assert!(too_many.error().reason().code() == "method-not-allowed" && host.ua.preflight_cache().is_empty());
}

#[test]
fn long_urls_are_cached_unless_there_is_a_limit() {
    let url = |bytes: usize| format!("https://api.example/?{}#{}", "q".repeat(bytes - 32), "f".repeat(10));
    let limited = Profile::standard().with_max_cached_url_bytes(Some(1023));
    for (profile, is_limited) in [
        (Profile::standard(), false),
        (limited, true),
        (Profile::chromium(), true),
        (Profile::gecko(), false),
        (Profile::webkit(), false),
    ] {
        let name = profile.name();
        let cached = host(Profile::standard());
        for bytes in [1023, 1024] {
            let put = || to(&url(bytes)).method("PUT");
            assert_eq!(url(bytes).len(), bytes);
            let host = host(profile.clone());
            store(&host, put(), allow("PUT", "", "60"));
            assert_eq!(is_preflighted(&host, put()), is_limited && bytes == 1024, "{name} {bytes}");
            store(&cached, put(), allow("PUT", "", "60"));
        }
        let restored = restarted(&cached, profile).ua.preflight_cache().len();
        assert_eq!(restored, if is_limited { 1 } else { 2 }, "{name}");
    }
}

/// The reason by which an answer to the preflight of a PUT with `x-a` is refused.
fn refusal(profile: &Profile, status: u16, lines: &[(&str, &str)]) -> &'static str {
    let (stage, code) = host(profile.clone()).run(method("PUT").header("x-a", "1"), [answer(status, lines)]).code();
    assert_eq!(stage, "preflight");
    code
}

#[test]
fn the_order_of_status_and_cors_check_names_the_reason() {
    let with = |order| Profile::standard().with_preflight_response_order(order);
    let no_origin = "allow-origin-missing";
    let (redirected, not_ok) = ("preflight-redirected", "preflight-status-not-ok");
    for (profile, redirect, failure) in [
        (Profile::standard(), redirected, no_origin),
        (with(PreflightResponseOrder::CorsCheckFirst), no_origin, no_origin),
        (with(PreflightResponseOrder::StatusFirst), redirected, not_ok),
        (Profile::chromium(), redirected, no_origin),
        (Profile::gecko(), no_origin, no_origin),
        (Profile::webkit(), redirected, not_ok),
    ] {
        let location = ("Location", "/y");
        assert_eq!(refusal(&profile, 302, &[location]), redirect, "{}", profile.name());
        assert_eq!(refusal(&profile, 403, &[location]), failure, "{}", profile.name());
        assert_eq!(refusal(&profile, 200, &[location]), no_origin, "{}", profile.name());
        assert_eq!(refusal(&profile, 302, &[FOR_PAGE, location]), redirected, "{}", profile.name());
        assert_eq!(refusal(&profile, 403, &[FOR_PAGE, location]), not_ok, "{}", profile.name());
    }
}

#[test]
fn the_method_is_judged_once_both_lists_parse_or_before() {
    for (profile, refused) in [
        (Profile::standard(), "allow-headers-unparsable"),
        (Profile::standard().with_preflight_list_order(PreflightListOrder::MethodFirst), "method-not-allowed"),
        (Profile::chromium(), "allow-headers-unparsable"),
        (Profile::gecko(), "method-not-allowed"),
        (Profile::webkit(), "allow-headers-unparsable"),
    ] {
        let lists = |methods, names| refusal(&profile, 200, &[FOR_PAGE, (METHODS, methods), (HEADERS, names)]);
        assert_eq!(lists("PATCH", "x a"), refused, "{}", profile.name());
        assert_eq!(lists("PUT", "x a"), "allow-headers-unparsable");
        assert_eq!(lists("PATCH", "x-b"), "method-not-allowed");
        assert_eq!(lists("P T", "x a"), "allow-methods-unparsable");
        assert_eq!(lists("PUT", "x-b"), "header-not-allowed");
    }
}

#[test]
fn an_upload_without_allowed_methods_is_granted_its_own_or_none() {
    let nothing = Profile::standard().with_absent_allow_methods(AbsentAllowMethods::Nothing);
    for (profile, is_granted) in [
        (Profile::standard(), true),
        (nothing, false),
        (Profile::chromium(), false),
        (Profile::gecko(), false),
        (Profile::webkit(), false),
    ] {
        let name = profile.name();
        let host = || host(profile.clone());
        let granted = answer(200, &[FOR_PAGE]);
        if is_granted {
            assert!(host().run(forced("PUT"), [granted.clone(), granted.clone()]).outcome.is_ok(), "{name}");
        } else {
            assert_eq!(host().run(forced("PUT"), [granted.clone()]).code(), ("preflight", "method-not-allowed"));
        }
        let post = host().run(forced("POST"), [granted.clone(), granted]);
        assert!(post.outcome.is_ok(), "{name}: a safelisted method needs no grant");
    }
}

#[test]
fn null_origins_are_cached_or_not() {
    let not_kept = Profile::standard().with_cache_null_origins(CacheNullOrigins::NotKept);
    for (profile, is_kept, is_tainted_kept) in [
        (Profile::standard(), true, true),
        (not_kept, false, false),
        (Profile::chromium(), false, false),
        (Profile::webkit(), true, false),
    ] {
        let name = profile.name();
        let host = host(profile.clone());
        let opaque = || method("PUT").origin(Origin::opaque(1));
        store(&host, opaque(), answer(200, &[FOR_NULL, (METHODS, "PUT"), (MAX_AGE, "60")]));
        assert_eq!(is_preflighted(&host, opaque()), !is_kept, "{name}");
        store(&host, method("PUT"), allow("PUT", "", "60"));
        assert!(!is_preflighted(&host, method("PUT")), "{name}");

        let standard = self::host(Profile::standard());
        let hop = to("https://hop.example/").header("x-a", "1");
        let tainted = answer(200, &[FOR_NULL, (HEADERS, "x-a"), (MAX_AGE, "60")]);
        let answers = [allow("", "x-a", "60"), redirect(307, API), tainted, answer(200, &[FOR_NULL])];
        assert!(standard.run(hop, answers).outcome.is_ok());
        let groups = [&standard, &restarted(&standard, profile.clone())].map(|host| host.ua.preflight_cache().len());
        assert_eq!(groups, [2, if is_tainted_kept { 2 } else { 1 }], "{name}");

        // Another redirect-tainted request for what the first one stored.
        let here = self::host(profile);
        let hop = |path: &str| to(&format!("https://hop.example/{path}")).header("x-a", "1");
        let tainted = || answer(200, &[FOR_NULL, (HEADERS, "x-a"), (MAX_AGE, "60")]);
        let first = [allow("", "x-a", "60"), redirect(307, API), tainted(), answer(200, &[FOR_NULL])];
        assert!(here.run(hop("1"), first).outcome.is_ok(), "{name}");
        let mut again = vec![allow("", "x-a", "60"), redirect(307, API), answer(200, &[FOR_NULL])];
        if !is_tainted_kept {
            again.insert(2, tainted());
        }
        assert!(here.run(hop("2"), again).outcome.is_ok(), "{name}");
    }
}

#[test]
fn cache_modes_go_past_the_cache_or_not() {
    let with = |bypass| Profile::standard().with_cache_bypass(bypass);
    let all = [
        CacheMode::Default,
        CacheMode::NoStore,
        CacheMode::Reload,
        CacheMode::NoCache,
        CacheMode::ForceCache,
        CacheMode::OnlyIfCached,
    ];
    for (profile, past, without_a_trace) in [
        (Profile::standard(), &[][..], &[][..]),
        (with(CacheBypass::NoStoreAndReload), &[CacheMode::NoStore, CacheMode::Reload], &[]),
        (
            with(CacheBypass::NoStoreReloadAndNoCache),
            &[CacheMode::NoStore, CacheMode::Reload, CacheMode::NoCache],
            &[CacheMode::NoStore],
        ),
        (Profile::chromium(), &[CacheMode::NoStore, CacheMode::Reload, CacheMode::NoCache], &[CacheMode::NoStore]),
        (Profile::gecko(), &[CacheMode::NoStore, CacheMode::Reload], &[]),
        (Profile::webkit(), &[], &[]),
    ] {
        let name = profile.name();
        for mode in all {
            let host = host(profile.clone());
            store(&host, method("PUT").cache_mode(mode), allow("PUT", "", "60"));
            assert_eq!(is_preflighted(&host, method("PUT")), without_a_trace.contains(&mode), "{name} {mode:?}");
            let host = self::host(profile.clone());
            store(&host, method("PUT"), allow("PUT", "", "60"));
            assert_eq!(is_preflighted(&host, method("PUT").cache_mode(mode)), past.contains(&mode), "{name} {mode:?}");
            assert!(!is_preflighted(&host, method("PUT")), "what is passed by stays");
        }
        let host = host(profile);
        let conditional = || method("PUT").header("If-Match", "a");
        store(&host, conditional(), allow("PUT", "if-match", "60"));
        assert_eq!(is_preflighted(&host, conditional()), !past.is_empty(), "{name}");
        assert!(!is_preflighted(&host, method("PUT")), "{name}: the answer is stored");
        let reload = conditional().cache_mode(CacheMode::ForceCache);
        assert!(!is_preflighted(&host, reload), "{name}: another mode than default stays as it is");
    }
}
