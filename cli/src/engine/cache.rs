//! Commands for the preflight cache.

use fetch_cors::{CacheEntry, CacheEntryKind, ExportedEntry, PreflightCache};
use serde::Deserialize;
use serde_json::{Value, json};

use super::config::Agent;
use super::fault::Fault;
use super::reply::latin1;
use super::value::{ByteString, MAX_NUMBER, Moment, Object, OriginValue, Plain, Whole, plain_words};

/// A command: an object with one key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CacheCommand {
    List(Object<At>),
    Export(Object<At>),
    Restore(Object<Restore>),
    ClearAll(Object<Nothing>),
    ClearOrigin(Object<OfOrigin>),
    ClearSite(Object<OfOrigin>),
    ClearPartition(Object<OfPartition>),
}

/// At a time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct At {
    now: Moment,
}

/// Without anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// For an origin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfOrigin {
    origin: OriginValue,
}

/// For a network partition key, or for none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfPartition {
    #[serde(deserialize_with = "Option::deserialize")]
    partition: Option<ByteString>,
}

/// Entries to take back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Restore {
    now: Moment,
    entries: Vec<Object<ExportedModel>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedModel {
    #[serde(deserialize_with = "Option::deserialize")]
    partition: Option<ByteString>,
    origin: String,
    tainted: bool,
    url: String,
    kind: Plain<EntryKind>,
    name: String,
    credentials: bool,
    remaining_seconds: Whole,
}

plain_words! {
    /// As [`CacheEntryKind`].
    EntryKind { Method, HeaderName }
}

/// Obeys a command.
pub(super) fn obey(command: CacheCommand, agent: &Agent) -> Result<Value, Fault> {
    let cache = agent.user_agent.preflight_cache();
    let (key, value) = match command {
        CacheCommand::List(Object(At { now })) => {
            let entries: Vec<Value> = cache.entries(now.0).into_iter().map(entry).collect();
            ("list", json!({ "entries": entries, "groups": cache.len(), "bytes": cache.bytes() }))
        }
        CacheCommand::Export(Object(At { now })) => {
            let entries: Vec<Value> = cache.export(now.0).into_iter().map(exported).collect();
            ("export", json!({ "entries": entries }))
        }
        CacheCommand::Restore(Object(restore)) => ("restore", self::restore(restore, &cache)),
        CacheCommand::ClearAll(_) => {
            cache.clear_all();
            ("clear_all", cleared(&cache))
        }
        CacheCommand::ClearOrigin(Object(OfOrigin { origin })) => {
            cache.clear_origin(&origin.read("cache.clear_origin.origin", &agent.schemes)?);
            ("clear_origin", cleared(&cache))
        }
        CacheCommand::ClearSite(Object(OfOrigin { origin })) => {
            cache.clear_site(&origin.read("cache.clear_site.origin", &agent.schemes)?);
            ("clear_site", cleared(&cache))
        }
        CacheCommand::ClearPartition(Object(OfPartition { partition })) => {
            cache.clear_partition(partition.as_ref().map(|key| &*key.0));
            ("clear_partition", cleared(&cache))
        }
    };
    Ok(json!({ "cache": { key: value } }))
}

fn cleared(cache: &PreflightCache<'_>) -> Value {
    json!({ "groups": cache.len() })
}

fn restore(restore: Restore, cache: &PreflightCache<'_>) -> Value {
    let mut refused = Vec::new();
    for (index, Object(model)) in restore.entries.into_iter().enumerate() {
        let entry = ExportedEntry {
            partition: model.partition.map(|key| key.0),
            origin: model.origin,
            tainted: model.tainted,
            url: model.url,
            kind: match model.kind.0 {
                EntryKind::Method => CacheEntryKind::Method,
                EntryKind::HeaderName => CacheEntryKind::HeaderName,
            },
            name: model.name,
            credentials: model.credentials,
            remaining_seconds: model.remaining_seconds.0,
        };
        // One by one, to tell which one is refused.
        for error in cache.restore([entry], restore.now.0) {
            refused.push(json!({ "index": index, "message": error.to_string() }));
        }
    }
    json!({ "refused": refused, "groups": cache.len() })
}

fn entry(entry: CacheEntry) -> Value {
    json!({
        "partition": entry.partition.as_deref().map(latin1),
        "origin": entry.origin,
        "opaque": entry.opaque,
        "tainted": entry.tainted,
        "url": entry.url,
        "kind": kind(entry.kind),
        "name": latin1(&entry.name),
        "credentials": entry.credentials,
        "remaining_ms": u64::try_from(entry.remaining.as_millis()).unwrap_or(MAX_NUMBER).min(MAX_NUMBER),
    })
}

fn exported(entry: ExportedEntry) -> Value {
    json!({
        "partition": entry.partition.as_deref().map(latin1),
        "origin": entry.origin,
        "tainted": entry.tainted,
        "url": entry.url,
        "kind": kind(entry.kind),
        "name": entry.name,
        "credentials": entry.credentials,
        "remaining_seconds": entry.remaining_seconds.min(MAX_NUMBER),
    })
}

const fn kind(kind: CacheEntryKind) -> &'static str {
    match kind {
        CacheEntryKind::Method => "method",
        CacheEntryKind::HeaderName => "header-name",
    }
}
