//! Drives the engine through a scenario, in memory.

use fetch_cors::{
    Action, Delivery, Exchange, Fetch, Gate, NetworkError, RequestHead, Response, ServiceWorkerExchange, Timestamp,
    UserAgent,
};
use url::Url;

use super::model::Step;
use super::request::{self, Answer, GateAnswer, Head};
use super::{ClientModel, ExchangeModel, FetchModel, OutcomeModel, RequestModel, Scenario, compare};
use crate::Failure;
use crate::jar::CookieJar;
use crate::symbols::text;

/// Runs one scenario.
///
/// # Errors
/// What the scenario expects and the engine did otherwise, with the step and exchange.
pub fn run(scenario: &Scenario) -> Result<(), Failure> {
    let mut host = Host::new(scenario)?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let at = |error: Failure| format!("step {index}: {error}");
        match step.step().map_err(at)? {
            Step::Advance(milliseconds) => host.clock = host.clock.saturating_add(milliseconds),
            Step::SetClock(milliseconds) => host.clock = milliseconds,
            Step::ClearCache => host.user_agent.preflight_cache().clear_all(),
            Step::Fetch { fetch, exchanges, outcome, client, repeat } => {
                for _ in 0..repeat {
                    host.fetch(fetch, client.unwrap_or(&scenario.client), &exchanges, outcome).map_err(at)?;
                }
            }
        }
    }
    Ok(())
}

/// The user agent under test, and the world around it.
struct Host {
    user_agent: UserAgent,
    jar: CookieJar,
    /// Milliseconds.
    clock: u64,
}

/// How a fetch ended.
enum Ended {
    Response(Box<Response<Head>>),
    Error(NetworkError),
}

impl Ended {
    fn accept(delivery: Delivery<'_, Head>) -> Self {
        Self::Response(Box::new(delivery.accept()))
    }
}

/// What an answer led to.
enum Reply {
    Continue,
    Abort,
    Ended(Ended),
}

/// The exchanges that are still to come.
struct Script<'a> {
    exchanges: std::iter::Enumerate<std::slice::Iter<'a, &'a ExchangeModel>>,
}

impl<'a> Script<'a> {
    /// The next exchange, which must be of the kind that `pick` picks.
    fn next<T>(
        &mut self,
        kind: &str,
        about: &str,
        pick: impl FnOnce(&'a ExchangeModel) -> Option<&'a T>,
    ) -> Result<(usize, &'a T, &'a ExchangeModel), Failure> {
        let (index, exchange) =
            self.exchanges.next().ok_or_else(|| format!("one more {kind} than expected: {about}"))?;
        let kinds = [
            exchange.preflight.is_some(),
            exchange.request.is_some(),
            exchange.scheme.is_some(),
            exchange.service_worker.is_some(),
            exchange.gate.is_some(),
            exchange.next_manual_redirect.is_some(),
        ];
        if kinds.into_iter().filter(|is_it| *is_it).count() != 1 {
            return Err(format!("exchange {index} asks for nothing, or for several things"));
        }
        let model = pick(exchange).ok_or_else(|| format!("exchange {index} is a {kind}, wanted another: {about}"))?;
        Ok((index, model, exchange))
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.exchanges.next().map_or(Ok(()), |(index, _)| Err(format!("exchange {index} did not come")))
    }
}

fn describe(head: &RequestHead<'_>) -> String {
    let lines: Vec<String> =
        head.headers().iter().map(|(name, value)| format!("{}: {}", text(name), text(value))).collect();
    format!("{} {} [{}]", head.method(), head.url(), lines.join("; "))
}

impl Host {
    fn new(scenario: &Scenario) -> Result<Self, Failure> {
        let mut jar = CookieJar::default();
        for (origin, cookie) in &scenario.cookies {
            jar.store(&request::url(origin)?, cookie.as_bytes());
        }
        Ok(Self { user_agent: UserAgent::new(request::config(&scenario.config)?), jar, clock: 0 })
    }

    const fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock)
    }

    fn fetch(
        &mut self,
        fetch: &FetchModel,
        client: &ClientModel,
        exchanges: &[&ExchangeModel],
        outcome: &OutcomeModel,
    ) -> Result<(), Failure> {
        let request = request::request(fetch, request::client(client)?)?;
        let mut script = Script { exchanges: exchanges.iter().enumerate() };
        let mut fetch = self.user_agent.fetch(request, self.now());
        let ended = loop {
            let ended = self.drive(&mut fetch, &mut script)?;
            if !self.follows_manual_redirect(&ended, &mut fetch, &mut script)? {
                break ended;
            }
        };
        let rest = script.finish();
        match (outcome, ended) {
            (OutcomeModel::Response(model), Ended::Response(response)) => compare::response(model, &response)?,
            (OutcomeModel::Error(model), Ended::Error(error)) => compare::network_error(model, &error)?,
            (OutcomeModel::Response(_), Ended::Error(error)) => {
                return Err(format!("network error, wanted a response: {error}"));
            }
            (OutcomeModel::Error(_), Ended::Response(response)) => {
                let (kind, status) = (response.response_type(), response.internal().status());
                return Err(format!("response of type {kind} with internal status {status}, wanted a network error"));
            }
        }
        rest
    }

    /// Answers until the fetch ends.
    fn drive(&mut self, fetch: &mut Fetch, script: &mut Script<'_>) -> Result<Ended, Failure> {
        loop {
            let aborts = match fetch.action() {
                Action::NetworkError(error) => return Ok(Ended::Error(error.clone())),
                Action::Delivered => return Err("nothing is asked, and the fetch was delivered before".into()),
                Action::Gate(gate) => {
                    self.pass_gate(gate, script)?;
                    false
                }
                Action::ServiceWorker(exchange) => {
                    if let Some(ended) = self.serve(exchange, script)? {
                        return Ok(ended);
                    }
                    false
                }
                Action::SendPreflight(exchange) => {
                    let answer = self.take(script, "preflight", &exchange.head(), |model| model.preflight.as_ref())?;
                    match self.reply(exchange, answer)? {
                        Reply::Ended(ended) => return Ok(ended),
                        reply => matches!(reply, Reply::Abort),
                    }
                }
                Action::SendRequest(exchange) => {
                    let answer = self.take(script, "request", &exchange.head(), |model| model.request.as_ref())?;
                    match self.reply(exchange, answer)? {
                        Reply::Ended(ended) => return Ok(ended),
                        reply => matches!(reply, Reply::Abort),
                    }
                }
                Action::SchemeFetch(exchange) => {
                    let answer = self.take(script, "scheme fetch", &exchange.head(), |model| model.scheme.as_ref())?;
                    match self.reply(exchange, answer)? {
                        Reply::Ended(ended) => return Ok(ended),
                        reply => matches!(reply, Reply::Abort),
                    }
                }
            };
            if aborts {
                fetch.abort();
            }
        }
    }

    fn pass_gate(&mut self, gate: Gate<'_>, script: &mut Script<'_>) -> Result<(), Failure> {
        let (index, model, exchange) = script.next("gate", gate.url().as_str(), |model| model.gate.as_ref())?;
        compare::hop(model, gate.url()).map_err(|error| format!("exchange {index}: {error}"))?;
        let Answer::Gate(answer) = self.answer(index, exchange)? else {
            return Err(format!("exchange {index}: a gate is answered with gate"));
        };
        match answer {
            GateAnswer::Proceed => gate.proceed(self.now()),
            GateAnswer::UpgradeBeforeReferrer => gate.upgrade_before_referrer(self.now()),
            GateAnswer::UpgradeAfterReferrer => gate.upgrade_after_referrer(self.now()),
            GateAnswer::Block => gate.block("scripted"),
        }
        Ok(())
    }

    fn serve(&mut self, worker: ServiceWorkerExchange<'_>, script: &mut Script<'_>) -> Result<Option<Ended>, Failure> {
        let (index, model, exchange) =
            script.next("service worker", worker.url().as_str(), |model| model.service_worker.as_ref())?;
        compare::hop(model, worker.url()).map_err(|error| format!("exchange {index}: {error}"))?;
        match self.answer(index, exchange)? {
            Answer::Pass => {
                worker.pass(self.now());
                Ok(None)
            }
            Answer::ServiceWorker(response) => Ok(worker.respond(response, self.now()).map(Ended::accept)),
            _ => Err(format!("exchange {index}: a service worker's answer is pass, or a type with a status")),
        }
    }

    /// Compares a request with the script and returns the answer.
    fn take<'a>(
        &mut self,
        script: &mut Script<'a>,
        kind: &str,
        head: &RequestHead<'_>,
        pick: impl FnOnce(&'a ExchangeModel) -> Option<&'a RequestModel>,
    ) -> Result<Answer, Failure> {
        let (index, model, exchange) = script.next(kind, &describe(head), pick)?;
        if head.is_preflight() != (kind == "preflight") {
            return Err(format!("exchange {index}: the head of a {kind} says is_preflight: {}", head.is_preflight()));
        }
        let cookie = if head.include_credentials() { self.jar.header(head.url()) } else { None };
        compare::request_head(model, head, cookie.as_deref()).map_err(|error| format!("exchange {index}: {error}"))?;
        self.answer(index, exchange)
    }

    /// The answer of an exchange; moves the clock as it says.
    fn answer(&mut self, index: usize, exchange: &ExchangeModel) -> Result<Answer, Failure> {
        let model = exchange.answer.as_ref().ok_or_else(|| format!("exchange {index} has no answer"))?;
        self.clock = self.clock.saturating_add(model.after_ms);
        request::answer(model).map_err(|error| format!("exchange {index}: {error}"))
    }

    fn reply(&mut self, exchange: Exchange<'_>, answer: Answer) -> Result<Reply, Failure> {
        match answer {
            Answer::Abort => Ok(Reply::Abort),
            Answer::Failure(failure) => {
                exchange.fail(failure);
                Ok(Reply::Continue)
            }
            Answer::Head(head) => {
                let (stores, url) = (exchange.head().include_credentials(), exchange.head().url().clone());
                if stores {
                    self.store_cookies(&url, &head);
                }
                let delivery = exchange.respond(head, self.now());
                Ok(delivery.map_or(Reply::Continue, |delivery| Reply::Ended(Ended::accept(delivery))))
            }
            _ => Err("a request is answered with a status, a failure, or abort".into()),
        }
    }

    fn store_cookies(&mut self, url: &Url, head: &Head) {
        for (name, value) in &head.1 {
            if name.eq_ignore_ascii_case(b"set-cookie") {
                self.jar.store(url, value);
            }
        }
    }

    /// Whether the script goes on with a manual redirect, and the engine with it.
    fn follows_manual_redirect(
        &self,
        ended: &Ended,
        fetch: &mut Fetch,
        script: &mut Script<'_>,
    ) -> Result<bool, Failure> {
        let Ended::Response(response) = ended else { return Ok(false) };
        let mut rest = script.exchanges.clone();
        let Some((index, exchange)) = rest.next() else { return Ok(false) };
        let Some(model) = &exchange.next_manual_redirect else { return Ok(false) };
        script.exchanges = rest;
        compare::response(model, response).map_err(|error| format!("exchange {index}: {error}"))?;
        let followed = fetch.process_next_manual_redirect(self.now());
        if Some(followed) != exchange.followed {
            return Err(format!("exchange {index}: followed is {followed}, wanted {:?}", exchange.followed));
        }
        Ok(followed)
    }
}
