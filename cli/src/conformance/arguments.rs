//! A fetch of the protocol as the arguments that a person would type after `fetch-cors`.

use fetch_cors_spec_tests::scenario::{ApiModel, BodyModel, ClientModel, ConfigModel, FetchModel};
use url::Url;

/// The longest body that is made up.
const LONGEST_BODY: u64 = 2 << 20;

/// The arguments, or what the command line has no words for.
pub(super) fn arguments(
    config: &ConfigModel,
    client: &ClientModel,
    fetch: &FetchModel,
) -> Result<Vec<String>, &'static str> {
    refuse(config, client, fetch)?;
    let mut all = vec!["fetch".to_owned()];
    let mut set = |name: &str, value: &str| all.push(format!("--{name}={value}"));
    let origin = client.origin.as_deref().ok_or("there is no page without an origin")?;
    set("origin", if origin == "opaque" { "null" } else { origin });
    set("request", fetch.method.as_deref().unwrap_or("GET"));
    for (name, value) in &fetch.headers {
        let line = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        set("header", &line);
    }
    if let Some(BodyModel::Source(length)) = fetch.body {
        let length = usize::try_from(length.min(LONGEST_BODY)).unwrap_or_default();
        set("data", &"x".repeat(length));
        if !fetch.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            set("header", "Content-Type:");
        }
    }
    for (name, value) in [
        ("mode", &fetch.mode),
        ("credentials", &fetch.credentials),
        ("redirect", &fetch.redirect),
        ("destination", &fetch.destination),
    ] {
        if let Some(value) = value {
            set(name, value);
        }
    }
    // The policy of a page is that of its requests that have none.
    if let Some(policy) = fetch.referrer_policy.as_ref().or(client.referrer_policy.as_ref()) {
        set("referrer-policy", policy);
    }
    set("referrer", &referrer(client, fetch, origin)?);
    if let Some(limit) = config.max_age_limit {
        set("max-age-limit", &limit.to_string());
    }
    all.extend(["--".to_owned(), fetch.url.clone()]);
    Ok(all)
}

/// The command's page is the root of its origin, so that any other page has to be said as the referrer.
fn referrer(client: &ClientModel, fetch: &FetchModel, origin: &str) -> Result<String, &'static str> {
    let of_origin = |url: &&String| url.starts_with(&format!("{origin}/"));
    match (&fetch.referrer, &client.url) {
        (Some(referrer), _) if referrer == "no-referrer" => Ok(referrer.clone()),
        (Some(referrer), _) => Some(referrer).filter(of_origin).cloned().ok_or("--referrer is of the page's origin"),
        (None, Some(Some(url))) => Some(url).filter(of_origin).cloned().ok_or("the page's URL is of its origin"),
        (None, Some(None)) => Err("the page has a URL"),
        (None, None) if origin == "opaque" => Ok("client".to_owned()),
        (None, None) => Ok(format!("{origin}/page")),
    }
}

fn refuse(config: &ConfigModel, client: &ClientModel, fetch: &FetchModel) -> Result<(), &'static str> {
    let FetchModel { api, body, cache, initiator, service_workers, .. } = fetch;
    let has_userinfo = Url::parse(&fetch.url).is_ok_and(|url| !url.username().is_empty() || url.password().is_some());
    let is_control = |byte: u8| byte != b'\t' && byte.is_ascii_control();
    let has_control = fetch.headers.iter().any(|(_, value)| value.bytes().any(is_control));
    for (is_asked, why) in [
        (has_control, "the HTTP client sends no control characters in a header"),
        (has_userinfo, "fetch() refuses a URL with a user name or password"),
        (config.profile.as_deref().is_some_and(|profile| profile != "standard"), "no argument chooses a profile"),
        (client.origin.as_deref() == Some("opaque-other"), "--origin null is one opaque origin"),
        (client.partition.is_some(), "no argument sets the network partition key"),
        (client.embedder_policy.is_some(), "no argument sets an embedder policy"),
        (client.embedder_policy_report_only.is_some(), "no argument sets an embedder policy"),
        (client.cross_site_ancestor, "no argument gives the page a cross-site ancestor"),
        (client.emulated_language.is_some(), "no argument emulates a language"),
        (client.emulated_user_agent.is_some(), "no argument emulates a user agent"),
        (client.worker, "no argument makes the client a worker"),
        (!matches!(api, ApiModel::Fetch), "the command makes requests of fetch() only"),
        (matches!(body, Some(BodyModel::Stream)), "--data is no stream"),
        (cache.as_deref().is_some_and(|mode| mode != "default"), "no argument sets the cache mode"),
        (initiator.is_some(), "no argument sets the initiator"),
        (service_workers.is_some(), "no argument sets the service-workers mode"),
        (fetch.top_level_navigation_initiator_origin.is_some(), "no argument sets a navigation's initiator"),
        (fetch.keepalive, "no argument sets keepalive"),
        (fetch.use_cors_preflight, "no argument sets the use-CORS-preflight flag"),
        (fetch.user_activation || fetch.user_initiated, "no argument tells of the user"),
        (fetch.no_client || fetch.origin.is_some(), "a page makes the request, with its own origin"),
        (fetch.unsafe_request == Some(false), "the command makes requests of fetch() only"),
        (fetch.traversable.is_some(), "no argument sets the traversable for user prompts"),
        (fetch.policy_container_referrer_policy.is_some(), "the policy container is the page's"),
        (fetch.use_url_credentials == Some(true), "no argument sets the use-URL-credentials flag"),
        (fetch.local_urls_only, "no argument sets the local-URLs-only flag"),
        (fetch.prevent_no_cache_cache_control, "no argument keeps Cache-Control away"),
    ] {
        if is_asked {
            return Err(why);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;

    fn of(client: Value, fetch: Value) -> Result<String, &'static str> {
        fn model<T: DeserializeOwned>(value: Value) -> T {
            serde_json::from_value(value).unwrap_or_else(|error| panic!("{error}"))
        }
        arguments(&model(json!({})), &model(client), &model(fetch)).map(|words| words.join(" "))
    }

    #[test]
    fn a_fetch_in_words() {
        let client = json!({"origin": "http://127.0.0.1:1", "referrer_policy": "origin"});
        let fetch = json!({"url": "http://127.0.0.2:2/r", "method": "PUT", "headers": [["x", ""], ["y", "-z"]],
            "body": {"source": 2}, "credentials": "include"});
        let words = "fetch --origin=http://127.0.0.1:1 --request=PUT --header=x; --header=y: -z --data=xx \
                     --header=Content-Type: --credentials=include --referrer-policy=origin \
                     --referrer=http://127.0.0.1:1/page -- http://127.0.0.2:2/r";
        assert_eq!(of(client, fetch).as_deref(), Ok(words));
        let opaque = of(json!({"origin": "opaque"}), json!({"url": "http://127.0.0.2:2/r"}));
        assert_eq!(
            opaque.as_deref(),
            Ok("fetch --origin=null --request=GET --referrer=client -- http://127.0.0.2:2/r")
        );
    }

    #[test]
    fn what_has_no_words_is_refused() {
        let page = || json!({"origin": "http://127.0.0.1:1"});
        let url = "http://127.0.0.2:2/r";
        assert!(of(page(), json!({"url": url, "referrer": "http://127.0.0.1:1/x"})).is_ok());
        for fetch in [
            json!({"url": "http://user@127.0.0.2:2/r"}),
            json!({"url": url, "referrer": "http://127.0.0.1:12/x"}),
            json!({"url": url, "body": "stream"}),
            json!({"url": url, "api": "raw"}),
            json!({"url": url, "keepalive": true}),
        ] {
            assert!(of(page(), fetch.clone()).is_err(), "{fetch}");
        }
        assert!(
            of(json!({"origin": "http://127.0.0.1:1", "url": "http://127.0.0.3:1/"}), json!({"url": url})).is_err()
        );
        assert!(of(json!({"origin": "http://127.0.0.1:1", "worker": true}), json!({"url": url})).is_err());
        assert!(of(json!({}), json!({"url": url})).is_err());
    }
}
