//! What HTML and CSS make a request by, where the request of a fixture is one of theirs.
//!
//! A [potential-CORS request](https://html.spec.whatwg.org/multipage/urls-and-fetching.html#create-a-potential-cors-request)
//! is an element's; of requests by the standard's fields, those are that HTML or CSS make just so.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::run::verdict::Difference;
use crate::run::wire::mentions_cookies;
use crate::run::wire::outcome::Compare;
use crate::scenario::{ApiModel, ExchangeModel, FetchModel, OutcomeModel, RequestModel, StepModel};

/// An element, or another thing of a page that fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Script,
    ModuleScript,
    Stylesheet,
    /// As what `fetch()` takes: no other link has a request without destination.
    Preload,
    Prefetch,
    Image,
    Audio,
    Video,
    Track,
    Font,
    Worker,
    ModuleWorker,
    AudioWorklet,
    JsonModule,
}

impl Element {
    /// What makes the request of a step, if it is not `fetch()`, and a page has something that makes it.
    pub(super) fn of(step: &StepModel) -> Option<Self> {
        let fetch = step.fetch.as_ref()?;
        let element = match &fetch.api {
            ApiModel::Fetch => return None,
            ApiModel::PotentialCors { destination, same_origin_fallback, .. } => {
                let has_fields =
                    [&fetch.destination, &fetch.mode, &fetch.credentials].iter().any(|word| word.is_some());
                let element = Self::of_potential_cors(fetch.initiator.as_deref(), destination, *same_origin_fallback);
                element.filter(|_| !has_fields)
            }
            ApiModel::Raw => Self::of_fields(fetch, step.exchanges.as_deref().unwrap_or_default()),
        }?;
        let has_policy = fetch.referrer_policy.is_some();
        (is_plain(fetch) && (!has_policy || element.has_referrer_policy())).then_some(element)
    }

    fn of_potential_cors(initiator: Option<&str>, destination: &str, same_origin_fallback: bool) -> Option<Self> {
        Some(match (initiator, destination, same_origin_fallback) {
            (Some("prefetch"), _, false) => Self::Prefetch,
            (None | Some("imageset"), "image", false) => Self::Image,
            (None, "", false) => Self::Preload,
            (None, "script", false) => Self::Script,
            (None, "style", false) => Self::Stylesheet,
            (None, "audio", false) => Self::Audio,
            (None, "video", false) => Self::Video,
            (None, "track", true) => Self::Track,
            _ => return None,
        })
    }

    fn of_fields(fetch: &FetchModel, exchanges: &[ExchangeModel]) -> Option<Self> {
        let destination = fetch.destination.as_deref().unwrap_or_default();
        let mode = fetch.mode.as_deref().unwrap_or("no-cors");
        let credentials = fetch.credentials.as_deref().unwrap_or("same-origin");
        // Without an attribute, elements include credentials.
        let is_included = credentials == "include" || credentials == "same-origin" && !state_credentials(exchanges);
        Some(match (fetch.initiator.as_deref(), destination, mode, credentials) {
            (None, "font", "cors", "same-origin") => Self::Font,
            (None, "script", "cors", "same-origin" | "include") => Self::ModuleScript,
            (None, "json", "cors", "same-origin") => Self::JsonModule,
            (None, "audioworklet", "cors", _) => Self::AudioWorklet,
            (None, "worker", "same-origin", "same-origin") => Self::Worker,
            (None, "worker", "same-origin", _) => Self::ModuleWorker,
            (Some("prefetch"), _, "no-cors", _) if is_included => Self::Prefetch,
            (None, "image" | "script" | "style" | "audio" | "video", "no-cors", _) if is_included => {
                Self::of_potential_cors(None, destination, false)?
            }
            _ => return None,
        })
    }

    /// Its name in the page.
    const fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::ModuleScript => "module script",
            Self::Stylesheet => "stylesheet",
            Self::Preload => "preload",
            Self::Prefetch => "prefetch",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Track => "track",
            Self::Font => "font",
            Self::Worker => "worker script",
            Self::ModuleWorker => "module worker script",
            Self::AudioWorklet => "audio worklet",
            Self::JsonModule => "JSON module",
        }
    }

    const fn has_referrer_policy(self) -> bool {
        matches!(
            self,
            Self::Script | Self::ModuleScript | Self::Stylesheet | Self::Preload | Self::Prefetch | Self::Image
        )
    }

    /// Whether HTML has it take only what is of a type of its own.
    const fn judges_types(self) -> bool {
        matches!(
            self,
            Self::Stylesheet
                | Self::ModuleScript
                | Self::Worker
                | Self::ModuleWorker
                | Self::AudioWorklet
                | Self::JsonModule
        )
    }

    /// What it needs to load.
    pub(super) const fn resource(self) -> Resource {
        match self {
            Self::Script | Self::ModuleScript => Resource::Script,
            Self::Stylesheet => Resource::Stylesheet,
            Self::Preload | Self::Prefetch => Resource::Text,
            Self::Image => Resource::Image,
            Self::Audio | Self::Video => Resource::Sound,
            Self::Track => Resource::Captions,
            Self::Font => Resource::Font,
            Self::Worker | Self::ModuleWorker => Resource::Worker,
            Self::AudioWorklet => Resource::Worklet,
            Self::JsonModule => Resource::Json,
        }
    }

    /// What it cannot tell of a step.
    pub(super) fn cannot_tell(self, step: &StepModel) -> Option<&'static str> {
        let last = step.exchanges.iter().flatten().filter_map(|exchange| exchange.answer.as_ref()).next_back()?;
        let is_response = matches!(step.outcome, Some(OutcomeModel::Response(_)));
        let is_ok = last.status.is_none_or(|status| (200..300).contains(&status));
        if is_response && !is_ok && self != Self::Image {
            return Some("needs element: to it, an error status is like a network error");
        }
        let is_of_another_type = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("content-type") && !self.resource().is_of_type(value)
        };
        if self.judges_types() && last.headers.iter().any(is_of_another_type) {
            return Some("needs element: HTML has it refuse this type itself");
        }
        let is_data = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("location") && value.trim_start().starts_with("data:")
        };
        (last.headers.iter().any(is_data) && self != Self::Script)
            .then_some("needs element: what that data: URL holds is nothing to it anyway")
    }

    /// The argument of the page's script.
    pub(super) fn argument(self, fetch: &FetchModel, timing: bool) -> Value {
        let (crossorigin, as_what) = match &fetch.api {
            ApiModel::PotentialCors { destination, crossorigin, .. } => (crossorigin.as_deref(), destination.as_str()),
            _ => {
                let is_included = self == Self::ModuleScript && fetch.credentials.as_deref() == Some("include");
                (is_included.then_some("use-credentials"), fetch.destination.as_deref().unwrap_or_default())
            }
        };
        let as_what = match self {
            Self::Preload => Some("fetch"),
            Self::Prefetch => Some(as_what).filter(|destination| !destination.is_empty()),
            _ => None,
        };
        json!({
            "element": self.name(),
            "url": fetch.url,
            "crossorigin": crossorigin,
            "referrerpolicy": fetch.referrer_policy,
            "as": as_what,
            "srcset": fetch.initiator.as_deref() == Some("imageset"),
            "credentials": fetch.credentials.as_deref().unwrap_or("same-origin"),
            "timing": timing,
        })
    }

    /// What came out otherwise than expected, as far as it can tell.
    pub(super) fn compare(model: &OutcomeModel, told: &Value, differences: Vec<Difference>) -> Vec<Difference> {
        let reports = ["timing_allow".to_owned()];
        let mut compare = Compare { reports: &reports, differences };
        compare.outcome(model, told);
        let mut differences = compare.differences;
        if let OutcomeModel::Response(response) = model
            && let Some(wanted) = &response.response_type
            && let Some(is_readable) = told.pointer("/response/readable").and_then(Value::as_bool)
            && is_readable == wanted.starts_with("opaque")
        {
            let seen = if is_readable { "one that the page may read" } else { "one that the page may not read" };
            differences.push(Difference::new("type", format!("{wanted:?}"), seen));
        }
        differences
    }
}

/// Whether nothing is stated that only other APIs have.
fn is_plain(fetch: &FetchModel) -> bool {
    let words = [
        &fetch.redirect,
        &fetch.cache,
        &fetch.referrer,
        &fetch.service_workers,
        &fetch.top_level_navigation_initiator_origin,
        &fetch.origin,
        &fetch.traversable,
        &fetch.policy_container_referrer_policy,
    ];
    let flags = [
        fetch.keepalive,
        fetch.use_cors_preflight,
        fetch.user_activation,
        fetch.user_initiated,
        fetch.local_urls_only,
        fetch.no_client,
        fetch.prevent_no_cache_cache_control,
        fetch.unsafe_request.is_some(),
        fetch.use_url_credentials.is_some(),
    ];
    fetch.method.as_deref().is_none_or(|method| method == "GET")
        && fetch.headers.is_empty()
        && fetch.body.is_none()
        && words.iter().all(|word| word.is_none())
        && !flags.contains(&true)
}

/// Whether it shows if credentials are included.
fn state_credentials(exchanges: &[ExchangeModel]) -> bool {
    let is_stated = |request: &RequestModel| request.credentials.is_some();
    exchanges.iter().any(|exchange| mentions_cookies(exchange) || exchange.request.as_ref().is_some_and(is_stated))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(fetch: &Value, status: u16) -> StepModel {
        let row = json!({
            "fetch": fetch,
            "exchanges": [{"request": {}, "answer": {"status": status}}],
            "outcome": {"response": {"type": "opaque"}},
        });
        serde_json::from_value(row).unwrap_or_else(|error| panic!("{error}"))
    }

    fn element(fetch: &Value) -> Option<Element> {
        Element::of(&step(fetch, 200))
    }

    fn potential_cors(destination: &str, crossorigin: Option<&str>) -> Value {
        json!({"url": "http://a.test/", "api": {"potential_cors": {"destination": destination, "crossorigin": crossorigin}}})
    }

    #[test]
    fn a_destination_has_its_element() {
        assert_eq!(element(&potential_cors("style", Some(""))), Some(Element::Stylesheet));
        assert_eq!(element(&potential_cors("", None)), Some(Element::Preload));
        // HTML makes it a navigation.
        assert_eq!(element(&potential_cors("embed", None)), None);
        // HTML sets the flag for every track.
        assert_eq!(element(&potential_cors("track", None)), None);
        assert_eq!(element(&potential_cors("manifest", None)), None);
        let mut prefetch = potential_cors("track", None);
        prefetch["initiator"] = "prefetch".into();
        assert_eq!(element(&prefetch), Some(Element::Prefetch));
        prefetch["method"] = "POST".into();
        assert_eq!(element(&prefetch), None);
    }

    #[test]
    fn fields_have_what_makes_them_so() {
        let of = |destination: &str, mode: &str, credentials: &str| {
            let api = json!({"url": "http://a.test/", "api": "raw", "destination": destination, "mode": mode, "credentials": credentials});
            element(&api)
        };
        assert_eq!(of("font", "cors", "same-origin"), Some(Element::Font));
        assert_eq!(of("font", "cors", "include"), None);
        assert_eq!(of("script", "cors", "include"), Some(Element::ModuleScript));
        assert_eq!(of("script", "cors", "omit"), None);
        assert_eq!(of("image", "no-cors", "same-origin"), Some(Element::Image));
        assert_eq!(of("image", "no-cors", "omit"), None);
        assert_eq!(of("worker", "same-origin", "omit"), Some(Element::ModuleWorker));
        assert_eq!(of("worker", "no-cors", "same-origin"), None);
        let mut stated = step(&json!({"url": "http://a.test/", "api": "raw", "destination": "image"}), 200);
        assert_eq!(Element::of(&stated), Some(Element::Image));
        if let Some(request) = stated.exchanges.as_mut().and_then(|exchanges| exchanges[0].request.as_mut()) {
            request.credentials = Some(false);
        }
        assert_eq!(Element::of(&stated), None);
    }

    #[test]
    fn a_policy_needs_its_attribute() {
        let with_policy = |destination: &str| {
            let mut fetch = potential_cors(destination, None);
            fetch["referrer_policy"] = "origin".into();
            element(&fetch)
        };
        assert_eq!(with_policy("image"), Some(Element::Image));
        assert_eq!(with_policy("video"), None);
    }

    #[test]
    fn what_no_event_tells_is_not_asked() {
        let cannot = |element: Element, status| element.cannot_tell(&step(&potential_cors("image", None), status));
        assert_eq!(cannot(Element::Image, 404), None);
        assert_eq!(cannot(Element::Script, 200), None);
        assert!(cannot(Element::Script, 404).is_some());
        let mut typed = step(&potential_cors("image", None), 200);
        if let Some(answer) = typed.exchanges.as_mut().and_then(|exchanges| exchanges[0].answer.as_mut()) {
            answer.headers.push(("content-type".to_owned(), "Text/CSS;charset=utf-8".to_owned()));
        }
        assert_eq!(Element::Stylesheet.cannot_tell(&typed), None);
        assert_eq!(Element::Script.cannot_tell(&typed), None);
        assert!(Element::ModuleScript.cannot_tell(&typed).is_some());
        let mut redirect = step(&potential_cors("image", None), 302);
        if let Some(answer) = redirect.exchanges.as_mut().and_then(|exchanges| exchanges[0].answer.as_mut()) {
            answer.headers.push(("Location".to_owned(), "data:,x".to_owned()));
        }
        // A script that does not parse is loaded too.
        redirect.outcome = serde_json::from_value(json!({"error": {}})).ok();
        assert_eq!(Element::Script.cannot_tell(&redirect), None);
        assert!(Element::Image.cannot_tell(&redirect).is_some());
    }

    #[test]
    fn what_a_page_may_read_is_compared_with_the_type() {
        let model = |kind: &str| {
            serde_json::from_value::<OutcomeModel>(json!({"response": {"type": kind, "status": 200}}))
                .unwrap_or_else(|error| panic!("{error}"))
        };
        let count = |kind, told: Value| Element::compare(&model(kind), &told, Vec::new()).len();
        assert_eq!(count("opaque", json!({"response": {"readable": false}})), 0);
        assert_eq!(count("opaque", json!({"response": {"readable": true}})), 1);
        assert_eq!(count("cors", json!({"response": {"readable": false}})), 1);
        assert_eq!(count("basic", json!({"response": {"readable": null}})), 0);
        assert_eq!(count("basic", json!({"error": {}})), 1);
    }
}
