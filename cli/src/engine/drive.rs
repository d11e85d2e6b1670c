//! One fetch from its start to its end.

use std::rc::Rc;

use fetch_cors::spec::is_redirect_status;
use fetch_cors::{Action, Delivery, Exchange, Fetch, Gate, NetworkError, Response, ServiceWorkerExchange};
use serde_json::Value;

use super::message::{DeliveryDecision, GateDecision, Head};
use super::reply;
use super::talk::{Aborted, Port, Said};

/// A fetch, and how it is driven.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) fetch: Fetch,
    /// Whether the caller is asked before a response is delivered.
    pub(super) asks_deliveries: bool,
    /// Whether the outcome tells trace and notes.
    pub(super) tells_trace: bool,
    /// A navigation that is handed its redirects.
    pub(super) is_handed_redirects: bool,
}

/// How a fetch ended.
enum Ended {
    Response(Box<Response<Head>>),
    Error(NetworkError),
    /// It had ended before.
    Already,
}

/// Drives a fetch; its last reply is what comes back.
pub(super) async fn drive(mut run: Run, port: Rc<Port>) -> Value {
    loop {
        let ended = match step(&mut run, &port).await {
            Ok(None) => continue,
            Ok(Some(ended)) => ended,
            Err(Aborted) => {
                run.fetch.abort();
                continue;
            }
        };
        let Run { id, fetch, tells_trace, .. } = &run;
        let response = match &ended {
            Ended::Response(response) => response,
            Ended::Error(error) => return reply::network_error(id, fetch, error, *tells_trace),
            Ended::Already => return reply::closed(id),
        };
        let is_open = run.is_handed_redirects && has_location(response);
        let outcome = reply::response(id, fetch, response, is_open, *tells_trace);
        drop(ended);
        if !is_open {
            return outcome;
        }
        let next = port.ask(outcome, |said| match said {
            Said::NextManualRedirect => Ok(()),
            other => Err(other),
        });
        match next.await {
            Ok(((), now)) if run.fetch.process_next_manual_redirect(now) => {}
            _ => return reply::closed(&run.id),
        }
    }
}

/// Whether a redirect was delivered that the engine can process.
fn has_location(response: &Response<Head>) -> bool {
    let internal = response.internal();
    is_redirect_status(internal.status()) && internal.header("location").is_some()
}

/// Does what the engine asks for, once.
async fn step(run: &mut Run, port: &Port) -> Result<Option<Ended>, Aborted> {
    let Run { id, fetch, asks_deliveries, .. } = run;
    let delivery = match fetch.action() {
        Action::SendPreflight(it) => exchange(it, "send-preflight", id, port).await?,
        Action::SendRequest(it) => exchange(it, "send-request", id, port).await?,
        Action::SchemeFetch(it) => exchange(it, "scheme-fetch", id, port).await?,
        Action::Gate(it) => {
            gate(it, id, port).await?;
            None
        }
        Action::ServiceWorker(it) => service_worker(it, id, port).await?,
        Action::NetworkError(error) => return Ok(Some(Ended::Error(error.clone()))),
        Action::Delivered => return Ok(Some(Ended::Already)),
    };
    let Some(delivery) = delivery else { return Ok(None) };
    if *asks_deliveries {
        let read = |said| match said {
            Said::Delivery(decision, why) => Ok((decision, why)),
            other => Err(other),
        };
        let ((decision, why), _) = port.ask(reply::delivery(id, delivery.response()), read).await?;
        if decision == DeliveryDecision::Block {
            delivery.block(why);
            return Ok(None);
        }
    }
    Ok(Some(Ended::Response(Box::new(delivery.accept()))))
}

async fn exchange<'f>(
    exchange: Exchange<'f>,
    kind: &str,
    id: &str,
    port: &Port,
) -> Result<Option<Delivery<'f, Head>>, Aborted> {
    let read = |said| match said {
        Said::Respond(head) => Ok(Ok(head)),
        Said::Fail(failure) => Ok(Err(failure)),
        other => Err(other),
    };
    let (answer, now) = port.ask(reply::exchange(id, kind, &exchange.head()), read).await?;
    Ok(match answer {
        Ok(head) => exchange.respond(head, now),
        Err(failure) => {
            exchange.fail(failure);
            None
        }
    })
}

async fn gate(gate: Gate<'_>, id: &str, port: &Port) -> Result<(), Aborted> {
    let read = |said| match said {
        Said::Gate(decision, why) => Ok((decision, why)),
        other => Err(other),
    };
    let ((decision, why), now) = port.ask(reply::hop(id, "gate", gate.url()), read).await?;
    match decision {
        GateDecision::Proceed => gate.proceed(now),
        GateDecision::UpgradeBeforeReferrer => gate.upgrade_before_referrer(now),
        GateDecision::UpgradeAfterReferrer => gate.upgrade_after_referrer(now),
        GateDecision::Block => gate.block(why),
    }
    Ok(())
}

async fn service_worker<'f>(
    worker: ServiceWorkerExchange<'f>,
    id: &str,
    port: &Port,
) -> Result<Option<Delivery<'f, Head>>, Aborted> {
    let read = |said| match said {
        Said::ServiceWorker(response) => Ok(response),
        other => Err(other),
    };
    let (response, now) = port.ask(reply::hop(id, "service-worker", worker.url()), read).await?;
    Ok(match response {
        Some(response) => worker.respond(*response, now),
        None => {
            worker.pass(now);
            None
        }
    })
}
