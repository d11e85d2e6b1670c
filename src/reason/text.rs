//! What a reason says: facts, one line, and a remedy.

use std::borrow::Cow;

use super::{Excerpt, HostFailure, Names, Reason};

pub(super) trait Fact {
    fn text(&self) -> String;
}
macro_rules! fact_by_display {
    ($($type:ty),+) => { $(impl Fact for $type { fn text(&self) -> String { self.to_string() } })+ };
}
fact_by_display!(u8, u16, u64, usize, String, &'static str, Excerpt, Names);
impl Fact for Cow<'static, str> {
    fn text(&self) -> String {
        self.escape_debug().to_string()
    }
}
impl Fact for Option<Excerpt> {
    fn text(&self) -> String {
        self.as_ref().map_or_else(|| "(absent)".to_owned(), Excerpt::to_string)
    }
}
impl Fact for HostFailure {
    fn text(&self) -> String {
        format!("{}: {}", self.kind.as_str(), self.text.escape_debug())
    }
}
pub(super) fn fact(fact: &impl Fact) -> String {
    fact.text()
}

impl std::fmt::Display for Reason {
    /// One line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::LocalUrlsOnly => f.write_str("only local URLs are allowed here and this one is not local"),
            Self::BadPort { port } => write!(f, "port {port} is a bad port; browsers never connect to it"),
            Self::GateBlocked { why } => write!(f, "blocked by the host: {}", why.escape_debug()),
            Self::SameOriginModeBlocked { origin, url_origin } => {
                write!(f, "request mode is same-origin, but origin {origin} is not the URL's origin {url_origin}")
            }
            Self::NoCorsNeedsFollow { redirect_mode } => {
                write!(f, "request mode no-cors across origins needs redirect mode follow, not {redirect_mode}")
            }
            Self::SchemeNotHttp { scheme } => {
                write!(f, "request mode is cors, but scheme \"{scheme}\" is not http, https or one that the host CORS-enabled")
            }
            Self::MimeType { essence, destination } => write!(f, "a {destination} cannot be \"{essence}\""),
            Self::Nosniff { essence, destination } => {
                let what = if essence.total() == 0 { "no MIME type" } else { "MIME type " };
                write!(f, "X-Content-Type-Options is nosniff, and a {destination} cannot have {what}{essence}")
            }
            Self::OpaqueRange { status } => {
                write!(f, "an opaque response with status {status} to a range request, for a request that asked for no range")
            }
            Self::ServiceWorkerResponse { response_type, mode, redirect_mode, urls } => write!(
                f,
                "a service worker's response of type {response_type} with {urls} URLs is not for a request with mode {mode} and redirect mode {redirect_mode}"
            ),
            Self::AllowOriginMissing { wanted } => {
                write!(f, "the response has no Access-Control-Allow-Origin; wanted {wanted}")
            }
            Self::AllowOriginMultiple { wanted, received, lines } => write!(
                f,
                "Access-Control-Allow-Origin holds more than one value on {lines} line(s): {received}; wanted exactly {wanted}"
            ),
            Self::AllowOriginMismatch { wanted, received } => {
                write!(f, "Access-Control-Allow-Origin is \"{received}\"; wanted exactly {wanted}")
            }
            Self::AllowOriginWildcardWithCredentials { wanted } => write!(
                f,
                "Access-Control-Allow-Origin is *, which does not count when the credentials mode is include; wanted exactly {wanted}"
            ),
            Self::AllowCredentialsNotTrue { received: None } => {
                f.write_str("the response has no Access-Control-Allow-Credentials; wanted exactly true, as the credentials mode is include")
            }
            Self::AllowCredentialsNotTrue { received: Some(received) } => {
                write!(f, "Access-Control-Allow-Credentials is \"{received}\"; wanted exactly true, as the credentials mode is include")
            }
            Self::PreflightRedirected { status, location } => {
                write!(f, "the preflight was answered with a redirect, status {status}")?;
                location.as_ref().map_or(Ok(()), |location| write!(f, " to {location}"))?;
                f.write_str("; preflights are never redirected")
            }
            Self::PreflightStatusNotOk { status } => {
                write!(f, "the preflight was answered with status {status}; wanted 200 to 299")
            }
            Self::AllowMethodsUnparsable { item } => {
                write!(f, "Access-Control-Allow-Methods does not parse: \"{item}\" is no method")
            }
            Self::AllowHeadersUnparsable { item } => {
                write!(f, "Access-Control-Allow-Headers does not parse: \"{item}\" is no header name")
            }
            Self::MethodNotAllowed { method, allowed, credentials_mode } => write!(
                f,
                "method {method} is not in Access-Control-Allow-Methods: {allowed} (credentials mode {credentials_mode})"
            ),
            Self::AuthorizationNotNamed { allowed } => write!(
                f,
                "authorization is not in Access-Control-Allow-Headers: {allowed}; * does not cover it"
            ),
            Self::HeaderNotAllowed { missing, allowed, credentials_mode } => write!(
                f,
                "not in Access-Control-Allow-Headers: {missing}; allowed are {allowed} (credentials mode {credentials_mode})"
            ),
            Self::ResourcePolicyBlocked { policy, embedder_policy, origin, url_origin } => {
                let policy = policy.as_ref().map_or_else(|| "absent".to_owned(), Excerpt::to_string);
                write!(f, "Cross-Origin-Resource-Policy is {policy}, embedder policy {embedder_policy}: {url_origin} is kept from {origin}")
            }
            Self::RedirectModeError { status } => write!(f, "redirect mode is error and the status is {status}"),
            Self::RedirectLocationInvalid { location } => {
                write!(f, "Location is no URL, or stands on several lines: \"{location}\"")
            }
            Self::RedirectSchemeNotHttp { scheme } => write!(f, "redirect to scheme \"{scheme}\"; only http and https are followed"),
            Self::RedirectLimit { followed } => write!(f, "one redirect more than the {followed} that are followed"),
            Self::RedirectHasCredentials { location } => {
                write!(f, "redirect across origins to a URL with user name or password: {location}")
            }
            Self::RedirectBodyNotReplayable { status } => {
                write!(f, "redirect with status {status} would send the body again, but it came from a stream")
            }
            Self::KeepaliveQuota { content_length, in_flight } => write!(
                f,
                "{content_length} bytes of body and {in_flight} in flight are more than the 65536 of keepalive requests"
            ),
            Self::NetworkFailure { failure } => write!(f, "no response ({})", fact(failure)),
            Self::SchemeFetchFailure { failure } => write!(f, "no response to the scheme fetch ({})", fact(failure)),
            Self::PreflightNetworkFailure { failure } => write!(f, "no response to the preflight ({})", fact(failure)),
            Self::ResponseMalformed { what } => write!(f, "the response's head is malformed: {what}"),
            Self::AuthenticationBodyNotReplayable => {
                f.write_str("status 401: the server asks for credentials, and a body from a stream cannot be sent again")
            }
            Self::ProxyAuthenticationRequired => f.write_str("status 407: a proxy asks for credentials, and nobody can be asked"),
            Self::Aborted => f.write_str("the fetch was aborted"),
            Self::HeaderListTooLarge => f.write_str("the request's header list is too large for the lines that must be added"),
        }
    }
}

/// Answering `null` would allow every sandboxed page and every redirect.
const NULL_REMEDY: &str = "the origin is null: opaque, or lost on a redirect between other origins; redirect to the final \
    URL in one step, or answer with `Access-Control-Allow-Origin: *` without credentials, but not with `null`, which matches \
    anybody";

impl Reason {
    /// What the server's author, or for some reasons the page's, can do about it.
    pub fn remedy(&self) -> Cow<'static, str> {
        match self {
            Self::AllowOriginMissing { wanted }
            | Self::AllowOriginMismatch { wanted, .. }
            | Self::AllowOriginMultiple { wanted, .. }
            | Self::AllowOriginWildcardWithCredentials { wanted }
                if wanted == "null" =>
            {
                Cow::Borrowed(NULL_REMEDY)
            }
            Self::AllowOriginMissing { wanted } | Self::AllowOriginMismatch { wanted, .. } => {
                format!("answer with `Access-Control-Allow-Origin: {wanted}`, taken from a list of origins that you trust, and with `Vary: Origin`").into()
            }
            Self::AllowOriginMultiple { wanted, .. } => {
                format!("answer with one line `Access-Control-Allow-Origin: {wanted}`; look for a proxy or framework that adds a second one").into()
            }
            Self::AllowOriginWildcardWithCredentials { wanted } => {
                format!("answer with `Access-Control-Allow-Origin: {wanted}` instead of `*`, or send the request without credentials").into()
            }
            Self::MethodNotAllowed { method, .. } => {
                format!("answer the preflight with `Access-Control-Allow-Methods: {method}`; methods are case-sensitive").into()
            }
            Self::HeaderNotAllowed { missing, .. } => {
                format!("answer the preflight with `Access-Control-Allow-Headers: {missing}`").into()
            }
            _ => Cow::Borrowed(self.fixed_remedy()),
        }
    }

    const fn fixed_remedy(&self) -> &'static str {
        match self {
            Self::LocalUrlsOnly => "use an about:, blob: or data: URL",
            Self::BadPort { .. } => "serve on another port",
            Self::GateBlocked { .. } => "see the host's policy",
            Self::SameOriginModeBlocked { .. } => "use mode cors, and let the server allow it, or a same-origin URL",
            Self::NoCorsNeedsFollow { .. } => "use redirect mode follow",
            Self::SchemeNotHttp { .. } => "use an http or https URL; a host can CORS-enable a scheme of its own",
            Self::MimeType { .. } | Self::Nosniff { .. } => "serve it with the Content-Type that it has",
            Self::OpaqueRange { .. } => "do not answer a request without Range from a stored partial response",
            Self::ServiceWorkerResponse { .. } => {
                "let the service worker answer with a response that the request's modes allow"
            }
            Self::AllowCredentialsNotTrue { .. } => {
                "answer with `Access-Control-Allow-Credentials: true`, in lower case, or send the request without credentials"
            }
            Self::PreflightRedirected { .. } => {
                "answer OPTIONS on this URL itself, before any redirect to a login page, https or a trailing slash"
            }
            Self::PreflightStatusNotOk { .. } => {
                "answer OPTIONS with 204 or 200; preflights never carry credentials, so do not ask for them"
            }
            Self::AllowMethodsUnparsable { .. } | Self::AllowHeadersUnparsable { .. } => {
                "separate names by commas only"
            }
            Self::AuthorizationNotNamed { .. } => "name authorization in `Access-Control-Allow-Headers`",
            Self::ResourcePolicyBlocked { .. } => {
                "answer with `Cross-Origin-Resource-Policy: cross-origin`, or same-site if that is what is meant"
            }
            Self::RedirectModeError { .. } => "use redirect mode follow, or the URL to which the redirect leads",
            Self::RedirectLocationInvalid { .. } => "send one Location line with a valid URL",
            Self::RedirectSchemeNotHttp { .. } => "redirect to http or https only",
            Self::RedirectLimit { .. } => "look for a redirect loop",
            Self::RedirectHasCredentials { .. } => "take user name and password out of the Location",
            Self::RedirectBodyNotReplayable { .. } => "answer with 303, or send a body that is no stream",
            Self::KeepaliveQuota { .. } => "send less, or without keepalive",
            Self::SchemeFetchFailure { .. } => "see whether the host fetches the scheme",
            Self::NetworkFailure { .. } | Self::PreflightNetworkFailure { .. } => {
                "see whether the server is there and speaks HTTP"
            }
            Self::ResponseMalformed { .. } => {
                "let the server send a status from 100 to 999 and lines without NUL, CR and LF"
            }
            Self::AuthenticationBodyNotReplayable => {
                "let the server know the user before the upload, or send a body that is no stream"
            }
            Self::ProxyAuthenticationRequired => "give the host credentials for the proxy",
            Self::HeaderListTooLarge => "send fewer or shorter headers",
            Self::Aborted => "nothing: somebody ended the fetch",
            // The others have a remedy with facts in it.
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&'static str]) -> Names {
        Names::new(names.iter().map(|name| name.as_bytes()))
    }

    /// One of each, and words that stand in its remedy alone.
    fn reasons() -> Vec<(Reason, &'static str)> {
        let wanted = || "https://a.example".to_owned();
        let excerpt = |text: &str| Excerpt::new(text.as_bytes());
        let failure = || HostFailure::connect("refused");
        vec![
            (Reason::LocalUrlsOnly, "use an about:, blob: or data: URL"),
            (Reason::BadPort { port: 25 }, "another port"),
            (Reason::GateBlocked { why: "policy".into() }, "the host's policy"),
            (Reason::SameOriginModeBlocked { origin: wanted(), url_origin: wanted() }, "use mode cors"),
            (Reason::NoCorsNeedsFollow { redirect_mode: "error" }, "use redirect mode follow"),
            (Reason::SchemeNotHttp { scheme: excerpt("ftp") }, "an http or https URL"),
            (Reason::MimeType { essence: excerpt("text/csv"), destination: "script" }, "the Content-Type that it has"),
            (Reason::Nosniff { essence: excerpt(""), destination: "style" }, "the Content-Type that it has"),
            (Reason::OpaqueRange { status: 206 }, "a stored partial response"),
            (
                Reason::ServiceWorkerResponse {
                    response_type: "opaque",
                    mode: "cors",
                    redirect_mode: "follow",
                    urls: 1,
                },
                "let the service worker answer",
            ),
            (Reason::AllowOriginMissing { wanted: wanted() }, "with `Vary: Origin`"),
            (
                Reason::AllowOriginMultiple { wanted: wanted(), received: excerpt("*, *"), lines: 2 },
                "answer with one line `Access-Control-Allow-Origin: https://a.example`",
            ),
            (Reason::AllowOriginMismatch { wanted: wanted(), received: excerpt("x") }, "with `Vary: Origin`"),
            (
                Reason::AllowOriginWildcardWithCredentials { wanted: wanted() },
                "`Access-Control-Allow-Origin: https://a.example` instead of `*`",
            ),
            (Reason::AllowCredentialsNotTrue { received: None }, "`Access-Control-Allow-Credentials: true`"),
            (Reason::PreflightRedirected { status: 302, location: None }, "answer OPTIONS on this URL itself"),
            (Reason::PreflightStatusNotOk { status: 404 }, "answer OPTIONS with 204 or 200"),
            (Reason::AllowMethodsUnparsable { item: excerpt("(") }, "by commas only"),
            (Reason::AllowHeadersUnparsable { item: excerpt("(") }, "by commas only"),
            (
                Reason::MethodNotAllowed {
                    method: excerpt("PUT"),
                    allowed: names(&["GET"]),
                    credentials_mode: "include",
                },
                "`Access-Control-Allow-Methods: PUT`",
            ),
            (Reason::AuthorizationNotNamed { allowed: names(&["*"]) }, "name authorization"),
            (
                Reason::HeaderNotAllowed {
                    missing: names(&["x-a", "x-b"]),
                    allowed: names(&[]),
                    credentials_mode: "omit",
                },
                "`Access-Control-Allow-Headers: x-a, x-b`",
            ),
            (
                Reason::ResourcePolicyBlocked {
                    policy: None,
                    embedder_policy: "require-corp",
                    origin: wanted(),
                    url_origin: wanted(),
                },
                "`Cross-Origin-Resource-Policy: cross-origin`",
            ),
            (Reason::RedirectModeError { status: 302 }, "or the URL to which the redirect leads"),
            (Reason::RedirectLocationInvalid { location: excerpt("//") }, "one Location line"),
            (Reason::RedirectSchemeNotHttp { scheme: excerpt("ftp") }, "http or https only"),
            (Reason::RedirectLimit { followed: 20 }, "a redirect loop"),
            (Reason::RedirectHasCredentials { location: excerpt("x") }, "take user name and password out"),
            (Reason::RedirectBodyNotReplayable { status: 307 }, "answer with 303"),
            (Reason::KeepaliveQuota { content_length: 1, in_flight: 65_536 }, "without keepalive"),
            (Reason::NetworkFailure { failure: failure() }, "whether the server is there"),
            (Reason::PreflightNetworkFailure { failure: failure() }, "whether the server is there"),
            (Reason::ResponseMalformed { what: "status 1000".into() }, "a status from 100 to 999"),
            (Reason::AuthenticationBodyNotReplayable, "no stream"),
            (Reason::ProxyAuthenticationRequired, "credentials for the proxy"),
            (Reason::Aborted, "somebody ended the fetch"),
            (Reason::SchemeFetchFailure { failure: failure() }, "whether the host fetches the scheme"),
            (Reason::HeaderListTooLarge, "fewer or shorter headers"),
        ]
    }

    #[test]
    fn every_reason_has_a_line_its_facts_and_a_remedy() {
        let reasons = reasons();
        let mut codes: Vec<&str> = reasons.iter().map(|(reason, _)| reason.code()).collect();
        let mut known: Vec<&str> = Reason::CODES.iter().map(|(code, ..)| *code).collect();
        codes.sort_unstable();
        known.sort_unstable();
        assert_eq!(codes, known, "one of each");
        for (reason, words) in &reasons {
            assert!(reason.remedy().contains(words), "{}: {}", reason.code(), reason.remedy());
            let line = reason.to_string();
            assert!(!line.is_empty() && !line.contains('\n'));
            for (label, value) in reason.facts() {
                assert!(value == "(absent)" || line.contains(&value), "{label} {value} of {}: {line}", reason.code());
            }
        }
    }

    #[test]
    fn the_remedy_for_null_is_never_to_allow_null() {
        let wanted = || "null".to_owned();
        let received = || Excerpt::new(b"x");
        for reason in [
            Reason::AllowOriginMissing { wanted: wanted() },
            Reason::AllowOriginMismatch { wanted: wanted(), received: received() },
            Reason::AllowOriginMultiple { wanted: wanted(), received: received(), lines: 2 },
            Reason::AllowOriginWildcardWithCredentials { wanted: wanted() },
        ] {
            assert_eq!(reason.remedy(), NULL_REMEDY, "{}", reason.code());
        }
    }

    #[test]
    fn what_is_absent_and_what_is_cut_off_says_so() {
        let credentials =
            |received: Option<&[u8]>| Reason::AllowCredentialsNotTrue { received: received.map(Excerpt::new) };
        assert_eq!(credentials(None).facts(), [("received", "(absent)".to_owned())]);
        assert_eq!(credentials(Some(b"True")).facts(), [("received", "True".to_owned())]);
        let nosniff =
            |essence: &[u8]| Reason::Nosniff { essence: Excerpt::new(essence), destination: "script" }.to_string();
        assert!(nosniff(b"").ends_with("cannot have no MIME type"), "{}", nosniff(b""));
        assert!(nosniff(b"text/csv").ends_with("cannot have MIME type text/csv"), "{}", nosniff(b"text/csv"));
        assert_eq!(names(&["a", "b"]).to_string(), "a, b");
        assert!(names(&["x"; 65]).to_string().ends_with("x, x, … (65 in all)"));
        assert_eq!(format!("{:?}", Excerpt::new(b"a\x01")), "\"a\\x01\"");
    }
}
