//! Symbols for the hosts of the in-memory binding, so that what was seen holds for any binding.

use std::cmp::Reverse;

use crate::symbols::Bindings;

/// Writes each origin, and each authority or host that stands alone, as its symbol.
pub(crate) fn unbind(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let patterns = patterns();
    while let Some(next) = rest.chars().next() {
        let is_start = !out.ends_with(is_of_host);
        let found = patterns.iter().find_map(|(pattern, symbol)| {
            let after = rest.strip_prefix(pattern.as_str())?;
            (is_start && !after.starts_with(is_of_host)).then_some((symbol, after))
        });
        match found {
            Some((symbol, after)) => {
                out.push_str(symbol);
                rest = after;
            }
            None => {
                out.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
    }
    with_scheme(out)
}

fn is_of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".-".contains(c)
}

/// What is replaced, the longest first.
fn patterns() -> Vec<(String, String)> {
    let mut patterns = Vec::new();
    for (name, origin) in Bindings::in_memory().iter() {
        patterns.push((origin.to_owned(), format!("{{{name}}}")));
        if let Some((_, authority)) = origin.split_once("://") {
            patterns.push((authority.to_owned(), format!("{{{name}.authority}}")));
            patterns.push((authority.to_ascii_uppercase(), format!("{{{name}.authority|upper}}")));
            let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
            patterns.push((host.to_owned(), format!("{{{name}.host}}")));
        }
    }
    patterns.sort_by_key(|(pattern, _)| Reverse(pattern.len()));
    patterns
}

/// The scheme of a URL with userinfo is that of its host.
fn with_scheme(text: String) -> String {
    let found = ["http://", "https://"].iter().find_map(|scheme| {
        let rest = text.strip_prefix(scheme)?;
        let (userinfo, host) = rest.split_once("@{")?;
        let (name, _) = host.split_once(".authority}")?;
        (!userinfo.contains('/')).then(|| format!("{{{name}.scheme}}://{rest}"))
    });
    found.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::expand;

    #[test]
    fn hosts_become_symbols_and_expand_to_what_they_were() {
        for (text, wanted) in [
            ("http://www1.web.test:8000/r?q", "{SUB}/r?q"),
            ("http://u:p@not-web.test:8000/", "{ALT.scheme}://u:p@{ALT.authority}/"),
            ("web.test:8443", "{CLIENT_HTTPS.authority}"),
            ("https://web.test, http://WEB.TEST:8000", "https://{CLIENT.host}, http://{CLIENT.authority|upper}"),
            ("http://web.test:8000, https://web.test:8443", "{CLIENT}, {CLIENT_HTTPS}"),
            ("http://xweb.test:80001 a-web.test:8000", "http://xweb.test:80001 a-web.test:8000"),
            ("null", "null"),
        ] {
            assert_eq!(unbind(text), wanted);
            assert_eq!(expand(wanted).as_deref(), Ok(text));
        }
    }
}
