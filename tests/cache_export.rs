//! The CORS-preflight cache over a restart: export, and restore of whatever comes back.

mod common;

use common::cache::{groups, is_missing, limited, populated, preflighted, put};
use common::{API, Host, PAGE};
use fetch_cors::{
    CacheEntryKind, CacheLimits, CacheRestoreError, Config, ExportedEntry, Profile, SchemePolicy, SchemeTraits,
};

#[test]
fn what_is_exported_comes_back() {
    let mut host = populated(Config::new());
    host.millis += 10_500;
    let exported = host.ua.preflight_cache().export(host.now());
    assert_eq!(exported.len(), 5, "no opaque origin");
    assert!(exported.iter().all(|entry| entry.remaining_seconds == 49 && entry.partition == Some(PAGE.into())));
    let mut restored = Host::new(Config::new());
    restored.millis = 5;
    assert!(restored.ua.preflight_cache().restore(exported.clone(), restored.now()).is_empty());
    assert_eq!(restored.ua.preflight_cache().export(restored.now()), exported);
    assert!(!is_missing(&restored, put(API)));
    restored.millis += 49_000;
    assert!(is_missing(&restored, put(API)));
    assert!(restored.ua.preflight_cache().export(restored.now()).is_empty());
    // Twice is as once.
    restored.millis = 5;
    assert!(restored.ua.preflight_cache().restore(exported.clone(), restored.now()).is_empty());
    assert_eq!(restored.ua.preflight_cache().export(restored.now()), exported);
}

#[test]
fn to_the_letter_a_tainted_origin_is_null_and_is_not_exported() {
    let host = populated(Config::new().profile(Profile::letter()));
    let exported = host.ua.preflight_cache().export(host.now());
    assert!(exported.iter().all(|entry| entry.origin != "null" && !entry.tainted));
    assert_eq!(exported.len(), 4);
    let restored = Host::letter();
    assert!(restored.ua.preflight_cache().restore(exported, restored.now()).is_empty());
    assert!(!is_missing(&restored, put(API)));
}

#[test]
fn malformed_entries_are_dropped_and_told() {
    let good = ExportedEntry {
        partition: Some(PAGE.into()),
        origin: PAGE.into(),
        tainted: false,
        url: API.into(),
        kind: CacheEntryKind::Method,
        name: "PUT".into(),
        credentials: true,
        remaining_seconds: 60,
    };
    let with_origin = |origin: &str| ExportedEntry { origin: origin.into(), ..good.clone() };
    let bad_origins =
        ["null", "", "https://page.example/", "https://page.example:443", "HTTPS://page.example", "app://x"];
    let mut entries: Vec<ExportedEntry> = bad_origins.into_iter().map(with_origin).collect();
    entries.push(ExportedEntry { url: "not a URL".into(), ..good.clone() });
    entries.push(ExportedEntry { name: "P UT".into(), ..good.clone() });
    entries.push(ExportedEntry { name: String::new(), ..good.clone() });
    entries.push(ExportedEntry { remaining_seconds: 0, name: "DELETE".into(), ..good.clone() });
    entries.push(good.clone());
    let host = Host::standard();
    let refused = host.ua.preflight_cache().restore(entries, host.now());
    let expected: Vec<CacheRestoreError> = bad_origins
        .into_iter()
        .map(|text| CacheRestoreError::Origin(text.into()))
        .chain([CacheRestoreError::Url("not a URL".into())])
        .chain(["P UT", ""].map(|text| CacheRestoreError::Name(text.into())))
        .collect();
    assert_eq!(refused, expected);
    assert_eq!(host.ua.preflight_cache().export(host.now()), std::slice::from_ref(&good));
    let dead = Host::standard();
    let over = ExportedEntry { remaining_seconds: 0, ..good.clone() };
    assert!(dead.ua.preflight_cache().restore([over], dead.now()).is_empty() && dead.ua.preflight_cache().is_empty());
    let app = SchemePolicy::new().with("app", SchemeTraits::new().standard()).expect("a scheme");
    let host = Host::new(Config::new().scheme_policy(app));
    assert!(host.ua.preflight_cache().restore([with_origin("app://x")], host.now()).is_empty());
}

#[test]
fn a_restore_keeps_the_rules_of_its_own_profile() {
    let entry = |name: &str, tainted, credentials| ExportedEntry {
        partition: Some(PAGE.into()),
        origin: PAGE.into(),
        tainted,
        url: API.into(),
        kind: CacheEntryKind::Method,
        name: name.into(),
        credentials,
        remaining_seconds: 60,
    };
    let wildcards = [entry("*", false, true), entry("*", true, false)];
    let standard = Host::standard();
    assert!(standard.ua.preflight_cache().restore(wildcards.clone(), standard.now()).is_empty());
    assert_eq!(groups(&standard), ["https://page.example > https://api.example/x t"], "no * of a credentialed one");
    let letter = Host::letter();
    assert!(letter.ua.preflight_cache().restore(wildcards, letter.now()).is_empty());
    assert_eq!(groups(&letter), ["https://page.example > https://api.example/x", "null > https://api.example/x o"]);
}

#[test]
fn a_url_with_userinfo_is_not_exported() {
    let host = Host::standard();
    for target in ["https://u:p@api.example/x", "https://u@api.example/x", "https://:p@api.example/x", API] {
        assert!(preflighted(&host, target) && !preflighted(&host, target));
    }
    let exported = host.ua.preflight_cache().export(host.now());
    assert_eq!(exported.iter().map(|entry| &*entry.url).collect::<Vec<_>>(), [API]);
}

#[test]
fn a_restore_keeps_the_limits() {
    let entry = |url: String, name: &str, remaining_seconds| ExportedEntry {
        partition: None,
        origin: PAGE.into(),
        tainted: false,
        url,
        kind: CacheEntryKind::HeaderName,
        name: name.into(),
        credentials: false,
        remaining_seconds,
    };
    let host = limited(CacheLimits::new().groups(2).entries_per_answer(2));
    let urls = ["https://api.example/1", "https://api.example/2", "https://api.example/3"];
    let entries = urls.iter().flat_map(|url| ["a", "b", "c"].map(|name| entry((*url).into(), name, u64::MAX)));
    assert!(host.ua.preflight_cache().restore(entries, host.now()).is_empty());
    let kept = host.ua.preflight_cache().export(host.now());
    assert_eq!(kept.len(), 4, "two groups of two entries");
    assert!(kept.iter().all(|entry| entry.remaining_seconds == 7200 && entry.url != urls[0]));
    let host = Host::letter();
    assert!(host.ua.preflight_cache().restore([entry(API.into(), "a", u64::MAX)], host.now()).is_empty());
    assert_eq!(host.ua.preflight_cache().export(host.now())[0].remaining_seconds, u64::MAX);
    let host = limited(CacheLimits::new().entries_per_answer(0));
    assert!(host.ua.preflight_cache().restore([entry(API.into(), "a", 60)], host.now()).is_empty());
    assert!(host.ua.preflight_cache().is_empty());
}

#[test]
fn an_entry_that_comes_twice_replaces_the_first() {
    let host = Host::standard();
    let entry = |kind, name: &str, credentials, remaining_seconds| ExportedEntry {
        partition: Some(PAGE.into()),
        origin: PAGE.into(),
        tainted: false,
        url: API.into(),
        kind,
        name: name.into(),
        credentials,
        remaining_seconds,
    };
    let (method, header) = (CacheEntryKind::Method, CacheEntryKind::HeaderName);
    let all = |seconds| {
        [
            entry(method, "A", false, seconds),
            entry(method, "A", true, seconds),
            entry(method, "B", false, seconds),
            entry(header, "A", false, seconds),
            entry(header, "A", true, seconds),
        ]
    };
    for seconds in [30, 60, 20] {
        assert!(host.ua.preflight_cache().restore(all(seconds), host.now()).is_empty());
        assert_eq!(host.ua.preflight_cache().export(host.now()), all(seconds), "{seconds}");
    }
    let one = [entry(header, "A", true, 5)];
    assert!(host.ua.preflight_cache().restore(one.clone(), host.now()).is_empty());
    assert_eq!(host.ua.preflight_cache().export(host.now()), [&all(20)[..4], &one].concat());
}
