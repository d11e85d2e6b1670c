//! The oracle as an implementation under test.

use std::time::Duration;

use url::Url;

use super::Oracle;
use super::cache::PreflightCache;
use super::checks::navigation_tao_check;
use super::host::{Answer, GateAnswer, Host, Kind, Wire, WorkerResponse};
use super::read;
use super::request::Body;
use super::response::{NetworkError, Response};
use super::versus::moment::CacheLine;
use crate::Failure;
use crate::scenario::{
    self, CacheEntryModel, ClearModel, ClearPart, ClientModel, ConfigModel, Ended, ExchangeKind, FetchModel,
    Implementation, NetworkAnswer, Scenario, Seen, SeenError, Sent, WorkerAnswer, World,
};
use crate::symbols::bytes;

/// Runs one scenario against the oracle.
///
/// # Errors
/// What the scenario expects and the oracle did otherwise, with the step and exchange.
pub fn run(scenario: &Scenario) -> Result<(), Failure> {
    scenario::run_against(scenario, |config: &ConfigModel| Ok(Oracle::new(read::rules(config)?)))
}

impl Implementation for Oracle {
    fn fetch(&mut self, fetch: &FetchModel, client: &ClientModel, world: &mut World<'_>) -> Result<Ended, Failure> {
        let client = read::client(client, &self.rules)?;
        let request = read::request(fetch, client, &self.rules)?;
        let mut host = Scripted { world, failure: None };
        let (mut params, mut outcome) = self.fetch(request, &mut host);
        loop {
            if let Some(failure) = host.failure {
                return Err(failure);
            }
            let response = match outcome {
                Err(error) => return host.world.ends_in_error(&error_of(&error)),
                Ok(response) => response,
            };
            let mut next = None;
            if with_seen(self, &response, |seen| host.world.goes_on_from(seen))? {
                next = self.process_next_manual_redirect(&mut params, &mut host);
                host.world.followed(next.is_some())?;
            }
            outcome = match next {
                Some(outcome) => outcome,
                None => return with_seen(self, &response, |seen| host.world.ends_in_response(seen)),
            };
        }
    }

    fn clear_cache(&mut self, what: &ClearModel) -> Result<(), Failure> {
        match what {
            ClearModel::All(_) => self.cache.clear_all(),
            ClearModel::Part(ClearPart::Origin(text)) => self.cache.clear_origin(&read::origin(text, &self.rules)?),
            ClearModel::Part(ClearPart::Site(text)) => {
                self.cache.clear_site(&read::origin(text, &self.rules)?, &self.rules);
            }
            ClearModel::Part(ClearPart::Partition(key)) => {
                self.cache.clear_partition(key.as_deref().map(bytes).transpose()?.as_deref());
            }
        }
        Ok(())
    }

    fn restart(&mut self, clock: u64) {
        self.cache.restart(Duration::from_millis(clock), &self.rules);
    }

    fn cache(&self, clock: u64) -> Vec<CacheEntryModel> {
        let now = Duration::from_millis(clock);
        let living = self.cache.entries.iter().filter(|entry| !self.cache.is_dead(entry, now, &self.rules));
        living.map(|entry| CacheLine::of(entry, &self.cache, now).model()).collect()
    }
}

/// The world as the oracle's host. After the first thing that is not as expected everything fails, so
/// that the fetch comes to its end.
struct Scripted<'w, 'a> {
    world: &'w mut World<'a>,
    failure: Option<Failure>,
}

impl Scripted<'_, '_> {
    /// Asks the world, unless something was wrong before.
    fn ask<T>(&mut self, ask: impl FnOnce(&mut World<'_>) -> Result<T, Failure>) -> Option<T> {
        if self.failure.is_some() {
            return None;
        }
        ask(self.world).map_err(|failure| self.failure = Some(failure)).ok()
    }
}

impl Host for Scripted<'_, '_> {
    fn now(&self) -> Duration {
        Duration::from_millis(self.world.clock())
    }

    fn exchange(&mut self, wire: Wire, _: &mut PreflightCache) -> Answer {
        let answer = self.ask(|world| world.exchange(&sent(&wire)?));
        match answer {
            Some(NetworkAnswer::Head((status, lines))) => Answer::Head(status, lines),
            Some(NetworkAnswer::Failure(_)) => Answer::Failure,
            Some(NetworkAnswer::Abort) | None => Answer::Abort,
        }
    }

    fn gate(&mut self, url: &Url, _: &mut PreflightCache) -> GateAnswer {
        match self.ask(|world| world.gate(url)) {
            Some(scenario::GateAnswer::Proceed) => GateAnswer::Proceed,
            Some(scenario::GateAnswer::UpgradeBeforeReferrer) => GateAnswer::UpgradeBeforeReferrer,
            Some(scenario::GateAnswer::UpgradeAfterReferrer) => GateAnswer::UpgradeAfterReferrer,
            Some(scenario::GateAnswer::Block) | None => GateAnswer::Block,
        }
    }

    fn service_worker(&mut self, url: &Url, _: &mut PreflightCache) -> Option<WorkerResponse> {
        self.ask(|world| world.service_worker(url)?.map(worker_response).transpose()).flatten()
    }
}

fn worker_response(answer: WorkerAnswer) -> Result<WorkerResponse, Failure> {
    let (status, lines) = answer.head;
    Ok(WorkerResponse {
        response_type: read::word(&answer.response_type, &read::RESPONSE_TYPES)?,
        url_list: answer.url_list,
        status,
        lines,
        cors_exposed_header_names: answer.cors_exposed_header_names,
        range_requested: answer.range_requested,
        request_includes_credentials: answer.request_includes_credentials,
    })
}

fn sent(wire: &Wire) -> Result<Sent, Failure> {
    Ok(Sent {
        kind: match wire.kind {
            Kind::Preflight => ExchangeKind::Preflight,
            Kind::Request => ExchangeKind::Request,
            Kind::Scheme => ExchangeKind::Scheme,
        },
        method: wire.method.clone(),
        url: Url::parse(&wire.url).map_err(|error| format!("{:?} is no URL: {error}", wire.url))?,
        lines: wire.lines.0.clone(),
        credentials: wire.include_credentials,
        body: match wire.body {
            Body::Null => "null",
            Body::Source(_) => "source",
            Body::Stream => "stream",
        },
        same_site: wire.same_site_mode,
        cache_mode: wire.cache_mode,
        mode: wire.mode,
        may_prompt: wire.may_prompt,
        redirect_count: wire.redirect_count,
    })
}

fn with_seen<T>(oracle: &Oracle, response: &Response, with: impl FnOnce(&Seen<'_>) -> T) -> T {
    let urls: Vec<String> = response.visible_url_list().iter().map(Url::to_string).collect();
    let header_list = response.visible_header_list();
    with(&Seen {
        response_type: response.response_type(),
        status: response.visible_status(),
        url: urls.last().cloned(),
        // Response's redirected getter.
        redirected: urls.len() > 1,
        urls,
        header: &|name| header_list.get(name),
        lines: header_list.0.clone(),
        body: response.body(),
        timing_allow: response.timing_allow_passed,
        redirect_taint: response.redirect_taint,
        internal_status: response.status,
        navigation_tao: &|destination| Ok(navigation_tao_check(response, &read::origin(destination, &oracle.rules)?)),
    })
}

fn error_of(error: &NetworkError) -> SeenError {
    SeenError {
        stage: error.stage,
        reason: error.reason,
        redirects: error.redirects,
        aborted: error.reason == "aborted",
        message: format!("{} at stage {}", error.reason, error.stage),
    }
}
