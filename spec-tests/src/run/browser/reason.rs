//! Why the browser says that a fetch failed, in its words and in ours.
//!
//! Chromium tells it in [`Network.loadingFailed`](https://chromedevtools.github.io/devtools-protocol/tot/Network/).

use serde_json::Value;

use super::Engine;
use crate::run::verdict::Difference;
use crate::scenario::ErrorModel;

/// The CORS errors of `Network.CorsError`, without `Preflight` in front where one is like another, and our reasons.
const CORS_ERRORS: [(&str, &[&str]); 15] = [
    ("DisallowedByMode", &["same-origin-mode-blocked"]),
    ("InvalidResponse", &["network-failure", "response-malformed"]),
    ("WildcardOriginNotAllowed", &["allow-origin-wildcard-with-credentials"]),
    ("MissingAllowOriginHeader", &["allow-origin-missing"]),
    // Also of one value with a blank in it.
    ("MultipleAllowOriginValues", &["allow-origin-multiple", "allow-origin-mismatch"]),
    ("InvalidAllowOriginValue", &["allow-origin-mismatch"]),
    ("AllowOriginMismatch", &["allow-origin-mismatch"]),
    ("InvalidAllowCredentials", &["allow-credentials-not-true"]),
    ("CorsDisabledScheme", &["scheme-not-http", "redirect-scheme-not-http"]),
    ("InvalidStatus", &["preflight-status-not-ok"]),
    ("DisallowedRedirect", &["preflight-redirected"]),
    ("InvalidAllowMethodsPreflightResponse", &["allow-methods-unparsable"]),
    ("InvalidAllowHeadersPreflightResponse", &["allow-headers-unparsable"]),
    ("MethodDisallowedByPreflightResponse", &["method-not-allowed"]),
    ("HeaderDisallowedByPreflightResponse", &["header-not-allowed", "authorization-not-named"]),
];

/// The categories of Firefox's console messages without the digit of their wording, and our reasons.
const CONSOLE_CATEGORIES: [(&str, &[&str]); 12] = [
    // Also of a redirect, if the request that it is for is an OPTIONS itself.
    ("CORSPreflightDidNotSucceed", &["preflight-status-not-ok", "preflight-network-failure", "preflight-redirected"]),
    ("CORSExternalRedirectNotAllowed", &["preflight-redirected"]),
    ("CORSRequestNotHttp", &["scheme-not-http", "redirect-scheme-not-http"]),
    ("CORSMissingAllowOrigin", &["allow-origin-missing"]),
    ("CORSMultipleAllowOriginNotAllowed", &["allow-origin-multiple"]),
    // Also of several lines, and of an empty one.
    ("CORSAllowOriginNotMatchingOrigin", &["allow-origin-mismatch", "allow-origin-multiple", "allow-origin-missing"]),
    ("CORSNotSupportingCredentials", &["allow-origin-wildcard-with-credentials"]),
    ("CORSMethodNotFound", &["method-not-allowed"]),
    ("CORSMissingAllowCredentials", &["allow-credentials-not-true"]),
    ("CORSInvalidAllowMethod", &["allow-methods-unparsable"]),
    ("CORSInvalidAllowHeader", &["allow-headers-unparsable"]),
    ("CORSMissingAllowHeaderFromPreflight", &["header-not-allowed", "authorization-not-named"]),
];

/// Other errors that have one meaning.
const NETWORK_ERRORS: [(&str, &[&str]); 4] = [
    ("net::ERR_UNSAFE_PORT", &["bad-port"]),
    ("net::ERR_TOO_MANY_REDIRECTS", &["redirect-limit"]),
    ("net::ERR_UNSAFE_REDIRECT", &["redirect-scheme-not-http"]),
    ("net::ERR_BLOCKED_BY_RESPONSE", &["resource-policy-blocked"]),
];

/// What a browser says of a failed fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// In its own words.
    pub(super) words: String,
    /// Our reasons that these words may stand for; none if they say nothing of it.
    pub(super) reasons: &'static [&'static str],
}

impl Told {
    /// What an error is expected to be, if these words mean something else.
    pub(super) fn compare(&self, model: &ErrorModel) -> Option<Difference> {
        let wanted = model.reason.as_ref()?;
        let is_other = !self.reasons.is_empty() && !self.reasons.iter().any(|reason| wanted.contains(reason));
        is_other.then(|| {
            Difference::new("reason", format!("{wanted:?}"), format!("{} ({})", self.words, self.reasons.join(", ")))
        })
    }
}

/// Finds what a log says of the failed request for this URL.
pub(super) fn of_log(engine: Engine, log: &[Value], url: &str) -> Option<Told> {
    match engine {
        Engine::Chromium => of_performance_log(log, url),
        Engine::Firefox => of_console(log),
        Engine::Webkit => None,
    }
}

/// The first message is the reason; what follows says only that the request failed, and a warning says nothing of it.
fn of_console(log: &[Value]) -> Option<Told> {
    let mut categories = log.iter().filter_map(|message| message["category"].as_str());
    let category = categories.find(|category| *category != "CORSAllowHeaderFromPreflightDeprecation")?;
    let without_digit = category.trim_end_matches(|last: char| last.is_ascii_digit());
    let known = CONSOLE_CATEGORIES.iter().find(|(known, _)| *known == without_digit);
    Some(Told { words: category.to_owned(), reasons: known.map_or(&[], |(_, reasons)| *reasons) })
}

/// The last failure of a request for this URL.
fn of_performance_log(log: &[Value], url: &str) -> Option<Told> {
    let texts = log.iter().filter_map(|entry| entry["message"].as_str());
    let events: Vec<Value> = texts.filter_map(|text| serde_json::from_str(text).ok()).collect();
    let named = |method: &'static str| {
        events.iter().map(|event| &event["message"]).filter(move |event| event["method"] == method)
    };
    let without_fragment = url.split('#').next().unwrap_or_default();
    let is_ours = |id: &Value| {
        named("Network.requestWillBeSent")
            .any(|event| event["params"]["requestId"] == *id && event["params"]["request"]["url"] == without_fragment)
    };
    named("Network.loadingFailed").map(|event| &event["params"]).rfind(|failed| is_ours(&failed["requestId"])).map(told)
}

fn told(failed: &Value) -> Told {
    let find = |table: &[(&str, &'static [&'static str])], word: &str| {
        table.iter().find(|(known, _)| *known == word).map_or(&[][..], |(_, reasons)| *reasons)
    };
    let text = |member: &str| failed[member].as_str().unwrap_or_default();
    if let Some(error) = failed["corsErrorStatus"]["corsError"].as_str() {
        let parameter = failed["corsErrorStatus"]["failedParameter"].as_str().unwrap_or_default();
        let name = error.strip_prefix("Preflight").unwrap_or(error);
        let reasons = match error {
            "RedirectContainsCredentials" => &["redirect-has-credentials"],
            _ => find(&CORS_ERRORS, name),
        };
        return Told { words: format!("{error} {parameter:?}"), reasons };
    }
    let words = [text("errorText"), text("blockedReason")];
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
    // The second word says which policy blocked it, which need not be that of the resource.
    let is_policy = text("blockedReason").starts_with("corp-") || text("errorText") != "net::ERR_BLOCKED_BY_RESPONSE";
    Told { words, reasons: if is_policy { find(&NETWORK_ERRORS, text("errorText")) } else { &[] } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn log(failed: &Value) -> Vec<Value> {
        let event = |method: &str, parameters: &Value| json!({"message": json!({"message": {"method": method, "params": parameters}}).to_string()});
        vec![
            event("Network.requestWillBeSent", &json!({"requestId": "1", "request": {"url": "http://a.test/x"}})),
            event("Network.requestWillBeSent", &json!({"requestId": "2", "request": {"url": "http://a.test/y"}})),
            event("Network.loadingFailed", &json!({"requestId": "2", "errorText": "net::ERR_FAILED"})),
            event("Network.loadingFailed", failed),
        ]
    }

    #[test]
    fn a_cors_error_has_its_meaning() {
        let failed = |error: &str| {
            let status = json!({"corsError": error, "failedParameter": "PUT"});
            json!({"requestId": "1", "errorText": "net::ERR_FAILED", "corsErrorStatus": status})
        };
        let reasons = |error: &str| {
            of_performance_log(&log(&failed(error)), "http://a.test/x#f").map(|told| told.reasons.to_vec())
        };
        assert_eq!(reasons("MethodDisallowedByPreflightResponse"), Some(vec!["method-not-allowed"]));
        assert_eq!(reasons("PreflightAllowOriginMismatch"), Some(vec!["allow-origin-mismatch"]));
        assert_eq!(reasons("PreflightInvalidStatus"), Some(vec!["preflight-status-not-ok"]));
        assert_eq!(reasons("RedirectContainsCredentials"), Some(vec!["redirect-has-credentials"]));
        assert_eq!(reasons("Another"), Some(vec![]));
    }

    #[test]
    fn a_console_message_has_its_meaning() {
        let reasons = |categories: &[&str]| {
            let log: Vec<Value> = categories.iter().map(|category| json!({"category": category})).collect();
            of_console(&log).map(|told| told.reasons.to_vec())
        };
        assert_eq!(reasons(&["CORSMissingAllowOrigin2", "CORSDidNotSucceed2"]), Some(vec!["allow-origin-missing"]));
        let warned = ["CORSAllowHeaderFromPreflightDeprecation", "CORSMissingAllowHeaderFromPreflight2"];
        assert_eq!(reasons(&warned), Some(vec!["header-not-allowed", "authorization-not-named"]));
        assert_eq!(reasons(&["CORSDidNotSucceed2"]), Some(vec![]));
        assert_eq!(reasons(&[]), None);
    }

    #[test]
    fn only_words_with_another_meaning_are_a_difference() {
        let model = |reason: &str| serde_json::from_value::<ErrorModel>(json!({"reason": reason})).unwrap_or_default();
        let told = |reasons| Told { words: "words".to_owned(), reasons };
        assert_eq!(told(&["bad-port"]).compare(&model("bad-port")), None);
        assert_eq!(told(&[]).compare(&model("bad-port")), None);
        assert!(told(&["bad-port"]).compare(&model("redirect-limit")).is_some());
    }

    #[test]
    fn other_errors_mean_something_only_where_it_is_plain() {
        let told = |failed: Value| of_performance_log(&log(&failed), "http://a.test/x");
        let port = told(json!({"requestId": "1", "errorText": "net::ERR_UNSAFE_PORT"}));
        assert_eq!(port.map(|told| told.reasons.to_vec()), Some(vec!["bad-port"]));
        let blocked = |reason: &str| {
            told(json!({"requestId": "1", "errorText": "net::ERR_BLOCKED_BY_RESPONSE", "blockedReason": reason}))
        };
        assert_eq!(blocked("corp-not-same-origin").map(|told| told.reasons.len()), Some(1));
        let other = blocked("coep-frame-resource-needs-coep-header");
        assert_eq!(other.map(|told| told.reasons.len()), Some(0));
        assert_eq!(told(json!({"requestId": "3", "errorText": "net::ERR_FAILED"})), None);
    }
}
