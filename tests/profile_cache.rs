//! The switches of the CORS-preflight cache and of max-age: what the standard does, and what engines do.

mod common;

use common::{API, Answer, Host, Kind, Sent, allow, allow_credentials, to};
use fetch_cors::{AuthorizationUnderWildcard, Config, CredentialsMode, Profile, RequestBuilder, StoredWildcard};

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
