//! The driver: asks the engine what to do, does it, and writes down what happened.

use std::io::Write;

use fetch_cors::{Action, Fetch, HostFailure, NetworkError, Response, Timestamp, UserAgent};
use tokio::time::Instant;
use url::Url;

use crate::exchange::Wire;
use crate::net::Answer;
use crate::outcome::{delivered, stopped, write_body};
use crate::plan::{Plan, Usage};
use crate::record::{Asked, BodyOutcome, Outcome, Record};
use crate::timeline::{Timeline, notes};

/// Where bodies are written to, if anywhere.
pub(crate) type Sink<'a> = Option<&'a mut dyn Write>;

/// Runs all fetches of a plan, one after the other, in one user agent.
pub(crate) async fn run(plan: &Plan, mut sink: Sink<'_>) -> Result<Vec<Record>, Usage> {
    let mut host = Host::new(plan)?;
    let mut records = Vec::new();
    for _ in 0..plan.repeat {
        for url in &plan.urls {
            let sink = sink.as_mut().map(|sink| &mut **sink as &mut dyn Write);
            records.push(host.fetch(url, sink).await?);
        }
    }
    Ok(records)
}

/// What outlives a fetch.
struct Host<'p> {
    plan: &'p Plan,
    agent: UserAgent,
    wire: Wire<'p>,
    zero: Instant,
}

impl<'p> Host<'p> {
    fn new(plan: &'p Plan) -> Result<Self, Usage> {
        Ok(Self { plan, agent: UserAgent::new(plan.config.clone()), wire: Wire::new(plan)?, zero: Instant::now() })
    }

    async fn fetch(&mut self, url: &Url, sink: Sink<'_>) -> Result<Record, Usage> {
        let started = Instant::now();
        let deadline = started + self.plan.max_time;
        let request = self.plan.request.build(url, &self.plan.client).map_err(|e| Usage(e.to_string()))?;
        let zero = self.zero;
        let now = || Timestamp::from_duration(zero.elapsed());
        let mut drive = Drive {
            fetch: self.agent.fetch(request, now()),
            wire: &mut self.wire,
            timeline: Timeline::default(),
            deadline,
            follows_manually: self.plan.request.follows_manually,
        };
        let result = drive.finish(now).await?;
        drive.timeline.catch_up(&drive.fetch);
        let outcome = match result {
            Ok(response) => {
                let (mut seen, answer) = delivered(response);
                if let (Some(sink), BodyOutcome::Readable) = (sink, &seen.body) {
                    seen.body = write_body(answer, sink, deadline).await;
                }
                Outcome::Delivered(seen)
            }
            Err(error) => Outcome::Stopped(stopped(&error)),
        };
        Ok(Record {
            asked: asked(self.plan, url),
            notes: notes(&drive.fetch),
            timeline: drive.timeline.moments,
            outcome,
            cache_entries: self.agent.preflight_cache().entries(now()).len(),
            took: started.elapsed(),
        })
    }
}

fn asked(plan: &Plan, url: &Url) -> Asked {
    let request = &plan.request;
    Asked {
        url: url.to_string(),
        origin: plan.client.origin().serialize().to_owned(),
        method: request.method.clone(),
        mode: request.mode.as_str(),
        credentials: request.credentials.as_str(),
        redirect: request.redirect.as_str(),
        dropped: request.dropped.clone(),
    }
}

/// One fetch under way.
struct Drive<'h, 'p> {
    fetch: Fetch,
    wire: &'h mut Wire<'p>,
    timeline: Timeline,
    deadline: Instant,
    /// A navigation follows the redirects that it is handed.
    follows_manually: bool,
}

impl Drive<'_, '_> {
    /// Does what the engine asks for until there is a response or a network error.
    async fn finish(&mut self, now: impl Fn() -> Timestamp) -> Result<Result<Response<Answer>, NetworkError>, Usage> {
        loop {
            self.timeline.catch_up(&self.fetch);
            match self.fetch.action() {
                Action::SendPreflight(exchange) | Action::SendRequest(exchange) => {
                    let (told, result) = self.wire.exchange(&exchange.head(), self.deadline).await;
                    self.timeline.push(told);
                    match result {
                        Err(failure) => exchange.fail(failure),
                        Ok(answer) => {
                            let Some(delivery) = exchange.respond(answer, now()) else {
                                continue;
                            };
                            let response = delivery.accept();
                            let goes_on = self.follows_manually && self.fetch.process_next_manual_redirect(now());
                            if !goes_on {
                                return Ok(Ok(response));
                            }
                        }
                    }
                }
                Action::SchemeFetch(exchange) => exchange.fail(HostFailure::unsupported_scheme()),
                Action::Gate(gate) => gate.proceed(now()),
                Action::ServiceWorker(worker) => worker.pass(now()),
                Action::NetworkError(error) => return Ok(Err(error.clone())),
                Action::Delivered => {
                    return Err(Usage("internal error: a response came twice".to_owned()));
                }
            }
        }
    }
}
