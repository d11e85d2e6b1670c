//! The read-only view on a response head that a host hands in.

use std::borrow::Cow;

use http::{HeaderMap, StatusCode};

use crate::header_list::{HeaderList, append_value, join};
use crate::infra::{has_nul_or_newline, is_token, matches_ignoring_case, trim_http_tab_or_space};

/// A response head: a status and header lines in the order in which they came.
///
/// Values may have tabs and spaces around them; the engine strips them. The lines must be those of
/// the wire: a host that drops, joins or reorders lines of one name changes what is decided.
pub trait ResponseHead {
    /// The status, as it came.
    fn status(&self) -> u16;

    /// Every header line, as name and value.
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])>;

    /// The first line that no HTTP response can have: a name that is no token, or a value with NUL,
    /// LF or CR. Types that cannot hold such a line answer `None` without a look.
    fn malformed_line(&self) -> Option<(&[u8], &[u8])> {
        self.lines().find(|(name, value)| !is_token(name) || has_nul_or_newline(value))
    }
}

/// [Get](https://fetch.spec.whatwg.org/#concept-header-list-get) from a response head: the values of
/// all lines named `name`, without outer tabs and spaces, joined by a comma and a space.
pub fn get<'a>(head: &'a (impl ResponseHead + ?Sized), name: &'a str) -> Option<Cow<'a, [u8]>> {
    join(values(head, name))
}

/// [`get`] for several names, with the values that count.
// OPTIMIZATION: one walk over the lines.
pub(crate) fn get_each<'a, const N: usize>(
    head: &'a (impl ResponseHead + ?Sized),
    names: [&str; N],
    counts: impl Fn(&[u8]) -> bool,
) -> [Option<Cow<'a, [u8]>>; N] {
    let mut found = [const { None::<Cow<'a, [u8]>> }; N];
    for (line, value) in head.lines() {
        for (name, found) in names.iter().zip(&mut found) {
            if matches_ignoring_case(line, name.as_bytes()) {
                let value = trim_http_tab_or_space(value);
                match found {
                    _ if !counts(value) => {}
                    None => *found = Some(Cow::Borrowed(value)),
                    Some(joined) => append_value(joined, value),
                }
            }
        }
    }
    found
}

/// The values of all lines named `name`, without outer tabs and spaces, in order.
pub(crate) fn values<'a>(head: &'a (impl ResponseHead + ?Sized), name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    head.lines()
        .filter(move |(line, _)| matches_ignoring_case(line, name.as_bytes()))
        .map(|(_, value)| trim_http_tab_or_space(value))
}

fn map_lines(map: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    map.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
}

impl<B> ResponseHead for http::Response<B> {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        map_lines(self.headers())
    }
    fn malformed_line(&self) -> Option<(&[u8], &[u8])> {
        None
    }
}

impl ResponseHead for http::response::Parts {
    fn status(&self) -> u16 {
        self.status.as_u16()
    }
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        map_lines(&self.headers)
    }
    fn malformed_line(&self) -> Option<(&[u8], &[u8])> {
        None
    }
}

impl ResponseHead for (StatusCode, HeaderMap) {
    fn status(&self) -> u16 {
        self.0.as_u16()
    }
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        map_lines(&self.1)
    }
    fn malformed_line(&self) -> Option<(&[u8], &[u8])> {
        None
    }
}

impl ResponseHead for (u16, HeaderList) {
    fn status(&self) -> u16 {
        self.0
    }
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.1.iter()
    }
    fn malformed_line(&self) -> Option<(&[u8], &[u8])> {
        None
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> ResponseHead for (u16, Vec<(N, V)>) {
    fn status(&self) -> u16 {
        self.0
    }
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.1.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> ResponseHead for (u16, &[(N, V)]) {
    fn status(&self) -> u16 {
        self.0
    }
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.1.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

impl<H: ResponseHead + ?Sized> ResponseHead for &H {
    fn status(&self) -> u16 {
        (**self).status()
    }
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        (**self).lines()
    }
    fn malformed_line(&self) -> Option<(&[u8], &[u8])> {
        (**self).malformed_line()
    }
}

impl<H: ResponseHead + ?Sized> ResponseHead for Box<H> {
    fn status(&self) -> u16 {
        (**self).status()
    }
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        (**self).lines()
    }
    fn malformed_line(&self) -> Option<(&[u8], &[u8])> {
        (**self).malformed_line()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn get_strips_and_joins_in_order() {
        let head = (200, vec![("A", " 1 "), ("b", "2"), ("a", "\t")]);
        assert_eq!(get(&head, "a").as_deref(), Some(&b"1, "[..]));
        assert_eq!(get(&head, "c"), None);
    }

    #[test]
    fn a_line_that_http_cannot_carry_is_found() {
        for (name, value) in [("a", "x\ny"), ("a", "\0"), ("a", "x\r"), ("a b", "1"), ("", "1")] {
            assert!((200, vec![("ok", "1"), (name, value)]).malformed_line().is_some(), "{name:?} {value:?}");
        }
        assert!((200, vec![("a", "\u{1}\u{7f}é")]).malformed_line().is_none());
    }

    #[test]
    fn a_header_map_shows_every_line() {
        let mut map = HeaderMap::new();
        map.try_append("a", http::HeaderValue::from_static("1")).expect("room");
        map.try_append("a", http::HeaderValue::from_static("2")).expect("room");
        let head = (StatusCode::OK, map);
        assert_eq!(get(&&head, "A").as_deref(), Some(&b"1, 2"[..]));
    }
}
