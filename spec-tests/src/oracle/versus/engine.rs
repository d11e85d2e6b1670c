//! Runs the engine on a sequence.

use std::collections::VecDeque;
use std::sync::Arc;

use fetch_cors::profile::AuthorizationUnderWildcard;
use fetch_cors::{
    Action, Body, CacheEntry, CacheEntryKind, CacheLimits, CacheRestoreError, Client, Config, Exchange, Global,
    HeaderList, HostFailure, Origin, OriginAccessList, Profile, PublicSuffix, Referrer, Request, Response,
    ResponseBody, SchemePolicy, SchemeTraits, ServiceWorkerResponse, TargetPattern, Timestamp,
    TraversableForUserPrompts, UserAgent,
};

use super::moment::{CacheLine, Event, FOREVER, Moment, Seen, destinations};
use super::plan::{AnswerPlan, FetchPlan, Sequence, Step};
use super::script::urls;
use crate::oracle;
use crate::oracle::cache::Subject;
use crate::oracle::host::{Answer, GateAnswer, Kind, Wire};
use crate::oracle::infra::Bytes;
use crate::oracle::origin::toy_registrable_domain;
use crate::oracle::response::NetworkError;

type Head = (u16, Vec<(Bytes, Bytes)>);

/// The public suffix list that the oracle has.
struct Toy;

impl PublicSuffix for Toy {
    fn registrable_domain<'h>(&self, host: &'h str) -> Option<&'h str> {
        toy_registrable_domain(host)
    }
}

/// What the engine does on a sequence.
///
/// # Panics
/// A plan that the engine's builders refuse, or an action that cannot come.
#[must_use]
pub fn run(sequence: &Sequence) -> Vec<Moment> {
    let mut world = World { user_agent: UserAgent::new(config(sequence)), clock: 0, moments: Vec::new() };
    for step in &sequence.steps {
        let cache = world.user_agent.preflight_cache();
        match step {
            Step::Fetch(plan) => {
                world.fetch(plan);
                continue;
            }
            Step::Advance(milliseconds) => world.clock += milliseconds,
            Step::Back(milliseconds) => world.clock = world.clock.saturating_sub(*milliseconds),
            Step::Restart => {
                let entries = cache.export(world.now());
                cache.clear_all();
                let refused = cache.restore(entries, world.now());
                // Only what a policy no longer calls standard.
                let is_expected = |error: &CacheRestoreError| matches!(error, CacheRestoreError::Origin(_));
                assert!(refused.iter().all(is_expected), "{refused:?}");
            }
            Step::ClearAll => cache.clear_all(),
            Step::ClearOrigin(whose) => cache.clear_origin(&origin(whose)),
            Step::ClearSite(whose) => cache.clear_site(&origin(whose)),
            Step::ClearPartition(key) => cache.clear_partition(key.as_deref()),
        }
        world.note(Event::Step);
    }
    world.moments
}

fn config(sequence: &Sequence) -> Config {
    let rules = &sequence.rules;
    let mut profile = if sequence.is_letter { Profile::letter() } else { Profile::standard() };
    if rules.switches.wildcard_covers_authorization {
        profile = profile.with_authorization_under_wildcard(AuthorizationUnderWildcard::Allowed);
    }
    let mut config =
        Config::new().profile(profile).hash_seed([1, 2]).gates(rules.gates).service_workers(rules.service_workers);
    if !rules.has_cache {
        config = config.cache_limits(CacheLimits::none());
    } else if let Some(limits) = sequence.limits {
        let bounds = CacheLimits::new().groups(limits.groups).bytes(limits.bytes);
        config = config.cache_limits(bounds.entries_per_answer(limits.entries_per_answer));
    }
    let mut schemes = SchemePolicy::new();
    for scheme in &rules.schemes {
        let mut traits = SchemeTraits::new();
        traits = if scheme.is_standard { traits.standard() } else { traits };
        traits = if scheme.is_cors_enabled { traits.cors_enabled() } else { traits };
        traits = if scheme.is_secure { traits.secure() } else { traits };
        schemes = schemes.with(&scheme.name, traits).expect("a scheme that the standard leaves alone");
    }
    let mut access_list = OriginAccessList::new();
    for entry in &rules.access_list {
        let target = TargetPattern::parse(&entry.target(), &schemes).expect("a target");
        let source = origin(&entry.source);
        access_list =
            if entry.is_block { access_list.block(&source, target) } else { access_list.allow(&source, target) }
                .expect("a tuple source");
    }
    config = config.scheme_policy(schemes).access_list(access_list);
    if rules.suffix_list.is_some() {
        config = config.public_suffix(Arc::new(Toy));
    }
    if let Some(value) = &rules.user_agent {
        config = config.user_agent(value).expect("a header value");
    }
    if let Some(value) = &rules.accept_language {
        config = config.accept_language(value).expect("a header value");
    }
    config
}

fn origin(plain: &oracle::origin::Origin) -> Origin {
    match plain {
        oracle::origin::Origin::Opaque(identity) => Origin::opaque(*identity),
        tuple => {
            let apps = SchemePolicy::new().with("app", SchemeTraits::new().standard());
            Origin::parse_with(&tuple.serialize(), &apps.expect("a scheme")).expect("a tuple origin")
        }
    }
}

fn client(plain: &oracle::request::Client) -> Client {
    let mut client = Client::new(origin(&plain.origin))
        .global(if plain.is_window { Global::Window } else { Global::Worker })
        .traversable(plain.has_navigable)
        .referrer_policy(plain.referrer_policy.parse().expect("a word"))
        .embedder_policy(plain.embedder_policy.parse().expect("a word"))
        .embedder_policy_report_only(plain.embedder_policy_report_only.parse().expect("a word"))
        .cross_site_ancestor(plain.cross_site_ancestor);
    if let Some(url) = &plain.creation_url {
        client = client.creation_url(url.clone());
    }
    if let Some(key) = &plain.network_partition_key {
        client = client.network_partition_key(key);
    }
    if let Some(language) = &plain.emulated_language {
        client = client.emulated_language(language).expect("a header value");
    }
    if let Some(user_agent) = &plain.emulated_user_agent {
        client = client.user_agent(user_agent).expect("a header value");
    }
    client
}

fn request(plain: &oracle::request::Request) -> Request {
    let mut header_list = HeaderList::new();
    for (name, value) in &plain.header_list.0 {
        header_list.append(name, value).expect("a header");
    }
    let mut builder = Request::builder(plain.current_url().clone())
        .method(&plain.method)
        .headers(header_list)
        .local_urls_only(plain.local_urls_only)
        .unsafe_request(plain.unsafe_request)
        .body(match plain.body {
            oracle::request::Body::Null => Body::Null,
            oracle::request::Body::Source(length) => Body::Source { length },
            oracle::request::Body::Stream => Body::Stream,
        })
        .traversable(match plain.traversable {
            "client" => TraversableForUserPrompts::Client,
            "no-traversable" => TraversableForUserPrompts::NoTraversable,
            _ => TraversableForUserPrompts::Traversable,
        })
        .keepalive(plain.keepalive)
        .in_flight_keepalive_bytes(plain.in_flight_keepalive_bytes)
        .service_workers(plain.service_workers_mode.parse().expect("a word"))
        .initiator(plain.initiator.parse().expect("a word"))
        .destination(plain.destination.parse().expect("a word"))
        .referrer(match &plain.referrer {
            oracle::request::Referrer::NoReferrer => Referrer::NoReferrer,
            oracle::request::Referrer::Client => Referrer::Client,
            oracle::request::Referrer::Url(url) => Referrer::Url(url.clone()),
        })
        .referrer_policy(plain.referrer_policy.parse().expect("a word"))
        .mode(plain.mode.parse().expect("a word"))
        .use_cors_preflight(plain.use_cors_preflight)
        .credentials_mode(plain.credentials_mode.parse().expect("a word"))
        .use_url_credentials(plain.use_url_credentials)
        .cache_mode(plain.cache_mode.parse().expect("a word"))
        .redirect_mode(plain.redirect_mode.parse().expect("a word"))
        .user_activation(plain.user_activation)
        .user_initiated(plain.user_initiated)
        .prevent_no_cache_cache_control(plain.prevent_no_cache_cache_control);
    if let Some(plain) = &plain.client {
        builder = builder.client(client(plain));
    }
    if let Some(plain) = &plain.origin {
        builder = builder.origin(origin(plain));
    }
    if let Some(plain) = &plain.top_level_navigation_initiator_origin {
        builder = builder.top_level_navigation_initiator_origin(origin(plain));
    }
    if let Some(policy) = plain.policy_container_referrer_policy {
        builder = builder.policy_container_referrer_policy(policy.parse().expect("a word"));
    }
    builder.build().expect("a request with an origin")
}

/// The engine's world.
struct World {
    user_agent: UserAgent,
    /// Milliseconds.
    clock: u64,
    moments: Vec<Moment>,
}

impl World {
    const fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock)
    }

    fn note(&mut self, event: Event) {
        let entries = self.user_agent.preflight_cache().entries(self.now());
        let mut cache: Vec<CacheLine> = entries.iter().map(cache_line).collect();
        cache.sort();
        self.moments.push(Moment { event, cache });
    }

    fn fetch(&mut self, plan: &FetchPlan) {
        let mut answers: VecDeque<AnswerPlan> = plan.answers.clone().into();
        let mut gates: VecDeque<GateAnswer> = plan.gates.clone().into();
        let mut workers: VecDeque<_> = plan.workers.clone().into();
        let mut manual_redirects = plan.manual_redirects;
        let mut fetch = self.user_agent.fetch(request(&plan.request), self.now());
        loop {
            let mut is_aborted = false;
            let mut delivered = None;
            match fetch.action() {
                Action::NetworkError(error) => {
                    let error = NetworkError {
                        stage: error.stage().as_str(),
                        redirects: error.redirects(),
                        reason: error.reason().code(),
                    };
                    return self.note(Event::Error(error));
                }
                Action::Delivered => panic!("asked again after the delivery"),
                Action::Gate(gate) => {
                    self.note(Event::Gate(gate.url().to_string()));
                    match gates.pop_front().unwrap_or(GateAnswer::Proceed) {
                        GateAnswer::Proceed => gate.proceed(self.now()),
                        GateAnswer::UpgradeBeforeReferrer => gate.upgrade_before_referrer(self.now()),
                        GateAnswer::UpgradeAfterReferrer => gate.upgrade_after_referrer(self.now()),
                        GateAnswer::Block => gate.block("planned"),
                    }
                }
                Action::ServiceWorker(exchange) => {
                    self.note(Event::Worker(exchange.url().to_string()));
                    match workers.pop_front().flatten() {
                        None => exchange.pass(self.now()),
                        Some(plan) => {
                            let response_type = plan.response_type.parse().expect("a word");
                            let head = (plan.head.status, plan.head.render(&[]));
                            let response = ServiceWorkerResponse::new(response_type, head)
                                .url_list(urls(&plan.url_list))
                                .cors_exposed_header_names(plan.cors_exposed_header_names)
                                .range_requested(plan.range_requested)
                                .request_includes_credentials(plan.request_includes_credentials);
                            delivered = exchange.respond(response, self.now()).map(fetch_cors::Delivery::accept);
                        }
                    }
                }
                Action::SendPreflight(exchange) => {
                    let kind = Kind::Preflight;
                    (is_aborted, delivered) = self.exchange(kind, exchange, answers.pop_front());
                }
                Action::SendRequest(exchange) => {
                    (is_aborted, delivered) = self.exchange(Kind::Request, exchange, answers.pop_front());
                }
                Action::SchemeFetch(exchange) => {
                    (is_aborted, delivered) = self.exchange(Kind::Scheme, exchange, answers.pop_front());
                }
            }
            if is_aborted {
                fetch.abort();
            }
            if let Some(response) = delivered {
                self.note(Event::Response(Box::new(seen(&response))));
                if manual_redirects == 0 {
                    return;
                }
                manual_redirects -= 1;
                if !fetch.process_next_manual_redirect(self.now()) {
                    return self.note(Event::NoManualRedirect);
                }
            }
        }
    }

    /// Answers an exchange: whether the fetch is to be aborted, and what was delivered.
    fn exchange(
        &mut self,
        kind: Kind,
        exchange: Exchange<'_>,
        answer: Option<AnswerPlan>,
    ) -> (bool, Option<Response<Head>>) {
        let wire = wire(kind, &exchange);
        self.note(Event::Exchange(Box::new(wire.clone())));
        let answer = answer.unwrap_or_else(AnswerPlan::simple);
        self.clock += answer.after;
        match answer.render(&wire) {
            Answer::Head(status, lines) => {
                (false, exchange.respond((status, lines), self.now()).map(fetch_cors::Delivery::accept))
            }
            Answer::Failure => {
                exchange.fail(HostFailure::connect("planned"));
                (false, None)
            }
            Answer::Abort => (true, None),
        }
    }
}

fn owned<'a>(lines: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> oracle::header_list::HeaderList {
    oracle::header_list::HeaderList(lines.map(|(name, value)| (name.to_vec(), value.to_vec())).collect())
}

fn wire(kind: Kind, exchange: &Exchange<'_>) -> Wire {
    let head = exchange.head();
    assert_eq!(head.is_preflight(), kind == Kind::Preflight, "the head and the action say the same");
    let is_scheme = kind == Kind::Scheme;
    Wire {
        kind,
        method: head.method().to_owned(),
        url: head.url().to_string(),
        lines: owned(head.headers().iter()),
        include_credentials: head.include_credentials() && !is_scheme,
        mode: head.mode().as_str(),
        cache_mode: head.cache_mode().as_str(),
        body: match head.body() {
            Body::Null => oracle::request::Body::Null,
            Body::Source { length } => oracle::request::Body::Source(length),
            Body::Stream => oracle::request::Body::Stream,
        },
        same_site_mode: (kind == Kind::Request).then(|| head.same_site_mode().as_str()),
        may_prompt: head.may_prompt() && !is_scheme,
        redirect_count: head.redirect_count(),
    }
}

fn cache_line(entry: &CacheEntry) -> CacheLine {
    CacheLine {
        partition: entry.partition.clone(),
        origin: entry.origin.clone(),
        is_tainted: entry.tainted,
        url: entry.url.clone(),
        subject: match entry.kind {
            CacheEntryKind::Method => Subject::Method(entry.name.clone()),
            CacheEntryKind::HeaderName => Subject::HeaderName(entry.name.to_ascii_lowercase()),
        },
        credentials: entry.credentials,
        remaining: entry.remaining.min(FOREVER),
    }
}

fn seen(response: &Response<Head>) -> Seen {
    let internal = response.internal();
    let lines = owned(response.headers());
    for (name, _) in &lines.0 {
        assert!(response.is_visible(name), "what is listed is visible");
    }
    Seen {
        response_type: response.response_type().as_str(),
        status: response.status(),
        lines,
        url_list: response.url_list().iter().map(url::Url::to_string).collect(),
        body: match response.body() {
            ResponseBody::Null => "null",
            ResponseBody::Ignore => "ignore",
            ResponseBody::Read => "read",
        },
        timing_allow_passed: response.timing_allow_passed(),
        redirect_taint: response.redirect_taint().as_str(),
        navigation_tao: destinations()
            .map(|text| response.navigation_tao_check(&Origin::parse(text).expect("an origin"))),
        internal_status: internal.status(),
        internal_url_list: internal.url_list().iter().map(url::Url::to_string).collect(),
        range_requested: internal.range_requested(),
        request_includes_credentials: internal.request_includes_credentials(),
    }
}
