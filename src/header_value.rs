//! Header values as lists: [get, decode, and split](https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split)
//! and [extracting](https://fetch.spec.whatwg.org/#extract-header-values) by a header's ABNF.

use crate::head::{ResponseHead, values};
use crate::infra::{token_length, trim_http_tab_or_space};

/// The outcome of [extracting header list values](https://fetch.spec.whatwg.org/#extract-header-list-values).
///
/// The three differ: without a header some rules have a default, a header that is there but holds no
/// value gives an empty list, and one that does not parse is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard names three outcomes, and a caller must treat each")]
pub enum Extracted<T> {
    /// There is no such header.
    Null,
    /// A header does not match its ABNF.
    Failure,
    /// What the header or headers hold.
    Values(T),
}

/// [Get, decode, and split](https://fetch.spec.whatwg.org/#header-value-get-decode-and-split) a header
/// value at its commas; a quoted string is one piece. There is always at least one item, perhaps an
/// empty one. Items are bytes of the value (the standard decodes isomorphically).
pub fn get_decode_and_split(value: &[u8]) -> Split<'_> {
    Split { rest: Some(value) }
}

/// Iterator of [`get_decode_and_split`].
#[derive(Clone, Debug)]
pub struct Split<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    /// One value of [get, decode, and split](https://fetch.spec.whatwg.org/#header-value-get-decode-and-split).
    fn next(&mut self) -> Option<&'a [u8]> {
        let input = self.rest?;
        // 1. to 4. `position` moves; the temporary value is always the input up to there.
        let mut position: usize = 0;
        // 5. While true:
        loop {
            // 5.1. Collect up to a quotation mark or comma.
            position = position.saturating_add(length_until(input.get(position..).unwrap_or_default(), b"\","));
            match input.get(position) {
                // 5.2. A quoted string belongs to the value, commas and all.
                Some(b'"') => {
                    let rest = input.get(position..).unwrap_or_default();
                    position = position.saturating_add(collect_http_quoted_string(rest));
                    if position < input.len() {
                        continue;
                    }
                    self.rest = None;
                }
                // 5.7. and 5.8. Go past the comma.
                Some(_) => self.rest = input.get(position.saturating_add(1)..),
                // 5.6. Past the end: this was the last one.
                None => self.rest = None,
            }
            // 5.3. to 5.5. Trim and append.
            return Some(trim_http_tab_or_space(input.get(..position).unwrap_or_default()));
        }
    }
}

fn length_until(bytes: &[u8], stop: &[u8]) -> usize {
    bytes.iter().position(|byte| stop.contains(byte)).unwrap_or(bytes.len())
}

/// [Collect an HTTP quoted string](https://fetch.spec.whatwg.org/#collect-an-http-quoted-string) at
/// the start of `input`, which is a quotation mark; how many bytes it takes, marks included.
fn collect_http_quoted_string(input: &[u8]) -> usize {
    // 1. to 4. Behind the opening mark.
    let mut position: usize = 1;
    // 5. While true:
    loop {
        // 5.1. Collect up to a quotation mark or backslash.
        let rest = input.get(position..).unwrap_or_default();
        position = position.saturating_add(length_until(rest, b"\"\\"));
        // 5.2. to 5.4.
        match input.get(position) {
            // 5.2. Past the end.
            None => return input.len(),
            // 5.5. A backslash takes the next code point with it.
            Some(b'\\') => position = position.saturating_add(2).min(input.len()),
            // 5.6. The closing mark.
            Some(_) => return position.saturating_add(1),
        }
    }
}

/// [Get, decode, and split](https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split) all lines
/// named `name`; `None` without one. Allocates only if there are several lines.
pub fn get_decode_and_split_header<T>(
    head: &(impl ResponseHead + ?Sized),
    name: &str,
    read: impl FnOnce(Option<Split<'_>>) -> T,
) -> T {
    // 1. value
    let value = crate::head::get(head, name);
    // 2. and 3.
    read(value.as_deref().map(get_decode_and_split))
}

/// The tokens of a header whose ABNF is `#token`, over all its lines, in order. Known to parse.
#[derive(Debug)]
pub struct TokenList<'a, H: ?Sized> {
    head: &'a H,
    name: &'a str,
}

impl<'a, H: ResponseHead + ?Sized> TokenList<'a, H> {
    /// The tokens, as they stand.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a, H> {
        values(self.head, self.name).flat_map(elements).filter_map(Result::ok)
    }

    /// Whether a token is `token`, byte for byte.
    pub fn contains(&self, token: &[u8]) -> bool {
        self.iter().any(|item| item == token)
    }
}

/// Iterator over the elements of an HTTP list of tokens; one that is no token is an error. Recipients
/// accept empty elements and skip them.
#[derive(Clone, Debug)]
struct Elements<'a> {
    rest: &'a [u8],
}

const fn elements(value: &[u8]) -> Elements<'_> {
    Elements { rest: value }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<&'a [u8], &'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let element = skip_separators(self.rest);
        if element.is_empty() {
            return None;
        }
        if let Some((token, behind)) = split_token(element) {
            self.rest = behind;
            return Some(Ok(token));
        }
        let (element, behind) = element.split_at_checked(length_until(element, b",")).unwrap_or_default();
        self.rest = behind;
        Some(Err(trim_http_tab_or_space(element)))
    }
}

/// Behind the commas and whitespace at the start.
#[inline]
fn skip_separators(mut list: &[u8]) -> &[u8] {
    while let [b',' | b' ' | b'\t', rest @ ..] = list {
        list = rest;
    }
    list
}

/// The token at the start of a list, and what is behind it: nothing, or a comma and more. `None` if the first
/// element is no token.
#[inline]
fn split_token(list: &[u8]) -> Option<(&[u8], &[u8])> {
    // OPTIMIZATION: each byte is looked at once, to find the end of an element and to test it.
    let (token, mut behind) = list.split_at_checked(token_length(list))?;
    while let [b' ' | b'\t', rest @ ..] = behind {
        behind = rest;
    }
    (!token.is_empty() && matches!(behind, [] | [b',', ..])).then_some((token, behind))
}

/// [Extract header list values](https://fetch.spec.whatwg.org/#extract-header-list-values) given a
/// name whose ABNF is `#method` or `#field-name`, which are both lists of tokens.
pub fn extract_token_list<'a, H: ResponseHead + ?Sized>(head: &'a H, name: &'a str) -> Extracted<TokenList<'a, H>> {
    extract_token_list_with(head, name, |_| ())
}

/// As [`extract_token_list`], and shows `look` each token on the way: those of a failure too, up to
/// the one that fails.
pub(crate) fn extract_token_list_with<'a, H: ResponseHead + ?Sized>(
    head: &'a H,
    name: &'a str,
    mut look: impl FnMut(&'a [u8]),
) -> Extracted<TokenList<'a, H>> {
    let mut found = false;
    // 2. A list may stand on any number of lines.
    // 4. For each line:
    for value in values(head, name) {
        found = true;
        let mut list = skip_separators(value);
        while !list.is_empty() {
            // 4.1. and 4.2. One bad element fails the whole.
            let Some((token, behind)) = split_token(list) else { return Extracted::Failure };
            look(token);
            list = skip_separators(behind);
        }
    }
    // 1. and 5.
    if found { Extracted::Values(TokenList { head, name }) } else { Extracted::Null }
}

/// The first element of a token list that is no token, for the report of a failure.
pub(crate) fn bad_token<'a>(head: &'a (impl ResponseHead + ?Sized), name: &'a str) -> Option<&'a [u8]> {
    values(head, name).flat_map(elements).find_map(Result::err)
}

/// [Extract header list values](https://fetch.spec.whatwg.org/#extract-header-list-values) given
/// `Access-Control-Max-Age`, whose ABNF is `delta-seconds`: one line of digits, any number of them.
/// A number above `u64::MAX` saturates.
pub fn extract_max_age(head: &(impl ResponseHead + ?Sized)) -> Extracted<u64> {
    extract_max_age_with(head, |_| true)
}

/// [Extract header list values](https://fetch.spec.whatwg.org/#extract-header-list-values) as
/// [`extract_max_age`], of the lines whose value counts.
#[inline]
pub(crate) fn extract_max_age_with(
    head: &(impl ResponseHead + ?Sized),
    counts: impl Fn(&[u8]) -> bool,
) -> Extracted<u64> {
    let mut lines = values(head, "access-control-max-age").filter(|value| counts(value));
    // 1. Without a line, null.
    let Some(value) = lines.next() else { return Extracted::Null };
    // 2. The ABNF allows a single header.
    // 4.1. and 4.2. Digits only.
    if lines.next().is_some() || value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Extracted::Failure;
    }
    let add = |sum: u64, digit: &u8| sum.saturating_mul(10).saturating_add(u64::from(digit.saturating_sub(b'0')));
    // 5. Return the value.
    Extracted::Values(value.iter().fold(0, add))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(value: &str) -> Vec<String> {
        get_decode_and_split(value.as_bytes()).map(|item| item.escape_ascii().to_string()).collect()
    }

    #[test]
    fn values_split_at_commas_outside_quoted_strings() {
        assert_eq!(split(""), [""]);
        assert_eq!(split("nosniff,"), ["nosniff", ""]);
        assert_eq!(split("a \t, b"), ["a", "b"]);
        assert_eq!(split("x / x,,,1"), ["x / x", "", "", "1"]);
        assert_eq!(get_decode_and_split(br#"text/html;", x/x"#).count(), 1);
        assert_eq!(get_decode_and_split(br#""1,2", 3"#).collect::<Vec<_>>(), [&br#""1,2""#[..], b"3"]);
        assert_eq!(get_decode_and_split(br#"a"\",b"c,d"#).collect::<Vec<_>>(), [&br#"a"\",b"c"#[..], b"d"]);
        assert_eq!(get_decode_and_split(br#""\"#).collect::<Vec<_>>(), [&br#""\"#[..]]);
    }

    #[test]
    fn token_lists_have_three_outcomes() {
        let list = |lines: &[&str]| {
            let head = (200, lines.iter().map(|line| ("x", *line)).collect::<Vec<_>>());
            match extract_token_list(&head, "X") {
                Extracted::Null => None,
                Extracted::Failure => Some(vec!["(failure)".to_owned()]),
                Extracted::Values(list) => Some(list.iter().map(|item| item.escape_ascii().to_string()).collect()),
            }
        };
        assert_eq!(list(&[]), None);
        assert_eq!(list(&[""]), Some(vec![]));
        assert_eq!(list(&[" , a,,\tb ,", "c"]), Some(vec!["a".into(), "b".into(), "c".into()]));
        assert_eq!(list(&["a", "b c"]), Some(vec!["(failure)".into()]));
    }

    #[test]
    fn max_age_is_one_line_of_digits() {
        let max_age = |lines: &[&str]| {
            extract_max_age(&(200, lines.iter().map(|line| ("Access-Control-Max-Age", *line)).collect::<Vec<_>>()))
        };
        assert_eq!(max_age(&[]), Extracted::Null);
        assert_eq!(max_age(&["007"]), Extracted::Values(7));
        assert_eq!(max_age(&["99999999999999999999999999"]), Extracted::Values(u64::MAX));
        for bad in ["", "+1", "-1", "1.5", "1, 2", "0x5", "1 2"] {
            assert_eq!(max_age(&[bad]), Extracted::Failure, "{bad:?}");
        }
        assert_eq!(max_age(&["1", "1"]), Extracted::Failure);
    }
}
