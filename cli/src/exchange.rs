//! One exchange: the engine's request with its cookies out, the answer's head back.

use bytes::Bytes;
use fetch_cors::{Body, HostFailure, RequestHead, ResponseHead};
use tokio::time::Instant;
use url::Url;

use crate::cookies::{Jar, Offered};
use crate::kept::{Asking, KeptAnswers};
use crate::net::{Answer, FailureKind, Line, NetFailure, Outgoing, Transport, added_line, wire_name};
use crate::plan::{Plan, Usage};
use crate::record::Exchange;

/// The way to the servers, with the cookies that may go along.
#[derive(Debug)]
pub(crate) struct Wire {
    transport: Transport,
    jar: Jar,
    /// Answers that need not come over the wire.
    kept: Option<KeptAnswers>,
}

impl Wire {
    pub(crate) fn new(plan: &Plan) -> Result<Self, Usage> {
        let transport = Transport::new(&plan.transport).map_err(|e| Usage(e.text))?;
        let mut wire = Self { transport, jar: Jar::default(), kept: None };
        for (name, value) in &plan.cookies {
            for url in &plan.urls {
                wire.seed(url, name, value)?;
            }
        }
        Ok(wire)
    }

    /// Answers from what is kept, and keeps what comes.
    pub(crate) fn answer_from(&mut self, kept: KeptAnswers) {
        self.kept = Some(kept);
    }

    /// Puts a cookie into the jar.
    pub(crate) fn seed(&mut self, url: &Url, name: &str, value: &str) -> Result<(), Usage> {
        self.jar.seed(url, name, value).map_err(|e| Usage(format!("--cookie {name:?}: {e}")))
    }

    /// Sends what the engine wants sent, and tells what went over the wire.
    pub(crate) async fn exchange(
        &mut self,
        head: &RequestHead<'_>,
        body: Option<&Bytes>,
        deadline: Instant,
    ) -> (Exchange, Result<Answer, HostFailure>) {
        let started = Instant::now();
        let lines = self.lines(head);
        let body = match head.body() {
            Body::Source { .. } => body.cloned(),
            Body::Null | Body::Stream => None,
        };
        let asking = Asking { method: head.method().to_owned(), url: head.url().clone(), lines: lines.clone() };
        let kept = self.kept.as_mut().and_then(|kept| kept.take(&asking));
        let is_kept = kept.is_some();
        let outgoing =
            Outgoing { method: head.method().as_bytes(), url: head.url(), lines: &lines, body: body.clone() };
        let answer = if let Some(answer) = kept {
            answer
        } else if matches!(head.url().scheme(), "http" | "https") {
            self.transport.send(&outgoing, deadline).await
        } else {
            Err(NetFailure::protocol("this command speaks HTTP only"))
        };
        if let Some(kept) = self.kept.as_mut().filter(|_| !is_kept) {
            kept.keep(asking, &answer);
        }
        let version = match &answer {
            // A server may answer with an older version of HTTP/1 than it was asked in.
            Ok(answer) if answer.head.version.starts_with("HTTP/1") => "HTTP/1.1",
            Ok(answer) => answer.head.version,
            Err(_) => self.transport.likely_version(),
        };
        let cookies = match &answer {
            Ok(answer) if head.include_credentials() => self.store(head, answer),
            _ => Vec::new(),
        };
        let told = Exchange {
            preflight: head.is_preflight(),
            redirects: head.redirect_count(),
            include_credentials: head.include_credentials(),
            method: head.method().to_owned(),
            url: head.url().to_string(),
            target: head.url()[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
            version,
            sent: sent(head, &lines, version),
            body_bytes: body.map(|body| body.len()),
            answer: match &answer {
                Ok(answer) => Ok(answer.head.clone()),
                Err(failure) => Err(failure.clone()),
            },
            cookies,
            took: started.elapsed(),
        };
        (told, answer.map_err(host_failure))
    }

    /// The engine's lines, and the cookies exactly if it includes credentials.
    fn lines(&self, head: &RequestHead<'_>) -> Vec<Line> {
        let mut lines: Vec<Line> = head.headers().iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        if head.include_credentials()
            && !head.headers().contains("cookie")
            && let Some(cookies) = self.jar.header(head.url(), head.same_site_mode())
        {
            lines.push((b"Cookie".to_vec(), cookies));
        }
        lines
    }

    fn store(&mut self, head: &RequestHead<'_>, answer: &Answer) -> Vec<Offered> {
        self.jar.take(head.url(), head.same_site_mode(), &answer.head.lines)
    }
}

/// The lines as they stand on the wire.
fn sent(head: &RequestHead<'_>, lines: &[Line], version: &str) -> Vec<Line> {
    let mut sent = vec![added_line(head.url(), version)];
    sent.extend(lines.iter().map(|(name, value)| (wire_name(name, version), value.clone())));
    sent
}

fn host_failure(failure: NetFailure) -> HostFailure {
    match failure.kind {
        FailureKind::Connect => HostFailure::connect(failure.text),
        FailureKind::Tls => HostFailure::tls(failure.text),
        FailureKind::Timeout => HostFailure::timeout(failure.text),
        FailureKind::Protocol => HostFailure::protocol(failure.text),
    }
}

impl ResponseHead for Answer {
    fn status(&self) -> u16 {
        self.head.status
    }

    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.head.lines.iter().map(|(name, value)| (&**name, &**value))
    }
}
