//! The cache's groups: found by hash, evicted by last use.

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::HashTable;
use siphasher::sip::SipHasher13;

use super::CacheLimits;
use super::entry::{CacheEntryKind, Entry};
use crate::origin::Origin;
use crate::time::Timestamp;

/// One group takes at most this part of the cache's bytes.
const LARGEST_SHARE: usize = 4;

/// What a group is found by, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GroupKey<'a> {
    pub(crate) partition: Option<&'a [u8]>,
    pub(crate) origin: OriginKey<'a>,
    pub(crate) url: &'a str,
}

/// What the cache tells origins apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OriginKey<'a> {
    /// The byte-serialized request origin, to the letter.
    Serialization(&'a str),
    Tuple {
        serialization: &'a str,
        tainted: bool,
    },
    Opaque {
        identity: u64,
        tainted: bool,
    },
}

/// What one answer to a preflight grants.
#[derive(Debug)]
pub(crate) struct Grant<'a> {
    pub(crate) include_credentials: bool,
    pub(crate) max_age: u64,
    pub(crate) methods: &'a [&'a [u8]],
    pub(crate) header_names: &'a [&'a [u8]],
    /// Whether a `*` is stored.
    pub(crate) store_wildcard: bool,
    pub(crate) key: GroupKey<'a>,
}

/// What a look-up found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup<'a> {
    /// Everything is granted.
    Hit,
    /// Nothing is stored for this partition, origin and URL.
    NothingStored,
    /// The method is not granted, or no longer.
    MethodNotGranted,
    /// This header name is not granted, or no longer.
    HeaderNameNotGranted(&'a [u8]),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OwnedOriginKey {
    Serialization(Box<str>),
    Tuple { serialization: Box<str>, tainted: bool },
    Opaque { identity: u64, tainted: bool },
}

impl OwnedOriginKey {
    fn new(key: OriginKey<'_>) -> Self {
        match key {
            OriginKey::Serialization(text) => Self::Serialization(text.into()),
            OriginKey::Tuple { serialization, tainted } => Self::Tuple { serialization: serialization.into(), tainted },
            OriginKey::Opaque { identity, tainted } => Self::Opaque { identity, tainted },
        }
    }

    fn as_key(&self) -> OriginKey<'_> {
        match self {
            Self::Serialization(text) => OriginKey::Serialization(text),
            Self::Tuple { serialization, tainted } => OriginKey::Tuple { serialization, tainted: *tainted },
            Self::Opaque { identity, tainted } => OriginKey::Opaque { identity: *identity, tainted: *tainted },
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Serialization(text) | Self::Tuple { serialization: text, .. } => text.len(),
            Self::Opaque { .. } => 0,
        }
    }
}

pub(super) struct Group {
    hash: u64,
    pub(super) partition: Option<Box<[u8]>>,
    pub(super) origin: OwnedOriginKey,
    pub(super) url: Box<str>,
    pub(super) entries: Vec<Entry>,
    bytes: usize,
    /// Neighbours in order of use.
    newer: Option<u32>,
    older: Option<u32>,
}

impl Group {
    fn key(&self) -> GroupKey<'_> {
        GroupKey { partition: self.partition.as_deref(), origin: self.origin.as_key(), url: &self.url }
    }

    fn count_bytes(&self) -> usize {
        let key = self.partition.as_ref().map_or(0, |key| key.len()).saturating_add(self.origin.len());
        let own = size_of::<Self>().saturating_add(key).saturating_add(self.url.len());
        self.entries.iter().fold(own, |sum, entry| sum.saturating_add(entry.bytes()))
    }
}

/// The cache. See the module's page.
pub(crate) struct CorsPreflightCache {
    limits: CacheLimits,
    hash_key: [u64; 2],
    /// Slots in `groups`, by hash.
    table: HashTable<u32>,
    pub(super) groups: Vec<Option<Group>>,
    free: Vec<u32>,
    newest: Option<u32>,
    oldest: Option<u32>,
    bytes: usize,
    /// The latest moment that was told. A clock that goes back counts as no time passed, or entries that
    /// were dead would live again.
    latest: Timestamp,
}

impl std::fmt::Debug for CorsPreflightCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither URLs, which may hold passwords, nor the key of the hash.
        f.debug_struct("CorsPreflightCache")
            .field("groups", &self.table.len())
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl CorsPreflightCache {
    /// An empty cache. Without a seed from the host, the hash is keyed by std's random state.
    pub(crate) fn new(limits: CacheLimits, seed: Option<[u64; 2]>) -> Self {
        let hash_key = seed.unwrap_or_else(|| {
            let random = std::hash::RandomState::new();
            [random.hash_one(0_u8), random.hash_one(1_u8)]
        });
        Self {
            limits,
            hash_key,
            table: HashTable::new(),
            groups: Vec::new(),
            free: Vec::new(),
            newest: None,
            oldest: None,
            bytes: 0,
            latest: Timestamp::ZERO,
        }
    }

    /// Whether there is a cache at all.
    pub(crate) const fn is_enabled(&self) -> bool {
        self.limits.groups > 0 && self.limits.bytes > 0
    }

    /// Number of groups.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Bytes, by the cache's own count.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The time that counts for `now`: never earlier than one told before.
    pub(super) fn not_before_latest(&self, now: Timestamp) -> Timestamp {
        self.latest.max(now)
    }

    pub(super) fn advance(&mut self, now: Timestamp) -> Timestamp {
        self.latest = self.latest.max(now);
        self.latest
    }

    fn hash(&self, key: &GroupKey<'_>) -> u64 {
        let [key0, key1] = self.hash_key;
        let mut hasher = SipHasher13::new_with_keys(key0, key1);
        key.hash(&mut hasher);
        hasher.finish()
    }

    fn group(&self, slot: u32) -> Option<&Group> {
        self.groups.get(slot as usize)?.as_ref()
    }

    fn group_mut(&mut self, slot: u32) -> Option<&mut Group> {
        self.groups.get_mut(slot as usize)?.as_mut()
    }

    fn find(&self, hash: u64, key: &GroupKey<'_>) -> Option<u32> {
        let is_it = |slot: &u32| self.group(*slot).is_some_and(|group| group.key() == *key);
        self.table.find(hash, is_it).copied()
    }

    /// Whether the cache grants `method`, unless that is `None`, and every one of `header_names`.
    pub(crate) fn look_up<'n>(
        &mut self,
        key: &GroupKey<'_>,
        include_credentials: bool,
        now: Timestamp,
        method: Option<&[u8]>,
        mut header_names: impl Iterator<Item = &'n [u8]>,
    ) -> Lookup<'n> {
        let now = self.advance(now);
        let Some(slot) = self.find(self.hash(key), key) else { return Lookup::NothingStored };
        self.touch(slot);
        let entries = self.group(slot).map_or(&[][..], |group| &group.entries);
        let granted = |test: &dyn Fn(&Entry) -> bool| {
            entries.iter().any(|entry| test(entry) && entry.cache_entry_match(include_credentials, now))
        };
        if method.is_some_and(|method| !granted(&|entry| entry.matches_method(method))) {
            return Lookup::MethodNotGranted;
        }
        let missing = header_names.find(|name| !granted(&|entry| entry.matches_header_name(name)));
        missing.map_or(Lookup::Hit, Lookup::HeaderNameNotGranted)
    }

    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0), steps 7.11 to
    /// 7.15: refreshes and creates entries. An answer with more items than the limit is not stored,
    /// which the result tells.
    pub(crate) fn store(&mut self, grant: Grant<'_>, now: Timestamp) -> bool {
        // 7.11. No cache.
        if !self.is_enabled() {
            return true;
        }
        let Grant { include_credentials, max_age, methods, header_names, store_wildcard, key } = grant;
        if methods.len().saturating_add(header_names.len()) > self.limits.entries_per_answer {
            // What was stored goes, as this answer may have meant to shorten it.
            self.clear_entries(&key);
            return false;
        }
        let now = self.advance(now);
        let hash = self.hash(&key);
        let slot = self.find(hash, &key);
        let mut entries = slot
            .and_then(|slot| self.group_mut(slot))
            .map(|group| std::mem::take(&mut group.entries))
            .unwrap_or_default();
        // Entries whose time has passed must be removed.
        entries.retain(|entry| entry.remaining(now).is_some());
        let mut put = |kind, names: &[&[u8]]| {
            for name in names {
                let is_stored = store_wildcard || *name != b"*";
                let matching =
                    |entry: &Entry| entry.matches(kind, name) && entry.cache_entry_match(include_credentials, now);
                let mut found = false;
                // 7.12. and 7.14. Set the max-age of every matching entry; its clock runs on.
                for entry in entries.iter_mut().filter(|entry| matching(entry)) {
                    entry.max_age = max_age;
                    // A new max-age that has passed already removes the entry, so that it matches no more.
                    found |= entry.remaining(now).is_some();
                }
                // 7.13. and 7.15. Create one if there is none.
                if !found && is_stored {
                    let entry =
                        Entry { kind, name: (*name).into(), stored_at: now, max_age, credentials: include_credentials };
                    entries.push(entry);
                }
            }
        };
        put(CacheEntryKind::Method, methods);
        put(CacheEntryKind::HeaderName, header_names);
        entries.retain(|entry| entry.remaining(now).is_some());
        // Answers add up in a group; the oldest entries go, so that a look-up stays short.
        let excess = entries.len().saturating_sub(self.limits.entries_per_answer);
        entries.drain(..excess);
        // A group that takes much of the cache would push all others out.
        let bytes = entries.iter().fold(key.url.len(), |sum: usize, entry| sum.saturating_add(entry.bytes()));
        let is_stored = bytes <= self.limits.bytes.div_ceil(LARGEST_SHARE);
        self.put_back(slot, hash, &key, if is_stored { entries } else { Vec::new() });
        self.evict();
        is_stored
    }

    /// Puts entries into their group, which is made or goes away as they ask for.
    pub(super) fn put_back(&mut self, slot: Option<u32>, hash: u64, key: &GroupKey<'_>, entries: Vec<Entry>) {
        match (slot, entries.is_empty()) {
            (None, true) => {}
            (Some(slot), true) => self.remove(slot),
            (Some(slot), false) => {
                if let Some(group) = self.group_mut(slot) {
                    group.entries = entries;
                    let (before, after) = (group.bytes, group.count_bytes());
                    group.bytes = after;
                    self.bytes = self.bytes.saturating_sub(before).saturating_add(after);
                }
                self.touch(slot);
            }
            (None, false) => self.insert(hash, key, entries),
        }
    }

    fn insert(&mut self, hash: u64, key: &GroupKey<'_>, entries: Vec<Entry>) {
        let mut group = Group {
            hash,
            partition: key.partition.map(Into::into),
            origin: OwnedOriginKey::new(key.origin),
            url: key.url.into(),
            entries,
            bytes: 0,
            newer: None,
            older: None,
        };
        group.bytes = group.count_bytes();
        self.bytes = self.bytes.saturating_add(group.bytes);
        let slot = self.free.pop().or_else(|| {
            let slot = u32::try_from(self.groups.len()).ok()?;
            self.groups.push(None);
            Some(slot)
        });
        // Four thousand million groups are more than any limit that fits memory.
        let Some(slot) = slot else { return };
        if let Some(place) = self.groups.get_mut(slot as usize) {
            *place = Some(group);
        }
        let groups = &self.groups;
        let hash_of = |slot: &u32| groups.get(*slot as usize).and_then(Option::as_ref).map_or(0, |group| group.hash);
        self.table.insert_unique(hash, slot, hash_of);
        self.link_newest(slot);
    }

    /// Evicts the least recently used groups until the limits hold.
    pub(super) fn evict(&mut self) {
        while self.table.len() > self.limits.groups || self.bytes > self.limits.bytes {
            let Some(oldest) = self.oldest else { return };
            self.remove(oldest);
        }
    }

    /// [Clear cache entries](https://fetch.spec.whatwg.org/#concept-cache-clear).
    pub(crate) fn clear_entries(&mut self, key: &GroupKey<'_>) {
        if let Some(slot) = self.find(self.hash(key), key) {
            self.remove(slot);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        let latest = self.latest;
        *self = Self::new(self.limits, Some(self.hash_key));
        self.latest = latest;
    }

    /// Forgets the groups that `test` names. Looks at all of them.
    pub(crate) fn clear_where(&mut self, test: impl Fn(&GroupKey<'_>) -> bool) {
        let matching = |(slot, group): (usize, &Option<Group>)| {
            let group = group.as_ref()?;
            if test(&group.key()) { u32::try_from(slot).ok() } else { None }
        };
        let slots: Vec<u32> = self.groups.iter().enumerate().filter_map(matching).collect();
        for slot in slots {
            self.remove(slot);
        }
    }

    fn remove(&mut self, slot: u32) {
        self.unlink(slot);
        let Some(group) = self.groups.get_mut(slot as usize).and_then(Option::take) else { return };
        self.bytes = self.bytes.saturating_sub(group.bytes);
        if let Ok(entry) = self.table.find_entry(group.hash, |candidate| *candidate == slot) {
            entry.remove();
        }
        self.free.push(slot);
    }

    fn touch(&mut self, slot: u32) {
        if self.newest != Some(slot) {
            self.unlink(slot);
            self.link_newest(slot);
        }
    }

    fn unlink(&mut self, slot: u32) {
        let Some(group) = self.group_mut(slot) else { return };
        let (newer, older) = (group.newer.take(), group.older.take());
        if self.newest == Some(slot) {
            self.newest = older;
        }
        if self.oldest == Some(slot) {
            self.oldest = newer;
        }
        if let Some(group) = newer.and_then(|newer| self.group_mut(newer)) {
            group.older = older;
        }
        if let Some(group) = older.and_then(|older| self.group_mut(older)) {
            group.newer = newer;
        }
    }

    fn link_newest(&mut self, slot: u32) {
        let second = self.newest.replace(slot);
        if let Some(group) = second.and_then(|second| self.group_mut(second)) {
            group.newer = Some(slot);
        }
        if let Some(group) = self.group_mut(slot) {
            group.older = second;
        }
        self.oldest.get_or_insert(slot);
    }

    /// For a restored entry: joins `entry` to its group.
    pub(super) fn restore_entry(&mut self, key: &GroupKey<'_>, entry: Entry) {
        let hash = self.hash(key);
        let slot = self.find(hash, key);
        let mut entries = slot
            .and_then(|slot| self.group_mut(slot))
            .map(|group| std::mem::take(&mut group.entries))
            .unwrap_or_default();
        entries.retain(|known| {
            known.kind != entry.kind || known.name != entry.name || known.credentials != entry.credentials
        });
        if entries.len() < self.limits.entries_per_answer {
            entries.push(entry);
        }
        self.put_back(slot, hash, key, entries);
        self.evict();
    }
}

impl<'a> OriginKey<'a> {
    /// Whether the key is of this origin, tainted or not.
    pub(crate) fn is_of(&self, origin: &Origin) -> bool {
        match (self, origin) {
            (Self::Serialization(text), origin) => *text == origin.serialize(),
            (Self::Tuple { serialization, .. }, Origin::Tuple(_)) => *serialization == origin.serialize(),
            (Self::Opaque { identity, .. }, Origin::Opaque(opaque)) => *identity == opaque.identity(),
            _ => false,
        }
    }

    /// The serialization of a tuple origin, or `null`.
    pub(crate) const fn serialization(&self) -> &'a str {
        match self {
            Self::Serialization(text) | Self::Tuple { serialization: text, .. } => text,
            Self::Opaque { .. } => "null",
        }
    }

    pub(super) const fn is_tainted(&self) -> bool {
        match self {
            Self::Serialization(_) => false,
            Self::Tuple { tainted, .. } | Self::Opaque { tainted, .. } => *tainted,
        }
    }

    pub(super) fn is_opaque(&self) -> bool {
        matches!(self, Self::Opaque { .. } | Self::Serialization("null"))
    }
}

impl CorsPreflightCache {
    /// Every group with its key. Linear.
    pub(super) fn iter(&self) -> impl Iterator<Item = (GroupKey<'_>, &[Entry])> {
        self.groups.iter().flatten().map(|group| (group.key(), &*group.entries))
    }

    pub(super) const fn entries_per_answer(&self) -> usize {
        self.limits.entries_per_answer
    }
}
