//! The world of a scenario: the script that answers, the cookie jar, and the clock.

use url::Url;

use super::answer::{self, Answer, GateAnswer, Head, NetworkAnswer, WorkerAnswer, url};
use super::observed::{ExchangeKind, Seen, SeenError, Sent};
use super::{
    CacheEntryModel, ClearModel, ClientModel, ExchangeModel, FetchModel, OutcomeModel, RequestModel, Scenario, compare,
};
use crate::Failure;
use crate::jar::CookieJar;
use crate::symbols::text;

/// An implementation of the standard, as scenarios drive it: one user agent.
pub trait Implementation {
    /// Runs one fetch in the world, to its end.
    ///
    /// # Errors
    /// What the fixture says does not exist, or what the world says: that something is not as expected.
    fn fetch(&mut self, fetch: &FetchModel, client: &ClientModel, world: &mut World<'_>) -> Result<Ended, Failure>;

    /// Clears the CORS-preflight cache, or a part of it.
    ///
    /// # Errors
    /// A word that does not exist.
    fn clear_cache(&mut self, what: &ClearModel) -> Result<(), Failure>;

    /// The host restarts, and takes the CORS-preflight cache along.
    fn restart(&mut self, clock: u64);

    /// Every living entry of the CORS-preflight cache.
    fn cache(&self, clock: u64) -> Vec<CacheEntryModel>;
}

/// That a fetch has ended and its outcome was compared. Only a [`World`] makes one.
#[derive(Debug)]
pub struct Ended(());

/// What lasts from fetch to fetch.
#[derive(Debug, Default)]
pub(super) struct Lasting {
    jar: CookieJar,
    /// Milliseconds.
    pub(super) clock: u64,
}

impl Lasting {
    pub(super) fn new(scenario: &Scenario) -> Result<Self, Failure> {
        let mut jar = CookieJar::default();
        for (origin, cookie) in &scenario.cookies {
            jar.store(&url(origin)?, cookie.as_bytes());
        }
        Ok(Self { jar, clock: 0 })
    }
}

/// The world around one fetch. Every method compares what it is told with the script.
#[derive(Debug)]
pub struct World<'a> {
    lasting: &'a mut Lasting,
    script: Script<'a>,
    outcome: &'a OutcomeModel,
    /// The number of the last exchange, and whether its manual redirect is followed.
    wanted_followed: (usize, Option<bool>),
}

/// The exchanges that are still to come.
#[derive(Debug)]
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
}

fn describe(sent: &Sent) -> String {
    let lines: Vec<String> =
        sent.lines.iter().map(|(name, value)| format!("{}: {}", text(name), text(value))).collect();
    format!("{} {} [{}]", sent.method, sent.url, lines.join("; "))
}

impl<'a> World<'a> {
    pub(super) fn new(lasting: &'a mut Lasting, exchanges: &'a [&'a ExchangeModel], outcome: &'a OutcomeModel) -> Self {
        let script = Script { exchanges: exchanges.iter().enumerate() };
        Self { lasting, script, outcome, wanted_followed: (0, None) }
    }

    /// The clock, in milliseconds.
    pub const fn clock(&self) -> u64 {
        self.lasting.clock
    }

    /// Sends a request.
    ///
    /// # Errors
    /// It is not the one that is expected.
    pub fn exchange(&mut self, sent: &Sent) -> Result<NetworkAnswer, Failure> {
        let pick = |model: &'a ExchangeModel| -> Option<&'a RequestModel> {
            match sent.kind {
                ExchangeKind::Preflight => model.preflight.as_ref(),
                ExchangeKind::Request => model.request.as_ref(),
                ExchangeKind::Scheme => model.scheme.as_ref(),
            }
        };
        let (index, model, exchange) = self.script.next(sent.kind.name(), &describe(sent), pick)?;
        let cookie = if sent.credentials { self.lasting.jar.header(&sent.url) } else { None };
        compare::request_head(model, sent, cookie.as_deref()).map_err(|error| format!("exchange {index}: {error}"))?;
        match self.answer(index, exchange)? {
            Answer::Head(head) => {
                if sent.credentials {
                    self.store_cookies(&sent.url, &head);
                }
                Ok(NetworkAnswer::Head(head))
            }
            Answer::Failure(kind) => Ok(NetworkAnswer::Failure(kind)),
            Answer::Abort => Ok(NetworkAnswer::Abort),
            _ => Err(format!("exchange {index}: a request is answered with a status, a failure, or abort")),
        }
    }

    /// Asks a gate.
    ///
    /// # Errors
    /// No gate is expected, or one for another URL.
    pub fn gate(&mut self, url: &Url) -> Result<GateAnswer, Failure> {
        let (index, model, exchange) = self.script.next("gate", url.as_str(), |model| model.gate.as_ref())?;
        compare::hop(model, url).map_err(|error| format!("exchange {index}: {error}"))?;
        match self.answer(index, exchange)? {
            Answer::Gate(answer) => Ok(answer),
            _ => Err(format!("exchange {index}: a gate is answered with gate")),
        }
    }

    /// Asks a service worker, which may pass.
    ///
    /// # Errors
    /// No service worker is expected, or one for another URL.
    pub fn service_worker(&mut self, url: &Url) -> Result<Option<WorkerAnswer>, Failure> {
        let (index, model, exchange) =
            self.script.next("service worker", url.as_str(), |model| model.service_worker.as_ref())?;
        compare::hop(model, url).map_err(|error| format!("exchange {index}: {error}"))?;
        match self.answer(index, exchange)? {
            Answer::Pass => Ok(None),
            Answer::ServiceWorker(response) => Ok(Some(response)),
            _ => Err(format!("exchange {index}: a service worker's answer is pass, or a type with a status")),
        }
    }

    /// The answer of an exchange; moves the clock as it says.
    fn answer(&mut self, index: usize, exchange: &ExchangeModel) -> Result<Answer, Failure> {
        let model = exchange.answer.as_ref().ok_or_else(|| format!("exchange {index} has no answer"))?;
        self.lasting.clock = self.lasting.clock.saturating_add(model.after_ms);
        answer::answer(model).map_err(|error| format!("exchange {index}: {error}"))
    }

    fn store_cookies(&mut self, url: &Url, head: &Head) {
        for (name, value) in &head.1 {
            if name.eq_ignore_ascii_case(b"set-cookie") {
                self.lasting.jar.store(url, value);
            }
        }
    }

    /// Whether the host goes on from this delivered response with the next manual redirect; then the
    /// implementation tries to, and says how that went with [`followed`](Self::followed).
    ///
    /// # Errors
    /// The response is not the one that is expected there.
    pub fn goes_on_from(&mut self, response: &Seen<'_>) -> Result<bool, Failure> {
        let mut rest = self.script.exchanges.clone();
        let Some((index, exchange)) = rest.next() else { return Ok(false) };
        let Some(model) = &exchange.next_manual_redirect else { return Ok(false) };
        self.script.exchanges = rest;
        self.wanted_followed = (index, exchange.followed);
        compare::response(model, response).map_err(|error| format!("exchange {index}: {error}"))?;
        Ok(true)
    }

    /// Tells whether there was a manual redirect to follow.
    ///
    /// # Errors
    /// It is not as expected.
    pub fn followed(&self, followed: bool) -> Result<(), Failure> {
        let (index, wanted) = self.wanted_followed;
        if wanted == Some(followed) {
            return Ok(());
        }
        Err(format!("exchange {index}: followed is {followed}, wanted {wanted:?}"))
    }

    /// The fetch ends in a response.
    ///
    /// # Errors
    /// It is not the one that is expected, or an exchange did not come.
    pub fn ends_in_response(&mut self, response: &Seen<'_>) -> Result<Ended, Failure> {
        match self.outcome {
            OutcomeModel::Response(model) => compare::response(model, response)?,
            OutcomeModel::Error(_) => {
                let Seen { response_type, internal_status, .. } = response;
                return Err(format!(
                    "response of type {response_type} with internal status {internal_status}, wanted a network error"
                ));
            }
        }
        self.finish()
    }

    /// The fetch ends in a network error.
    ///
    /// # Errors
    /// It is not the one that is expected, or an exchange did not come.
    pub fn ends_in_error(&mut self, error: &SeenError) -> Result<Ended, Failure> {
        match self.outcome {
            OutcomeModel::Error(model) => compare::network_error(model, error)?,
            OutcomeModel::Response(_) => {
                return Err(format!("network error, wanted a response: {}", error.message));
            }
        }
        self.finish()
    }

    fn finish(&mut self) -> Result<Ended, Failure> {
        match self.script.exchanges.next() {
            None => Ok(Ended(())),
            Some((index, _)) => Err(format!("exchange {index} did not come")),
        }
    }
}
