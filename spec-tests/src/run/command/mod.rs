//! Any program that speaks the protocol of `COMMAND.md`, over real loopback connections.

mod process;
mod servers;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use self::process::Process;
use self::servers::Servers;
use super::wire::outcome::{Compare, REPORTS};
use super::wire::script::{Probes, Script};
use super::wire::{beyond_wire, fetch_exchanges, mentions_cookies};
use super::{Case, Difference, Kind, Runner, Target, Verdict};
use crate::Failure;
use crate::fixture::{NEEDS, read_row};
use crate::scenario::{self, EngineProfile, Scenario, StepModel};
use crate::symbols::Bindings;
use crate::table;

/// What bare loopback servers cannot give.
const CANNOT: [(&str, &str); 17] = [
    ("subdomain", "loopback addresses have no subdomains"),
    ("untrustworthy-http", "loopback addresses are potentially trustworthy"),
    ("named-host", "loopback hosts are addresses"),
    ("literal-host", "the host has a name of its own"),
    ("fixed-port", "the port has a number of its own"),
    ("https", "the servers have no certificates"),
    ("service-worker", "no service worker is between"),
    ("gate", "a gate is inside the host"),
    ("host-policy", "the policy is inside the host"),
    ("cache-content", "the cache is inside the host"),
    ("cache-limits", "bounds of the cache are the host's own"),
    ("cache-upkeep", "the cache's upkeep is the host's own"),
    ("manual-navigation", "the navigation is inside the host"),
    ("abort", "the moment of an abort is inside the host"),
    ("odd-status", "HTTP/1.1 carries no such status as final"),
    ("odd-header", "HTTP/1.1 carries no such header line"),
    ("very-large-body", "the body does not exist"),
];
/// How long a program may take to come up, which says nothing of its fetches.
const START: Duration = Duration::from_secs(20);

/// A program to run cases against.
#[derive(Clone, Debug)]
pub struct Command {
    program: Vec<String>,
    name: String,
    profile: Option<EngineProfile>,
    timeout: Duration,
}

/// A program's greeting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Greeting {
    version: u32,
    name: String,
    #[serde(default)]
    cannot: Vec<String>,
    reports: Vec<String>,
}

impl Command {
    /// Starts the program once, to learn its name. With a `profile`, it is asked to be like that engine.
    ///
    /// # Errors
    /// It does not start, or its greeting is not as `COMMAND.md` says.
    pub fn new(program: Vec<String>, profile: Option<EngineProfile>, timeout: Duration) -> Result<Self, Failure> {
        let (_, greeting) = greet(&program, timeout)?;
        Ok(Self { program, name: greeting.name, profile, timeout })
    }
}

fn greet(program: &[String], timeout: Duration) -> Result<(Process, Greeting), Failure> {
    let mut process = Process::start(program, timeout.max(START))?;
    let answer = process.ask(&json!({"do": "hello", "version": 1}))?;
    process.set_timeout(timeout);
    let greeting: Greeting = serde_json::from_value(answer).map_err(|error| format!("the greeting: {error}"))?;
    if greeting.version != 1 {
        return Err(format!("the program speaks version {}, not 1", greeting.version));
    }
    let unknown = |known: &[&str], words: &[String]| words.iter().find(|word| !known.contains(&word.as_str())).cloned();
    let needs: Vec<&str> = NEEDS.iter().map(|(need, _)| *need).collect();
    if let Some(word) = unknown(&needs, &greeting.cannot).or_else(|| unknown(&REPORTS, &greeting.reports)) {
        return Err(format!("the greeting has {word:?}, which means nothing"));
    }
    Ok((process, greeting))
}

impl Target for Command {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn profile(&self) -> Option<EngineProfile> {
        self.profile
    }

    fn start(&self) -> Result<Box<dyn Runner>, Failure> {
        Ok(Box::new(Job { command: self.clone(), servers: Servers::start()?, process: None }))
    }
}

/// One job: its servers and its process.
struct Job {
    command: Command,
    servers: Servers,
    process: Option<(Process, Greeting)>,
}

/// Why a case did not come to its end.
enum Stop {
    Skip(String),
    /// The program has to be started anew.
    Broken(Failure),
    Wrong(Vec<Difference>),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Wrong(vec![Difference::of_text(failure)])
    }
}

impl Runner for Job {
    fn run(&mut self, case: &Case) -> Verdict {
        let result = match case.kind {
            Kind::Scenario => self.scenario(case),
            Kind::Table => self.table(case),
        };
        match result {
            Ok(()) => Verdict::Passed,
            Err(Stop::Skip(reason)) => Verdict::Skipped(reason),
            Err(Stop::Wrong(differences)) => Verdict::Failed(differences),
            Err(Stop::Broken(failure)) => {
                self.process = None;
                Verdict::Failed(vec![Difference::of_text(failure)])
            }
        }
    }
}

impl Job {
    fn greeting(&mut self) -> Result<Greeting, Stop> {
        if self.process.is_none() {
            self.process = Some(greet(&self.command.program, self.command.timeout).map_err(Stop::Broken)?);
        }
        let greeting = self.process.as_ref().map(|(_, greeting)| greeting.clone());
        greeting.ok_or_else(|| Stop::Broken("no process".to_owned()))
    }

    fn ask(&mut self, message: &Value) -> Result<Value, Stop> {
        let (process, _) = self.process.as_mut().ok_or_else(|| Stop::Broken("no process".to_owned()))?;
        let answer = process.ask(message).map_err(Stop::Broken)?;
        let told = |member| answer.get(member).and_then(Value::as_str);
        match (told("skip"), told("failure")) {
            (Some(reason), _) => Err(Stop::Skip(format!("the program: {reason}"))),
            (None, Some(failure)) => Err(Failure::from(format!("the program failed: {failure}")).into()),
            (None, None) => Ok(answer),
        }
    }

    fn can(&mut self, case: &Case) -> Result<Greeting, Stop> {
        let need = |need: &str| CANNOT.iter().find(|(cannot, _)| *cannot == need);
        if case.kind == Kind::Scenario
            && let Some((need, why)) = case.needs().find_map(need)
        {
            return Err(Stop::Skip(format!("needs {need}: {why}")));
        }
        if self.command.profile.is_some()
            && let Some(reason) = case.sets_switches()?
        {
            return Err(Stop::Skip(reason));
        }
        let greeting = self.greeting()?;
        match case.needs().find(|need| greeting.cannot.iter().any(|cannot| cannot == need)) {
            Some(need) => Err(Stop::Skip(format!("needs {need}, which the program does not have"))),
            None => Ok(greeting),
        }
    }

    fn table(&mut self, case: &Case) -> Result<(), Stop> {
        self.can(case)?;
        let row = &case.row;
        let answer = self.ask(&json!({"do": "function", "function": row["function"], "input": row["input"]}))?;
        let wanted = &row["expect"];
        match answer.get("result") {
            Some(seen) if table::agrees(row["function"].as_str().unwrap_or_default(), seen, wanted) => Ok(()),
            seen => {
                let seen = seen.map_or_else(|| answer.to_string(), Value::to_string);
                Err(Stop::Wrong(vec![Difference::new("result", wanted.to_string(), seen)]))
            }
        }
    }

    fn scenario(&mut self, case: &Case) -> Result<(), Stop> {
        let greeting = self.can(case)?;
        if let Some(reason) = beyond_wire(&case.row)? {
            return Err(Stop::Skip(reason));
        }
        let bound = scenario::bind(&case.row, self.servers.bindings())?;
        let model: Scenario = read_row(bound.clone())?;
        let cookies = Cookies::of(&model, self.servers.bindings(), &greeting);
        let mut config = bound.get("config").cloned().unwrap_or_else(|| json!({}));
        if let Some(engine) = self.command.profile {
            config["profile"] = engine.name().into();
        }
        self.ask(&json!({"do": "start", "case": case.id(), "config": config, "cookies": cookies.jar}))?;
        let mut clock: u64 = 0;
        for (index, step) in model.steps.iter().enumerate() {
            let written = &bound["steps"][index];
            match step {
                StepModel { advance_ms: Some(milliseconds), .. } => clock = clock.saturating_add(*milliseconds),
                StepModel { back_ms: Some(milliseconds), .. } => clock = clock.saturating_sub(*milliseconds),
                StepModel { set_clock_ms: Some(milliseconds), .. } => clock = *milliseconds,
                StepModel { clear_cache: Some(_), .. } => drop(self.ask(&json!({"do": "clear-cache"}))?),
                step => {
                    let client = written.get("client").unwrap_or(&bound["client"]);
                    for _ in 0..step.repeat.unwrap_or(1) {
                        self.fetch(index, step, &written["fetch"], client, clock, cookies.are_probes, &greeting)?;
                    }
                }
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn fetch(
        &mut self,
        index: usize,
        step: &StepModel,
        fetch: &Value,
        client: &Value,
        clock: u64,
        may_see_cookies: bool,
        greeting: &Greeting,
    ) -> Result<(), Stop> {
        let (Some(exchanges), Some(outcome)) = (&step.exchanges, &step.outcome) else {
            return Err(Failure::from("a step without fetch").into());
        };
        let (exchanges, body_length) = fetch_exchanges(exchanges, step);
        let probes = if may_see_cookies { Probes::Everywhere } else { Probes::Nowhere };
        *self.servers.script() = Script::new(exchanges, body_length, probes);
        let servers: Vec<&str> = self.servers.bindings().iter().map(|(_, origin)| origin).collect();
        let message = json!({"do": "fetch", "clock_ms": clock, "client": client, "fetch": fetch, "servers": servers});
        let reported = self.ask(&message);
        let differences = self.servers.script().finish();
        let mut compare = Compare { reports: &greeting.reports, differences };
        compare.outcome(outcome, &reported?);
        if compare.differences.is_empty() {
            return Ok(());
        }
        for difference in &mut compare.differences {
            difference.what = format!("step {index}: {}", difference.what);
        }
        Err(Stop::Wrong(compare.differences))
    }
}

/// The jar at the start.
struct Cookies {
    jar: Value,
    /// Whether every host has a cookie only to show whether credentials are sent.
    are_probes: bool,
}

impl Cookies {
    fn of(model: &Scenario, bindings: &Bindings, greeting: &Greeting) -> Self {
        let states_cookies = |step: &StepModel| step.exchanges.iter().flatten().any(mentions_cookies);
        let can = !greeting.cannot.iter().any(|cannot| cannot == "cookies");
        let are_probes = can && model.cookies.is_empty() && !model.steps.iter().any(states_cookies);
        let jar = if are_probes {
            bindings.iter().map(|(_, origin)| (origin.to_owned(), Value::from("fixture=1"))).collect()
        } else {
            model.cookies.iter().map(|(origin, cookie)| (origin.clone(), Value::from(cookie.as_str()))).collect()
        };
        Self { jar: Value::Object(jar), are_probes }
    }
}
