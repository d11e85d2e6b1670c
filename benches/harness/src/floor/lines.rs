//! Header lines, and tests of bytes.

/// A borrowed line.
pub(crate) type Line<'a> = (&'a [u8], &'a [u8]);

/// Lines in one buffer, with the places where they end.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeaderLines {
    bytes: Vec<u8>,
    ends: Vec<(u32, u32)>,
}

impl HeaderLines {
    pub(crate) fn with_room(bytes: usize, lines: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(lines) }
    }

    pub(crate) fn push(&mut self, name: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(name);
        let name_end = self.bytes.len() as u32;
        self.bytes.extend_from_slice(value);
        self.ends.push((name_end, self.bytes.len() as u32));
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn truncate(&mut self, lines: usize) {
        self.ends.truncate(lines);
        self.bytes.truncate(self.ends.last().map_or(0, |(_, end)| *end as usize));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Line<'_>> + Clone {
        let mut start = 0;
        self.ends.iter().map(move |(name_end, end)| {
            let line = (&self.bytes[start..*name_end as usize], &self.bytes[*name_end as usize..*end as usize]);
            start = *end as usize;
            line
        })
    }
}

pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b'\t' | b' ', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b'\t' | b' '] = bytes {
        bytes = rest;
    }
    bytes
}

const TOKEN: u8 = 1;
const UNSAFE: u8 = 2;
const LANGUAGE: u8 = 4;
const NO_VALUE: u8 = 8;

static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let alphanumeric = b.is_ascii_alphanumeric();
        if alphanumeric || matches!(b, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~') {
            table[byte] |= TOKEN;
        }
        if (b < 0x20 && b != b'\t')
            || matches!(b, b'"' | b'(' | b')' | b':' | b'<' | b'>'..=b'@' | b'['..=b']' | b'{' | b'}' | 0x7F)
        {
            table[byte] |= UNSAFE;
        }
        if alphanumeric || matches!(b, b' ' | b'*' | b',' | b'-' | b'.' | b';' | b'=') {
            table[byte] |= LANGUAGE;
        }
        if matches!(b, 0 | b'\n' | b'\r') {
            table[byte] |= NO_VALUE;
        }
        byte += 1;
    }
    table
};

fn all(bytes: &[u8], class: u8) -> bool {
    bytes.iter().all(|byte| CLASS[usize::from(*byte)] & class != 0)
}

fn any(bytes: &[u8], class: u8) -> bool {
    bytes.iter().any(|byte| CLASS[usize::from(*byte)] & class != 0)
}

pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all(bytes, TOKEN)
}

pub(crate) fn has_unsafe_byte(bytes: &[u8]) -> bool {
    any(bytes, UNSAFE)
}

pub(crate) fn is_language(bytes: &[u8]) -> bool {
    all(bytes, LANGUAGE)
}

pub(crate) fn is_value(bytes: &[u8]) -> bool {
    !any(bytes, NO_VALUE)
}

/// Hands each item of a list of tokens to `each`, in one pass; whether all of it is such a list.
pub(crate) fn tokens<'a>(value: &'a [u8], mut each: impl FnMut(&'a [u8])) -> bool {
    let mut at = 0;
    loop {
        while at < value.len() && matches!(value[at], b',' | b' ' | b'\t') {
            at += 1;
        }
        if at == value.len() {
            return true;
        }
        let start = at;
        while at < value.len() && CLASS[usize::from(value[at])] & TOKEN != 0 {
            at += 1;
        }
        if at == start {
            return false;
        }
        each(&value[start..at]);
        while at < value.len() && matches!(value[at], b' ' | b'\t') {
            at += 1;
        }
        if at < value.len() && value[at] != b',' {
            return false;
        }
    }
}
