//! What the four hosts share and none of them is about: a scripted server on loopback, HTTP/1.1 over
//! a socket, a cookie jar, a clock, and words for the report.
#![allow(dead_code, reason = "each host uses a part of it")]

use std::time::Instant;

use fetch_cors::Timestamp;

pub(crate) mod jar;
pub(crate) mod server;
pub(crate) mod verdict;
pub(crate) mod wire;

/// What goes wrong in a host apart from a fetch: it could not be set up.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// The host's clock. The engine has none; it is told the time with each answer.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    zero: Instant,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the engine must not read a clock; a host must")]
    pub(crate) fn start() -> Self {
        Self { zero: Instant::now() }
    }

    pub(crate) fn now(self) -> Timestamp {
        Timestamp::from_duration(self.zero.elapsed())
    }
}
