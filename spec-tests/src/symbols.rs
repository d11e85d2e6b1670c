//! Symbolic hosts: `{CLIENT}` in a fixture stands for an origin that the target binds.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Failure;

/// The in-memory binding, name and origin.
///
/// `CLIENT` and `SUB` are same site, `CLIENT` and `ALT` are cross-site, names in `_HTTPS` are the
/// trustworthy ones, `CLIENT_PORT2` differs in its port only.
const IN_MEMORY: [(&str, &str); 10] = [
    ("CLIENT", "http://web.test:8000"),
    ("CLIENT_PORT2", "http://web.test:8001"),
    ("CLIENT_HTTPS", "https://web.test:8443"),
    ("SUB", "http://www1.web.test:8000"),
    ("SUB_PORT2", "http://www1.web.test:8001"),
    ("SUB_HTTPS", "https://www1.web.test:8443"),
    ("SUB2", "http://www2.web.test:8000"),
    ("ALT", "http://not-web.test:8000"),
    ("ALT_HTTPS", "https://not-web.test:8443"),
    ("ALT_SUB_HTTPS", "https://www.not-web.test:8443"),
];

/// What the symbols stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bindings(BTreeMap<String, String>);

impl<N: Into<String>, O: Into<String>> FromIterator<(N, O)> for Bindings {
    /// From pairs of name and origin.
    fn from_iter<I: IntoIterator<Item = (N, O)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, origin)| (name.into(), origin.into())).collect())
    }
}

impl Bindings {
    /// Names under `test`, which nobody connects to.
    pub fn in_memory() -> Self {
        IN_MEMORY.into_iter().collect()
    }

    /// The origin of a symbol.
    pub fn origin(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Every name and its origin.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, origin)| (name.as_str(), origin.as_str()))
    }

    /// Replaces every symbol in `text`; see [`expand`].
    ///
    /// # Errors
    /// A symbol that is not bound.
    pub fn expand(&self, text: &str) -> Result<String, Failure> {
        expand_with(text, &|name| self.origin(name))
    }

    /// Replaces every symbol in every text and key of a document.
    ///
    /// # Errors
    /// A symbol that is not bound.
    pub fn bind(&self, value: &Value) -> Result<Value, Failure> {
        Ok(match value {
            Value::String(text) => self.expand(text)?.into(),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.bind(item)).collect::<Result<_, _>>()?),
            Value::Object(members) => {
                let members = members.iter().map(|(key, value)| Ok((self.expand(key)?, self.bind(value)?)));
                Value::Object(members.collect::<Result<_, Failure>>()?)
            }
            other => other.clone(),
        })
    }
}

/// Replaces every symbol in `text` by its in-memory binding.
///
/// `{NAME}` is the origin, `{NAME.scheme}`, `{NAME.host}` and `{NAME.authority}` are parts of it, and
/// `|upper` before the closing brace writes it in upper case. Braces around anything that does not
/// start with a capital letter are left as they are.
///
/// # Errors
/// A symbol that is not bound.
pub fn expand(text: &str) -> Result<String, Failure> {
    expand_with(text, &|name| IN_MEMORY.iter().find(|(bound, _)| *bound == name).map(|(_, origin)| *origin))
}

/// Where the origin of a symbol is looked up.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

fn expand_with<'a>(text: &str, lookup: Lookup<'a>) -> Result<String, Failure> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        match behind.split_once('}') {
            Some((symbol, after)) if is_symbol(symbol) => {
                out.push_str(&value_of(symbol, lookup)?);
                rest = after;
            }
            _ => {
                out.push('{');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn is_symbol(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.|".contains(c);
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(allowed)
}

fn value_of<'a>(symbol: &str, lookup: Lookup<'a>) -> Result<String, Failure> {
    let unbound = || format!("{{{symbol}}} is bound to nothing");
    let (path, upper) = match symbol.split_once('|') {
        None => (symbol, false),
        Some((path, "upper")) => (path, true),
        Some(_) => return Err(unbound()),
    };
    let (name, part) = path.split_once('.').unwrap_or((path, ""));
    let origin = lookup(name).ok_or_else(unbound)?;
    let (scheme, authority) = origin.split_once("://").ok_or_else(unbound)?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let value = match part {
        "" => origin,
        "scheme" => scheme,
        "authority" => authority,
        "host" => host,
        _ => return Err(unbound()),
    };
    Ok(if upper { value.to_ascii_uppercase() } else { value.to_owned() })
}

/// Bytes that a fixture writes isomorphically, symbols replaced.
///
/// # Errors
/// A symbol that is not bound, or a character above U+00FF.
pub fn bytes(text: &str) -> Result<Vec<u8>, Failure> {
    let not_a_byte = |c| format!("{c:?} in {text:?} stands for no byte");
    expand(text)?.chars().map(|c| u8::try_from(u32::from(c)).map_err(|_| not_a_byte(c))).collect()
}

/// Bytes as a fixture writes them.
pub fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_expand_and_other_braces_stay() {
        assert_eq!(expand("{SUB}/r").as_deref(), Ok("http://www1.web.test:8000/r"));
        assert_eq!(expand("{SUB.scheme}://u@{SUB.authority}/").as_deref(), Ok("http://u@www1.web.test:8000/"));
        assert_eq!(expand("{CLIENT.host}:{CLIENT.authority|upper}").as_deref(), Ok("web.test:WEB.TEST:8000"));
        assert_eq!(expand("a{b}{ {").as_deref(), Ok("a{b}{ {"));
        assert!(expand("{NOBODY}").is_err() && expand("{CLIENT.port}").is_err() && expand("{CLIENT|lower}").is_err());
    }

    #[test]
    fn a_document_is_bound_in_its_keys_too() {
        let bindings: Bindings = [("SUB", "http://127.0.0.2:9")].into_iter().collect();
        let bound = bindings.bind(&serde_json::json!({"{SUB}": ["{SUB.host}", 1]}));
        assert_eq!(bound, Ok(serde_json::json!({"http://127.0.0.2:9": ["127.0.0.2", 1]})));
        assert!(bindings.bind(&"{CLIENT}".into()).is_err());
    }

    #[test]
    fn bytes_are_isomorphic() {
        assert_eq!(bytes("a\u{ff}").as_deref(), Ok(&b"a\xff"[..]));
        assert!(bytes("\u{100}").is_err());
        assert_eq!(text(b"\x00\xff"), "\u{0}\u{ff}");
    }
}
