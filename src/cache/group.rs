//! The entries of one partition, origin and URL.

use super::entry::{CacheEntryKind, Entry, remaining};
use super::matching::Matching;
use super::names::NameBlock;
use super::pool::Pool;
use super::slab::Slot;
use crate::time::Timestamp;

#[derive(Debug)]
pub(super) struct Group {
    pub(super) url: Box<str>,
    pub(super) kept: Kept,
    pub(super) hash: u32,
    /// In the pool of scopes.
    pub(super) scope: Slot,
    /// Neighbours in order of use.
    pub(super) newer: Option<Slot>,
    pub(super) older: Option<Slot>,
}

/// The entries of a group.
#[derive(Debug)]
pub(super) enum Kept {
    /// Those of one answer, all of one age.
    // OPTIMIZATION: the usual case, in 24 bytes and a share of a block, where each entry by itself
    // takes 56 bytes and its name.
    Block {
        /// In the pool of blocks.
        names: Slot,
        /// In seconds. Apart from `stored_at`, as the standard sets it without restarting the clock.
        max_age: u32,
        stored_at: Timestamp,
    },
    /// Of several answers.
    #[expect(clippy::box_collection, reason = "a vector by itself would make every group larger")]
    Entries(Box<Vec<Entry>>),
}

/// What a group grants at a moment, to a credentials mode.
pub(crate) struct Granted<'a> {
    grants: Grants<'a>,
    matching: Matching,
}

enum Grants<'a> {
    Nothing,
    Block(&'a NameBlock),
    Entries { entries: &'a [Entry], now: Timestamp },
}

impl Kept {
    pub(super) fn granted<'a>(
        &'a self,
        blocks: &'a Pool<NameBlock>,
        matching: Matching,
        now: Timestamp,
    ) -> Granted<'a> {
        let mut matching = matching;
        let grants = match self {
            // Cache entry match, for all entries at once.
            Self::Block { names, max_age, stored_at } => match blocks.get(*names) {
                Some(block)
                    if matching.serves(block.credentials())
                        && remaining(*stored_at, u64::from(*max_age), now).is_some() =>
                {
                    matching = matching.of_entries(block.credentials());
                    Grants::Block(block)
                }
                _ => Grants::Nothing,
            },
            Self::Entries(entries) => Grants::Entries { entries, now },
        };
        Granted { grants, matching }
    }

    /// The entries, each by itself.
    pub(super) fn entries(&self, blocks: &Pool<NameBlock>) -> Vec<Entry> {
        match self {
            Self::Block { names, max_age, stored_at } => {
                let Some(block) = blocks.get(*names) else { return Vec::new() };
                let of_kind = |kind| {
                    block.of_kind(kind).map(move |name| Entry {
                        kind,
                        name: name.into(),
                        stored_at: *stored_at,
                        max_age: u64::from(*max_age),
                        credentials: block.credentials(),
                    })
                };
                of_kind(CacheEntryKind::Method).chain(of_kind(CacheEntryKind::HeaderName)).collect()
            }
            Self::Entries(entries) => entries.to_vec(),
        }
    }

    /// Whether an entry has not outlived its max-age.
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        match self {
            Self::Block { max_age, stored_at, .. } => remaining(*stored_at, u64::from(*max_age), now).is_some(),
            Self::Entries(entries) => entries.iter().any(|entry| entry.remaining(now).is_some()),
        }
    }

    /// Bytes beside the group and what it shares.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Block { .. } => 0,
            Self::Entries(entries) => entries.iter().fold(0, |sum: usize, entry| sum.saturating_add(entry.bytes())),
        }
    }
}

impl Granted<'_> {
    pub(super) const fn nothing(matching: Matching) -> Self {
        Self { grants: Grants::Nothing, matching }
    }

    /// Whether no entry serves the request, whatever its name.
    pub(super) fn is_nothing(&self) -> bool {
        match &self.grants {
            Grants::Nothing => true,
            Grants::Block(_) => false,
            Grants::Entries { entries, now } => !entries.iter().any(|entry| self.matching.is_served_by(entry, *now)),
        }
    }

    pub(crate) fn has(&self, kind: CacheEntryKind, name: &[u8]) -> bool {
        match &self.grants {
            Grants::Nothing => false,
            Grants::Block(block) => block.matches(self.matching, kind, name),
            Grants::Entries { entries, now } => {
                entries.iter().any(|entry| self.matching.matches(entry, kind, name, *now))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_stays_small() {
        assert_eq!((size_of::<Kept>(), size_of::<Option<Group>>()), (24, 56));
    }
}
