//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0), steps 7.12 to 7.15: what
//! an answer makes of the entries that are there.

use super::entry::{CacheEntryKind, Entry};
use super::matching::Matching;
use super::names::NameWriter;
use crate::time::Timestamp;

/// What an answer to a preflight grants, beside its names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) include_credentials: bool,
    /// In seconds.
    pub(crate) max_age: u64,
    /// Whether a `*` is stored.
    pub(crate) store_wildcard: bool,
}

/// The names that it grants, as they stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GrantedNames<'a> {
    pub(crate) methods: &'a [&'a [u8]],
    pub(crate) header_names: &'a [&'a [u8]],
}

/// Refreshes entries, and creates those that are missing. None that is left has outlived its max-age.
pub(super) fn refresh_and_create(
    entries: &mut Vec<Entry>,
    matching: Matching,
    terms: Terms,
    now: Timestamp,
    names: GrantedNames<'_>,
) {
    // Entries whose time has passed must be removed.
    entries.retain(|entry| entry.remaining(now).is_some());
    let methods = names.methods.iter().map(|name| (CacheEntryKind::Method, *name));
    for (kind, name) in methods.chain(names.header_names.iter().map(|name| (CacheEntryKind::HeaderName, *name))) {
        let mut found = false;
        // 7.12. and 7.14. Set the max-age of every matching entry; its clock runs on.
        for entry in entries.iter_mut().filter(|entry| matching.matches(entry, kind, name, now)) {
            entry.max_age = terms.max_age;
            // A new max-age that has passed already removes the entry, so that it matches no more.
            found |= entry.remaining(now).is_some();
        }
        // 7.13. and 7.15. Create one if there is none.
        if !found && is_stored(name, terms) {
            entries.push(Entry {
                kind,
                name: name.into(),
                stored_at: now,
                max_age: terms.max_age,
                credentials: terms.include_credentials,
            });
        }
    }
    entries.retain(|entry| entry.remaining(now).is_some());
}

/// The same where no entry is there: writes the names that get one.
// OPTIMIZATION: the usual case, without an allocation.
pub(super) fn create(writer: &mut NameWriter, matching: Matching, terms: Terms, names: GrantedNames<'_>) {
    let matching = matching.of_entries(terms.include_credentials);
    writer.begin(terms.include_credentials);
    // 7.14. and 7.15.
    write_created(writer, matching, CacheEntryKind::HeaderName, terms, names.header_names);
    writer.end_header_names();
    // 7.12. and 7.13. They stand behind the header names.
    write_created(writer, matching, CacheEntryKind::Method, terms, names.methods);
    writer.end();
}

/// Writes the names that no earlier one matches: entries that this answer created match as others do. One
/// that was left out matches nothing that another one does not.
fn write_created(writer: &mut NameWriter, matching: Matching, kind: CacheEntryKind, terms: Terms, names: &[&[u8]]) {
    // OPTIMIZATION: a bit for each length so far; names of different lengths do not match.
    let (mut lengths, mut wildcard) = (0_u64, false);
    for (index, name) in names.iter().enumerate() {
        if !is_stored(name, terms) {
            continue;
        }
        let length = 1 << (name.len() & 63);
        let mut earlier = names.iter().take(index).filter(|earlier| is_stored(earlier, terms));
        if (!wildcard && lengths & length == 0) || !earlier.any(|earlier| matching.matches_name(kind, earlier, name)) {
            writer.push(name);
        }
        lengths |= length;
        wildcard |= *name == b"*";
    }
}

fn is_stored(name: &[u8], terms: Terms) -> bool {
    terms.store_wildcard || name != b"*"
}
