//! A sequence of fetches as plain data, with every answer that the world gives.

use crate::oracle::host::{Answer, GateAnswer, Kind, Wire};
use crate::oracle::infra::{Bytes, encode};
use crate::oracle::origin::Origin;
use crate::oracle::request::{Request, Word};
use crate::oracle::rules::Rules;

/// Bounds of the engine's cache, so small that it evicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Limits {
    /// The most groups.
    pub groups: usize,
    /// The most bytes.
    pub bytes: usize,
    /// The most entries from one answer.
    pub entries_per_answer: usize,
}

/// A sequence.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Sequence {
    /// Whether the profile is `Profile::letter()`; else it is `Profile::standard()`.
    pub is_letter: bool,
    /// The oracle's rules.
    pub rules: Rules,
    /// Bounds under which the engine evicts.
    pub limits: Option<Limits>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Step {
    /// A fetch.
    Fetch(Box<FetchPlan>),
    /// Milliseconds pass.
    Advance(u64),
    /// The clock is set back by so many milliseconds.
    Back(u64),
    /// The host restarts: the cache is exported, and restored.
    Restart,
    /// The whole cache is cleared.
    ClearAll,
    /// The cache is cleared of an origin.
    ClearOrigin(Origin),
    /// The cache is cleared of a site.
    ClearSite(Origin),
    /// The cache is cleared of a partition.
    ClearPartition(Option<Bytes>),
}

/// A fetch, and the world's answers to it. Where a list ends, the world becomes simple: exchanges are
/// allowed, gates are open, service workers pass.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct FetchPlan {
    /// The request.
    pub request: Request,
    /// The network's answers, in order.
    pub answers: Vec<AnswerPlan>,
    /// The gates' answers, in order.
    pub gates: Vec<GateAnswer>,
    /// The service workers' answers, in order.
    pub workers: Vec<Option<WorkerPlan>>,
    /// How many manual redirects are followed.
    pub manual_redirects: usize,
}

/// An answer to an exchange. It has a face for each kind of exchange, as whoever plans it does not
/// know for which it will be used.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct AnswerPlan {
    /// Milliseconds until it comes.
    pub after: u64,
    /// What it is instead of a head.
    pub instead: Option<Answer>,
    /// The head, for a preflight.
    pub preflight: HeadPlan,
    /// The head, for anything else.
    pub request: HeadPlan,
}

/// A response head that is yet to be rendered.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct HeadPlan {
    /// The status.
    pub status: u16,
    /// The lines: a name, and pieces of a value.
    pub lines: Vec<(String, Vec<Piece>)>,
}

impl std::fmt::Debug for HeadPlan {
    /// A line each, with what is not yet known in braces.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.escape_debug().to_string(),
            other => format!("{{{other:?}}}"),
        };
        let line =
            |(name, pieces): &(String, Vec<Piece>)| format!("{name}: {}", pieces.iter().map(piece).collect::<String>());
        write!(f, "{} ", self.status)?;
        f.debug_list().entries(self.lines.iter().map(line)).finish()
    }
}

/// A service worker's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct WorkerPlan {
    /// The type.
    pub response_type: Word,
    /// The URL list.
    pub url_list: Vec<String>,
    /// The head.
    pub head: HeadPlan,
    /// The CORS-exposed header-name list.
    pub cors_exposed_header_names: Vec<Bytes>,
    /// The range-requested flag.
    pub range_requested: bool,
    /// Request-includes-credentials.
    pub request_includes_credentials: bool,
}

/// A piece of a header value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Piece {
    /// These bytes, isomorphically decoded.
    Text(String),
    /// The `Origin` that was sent.
    Origin,
    /// The same in upper case.
    UpperOrigin,
    /// The method for which a preflight asks.
    Method,
    /// The same in lower case.
    LowerMethod,
    /// The header names for which a preflight asks.
    Headers,
    /// The same in upper case.
    UpperHeaders,
}

impl AnswerPlan {
    /// A head that allows everything, with status 200.
    #[must_use]
    pub fn simple() -> Self {
        let echo = |name: &str, piece| (name.to_owned(), vec![piece]);
        let credentials = echo("Access-Control-Allow-Credentials", Piece::Text("true".to_owned()));
        let request = vec![echo("Access-Control-Allow-Origin", Piece::Origin), credentials];
        let mut preflight = request.clone();
        preflight.push(echo("Access-Control-Allow-Methods", Piece::Method));
        preflight.push(echo("Access-Control-Allow-Headers", Piece::Headers));
        Self {
            after: 0,
            instead: None,
            preflight: HeadPlan { status: 200, lines: preflight },
            request: HeadPlan { status: 200, lines: request },
        }
    }

    /// The answer to what was sent.
    #[must_use]
    pub fn render(&self, wire: &Wire) -> Answer {
        if let Some(instead) = &self.instead {
            return instead.clone();
        }
        let head = if wire.kind == Kind::Preflight { &self.preflight } else { &self.request };
        // What about:, blob:, data: and file: answer is never a redirect, nor any other odd status.
        let status = if wire.kind == Kind::Scheme { 200 + head.status % 2 * 6 } else { head.status };
        Answer::Head(status, head.render(&wire.lines.0))
    }
}

impl HeadPlan {
    /// The lines, for a request that had these lines.
    #[must_use]
    pub fn render(&self, sent: &[(Bytes, Bytes)]) -> Vec<(Bytes, Bytes)> {
        let sent = |wanted: &str, otherwise: &str| {
            let line = sent.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes()));
            line.map_or_else(|| otherwise.as_bytes().to_vec(), |(_, value)| value.clone())
        };
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => encode(text),
            Piece::Origin => sent("origin", "https://a.example"),
            Piece::UpperOrigin => sent("origin", "https://a.example").to_ascii_uppercase(),
            Piece::Method => sent("access-control-request-method", "PUT"),
            Piece::LowerMethod => sent("access-control-request-method", "PUT").to_ascii_lowercase(),
            Piece::Headers => sent("access-control-request-headers", "x-a"),
            Piece::UpperHeaders => sent("access-control-request-headers", "x-a").to_ascii_uppercase(),
        };
        self.lines.iter().map(|(name, pieces)| (encode(name), pieces.iter().flat_map(piece).collect())).collect()
    }
}
