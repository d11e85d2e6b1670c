//! The host's clock, as an argument.

use std::time::Duration;

/// A moment on the host's monotonic clock: how long ago a zero is that the host chose.
///
/// The engine reads no clock. A moment before an earlier one counts as no time passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(Duration);

impl Timestamp {
    /// The host's zero.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// The moment `since_zero` after the zero.
    pub const fn from_duration(since_zero: Duration) -> Self {
        Self(since_zero)
    }

    /// The moment `seconds` after the zero.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The moment `milliseconds` after the zero.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(Duration::from_millis(milliseconds))
    }

    /// Time since the zero.
    pub const fn as_duration(self) -> Duration {
        self.0
    }

    /// Time since `earlier`, or none if that is later.
    pub(crate) const fn since(self, earlier: Timestamp) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}
