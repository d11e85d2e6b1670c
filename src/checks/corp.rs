//! [Cross-origin resource policy check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header).

use url::Url;

use crate::head::{ResponseHead, get};
use crate::origin::{Origin, UrlOrigin, with_url_origin};
use crate::reason::{Excerpt, Reason};
use crate::request::EmbedderPolicy;
use crate::scheme::SchemePolicy;
use crate::site::{PublicSuffix, schemelessly_same_site};

/// What a [`cross_origin_resource_policy_check`] must know.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "an argument list with names")]
pub struct CorpInput<'a> {
    /// The request's origin.
    pub origin: &'a Origin,
    /// The embedder policy value of the settings object.
    pub embedder_policy: EmbedderPolicy,
    /// Its report only value.
    pub embedder_policy_report_only: EmbedderPolicy,
    /// The response's URL.
    pub url: &'a Url,
    /// The response's request-includes-credentials.
    pub request_includes_credentials: bool,
    /// Only HTML's navigate algorithm asks for a navigation.
    pub for_navigation: bool,
    /// The host's policy for schemes.
    pub schemes: &'a SchemePolicy,
    /// The public suffix list, if there is one.
    pub public_suffix: Option<&'a (dyn PublicSuffix + Send + Sync)>,
}

impl std::fmt::Debug for CorpInput<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CorpInput")
            .field("origin", self.origin)
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

/// What the check allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "allowed, with or without a report")]
pub enum CorpVerdict {
    /// Allowed.
    Allowed,
    /// Allowed; the report only value would have blocked, which is to be reported.
    AllowedButReported,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Policy {
    SameOrigin,
    SameSite,
    CrossOrigin,
}

/// The [cross-origin resource policy check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check).
///
/// # Errors
/// The standard's blocked, with what was compared.
pub fn cross_origin_resource_policy_check(
    input: CorpInput<'_>,
    response: &(impl ResponseHead + ?Sized),
) -> Result<CorpVerdict, Reason> {
    let header = get(response, "cross-origin-resource-policy");
    let internal_check = |embedder_policy_value| internal_check(input, embedder_policy_value, header.as_deref());
    let blocked = |embedder_policy: EmbedderPolicy| Reason::ResourcePolicyBlocked {
        policy: header.as_deref().map(Excerpt::new),
        embedder_policy: embedder_policy.as_str(),
        origin: input.origin.to_string(),
        url_origin: Origin::of_url(input.url, input.schemes)
            .map_or_else(|| "null".to_owned(), |origin| origin.to_string()),
    };
    // 3. What the header says without an embedder policy.
    if !internal_check(EmbedderPolicy::UnsafeNone) {
        return Err(blocked(EmbedderPolicy::UnsafeNone));
    }
    // 4. HOST: the violation is the host's to report.
    let report_only_allows = internal_check(input.embedder_policy_report_only);
    // 5. to 7. What it says with one.
    if !internal_check(input.embedder_policy) {
        return Err(blocked(input.embedder_policy));
    }
    Ok(if report_only_allows { CorpVerdict::Allowed } else { CorpVerdict::AllowedButReported })
}

/// The [internal check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check):
/// true is allowed.
fn internal_check(input: CorpInput<'_>, embedder_policy_value: EmbedderPolicy, header: Option<&[u8]>) -> bool {
    // 1. A navigation without an embedder policy.
    if input.for_navigation && embedder_policy_value == EmbedderPolicy::UnsafeNone {
        return true;
    }
    // 2. and 3. The policy, or null; several lines never match.
    let policy = match header {
        Some(b"same-origin") => Some(Policy::SameOrigin),
        Some(b"same-site") => Some(Policy::SameSite),
        Some(b"cross-origin") => Some(Policy::CrossOrigin),
        _ => None,
    };
    // 4. Null is what the embedder policy makes of it.
    let policy = policy.or(match embedder_policy_value {
        EmbedderPolicy::UnsafeNone => None,
        EmbedderPolicy::Credentialless => {
            (input.request_includes_credentials || input.for_navigation).then_some(Policy::SameOrigin)
        }
        EmbedderPolicy::RequireCorp => Some(Policy::SameOrigin),
    });
    // 5. Switch on policy.
    match policy {
        None | Some(Policy::CrossOrigin) => true,
        Some(Policy::SameOrigin) => input.origin.same_origin_with_url(input.url, input.schemes),
        Some(Policy::SameSite) => with_url_origin(input.url, input.schemes, |url_origin| {
            let origin = input.origin.as_url_origin();
            let is_https = |origin| matches!(origin, UrlOrigin::Tuple { scheme: "https", .. });
            let list = input.public_suffix.map(|list| list as &dyn PublicSuffix);
            schemelessly_same_site(origin, url_origin, list) && (is_https(origin) || input.url.scheme() != "https")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EmbedderPolicy::{Credentialless, RequireCorp, UnsafeNone};

    fn check(
        origin: &str,
        url: &str,
        header: Option<&str>,
        change: impl FnOnce(&mut CorpInput<'_>),
    ) -> Result<CorpVerdict, &'static str> {
        let origin = if origin == "null" { Origin::opaque(1) } else { Origin::parse(origin).expect("an origin") };
        let (url, schemes) = (Url::parse(url).expect("a URL"), SchemePolicy::new());
        let mut input = CorpInput {
            origin: &origin,
            embedder_policy: UnsafeNone,
            embedder_policy_report_only: UnsafeNone,
            url: &url,
            request_includes_credentials: true,
            for_navigation: false,
            schemes: &schemes,
            public_suffix: None,
        };
        change(&mut input);
        let head = (200, header.map(|value| ("Cross-Origin-Resource-Policy", value)).into_iter().collect::<Vec<_>>());
        cross_origin_resource_policy_check(input, &head).map_err(|reason| reason.code())
    }

    const BLOCKED: Result<CorpVerdict, &str> = Err("resource-policy-blocked");
    const ALLOWED: Result<CorpVerdict, &str> = Ok(CorpVerdict::Allowed);

    #[test]
    fn the_header_alone() {
        let check = |origin: &str, header| check(origin, "https://a.example:1/", Some(header), |_| {});
        assert_eq!(check("https://a.example:1", "same-origin"), ALLOWED);
        assert_eq!(check("https://a.example", "same-origin"), BLOCKED);
        assert_eq!(check("https://a.example", "same-site"), ALLOWED);
        assert_eq!(check("http://a.example", "same-site"), BLOCKED, "https is kept from http");
        assert_eq!(check("https://b.example", "same-site"), BLOCKED);
        assert_eq!(check("null", "same-site"), BLOCKED);
        for header in ["cross-origin", "Same-Origin", "same-site, same-origin", ""] {
            assert_eq!(check("https://b.example", header), ALLOWED, "{header}");
        }
    }

    #[test]
    fn http_responses_are_open_to_https_pages_of_the_site() {
        assert_eq!(check("https://a.example", "http://a.example/", Some("same-site"), |_| {}), ALLOWED);
    }

    #[test]
    fn embedder_policies_stand_in_for_the_header() {
        let check =
            |header, change: fn(&mut CorpInput<'_>)| check("https://a.example", "https://b.example/", header, change);
        assert_eq!(check(None, |_| {}), ALLOWED);
        assert_eq!(check(None, |input| input.embedder_policy = RequireCorp), BLOCKED);
        assert_eq!(check(Some("cross-origin"), |input| input.embedder_policy = RequireCorp), ALLOWED);
        assert_eq!(check(None, |input| input.embedder_policy = Credentialless), BLOCKED);
        let without = |input: &mut CorpInput<'_>| {
            input.embedder_policy = Credentialless;
            input.request_includes_credentials = false;
        };
        assert_eq!(check(None, without), ALLOWED);
        let navigation = |input: &mut CorpInput<'_>| {
            input.embedder_policy = Credentialless;
            input.request_includes_credentials = false;
            input.for_navigation = true;
        };
        assert_eq!(check(None, navigation), BLOCKED);
        assert_eq!(check(Some("same-origin"), |input| input.for_navigation = true), ALLOWED);
        assert_eq!(
            check(None, |input| input.embedder_policy_report_only = RequireCorp),
            Ok(CorpVerdict::AllowedButReported)
        );
    }
}
