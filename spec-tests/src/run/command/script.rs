//! What the servers of a fetch expect, answer and saw.

use std::collections::VecDeque;

use url::Url;

use super::http1::Received;
use crate::Failure;
use crate::run::verdict::Difference;
use crate::scenario::{AnswerModel, ExchangeModel, RequestModel};
use crate::symbols::{bytes, text};

/// The body of every response that has one, unless it says how long it is.
pub(super) const BODY: &[u8] = b"fixture";
/// The longest body that a `Content-Length` of a fixture may ask for.
const LONGEST_BODY: usize = 1 << 20;

/// What a server does with a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Sends this.
    Response { head: Vec<u8>, body: Vec<u8> },
    /// Closes it without a word.
    Close,
}

/// The exchanges of one fetch.
#[derive(Debug, Default)]
pub(super) struct Script {
    exchanges: VecDeque<(usize, ExchangeModel)>,
    body_length: u64,
    may_see_cookies: bool,
    differences: Vec<Difference>,
}

impl Script {
    /// The exchanges to come; `body_length` is what a request with a body carries, `may_see_cookies`
    /// whether the jar has a cookie for every host.
    pub(super) fn new(exchanges: Vec<ExchangeModel>, body_length: u64, may_see_cookies: bool) -> Self {
        let exchanges = exchanges.into_iter().enumerate().collect();
        Self { exchanges, body_length, may_see_cookies, differences: Vec::new() }
    }

    /// What was not as expected, exchanges that did not come included.
    pub(super) fn finish(&mut self) -> Vec<Difference> {
        for (index, exchange) in self.exchanges.drain(..) {
            let wanted = exchange.preflight.as_ref().map_or("the request", |_| "a preflight");
            self.differences.push(Difference::new(format!("exchange {index}"), wanted, "nothing"));
        }
        std::mem::take(&mut self.differences)
    }

    /// Compares a request with the next exchange, and answers it.
    pub(super) fn reply(&mut self, authority: &str, received: &Received) -> Reply {
        let line = format!("{} http://{authority}{}", text(&received.method), text(&received.target));
        let Some((index, exchange)) = self.exchanges.pop_front() else {
            self.differences.push(Difference::new("one more exchange", "nothing", line));
            return Reply::Response {
                head: b"HTTP/1.1 500 Unexpected\r\nconnection: close\r\n\r\n".to_vec(),
                body: Vec::new(),
            };
        };
        let place = format!("exchange {index}");
        if let Err(failure) = self.compare(&place, &exchange, authority, received) {
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
        authority: &str,
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
            let wanted = format!("http://{}:{port}{path}", wanted.host_str().unwrap_or_default());
            self.check(place, "URL", wanted, format!("http://{authority}{}", text(&received.target)));
        }
        self.check(place, "header host", authority.to_owned(), text(&received.header("host").unwrap_or_default()));
        self.headers(place, model, received)?;
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

    fn headers(&mut self, place: &str, model: &RequestModel, received: &Received) -> Result<(), Failure> {
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
            && (self.may_see_cookies || !credentials)
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
    head.extend_from_slice(b"connection: close\r\n\r\n");
    if received.method == b"HEAD" || matches!(status, 204 | 205 | 304) {
        body.clear();
    }
    Ok(Reply::Response { head, body })
}
