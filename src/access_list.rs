//! Exact grants from a source origin to targets that it may reach without CORS.

use url::Url;

use crate::origin::{Origin, TupleOrigin, UrlOrigin, with_url_origin};
use crate::scheme::SchemePolicy;

/// "This source origin may reach these targets without CORS."
///
/// A granted hop has response tainting basic: no preflight, no CORS check, the whole response
/// visible, same-origin credentials. It is a hole in the same-origin policy, cut to measure: nothing
/// is granted unless an entry says so, and no opaque or redirect-tainted origin is ever granted.
#[derive(Clone, Debug, Default)]
pub struct OriginAccessList {
    sources: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    origin: TupleOrigin,
    allow: Vec<TargetPattern>,
    block: Vec<TargetPattern>,
}

/// Targets of one scheme: a host, with or without its subdomains, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPattern {
    scheme: Box<str>,
    host: Box<str>,
    subdomains: Subdomains,
    port: Port,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subdomains {
    Excluded,
    Included,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    Any,
    /// As in a URL: `None` is the scheme's default.
    Exactly(Option<u16>),
}

/// An access list entry that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessListError {
    /// The pattern is none.
    #[error(
        "{0:?} is no target: scheme://host, scheme://*.host for a host and its subdomains, with :port or :* behind it"
    )]
    InvalidTarget(String),
    /// An opaque origin cannot be granted anything.
    #[error("an opaque origin cannot be the source of a grant")]
    OpaqueSource,
}

impl TargetPattern {
    /// Reads `scheme://host`, `scheme://*.host` (the host and its subdomains), either with `:port`
    /// or `:*` (any port). Without a port, the scheme's default is meant. Nothing keeps a host from
    /// being a public suffix: `https://*.example` grants every site below it.
    ///
    /// # Errors
    /// The text is none of these, or its scheme has opaque origins under `policy`.
    pub fn parse(text: &str, policy: &SchemePolicy) -> Result<Self, AccessListError> {
        let invalid = || AccessListError::InvalidTarget(text.to_owned());
        if text.ends_with('/') {
            return Err(invalid());
        }
        let (rest, any_port) = match text.strip_suffix(":*") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (scheme, host) = rest.split_once("://").ok_or_else(invalid)?;
        let (host, subdomains) = match host.strip_prefix("*.") {
            Some(host) => (host, Subdomains::Included),
            None => (host, Subdomains::Excluded),
        };
        // The URL parser's view of the host is the one that URLs are compared with.
        let origin = Origin::parse_with(&format!("{scheme}://{host}"), policy).map_err(|_| invalid())?;
        let Origin::Tuple(origin) = origin else { return Err(invalid()) };
        let is_address = origin.host().starts_with('[') || origin.host().parse::<std::net::Ipv4Addr>().is_ok();
        if origin.host().contains('*') || (is_address && subdomains == Subdomains::Included) {
            return Err(invalid());
        }
        let port = if any_port { Port::Any } else { Port::Exactly(origin.port()) };
        Ok(Self { scheme: origin.scheme().into(), host: origin.host().into(), subdomains, port })
    }

    fn matches(&self, origin: UrlOrigin<'_>) -> bool {
        let UrlOrigin::Tuple { scheme, host, port } = origin else { return false };
        let host_matches = *self.host == *host
            || (self.subdomains == Subdomains::Included
                && host.strip_suffix(&*self.host).is_some_and(|start| start.ends_with('.')));
        let port_matches = match self.port {
            Port::Any => true,
            Port::Exactly(expected) => expected == port,
        };
        *self.scheme == *scheme && host_matches && port_matches
    }
}

impl OriginAccessList {
    /// A list that grants nothing.
    pub const fn new() -> Self {
        Self { sources: Vec::new() }
    }

    /// Grants `source` access to `target`, unless a block entry says otherwise.
    ///
    /// # Errors
    /// `source` is opaque.
    pub fn allow(mut self, source: &Origin, target: TargetPattern) -> Result<Self, AccessListError> {
        self.source(source)?.allow.push(target);
        Ok(self)
    }

    /// Takes `target` out of what `source` is granted; wins over every allow entry.
    ///
    /// # Errors
    /// `source` is opaque.
    pub fn block(mut self, source: &Origin, target: TargetPattern) -> Result<Self, AccessListError> {
        self.source(source)?.block.push(target);
        Ok(self)
    }

    fn source(&mut self, source: &Origin) -> Result<&mut Source, AccessListError> {
        let Origin::Tuple(origin) = source else { return Err(AccessListError::OpaqueSource) };
        let known = self.sources.iter().position(|entry| entry.origin == *origin);
        let index = known.unwrap_or_else(|| {
            self.sources.push(Source { origin: origin.clone(), allow: Vec::new(), block: Vec::new() });
            self.sources.len().saturating_sub(1)
        });
        self.sources.get_mut(index).ok_or(AccessListError::OpaqueSource)
    }

    /// Whether `source`, which is not redirect-tainted, may reach `target` without CORS.
    pub fn grants(&self, source: &Origin, target: &Url, policy: &SchemePolicy) -> bool {
        let Origin::Tuple(source) = source else { return false };
        // The origin inside a blob URL says who made it, not where its bytes are.
        if target.scheme() == "blob" {
            return false;
        }
        let Some(entry) = self.sources.iter().find(|entry| entry.origin == *source) else { return false };
        with_url_origin(target, policy, |target| {
            entry.allow.iter().any(|pattern| pattern.matches(target))
                && !entry.block.iter().any(|pattern| pattern.matches(target))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> TargetPattern {
        TargetPattern::parse(text, &SchemePolicy::new()).expect("a target")
    }

    #[test]
    fn grants_are_exact_and_blocks_win() {
        let page = Origin::parse("https://page.example").expect("an origin");
        let list = OriginAccessList::new()
            .allow(&page, pattern("https://*.api.example"))
            .and_then(|list| list.allow(&page, pattern("http://127.0.0.1:*")))
            .and_then(|list| list.block(&page, pattern("https://secret.api.example")))
            .expect("tuple sources");
        let policy = SchemePolicy::new();
        let grants = |source: &Origin, url: &str| list.grants(source, &Url::parse(url).expect("a URL"), &policy);
        for url in ["https://api.example/x", "https://a.b.api.example/", "http://127.0.0.1:8080/", "http://127.0.0.1/"]
        {
            assert!(grants(&page, url), "{url}");
        }
        for url in [
            "https://secret.api.example/",
            "https://notapi.example/",
            "http://api.example/",
            "https://api.example:8443/",
            "blob:https://api.example/id",
            "data:,x",
        ] {
            assert!(!grants(&page, url), "{url}");
        }
        assert!(!grants(&Origin::parse("https://other.example").expect("an origin"), "https://api.example/"));
        assert!(!grants(&Origin::opaque(1), "https://api.example/"));
        assert_eq!(
            OriginAccessList::new().allow(&Origin::opaque(1), pattern("https://a.example")).err(),
            Some(AccessListError::OpaqueSource)
        );
    }

    #[test]
    fn targets_that_say_too_much_or_too_little_are_refused() {
        for bad in [
            "a.example",
            "https://",
            "https://*",
            "https://*.127.0.0.1",
            "https://a.example/",
            "https://a.example/x",
            "https://a.*.example",
            "app://x",
            "https://u@a.example",
            "https://a.example:99999",
        ] {
            assert!(TargetPattern::parse(bad, &SchemePolicy::new()).is_err(), "{bad}");
        }
    }
}
