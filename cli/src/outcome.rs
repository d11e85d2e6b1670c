//! From the engine's last word to what the report says.

use std::io::Write;

use fetch_cors::{NetworkError, Reason, Response, ResponseBody, ResponseHead};
use tokio::time::Instant;

use crate::net::Answer;
use crate::record::{BodyOutcome, Delivered, Stopped};

/// What script would see of a response, and the answer that its body is read from.
pub(crate) fn delivered(response: Response<Answer>) -> (Delivered, Answer) {
    let visible = response.headers().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    let mut hidden: Vec<String> = response
        .internal()
        .head()
        .lines()
        .map(|(name, _)| String::from_utf8_lossy(name).into_owned())
        .filter(|name| !response.is_visible(name))
        .collect();
    hidden.sort_unstable();
    hidden.dedup();
    let seen = Delivered {
        response_type: response.response_type().as_str(),
        status: response.status(),
        url: response.url().map(ToString::to_string),
        redirected: response.redirected(),
        visible,
        hidden,
        body: match response.body() {
            ResponseBody::Read => BodyOutcome::Readable,
            _ => BodyOutcome::Nothing,
        },
    };
    (seen, response.into_head())
}

/// Why there is no response.
pub(crate) fn stopped(error: &NetworkError) -> Stopped {
    let reason = error.reason();
    Stopped {
        failure: failure(reason),
        code: reason.code(),
        number: reason.number(),
        stage: error.stage().as_str(),
        redirects: error.redirects(),
        message: reason.to_string(),
        facts: reason.facts(),
        anchor: reason.anchor(),
        step: reason.step(),
        remedy: reason.remedy().into_owned(),
    }
}

/// What failed below CORS, if it was that and no rule of the standard.
fn failure(reason: &Reason) -> Option<&'static str> {
    match reason {
        Reason::NetworkFailure { failure, .. }
        | Reason::PreflightNetworkFailure { failure, .. }
        | Reason::SchemeFetchFailure { failure, .. } => Some(failure.kind().as_str()),
        Reason::ResponseMalformed { .. } => Some("protocol"),
        _ => None,
    }
}

/// Writes a body out as it comes.
pub(crate) async fn write_body(mut answer: Answer, sink: &mut dyn Write, deadline: Instant) -> BodyOutcome {
    let mut written = 0_u64;
    loop {
        match answer.body.next(deadline).await {
            Ok(Some(piece)) => match sink.write_all(&piece) {
                Ok(()) => written = written.saturating_add(piece.len() as u64),
                Err(e) => return BodyOutcome::Unwritable(e.to_string()),
            },
            Ok(None) => break,
            Err(failure) => return BodyOutcome::Broken(written, failure),
        }
    }
    match sink.flush() {
        Ok(()) => BodyOutcome::Written(written),
        Err(e) => BodyOutcome::Unwritable(e.to_string()),
    }
}
