//! The world of a scenario: what answers, the cookie jar, and the clock.

use url::Url;

use super::answer::{self, Answer, GateAnswer, Head, NetworkAnswer, WorkerAnswer, url};
use super::observed::{Seen, SeenError, Sent};
use super::{AnswerModel, CacheEntryModel, ClearModel, ClientModel, FetchModel, Scenario};
use crate::Failure;
use crate::jar::CookieJar;

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
pub(crate) struct Lasting {
    jar: CookieJar,
    /// Milliseconds.
    pub(crate) clock: u64,
}

impl Lasting {
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, Failure> {
        let mut jar = CookieJar::default();
        for (origin, cookie) in &scenario.cookies {
            jar.store(&url(origin)?, cookie.as_bytes());
        }
        Ok(Self { jar, clock: 0 })
    }
}

/// What answers a fetch, and is told what came of it: a script that compares, or one that notes.
pub(crate) trait Script: std::fmt::Debug {
    /// Answers a request, which carries this `Cookie` value.
    fn exchange(&mut self, sent: &Sent, cookie: Option<&[u8]>) -> Result<AnswerModel, Failure>;
    /// Answers for a gate.
    fn gate(&mut self, url: &Url) -> Result<AnswerModel, Failure>;
    /// Answers for a service worker.
    fn service_worker(&mut self, url: &Url) -> Result<AnswerModel, Failure>;
    /// See [`World::goes_on_from`].
    fn goes_on_from(&mut self, response: &Seen<'_>) -> Result<bool, Failure>;
    /// See [`World::followed`].
    fn followed(&mut self, followed: bool) -> Result<(), Failure>;
    /// See [`World::ends_in_response`].
    fn ends_in_response(&mut self, response: &Seen<'_>) -> Result<(), Failure>;
    /// See [`World::ends_in_error`].
    fn ends_in_error(&mut self, error: &SeenError) -> Result<(), Failure>;
}

/// The world around one fetch. Every method tells its script.
#[derive(Debug)]
pub struct World<'a> {
    lasting: &'a mut Lasting,
    script: &'a mut dyn Script,
}

impl<'a> World<'a> {
    pub(crate) fn new(lasting: &'a mut Lasting, script: &'a mut dyn Script) -> Self {
        Self { lasting, script }
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
        let cookie = if sent.credentials { self.lasting.jar.header(&sent.url) } else { None };
        let model = self.script.exchange(sent, cookie.as_deref())?;
        match self.answer(&model)? {
            Answer::Head(head) => {
                if sent.credentials {
                    self.store_cookies(&sent.url, &head);
                }
                Ok(NetworkAnswer::Head(head))
            }
            Answer::Failure(kind) => Ok(NetworkAnswer::Failure(kind)),
            Answer::Abort => Ok(NetworkAnswer::Abort),
            _ => Err(format!("{}: a request is answered with a status, a failure, or abort", sent.url)),
        }
    }

    /// Asks a gate.
    ///
    /// # Errors
    /// No gate is expected, or one for another URL.
    pub fn gate(&mut self, url: &Url) -> Result<GateAnswer, Failure> {
        let model = self.script.gate(url)?;
        match self.answer(&model)? {
            Answer::Gate(answer) => Ok(answer),
            _ => Err(format!("{url}: a gate is answered with gate")),
        }
    }

    /// Asks a service worker, which may pass.
    ///
    /// # Errors
    /// No service worker is expected, or one for another URL.
    pub fn service_worker(&mut self, url: &Url) -> Result<Option<WorkerAnswer>, Failure> {
        let model = self.script.service_worker(url)?;
        match self.answer(&model)? {
            Answer::Pass => Ok(None),
            Answer::ServiceWorker(response) => Ok(Some(response)),
            _ => Err(format!("{url}: a service worker's answer is pass, or a type with a status")),
        }
    }

    /// Reads an answer; moves the clock as it says.
    fn answer(&mut self, model: &AnswerModel) -> Result<Answer, Failure> {
        self.lasting.clock = self.lasting.clock.saturating_add(model.after_ms);
        answer::answer(model)
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
        self.script.goes_on_from(response)
    }

    /// Tells whether there was a manual redirect to follow.
    ///
    /// # Errors
    /// It is not as expected.
    pub fn followed(&mut self, followed: bool) -> Result<(), Failure> {
        self.script.followed(followed)
    }

    /// The fetch ends in a response.
    ///
    /// # Errors
    /// It is not the one that is expected, or an exchange did not come.
    pub fn ends_in_response(&mut self, response: &Seen<'_>) -> Result<Ended, Failure> {
        self.script.ends_in_response(response).map(Ended)
    }

    /// The fetch ends in a network error.
    ///
    /// # Errors
    /// It is not the one that is expected, or an exchange did not come.
    pub fn ends_in_error(&mut self, error: &SeenError) -> Result<Ended, Failure> {
        self.script.ends_in_error(error).map(Ended)
    }
}
