//! Rows 6 and 7: may script see the response, and which of its headers?

use super::lines::{Line, tokens, trim};

/// Row 6.
pub(crate) fn cors_check<'a>(origin: &str, include: bool, lines: impl Iterator<Item = Line<'a>>) -> bool {
    let (mut allowed, mut credentials) = (None, None);
    let (mut allowed_lines, mut credentials_lines) = (0, 0);
    for (name, value) in lines {
        match name.len() {
            27 if name.eq_ignore_ascii_case(b"access-control-allow-origin") => {
                allowed_lines += 1;
                allowed = Some(trim(value));
            }
            32 if name.eq_ignore_ascii_case(b"access-control-allow-credentials") => {
                credentials_lines += 1;
                credentials = Some(trim(value));
            }
            _ => {}
        }
    }
    // Several lines are joined by commas, and then are neither.
    match allowed {
        Some(b"*") if !include => allowed_lines == 1,
        Some(value) if value == origin.as_bytes() && allowed_lines == 1 => {
            !include || (credentials == Some(b"true") && credentials_lines == 1)
        }
        _ => false,
    }
}

/// Row 7: the lines that script sees, as a mask of at most 64.
pub(crate) fn visible<'a>(include: bool, lines: impl Iterator<Item = Line<'a>> + Clone) -> u64 {
    let (mut few, mut count, mut more): ([&[u8]; 16], usize, Vec<&[u8]>) = ([&[]; 16], 0, Vec::new());
    let mut star = false;
    for (name, value) in lines.clone() {
        if name.len() == 29 && name.eq_ignore_ascii_case(b"access-control-expose-headers") {
            let is_list = tokens(value, |item| {
                star |= item == b"*";
                match few.get_mut(count) {
                    Some(place) => *place = item,
                    None => more.push(item),
                }
                count += 1;
            });
            if !is_list {
                // A list that does not parse exposes nothing.
                return mask(lines, |_| false);
            }
        }
    }
    if star && !include {
        return mask(lines, |_| true);
    }
    let few = &few[..count.min(few.len())];
    mask(lines, |name| few.iter().chain(&more).any(|item| item.eq_ignore_ascii_case(name)))
}

fn mask<'a>(lines: impl Iterator<Item = Line<'a>>, is_listed: impl Fn(&[u8]) -> bool) -> u64 {
    let mut mask = 0;
    for (index, (name, _)) in lines.enumerate() {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        let safelisted = match name.len() {
            6 => is(b"pragma"),
            7 => is(b"expires"),
            12 => is(b"content-type"),
            13 => is(b"cache-control") || is(b"last-modified"),
            14 => is(b"content-length"),
            16 => is(b"content-language"),
            _ => false,
        };
        if safelisted || (is_listed(name) && !is(b"set-cookie") && !is(b"set-cookie2")) {
            mask |= 1 << index;
        }
    }
    mask
}
