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
    /// Those that came.
    passed: Vec<ExchangeModel>,
    body_length: u64,
    probes: Probes,
    differences: Vec<Difference>,
}

impl Script {
    /// The exchanges to come; `body_length` is what a request with a body carries.
    pub(in crate::run) fn new(exchanges: Vec<ExchangeModel>, body_length: u64, probes: Probes) -> Self {
        let exchanges = exchanges.into_iter().enumerate().collect();
        Self { exchanges, passed: Vec::new(), body_length, probes, differences: Vec::new() }
    }

    /// What was not as expected, exchanges that did not come included.
    pub(in crate::run) fn finish(&mut self) -> Vec<Difference> {
        self.skip(self.exchanges.len());
        std::mem::take(&mut self.differences)
    }

    /// So many exchanges do not come.
    fn skip(&mut self, count: usize) {
        for (index, exchange) in self.exchanges.drain(..count) {
            let wanted = exchange.preflight.as_ref().map_or("the request", |_| "a preflight");
            self.differences.push(Difference::new(format!("exchange {index}"), wanted, "nothing"));
        }
    }

    /// Answers what is not to come: as it was answered before, or so that it goes on.
    fn reply_beyond(&mut self, server: &Server, received: &Received) -> Reply {
        let line = format!("{} {}", text(&received.method), server.url(&text(&received.target)));
        self.differences.push(Difference::new("one more exchange", "nothing", line));
        let before = self.passed.iter().rev().find(|passed| is_asked_by(passed, server, received));
        let answer = before.and_then(|passed| passed.answer.as_ref());
        answer.and_then(|answer| response(answer, received).ok()).unwrap_or_else(|| permission(received))
    }

    /// Compares a request with the next exchange of its kind and URL, and answers it.
    pub(in crate::run) fn reply(&mut self, server: &Server, received: &Received) -> Reply {
        match self.exchanges.iter().position(|(_, exchange)| is_asked_by(exchange, server, received)) {
            Some(place) => self.skip(place),
            None => {
                let is_kind = |(_, next): &(usize, ExchangeModel)| next.preflight.is_some() == is_preflight(received);
                if !self.exchanges.front().is_some_and(is_kind) {
                    return self.reply_beyond(server, received);
                }
            }
        }
        let Some((index, exchange)) = self.exchanges.pop_front() else { return self.reply_beyond(server, received) };
        self.passed.push(exchange.clone());
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
        let (model, kind) = match (&exchange.preflight, &exchange.request) {
            (Some(model), _) => (model, true),
            (None, Some(model)) => (model, false),
            (None, None) => return Err("no request, and one came".to_owned()),
        };
        let word = |is_preflight| if is_preflight { "a preflight" } else { "the request" };
        self.check(place, "kind", word(kind).to_owned(), word(is_preflight(received)).to_owned());
        if let Some(method) = &model.method {
            self.check(place, "method", method.clone(), text(&received.method));
        }
        if let Some(wanted) = &model.url {
            self.check(place, "URL", as_asked(wanted)?, server.url(&text(&received.target)));
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

fn is_preflight(received: &Received) -> bool {
    received.method == b"OPTIONS" && received.header("access-control-request-method").is_some()
}

/// A URL as a server sees it, with its port always written out.
fn as_asked(url: &str) -> Result<String, Failure> {
    let parsed = Url::parse(url).map_err(|error| format!("{url:?}: {error}"))?;
    let path = &parsed[url::Position::BeforePath..url::Position::AfterQuery];
    let port = parsed.port_or_known_default().unwrap_or_default();
    Ok(format!("{}://{}:{port}{path}", parsed.scheme(), parsed.host_str().unwrap_or_default()))
}

/// Whether a request is for the kind and URL of an exchange.
fn is_asked_by(exchange: &ExchangeModel, server: &Server, received: &Received) -> bool {
    let model = if is_preflight(received) { &exchange.preflight } else { &exchange.request };
    let asked = || server.url(&text(&received.target));
    let is_it = |model: &RequestModel| model.url.as_deref().is_none_or(|url| as_asked(url) == Ok(asked()));
    model.as_ref().is_some_and(is_it)
}

/// An answer that allows whatever is asked.
fn permission(received: &Received) -> Reply {
    let mut head = b"HTTP/1.1 200 Unexpected\r\naccess-control-allow-credentials: true\r\n".to_vec();
    for (asked, allow) in [
        ("origin", "access-control-allow-origin"),
        ("access-control-request-method", "access-control-allow-methods"),
        ("access-control-request-headers", "access-control-allow-headers"),
    ] {
        if let Some(value) = received.header(asked) {
            head.extend([allow.as_bytes(), b": ", &value, b"\r\n"].concat());
        }
    }
    head.extend_from_slice(b"connection: close\r\n\r\n");
    Reply::Response { head, body: Vec::new() }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const URL: &str = "http://a.test:1/r";

    fn script(exchanges: serde_json::Value) -> Script {
        let exchanges = serde_json::from_value(exchanges).unwrap_or_else(|error| panic!("{error}"));
        Script::new(exchanges, 0, Probes::Nowhere)
    }

    /// Asks for a path; the status line of the answer.
    fn ask(script: &mut Script, is_preflight: bool, path: &str) -> String {
        let server = Server::of_url(URL).unwrap_or_else(|| panic!("no server"));
        let mut headers = vec![(b"host".to_vec(), b"a.test:1".to_vec())];
        if is_preflight {
            headers.push((b"access-control-request-method".to_vec(), b"PUT".to_vec()));
        }
        let method: &[u8] = if is_preflight { b"OPTIONS" } else { b"PUT" };
        let received = Received { method: method.to_vec(), target: path.as_bytes().to_vec(), headers, body_length: 0 };
        match script.reply(&server, &received) {
            Reply::Response { head, .. } => text(&head).lines().next().unwrap_or_default().to_owned(),
            Reply::Close => "closed".to_owned(),
        }
    }

    fn differences(script: &mut Script) -> Vec<String> {
        script.finish().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_preflight_that_is_skipped_does_not_shift_the_answers() {
        let mut script = script(json!([
            {"preflight": {"url": URL}, "answer": {"status": 204}},
            {"request": {"url": URL}, "answer": {"status": 201}},
        ]));
        assert_eq!(ask(&mut script, false, "/r"), "HTTP/1.1 201 Fixture");
        assert_eq!(differences(&mut script), ["exchange 0: expected a preflight, seen nothing"]);
    }

    #[test]
    fn what_was_not_to_come_is_answered_and_told() {
        let mut script = script(json!([{"request": {"url": URL}, "answer": {"status": 201}}]));
        assert_eq!(ask(&mut script, true, "/r"), "HTTP/1.1 200 Unexpected");
        assert_eq!(ask(&mut script, false, "/r"), "HTTP/1.1 201 Fixture");
        assert_eq!(ask(&mut script, false, "/r"), "HTTP/1.1 201 Fixture");
        let extra = |method| format!("one more exchange: expected nothing, seen {method} {URL}");
        assert_eq!(differences(&mut script), [extra("OPTIONS"), extra("PUT")]);
    }

    #[test]
    fn another_url_takes_the_next_exchange_of_its_kind() {
        let mut script = script(json!([{"request": {"url": URL}, "answer": {"status": 201}}]));
        assert_eq!(ask(&mut script, false, "/other"), "HTTP/1.1 201 Fixture");
        assert_eq!(differences(&mut script), [format!("exchange 0: URL: expected {URL}, seen http://a.test:1/other")]);
    }
}
