//! [Header lists](https://fetch.spec.whatwg.org/#concept-header-list).

use super::infra::{Bytes, collect, collect_quoted_string, decode, is_token, lowercase, matches, strip};

/// Names and values, in order.
#[derive(Clone, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct HeaderList(pub Vec<(Bytes, Bytes)>);

impl std::fmt::Debug for HeaderList {
    /// A line each, in ASCII.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = |(name, value): &(Bytes, Bytes)| format!("{}: {}", name.escape_ascii(), value.escape_ascii());
        f.debug_list().entries(self.0.iter().map(line)).finish()
    }
}

/// What [`extract_header_list_values`](HeaderList::extract_header_list_values) gives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Extracted {
    /// No such header.
    Null,
    /// A value does not match the ABNF.
    Failure,
    /// The values.
    Values(Vec<Bytes>),
}

impl Extracted {
    /// Whether a value is there, byte for byte; null and failure hold nothing.
    #[must_use]
    pub fn contain(&self, wanted: &[u8]) -> bool {
        matches!(self, Self::Values(values) if values.iter().any(|value| value == wanted))
    }

    /// Whether a value is there, in whatever case.
    #[must_use]
    pub fn contain_in_any_case(&self, wanted: &[u8]) -> bool {
        matches!(self, Self::Values(values) if values.iter().any(|value| matches(value, wanted)))
    }

    /// The values; null and failure have none.
    #[must_use]
    pub fn list(&self) -> Vec<Bytes> {
        if let Self::Values(values) = self { values.clone() } else { Vec::new() }
    }
}

impl HeaderList {
    /// Contains.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| matches(other, name.as_bytes()))
    }

    /// Get, by bytes.
    #[must_use]
    pub fn get_bytes(&self, name: &[u8]) -> Option<Bytes> {
        self.get(&decode(name))
    }

    /// [Get](https://fetch.spec.whatwg.org/#concept-header-list-get).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Bytes> {
        // 1. Null without the name.
        if !self.contains(name) {
            return None;
        }
        // 2. All values of that name, with a comma and a space between.
        let values = self.values(name);
        Some(values.join(&b", "[..]))
    }

    fn values(&self, name: &str) -> Vec<Bytes> {
        self.0.iter().filter(|(other, _)| matches(other, name.as_bytes())).map(|(_, value)| value.clone()).collect()
    }

    /// [Get, decode, and split](https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split).
    #[must_use]
    pub fn get_decode_and_split(&self, name: &str) -> Option<Vec<String>> {
        // 1. to 3.
        self.get(name).map(|value| get_decode_and_split(&value))
    }

    /// [Append](https://fetch.spec.whatwg.org/#concept-header-list-append).
    pub fn append(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let mut name = name.as_ref().to_vec();
        // 1. The spelling that is already there.
        if let Some((first, _)) = self.0.iter().find(|(other, _)| matches(other, &name)) {
            name.clone_from(first);
        }
        // 2.
        self.0.push((name, value.as_ref().to_vec()));
    }

    /// [Delete](https://fetch.spec.whatwg.org/#concept-header-list-delete).
    pub fn delete(&mut self, name: &str) {
        self.0.retain(|(other, _)| !matches(other, name.as_bytes()));
    }

    /// [Combine](https://fetch.spec.whatwg.org/#concept-header-list-combine).
    pub fn combine(&mut self, name: &[u8], value: &[u8]) {
        // 1. Behind the first value.
        if let Some((_, first)) = self.0.iter_mut().find(|(other, _)| matches(other, name)) {
            first.extend_from_slice(b", ");
            first.extend_from_slice(value);
        } else {
            // 2.
            self.append(name, value);
        }
    }

    /// [Sort and combine](https://fetch.spec.whatwg.org/#concept-header-list-sort-and-combine).
    #[must_use]
    pub fn sort_and_combine(&self) -> Self {
        // 1.
        let mut headers = Self::default();
        // 2.
        let names = sorted_lowercase_set(&self.unique_names());
        // 3. Each name:
        for name in names {
            // 3.1. One that does not combine.
            if name == b"set-cookie" {
                // 3.1.1. and 3.1.2.
                for value in self.values("set-cookie") {
                    headers.append(&name, value);
                }
            } else {
                // 3.2.
                let value = self.get_bytes(&name).expect("the list has the name");
                headers.append(&name, value);
            }
        }
        // 4.
        headers
    }

    /// [Set](https://fetch.spec.whatwg.org/#concept-header-list-set).
    pub fn set(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let (name, value) = (name.as_ref(), value.as_ref());
        // 1. The first such line gets the value, the others go.
        if self.get_bytes(name).is_some() {
            let mut is_first = true;
            let mut kept = Vec::new();
            for (other, old) in &self.0 {
                if !matches(other, name) {
                    kept.push((other.clone(), old.clone()));
                } else if is_first {
                    kept.push((other.clone(), value.to_vec()));
                    is_first = false;
                }
            }
            self.0 = kept;
        } else {
            // 2.
            self.0.push((name.to_vec(), value.to_vec()));
        }
    }

    /// All names, each once, in whatever case it first came.
    #[must_use]
    pub fn unique_names(&self) -> Vec<Bytes> {
        let mut names: Vec<Bytes> = Vec::new();
        for (name, _) in &self.0 {
            if !names.iter().any(|other| matches(other, name)) {
                names.push(name.clone());
            }
        }
        names
    }

    /// [Extract header list values](https://fetch.spec.whatwg.org/#extract-header-list-values), by the
    /// ABNF that `parse` stands for; `is_single` if that ABNF allows one line only.
    #[must_use]
    pub fn extract_header_list_values(
        &self,
        name: &str,
        is_single: bool,
        parse: impl Fn(&[u8]) -> Option<Vec<Bytes>>,
    ) -> Extracted {
        // 1. Null without the name.
        if !self.contains(name) {
            return Extracted::Null;
        }
        let lines = self.values(name);
        // 2. Failure for several lines where one is allowed.
        if is_single && lines.len() > 1 {
            return Extracted::Failure;
        }
        // 3.
        let mut values = Vec::new();
        // 4. Each line in order:
        for line in lines {
            // 4.1. and 4.2.
            let Some(extract) = parse(&line) else { return Extracted::Failure };
            // 4.3.
            values.extend(extract);
        }
        // 5.
        Extracted::Values(values)
    }

    /// The same for `#method` and `#field-name`, which are both lists of tokens.
    #[must_use]
    pub fn extract_tokens(&self, name: &str) -> Extracted {
        self.extract_header_list_values(name, false, parse_token_list)
    }

    /// The same for `delta-seconds`: the digits.
    #[must_use]
    pub fn extract_max_age_digits(&self) -> Extracted {
        let digits = |value: &[u8]| {
            let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
            is_number.then(|| vec![value.to_vec()])
        };
        self.extract_header_list_values("access-control-max-age", true, digits)
    }

    /// The same as a number. A number of any length is one; what does not fit is the greatest that
    /// does.
    #[must_use]
    pub fn extract_max_age(&self) -> Option<u64> {
        match self.extract_max_age_digits() {
            Extracted::Values(values) => {
                let number = values
                    .first()?
                    .iter()
                    .fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
                Some(number)
            }
            Extracted::Null | Extracted::Failure => None,
        }
    }
}

/// HTTP's `#token`, as a recipient reads it: tokens between commas, whitespace around each, and empty
/// elements, which are passed over.
#[must_use]
pub fn parse_token_list(value: &[u8]) -> Option<Vec<Bytes>> {
    let mut tokens = Vec::new();
    for element in value.split(|byte| *byte == b',') {
        let element = strip(element);
        if element.is_empty() {
            continue;
        }
        if !is_token(&element) {
            return None;
        }
        tokens.push(element);
    }
    Some(tokens)
}

/// [Get, decode, and split](https://fetch.spec.whatwg.org/#header-value-get-decode-and-split) a value.
#[must_use]
pub fn get_decode_and_split(value: &[u8]) -> Vec<String> {
    // 1. Decoded.
    let input: Vec<char> = decode(value).chars().collect();
    // 2. to 4.
    let mut position = 0;
    let mut values = Vec::new();
    let mut temporary_value = String::new();
    // 5. Until the end:
    loop {
        // 5.1. Up to a quotation mark or comma.
        temporary_value.push_str(&collect(&input, &mut position, |c| c != '"' && c != ','));
        // 5.2. A quoted string belongs to the value as it is, and more may follow.
        if position < input.len() && input[position] == '"' {
            // 5.2.1.
            temporary_value.push_str(&collect_quoted_string(&input, &mut position));
            // 5.2.2.
            if position < input.len() {
                continue;
            }
        }
        // 5.3. to 5.5.
        values.push(temporary_value.trim_matches([' ', '\t']).to_owned());
        temporary_value.clear();
        // 5.6.
        if position >= input.len() {
            return values;
        }
        // 5.7. A comma stands here. 5.8. Past it.
        assert_eq!(input[position], ',');
        position += 1;
    }
}

/// [Convert header names to a sorted-lowercase set](https://fetch.spec.whatwg.org/#convert-header-names-to-a-sorted-lowercase-set).
#[must_use]
pub fn sorted_lowercase_set(names: &[Bytes]) -> Vec<Bytes> {
    // 1. and 2. Lower case, each once.
    let mut set: Vec<Bytes> = Vec::new();
    for name in names {
        let name = lowercase(name);
        if !set.contains(&name) {
            set.push(name);
        }
    }
    // 3. By bytes.
    set.sort();
    set
}
