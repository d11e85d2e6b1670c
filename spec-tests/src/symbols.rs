//! Symbolic hosts: `{CLIENT}` in a fixture stands for an origin that the target binds.

use crate::Failure;

/// The in-memory binding, name and origin.
///
/// `CLIENT` and `SUB` are same site, `CLIENT` and `ALT` are cross-site, names in `_HTTPS` are the
/// trustworthy ones, `CLIENT_PORT2` differs in its port only.
const BINDINGS: [(&str, &str); 10] = [
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

/// Replaces every symbol in `text`.
///
/// `{NAME}` is the origin, `{NAME.scheme}`, `{NAME.host}` and `{NAME.authority}` are parts of it, and
/// `|upper` before the closing brace writes it in upper case. Braces around anything that does not
/// start with a capital letter are left as they are.
///
/// # Errors
/// A symbol that is not bound.
pub fn expand(text: &str) -> Result<String, Failure> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        match behind.split_once('}') {
            Some((symbol, after)) if is_symbol(symbol) => {
                out.push_str(&value_of(symbol)?);
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

fn value_of(symbol: &str) -> Result<String, Failure> {
    let unbound = || format!("{{{symbol}}} is bound to nothing");
    let (path, upper) = match symbol.split_once('|') {
        None => (symbol, false),
        Some((path, "upper")) => (path, true),
        Some(_) => return Err(unbound()),
    };
    let (name, part) = path.split_once('.').unwrap_or((path, ""));
    let (_, origin) = BINDINGS.iter().find(|(bound, _)| *bound == name).ok_or_else(unbound)?;
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
    fn bytes_are_isomorphic() {
        assert_eq!(bytes("a\u{ff}").as_deref(), Ok(&b"a\xff"[..]));
        assert!(bytes("\u{100}").is_err());
        assert_eq!(text(b"\x00\xff"), "\u{0}\u{ff}");
    }
}
