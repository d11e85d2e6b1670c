//! What a request, a client, a profile and a moment say of themselves.

mod common;

use std::time::Duration;

use common::{API, FOR_NULL, Host, MAX_AGE, METHODS, answer, origin, page, to};
use fetch_cors::profile::{CacheOriginKey, SameSiteModeRule};
use fetch_cors::{Body, Client, Config, HeaderList, Origin, Profile, SameSiteMode, Timestamp};

#[test]
fn a_request_says_what_it_was_built_from() {
    let request = to(API).method("PUT").header("x-a", "1").header("X-A", "2").body(Body::of(b"abc")).build();
    let request = request.expect("valid");
    assert_eq!(request.header_list().get("x-a").as_deref(), Some(&b"1, 2"[..]));
    assert_eq!(request.body(), Body::Source { length: 3 });
    assert_eq!(to(API).build().expect("valid").body(), Body::Null);
}

#[test]
fn a_client_is_a_secure_context_if_its_host_says_so() {
    let client = || Client::new(origin("https://a.example"));
    assert!(client().secure_context(true).is_secure_context());
    assert!(!client().secure_context(false).is_secure_context());
}

#[test]
fn a_moment_is_the_time_since_zero() {
    let time = Duration::new(7, 5_000_001);
    assert_eq!(Timestamp::from_duration(time).as_duration(), time);
    assert_eq!(Timestamp::from_duration(Duration::from_secs(3)), Timestamp::from_secs(3));
    assert_eq!(Timestamp::from_millis(3_000).as_duration(), Duration::from_secs(3));
    assert_eq!(Timestamp::ZERO.as_duration(), Duration::ZERO);
}

#[test]
fn a_profile_with_one_choice_changed_makes_that_choice() {
    let with = |profile: Profile| Host::new(Config::new().profile(profile));
    // Another opaque origin shares the first one's entry only if serializations are the key.
    let shares = |profile: Profile| {
        let host = with(profile);
        let put = |identity| to(API).method("PUT").client(page()).origin(Origin::opaque(identity));
        let granted = answer(204, &[FOR_NULL, (METHODS, "PUT"), (MAX_AGE, "60")]);
        assert!(host.run(put(1), [granted, answer(200, &[FOR_NULL])]).outcome.is_ok());
        !common::cache::is_missing(&host, put(2))
    };
    assert!(!shares(Profile::standard()) && shares(Profile::letter()));
    assert!(shares(Profile::standard().with_cache_origin_key(CacheOriginKey::Serialization)));
    assert!(!shares(Profile::letter().with_cache_origin_key(CacheOriginKey::Identity)));
    let mode = |profile: Profile| with(profile).run(to(API), [common::ok()]).last().same_site;
    let (strict, cross) = (Some(SameSiteMode::StrictOrLess), Some(SameSiteMode::UnsetOrLess));
    assert_eq!((mode(Profile::standard()), mode(Profile::letter())), (cross, strict));
    assert_eq!(mode(Profile::standard().with_same_site_mode(SameSiteModeRule::Text)), strict);
    assert_eq!(mode(Profile::letter().with_same_site_mode(SameSiteModeRule::SiteForCookies)), cross);
    let named = Profile::standard().with_same_site_mode(SameSiteModeRule::Text);
    assert_eq!(named.name(), Profile::standard().name());
}

#[test]
fn a_header_list_is_empty_until_a_line_is_in_it() {
    let mut list = HeaderList::with_capacity(100);
    assert_eq!((list.is_empty(), list.len()), (true, 0));
    list.append("x-a", "").expect("valid");
    assert_eq!((list.is_empty(), list.len()), (false, 1));
    list.delete("X-A");
    assert!(list.is_empty());
}

#[test]
fn switches_are_chosen_by_name() {
    for name in Profile::NAMES {
        let profile = Profile::from_name(name).expect("a profile");
        assert_eq!(profile.name(), name);
        assert_eq!(profile.checked_against().is_some(), !["letter", "standard"].contains(&name));
        for switch in Profile::switches() {
            let value = profile.value_of(switch.name).expect("it has a value");
            assert!(switch.words.is_empty() || switch.words.contains(&&*value), "{}: {value}", switch.name);
            assert_eq!(profile.clone().with_switch(switch.name, &value), Ok(profile.clone()), "{}", switch.name);
            let others: &[&str] = if switch.words.is_empty() { &["7", "none"] } else { switch.words };
            for word in others {
                let changed = profile.clone().with_switch(switch.name, word).expect("a value");
                assert_eq!(changed.value_of(switch.name).as_deref(), Some(*word));
                assert_eq!(changed == profile, *word == value, "{} {word}", switch.name);
            }
        }
    }
    assert_eq!(Profile::from_name("presto"), None);
    assert_eq!(Profile::standard().value_of("presto"), None);
    let refused = |name, word| Profile::standard().with_switch(name, word).expect_err("refused").to_string();
    let unknown = refused("presto", "on");
    assert!(unknown.starts_with("no switch \"presto\"; there are wildcard_of_credentialed_preflight, "), "{unknown}");
    assert_eq!(
        refused("cache_origin_key", "url"),
        "the switch cache_origin_key has no value \"url\"; it has serialization, identity"
    );
    for number in ["+5", "", "-1", "4294967296", "all"] {
        let numbers = "it has numbers below 4294967296, and none";
        assert_eq!(
            refused("max_age_limit", number),
            format!("the switch max_age_limit has no value {number:?}; {numbers}")
        );
    }
}
