//! Looking at the cache, and carrying it over a restart.

use url::Url;

use super::entry::{CacheEntry, CacheEntryKind, Entry};
use super::key::{GroupKey, OriginKey};
use super::table::CorsPreflightCache;
use crate::infra::is_token;
use crate::origin::Origin;
use crate::profile::{CacheNullOrigins, CacheOriginKey, Profile, WildcardOfCredentialedPreflight};
use crate::scheme::SchemePolicy;
use crate::time::Timestamp;

/// One entry as it is exported: plain values, to write down in any form.
///
/// Entries of opaque origins are not exported: their identity ends with the host's run. Nor are those
/// of URLs with userinfo, which would write a password down.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data that a host reads back")]
pub struct ExportedEntry {
    /// The network partition key.
    pub partition: Option<Vec<u8>>,
    /// The serialized tuple origin.
    pub origin: String,
    /// Whether the request was redirect-tainted.
    pub tainted: bool,
    /// The URL.
    pub url: String,
    /// Method or header name.
    pub kind: CacheEntryKind,
    /// The method or header name, or `*`.
    pub name: String,
    /// Whether it was stored by a request with credentials mode include.
    pub credentials: bool,
    /// Whole seconds that it lives on.
    pub remaining_seconds: u64,
}

/// Why an exported entry is not taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CacheRestoreError {
    /// The origin is no serialized tuple origin.
    #[error("{0:?} is no serialized tuple origin")]
    Origin(String),
    /// The URL does not parse.
    #[error("{0:?} is no URL")]
    Url(String),
    /// The method or header name is no token.
    #[error("{0:?} is no method or header name")]
    Name(String),
}

impl CorsPreflightCache {
    pub(crate) fn entries(&self, now: Timestamp) -> Vec<CacheEntry> {
        let now = self.not_before_latest(now);
        let mut list = Vec::new();
        for (key, entries) in self.iter() {
            for entry in entries {
                let Some(remaining) = entry.remaining(now) else { continue };
                list.push(CacheEntry {
                    partition: key.partition.map(<[u8]>::to_vec),
                    origin: key.origin.serialization().to_owned(),
                    opaque: key.origin.is_opaque(),
                    tainted: key.origin.is_tainted(),
                    url: key.url.to_owned(),
                    kind: entry.kind,
                    name: entry.name.into_vec(),
                    credentials: entry.credentials,
                    remaining,
                });
            }
        }
        // The table's order is the hash's, which nobody should see.
        let order = |entry: &CacheEntry| {
            let kind = entry.kind == CacheEntryKind::HeaderName;
            (
                entry.url.clone(),
                entry.origin.clone(),
                entry.partition.clone(),
                entry.tainted,
                kind,
                entry.name.clone(),
                entry.credentials,
            )
        };
        list.sort_by_cached_key(order);
        list
    }

    pub(crate) fn export(&self, now: Timestamp) -> Vec<ExportedEntry> {
        let exported = |entry: CacheEntry| {
            let is_exported = !entry.opaque && !has_userinfo(&entry.url);
            is_exported.then(|| ExportedEntry {
                partition: entry.partition,
                origin: entry.origin,
                tainted: entry.tainted,
                url: entry.url,
                kind: entry.kind,
                name: entry.name.iter().copied().map(char::from).collect(),
                credentials: entry.credentials,
                remaining_seconds: entry.remaining.as_secs(),
            })
        };
        self.entries(now).into_iter().filter_map(exported).collect()
    }

    pub(crate) fn restore(
        &mut self,
        entries: impl IntoIterator<Item = ExportedEntry>,
        now: Timestamp,
        schemes: &SchemePolicy,
        profile: &Profile,
    ) -> Vec<CacheRestoreError> {
        let now = self.advance(now);
        let mut refused = Vec::new();
        let mut entries = entries.into_iter().peekable();
        // OPTIMIZATION: an export has the entries of a group side by side, and a group is built once for
        // all of them.
        while let Some(first) = entries.next() {
            let key = RestoredKey::read(&first, schemes);
            let is_of_group = |entry: &ExportedEntry| {
                (&entry.url, &entry.origin, &entry.partition, entry.tainted)
                    == (&first.url, &first.origin, &first.partition, first.tainted)
            };
            let mut group = Vec::new();
            let mut next = Some(first.clone());
            while let Some(entry) = next {
                match key.as_ref().map_err(Clone::clone).and_then(|_| restored_entry(entry, now, profile)) {
                    Ok(entry) => group.extend(entry),
                    Err(error) => refused.push(error),
                }
                next = entries.next_if(is_of_group);
            }
            if let Ok(key) = key
                && self.is_enabled()
                && self.entries_per_answer() > 0
                && !group.is_empty()
                && profile.is_cached_url_length(key.url.as_str().len())
                && !(key.tainted && profile.switches.cache_null_origins != CacheNullOrigins::Kept)
            {
                self.restore_entries(&key.as_key(profile.switches.cache_origin_key), group);
            }
        }
        refused
    }
}

/// What a restored group is found by.
struct RestoredKey {
    partition: Option<Vec<u8>>,
    origin: Origin,
    tainted: bool,
    url: Url,
}

impl RestoredKey {
    fn read(entry: &ExportedEntry, schemes: &SchemePolicy) -> Result<Self, CacheRestoreError> {
        let origin =
            Origin::parse_with(&entry.origin, schemes).ok().filter(|origin| origin.serialize() == entry.origin);
        let origin = origin.ok_or_else(|| CacheRestoreError::Origin(entry.origin.clone()))?;
        let url = Url::parse(&entry.url).map_err(|_| CacheRestoreError::Url(entry.url.clone()))?;
        Ok(Self { partition: entry.partition.clone(), origin, tainted: entry.tainted, url })
    }

    fn as_key(&self, kind: CacheOriginKey) -> GroupKey<'_> {
        let serialization = self.origin.serialize();
        let origin = match kind {
            CacheOriginKey::Serialization if self.tainted => OriginKey::Serialization("null"),
            CacheOriginKey::Serialization => OriginKey::Serialization(serialization),
            CacheOriginKey::Identity => OriginKey::Tuple { serialization, tainted: self.tainted },
        };
        GroupKey { partition: self.partition.as_deref(), origin, url: self.url.as_str() }
    }
}

/// The entry, or `None` if the rules of this profile do not keep it, whatever another one exported.
fn restored_entry(entry: ExportedEntry, now: Timestamp, profile: &Profile) -> Result<Option<Entry>, CacheRestoreError> {
    if !is_token(entry.name.as_bytes()) {
        return Err(CacheRestoreError::Name(entry.name));
    }
    let is_wildcard_of_credentialed = entry.name == "*"
        && entry.credentials
        && profile.switches.wildcard_of_credentialed_preflight == WildcardOfCredentialedPreflight::NotStored;
    let max_age = entry.remaining_seconds.min(profile.max_age_limit.map_or(u64::MAX, u64::from));
    let is_kept = !is_wildcard_of_credentialed && max_age > 0;
    Ok(is_kept.then(|| Entry {
        kind: entry.kind,
        name: entry.name.into_bytes().into_boxed_slice(),
        stored_at: now,
        max_age,
        credentials: entry.credentials,
    }))
}

fn has_userinfo(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
}
