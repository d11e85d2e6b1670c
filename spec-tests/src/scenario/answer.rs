//! What a host answers, read from a fixture's words.

use url::Url;

use super::AnswerModel;
use crate::Failure;
use crate::symbols::{bytes, expand};

/// Header lines in bytes.
pub type Lines = Vec<(Vec<u8>, Vec<u8>)>;
/// A response head as a host hands it in.
pub type Head = (u16, Lines);

/// What kind of answer a fixture gives.
pub(super) enum Answer {
    Head(Head),
    Failure(String),
    Abort,
    Gate(GateAnswer),
    Pass,
    ServiceWorker(WorkerAnswer),
}

/// What the network says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a host says one of these three")]
pub enum NetworkAnswer {
    /// A response head.
    Head(Head),
    /// No response, by the engine's word for the kind of failure.
    Failure(String),
    /// The fetch is aborted meanwhile.
    Abort,
}

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a gate says one of these four")]
pub enum GateAnswer {
    /// Nothing stands against the hop.
    Proceed,
    /// To https, before the referrer is determined.
    UpgradeBeforeReferrer,
    /// To https, after it.
    UpgradeAfterReferrer,
    /// Blocked.
    Block,
}

/// A service worker's response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct WorkerAnswer {
    /// The type.
    pub response_type: String,
    /// Status and lines of the internal response.
    pub head: Head,
    /// The URL list of the internal response.
    pub url_list: Vec<Url>,
    /// The CORS-exposed header-name list.
    pub cors_exposed_header_names: Vec<Vec<u8>>,
    /// The range-requested flag.
    pub range_requested: bool,
    /// Request-includes-credentials.
    pub request_includes_credentials: bool,
}

pub(crate) fn url(text: &str) -> Result<Url, Failure> {
    let text = expand(text)?;
    Url::parse(&text).map_err(|error| format!("{text:?} is no URL: {error}"))
}

pub(crate) fn lines(lines: &[(String, String)]) -> Result<Lines, Failure> {
    lines.iter().map(|(name, value)| Ok((bytes(name)?, bytes(value)?))).collect()
}

/// Reads an answer; keys of two kinds at once are an error.
pub(super) fn answer(answer: &AnswerModel) -> Result<Answer, Failure> {
    let AnswerModel { status, headers, failure: kind, abort, gate, pass, response_type, urls, .. } = answer;
    let of_worker = !urls.is_empty()
        || !answer.exposed.is_empty()
        || answer.range_requested
        || answer.includes_credentials.is_some();
    let bare = status.is_none() && headers.is_empty() && response_type.is_none() && !of_worker;
    match (status, kind, abort, gate, pass, response_type) {
        (Some(status), None, false, None, false, None) if !of_worker => Ok(Answer::Head((*status, lines(headers)?))),
        (Some(status), None, false, None, false, Some(response_type)) => Ok(Answer::ServiceWorker(WorkerAnswer {
            response_type: response_type.clone(),
            head: (*status, lines(headers)?),
            url_list: urls.iter().map(|text| url(text)).collect::<Result<_, _>>()?,
            cors_exposed_header_names: answer.exposed.iter().map(|name| bytes(name)).collect::<Result<_, _>>()?,
            range_requested: answer.range_requested,
            request_includes_credentials: answer.includes_credentials.unwrap_or(true),
        })),
        (None, Some(kind), false, None, false, None) if bare => Ok(Answer::Failure(kind.clone())),
        (None, None, true, None, false, None) if bare => Ok(Answer::Abort),
        (None, None, false, Some(word), false, None) if bare => gate_answer(word).map(Answer::Gate),
        (None, None, false, None, true, None) if bare => Ok(Answer::Pass),
        _ => Err(format!("an answer of no kind, or of several: {answer:?}")),
    }
}

fn gate_answer(word: &str) -> Result<GateAnswer, Failure> {
    Ok(match word {
        "proceed" => GateAnswer::Proceed,
        "upgrade-before-referrer" => GateAnswer::UpgradeBeforeReferrer,
        "upgrade-after-referrer" => GateAnswer::UpgradeAfterReferrer,
        "block" => GateAnswer::Block,
        _ => return Err(format!("a gate does not say {word:?}")),
    })
}
