//! Byte tests that the standard takes from HTTP and Infra.

use std::cmp::Ordering;
use std::hash::Hasher;

/// An [HTTP tab or space byte](https://fetch.spec.whatwg.org/#http-tab-or-space-byte).
pub(crate) const fn is_http_tab_or_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b' ')
}

/// An [HTTP whitespace byte](https://fetch.spec.whatwg.org/#http-whitespace-byte).
pub(crate) const fn is_http_whitespace(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'\t' | b' ')
}

/// Whether there is a byte that no [header value](https://fetch.spec.whatwg.org/#header-value) holds.
pub(crate) fn has_nul_or_newline(bytes: &[u8]) -> bool {
    // OPTIMIZATION: without a way out the loop takes many bytes at a time.
    bytes.iter().fold(false, |found, byte| found | matches!(byte, 0 | b'\n' | b'\r'))
}

/// A set of bytes.
///
/// OPTIMIZATION: a table is one load a byte, where a chain of comparisons is a dozen branches.
#[derive(Debug)]
pub(crate) struct ByteSet([bool; 256]);

impl ByteSet {
    /// The bytes in these ranges, both ends included.
    #[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs when the crate is compiled")]
    pub(crate) const fn of(ranges: &[(u8, u8)]) -> Self {
        let mut table = [false; 256];
        let mut range = 0;
        while range < ranges.len() {
            let mut byte = ranges[range].0 as usize;
            while byte <= ranges[range].1 as usize {
                table[byte] = true;
                byte += 1;
            }
            range += 1;
        }
        Self(table)
    }

    /// Whether the set has `byte`.
    pub(crate) fn contains(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// The first byte of `bytes` that is in the set.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<u8> {
        bytes.iter().copied().find(|byte| self.contains(*byte))
    }

    /// The first byte of `bytes` that is not in the set.
    pub(crate) fn find_other(&self, bytes: &[u8]) -> Option<u8> {
        bytes.iter().copied().find(|byte| !self.contains(*byte))
    }
}

/// HTTP's `tchar`.
static TCHAR: ByteSet = ByteSet::of(&[
    (b'!', b'!'),
    (b'#', b'\''),
    (b'*', b'+'),
    (b'-', b'.'),
    (b'0', b'9'),
    (b'A', b'Z'),
    (b'^', b'`'),
    (b'a', b'z'),
    (b'|', b'|'),
    (b'~', b'~'),
]);

/// HTTP's `token` production: one or more `tchar`.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && TCHAR.find_other(bytes).is_none()
}

/// How many bytes at the start of `bytes` are `tchar`.
pub(crate) fn token_length(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    // OPTIMIZATION: four at a time.
    while let [a, b, c, d, behind @ ..] = rest
        && TCHAR.contains(*a) & TCHAR.contains(*b) & TCHAR.contains(*c) & TCHAR.contains(*d)
    {
        rest = behind;
    }
    while let [byte, behind @ ..] = rest
        && TCHAR.contains(*byte)
    {
        rest = behind;
    }
    bytes.len().saturating_sub(rest.len())
}

/// Whether `a` is a [byte-case-insensitive](https://infra.spec.whatwg.org/#byte-case-insensitive) match for `b`.
#[inline]
pub(crate) fn matches_ignoring_case(a: &[u8], b: &[u8]) -> bool {
    // OPTIMIZATION: the lengths of names mostly decide, so that only this much goes into loops over lines.
    a.len() == b.len() && is_same_but_for_case(a, b)
}

/// The same for equal lengths.
// OPTIMIZATION: eight bytes at a time; the last words overlap those before in place of a rest. std takes 16
// and the rest one by one.
fn is_same_but_for_case(a: &[u8], b: &[u8]) -> bool {
    match a.len() {
        8..=16 => is_same_at_both_ends::<8>(a, b),
        17..=32 => is_same_at_both_ends::<16>(a, b),
        4..=7 => match (a.first_chunk(), b.first_chunk(), a.last_chunk(), b.last_chunk()) {
            (Some(a_first), Some(b_first), Some(a_last), Some(b_last)) => {
                let word =
                    |first, last| u64::from(u32::from_le_bytes(first)) << 32 | u64::from(u32::from_le_bytes(last));
                is_same_word(word(*a_first, *a_last), word(*b_first, *b_last))
            }
            _ => false,
        },
        _ => a.eq_ignore_ascii_case(b),
    }
}

/// Compares the first and the last `N` bytes, a multiple of eight.
fn is_same_at_both_ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    let is_same = |a: &[u8; 8], b: &[u8; 8]| is_same_word(u64::from_le_bytes(*a), u64::from_le_bytes(*b));
    let same = |a: Option<&[u8; N]>, b: Option<&[u8; N]>| match (a, b) {
        (Some(a), Some(b)) => a.as_chunks().0.iter().zip(b.as_chunks().0).all(|(a, b)| is_same(a, b)),
        _ => false,
    };
    same(a.first_chunk(), b.first_chunk()) && same(a.last_chunk(), b.last_chunk())
}

/// The bit that tells the cases of a letter apart, in each byte.
const CASE: u64 = 0x2020_2020_2020_2020;

/// Compares eight bytes.
fn is_same_word(a: u64, b: u64) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    /// What lifts `a`, and what lifts the byte behind `z`, to the high bit.
    const FROM_A: u64 = 0x1F1F_1F1F_1F1F_1F1F;
    const BEHIND_Z: u64 = 0x0505_0505_0505_0505;
    let difference = a ^ b;
    if difference == 0 {
        return true;
    }
    // In a byte of seven bits the high bit of these sums tells, and no sum carries into the next byte.
    let folded = a | CASE;
    let from_a = (folded & !HIGH).wrapping_add(FROM_A);
    let behind_z = (folded & !HIGH).wrapping_add(BEHIND_Z);
    let letters = from_a & !behind_z & !folded & HIGH;
    // Only the bit of case may differ, and only in letters.
    difference & !(letters >> 2) == 0
}

/// A hash that is equal for bytes that [match](matches_ignoring_case).
pub(crate) fn hash_ignoring_case(bytes: &[u8], mut hasher: impl Hasher) -> u64 {
    // What differs in the bit of case only, and is no letter, goes to one bucket, where it is told apart.
    for chunk in bytes.chunks(64) {
        let mut folded = [0; 64];
        folded.get_mut(..chunk.len()).unwrap_or_default().copy_from_slice(chunk);
        folded.iter_mut().for_each(|byte| *byte |= 0x20);
        hasher.write(folded.get(..chunk.len()).unwrap_or_default());
    }
    hasher.finish()
}

/// A number that is equal for bytes that [match](matches_ignoring_case), and mostly differs otherwise; its
/// upper bits are the best. No hash to trust: whoever chooses the bytes chooses it.
pub(crate) fn mix_ignoring_case(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let word = |word: &[u8; 8]| u64::from_le_bytes(*word) | CASE;
    let (first, last) = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => (word(first), word(last)),
        _ => (0, bytes.iter().fold(0, |short, byte| short << 8 | u64::from(byte | 0x20))),
    };
    (first.wrapping_mul(FACTOR) ^ last.rotate_left(29)).wrapping_mul(FACTOR)
}

/// Removes the bytes that `test` names from both ends.
pub(crate) fn trim(mut bytes: &[u8], test: impl Fn(u8) -> bool) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && test(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && test(*last)
    {
        bytes = rest;
    }
    bytes
}

/// Removes HTTP tab or space bytes from both ends.
pub(crate) fn trim_http_tab_or_space(bytes: &[u8]) -> &[u8] {
    trim(bytes, is_http_tab_or_space)
}

/// Whether `bytes` starts with `prefix`, byte-case-insensitively.
pub(crate) fn starts_with_ignore_ascii_case(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.split_at_checked(prefix.len()).is_some_and(|(start, _)| matches_ignoring_case(start, prefix))
}

/// Whether `bytes` is a byte-case-insensitive match for one of `names`.
pub(crate) fn is_one_of(bytes: &[u8], names: &[&str]) -> bool {
    names.iter().any(|name| matches_ignoring_case(bytes, name.as_bytes()))
}

/// Orders bytes as if they were byte-lowercased.
pub(crate) fn compare_ignoring_case(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
}

/// Writes `number` in decimal into `buffer` and returns the written part: serializing an integer
/// without an allocation.
pub(crate) fn serialize_integer(mut number: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut start = buffer.len();
    for (index, slot) in buffer.iter_mut().enumerate().rev() {
        // The remainder of a division by ten fits a byte.
        *slot = b'0' | u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        start = index;
        if number == 0 {
            break;
        }
    }
    buffer.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_serialize_at_the_edges() {
        let mut buffer = [0; 20];
        assert_eq!(serialize_integer(0, &mut buffer), b"0");
        assert_eq!(serialize_integer(10, &mut buffer), b"10");
        assert_eq!(serialize_integer(u64::MAX, &mut buffer), b"18446744073709551615");
    }

    #[test]
    fn case_is_ignored_in_letters_only() {
        for byte in 0..=u8::MAX {
            for other in 0..=u8::MAX {
                for length in [1, 3, 4, 7, 8, 9, 16, 17, 32, 33] {
                    for at in [0, length / 2, length - 1] {
                        let (mut a, mut b) = (vec![b'-'; length], vec![b'-'; length]);
                        (a[at], b[at]) = (byte, other);
                        assert_eq!(matches_ignoring_case(&a, &b), a.eq_ignore_ascii_case(&b), "{a:?} {b:?}");
                    }
                }
            }
        }
        let all: Vec<u8> = (0..=u8::MAX).collect();
        assert!(matches_ignoring_case(&all.to_ascii_uppercase(), &all));
        assert!(!matches_ignoring_case(b"aaaaaaaa", b"aaaaaaaaa") && !matches_ignoring_case(b"Aaaaaaaa", b"aaaaaaaab"));
    }

    #[test]
    fn hashes_ignore_case() {
        for length in 0..200 {
            let lower: Vec<u8> = (0..length).map(|index| b'a' + (index % 26) as u8).collect();
            let upper = lower.to_ascii_uppercase();
            let hash = |bytes: &[u8]| hash_ignoring_case(bytes, std::hash::DefaultHasher::new());
            assert_eq!(hash(&lower), hash(&upper));
            assert_eq!(mix_ignoring_case(&lower), mix_ignoring_case(&upper));
            assert_ne!(hash(&lower), hash(&[&lower[..], b"-"].concat()));
        }
    }

    #[test]
    fn trimming_takes_only_the_named_bytes() {
        assert_eq!(trim_http_tab_or_space(b" \ta b\t "), b"a b");
        assert_eq!(trim_http_tab_or_space(b"\n a"), b"\n a");
        assert_eq!(trim(b"\r\n \tx\n", is_http_whitespace), b"x");
        assert_eq!(trim_http_tab_or_space(b" \t "), b"");
    }

    #[test]
    fn tokens_are_the_seventy_seven_tchars() {
        let tchars: Vec<u8> = (0..=u8::MAX).filter(|byte| TCHAR.contains(*byte)).collect();
        let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        assert_eq!(tchars, (0..=u8::MAX).filter(named).collect::<Vec<_>>());
        assert_eq!(tchars.len(), 77);
        assert!(!is_token(b""));
        assert!(!is_token(b"a b"));
        assert!(is_token(b"x-Test!"));
    }
}
