//! [Sites](https://html.spec.whatwg.org/multipage/browsers.html#sites): same site and schemelessly same site.

use crate::origin::UrlOrigin;

/// A public suffix list. The engine's one callback: a redirect's hosts are not known in advance.
pub trait PublicSuffix {
    /// The [registrable domain](https://url.spec.whatwg.org/#host-registrable-domain) of a domain in
    /// lower-case ASCII: its public suffix and the label before it; `None` if the domain is itself a
    /// public suffix. It is never asked about IP addresses.
    fn registrable_domain<'h>(&self, host: &'h str) -> Option<&'h str>;
}

/// The list that the crate `psl` carries, as of its version.
#[cfg(feature = "psl")]
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit: it has no state")]
pub struct Psl;

#[cfg(feature = "psl")]
impl PublicSuffix for Psl {
    fn registrable_domain<'h>(&self, host: &'h str) -> Option<&'h str> {
        // The text form would drop a trailing dot, which the URL standard keeps.
        std::str::from_utf8(psl::domain(host.as_bytes())?.as_bytes()).ok()
    }
}

/// [Schemelessly same site](https://html.spec.whatwg.org/multipage/browsers.html#schemelessly-same-site)
/// for two tuple origins; opaque ones are compared by identity before this is asked.
pub(crate) fn schemelessly_same_site(a: UrlOrigin<'_>, b: UrlOrigin<'_>, list: Option<&dyn PublicSuffix>) -> bool {
    // 1. and 3. Opaque origins of URLs are never the same.
    let (UrlOrigin::Tuple { host: host_a, .. }, UrlOrigin::Tuple { host: host_b, .. }) = (a, b) else {
        return false;
    };
    // 2.2. Equal hosts are same site with or without a registrable domain.
    if host_a == host_b {
        return true;
    }
    // 2.3. Otherwise by registrable domain. Without a list none is known.
    match (registrable_domain(host_a, list), registrable_domain(host_b, list)) {
        (Some(domain_a), Some(domain_b)) => domain_a == domain_b,
        _ => false,
    }
}

/// [Same site](https://html.spec.whatwg.org/multipage/browsers.html#same-site): the schemes too.
pub(crate) fn same_site(a: UrlOrigin<'_>, b: UrlOrigin<'_>, list: Option<&dyn PublicSuffix>) -> bool {
    match (a, b) {
        (UrlOrigin::Tuple { scheme: scheme_a, .. }, UrlOrigin::Tuple { scheme: scheme_b, .. }) => {
            scheme_a == scheme_b && schemelessly_same_site(a, b, list)
        }
        _ => false,
    }
}

fn registrable_domain<'h>(host: &'h str, list: Option<&dyn PublicSuffix>) -> Option<&'h str> {
    let list = list?;
    // An IP address has none. A host that serializes in brackets is IPv6; URL hosts whose last label
    // is a number have been parsed as IPv4.
    let is_ip_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    if is_ip_address { None } else { list.registrable_domain(host) }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct LastTwoLabels;
    impl PublicSuffix for LastTwoLabels {
        fn registrable_domain<'h>(&self, host: &'h str) -> Option<&'h str> {
            let dot = host.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
            host.contains('.').then(|| &host[dot..])
        }
    }

    fn origin<'a>(scheme: &'a str, host: &'a str) -> UrlOrigin<'a> {
        UrlOrigin::Tuple { scheme, host, port: None }
    }

    #[test]
    fn sites_are_scheme_and_registrable_domain() {
        let list: Option<&dyn PublicSuffix> = Some(&LastTwoLabels);
        let a = origin("https", "www.a.example");
        assert!(same_site(a, origin("https", "b.a.example"), list));
        assert!(!same_site(a, origin("http", "b.a.example"), list));
        assert!(schemelessly_same_site(a, origin("http", "b.a.example"), list));
        assert!(!schemelessly_same_site(a, origin("https", "b.example"), list));
        assert!(!schemelessly_same_site(a, UrlOrigin::Opaque, list));
        assert!(!same_site(UrlOrigin::Opaque, UrlOrigin::Opaque, list));
    }

    #[test]
    fn addresses_and_single_labels_are_same_site_with_themselves_only() {
        let list: Option<&dyn PublicSuffix> = Some(&LastTwoLabels);
        for (host, other) in [("127.0.0.1", "128.0.0.1"), ("[::1]", "[::2]"), ("localhost", "other")] {
            assert!(same_site(origin("http", host), origin("http", host), list));
            assert!(!same_site(origin("http", host), origin("http", other), list));
        }
    }

    #[cfg(feature = "psl")]
    #[test]
    fn the_built_in_list_keeps_a_trailing_dot() {
        assert_eq!(Psl.registrable_domain("www.a.co.uk"), Some("a.co.uk"));
        assert_eq!(Psl.registrable_domain("www.a.co.uk."), Some("a.co.uk."));
        assert_eq!(Psl.registrable_domain("co.uk"), None);
    }

    #[test]
    fn without_a_list_only_equal_hosts_are_same_site() {
        assert!(!same_site(origin("http", "a.a.example"), origin("http", "b.a.example"), None));
        assert!(same_site(origin("http", "a.a.example"), origin("http", "a.a.example"), None));
    }
}
