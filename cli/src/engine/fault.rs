//! Mistakes of the caller, which are answered and harm nothing.

use serde_json::{Value, json};

use super::{MAX_LINE_BYTES, MAX_OPEN_FETCHES, VERSION};

/// The longest message, in characters: it may quote what came in.
const MAX_MESSAGE_CHARACTERS: usize = 1000;

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    LineTooLong,
    BadJson,
    BadMessage,
    BadValue,
    UnsupportedVersion,
    NoHello,
    SecondHello,
    UnknownId,
    IdInUse,
    TooManyFetches,
    NotAskedFor,
    InternalError,
}

impl Code {
    const fn as_str(self) -> &'static str {
        match self {
            Self::LineTooLong => "line-too-long",
            Self::BadJson => "bad-json",
            Self::BadMessage => "bad-message",
            Self::BadValue => "bad-value",
            Self::UnsupportedVersion => "unsupported-version",
            Self::NoHello => "no-hello",
            Self::SecondHello => "second-hello",
            Self::UnknownId => "unknown-id",
            Self::IdInUse => "id-in-use",
            Self::TooManyFetches => "too-many-fetches",
            Self::NotAskedFor => "not-asked-for",
            Self::InternalError => "internal-error",
        }
    }
}

/// A mistake, with the fetch that it is about if that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Code,
    message: String,
    id: Option<String>,
}

impl Fault {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), id: None }
    }

    /// A value that has the right form and still cannot be used, and where it stands.
    pub(super) fn value(place: &str, why: impl std::fmt::Display) -> Self {
        Self::new(Code::BadValue, format!("{place}: {why}"))
    }

    /// The same mistake, about this fetch.
    pub(super) fn about(self, id: impl Into<Option<String>>) -> Self {
        Self { id: id.into(), ..self }
    }

    pub(super) fn line_too_long() -> Self {
        Self::new(Code::LineTooLong, format!("a line has at most {MAX_LINE_BYTES} bytes"))
    }

    pub(super) fn unsupported_version(version: u64) -> Self {
        Self::new(Code::UnsupportedVersion, format!("version {version} is not spoken here; {VERSION} is"))
    }

    pub(super) fn no_hello() -> Self {
        Self::new(Code::NoHello, "the first message is hello")
    }

    pub(super) fn second_hello() -> Self {
        Self::new(Code::SecondHello, "there was a hello; a process is one user agent")
    }

    pub(super) fn unknown_id() -> Self {
        Self::new(Code::UnknownId, "no fetch of this ID is open")
    }

    pub(super) fn id_in_use() -> Self {
        Self::new(Code::IdInUse, "a fetch of this ID is open")
    }

    pub(super) fn too_many_fetches() -> Self {
        Self::new(Code::TooManyFetches, format!("{MAX_OPEN_FETCHES} fetches are open"))
    }

    pub(super) fn not_asked_for(said: &str) -> Self {
        Self::new(Code::NotAskedFor, format!("{said} is no answer to what the fetch last asked for"))
    }

    pub(super) fn internal() -> Self {
        Self::new(Code::InternalError, "the fetch stopped without an outcome: a mistake of this program")
    }

    pub(super) fn into_reply(self) -> Value {
        let mut message: String = self.message.chars().take(MAX_MESSAGE_CHARACTERS).collect();
        if message.len() < self.message.len() {
            message.push('…');
        }
        let mut error = json!({ "code": self.code.as_str(), "message": message });
        if let Some(id) = self.id {
            error["id"] = id.into();
        }
        json!({ "error": error })
    }
}
