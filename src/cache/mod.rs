//! The [CORS-preflight cache](https://fetch.spec.whatwg.org/#cors-preflight-cache).
//!
//! The standard's list of entries, grouped by what a match compares first: network partition key,
//! origin and URL. A look-up hashes those three where they stand, finds one group, and looks at its
//! few entries: no allocation, and the same cost however many groups there are. The least recently
//! used group goes first when a limit is reached. The hash is keyed, as a page chooses the URLs.
//!
//! Groups share what they have in common: partition and origin of a page, and the names of equal
//! answers.

mod entry;
mod export;
mod group;
mod key;
mod matching;
mod names;
mod pool;
mod slab;
mod table;
mod update;

pub use entry::{CacheEntry, CacheEntryKind};
pub use export::{CacheRestoreError, ExportedEntry};
pub(crate) use key::{GroupKey, OriginKey};
pub(crate) use table::{CorsPreflightCache, Lookup};
pub(crate) use update::{GrantedNames, Terms};

/// Bounds of a CORS-preflight cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    pub(crate) groups: usize,
    pub(crate) bytes: usize,
    pub(crate) entries_per_answer: usize,
}

impl CacheLimits {
    /// 4,096 groups, 4 MiB, 1,024 entries from one answer.
    pub const fn new() -> Self {
        Self { groups: 4096, bytes: 4 * 1024 * 1024, entries_per_answer: 1024 }
    }

    /// No cache at all: every preflight is sent.
    pub const fn none() -> Self {
        Self { groups: 0, bytes: 0, entries_per_answer: 0 }
    }

    /// The most groups: combinations of partition, origin and URL. 0 is no cache.
    #[must_use]
    pub const fn groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    /// The most bytes, by the cache's own count.
    #[must_use]
    pub const fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// The most entries taken from one answer, and kept in one group; a longer answer is used and not
    /// stored.
    #[must_use]
    pub const fn entries_per_answer(mut self, entries: usize) -> Self {
        self.entries_per_answer = entries;
        self
    }
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self::new()
    }
}
