//! Runs the oracle on a sequence.

use std::collections::VecDeque;
use std::time::Duration;

use url::Url;

use super::moment::{CacheLine, Event, Moment, Seen};
use super::plan::{AnswerPlan, FetchPlan, Sequence, Step, WorkerPlan};
use crate::oracle::Oracle;
use crate::oracle::cache::PreflightCache;
use crate::oracle::fetch::Outcome;
use crate::oracle::host::{Answer, GateAnswer, Host, Wire, WorkerResponse};
use crate::oracle::rules::Rules;

/// What the oracle does on a sequence.
///
/// `evicted` is what an engine that evicts did: whatever it no longer holds at a moment, the oracle
/// forgets there too, as the standard lets a user agent do at any time. So every later decision is
/// judged by what the engine holds, and what it holds must be something that the oracle stored.
#[must_use]
pub fn run(sequence: &Sequence, evicted: Option<&[Moment]>) -> Vec<Moment> {
    let mut oracle = Oracle::new(sequence.rules.clone());
    let mut world = World { clock: 0, moments: Vec::new(), evicted, rules: &sequence.rules, script: Script::default() };
    for step in &sequence.steps {
        match step {
            Step::Fetch(plan) => {
                world.fetch(plan, &mut oracle);
                continue;
            }
            Step::Advance(milliseconds) => world.clock += milliseconds,
            Step::Back(milliseconds) => world.clock = world.clock.saturating_sub(*milliseconds),
            Step::Restart => oracle.cache.restart(world.now(), &sequence.rules),
            Step::ClearAll => oracle.cache.clear_all(),
            Step::ClearOrigin(origin) => oracle.cache.clear_origin(origin),
            Step::ClearSite(origin) => oracle.cache.clear_site(origin, &sequence.rules),
            Step::ClearPartition(key) => oracle.cache.clear_partition(key.as_deref()),
        }
        world.note(Event::Step, &mut oracle.cache);
    }
    world.moments
}

/// The answers that are still to come.
#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<AnswerPlan>,
    gates: VecDeque<GateAnswer>,
    workers: VecDeque<Option<WorkerPlan>>,
}

/// The oracle's world.
struct World<'a> {
    /// Milliseconds.
    clock: u64,
    moments: Vec<Moment>,
    evicted: Option<&'a [Moment]>,
    rules: &'a Rules,
    script: Script,
}

impl World<'_> {
    fn fetch(&mut self, plan: &FetchPlan, oracle: &mut Oracle) {
        self.script = Script {
            answers: plan.answers.clone().into(),
            gates: plan.gates.clone().into(),
            workers: plan.workers.clone().into(),
        };
        let (mut params, outcome) = oracle.fetch(plan.request.clone(), self);
        let mut was_response = self.note_outcome(outcome, oracle);
        for _ in 0..plan.manual_redirects {
            if !was_response {
                break;
            }
            let Some(outcome) = oracle.process_next_manual_redirect(&mut params, self) else {
                self.note(Event::NoManualRedirect, &mut oracle.cache);
                break;
            };
            was_response = self.note_outcome(outcome, oracle);
        }
    }

    /// Notes how a fetch ended; whether with a response.
    fn note_outcome(&mut self, outcome: Outcome, oracle: &mut Oracle) -> bool {
        let event = match outcome {
            Ok(response) => Event::Response(Box::new(Seen::of(&response))),
            Err(error) => Event::Error(error),
        };
        let was_response = matches!(event, Event::Response(_));
        self.note(event, &mut oracle.cache);
        was_response
    }

    fn note(&mut self, event: Event, cache: &mut PreflightCache) {
        let now = self.now();
        if let Some(moments) = self.evicted {
            let mut held = moments.get(self.moments.len()).map(|moment| moment.cache.clone()).unwrap_or_default();
            // What is dead by now is not seen, and may live again if the cache was not told.
            let is_kept: Vec<bool> = cache
                .entries
                .iter()
                .map(|entry| {
                    let line = CacheLine::of(entry, cache, now);
                    let place = held.iter().position(|other| *other == line);
                    cache.is_dead(entry, now, self.rules) || place.map(|place| held.remove(place)).is_some()
                })
                .collect();
            let mut is_kept = is_kept.into_iter();
            cache.entries.retain(|_| is_kept.next().unwrap_or_default());
        }
        let living = cache.entries.iter().filter(|entry| !cache.is_dead(entry, now, self.rules));
        let mut cache: Vec<CacheLine> = living.map(|entry| CacheLine::of(entry, cache, now)).collect();
        cache.sort();
        self.moments.push(Moment { event, cache });
    }
}

/// URLs that were planned as text.
pub(super) fn urls(list: &[String]) -> Vec<Url> {
    list.iter().map(|text| Url::parse(text).expect("planned URLs are URLs")).collect()
}

impl Host for World<'_> {
    fn now(&self) -> Duration {
        Duration::from_millis(self.clock)
    }

    fn exchange(&mut self, wire: Wire, cache: &mut PreflightCache) -> Answer {
        self.note(Event::Exchange(Box::new(wire.clone())), cache);
        let answer = self.script.answers.pop_front().unwrap_or_else(AnswerPlan::simple);
        self.clock += answer.after;
        answer.render(&wire)
    }

    fn gate(&mut self, url: &Url, cache: &mut PreflightCache) -> GateAnswer {
        self.note(Event::Gate(url.to_string()), cache);
        self.script.gates.pop_front().unwrap_or(GateAnswer::Proceed)
    }

    fn service_worker(&mut self, url: &Url, cache: &mut PreflightCache) -> Option<WorkerResponse> {
        self.note(Event::Worker(url.to_string()), cache);
        let plan = self.script.workers.pop_front().flatten()?;
        Some(WorkerResponse {
            response_type: plan.response_type,
            url_list: urls(&plan.url_list),
            status: plan.head.status,
            lines: plan.head.render(&[]),
            cors_exposed_header_names: plan.cors_exposed_header_names,
            range_requested: plan.range_requested,
            request_includes_credentials: plan.request_includes_credentials,
        })
    }
}
