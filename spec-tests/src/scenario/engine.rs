//! The engine as an implementation under test.

use fetch_cors::{
    Action, Body, CacheEntry, CacheEntryKind, Delivery, Exchange, Gate, NetworkError, Profile, RequestHead, Response,
    ResponseBody, SchemePolicy, ServiceWorkerResponse, Timestamp, UserAgent,
};
use url::Url;

use super::answer::{GateAnswer, Head, NetworkAnswer, WorkerAnswer};
use super::engine_types::{self, word};
use super::observed::{ExchangeKind, Seen, SeenError, Sent};
use super::world::{Ended, Implementation, World};
use super::{CacheEntryModel, ClearModel, ClearPart, ClientModel, ConfigModel, FetchModel};
use crate::Failure;
use crate::symbols::{bytes, text};

/// A user agent of the engine.
#[derive(Debug)]
pub(crate) struct Engine {
    user_agent: UserAgent,
    schemes: SchemePolicy,
}

impl Engine {
    pub(super) fn new(config: &ConfigModel) -> Result<Self, Failure> {
        Ok(Self { user_agent: UserAgent::new(engine_types::config(config)?), schemes: engine_types::schemes(config)? })
    }

    /// With this profile instead of the scenario's.
    pub(crate) fn with_profile(config: &ConfigModel, profile: Profile) -> Result<Self, Failure> {
        let schemes = engine_types::schemes(config)?;
        Ok(Self { user_agent: UserAgent::new(engine_types::config_with(config, profile)?), schemes })
    }
}

impl Implementation for Engine {
    fn fetch(&mut self, fetch: &FetchModel, client: &ClientModel, world: &mut World<'_>) -> Result<Ended, Failure> {
        let request = engine_types::request(fetch, engine_types::client(client, &self.schemes)?, &self.schemes)?;
        let mut fetch = self.user_agent.fetch(request, now(world));
        loop {
            let step = match fetch.action() {
                Action::NetworkError(error) => return world.ends_in_error(&error_of(error)),
                Action::Delivered => return Err("nothing is asked, and the fetch was delivered before".into()),
                Action::Gate(gate) => {
                    pass_gate(gate, world)?;
                    Step::GoOn
                }
                Action::ServiceWorker(exchange) => match world.service_worker(exchange.url())? {
                    None => {
                        exchange.pass(now(world));
                        Step::GoOn
                    }
                    Some(answer) => Step::of(exchange.respond(worker_response(answer)?, now(world))),
                },
                Action::SendPreflight(exchange) => send(ExchangeKind::Preflight, exchange, world)?,
                Action::SendRequest(exchange) => send(ExchangeKind::Request, exchange, world)?,
                Action::SchemeFetch(exchange) => send(ExchangeKind::Scheme, exchange, world)?,
            };
            match step {
                Step::GoOn => {}
                Step::Abort => fetch.abort(),
                Step::Deliver(response) => {
                    let mut followed = with_seen(&response, &self.schemes, |seen| world.goes_on_from(seen))?;
                    if followed {
                        followed = fetch.process_next_manual_redirect(now(world));
                        world.followed(followed)?;
                    }
                    if !followed {
                        return with_seen(&response, &self.schemes, |seen| world.ends_in_response(seen));
                    }
                }
            }
        }
    }

    fn clear_cache(&mut self, what: &ClearModel) -> Result<(), Failure> {
        let cache = self.user_agent.preflight_cache();
        match what {
            ClearModel::All(_) => cache.clear_all(),
            ClearModel::Part(ClearPart::Origin(text)) => {
                cache.clear_origin(&engine_types::origin(text, &self.schemes)?);
            }
            ClearModel::Part(ClearPart::Site(text)) => cache.clear_site(&engine_types::origin(text, &self.schemes)?),
            ClearModel::Part(ClearPart::Partition(key)) => {
                cache.clear_partition(key.as_deref().map(bytes).transpose()?.as_deref());
            }
        }
        Ok(())
    }

    fn restart(&mut self, clock: u64) {
        let now = Timestamp::from_millis(clock);
        let before = self.user_agent.preflight_cache().export(now);
        self.user_agent.preflight_cache().clear_all();
        // What the rules refuse is dropped.
        drop(self.user_agent.preflight_cache().restore(before, now));
    }

    fn cache(&self, clock: u64) -> Vec<CacheEntryModel> {
        let entries = self.user_agent.preflight_cache().entries(Timestamp::from_millis(clock));
        let model = |entry: CacheEntry| {
            let (method, header_name) = match entry.kind {
                CacheEntryKind::Method => (Some(text(&entry.name)), None),
                CacheEntryKind::HeaderName => (None, Some(text(&entry.name.to_ascii_lowercase()))),
            };
            CacheEntryModel {
                partition: entry.partition.as_deref().map(text),
                origin: entry.origin,
                tainted: entry.tainted,
                url: entry.url,
                method,
                header_name,
                credentials: entry.credentials,
                remaining_ms: u64::try_from(entry.remaining.as_millis())
                    .map_or(CacheEntryModel::FOREVER_MS, |remaining| remaining.min(CacheEntryModel::FOREVER_MS)),
            }
        };
        entries.into_iter().map(model).collect()
    }
}

/// What an answer led to.
enum Step {
    GoOn,
    Abort,
    Deliver(Box<Response<Head>>),
}

impl Step {
    fn of(delivery: Option<Delivery<'_, Head>>) -> Self {
        delivery.map_or(Self::GoOn, |delivery| Self::Deliver(Box::new(delivery.accept())))
    }
}

const fn now(world: &World<'_>) -> Timestamp {
    Timestamp::from_millis(world.clock())
}

fn pass_gate(gate: Gate<'_>, world: &mut World<'_>) -> Result<(), Failure> {
    match world.gate(gate.url())? {
        GateAnswer::Proceed => gate.proceed(now(world)),
        GateAnswer::UpgradeBeforeReferrer => gate.upgrade_before_referrer(now(world)),
        GateAnswer::UpgradeAfterReferrer => gate.upgrade_after_referrer(now(world)),
        GateAnswer::Block => gate.block("scripted"),
    }
    Ok(())
}

fn send(kind: ExchangeKind, exchange: Exchange<'_>, world: &mut World<'_>) -> Result<Step, Failure> {
    let head = exchange.head();
    if head.is_preflight() != (kind == ExchangeKind::Preflight) {
        return Err(format!("the head of a {} says is_preflight: {}", kind.name(), head.is_preflight()));
    }
    Ok(match world.exchange(&sent(kind, &head))? {
        NetworkAnswer::Head(head) => Step::of(exchange.respond(head, now(world))),
        NetworkAnswer::Failure(kind) => {
            exchange.fail(engine_types::failure(&kind)?);
            Step::GoOn
        }
        NetworkAnswer::Abort => Step::Abort,
    })
}

fn sent(kind: ExchangeKind, head: &RequestHead<'_>) -> Sent {
    Sent {
        kind,
        method: head.method().to_owned(),
        url: head.url().clone(),
        lines: head.headers().iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect(),
        credentials: head.include_credentials(),
        body: match head.body() {
            Body::Null => "null",
            Body::Source { .. } => "source",
            Body::Stream => "stream",
        },
        same_site: Some(head.same_site_mode().as_str()),
        cache_mode: head.cache_mode().as_str(),
        mode: head.mode().as_str(),
        may_prompt: head.may_prompt(),
        redirect_count: head.redirect_count(),
    }
}

fn worker_response(answer: WorkerAnswer) -> Result<ServiceWorkerResponse<Head>, Failure> {
    Ok(ServiceWorkerResponse::new(word(&answer.response_type)?, answer.head)
        .url_list(answer.url_list)
        .cors_exposed_header_names(answer.cors_exposed_header_names)
        .range_requested(answer.range_requested)
        .request_includes_credentials(answer.request_includes_credentials))
}

fn with_seen<T>(response: &Response<Head>, schemes: &SchemePolicy, with: impl FnOnce(&Seen<'_>) -> T) -> T {
    with(&Seen {
        response_type: response.response_type().as_str(),
        status: response.status(),
        url: response.url().map(Url::to_string),
        urls: response.url_list().iter().map(Url::to_string).collect(),
        redirected: response.redirected(),
        lines: response.headers().map(|(name, value)| (name.to_vec(), value.to_vec())).collect(),
        header: &|name| response.header(name).map(std::borrow::Cow::into_owned),
        body: match response.body() {
            ResponseBody::Null => "null",
            ResponseBody::Ignore => "ignore",
            ResponseBody::Read => "read",
        },
        timing_allow: response.timing_allow_passed(),
        redirect_taint: response.redirect_taint().as_str(),
        internal_status: response.internal().status(),
        navigation_tao: &|destination| Ok(response.navigation_tao_check(&engine_types::origin(destination, schemes)?)),
    })
}

fn error_of(error: &NetworkError) -> SeenError {
    SeenError {
        stage: error.stage().as_str(),
        reason: error.reason().code(),
        redirects: error.redirects(),
        aborted: error.is_aborted(),
        message: error.to_string(),
    }
}
