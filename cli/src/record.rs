//! What happened in one fetch, kept for the report and for the JSON document alike.

use std::time::Duration;

use crate::cookies::Offered;
use crate::net::{Head, Line, NetFailure};

/// One fetch from the request to its outcome.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) asked: Asked,
    /// In the order in which it happened.
    pub(crate) timeline: Vec<Moment>,
    /// Findings that stopped nothing.
    pub(crate) notes: Vec<Finding>,
    pub(crate) outcome: Outcome,
    /// Entries in the preflight cache when the fetch was over.
    pub(crate) cache_entries: usize,
    pub(crate) took: Duration,
}

/// The request as the page made it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) url: String,
    pub(crate) origin: String,
    pub(crate) method: String,
    pub(crate) mode: &'static str,
    pub(crate) credentials: &'static str,
    pub(crate) redirect: &'static str,
    /// Header names that fetch() drops, each with why.
    pub(crate) dropped: Vec<Dropped>,
}

/// A header that never becomes part of the request.
#[derive(Clone, Debug)]
pub(crate) struct Dropped {
    pub(crate) name: String,
    pub(crate) why: &'static str,
}

/// A decision of the engine, or an exchange on the wire.
#[derive(Debug)]
pub(crate) enum Moment {
    Decision(Decision),
    Exchange(Box<Exchange>),
}

/// One decision of the engine.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) kind: &'static str,
    pub(crate) step: &'static str,
    pub(crate) anchor: &'static str,
    /// Redirects before it.
    pub(crate) redirects: u8,
    pub(crate) text: String,
}

/// One request on the wire and what came back.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) preflight: bool,
    /// Redirects before it.
    pub(crate) redirects: u8,
    pub(crate) include_credentials: bool,
    pub(crate) method: String,
    pub(crate) url: String,
    /// The request target on the wire.
    pub(crate) target: String,
    pub(crate) version: &'static str,
    /// The request's lines as they stood on the wire.
    pub(crate) sent: Vec<Line>,
    pub(crate) body_bytes: Option<usize>,
    pub(crate) answer: Result<Head, NetFailure>,
    pub(crate) cookies: Vec<Offered>,
    pub(crate) took: Duration,
}

/// A finding with a stable code.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

/// How a fetch ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Delivered(Delivered),
    Stopped(Stopped),
}

/// What script would see.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) response_type: &'static str,
    pub(crate) status: u16,
    pub(crate) url: Option<String>,
    pub(crate) redirected: bool,
    pub(crate) visible: Vec<Line>,
    /// Names in the response that script cannot see.
    pub(crate) hidden: Vec<String>,
    pub(crate) body: BodyOutcome,
}

/// What became of the body.
#[derive(Debug)]
pub(crate) enum BodyOutcome {
    /// Script could read it; nobody asked for it here.
    Readable,
    /// Script sees no body.
    Nothing,
    /// Written out: this many bytes.
    Written(u64),
    /// Broke off after this many bytes.
    Broken(u64, NetFailure),
    /// Could not be written.
    Unwritable(String),
}

/// Why there is no response: blocked by a rule, or failed below it.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// The failure of the network, if that is what stopped it.
    pub(crate) failure: Option<&'static str>,
    pub(crate) code: &'static str,
    pub(crate) number: u16,
    pub(crate) stage: &'static str,
    pub(crate) redirects: u8,
    pub(crate) message: String,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) anchor: &'static str,
    pub(crate) step: &'static str,
    pub(crate) remedy: String,
}

/// Exit status for a usage error.
pub(crate) const EXIT_USAGE: u8 = 2;
const EXIT_DELIVERED: u8 = 0;
const EXIT_BLOCKED: u8 = 1;
const EXIT_NETWORK: u8 = 3;

impl Record {
    /// The exit status of this fetch alone.
    pub(crate) fn exit_code(&self) -> u8 {
        match &self.outcome {
            Outcome::Delivered(seen) => match seen.body {
                BodyOutcome::Broken(..) => EXIT_NETWORK,
                BodyOutcome::Unwritable(_) => EXIT_USAGE,
                _ => EXIT_DELIVERED,
            },
            Outcome::Stopped(stopped) if stopped.failure.is_some() => EXIT_NETWORK,
            Outcome::Stopped(_) => EXIT_BLOCKED,
        }
    }

    pub(crate) fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.timeline.iter().filter_map(|moment| match moment {
            Moment::Decision(decision) => Some(decision),
            Moment::Exchange(_) => None,
        })
    }

    pub(crate) fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.timeline.iter().filter_map(|moment| match moment {
            Moment::Exchange(exchange) => Some(&**exchange),
            Moment::Decision(_) => None,
        })
    }
}

/// The exit status of several fetches: the highest counts.
pub(crate) fn exit_code(records: &[Record]) -> u8 {
    records.iter().map(Record::exit_code).max().unwrap_or(EXIT_DELIVERED)
}

/// The address of an algorithm: a fragment is one of the Fetch standard.
pub(crate) fn standard_url(anchor: &str) -> String {
    if anchor.contains("://") { anchor.to_owned() } else { format!("https://fetch.spec.whatwg.org/#{anchor}") }
}
