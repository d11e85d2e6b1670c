//! The cache's groups: found by hash, evicted by last use.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;
use siphasher::sip::SipHasher13;

use super::CacheLimits;
use super::entry::{CacheEntryKind, Entry, remaining};
use super::group::{Granted, Group, Kept};
use super::key::{GroupKey, Scope};
use super::matching::Matching;
use super::names::{NameBlock, NameWriter};
use super::pool::{Pool, spread};
use super::slab::{Slab, Slot};
use super::update::{GrantedNames, Terms, create, refresh_and_create};
use crate::profile::{CacheCredentials, CacheRecords, Switches};
use crate::time::Timestamp;

/// One group takes at most this part of the cache's bytes.
const LARGEST_SHARE: usize = 4;

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

/// The cache. See the module's page.
pub(crate) struct CorsPreflightCache {
    limits: CacheLimits,
    switches: Switches,
    hash_key: [u64; 2],
    table: HashTable<Slot>,
    groups: Slab<Group>,
    scopes: Pool<Scope>,
    blocks: Pool<NameBlock>,
    writer: NameWriter,
    last_block: Option<Slot>,
    newest: Option<Slot>,
    oldest: Option<Slot>,
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
    pub(crate) fn new(limits: CacheLimits, switches: Switches, seed: Option<[u64; 2]>) -> Self {
        let hash_key = seed.unwrap_or_else(|| {
            let random = std::hash::RandomState::new();
            [random.hash_one(0_u8), random.hash_one(1_u8)]
        });
        Self {
            limits,
            switches,
            hash_key,
            table: HashTable::new(),
            groups: Slab::new(),
            scopes: Pool::new(),
            blocks: Pool::new(),
            writer: NameWriter::default(),
            last_block: None,
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

    pub(super) const fn entries_per_answer(&self) -> usize {
        self.limits.entries_per_answer
    }

    /// The time that counts for `now`: never earlier than one told before.
    pub(super) fn not_before_latest(&self, now: Timestamp) -> Timestamp {
        self.latest.max(now)
    }

    pub(super) fn advance(&mut self, now: Timestamp) -> Timestamp {
        self.latest = self.latest.max(now);
        self.latest
    }

    /// A keyed hash; half of it is kept.
    fn hash(&self, write: impl FnOnce(&mut SipHasher13)) -> u32 {
        let [key0, key1] = self.hash_key;
        let mut hasher = SipHasher13::new_with_keys(key0, key1);
        write(&mut hasher);
        hasher.finish() as u32
    }

    fn key_of<'a>(&'a self, group: &'a Group) -> Option<GroupKey<'a>> {
        Some(self.scopes.get(group.scope)?.with_url(&group.url))
    }

    fn find(&self, hash: u32, key: &GroupKey<'_>) -> Option<Slot> {
        let is_it = |slot: &Slot| {
            // OPTIMIZATION: the URL first, which differs.
            self.groups.get(*slot).is_some_and(|group| {
                *group.url == *key.url && self.scopes.get(group.scope).is_some_and(|scope| scope.is_of(key))
            })
        };
        self.table.find(spread(hash), is_it).copied()
    }

    /// Whether the cache grants `method`, unless that is `None`, and every header name that needs it:
    /// `first_missing` finds the first that is needed and not granted.
    pub(crate) fn look_up<'n>(
        &mut self,
        key: &GroupKey<'_>,
        include_credentials: bool,
        now: Timestamp,
        method: Option<&[u8]>,
        first_missing: impl FnOnce(&Granted<'_>) -> Option<&'n [u8]>,
    ) -> Lookup<'n> {
        let now = self.advance(now);
        if self.table.is_empty() {
            return Lookup::NothingStored;
        }
        let hash = self.hash(|hasher| key.hash(hasher));
        let Some(slot) = self.find(hash, key) else { return Lookup::NothingStored };
        self.touch(slot);
        let matching = Matching::new(include_credentials, &self.switches);
        let granted = self
            .groups
            .get(slot)
            .map_or(Granted::nothing(matching), |group| group.kept.granted(&self.blocks, matching, now));
        let lookup = if method.is_some_and(|method| !granted.has(CacheEntryKind::Method, method)) {
            Lookup::MethodNotGranted
        } else if let Some(name) = first_missing(&granted) {
            Lookup::HeaderNameNotGranted(name)
        } else if method.is_none() && granted.is_nothing() {
            Lookup::NothingStored
        } else {
            Lookup::Hit
        };
        if self.switches.cache_records == CacheRecords::Replaced && !matches!(lookup, Lookup::Hit) {
            self.drop_record(slot, hash, key, include_credentials);
        }
        lookup
    }

    /// Drops the record that an answer to a request with or without credentials would replace.
    fn drop_record(&mut self, slot: Slot, hash: u32, key: &GroupKey<'_>, include_credentials: bool) {
        if self.switches.cache_credentials == CacheCredentials::CredentialedServeBoth {
            return self.remove(slot);
        }
        let mut entries = self.take_entries(slot);
        entries.retain(|entry| entry.credentials != include_credentials);
        let kept = self.keep(entries);
        self.writer.shrink();
        self.put_back(Some(slot), hash, key, kept);
    }

    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0), steps 7.11 to
    /// 7.15: refreshes and creates entries for methods and header names. An answer that has more than the
    /// limit, for which they are `None`, is not stored, which the result tells.
    pub(crate) fn store(
        &mut self,
        key: &GroupKey<'_>,
        terms: Terms,
        now: Timestamp,
        names: Option<GrantedNames<'_>>,
    ) -> bool {
        // 7.11. No cache.
        if !self.is_enabled() {
            return true;
        }
        let now = self.advance(now);
        let Some(names) = names else {
            // What was stored goes, as this answer may have meant to shorten it.
            self.clear_entries(key);
            return false;
        };
        let hash = self.hash(|hasher| key.hash(hasher));
        let mut slot = self.find(hash, key);
        if self.switches.cache_records == CacheRecords::Replaced
            && let Some(record) = slot
        {
            self.drop_record(record, hash, key, terms.include_credentials);
            slot = self.find(hash, key);
        }
        let living = slot.and_then(|slot| self.groups.get(slot)).filter(|group| group.kept.is_alive(now));
        // OPTIMIZATION: a first answer, and one that is the same again, go without the entries.
        let own_block = match living.map(|group| &group.kept) {
            Some(Kept::Block { names, stored_at, .. }) => Some((*names, *stored_at)),
            _ => None,
        };
        let matching = Matching::new(terms.include_credentials, &self.switches);
        let kept = match (living.is_some(), u32::try_from(terms.max_age)) {
            (false, Ok(max_age)) => {
                create(&mut self.writer, matching, terms, names);
                let is_kept = max_age > 0 && self.writer.count() > 0;
                is_kept.then(|| self.share_block(max_age, now)).flatten()
            }
            (true, Ok(max_age)) if own_block.is_some_and(|(block, _)| self.is_block(block, matching, terms, names)) => {
                // Each entry is refreshed; or, if its new max-age has passed already, removed and created.
                let is_refreshed = |(_, stored_at): &_| remaining(*stored_at, terms.max_age, now).is_some();
                let stored_at = own_block.filter(is_refreshed).map_or(now, |(_, stored_at)| stored_at);
                (max_age > 0).then(|| self.share_block(max_age, stored_at)).flatten()
            }
            _ => {
                let mut entries = slot.map(|slot| self.take_entries(slot)).unwrap_or_default();
                refresh_and_create(&mut entries, matching, terms, now, names);
                // Answers add up in a group; the oldest entries go, so that a look-up stays short.
                let excess = entries.len().saturating_sub(self.limits.entries_per_answer);
                entries.drain(..excess);
                self.keep(entries)
            }
        };
        self.writer.shrink();
        let is_stored = self.put_back(slot, hash, key, kept);
        self.evict();
        is_stored
    }

    /// The entries of a group, each by itself, to be put back.
    fn take_entries(&mut self, slot: Slot) -> Vec<Entry> {
        let Some(group) = self.groups.get_mut(slot) else { return Vec::new() };
        self.bytes = self.bytes.saturating_sub(group.kept.bytes());
        match &mut group.kept {
            Kept::Entries(entries) => std::mem::take(&mut **entries),
            block @ Kept::Block { .. } => block.entries(&self.blocks),
        }
    }

    /// Whether an answer creates this block; the writer has written it.
    fn is_block(&mut self, block: Slot, matching: Matching, terms: Terms, names: GrantedNames<'_>) -> bool {
        create(&mut self.writer, matching, terms, names);
        self.blocks.get(block).is_some_and(|block| block.form() == self.writer.form())
    }

    /// Keeps entries in the smallest form; `None` if there are none.
    fn keep(&mut self, entries: Vec<Entry>) -> Option<Kept> {
        let first = entries.first()?;
        let (stored_at, credentials) = (first.stored_at, first.credentials);
        let is_uniform = entries.iter().all(|entry| {
            entry.stored_at == stored_at && entry.max_age == first.max_age && entry.credentials == credentials
        });
        match u32::try_from(first.max_age) {
            Ok(max_age) if is_uniform => {
                self.writer.begin(credentials);
                let of_kind = |kind| entries.iter().filter(move |entry| entry.kind == kind);
                of_kind(CacheEntryKind::HeaderName).for_each(|entry| self.writer.push(&entry.name));
                self.writer.end_header_names();
                of_kind(CacheEntryKind::Method).for_each(|entry| self.writer.push(&entry.name));
                self.writer.end();
                self.share_block(max_age, stored_at)
            }
            _ => Some(Kept::Entries(Box::new(entries))),
        }
    }

    /// Keeps what the writer wrote, as one more user of a block of the same names if there is one.
    fn share_block(&mut self, max_age: u32, stored_at: Timestamp) -> Option<Kept> {
        let is_it = |block: &NameBlock| block.form() == self.writer.form();
        // OPTIMIZATION: a server's answers come one after the other and are mostly the same; the last block is
        // looked at before one is searched.
        let last = self.last_block.filter(|last| self.blocks.get(*last).is_some_and(is_it));
        let names = match last.and_then(|last| self.blocks.share_at(last)) {
            Some(last) => last,
            None => {
                let hash = self.hash(|hasher| hasher.write(self.writer.form()));
                self.blocks.share(hash, is_it).or_else(|| {
                    let block = self.writer.block();
                    self.bytes = self.bytes.saturating_add(block.bytes());
                    self.blocks.insert(hash, block)
                })?
            }
        };
        self.last_block = Some(names);
        Some(Kept::Block { names, max_age, stored_at })
    }

    /// Gives back what a group shares of blocks.
    fn release(&mut self, kept: &Kept) {
        if let Kept::Block { names, .. } = kept
            && let Some(block) = self.blocks.release(*names)
        {
            self.bytes = self.bytes.saturating_sub(block.bytes());
        }
    }

    /// Puts entries into their group, which is made or goes away as they ask for. Whether they were
    /// kept: a group that takes much of the cache would push all others out.
    fn put_back(&mut self, slot: Option<Slot>, hash: u32, key: &GroupKey<'_>, kept: Option<Kept>) -> bool {
        let block = match &kept {
            Some(Kept::Block { names, .. }) => self.blocks.get(*names).map_or(0, NameBlock::bytes),
            _ => 0,
        };
        let own = kept.as_ref().map_or(0, Kept::bytes).saturating_add(key.url.len()).saturating_add(block);
        let fits = own <= self.limits.bytes.div_ceil(LARGEST_SHARE);
        match (kept, slot) {
            (Some(kept), Some(slot)) if fits => {
                self.bytes = self.bytes.saturating_add(kept.bytes());
                if let Some(group) = self.groups.get_mut(slot) {
                    let before = std::mem::replace(&mut group.kept, kept);
                    self.bytes = self.bytes.saturating_sub(before.bytes());
                    self.release(&before);
                }
                self.touch(slot);
            }
            (Some(kept), None) if fits => self.insert(hash, key, kept),
            (kept, slot) => {
                if let Some(kept) = kept {
                    self.release(&kept);
                }
                if let Some(slot) = slot {
                    self.remove(slot);
                }
            }
        }
        fits
    }

    fn insert(&mut self, hash: u32, key: &GroupKey<'_>, kept: Kept) {
        let scope_hash = self.hash(|hasher| key.hash_scope(hasher));
        let scope = self.scopes.share(scope_hash, |scope| scope.is_of(key)).or_else(|| {
            let scope = Scope::of(key);
            self.bytes = self.bytes.saturating_add(scope.bytes());
            self.scopes.insert(scope_hash, scope)
        });
        // A pool is full only if the groups are, of which each has one value in it.
        let Some(scope) = scope else { return };
        let group = Group { url: key.url.into(), kept, hash, scope, newer: None, older: None };
        self.bytes = self.bytes.saturating_add(group_bytes(&group));
        let Some(slot) = self.groups.insert(group) else { return };
        let groups = &self.groups;
        self.table.insert_unique(spread(hash), slot, |slot| groups.get(*slot).map_or(0, |group| spread(group.hash)));
        self.link_newest(slot);
    }

    /// Evicts the least recently used groups until the limits hold.
    fn evict(&mut self) {
        while self.table.len() > self.limits.groups || self.bytes > self.limits.bytes {
            let Some(oldest) = self.oldest else { return };
            self.remove(oldest);
        }
    }

    /// [Clear cache entries](https://fetch.spec.whatwg.org/#concept-cache-clear).
    pub(crate) fn clear_entries(&mut self, key: &GroupKey<'_>) {
        let hash = self.hash(|hasher| key.hash(hasher));
        if let Some(slot) = self.find(hash, key) {
            self.remove(slot);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        let latest = self.latest;
        *self = Self::new(self.limits, self.switches, Some(self.hash_key));
        self.latest = latest;
    }

    /// Forgets the groups that `test` names. Looks at all of them.
    pub(crate) fn clear_where(&mut self, test: impl Fn(&GroupKey<'_>) -> bool) {
        let is_named = |group: &Group| self.key_of(group).is_some_and(|key| test(&key));
        let slots: Vec<Slot> = self.groups.iter().filter(|(_, group)| is_named(group)).map(|(slot, _)| slot).collect();
        for slot in slots {
            self.remove(slot);
        }
    }

    fn remove(&mut self, slot: Slot) {
        self.unlink(slot);
        let Some(group) = self.groups.remove(slot) else { return };
        self.bytes = self.bytes.saturating_sub(group_bytes(&group));
        if let Ok(entry) = self.table.find_entry(spread(group.hash), |candidate| *candidate == slot) {
            entry.remove();
        }
        if let Some(scope) = self.scopes.release(group.scope) {
            self.bytes = self.bytes.saturating_sub(scope.bytes());
        }
        self.release(&group.kept);
    }

    fn touch(&mut self, slot: Slot) {
        if self.newest != Some(slot) {
            self.unlink(slot);
            self.link_newest(slot);
        }
    }

    fn unlink(&mut self, slot: Slot) {
        let Some(group) = self.groups.get_mut(slot) else { return };
        let (newer, older) = (group.newer.take(), group.older.take());
        if self.newest == Some(slot) {
            self.newest = older;
        }
        if self.oldest == Some(slot) {
            self.oldest = newer;
        }
        if let Some(group) = newer.and_then(|newer| self.groups.get_mut(newer)) {
            group.older = older;
        }
        if let Some(group) = older.and_then(|older| self.groups.get_mut(older)) {
            group.newer = newer;
        }
    }

    fn link_newest(&mut self, slot: Slot) {
        let second = self.newest.replace(slot);
        if let Some(group) = second.and_then(|second| self.groups.get_mut(second)) {
            group.newer = Some(slot);
        }
        if let Some(group) = self.groups.get_mut(slot) {
            group.older = second;
        }
        self.oldest.get_or_insert(slot);
    }

    /// Joins restored entries to their group.
    pub(super) fn restore_entries(&mut self, key: &GroupKey<'_>, mut restored: Vec<Entry>) {
        let hash = self.hash(|hasher| key.hash(hasher));
        let slot = self.find(hash, key);
        let mut entries = slot.map(|slot| self.take_entries(slot)).unwrap_or_default();
        if self.switches.cache_records == CacheRecords::Replaced {
            self.retain_records(&mut entries, &mut restored);
        }
        for entry in restored {
            entries.retain(|known| {
                known.kind != entry.kind || known.name != entry.name || known.credentials != entry.credentials
            });
            if entries.len() < self.limits.entries_per_answer {
                entries.push(entry);
            }
        }
        let kept = self.keep(entries);
        self.writer.shrink();
        self.put_back(slot, hash, key, kept);
        self.evict();
    }

    /// Where an answer is one record, entries that are not of the first one's answer do not come back, and those
    /// that come back replace what is there.
    fn retain_records(&self, entries: &mut Vec<Entry>, restored: &mut Vec<Entry>) {
        let is_apart = self.switches.cache_credentials == CacheCredentials::Apart;
        let first = restored.first().map(|first| (first.credentials, first.max_age));
        let second =
            |entry: &&Entry| is_apart && first.is_some_and(|(credentials, _)| entry.credentials != credentials);
        let second = restored.iter().find(second).map(|second| (second.credentials, second.max_age));
        let records = [first, second];
        restored.retain(|entry| records.contains(&Some((entry.credentials, entry.max_age))));
        let is_replaced = |entry: &Entry| {
            !is_apart || records.iter().flatten().any(|(credentials, _)| *credentials == entry.credentials)
        };
        entries.retain(|entry| !is_replaced(entry));
    }

    /// Every group's key and entries. Linear.
    pub(super) fn iter(&self) -> impl Iterator<Item = (GroupKey<'_>, Vec<Entry>)> {
        self.groups.iter().filter_map(|(_, group)| Some((self.key_of(group)?, group.kept.entries(&self.blocks))))
    }
}

/// Bytes of a group without what it shares.
fn group_bytes(group: &Group) -> usize {
    size_of::<Group>().saturating_add(group.url.len()).saturating_add(group.kept.bytes())
}
