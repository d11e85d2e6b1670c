//! [Header lists](https://fetch.spec.whatwg.org/#concept-header-list).
//!
//! Facts that shaped this module:
//!
//! * The standard's list keeps every line, in order, and a name's case. A line that is dropped or
//!   merged can turn a refusal into a grant, so nothing here drops or merges.
//! * A value may hold every byte but NUL, LF and CR; `http::HeaderValue` refuses 0x01 to 0x08,
//!   0x0B, 0x0C, 0x0E to 0x1F and 0x7F, so a conversion to `http::HeaderMap` can fail.
//! * `http::HeaderMap::append` panics at its 24,577th name: only the `try_` forms are used.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::infra::{
    has_nul_or_newline, is_http_whitespace, is_token, matches_ignoring_case, trim, trim_http_tab_or_space,
};

/// The most bytes that one list may hold: names, values and 8 bytes a line.
pub const MAX_HEADER_LIST_BYTES: usize = 16 * 1024 * 1024;

/// The most lines that one list may hold. A page chooses how many it asks for, and some rules compare
/// each line with each other one.
pub const MAX_HEADER_LIST_LINES: usize = 4096;

/// Why a header is not taken into a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The name is not an HTTP token.
    #[error("header name {0:?} is not a token: one or more of letters, digits and !#$%&'*+-.^_`|~")]
    InvalidName(String),
    /// The value holds NUL, LF or CR, or starts or ends with a tab or space.
    #[error(
        "value of header {0:?} is not a header value: it holds NUL, LF or CR, or starts or ends with a tab or space"
    )]
    InvalidValue(String),
    /// The list would be longer than [`MAX_HEADER_LIST_BYTES`] or have more lines than
    /// [`MAX_HEADER_LIST_LINES`].
    #[error("header list is longer than {MAX_HEADER_LIST_BYTES} bytes or {MAX_HEADER_LIST_LINES} lines")]
    TooLarge,
    /// `http::HeaderMap` cannot hold this line of the list.
    #[error("header {0:?} cannot be held by http::HeaderMap: its value has a control byte, or the map is full")]
    NotRepresentable(String),
}

/// Whether `name` is a [header name](https://fetch.spec.whatwg.org/#header-name).
pub fn is_header_name(name: &[u8]) -> bool {
    is_token(name)
}

/// Whether `value` is a [header value](https://fetch.spec.whatwg.org/#header-value).
pub fn is_header_value(value: &[u8]) -> bool {
    trim_http_tab_or_space(value).len() == value.len() && !has_nul_or_newline(value)
}

/// [Normalize](https://fetch.spec.whatwg.org/#concept-header-value-normalize) a byte sequence:
/// HTTP whitespace goes from both ends. The result may still be no header value.
pub fn normalize_header_value(potential_value: &[u8]) -> &[u8] {
    trim(potential_value, is_http_whitespace)
}

/// A value that the host gives for lines that the engine writes.
pub(crate) fn checked_header_value(name: &str, value: &[u8]) -> Result<Box<[u8]>, HeaderError> {
    if is_header_value(value) { Ok(value.into()) } else { Err(HeaderError::InvalidValue(name.to_owned())) }
}

/// An ordered list of header lines: names are tokens and keep their case, values are bytes.
///
/// All lines stand in one buffer, so that a list costs one allocation and the lines of one hop are
/// a tail that is cut off again.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HeaderList {
    /// Per line: length of the name and of the value, four bytes each, then name and value.
    buffer: Vec<u8>,
    lines: usize,
}

/// A place in a list to which it can be cut back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    bytes: usize,
    lines: usize,
}

const LENGTHS: usize = 8;

impl HeaderList {
    /// An empty list that holds no memory.
    pub const fn new() -> Self {
        Self { buffer: Vec::new(), lines: 0 }
    }

    /// An empty list with room for `bytes` bytes of names, values and 8 bytes a line.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { buffer: Vec::with_capacity(bytes.min(MAX_HEADER_LIST_BYTES)), lines: 0 }
    }

    /// Number of lines.
    pub const fn len(&self) -> usize {
        self.lines
    }

    /// Whether there is no line.
    pub const fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// The lines, in order, as name and value.
    pub fn iter(&self) -> Lines<'_> {
        Lines { rest: &self.buffer }
    }

    /// Whether the list [contains](https://fetch.spec.whatwg.org/#header-list-contains) `name`.
    pub fn contains(&self, name: impl AsRef<[u8]>) -> bool {
        self.values(name.as_ref()).next().is_some()
    }

    /// The values of all lines named `name`, in order.
    pub(crate) fn values<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |(line, _)| matches_ignoring_case(line, name)).map(|(_, value)| value)
    }

    /// [Get](https://fetch.spec.whatwg.org/#concept-header-list-get): the values of all lines named
    /// `name`, joined by a comma and a space; borrowed if there is one line.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<Cow<'_, [u8]>> {
        let name = name.as_ref();
        join(self.iter().filter(|(line, _)| matches_ignoring_case(line, name)).map(|(_, value)| value))
    }

    /// [Append](https://fetch.spec.whatwg.org/#concept-header-list-append) a line.
    ///
    /// # Errors
    /// The name is no token, the value no header value, or the list is full; the list is unchanged.
    pub fn append(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), HeaderError> {
        let (name, value) = (name.as_ref(), value.as_ref());
        check(name, value)?;
        // 1. A name that is there already is written in the case in which it stands there.
        let first = self.iter().find(|(line, _)| matches_ignoring_case(line, name));
        let first = first.and_then(|(line, _)| (line != name).then(|| line.to_vec()));
        // 2. The line goes to the end.
        self.push(first.as_deref().unwrap_or(name), value)
    }

    /// [Set](https://fetch.spec.whatwg.org/#concept-header-list-set): the first line of that name
    /// gets the value, the others go; without one, a line is appended.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn set(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), HeaderError> {
        let (name, value) = (name.as_ref(), value.as_ref());
        check(name, value)?;
        // 1. Replace the first, remove the others.
        if self.contains(name) {
            let mut first = true;
            return self.rebuild(|list, line_name, line_value| {
                if !matches_ignoring_case(line_name, name) {
                    return list.push(line_name, line_value);
                }
                if std::mem::take(&mut first) { list.push(line_name, value) } else { Ok(()) }
            });
        }
        // 2. Otherwise append.
        self.push(name, value)
    }

    /// [Combine](https://fetch.spec.whatwg.org/#concept-header-list-combine): the first line of that
    /// name gets a comma, a space and the value; without one, a line is appended.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn combine(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), HeaderError> {
        let (name, value) = (name.as_ref(), value.as_ref());
        check(name, value)?;
        // 1. Extend the first.
        if self.contains(name) {
            let mut first = true;
            return self.rebuild(|list, line_name, line_value| {
                if matches_ignoring_case(line_name, name) && std::mem::take(&mut first) {
                    let joined = [line_value, b", ", value].concat();
                    return list.push(line_name, &joined);
                }
                list.push(line_name, line_value)
            });
        }
        // 2. Otherwise append.
        self.push(name, value)
    }

    /// [Delete](https://fetch.spec.whatwg.org/#concept-header-list-delete) all lines of that name.
    pub fn delete(&mut self, name: impl AsRef<[u8]>) {
        let name = name.as_ref();
        if self.contains(name) {
            // A list that gets shorter cannot be too large.
            let _ = self.rebuild(|list, line_name, line_value| {
                if matches_ignoring_case(line_name, name) { Ok(()) } else { list.push(line_name, line_value) }
            });
        }
    }

    /// [Sort and combine](https://fetch.spec.whatwg.org/#concept-header-list-sort-and-combine):
    /// lower-case names in byte order, values of one name joined, `set-cookie` lines kept apart.
    pub fn sort_and_combine(&self) -> HeaderList {
        // 1. headers
        let mut headers = HeaderList::with_capacity(self.buffer.len());
        // 2. names
        let mut names: Vec<Vec<u8>> = self.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        // 3. For each name:
        for name in &names {
            // Each line of this list was valid and the result is shorter, so no push can fail.
            if name == b"set-cookie" {
                // 3.1. Each value is a line of its own.
                for value in self.values(name) {
                    let _ = headers.push(name, value);
                }
            } else if let Some(value) = self.get(name) {
                // 3.2. Otherwise the joined value.
                let _ = headers.push(name, &value);
            }
        }
        // 4. Return headers.
        headers
    }

    /// Where the list ends now.
    pub(crate) const fn mark(&self) -> Mark {
        Mark { bytes: self.buffer.len(), lines: self.lines }
    }

    /// Cuts off all lines behind `mark`. Only valid as long as nothing before it was changed.
    pub(crate) fn truncate(&mut self, mark: Mark) {
        self.buffer.truncate(mark.bytes);
        self.lines = self.lines.min(mark.lines);
    }

    /// Bytes that the lines take, their lengths included.
    pub(crate) fn byte_len(&self) -> usize {
        self.buffer.len()
    }

    /// Makes room for `bytes` more bytes, so that appends up to there do not allocate.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.buffer.reserve(bytes);
    }

    /// Bytes that a line of this name and value takes.
    pub(crate) const fn line_bytes(name: usize, value: usize) -> usize {
        LENGTHS.saturating_add(name).saturating_add(value)
    }

    /// Adds a line whose name and value are known to be valid.
    pub(crate) fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), HeaderError> {
        let bytes = Self::line_bytes(name.len(), value.len()).saturating_add(self.buffer.len());
        let (Ok(name_len), Ok(value_len)) = (u32::try_from(name.len()), u32::try_from(value.len())) else {
            return Err(HeaderError::TooLarge);
        };
        if bytes > MAX_HEADER_LIST_BYTES || self.lines >= MAX_HEADER_LIST_LINES {
            return Err(HeaderError::TooLarge);
        }
        let lengths = u64::from(value_len) << 32 | u64::from(name_len);
        self.buffer.extend_from_slice(&lengths.to_le_bytes());
        self.buffer.extend_from_slice(name);
        self.buffer.extend_from_slice(value);
        self.lines = self.lines.saturating_add(1);
        Ok(())
    }

    /// Adds a line whose value is a sorted list of names, as [`write_names`] has it.
    pub(crate) fn push_names(&mut self, name: &[u8], sorted: &[&[u8]], repeat: bool) -> Result<(), HeaderError> {
        let mark = self.mark();
        self.push(name, &[])?;
        let start = self.buffer.len();
        write_names(&mut self.buffer, sorted, repeat);
        let bytes = self.buffer.len();
        let value_len = u32::try_from(bytes.saturating_sub(start)).unwrap_or(u32::MAX);
        if bytes > MAX_HEADER_LIST_BYTES {
            self.truncate(mark);
            return Err(HeaderError::TooLarge);
        }
        let length_of_value = mark.bytes.saturating_add(LENGTHS / 2);
        if let Some(place) = self.buffer.get_mut(length_of_value..).and_then(<[u8]>::first_chunk_mut) {
            *place = value_len.to_le_bytes();
        }
        Ok(())
    }

    /// Replaces the list by what `line` pushes for each line; on an error nothing changes.
    fn rebuild(
        &mut self,
        mut line: impl FnMut(&mut HeaderList, &[u8], &[u8]) -> Result<(), HeaderError>,
    ) -> Result<(), HeaderError> {
        let mut list = HeaderList::with_capacity(self.buffer.capacity());
        for (name, value) in self.iter() {
            line(&mut list, name, value)?;
        }
        *self = list;
        Ok(())
    }
}

/// Writes a sorted list of names: in lower case, each once unless they repeat, joined by a comma.
pub(crate) fn write_names(buffer: &mut Vec<u8>, sorted: &[&[u8]], repeat: bool) {
    let start = buffer.len();
    let mut last: &[u8] = &[];
    for name in sorted.iter().copied() {
        if repeat || !matches_ignoring_case(name, last) {
            if !last.is_empty() {
                buffer.push(b',');
            }
            buffer.extend_from_slice(name);
            last = name;
        }
    }
    buffer.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
}

/// Values joined by a comma and a space, or `None` without one.
pub(crate) fn join<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Option<Cow<'a, [u8]>> {
    let mut joined = Cow::Borrowed(values.next()?);
    for value in values {
        append_value(&mut joined, value);
    }
    Some(joined)
}

/// Joins one more value by a comma and a space.
pub(crate) fn append_value(joined: &mut Cow<'_, [u8]>, value: &[u8]) {
    let joined = joined.to_mut();
    joined.extend_from_slice(b", ");
    joined.extend_from_slice(value);
}

/// Whether the value of a header is a secret.
pub(crate) fn is_secret(name: &[u8]) -> bool {
    crate::infra::is_one_of(name, &["authorization", "cookie", "proxy-authorization", "set-cookie", "set-cookie2"])
}

fn check(name: &[u8], value: &[u8]) -> Result<(), HeaderError> {
    if !is_header_name(name) {
        return Err(HeaderError::InvalidName(name.escape_ascii().to_string()));
    }
    if !is_header_value(value) {
        return Err(HeaderError::InvalidValue(name.escape_ascii().to_string()));
    }
    Ok(())
}

/// Iterator over the lines of a [`HeaderList`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (lengths, rest) = self.rest.split_first_chunk::<LENGTHS>()?;
        let lengths = u64::from_le_bytes(*lengths);
        let (name, rest) = rest.split_at_checked(lengths as u32 as usize)?;
        let (value, rest) = rest.split_at_checked((lengths >> 32) as usize)?;
        self.rest = rest;
        Some((name, value))
    }
}

impl<'a> IntoIterator for &'a HeaderList {
    type Item = (&'a [u8], &'a [u8]);
    type IntoIter = Lines<'a>;

    fn into_iter(self) -> Lines<'a> {
        self.iter()
    }
}

impl std::fmt::Debug for HeaderList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = |(name, value): (&[u8], &[u8])| {
            // Traces are passed around; secrets are not.
            let value = if is_secret(name) { "(hidden)".to_owned() } else { value.escape_ascii().to_string() };
            (name.escape_ascii().to_string(), value)
        };
        f.debug_list().entries(self.iter().map(line)).finish()
    }
}

impl TryFrom<&HeaderList> for HeaderMap {
    type Error = HeaderError;

    /// Names become lower case; fails where the map cannot hold a line.
    fn try_from(list: &HeaderList) -> Result<Self, HeaderError> {
        let mut map = HeaderMap::try_with_capacity(list.len()).map_err(|_| HeaderError::TooLarge)?;
        for (name, value) in list {
            let refused = || HeaderError::NotRepresentable(name.escape_ascii().to_string());
            let map_name = HeaderName::from_bytes(name).map_err(|_| refused())?;
            let mut map_value = HeaderValue::from_bytes(value).map_err(|_| refused())?;
            map_value.set_sensitive(is_secret(name));
            map.try_append(map_name, map_value).map_err(|_| refused())?;
        }
        Ok(map)
    }
}

impl TryFrom<&HeaderMap> for HeaderList {
    type Error = HeaderError;

    /// Values of one name stay in order; order across names is the map's.
    fn try_from(map: &HeaderMap) -> Result<Self, HeaderError> {
        let mut list = HeaderList::new();
        for (name, value) in map {
            // A map keeps outer spaces, a header value has none.
            list.append(name.as_str(), trim_http_tab_or_space(value.as_bytes()))?;
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(lines: &[(&str, &str)]) -> HeaderList {
        let mut list = HeaderList::new();
        for (name, value) in lines {
            list.append(name, value).expect("a valid line");
        }
        list
    }

    fn lines(list: &HeaderList) -> Vec<(&str, &str)> {
        let text = |bytes| std::str::from_utf8(bytes).expect("ASCII");
        list.iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    #[test]
    fn append_reuses_the_case_of_the_first_line_of_that_name() {
        let list = list(&[("THIS-is", "1"), ("b", "2"), ("this-IS", "3")]);
        assert_eq!(lines(&list), [("THIS-is", "1"), ("b", "2"), ("THIS-is", "3")]);
        assert_eq!(list.get("This-Is").as_deref(), Some(&b"1, 3"[..]));
        assert_eq!(list.get("c"), None);
    }

    #[test]
    fn set_replaces_the_first_and_removes_the_others() {
        let mut list = list(&[("a", "1"), ("b", "2"), ("A", "3")]);
        list.set("A", "x").expect("valid");
        assert_eq!(lines(&list), [("a", "x"), ("b", "2")]);
        list.set("c", "y").expect("valid");
        assert_eq!(list.len(), 3);
    }

    #[test]
    fn combine_extends_the_first_line_as_it_is() {
        let mut list = list(&[("a", "1"), ("b", "2")]);
        list.combine("A", "").expect("valid");
        list.combine("c", "3").expect("valid");
        assert_eq!(lines(&list), [("a", "1, "), ("b", "2"), ("c", "3")]);
    }

    #[test]
    fn delete_takes_every_line_of_the_name() {
        let mut list = list(&[("a", "1"), ("b", "2"), ("A", "3")]);
        list.delete("A");
        assert_eq!(lines(&list), [("b", "2")]);
        list.delete("zz");
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn sort_and_combine_keeps_set_cookie_lines_apart() {
        let list = list(&[("B", "1"), ("Set-Cookie", "x"), ("a", "2"), ("b", "3"), ("set-cookie", "y")]);
        let sorted = list.sort_and_combine();
        assert_eq!(lines(&sorted), [("a", "2"), ("b", "1, 3"), ("set-cookie", "x"), ("set-cookie", "y")]);
    }

    #[test]
    fn invalid_lines_are_refused_and_change_nothing() {
        let mut list = list(&[("a", "1")]);
        for (name, value) in
            [("", "x"), ("a b", "x"), ("a:", "x"), ("b", " x"), ("b", "x\t"), ("b", "x\ny"), ("b", "\0")]
        {
            assert!(list.append(name, value).is_err(), "{name:?} {value:?}");
            assert!(list.set(name, value).is_err());
            assert!(list.combine(name, value).is_err());
        }
        assert_eq!(lines(&list), [("a", "1")]);
        assert!(list.append("b", b"\x01\x7f\xff").is_ok(), "odd bytes are header values");
    }

    #[test]
    fn a_list_is_bounded() {
        let mut list = HeaderList::new();
        let value = vec![b'x'; MAX_HEADER_LIST_BYTES];
        assert_eq!(list.append("a", &value), Err(HeaderError::TooLarge));
        assert!(list.is_empty());
        for _ in 0..MAX_HEADER_LIST_LINES {
            list.append("a", "1").expect("room");
        }
        assert_eq!(list.append("a", "1"), Err(HeaderError::TooLarge));
    }

    #[test]
    fn truncate_cuts_back_to_the_mark() {
        let mut list = list(&[("a", "1")]);
        let mark = list.mark();
        list.append("b", "2").expect("valid");
        list.truncate(mark);
        assert_eq!(lines(&list), [("a", "1")]);
    }

    #[test]
    fn header_maps_convert_both_ways_where_they_can() {
        let list = list(&[("A", "1"), ("b", "2"), ("a", "3")]);
        let map = HeaderMap::try_from(&list).expect("plain bytes");
        assert_eq!(map.get_all("a").iter().collect::<Vec<_>>(), ["1", "3"]);
        let back = HeaderList::try_from(&map).expect("valid");
        assert_eq!(back.get("a").as_deref(), Some(&b"1, 3"[..]));
        let mut odd = HeaderList::new();
        odd.append("a", [1]).expect("a header value");
        assert_eq!(HeaderMap::try_from(&odd), Err(HeaderError::NotRepresentable("a".to_owned())));
    }

    #[test]
    fn debug_hides_secrets() {
        let list = list(&[("Authorization", "Basic c2VjcmV0"), ("a", "1")]);
        let text = format!("{list:?}");
        assert!(!text.contains("c2VjcmV0") && text.contains('1'));
    }
}
