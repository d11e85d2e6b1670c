//! A cookie jar that is just enough for the fixtures: host-only cookies without attributes.

use std::collections::BTreeMap;

use url::Url;

/// Cookies by host, then by name.
#[derive(Debug, Default)]
pub struct CookieJar {
    hosts: BTreeMap<String, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl CookieJar {
    /// Stores what one `Set-Cookie` line says; its attributes are not looked at.
    pub fn store(&mut self, url: &Url, line: &[u8]) {
        let pair = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(equals);
        let value = value.strip_prefix(b"=").unwrap_or(value);
        self.hosts.entry(host(url)).or_default().insert(name.to_vec(), value.to_vec());
    }

    /// The `Cookie` header for a URL.
    pub fn header(&self, url: &Url) -> Option<Vec<u8>> {
        let cookies = self.hosts.get(&host(url))?;
        let pairs: Vec<Vec<u8>> = cookies.iter().map(|(name, value)| [name, &b"="[..], value].concat()).collect();
        Some(pairs.join(&b"; "[..]))
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
