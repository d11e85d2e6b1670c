//! [Parse a single range header value](https://fetch.spec.whatwg.org/#simple-range-header-value).

use std::cmp::Ordering;

use crate::infra::is_http_tab_or_space;

/// Whether [`parse_single_range_header_value`] skips tabs and spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "yes or no")]
pub enum AllowWhitespace {
    /// Tabs and spaces are a failure.
    No,
    /// Tabs and spaces are skipped.
    Yes,
}

/// A decimal number of any length; orders by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal<'a> {
    /// Digits without leading zeros: nothing for zero.
    digits: &'a [u8],
}

impl<'a> Decimal<'a> {
    /// 2⁶³ − 1
    pub(crate) const MAX_SIGNED: Self = Self { digits: b"9223372036854775807" };

    fn new(digits: &'a [u8]) -> Option<Self> {
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        (!digits.is_empty()).then(|| Self { digits: digits.get(zeros..).unwrap_or_default() })
    }

    /// The digits, without leading zeros: none for zero.
    pub const fn digits(self) -> &'a [u8] {
        self.digits
    }

    /// The number, or `u64::MAX` if it is larger.
    pub fn saturate(self) -> u64 {
        self.digits
            .iter()
            .fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit.saturating_sub(b'0'))))
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.digits.len().cmp(&other.digits.len()).then_with(|| self.digits.cmp(other.digits))
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// [Parse a single range header value](https://fetch.spec.whatwg.org/#simple-range-header-value):
/// start and end, or `None` for failure.
pub fn parse_single_range_header_value(
    value: &[u8],
    allow_whitespace: AllowWhitespace,
) -> Option<(Option<Decimal<'_>>, Option<Decimal<'_>>)> {
    let skip = |data: &mut &[u8]| {
        if allow_whitespace == AllowWhitespace::Yes {
            take_while(data, is_http_tab_or_space);
        }
    };
    // 1. to 3. Behind `bytes`, in this very case.
    let mut data = value.strip_prefix(b"bytes")?;
    // 4. to 7. The equals sign.
    skip(&mut data);
    data = data.strip_prefix(b"=")?;
    skip(&mut data);
    // 8. and 9. The start, if any.
    let range_start = Decimal::new(take_while(&mut data, |byte| byte.is_ascii_digit()));
    // 10. to 13. The dash.
    skip(&mut data);
    data = data.strip_prefix(b"-")?;
    skip(&mut data);
    // 14. and 15. The end, if any.
    let range_end = Decimal::new(take_while(&mut data, |byte| byte.is_ascii_digit()));
    // 16. Nothing may follow.
    if !data.is_empty() {
        return None;
    }
    match (range_start, range_end) {
        // 17. One of the two must be there.
        (None, None) => None,
        // 18. The start is not behind the end.
        (Some(start), Some(end)) if start > end => None,
        // 19. Return both.
        range => Some(range),
    }
}

fn take_while<'a>(data: &mut &'a [u8], test: impl Fn(u8) -> bool) -> &'a [u8] {
    let length = data.iter().take_while(|byte| test(**byte)).count();
    let (taken, rest) = data.split_at_checked(length).unwrap_or((data, &[]));
    *data = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_skipped_where_it_may_be() {
        let parsed =
            parse_single_range_header_value(b"bytes\t= 1 -\t2", AllowWhitespace::Yes).expect("white space is skipped");
        assert_eq!((parsed.0.map(Decimal::saturate), parsed.1.map(Decimal::saturate)), (Some(1), Some(2)));
        assert!(parse_single_range_header_value(b"bytes=1-2 ", AllowWhitespace::Yes).is_none());
    }
}
