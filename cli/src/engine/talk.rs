//! The talk between a fetch that waits for an answer and the caller that gives it.
//!
//! A fetch is driven by an `async` function, polled by hand when its caller has said something: so what
//! the engine lends out, down to a delivery, can stay borrowed while the caller makes up its mind.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

use fetch_cors::{HostFailure, ServiceWorkerResponse, Timestamp};
use serde_json::Value;

use super::fault::Fault;
use super::message::{DeliveryDecision, GateDecision, Head};

/// What a caller says to a fetch.
#[derive(Debug)]
pub(super) enum Said {
    Respond(Head),
    Fail(HostFailure),
    Gate(GateDecision, String),
    /// A service worker's response, or that it does not answer.
    ServiceWorker(Option<Box<ServiceWorkerResponse<Head>>>),
    Delivery(DeliveryDecision, String),
    NextManualRedirect,
    Abort,
}

impl Said {
    /// The message's key.
    const fn key(&self) -> &'static str {
        match self {
            Self::Respond(_) => "respond",
            Self::Fail(_) => "fail",
            Self::Gate(..) => "gate",
            Self::ServiceWorker(_) => "service_worker",
            Self::Delivery(..) => "delivery",
            Self::NextManualRedirect => "next_manual_redirect",
            Self::Abort => "abort",
        }
    }
}

/// The caller wants the fetch ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aborted;

/// Where the two meet: one thing said, one reply.
#[derive(Default)]
pub(super) struct Port {
    said: Cell<Option<(Said, Timestamp)>>,
    reply: Cell<Option<Reply>>,
}

/// What the caller gets for what it said.
#[derive(Debug)]
pub(super) enum Reply {
    Message(Value),
    Fault(Fault),
}

impl Port {
    /// Puts something to the fetch, which is to be polled next.
    pub(super) fn say(&self, said: Said, now: Timestamp) {
        self.said.set(Some((said, now)));
    }

    /// What the fetch replied.
    pub(super) fn take_reply(&self) -> Option<Reply> {
        self.reply.take()
    }

    /// Asks the caller, and waits until `read` finds an answer to that in what it says; the time comes with
    /// it. Anything else is refused, and the question stands.
    pub(super) async fn ask<T>(
        &self,
        question: Value,
        read: impl Fn(Said) -> Result<T, Said>,
    ) -> Result<(T, Timestamp), Aborted> {
        self.reply.set(Some(Reply::Message(question)));
        poll_fn(|_| {
            let Some((said, now)) = self.said.take() else { return Poll::Pending };
            match read(said) {
                Ok(answer) => Poll::Ready(Ok((answer, now))),
                Err(Said::Abort) => Poll::Ready(Err(Aborted)),
                Err(said) => {
                    self.reply.set(Some(Reply::Fault(Fault::not_asked_for(said.key()))));
                    Poll::Pending
                }
            }
        })
        .await
    }
}
