//! Why a fetch came to a network error.
//!
//! **Reasons are for developer tools and must never reach page script.** The standard makes network
//! errors look alike on purpose: their difference would tell a page about servers it may not read.

mod excerpt;
mod host_failure;
mod network_error;
mod text;

use std::borrow::Cow;

use self::text::fact;

pub use self::excerpt::{Excerpt, MAX_EXCERPT_BYTES, MAX_EXCERPT_NAMES, Names};
pub use self::host_failure::{HostFailure, HostFailureKind};
pub use self::network_error::{NetworkError, Stage};

/// Defines [`Reason`] with, per variant: number, code, the anchor of the algorithm, the step.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $({ $($(#[$fact_doc:meta])* $fact:ident: $type:ty),+ $(,)? })? =
        $number:literal, $code:literal, $anchor:literal, $step:literal;)+) => {
        /// Why a fetch came to a network error. **Never show it to page script.**
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* #[non_exhaustive] $variant $({ $($(#[$fact_doc])* $fact: $type),+ })?,)+
        }

        impl Reason {
            /// Every code, with its number and anchor.
            pub const CODES: &'static [(&'static str, u16, &'static str)] = &[$(($code, $number, $anchor),)+];

            /// A stable word in kebab case.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)+ }
            }

            /// A stable number.
            pub const fn number(&self) -> u16 {
                match self { $(Self::$variant { .. } => $number,)+ }
            }

            /// The URL fragment of the algorithm in the Fetch standard, or a whole URL if the
            /// algorithm stands elsewhere.
            pub const fn anchor(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $anchor,)+ }
            }

            /// The step of that algorithm.
            pub const fn step(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $step,)+ }
            }

            /// What was compared: a label and a value each.
            pub fn facts(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$variant $({ $($fact),+ })? => {
                        vec![$($((stringify!($fact), fact($fact))),+)?]
                    })+
                }
            }
        }
    };
}

reasons! {
    /// The local-URLs-only flag is set and the URL is not local.
    LocalUrlsOnly = 1, "local-urls-only", "concept-main-fetch", "3";
    /// The URL's port is a bad port.
    BadPort {
        /// The port.
        port: u16,
    } = 2, "bad-port", "concept-main-fetch", "7";
    /// The host's gate blocked the request or response.
    GateBlocked {
        /// The host's words.
        why: Cow<'static, str>,
    } = 3, "gate-blocked", "concept-main-fetch", "7, 20";
    /// Mode same-origin and a URL of another origin.
    SameOriginModeBlocked {
        /// The request's origin.
        origin: String,
        /// The URL's origin.
        url_origin: String,
    } = 4, "same-origin-mode-blocked", "concept-main-fetch", "12, mode is same-origin";
    /// Mode no-cors, a URL of another origin, and a redirect mode that is not follow.
    NoCorsNeedsFollow {
        /// The redirect mode.
        redirect_mode: &'static str,
    } = 5, "no-cors-needs-follow", "concept-main-fetch", "12, mode is no-cors, 1";
    /// Mode cors and a URL that is not HTTP(S).
    SchemeNotHttp {
        /// The scheme.
        scheme: Excerpt,
    } = 6, "scheme-not-http", "concept-main-fetch", "12, scheme is not HTTP(S)";
    /// The response's MIME type is not for scripts.
    MimeType {
        /// The MIME type's essence.
        essence: Excerpt,
        /// The destination.
        destination: &'static str,
    } = 7, "mime-type", "concept-main-fetch", "20";
    /// `nosniff`, and a MIME type that is not for the destination.
    Nosniff {
        /// The MIME type's essence, or nothing.
        essence: Excerpt,
        /// The destination.
        destination: &'static str,
    } = 8, "nosniff", "concept-main-fetch", "20";
    /// A partial opaque response to a request that asked for no range.
    OpaqueRange {
        /// The status.
        status: u16,
    } = 9, "opaque-range", "concept-main-fetch", "21";
    /// The service worker's response is not one that this request may get.
    ServiceWorkerResponse {
        /// The response's type.
        response_type: &'static str,
        /// The request's mode.
        mode: &'static str,
        /// The request's redirect mode.
        redirect_mode: &'static str,
        /// URLs in the response's URL list.
        urls: usize,
    } = 10, "service-worker-response", "concept-http-fetch", "3.5.7";
    /// There is no `Access-Control-Allow-Origin`.
    AllowOriginMissing {
        /// The request's origin, as it was sent.
        wanted: String,
    } = 11, "allow-origin-missing", "concept-cors-check", "2";
    /// `Access-Control-Allow-Origin` holds more than one value.
    AllowOriginMultiple {
        /// The request's origin, as it was sent.
        wanted: String,
        /// The value, lines joined.
        received: Excerpt,
        /// Lines of that name.
        lines: usize,
    } = 12, "allow-origin-multiple", "concept-cors-check", "4";
    /// `Access-Control-Allow-Origin` is another origin, or none.
    AllowOriginMismatch {
        /// The request's origin, as it was sent.
        wanted: String,
        /// The value.
        received: Excerpt,
    } = 13, "allow-origin-mismatch", "concept-cors-check", "4";
    /// `Access-Control-Allow-Origin` is `*` and the credentials mode is include.
    AllowOriginWildcardWithCredentials {
        /// The request's origin, as it was sent.
        wanted: String,
    } = 14, "allow-origin-wildcard-with-credentials", "concept-cors-check", "4";
    /// `Access-Control-Allow-Credentials` is not `true` and the credentials mode is include.
    AllowCredentialsNotTrue {
        /// The value, or nothing.
        received: Option<Excerpt>,
    } = 15, "allow-credentials-not-true", "concept-cors-check", "7";
    /// The preflight's response is a redirect.
    PreflightRedirected {
        /// The status.
        status: u16,
        /// The first `Location`, or nothing.
        location: Option<Excerpt>,
    } = 16, "preflight-redirected", "cors-preflight-fetch-0", "8";
    /// The preflight's status is not 200 to 299.
    PreflightStatusNotOk {
        /// The status.
        status: u16,
    } = 17, "preflight-status-not-ok", "cors-preflight-fetch-0", "8";
    /// `Access-Control-Allow-Methods` does not parse.
    AllowMethodsUnparsable {
        /// The first item that is no method.
        item: Excerpt,
    } = 18, "allow-methods-unparsable", "cors-preflight-fetch-0", "7.3";
    /// `Access-Control-Allow-Headers` does not parse.
    AllowHeadersUnparsable {
        /// The first item that is no header name.
        item: Excerpt,
    } = 19, "allow-headers-unparsable", "cors-preflight-fetch-0", "7.3";
    /// The method is not allowed.
    MethodNotAllowed {
        /// The request's method.
        method: Excerpt,
        /// `Access-Control-Allow-Methods`.
        allowed: Names,
        /// The credentials mode, under which `*` may be a plain name.
        credentials_mode: &'static str,
    } = 20, "method-not-allowed", "cors-preflight-fetch-0", "7.5";
    /// `Authorization` is not named, and `*` does not cover it.
    AuthorizationNotNamed {
        /// `Access-Control-Allow-Headers`.
        allowed: Names,
    } = 21, "authorization-not-named", "cors-preflight-fetch-0", "7.6";
    /// Headers are not allowed.
    HeaderNotAllowed {
        /// All names that are missing.
        missing: Names,
        /// `Access-Control-Allow-Headers`.
        allowed: Names,
        /// The credentials mode, under which `*` may be a plain name.
        credentials_mode: &'static str,
    } = 22, "header-not-allowed", "cors-preflight-fetch-0", "7.7";
    /// `Cross-Origin-Resource-Policy`, or an embedder policy without it, keeps the response out.
    ResourcePolicyBlocked {
        /// The header's value, or nothing.
        policy: Option<Excerpt>,
        /// The embedder policy value.
        embedder_policy: &'static str,
        /// The request's origin.
        origin: String,
        /// The response's URL's origin.
        url_origin: String,
    } = 23, "resource-policy-blocked", "concept-http-fetch", "5";
    /// A redirect, and redirect mode error.
    RedirectModeError {
        /// The status.
        status: u16,
    } = 24, "redirect-mode-error", "concept-http-fetch", "6.3, error";
    /// `Location` is no URL, or stands on several lines.
    RedirectLocationInvalid {
        /// The lines, joined.
        location: Excerpt,
    } = 25, "redirect-location-invalid", "concept-http-redirect-fetch", "5";
    /// `Location` is not HTTP(S).
    RedirectSchemeNotHttp {
        /// The scheme.
        scheme: Excerpt,
    } = 26, "redirect-scheme-not-http", "concept-http-redirect-fetch", "6";
    /// The twenty-first redirect.
    RedirectLimit {
        /// Redirects that were followed.
        followed: u8,
    } = 27, "redirect-limit", "concept-http-redirect-fetch", "7";
    /// `Location` has userinfo, across origins or after them.
    RedirectHasCredentials {
        /// The URL without its userinfo.
        location: Excerpt,
    } = 28, "redirect-has-credentials", "concept-http-redirect-fetch", "9, 10";
    /// The body came from a stream and cannot be sent again.
    RedirectBodyNotReplayable {
        /// The status.
        status: u16,
    } = 29, "redirect-body-not-replayable", "concept-http-redirect-fetch", "11";
    /// More bytes in flight than keepalive requests may have.
    KeepaliveQuota {
        /// This request's body.
        content_length: u64,
        /// The others'.
        in_flight: u64,
    } = 30, "keepalive-quota", "concept-http-network-or-cache-fetch", "8.10.5";
    /// The host has no response to the request.
    NetworkFailure {
        /// What it met.
        failure: HostFailure,
    } = 31, "network-failure", "concept-http-network-or-cache-fetch", "11.1, 11.2";
    /// The host has no response to the preflight.
    PreflightNetworkFailure {
        /// What it met.
        failure: HostFailure,
    } = 32, "preflight-network-failure", "cors-preflight-fetch-0", "6";
    /// The response's head is none that HTTP has.
    ResponseMalformed {
        /// What is wrong with it.
        what: String,
    } = 33, "response-malformed", "concept-http-network-fetch", "8.5";
    /// A proxy asks for credentials, and the host brought its answer here.
    ProxyAuthenticationRequired = 34, "proxy-authentication-required", "concept-http-network-or-cache-fetch", "16.1";
    /// The server asks for credentials, and the body came from a stream and cannot be sent again.
    AuthenticationBodyNotReplayable = 38, "authentication-body-not-replayable",
        "concept-http-network-or-cache-fetch", "15.2.1";
    /// The fetch was aborted.
    Aborted = 35, "aborted", "concept-aborted-network-error", "";
    /// The host has no response to a scheme fetch.
    SchemeFetchFailure {
        /// What it met.
        failure: HostFailure,
    } = 37, "scheme-fetch-failure", "concept-scheme-fetch", "3, 4";
    /// The lines that the engine must add do not fit.
    HeaderListTooLarge = 36, "header-list-too-large", "concept-header-list", "";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_numbers_are_unique_and_stable_in_form() {
        let mut codes: Vec<&str> = Reason::CODES.iter().map(|(code, ..)| *code).collect();
        let mut numbers: Vec<u16> = Reason::CODES.iter().map(|(_, number, _)| *number).collect();
        codes.sort_unstable();
        codes.dedup();
        numbers.dedup();
        assert_eq!((codes.len(), numbers.len()), (Reason::CODES.len(), Reason::CODES.len()));
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }

    #[test]
    fn excerpts_are_bounded_and_escaped() {
        let excerpt = Excerpt::new(&[b'\x1b'; 5000]);
        assert_eq!((excerpt.as_bytes().len(), excerpt.total()), (MAX_EXCERPT_BYTES, 5000));
        assert!(!excerpt.to_string().contains('\x1b') && excerpt.to_string().ends_with("(5000 bytes)"));
        let names = Names::new((0..100).map(|_| &b"x"[..]));
        assert_eq!((names.iter().count(), names.total()), (MAX_EXCERPT_NAMES, 100));
        assert_eq!(Names::default().to_string(), "(none)");
    }

    #[test]
    fn facts_name_what_was_compared() {
        let reason = Reason::AllowOriginMismatch {
            wanted: "https://a.example".into(),
            received: Excerpt::new(b"https://a.example/"),
        };
        assert_eq!(
            reason.facts(),
            [("wanted", "https://a.example".to_owned()), ("received", "https://a.example/".to_owned())]
        );
        assert!(reason.remedy().contains("`Access-Control-Allow-Origin: https://a.example`"));
        assert_eq!(
            (reason.code(), reason.number(), reason.anchor()),
            ("allow-origin-mismatch", 13, "concept-cors-check")
        );
    }
}
