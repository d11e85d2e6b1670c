//! The driver: asks the engine what to do, does it, and writes down what happened.

use std::io::Write;

use bytes::Bytes;
use fetch_cors::{Action, Fetch, HostFailure, NetworkError, Profile, Response, Timestamp, UserAgent};
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
    let zero = Instant::now();
    run_in(&mut host, plan, sink.as_mut().map(|sink| &mut **sink as &mut dyn Write), || {
        Timestamp::from_duration(zero.elapsed())
    })
    .await
}

/// The same in a host that is there.
pub(crate) async fn run_in(
    host: &mut Host,
    plan: &Plan,
    mut sink: Sink<'_>,
    now: impl Fn() -> Timestamp,
) -> Result<Vec<Record>, Usage> {
    let mut records = Vec::new();
    for _ in 0..plan.repeat {
        for url in &plan.urls {
            let sink = sink.as_mut().map(|sink| &mut **sink as &mut dyn Write);
            records.push(host.fetch(plan, url, sink, &now).await?);
        }
    }
    Ok(records)
}

/// What outlives a fetch.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) agent: UserAgent,
    pub(crate) wire: Wire,
}

impl Host {
    /// With the configuration and the cookies of a plan.
    pub(crate) fn new(plan: &Plan) -> Result<Self, Usage> {
        let [profile] = &*plan.profiles else { return Err(Usage("one profile is needed here".to_owned())) };
        Self::with_profile(plan, profile)
    }

    /// The same under a profile.
    pub(crate) fn with_profile(plan: &Plan, profile: &Profile) -> Result<Self, Usage> {
        let config = plan.config.clone().profile(profile.clone());
        Ok(Self { agent: UserAgent::new(config), wire: Wire::new(plan)? })
    }

    /// Fetches as a plan says; `now` is the engine's clock.
    pub(crate) async fn fetch(
        &mut self,
        plan: &Plan,
        url: &Url,
        sink: Sink<'_>,
        now: impl Fn() -> Timestamp,
    ) -> Result<Record, Usage> {
        let started = Instant::now();
        let deadline = started + plan.max_time;
        let request = plan.request.build(url, &plan.client).map_err(|e| Usage(e.to_string()))?;
        let mut drive = Drive {
            fetch: self.agent.fetch(request, now()),
            wire: &mut self.wire,
            body: plan.request.body.as_ref(),
            timeline: Timeline::default(),
            deadline,
            follows_manually: plan.request.follows_manually,
        };
        let result = drive.finish(&now).await?;
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
            asked: asked(plan, url),
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
struct Drive<'h> {
    fetch: Fetch,
    wire: &'h mut Wire,
    body: Option<&'h Bytes>,
    timeline: Timeline,
    deadline: Instant,
    /// A navigation follows the redirects that it is handed.
    follows_manually: bool,
}

impl Drive<'_> {
    /// Does what the engine asks for until there is a response or a network error.
    async fn finish(&mut self, now: impl Fn() -> Timestamp) -> Result<Result<Response<Answer>, NetworkError>, Usage> {
        loop {
            self.timeline.catch_up(&self.fetch);
            match self.fetch.action() {
                Action::SendPreflight(exchange) | Action::SendRequest(exchange) => {
                    let (told, result) = self.wire.exchange(&exchange.head(), self.body, self.deadline).await;
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
