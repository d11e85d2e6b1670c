//! The methods and header names that entries of one answer stand for, in one piece of memory.

use super::entry::CacheEntryKind;
use super::matching::Matching;

/// Names in the order in which they were granted, header names first, for which a look-up asks most. Equal
/// blocks are shared by groups, as most servers give one answer for all their URLs.
///
/// Form: 1 for an answer to credentials mode include, or 0; two bytes that say where the methods start, or 0
/// if that is too far; then each header name and each method behind its length, and a 0 behind the last of
/// each kind. A length from 255 on is written as 255 and four bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NameBlock {
    form: Box<[u8]>,
}

/// A block in the making, in a buffer that is used again.
#[derive(Debug, Default)]
pub(super) struct NameWriter {
    form: Vec<u8>,
    count: usize,
}

impl NameWriter {
    pub(super) fn begin(&mut self, credentials: bool) {
        self.form.clear();
        self.form.extend_from_slice(&[u8::from(credentials), 0, 0]);
        self.count = 0;
    }

    /// Writes a name; an empty one would be read as the end, and is not a name.
    pub(super) fn push(&mut self, name: &[u8]) {
        match u8::try_from(name.len()) {
            Ok(0) => return,
            Ok(length) if length < LONG => self.form.push(length),
            _ => {
                // A header list that is longer than four bytes can say is not one.
                let Ok(length) = u32::try_from(name.len()) else { return };
                self.form.push(LONG);
                self.form.extend_from_slice(&length.to_le_bytes());
            }
        }
        self.form.extend_from_slice(name);
        self.count = self.count.saturating_add(1);
    }

    /// Ends the header names; methods follow.
    pub(super) fn end_header_names(&mut self) {
        self.end();
        // A place further away than two bytes can say is looked for.
        let place = u16::try_from(self.form.len()).unwrap_or_default();
        if let [_, low, high, ..] = &mut *self.form {
            [*low, *high] = place.to_le_bytes();
        }
    }

    /// Ends the names of a kind.
    pub(super) fn end(&mut self) {
        self.form.push(0);
    }

    /// How many names were written.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    pub(super) fn form(&self) -> &[u8] {
        &self.form
    }

    pub(super) fn block(&self) -> NameBlock {
        NameBlock { form: self.form.as_slice().into() }
    }

    /// Gives memory back that only a huge answer needs.
    pub(super) fn shrink(&mut self) {
        self.form.clear();
        self.form.shrink_to(LARGEST_KEPT_BUFFER);
    }
}

const LONG: u8 = 255;
const LARGEST_KEPT_BUFFER: usize = 512;

impl NameBlock {
    /// Whether the answer was to a request with credentials mode include.
    pub(super) fn credentials(&self) -> bool {
        self.form.first() == Some(&1)
    }

    pub(super) fn form(&self) -> &[u8] {
        &self.form
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.form.len())
    }

    pub(super) fn of_kind(&self, kind: CacheEntryKind) -> NamesOfAKind<'_> {
        let [_, low, high, names @ ..] = &*self.form else { return NamesOfAKind { rest: &[] } };
        match (kind, usize::from(u16::from_le_bytes([*low, *high]))) {
            (CacheEntryKind::HeaderName, _) => NamesOfAKind { rest: names },
            (CacheEntryKind::Method, 0) => {
                let mut names = NamesOfAKind { rest: names };
                names.by_ref().for_each(drop);
                // The 0 behind the header names.
                NamesOfAKind { rest: names.rest.get(1..).unwrap_or_default() }
            }
            (CacheEntryKind::Method, place) => NamesOfAKind { rest: self.form.get(place..).unwrap_or_default() },
        }
    }

    pub(super) fn matches(&self, matching: Matching, kind: CacheEntryKind, name: &[u8]) -> bool {
        self.of_kind(kind).any(|stored| matching.matches_name(kind, stored, name))
    }
}

/// The names up to a 0.
#[derive(Clone, Debug)]
pub(super) struct NamesOfAKind<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for NamesOfAKind<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = match *self.rest {
            [length @ 1..=254, ref rest @ ..] => (usize::from(length), rest),
            [LONG, a, b, c, d, ref rest @ ..] => (u32::from_le_bytes([a, b, c, d]) as usize, rest),
            _ => return None,
        };
        let (name, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;
    use CacheEntryKind::{HeaderName, Method};

    fn block(methods: &[&[u8]], names: &[&[u8]]) -> NameBlock {
        let mut writer = NameWriter::default();
        writer.begin(true);
        names.iter().for_each(|name| writer.push(name));
        writer.end_header_names();
        methods.iter().for_each(|name| writer.push(name));
        writer.end();
        assert_eq!(writer.count(), methods.len() + names.len());
        writer.block()
    }

    #[test]
    fn names_of_any_length_come_back() {
        let long = [b'x'; 300];
        let names: [&[u8]; 4] = [&long[..254], &long[..255], &long, b"y"];
        let far = vec![&long[..]; 300];
        for (methods, names) in
            [(&names[..], &[][..]), (&[], &names), (&names[..2], &names[2..]), (&names, &far), (&[], &[])]
        {
            let block = block(methods, names);
            assert_eq!(block.of_kind(Method).collect::<Vec<_>>(), methods);
            assert_eq!(block.of_kind(HeaderName).collect::<Vec<_>>(), names);
            assert!(block.credentials());
        }
    }

    #[test]
    fn kinds_match_by_their_own_rules() {
        let block = block(&[b"PUT"], &[b"X-A", b"*"]);
        let matching = Matching::new(true, &Profile::standard().switches);
        let matches = |kind, name: &str| block.matches(matching, kind, name.as_bytes());
        assert!(matches(Method, "PUT") && !matches(Method, "put") && !matches(Method, "X-A"));
        assert!(matches(HeaderName, "x-a") && matches(HeaderName, "y"));
        assert!(!matches(HeaderName, "authorization"), "no wildcard covers it");
    }

    #[test]
    fn a_writer_starts_anew() {
        let mut writer = NameWriter::default();
        writer.begin(false);
        writer.push(b"");
        assert_eq!(writer.count(), 0, "nothing is no name");
        writer.push(b"PUT");
        assert_eq!(writer.count(), 1);
        writer.begin(false);
        assert_eq!((writer.count(), writer.form()), (0, &[0, 0, 0][..]));
    }
}
