//! How a fetch ended, in words.

use fetch_cors::{NetworkError, Response, ResponseHead, ResponseType};

/// How a fetch ended.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// What script sees.
    Delivered { response_type: ResponseType, status: u16, names: Vec<String>, body: String },
    /// A network error. Its reason is for developer tools; script only learns that there was one.
    Blocked(NetworkError),
}

impl Verdict {
    pub(crate) fn delivered(response: &Response<impl ResponseHead>, body: &[u8]) -> Self {
        Self::Delivered {
            response_type: response.response_type(),
            status: response.status(),
            names: response.headers().map(|(name, _)| String::from_utf8_lossy(name).to_ascii_lowercase()).collect(),
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }

    /// The code of the reason, or `delivered`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Blocked(error) => error.reason().code(),
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Delivered { response_type, status, names, body } => {
                let names = if names.is_empty() { "no header".to_owned() } else { names.join(", ") };
                write!(f, "delivered, type {response_type}, status {status}; script sees {names}")?;
                if body.is_empty() { Ok(()) } else { write!(f, " and a body: {body}") }
            }
            Self::Blocked(error) => {
                write!(f, "blocked, {error}")?;
                let remedy = error.reason().remedy();
                if remedy.is_empty() { Ok(()) } else { write!(f, "\n          remedy: {remedy}") }
            }
        }
    }
}
