//! One job: cases in one browser, one after the other, and another browser when it breaks.

use std::time::Duration;

use fetch_cors::Profile;
use serde_json::{Value, json};

use super::cookies::{self, Cookie, Cookies};
use super::driver::{Browser as Running, Stopped};
use super::element::Element;
use super::proxy::Proxy;
use super::reason::{self, Told};
use super::resource::Resource;
use super::{Browser, Engine, clock, expectation, hosts, limits, page};
use crate::Failure;
use crate::fixture::read_row;
use crate::run::wire::fetch_exchanges;
use crate::run::wire::outcome::Compare;
use crate::run::wire::script::{Probes, Script};
use crate::run::{Case, Difference, Runner, Target as _, Verdict, wall_clock};
use crate::scenario::{self, ClientModel, EngineProfile, FetchModel, OutcomeModel, Scenario, StepModel};

/// What a page can tell of `fetch()`.
const OF_FETCH: [&str; 7] = ["type", "status", "url", "redirected", "headers", "body", "timing_allow"];
/// What a page can tell of an XHR.
const OF_XHR: [&str; 4] = ["status", "url", "headers", "body"];
/// How long a console may take to say why a fetch failed; only those by CORS have a message.
const LONGEST_MESSAGE: Duration = Duration::from_millis(150);
/// How long Chromium may take to say why a fetch failed.
const LONGEST_REASON: Duration = Duration::from_secs(1);
/// How long to wait before it is asked again.
const PAUSE: Duration = Duration::from_millis(5);
/// How often in a row a browser may fail to come up again.
const MOST_STARTS: u32 = 3;

/// A proxy and a browser.
pub(super) struct Job {
    browser: Browser,
    proxy: Proxy,
    /// None after it broke.
    pub(super) running: Option<Running>,
    failed_starts: u32,
    /// Cases so far.
    number: u64,
}

/// Why a case did not come to its end.
enum Stop {
    Skip(String),
    /// The browser has to be started anew.
    Broken(Failure),
    Wrong(Vec<Difference>),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Wrong(vec![Difference::of_text(failure)])
    }
}

impl From<Stopped> for Stop {
    fn from(stopped: Stopped) -> Self {
        Self::Broken(format!("the browser was started anew: {stopped}"))
    }
}

impl Runner for Job {
    fn run(&mut self, case: &Case) -> Verdict {
        match self.scenario(case) {
            Ok(()) => Verdict::Passed,
            Err(Stop::Skip(reason)) => Verdict::Skipped(reason),
            Err(Stop::Wrong(differences)) => Verdict::Failed(differences),
            Err(Stop::Broken(failure)) => {
                if let Some(running) = self.running.take() {
                    running.end();
                }
                Verdict::Failed(vec![Difference::of_text(failure)])
            }
        }
    }
}

impl Job {
    /// Without a browser yet.
    pub(super) fn new(browser: Browser) -> Result<Self, Failure> {
        Ok(Self { browser, proxy: Proxy::start()?, running: None, failed_starts: 0, number: 0 })
    }

    /// Starts the browser, unless it runs.
    pub(super) fn bring_up(&mut self) -> Result<(), Failure> {
        if self.running.is_some() {
            return Ok(());
        }
        if self.failed_starts >= MOST_STARTS {
            return Err(format!("the browser did not come up {MOST_STARTS} times in a row"));
        }
        let Browser { engine, programs, timeout, .. } = &self.browser;
        match Running::start(*engine, programs, self.proxy.address().port(), *timeout) {
            Ok(running) => {
                self.failed_starts = 0;
                self.running = Some(running);
                Ok(())
            }
            Err(failure) => {
                self.failed_starts = self.failed_starts.saturating_add(1);
                Err(failure)
            }
        }
    }

    fn running(&self) -> Result<&Running, Stop> {
        self.running.as_ref().ok_or_else(|| Stop::Broken("no browser".to_owned()))
    }

    fn scenario(&mut self, case: &Case) -> Result<(), Stop> {
        if let Some(reason) = limits::of_needs(case) {
            return Err(Stop::Skip(reason));
        }
        let engine = self.browser.engine;
        self.number = self.number.saturating_add(1);
        let profile = self.browser.profile().map_or_else(Profile::standard, EngineProfile::profile);
        let row = clock::fit(case.row.clone(), &profile)?.map_err(Stop::Skip)?;
        let bound = scenario::bind(&row, &hosts::bindings(self.number))?;
        let model: Scenario = read_row(bound.clone())?;
        if let Some(reason) = limits::of_case(engine, case, &model)? {
            return Err(Stop::Skip(reason));
        }
        // Other cases may have been at hosts of these names.
        if case.needs().any(|need| need == "literal-host")
            && let Some(running) = &self.running
            && !running.forget()?
        {
            self.running = None;
        }
        self.bring_up()?;
        let mut hosts = hosts::named(&bound);
        hosts.extend(hosts::bindings(self.number).iter().filter_map(|(_, origin)| hosts::host(origin)));
        let cookies = Cookies::of(engine, &model);
        self.proxy.stage().begin(hosts);
        let running = self.running()?;
        let must_plant = !running.set_cookies(&cookies.all)?;
        let mut at = None;
        let mut differences = Vec::new();
        for (index, step) in model.steps.iter().enumerate() {
            if step.clear_cache.is_some() {
                self.running()?.forget_preflights()?;
                continue;
            }
            if let Some(wait) = clock::wait(step) {
                std::thread::sleep(wait);
                continue;
            }
            let client = step.client.as_ref().unwrap_or(&model.client);
            if at.is_none() && must_plant {
                self.plant(client, &cookies.all)?;
            }
            at = Some(self.go(client, at)?);
            for _ in 0..step.repeat.unwrap_or(1) {
                let found = self.fetch(client, step, &cookies.probes)?;
                differences.extend(found.into_iter().map(|mut difference| {
                    difference.what = format!("step {index}: {}", difference.what);
                    difference
                }));
            }
        }
        differences.extend(self.proxy.stage().strangers());
        if differences.is_empty() { Ok(()) } else { Err(Stop::Wrong(differences)) }
    }

    /// Goes to a client's page, unless it is already there.
    fn go<'a>(&self, client: &'a ClientModel, at: Option<&'a ClientModel>) -> Result<&'a ClientModel, Stop> {
        if at.is_some_and(|at| std::ptr::eq(at, client)) {
            return Ok(client);
        }
        let (url, page) = page::of_client(client)?;
        let Some(page) = page else {
            // Firefox counts it as secure behind a secure page, and blocks mixed content.
            let origin = hosts::bindings(self.number).origin("CLIENT").map(str::to_owned);
            self.go(&ClientModel { origin, ..ClientModel::default() }, None)?;
            self.running()?.navigate(&url)?;
            return Ok(client);
        };
        self.proxy.stage().serve_page(page);
        self.running()?.navigate(&url)?;
        if self.proxy.stage().awaits_page() {
            return Err(Failure::from(format!("the browser did not ask for the page {url}")).into());
        }
        Ok(client)
    }

    /// Has a page fetch the cookies. It has no embedder policy, with which it would get none.
    fn plant(&self, client: &ClientModel, cookies: &[Cookie]) -> Result<(), Stop> {
        if cookies.is_empty() {
            return Ok(());
        }
        let plain = ClientModel { origin: client.origin.clone(), ..ClientModel::default() };
        self.go(&plain, None)?;
        let reached = |cookie: &&Cookie| cookies::reach(self.browser.engine, client, &cookie.url);
        let cookies: Vec<Cookie> = cookies.iter().filter(reached).cloned().collect();
        let urls = self.proxy.stage().serve_cookies(&cookies);
        let told = self.running()?.call(page::PLANT, &json!(urls))?;
        if told == json!([]) { Ok(()) } else { Err(Failure::from(format!("no cookies came from {told}")).into()) }
    }

    fn fetch(&self, client: &ClientModel, step: &StepModel, probes: &Probes) -> Result<Vec<Difference>, Stop> {
        let (Some(fetch), Some(exchanges), Some(outcome)) = (&step.fetch, &step.exchanges, &step.outcome) else {
            return Err(Failure::from("a step without fetch").into());
        };
        let (exchanges, body_length) = fetch_exchanges(exchanges, step);
        let element = Element::of(step);
        let resource = element.map(Element::resource);
        let described = |exchange| match resource {
            Some(resource) => resource.describe(exchange),
            None => exchange,
        };
        let exchanges = exchanges.into_iter().map(expectation::exchange).map(described).collect();
        {
            let mut stage = self.proxy.stage();
            stage.script = Script::new(exchanges, body_length, probes.clone());
            stage.body = resource.map(Resource::body);
        }
        let argument = match element {
            Some(element) => element.argument(fetch, page::is_timed(outcome)),
            None => page::argument(fetch, outcome, self.serve_worker(client)?.as_deref()),
        };
        let told = self.running()?.call(page::SCRIPT, &argument);
        let differences = self.proxy.stage().script.finish();
        let told = told?;
        if let Some(what) = told["unsupported"].as_str() {
            return Err(Stop::Skip(format!("needs element: the browser has no {what}")));
        }
        let mut told = page::outcome(told)?;
        let reason = if told.get("error").is_some() { self.reason(&fetch.url)? } else { None };
        if let Some(reason) = &reason {
            told["error"]["browser"] = reason.words.as_str().into();
        }
        let expected = expectation::outcome(outcome.clone());
        let mut differences = if element.is_some() {
            Element::compare(&expected, &told, differences)
        } else {
            compare(fetch, &expected, &told, differences)
        };
        if let (OutcomeModel::Error(model), Some(reason)) = (outcome, &reason) {
            differences.extend(reason.compare(model));
        }
        Ok(differences)
    }

    /// Has the script of a worker served, if the client is one; where it is.
    fn serve_worker(&self, client: &ClientModel) -> Result<Option<String>, Stop> {
        if !client.worker {
            return Ok(None);
        }
        let (url, script) = page::of_worker(client)?;
        self.proxy.stage().serve_page(script);
        Ok(Some(url))
    }

    /// What the browser itself says of a failure; it may come a moment after the page knows.
    fn reason(&self, url: &str) -> Result<Option<Told>, Stop> {
        let deadline = wall_clock()
            + match self.browser.engine {
                Engine::Chromium => LONGEST_REASON,
                Engine::Firefox => LONGEST_MESSAGE,
                Engine::Webkit => return Ok(None),
            };
        let mut log = Vec::new();
        while wall_clock() < deadline {
            log.extend(self.running()?.log()?);
            if let Some(told) = reason::of_log(self.browser.engine, &log, url) {
                return Ok(Some(told));
            }
            std::thread::sleep(PAUSE);
        }
        Ok(None)
    }
}

/// Compares what the page tells of `fetch()` or of an XHR.
fn compare(fetch: &FetchModel, expected: &OutcomeModel, told: &Value, differences: Vec<Difference>) -> Vec<Difference> {
    let reports: &[&str] = if fetch.use_cors_preflight { &OF_XHR } else { &OF_FETCH };
    let reports: Vec<String> = reports.iter().map(|&member| member.to_owned()).collect();
    let mut compare = Compare { reports: &reports, differences };
    compare.outcome(expected, told);
    compare.differences
}
