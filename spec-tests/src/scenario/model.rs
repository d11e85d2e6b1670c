//! A scenario as it is written: user agent, client, steps, requests.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::cache_model::{CacheEntryModel, ClearModel};
use super::exchange::{ExchangeModel, OutcomeModel};
use super::variant::{self, EngineProfile, VariantModel};
use crate::Failure;
use crate::fixture::{Row, Status, present};

/// One scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    id: String,
    wpt: Vec<String>,
    status: Status,
    #[serde(default, deserialize_with = "present")]
    wpt_expect: Option<Value>,
    #[serde(default)]
    anchors: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    shows: Vec<String>,
    /// What is not as by default in the user agent.
    #[serde(default)]
    pub config: ConfigModel,
    /// Who fetches, unless a step has its own.
    #[serde(default)]
    pub client: ClientModel,
    /// The jar at the start: `name=value` by origin.
    #[serde(default)]
    pub cookies: BTreeMap<String, String>,
    /// What happens.
    pub steps: Vec<StepModel>,
    /// How it comes out in engines that depart from the standard.
    #[serde(default)]
    pub profiles: Vec<VariantModel>,
}

impl Scenario {
    /// How it comes out in an engine, if not by the standard.
    pub fn variant(&self, engine: EngineProfile) -> Option<&VariantModel> {
        self.profiles.iter().find(|variant| variant.of.contains(&engine))
    }

    /// The steps as they come out in an engine.
    pub fn steps_in(&self, engine: EngineProfile) -> &[StepModel] {
        self.variant(engine).map_or(&self.steps, |variant| &variant.steps)
    }
}

impl Row for Scenario {
    const FORMAT: &'static str = "fetch-cors-scenarios/1";
    const FOLDER: &'static str = "scenarios";

    fn id(&self) -> &str {
        &self.id
    }
    fn status(&self) -> Status {
        self.status
    }
    fn wpt(&self) -> &[String] {
        &self.wpt
    }
    fn wpt_expect(&self) -> Option<&Value> {
        self.wpt_expect.as_ref()
    }
    fn anchors(&self) -> &[String] {
        &self.anchors
    }
    fn needs(&self) -> &[String] {
        &self.needs
    }
    fn shows(&self) -> &[String] {
        &self.shows
    }
    fn check(&self) -> Result<(), Failure> {
        variant::check(&self.profiles, &self.config, &self.steps)
    }
}

/// The user agent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ConfigModel {
    /// `standard` or `letter`; see the library's `Profile`.
    pub profile: Option<String>,
    /// The imposed limit on max-age, in seconds.
    pub max_age_limit: Option<u32>,
    /// The default `User-Agent` value.
    pub user_agent: Option<String>,
    /// The `Accept-Language` value of requests that have none.
    pub accept_language: Option<String>,
    /// Whether service workers are asked.
    pub service_workers: bool,
    /// Whether each hop goes through a gate.
    pub gates: bool,
    /// Whether `*` in `Access-Control-Allow-Headers` covers `Authorization`.
    pub authorization_under_wildcard: bool,
    /// Whether there is a public suffix list; there is one by default.
    pub public_suffix_list: Option<bool>,
    /// Schemes of the host's own, by name.
    pub schemes: BTreeMap<String, SchemeModel>,
    /// Who may reach what without CORS.
    pub access_list: Vec<AccessModel>,
    /// Bounds of the preflight cache; null for no cache at all.
    #[serde(deserialize_with = "present")]
    pub cache_limits: Option<Option<CacheLimitsModel>>,
}

impl ConfigModel {
    /// Whether the switches are as the profile has them under which the row runs.
    pub fn takes_profile(&self) -> bool {
        self.profile.is_none() && self.max_age_limit.is_none() && !self.authorization_under_wildcard
    }
}

/// What a scheme of the host's own may do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SchemeModel {
    /// Whether its URLs have tuple origins.
    pub standard: bool,
    /// Whether it may be the target of a cors request.
    pub cors_enabled: bool,
    /// Whether its URLs are potentially trustworthy.
    pub secure: bool,
}

/// An entry of the list of who may reach what without CORS: it allows, or it blocks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccessModel {
    /// The origin that may.
    pub source: String,
    /// `scheme://host` or `scheme://*.host`, with `:port` or `:*`.
    pub allow: Option<String>,
    /// The same, and wins over every allow.
    pub block: Option<String>,
}

/// Bounds of the preflight cache, which no standard knows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CacheLimitsModel {
    /// The most combinations of partition, origin and URL.
    pub groups: Option<usize>,
    /// The most bytes.
    pub bytes: Option<usize>,
    /// The most entries taken from one answer.
    pub entries_per_answer: Option<usize>,
}

/// The environment settings object that fetches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ClientModel {
    /// A serialized origin, `opaque`, or `opaque-other` for a second opaque one; by default `{CLIENT}`.
    pub origin: Option<String>,
    /// The URL for the referrer; by default the page `/page` of the origin, null for none.
    #[serde(deserialize_with = "present")]
    pub url: Option<Option<String>>,
    /// The policy container's referrer policy.
    pub referrer_policy: Option<String>,
    /// The embedder policy value.
    pub embedder_policy: Option<String>,
    /// The embedder policy report only value.
    pub embedder_policy_report_only: Option<String>,
    /// The network partition key; by default the origin, null for none.
    #[serde(deserialize_with = "present")]
    pub partition: Option<Option<String>>,
    /// Whether there is a cross-site ancestor.
    pub cross_site_ancestor: bool,
    /// The emulated language.
    pub emulated_language: Option<String>,
    /// The emulated `User-Agent`.
    pub emulated_user_agent: Option<String>,
    /// Whether it is a worker and no document.
    pub worker: bool,
    /// Whether prompts have a place to appear.
    pub traversable: bool,
}

/// A step, as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StepModel {
    /// The request.
    pub fetch: Option<FetchModel>,
    /// Every exchange that it makes.
    pub exchanges: Option<Vec<ExchangeModel>>,
    /// What comes out.
    pub outcome: Option<OutcomeModel>,
    /// Who fetches, in this step.
    pub client: Option<ClientModel>,
    /// How often the fetch is made.
    pub repeat: Option<u32>,
    /// Moves the clock on.
    pub advance_ms: Option<u64>,
    /// Sets the clock, backwards too.
    pub set_clock_ms: Option<u64>,
    /// Sets the clock back.
    pub back_ms: Option<u64>,
    /// Clears the preflight cache, or a part of it.
    pub clear_cache: Option<ClearModel>,
    /// The host restarts, and takes the preflight cache along.
    pub restart: Option<bool>,
    /// What the preflight cache holds, in any order.
    pub cache: Option<Vec<CacheEntryModel>>,
}

/// A step, as it is done.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    Fetch {
        fetch: &'a FetchModel,
        exchanges: Vec<&'a ExchangeModel>,
        outcome: &'a OutcomeModel,
        client: Option<&'a ClientModel>,
        repeat: u32,
    },
    Advance(u64),
    SetClock(u64),
    Back(u64),
    ClearCache(&'a ClearModel),
    Restart,
    Cache(&'a [CacheEntryModel]),
}

impl StepModel {
    /// Whether two steps do the same, whatever comes of it.
    pub(crate) fn does_the_same(&self, other: &Self) -> bool {
        let parts = |step: &Self| (step.exchanges.is_some(), step.outcome.is_some(), step.cache.is_some());
        let times = |step: &Self| (step.advance_ms, step.set_clock_ms, step.back_ms, step.restart, step.repeat);
        parts(self) == parts(other)
            && times(self) == times(other)
            && (&self.fetch, &self.client, &self.clear_cache) == (&other.fetch, &other.client, &other.clear_cache)
    }

    /// The one thing that the step does.
    pub(crate) fn step(&self) -> Result<Step<'_>, Failure> {
        let Self { fetch, exchanges, outcome, client, repeat, .. } = self;
        let is_fetch = exchanges.is_some() || outcome.is_some() || client.is_some() || repeat.is_some();
        let others = [
            self.advance_ms.map(Step::Advance),
            self.set_clock_ms.map(Step::SetClock),
            self.back_ms.map(Step::Back),
            self.clear_cache.as_ref().map(Step::ClearCache),
            self.restart.map(|_| Step::Restart),
            self.cache.as_deref().map(Step::Cache),
        ];
        let mut others = others.into_iter().flatten();
        if self.restart == Some(false) || self.clear_cache == Some(ClearModel::All(false)) {
            return Err("what is not to be done is left out".into());
        }
        match (fetch, exchanges, outcome, others.next(), others.next()) {
            (Some(fetch), Some(exchanges), Some(outcome), None, None) => {
                let times = |exchange: &ExchangeModel| exchange.repeat.unwrap_or(1) as usize;
                let exchanges = exchanges.iter().flat_map(|exchange| std::iter::repeat_n(exchange, times(exchange)));
                let repeat = repeat.unwrap_or(1);
                Ok(Step::Fetch { fetch, exchanges: exchanges.collect(), outcome, client: client.as_ref(), repeat })
            }
            (None, None, None, Some(step), None) if !is_fetch => Ok(step),
            _ => Err("a step has fetch, exchanges and outcome, or does one other thing".into()),
        }
    }
}

/// A request, by the standard's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FetchModel {
    /// The URL.
    pub url: String,
    /// What makes the request: `fetch` (mode cors, unsafe-request flag), `raw` (the standard's
    /// defaults), or HTML's create a potential-CORS request.
    pub api: ApiModel,
    /// The method; `GET` by default.
    pub method: Option<String>,
    /// The author's headers.
    pub headers: Vec<(String, String)>,
    /// The body: null, `{"source": LENGTH}` or `"stream"`.
    pub body: Option<BodyModel>,
    /// The mode.
    pub mode: Option<String>,
    /// The credentials mode.
    pub credentials: Option<String>,
    /// The redirect mode.
    pub redirect: Option<String>,
    /// The cache mode.
    pub cache: Option<String>,
    /// `no-referrer`, or a URL; the client by default.
    pub referrer: Option<String>,
    /// The referrer policy.
    pub referrer_policy: Option<String>,
    /// The destination.
    pub destination: Option<String>,
    /// The initiator.
    pub initiator: Option<String>,
    /// The service-workers mode.
    pub service_workers: Option<String>,
    /// The top-level navigation initiator origin.
    pub top_level_navigation_initiator_origin: Option<String>,
    /// Bytes of the client's other keepalive requests.
    pub in_flight_keepalive_bytes: u64,
    /// The keepalive flag.
    pub keepalive: bool,
    /// The use-CORS-preflight flag.
    pub use_cors_preflight: bool,
    /// The user-activation.
    pub user_activation: bool,
    /// The unsafe-request flag; by default set for `fetch` only.
    pub unsafe_request: Option<bool>,
    /// The request's own origin; by default the client's.
    pub origin: Option<String>,
    /// Whether there is no client at all.
    pub no_client: bool,
    /// The traversable for user prompts: `traversable` or `no-traversable`; by default the client's.
    pub traversable: Option<String>,
    /// The referrer policy of a policy container of the request's own.
    pub policy_container_referrer_policy: Option<String>,
    /// The use-URL-credentials flag; by default set for an element only.
    pub use_url_credentials: Option<bool>,
    /// Whether the user caused the navigation by the user agent itself.
    pub user_initiated: bool,
    /// The local-URLs-only flag.
    pub local_urls_only: bool,
    /// The prevent no-cache cache-control header modification flag.
    pub prevent_no_cache_cache_control: bool,
}

/// What makes the request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ApiModel {
    /// `fetch()` or XHR.
    #[default]
    Fetch,
    /// The standard's defaults.
    Raw,
    /// An element with a CORS settings attribute.
    PotentialCors {
        /// The destination.
        destination: String,
        /// The attribute's value, or null without the attribute.
        crossorigin: Option<String>,
        /// The same-origin fallback flag.
        #[serde(default)]
        same_origin_fallback: bool,
    },
}

/// A body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BodyModel {
    /// With a source, of this length.
    Source(u64),
    /// Without a source.
    Stream,
}

impl BodyModel {
    /// How long the body of a stream is where there are real bodies.
    pub const STREAM_LENGTH: u64 = 4;
}
