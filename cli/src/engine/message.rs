//! What a caller says. The parts of [`Message::Hello`], [`Message::Start`] and [`Message::Cache`] stand
//! where they are used.

use fetch_cors::{HostFailure, HostFailureKind, ResponseType, ServiceWorkerResponse};
use serde::Deserialize;

use super::cache::CacheCommand;
use super::config::Hello;
use super::fault::{Code, Fault};
use super::request::Start;
use super::talk::Said;
use super::value::{ByteString, Id, Line, Moment, Object, Plain, Whole, Word, given, plain_words, url};

/// A response head: status and lines.
pub(super) type Head = (u16, Vec<(Vec<u8>, Vec<u8>)>);

/// A status; the engine judges it.
type Status = Whole<{ u16::MAX as u64 }>;

/// A message: an object with one key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Message {
    Hello(Object<Box<Hello>>),
    Start(Object<Box<Start>>),
    Respond(Object<Respond>),
    Fail(Object<Fail>),
    Gate(Object<Gate>),
    ServiceWorker(Object<Box<ServiceWorker>>),
    Delivery(Object<Delivery>),
    NextManualRedirect(Object<Turn>),
    Abort(Object<Turn>),
    Cache(CacheCommand),
}

plain_words! {
    /// As [`HostFailureKind`].
    FailureKind { Connect, Tls, Timeout, Protocol, UnsupportedScheme, NotCached, Other }
    /// What a gate says.
    GateDecision { Proceed, UpgradeBeforeReferrer, UpgradeAfterReferrer, Block }
    /// What becomes of a delivery.
    DeliveryDecision { Accept, Block }
}

/// Defines messages about a fetch: its ID, the time, and more.
macro_rules! turns {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(super) struct $name {
                pub(super) id: Id,
                pub(super) now: Moment,
                $($(#[$attribute])* $field: $type,)*
            }
        )+
    };
}

turns! {
    /// Nothing more to say.
    Turn {}
    /// Answers an exchange with a response's head.
    Respond {
        status: Status,
        #[serde(default)]
        headers: Vec<Line>,
    }
    /// Answers an exchange: there is no response.
    Fail {
        kind: Plain<FailureKind>,
        #[serde(default)]
        text: String,
    }
    /// Answers a gate.
    Gate {
        decision: Plain<GateDecision>,
        #[serde(default, deserialize_with = "given")]
        why: Option<String>,
    }
    /// Answers for a service worker: its response, or null if it does not answer.
    ServiceWorker {
        // Null is an answer, silence is none: so this is no key that may be missing.
        #[serde(deserialize_with = "Option::deserialize")]
        response: Option<Object<WorkerResponse>>,
    }
    /// Answers a delivery.
    Delivery {
        decision: Plain<DeliveryDecision>,
        #[serde(default, deserialize_with = "given")]
        why: Option<String>,
    }
}

/// A service worker's response.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkerResponse {
    #[serde(rename = "type")]
    response_type: Word<ResponseType>,
    status: Status,
    #[serde(default)]
    headers: Vec<Line>,
    #[serde(default)]
    urls: Vec<String>,
    #[serde(default)]
    exposed_headers: Vec<ByteString>,
    #[serde(default)]
    range_requested: bool,
    #[serde(default, deserialize_with = "given")]
    includes_credentials: Option<bool>,
}

/// What a block says if the caller says nothing.
const NO_WORDS: &str = "the host blocked it";

impl Respond {
    pub(super) fn said(self) -> Said {
        Said::Respond(head(&self.status, self.headers))
    }
}

impl Fail {
    pub(super) fn said(self) -> Said {
        let kind = match self.kind.0 {
            FailureKind::Connect => HostFailureKind::Connect,
            FailureKind::Tls => HostFailureKind::Tls,
            FailureKind::Timeout => HostFailureKind::Timeout,
            FailureKind::Protocol => HostFailureKind::Protocol,
            FailureKind::UnsupportedScheme => HostFailureKind::UnsupportedScheme,
            FailureKind::NotCached => HostFailureKind::NotCached,
            FailureKind::Other => HostFailureKind::Other,
        };
        Said::Fail(HostFailure::new(kind, self.text))
    }
}

impl Gate {
    pub(super) fn said(self) -> Result<Said, Fault> {
        let is_block = self.decision.0 == GateDecision::Block;
        Ok(Said::Gate(self.decision.0, why(self.why, is_block)?))
    }
}

impl Delivery {
    pub(super) fn said(self) -> Result<Said, Fault> {
        let is_block = self.decision.0 == DeliveryDecision::Block;
        Ok(Said::Delivery(self.decision.0, why(self.why, is_block)?))
    }
}

impl ServiceWorker {
    pub(super) fn said(self) -> Result<Said, Fault> {
        let Some(Object(worker)) = self.response else { return Ok(Said::ServiceWorker(None)) };
        let urls = worker.urls.iter().map(|text| url("response.urls", text)).collect::<Result<_, _>>()?;
        let response = ServiceWorkerResponse::new(worker.response_type.0, head(&worker.status, worker.headers))
            .url_list(urls)
            .cors_exposed_header_names(worker.exposed_headers.into_iter().map(|name| name.0).collect())
            .range_requested(worker.range_requested)
            .request_includes_credentials(worker.includes_credentials.unwrap_or(true));
        Ok(Said::ServiceWorker(Some(Box::new(response))))
    }
}

fn head(status: &Status, lines: Vec<Line>) -> Head {
    // The number is at most that.
    let status = u16::try_from(status.0).unwrap_or(u16::MAX);
    (status, lines.into_iter().map(|Line(name, value)| (name, value)).collect())
}

fn why(why: Option<String>, is_block: bool) -> Result<String, Fault> {
    if why.is_some() && !is_block {
        return Err(Fault::new(Code::BadMessage, "why goes with decision block only"));
    }
    Ok(why.unwrap_or_else(|| NO_WORDS.to_owned()))
}
