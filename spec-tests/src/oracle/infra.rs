//! Bytes, strings and whitespace, as [Infra](https://infra.spec.whatwg.org/) and Fetch's section on
//! HTTP define them.

/// A byte sequence.
pub type Bytes = Vec<u8>;

/// Byte-lowercase.
#[must_use]
pub fn lowercase(bytes: &[u8]) -> Bytes {
    bytes.iter().map(|byte| if (0x41..=0x5a).contains(byte) { byte + 0x20 } else { *byte }).collect()
}

/// Byte-case-insensitive match.
#[must_use]
pub fn matches(a: &[u8], b: &[u8]) -> bool {
    lowercase(a) == lowercase(b)
}

/// Isomorphic decode: one code point per byte.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Isomorphic encode, of a string that came from [`decode`] or is ASCII.
#[must_use]
pub fn encode(text: &str) -> Bytes {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// HTTP tab or space byte.
#[must_use]
pub const fn is_tab_or_space(byte: u8) -> bool {
    byte == 0x09 || byte == 0x20
}

/// Removes HTTP tabs and spaces from both ends.
#[must_use]
pub fn strip(bytes: &[u8]) -> Bytes {
    let mut bytes = bytes.to_vec();
    while bytes.last().is_some_and(|byte| is_tab_or_space(*byte)) {
        bytes.pop();
    }
    while bytes.first().is_some_and(|byte| is_tab_or_space(*byte)) {
        bytes.remove(0);
    }
    bytes
}

/// [Normalize](https://fetch.spec.whatwg.org/#concept-header-value-normalize) a header value: no HTTP
/// whitespace around it.
#[must_use]
pub fn normalize(bytes: &[u8]) -> Bytes {
    let is_whitespace = |byte: &u8| is_tab_or_space(*byte) || *byte == 0x0a || *byte == 0x0d;
    let Some(first) = bytes.iter().position(|byte| !is_whitespace(byte)) else { return Bytes::new() };
    let last = bytes.iter().rposition(|byte| !is_whitespace(byte)).unwrap_or(first);
    bytes[first..=last].to_vec()
}

/// [Header value](https://fetch.spec.whatwg.org/#header-value).
#[must_use]
pub fn is_header_value(bytes: &[u8]) -> bool {
    let has_whitespace_around = [bytes.first(), bytes.last()].into_iter().flatten().any(|byte| is_tab_or_space(*byte));
    !has_whitespace_around && !bytes.iter().any(|byte| [0x00, 0x0a, 0x0d].contains(byte))
}

/// HTTP's token: one or more of the characters that a method and a field name may have.
#[must_use]
pub fn is_token(bytes: &[u8]) -> bool {
    const PUNCTUATION: &str = "!#$%&'*+-.^_`|~";
    !bytes.is_empty()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || PUNCTUATION.contains(char::from(*byte)))
}

/// Collect a sequence of code points that meet a condition, from a position that moves on.
pub fn collect(input: &[char], position: &mut usize, condition: impl Fn(char) -> bool) -> String {
    let mut result = String::new();
    while *position < input.len() && condition(input[*position]) {
        result.push(input[*position]);
        *position += 1;
    }
    result
}

/// [Collect an HTTP quoted string](https://fetch.spec.whatwg.org/#collect-an-http-quoted-string),
/// with extract-value false.
pub fn collect_quoted_string(input: &[char], position: &mut usize) -> String {
    // 1. Where it starts.
    let start = *position;
    // 2. The value is not wanted here. 3. A quotation mark stands at the position.
    assert_eq!(input[*position], '"');
    // 4. Past it.
    *position += 1;
    // 5. Until something breaks:
    loop {
        // 5.1. Everything but quotation mark and backslash.
        collect(input, position, |c| c != '"' && c != '\\');
        // 5.2. The end.
        if *position >= input.len() {
            break;
        }
        // 5.3. One of the two.
        let quote_or_backslash = input[*position];
        // 5.4. Past it.
        *position += 1;
        // 5.5. A backslash takes the next code point along, if there is one.
        if quote_or_backslash == '\\' {
            // 5.5.1.
            if *position >= input.len() {
                break;
            }
            // 5.5.2. and 5.5.3.
            *position += 1;
        } else {
            // 5.6. A quotation mark ends it.
            break;
        }
    }
    // 6. No value is extracted. 7. All of it, quotation marks included.
    input[start..*position].iter().collect()
}
