//! Row 4: what does the answer to a preflight allow?

use hashbrown::HashTable;

use super::lines::{Line, tokens, trim};
use super::request::is_safelisted_method;
use super::response::cors_check;

/// What is to be stored.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Allowed<'a> {
    pub(crate) methods: Vec<&'a [u8]>,
    pub(crate) names: Vec<&'a [u8]>,
    pub(crate) max_age: u64,
}

pub(crate) fn judge<'a>(
    method: &[u8],
    unsafe_names: &[&[u8]],
    origin: &str,
    include: bool,
    status: u16,
    lines: impl Iterator<Item = Line<'a>> + Clone,
) -> Option<Allowed<'a>> {
    if !(200..=299).contains(&status) || !cors_check(origin, include, lines.clone()) {
        return None;
    }
    let mut methods = Vec::with_capacity(8);
    let mut names = Vec::with_capacity(16);
    let mut max_age = None;
    let mut max_age_lines = 0;
    let mut is_list = true;
    for (name, value) in lines {
        match name.len() {
            28 if name.eq_ignore_ascii_case(b"access-control-allow-methods") => {
                is_list &= tokens(value, |item| methods.push(item));
            }
            28 if name.eq_ignore_ascii_case(b"access-control-allow-headers") => {
                is_list &= tokens(value, |item| names.push(item));
            }
            22 if name.eq_ignore_ascii_case(b"access-control-max-age") => {
                max_age_lines += 1;
                max_age = seconds(trim(value));
            }
            _ => {}
        }
    }
    if !is_list {
        return None;
    }
    let is_wildcard = |item: &&[u8]| !include && **item == *b"*";
    if !is_safelisted_method(method) && !methods.iter().any(|item| *item == method || is_wildcard(item)) {
        return None;
    }
    let names_authorization = |name: &&[u8]| name.eq_ignore_ascii_case(b"authorization");
    if names.iter().any(is_wildcard) {
        if unsafe_names.iter().any(names_authorization) && !names.iter().any(names_authorization) {
            return None;
        }
    } else if !all_listed(unsafe_names, &names) {
        return None;
    }
    let max_age = if max_age_lines == 1 { max_age } else { None };
    Some(Allowed { methods, names, max_age: max_age.unwrap_or(5).min(7200) })
}

fn all_listed(wanted: &[&[u8]], listed: &[&[u8]]) -> bool {
    if wanted.len() <= 8 {
        return wanted.iter().all(|name| listed.iter().any(|item| item.eq_ignore_ascii_case(name)));
    }
    let mut left: HashTable<&[u8]> = HashTable::with_capacity(wanted.len());
    for name in wanted {
        left.entry(hash(name), |item| item.eq_ignore_ascii_case(name), |item| hash(item)).or_insert(name);
    }
    for item in listed {
        if let Ok(entry) = left.find_entry(hash(item), |name| name.eq_ignore_ascii_case(item)) {
            entry.remove();
        }
    }
    left.is_empty()
}

/// Eight bytes at a time, letters in one case.
fn hash(name: &[u8]) -> u64 {
    let mut hash = name.len() as u64 ^ 0x243F_6A88_85A3_08D3;
    for part in name.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..part.len()].copy_from_slice(part);
        hash = (hash ^ (u64::from_le_bytes(bytes) | 0x2020_2020_2020_2020)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        hash ^= hash >> 32;
    }
    hash
}

fn seconds(value: &[u8]) -> Option<u64> {
    let mut seconds: u64 = 0;
    for byte in value {
        if !byte.is_ascii_digit() {
            return None;
        }
        seconds = seconds.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
    }
    (!value.is_empty()).then_some(seconds)
}
