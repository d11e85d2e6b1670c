//! What the servers of a fetch expect, answer and saw.

use std::collections::{BTreeSet, VecDeque};

use url::Url;

use super::Server;
use super::http1::Received;
use crate::Failure;
use crate::run::verdict::Difference;
use crate::scenario::{AnswerModel, ExchangeModel, RequestModel};
use crate::symbols::{bytes, text};

/// The body of every response that has one, unless it says how long it is.
pub(in crate::run) const BODY: &[u8] = b"fixture";
/// The longest body that a `Content-Length` of a fixture may ask for.
const LONGEST_BODY: usize = 1 << 20;

/// What a server does with a connection.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::run) enum Reply {
    /// Sends this.
    Response { head: Vec<u8>, body: Vec<u8> },
    /// Closes it without a word.
    Close,
}

/// Which servers the jar has a cookie for, so that every request shows whether it carries credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::run) enum Probes {
    /// Nobody knows.
    #[default]
    Nowhere,
    /// All.
    Everywhere,
    /// Those of these schemes and hosts.
    At(BTreeSet<(&'static str, String)>),
}

impl Probes {
    fn cover(&self, server: &Server) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Everywhere => true,
            Self::At(servers) => servers.contains(&(server.scheme, server.host.clone())),
        }
    }
}

/// The exchanges of one fetch.
#[derive(Debug, Default)]
pub(in crate::run) struct Script {
    exchanges: VecDeque<(usize, ExchangeModel)>,
    body_length: u64,
    probes: Probes,
    differences: Vec<Difference>,
}

impl Script {
    /// The exchanges to come; `body_length` is what a request with a body carries.
    pub(in crate::run) fn new(exchanges: Vec<ExchangeModel>, body_length: u64, probes: Probes) -> Self {
        let exchanges = exchanges.into_iter().enumerate().collect();
        Self { exchanges, body_length, probes, differences: Vec::new() }
    }

    /// What was not as expected, exchanges that did not come included.
    pub(in crate::run) fn finish(&mut self) -> Vec<Difference> {
        for (index, exchange) in self.exchanges.drain(..) {
            let wanted = exchange.preflight.as_ref().map_or("the request", |_| "a preflight");
            self.differences.push(Difference::new(format!("exchange {index}"), wanted, "nothing"));
        }
        std::mem::take(&mut self.differences)
    }

    /// Compares a request with the next exchange, and answers it.
    pub(in crate::run) fn reply(&mut self, server: &Server, received: &Received) -> Reply {
        let line = format!("{} {}", text(&received.method), server.url(&text(&received.target)));
        let Some((index, exchange)) = self.exchanges.pop_front() else {
            self.differences.push(Difference::new("one more exchange", "nothing", line));
            return Reply::Response {
                head: b"HTTP/1.1 500 Unexpected\r\nconnection: close\r\n\r\n".to_vec(),
                body: Vec::new(),
            };
        };
        let place = format!("exchange {index}");
        if let Err(failure) = self.compare(&place, &exchange, server, received) {
            self.differences.push(Difference::of_text(format!("{place}: {failure}")));
        }
        match exchange.answer.as_ref().map(|answer| response(answer, received)) {
            Some(Ok(reply)) => reply,
            Some(Err(failure)) => {
                self.differences.push(Difference::of_text(format!("{place}: {failure}")));
                Reply::Close
            }
            None => Reply::Close,
        }
    }

    fn compare(
        &mut self,
        place: &str,
        exchange: &ExchangeModel,
        server: &Server,
        received: &Received,
    ) -> Result<(), Failure> {
        let is_preflight = received.method == b"OPTIONS" && received.header("access-control-request-method").is_some();
        let (model, kind) = match (&exchange.preflight, &exchange.request) {
            (Some(model), _) => (model, true),
            (None, Some(model)) => (model, false),
            (None, None) => return Err("no request, and one came".to_owned()),
        };
        let word = |is_preflight| if is_preflight { "a preflight" } else { "the request" };
        self.check(place, "kind", word(kind).to_owned(), word(is_preflight).to_owned());
        if let Some(method) = &model.method {
            self.check(place, "method", method.clone(), text(&received.method));
        }
        if let Some(wanted) = &model.url {
            let wanted = Url::parse(wanted).map_err(|error| format!("{wanted:?}: {error}"))?;
            let path = &wanted[url::Position::BeforePath..url::Position::AfterQuery];
            let port = wanted.port_or_known_default().unwrap_or_default();
            let wanted = format!("{}://{}:{port}{path}", wanted.scheme(), wanted.host_str().unwrap_or_default());
            self.check(place, "URL", wanted, server.url(&text(&received.target)));
        }
        self.check(place, "header host", server.authority(), text(&received.header("host").unwrap_or_default()));
        self.headers(place, model, server, received)?;
        let length = match model.body.as_deref() {
            Some("null") => Some(0),
            Some(_) => Some(self.body_length),
            None => None,
        };
        if let Some(length) = length {
            self.check(place, "length of the body", length.to_string(), received.body_length.to_string());
        }
        Ok(())
    }

    fn headers(
        &mut self,
        place: &str,
        model: &RequestModel,
        server: &Server,
        received: &Received,
    ) -> Result<(), Failure> {
        for (name, wanted) in &model.headers {
            let wanted = wanted.as_deref().map(bytes).transpose()?;
            let wanted = wanted.as_deref().map(|value| value.trim_ascii());
            let seen = received.header(name);
            if wanted != seen.as_deref() {
                let show = |value: Option<&[u8]>| {
                    value.map_or_else(|| "absent".to_owned(), |value| format!("{:?}", text(value)))
                };
                let what = format!("{place}: header {name}");
                self.differences.push(Difference::new(what, show(wanted), show(seen.as_deref())));
            }
        }
        let states_cookie = model.headers.contains_key("cookie");
        if let Some(credentials) = model.credentials
            && !states_cookie
            && (self.probes.cover(server) || !credentials)
        {
            let word = |sends| if sends { "a cookie" } else { "no cookie" };
            let seen = received.header("cookie").is_some();
            self.check(place, "credentials", word(credentials).to_owned(), word(seen).to_owned());
        }
        Ok(())
    }

    fn check(&mut self, place: &str, what: &str, wanted: String, seen: String) {
        if wanted != seen {
            self.differences.push(Difference::new(format!("{place}: {what}"), wanted, seen));
        }
    }
}

fn response(answer: &AnswerModel, received: &Received) -> Result<Reply, Failure> {
    let Some(status) = answer.status else { return Ok(Reply::Close) };
    let mut head = format!("HTTP/1.1 {status} Fixture\r\n").into_bytes();
    let mut body = BODY.to_vec();
    for (name, value) in &answer.headers {
        let value = bytes(value)?;
        if name.eq_ignore_ascii_case("content-length")
            && let Some(length) =
                std::str::from_utf8(&value).ok().and_then(|digits| digits.trim().parse::<usize>().ok())
        {
            body = vec![b'x'; length.min(LONGEST_BODY)];
        }
        head.extend([&bytes(name)?[..], b": ", &value, b"\r\n"].concat());
    }
    let has = |wanted: &str| answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    if matches!(status, 301 | 302 | 303 | 307 | 308) && has("location") && !has("cache-control") {
        // Nobody sees the headers of a redirect, and a permanent one would be stored without this.
        head.extend_from_slice(b"cache-control: no-store\r\n");
    }
    head.extend_from_slice(b"connection: close\r\n\r\n");
    if received.method == b"HEAD" || matches!(status, 204 | 205 | 304) {
        body.clear();
    }
    Ok(Reply::Response { head, body })
}
