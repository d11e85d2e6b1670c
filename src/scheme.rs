//! Schemes: those of the standard, and the host's policy for further ones.

use url::Url;

/// [HTTP(S) scheme](https://fetch.spec.whatwg.org/#http-scheme).
pub fn is_http_scheme(scheme: &str) -> bool {
    matches!(scheme, "http" | "https")
}

/// A URL [is local](https://fetch.spec.whatwg.org/#is-local).
pub fn is_local(url: &Url) -> bool {
    matches!(url.scheme(), "about" | "blob" | "data")
}

/// What a further scheme may do. Without any, it is as the standard has it: its origins are opaque,
/// it is no target of a cors request, and it is not secure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchemeTraits {
    standard: bool,
    cors_enabled: bool,
    secure: bool,
}

impl SchemeTraits {
    /// No trait.
    pub const fn new() -> Self {
        Self { standard: false, cors_enabled: false, secure: false }
    }

    /// Its URLs have a host and so tuple origins: `app://localhost` serializes as itself.
    #[must_use]
    pub const fn standard(self) -> Self {
        Self { standard: true, ..self }
    }

    /// It may be the target of a cors request, which then goes the way of HTTP fetch.
    #[must_use]
    pub const fn cors_enabled(self) -> Self {
        Self { cors_enabled: true, ..self }
    }

    /// Its URLs are potentially trustworthy.
    #[must_use]
    pub const fn secure(self) -> Self {
        Self { secure: true, ..self }
    }
}

/// The host's policy for schemes that the standard leaves alone.
///
/// It cannot change a scheme of the URL standard (http, https, ws, wss, ftp, file), nor `about`,
/// `blob`, `data` and `javascript`: an entry for one of those is refused.
#[derive(Clone, Debug, Default)]
pub struct SchemePolicy {
    schemes: Vec<(Box<str>, SchemeTraits)>,
}

/// A scheme for which there is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemeError {
    /// Not a scheme: a letter, then letters, digits, `+`, `-` and `.`, all lower case.
    #[error("{0:?} is no scheme: a lower-case letter, then lower-case letters, digits, '+', '-' and '.'")]
    Invalid(String),
    /// Its rules are the standard's own.
    #[error("scheme {0:?} has its rules from the standard; no policy changes them")]
    Reserved(String),
}

impl SchemePolicy {
    /// The standard's own rules.
    pub const fn new() -> Self {
        Self { schemes: Vec::new() }
    }

    /// Gives `scheme` these traits, in place of earlier ones.
    ///
    /// # Errors
    /// `scheme` is no scheme, or one whose rules are the standard's.
    pub fn with(mut self, scheme: &str, traits: SchemeTraits) -> Result<Self, SchemeError> {
        let rest_is_valid = scheme
            .bytes()
            .skip(1)
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
        if !scheme.starts_with(|first: char| first.is_ascii_lowercase()) || !rest_is_valid {
            return Err(SchemeError::Invalid(scheme.to_owned()));
        }
        let reserved = ["http", "https", "ws", "wss", "ftp", "file", "about", "blob", "data", "javascript"];
        if reserved.contains(&scheme) {
            return Err(SchemeError::Reserved(scheme.to_owned()));
        }
        self.schemes.retain(|(known, _)| **known != *scheme);
        self.schemes.push((scheme.into(), traits));
        Ok(self)
    }

    fn traits(&self, scheme: &str) -> SchemeTraits {
        self.schemes.iter().find(|(known, _)| **known == *scheme).map(|(_, traits)| *traits).unwrap_or_default()
    }

    /// Whether URLs of the scheme have tuple origins.
    pub fn is_standard(&self, scheme: &str) -> bool {
        matches!(scheme, "http" | "https" | "ws" | "wss" | "ftp") || self.traits(scheme).standard
    }

    /// Whether URLs of the scheme may be the target of a cors request.
    pub fn is_cors_enabled(&self, scheme: &str) -> bool {
        is_http_scheme(scheme) || self.traits(scheme).cors_enabled
    }

    /// Whether the policy says that the scheme is secure.
    pub(crate) fn is_secure(&self, scheme: &str) -> bool {
        self.traits(scheme).secure
    }
}

/// Whether a URL is a [potentially trustworthy URL](https://w3c.github.io/webappsec-secure-contexts/#potentially-trustworthy-url).
pub fn is_potentially_trustworthy(url: &Url, policy: &SchemePolicy) -> bool {
    // url 1. `about:blank` and `about:srcdoc`.
    if url.scheme() == "about" && matches!(url.path(), "blank" | "srcdoc") {
        return true;
    }
    // url 2. `data:`.
    if url.scheme() == "data" {
        return true;
    }
    // url 3. The URL's origin; that of a blob URL is the one inside, if it is a tuple at all.
    if url.scheme() == "blob" {
        let inside = Url::parse(url.path());
        return inside
            .is_ok_and(|inside| is_http_scheme(inside.scheme()) && is_potentially_trustworthy(&inside, policy));
    }
    // origin 3. By scheme.
    if matches!(url.scheme(), "https" | "wss") {
        return true;
    }
    // origin 4. and 5. By host; an origin without one is opaque (origin 1.).
    let by_host = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(domain)) => {
            let domain = domain.strip_suffix('.').unwrap_or(domain);
            domain == "localhost" || domain.ends_with(".localhost")
        }
        None => false,
    };
    if by_host && policy.is_standard(url.scheme()) {
        return true;
    }
    // origin 6. and 7. `file`, and what the host calls secure.
    url.scheme() == "file" || policy.is_secure(url.scheme())
    // origin 8. and 9. Otherwise not.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_comes_from_scheme_host_or_policy() {
        let policy = SchemePolicy::new().with("app", SchemeTraits::new().secure()).expect("a scheme");
        let trusted = |url: &str| is_potentially_trustworthy(&Url::parse(url).expect("a URL"), &policy);
        for url in [
            "https://a.example/",
            "wss://a.example/",
            "http://127.1.2.3/",
            "http://[::1]:8000/",
            "http://localhost/",
            "http://a.localhost./",
            "about:blank",
            "about:srcdoc",
            "data:,x",
            "file:///x",
            "app://x/",
            "blob:https://a.example/id",
        ] {
            assert!(trusted(url), "{url}");
        }
        for url in [
            "http://a.example/",
            "http://128.0.0.1/",
            "http://notlocalhost/",
            "about:config",
            "other://localhost/",
            "blob:http://a.example/id",
            "blob:blob:https://a.example/id",
            "blob:null/id",
        ] {
            assert!(!trusted(url), "{url}");
        }
    }

    #[test]
    fn a_policy_cannot_touch_the_standards_schemes() {
        let with = |scheme| SchemePolicy::new().with(scheme, SchemeTraits::new().standard()).err();
        assert_eq!(with("https"), Some(SchemeError::Reserved("https".into())));
        for bad in ["", "App", "1app", "a b", "é"] {
            assert_eq!(with(bad), Some(SchemeError::Invalid(bad.into())));
        }
        let policy = SchemePolicy::new().with("app", SchemeTraits::new().standard().cors_enabled()).expect("a scheme");
        assert!(policy.is_standard("app") && policy.is_cors_enabled("app") && !policy.is_secure("app"));
        let policy = policy.with("app", SchemeTraits::new()).expect("a scheme");
        assert!(!policy.is_standard("app") && !policy.is_cors_enabled("x"));
    }
}
