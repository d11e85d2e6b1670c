//! Origins, sites, schemes and trust.

use url::{Host, Url};

use super::rules::{Fault, Rules};

/// An [origin](https://html.spec.whatwg.org/multipage/browsers.html#concept-origin).
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the standard's kinds")]
pub enum Origin {
    /// Scheme, host and port.
    Tuple(String, Host<String>, Option<u16>),
    /// Opaque, with the identity that its environment gave it.
    Opaque(u64),
    /// Opaque and nobody else's: that of a URL whose scheme has no tuple origin.
    OpaqueOfUrl,
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tuple(..) => f.write_str(&self.serialize()),
            Self::Opaque(identity) => write!(f, "opaque {identity}"),
            Self::OpaqueOfUrl => f.write_str("opaque, of a URL"),
        }
    }
}

impl Origin {
    /// [Origin of a URL](https://url.spec.whatwg.org/#concept-url-origin).
    #[must_use]
    pub fn of(url: &Url, rules: &Rules) -> Self {
        match url.scheme() {
            // blob: what the path says, if that is HTTP(S); a file's origin is opaque anyway.
            "blob" => match Url::parse(url.path()) {
                Ok(path_url) if is_http_scheme(&path_url) => Self::of(&path_url, rules),
                _ => Self::OpaqueOfUrl,
            },
            "ftp" | "http" | "https" | "ws" | "wss" => url
                .host()
                .map_or(Self::OpaqueOfUrl, |host| Self::Tuple(url.scheme().to_owned(), host.to_owned(), url.port())),
            // Schemes that the host calls standard: a tuple, if the host has a spelling of its own.
            scheme if rules.scheme(scheme).is_some_and(|scheme| scheme.is_standard) => match url.host_str() {
                Some(text) if !text.is_empty() && !text.contains(|c: char| c.is_ascii_uppercase() || c == '%') => url
                    .host()
                    .map_or(Self::OpaqueOfUrl, |host| Self::Tuple(scheme.to_owned(), host.to_owned(), url.port())),
                _ => Self::OpaqueOfUrl,
            },
            // file: left open by the text; opaque. Others: opaque.
            _ => Self::OpaqueOfUrl,
        }
    }

    /// [Serialization](https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin).
    #[must_use]
    pub fn serialize(&self) -> String {
        match self {
            // 1. Opaque: null. 2. to 5. Scheme, host, and the port if there is one.
            Self::Opaque(_) | Self::OpaqueOfUrl => "null".to_owned(),
            Self::Tuple(scheme, host, None) => format!("{scheme}://{host}"),
            Self::Tuple(scheme, host, Some(port)) => format!("{scheme}://{host}:{port}"),
        }
    }

    /// Whether it is opaque.
    #[must_use]
    pub const fn is_opaque(&self) -> bool {
        !matches!(self, Self::Tuple(..))
    }

    /// [Same origin](https://html.spec.whatwg.org/multipage/browsers.html#same-origin).
    #[must_use]
    pub fn same_origin(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Opaque(a), Self::Opaque(b)) => a == b,
            (Self::Tuple(..), Self::Tuple(..)) => self == other,
            _ => false,
        }
    }

    /// [Schemelessly same site](https://html.spec.whatwg.org/multipage/browsers.html#schemelessly-same-site).
    #[must_use]
    pub fn schemelessly_same_site(&self, other: &Self, rules: &Rules) -> bool {
        match (self, other) {
            // 1. The same opaque origin.
            (Self::Opaque(a), Self::Opaque(b)) => a == b,
            // 2. Two tuples:
            (Self::Tuple(_, a, _), Self::Tuple(_, b, _)) => {
                // 2.1. and 2.2. The hosts.
                let (domain_a, domain_b) = (registrable_domain(a, rules), registrable_domain(b, rules));
                // 2.3. Equal hosts without a registrable domain, or equal registrable domains.
                (a == b && domain_a.is_none()) || (domain_a.is_some() && domain_a == domain_b)
            }
            // 3.
            _ => false,
        }
    }

    /// [Same site](https://html.spec.whatwg.org/multipage/browsers.html#same-site).
    #[must_use]
    pub fn same_site(&self, other: &Self, rules: &Rules) -> bool {
        match (self, other) {
            (Self::Opaque(a), Self::Opaque(b)) => a == b,
            (Self::Tuple(scheme_a, ..), Self::Tuple(scheme_b, ..)) => {
                scheme_a == scheme_b && self.schemelessly_same_site(other, rules)
            }
            _ => false,
        }
    }

    /// [Is an origin potentially trustworthy](https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy).
    fn is_potentially_trustworthy(&self) -> bool {
        // 1. and 2. Not if opaque.
        let Self::Tuple(scheme, host, _) = self else { return false };
        // 3. The secure schemes.
        if scheme == "https" || scheme == "wss" {
            return true;
        }
        match host {
            // 4. Loopback addresses.
            Host::Ipv4(address) => address.octets()[0] == 127,
            Host::Ipv6(address) => address.segments() == [0, 0, 0, 0, 0, 0, 0, 1],
            // 5. Names that stay on this machine.
            Host::Domain(domain) => {
                let domain = domain.strip_suffix('.').unwrap_or(domain);
                domain == "localhost" || domain.ends_with(".localhost")
            }
        }
        // 6. A file's origin is opaque. 7. Schemes that the host calls secure are looked at before. 8. and 9.
        // Nothing else is.
    }
}

/// The host's [registrable domain](https://url.spec.whatwg.org/#host-registrable-domain).
fn registrable_domain(host: &Host<String>, rules: &Rules) -> Option<String> {
    match host {
        // The host of a further standard scheme is no domain, but an opaque host; by a choice of the project it
        // counts as one, unless it is an address.
        Host::Domain(domain) if domain.parse::<std::net::Ipv4Addr>().is_err() => {
            rules.suffix_list.and_then(|list| list(domain)).map(str::to_owned)
        }
        _ => None,
    }
}

/// A public suffix list for tests: `co.uk` is a public suffix, and every top-level domain. So the
/// real list says of all hosts that the tests use.
#[must_use]
pub fn toy_registrable_domain(domain: &str) -> Option<&str> {
    let without_dot = domain.strip_suffix('.').unwrap_or(domain);
    let labels: Vec<&str> = without_dot.split('.').collect();
    let suffix_labels = if labels.ends_with(&["co", "uk"]) { 2 } else { 1 };
    let first = labels.len().checked_sub(suffix_labels + 1)?;
    let offset: usize = labels[..first].iter().map(|label| label.len() + 1).sum();
    domain.get(offset..)
}

/// [Is a URL potentially trustworthy](https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy).
#[must_use]
pub fn is_potentially_trustworthy(url: &Url, rules: &Rules) -> bool {
    // 1. The two harmless documents.
    if url.scheme() == "about" && (url.path() == "blank" || url.path() == "srcdoc") {
        return true;
    }
    // 2. Data.
    if url.scheme() == "data" {
        return true;
    }
    // 3. By a choice of the project a file is, though its origin is opaque, and so is a URL of a scheme that
    // the host calls secure, tuple origin or not.
    url.scheme() == "file"
        || (rules.scheme(url.scheme()).is_some_and(|scheme| scheme.is_secure) && !rules.has(Fault::NoSchemeIsSecure))
        || Origin::of(url, rules).is_potentially_trustworthy()
}

/// [HTTP(S) scheme](https://fetch.spec.whatwg.org/#http-scheme).
#[must_use]
pub fn is_http_scheme(url: &Url) -> bool {
    url.scheme() == "http" || url.scheme() == "https"
}

/// [Is local](https://fetch.spec.whatwg.org/#is-local).
#[must_use]
pub fn is_local(url: &Url) -> bool {
    url.scheme() == "about" || url.scheme() == "blob" || url.scheme() == "data"
}

/// [Includes credentials](https://url.spec.whatwg.org/#include-credentials).
#[must_use]
pub fn includes_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some_and(|password| !password.is_empty())
}

/// Turns http into https; another scheme stays.
pub fn upgrade(url: &mut Url) {
    if url.scheme() == "http"
        && let Ok(upgraded) = Url::parse(&format!("https{}", url.as_str().trim_start_matches("http")))
    {
        *url = upgraded;
    }
}
