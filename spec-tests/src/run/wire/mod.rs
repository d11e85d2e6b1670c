//! What scripted servers share, whoever connects to them: HTTP/1.1, the script, and how outcomes are compared.

pub(in crate::run) mod http1;
pub(in crate::run) mod outcome;
pub(in crate::run) mod script;

use serde_json::Value;
use url::Url;

use crate::Failure;
use crate::fixture::read_row;
use crate::scenario::{AnswerModel, BodyModel, ExchangeModel, RequestModel, Scenario, StepModel};

/// Header lines that would change how the servers' HTTP works.
const FRAMING: [&str; 5] = ["transfer-encoding", "content-encoding", "connection", "upgrade", "trailer"];

/// Which server a connection is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::run) struct Server {
    /// `http` or `https`.
    pub(in crate::run) scheme: &'static str,
    /// The host as it is in URLs.
    pub(in crate::run) host: String,
    /// The port.
    pub(in crate::run) port: u16,
}

impl Server {
    /// The server of an http or https URL.
    pub(in crate::run) fn of_url(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let scheme = ["http", "https"].into_iter().find(|scheme| *scheme == url.scheme())?;
        Some(Self { scheme, host: url.host_str()?.to_owned(), port: url.port_or_known_default()? })
    }

    /// What its `Host` lines say.
    pub(in crate::run) fn authority(&self) -> String {
        match (self.scheme, self.port) {
            ("http", 80) | ("https", 443) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }

    /// A URL on it, with its port always written out.
    pub(in crate::run) fn url(&self, target: &str) -> String {
        format!("{}://{}:{}{target}", self.scheme, self.host, self.port)
    }
}

/// The exchanges of a step's fetch one by one, and how long a body of its request is.
pub(in crate::run) fn fetch_exchanges(exchanges: &[ExchangeModel], step: &StepModel) -> (Vec<ExchangeModel>, u64) {
    let times = |exchange: &ExchangeModel| exchange.repeat.unwrap_or(1) as usize;
    let exchanges = exchanges.iter().flat_map(|exchange| std::iter::repeat_n(exchange.clone(), times(exchange)));
    let body_length = match step.fetch.as_ref().and_then(|fetch| fetch.body) {
        Some(BodyModel::Source(length)) => length,
        _ => BodyModel::STREAM_LENGTH,
    };
    (exchanges.collect(), body_length)
}

/// Whether an exchange sends, sets or states cookies.
pub(in crate::run) fn mentions_cookies(exchange: &ExchangeModel) -> bool {
    let requests = [&exchange.preflight, &exchange.request];
    requests.into_iter().flatten().any(|request| request.headers.contains_key("cookie"))
        || exchange
            .answer
            .iter()
            .flat_map(|answer| &answer.headers)
            .any(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
}

/// What an answer does that no scripted server does.
pub(in crate::run) fn beyond_wire(row: &Value) -> Result<Option<String>, Failure> {
    let model: Scenario = read_row(row.clone())?;
    let exchanges = || model.steps.iter().flat_map(|step| step.exchanges.iter().flatten());
    if exchanges().any(|exchange| exchange.scheme.is_some()) {
        return Ok(Some("needs other-scheme: what such URLs hold is the host's".to_owned()));
    }
    let has_all_lines = |request: &RequestModel| request.all_headers.is_some();
    if exchanges().flat_map(|exchange| exchange.request.iter().chain(&exchange.preflight)).any(has_all_lines) {
        return Ok(Some("needs odd-header: programs add header lines of HTTP's own".to_owned()));
    }
    let why = |answer: &AnswerModel| {
        let failure = answer.failure.as_deref().filter(|kind| !["connect", "other", "protocol"].contains(kind));
        let framing = answer.headers.iter().find(|(name, _)| FRAMING.contains(&name.to_ascii_lowercase().as_str()));
        match (failure, framing) {
            (Some(kind), _) => Some(format!("needs network-failure: no scripted server makes one of kind {kind}")),
            (None, Some((name, _))) => Some(format!("needs odd-header: {name} would change the servers' HTTP")),
            (None, None) if answer.after_ms > 0 => Some("needs clock: the answer takes virtual time".to_owned()),
            (None, None) => None,
        }
    };
    Ok(exchanges().filter_map(|exchange| exchange.answer.as_ref()).find_map(why))
}
