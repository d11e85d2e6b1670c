//! Enumerations whose values are words of the standard.

/// Text that is none of the words of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}; it is one of {words}")]
#[non_exhaustive]
pub struct UnknownWord {
    /// What was given.
    pub text: String,
    /// What was wanted.
    pub what: &'static str,
    /// The words there are.
    pub words: String,
}

/// Defines an enumeration with `as_str`, `Display`, `FromStr` and `ALL`.
macro_rules! words {
    ($(#[$attribute:meta])* $name:ident, $what:literal { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every value, in the standard's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The standard's word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::words::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| {
                    let words: Vec<String> = Self::ALL.iter().map(|value| format!("{:?}", value.as_str())).collect();
                    crate::words::UnknownWord { text: text.to_owned(), what: $what, words: words.join(", ") }
                })
            }
        }
    };
}

words! {
    /// A request's [mode](https://fetch.spec.whatwg.org/#concept-request-mode).
    #[non_exhaustive]
    RequestMode, "request mode" {
        /// Only same-origin URLs.
        SameOrigin = "same-origin",
        /// The CORS protocol for cross-origin URLs.
        Cors = "cors",
        /// An opaque response for cross-origin URLs.
        NoCors = "no-cors",
        /// Navigations.
        Navigate = "navigate",
        /// The handshake of a WebSocket connection.
        WebSocket = "websocket",
        /// The handshake of a WebTransport connection.
        WebTransport = "webtransport",
    }
}

words! {
    /// A request's [credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode).
    #[expect(clippy::exhaustive_enums, reason = "complete for a decade, and a missed case leaks credentials")]
    CredentialsMode, "credentials mode" {
        /// Never.
        Omit = "omit",
        /// To same-origin URLs.
        SameOrigin = "same-origin",
        /// Always.
        Include = "include",
    }
}

words! {
    /// A request's [redirect mode](https://fetch.spec.whatwg.org/#concept-request-redirect-mode).
    #[expect(clippy::exhaustive_enums, reason = "complete, and a missed case follows a redirect")]
    RedirectMode, "redirect mode" {
        /// Follow redirects.
        Follow = "follow",
        /// A redirect is a network error.
        Error = "error",
        /// A redirect is delivered, hidden.
        Manual = "manual",
    }
}

words! {
    /// A request's [response tainting](https://fetch.spec.whatwg.org/#concept-request-response-tainting).
    #[expect(clippy::exhaustive_enums, reason = "complete, and a missed case shows a response")]
    ResponseTainting, "response tainting" {
        /// Same-origin.
        Basic = "basic",
        /// By the CORS protocol.
        Cors = "cors",
        /// Hidden from script.
        Opaque = "opaque",
    }
}

words! {
    /// A response's [type](https://fetch.spec.whatwg.org/#concept-response-type).
    #[expect(clippy::exhaustive_enums, reason = "complete, and a missed case shows a response")]
    ResponseType, "response type" {
        /// Every header but the forbidden ones.
        Basic = "basic",
        /// Headers that are safelisted or exposed.
        Cors = "cors",
        /// Not filtered.
        Default = "default",
        /// A network error.
        Error = "error",
        /// Nothing to see.
        Opaque = "opaque",
        /// Nothing but the URL.
        OpaqueRedirect = "opaqueredirect",
    }
}

words! {
    /// A request's [redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin).
    #[expect(clippy::exhaustive_enums, reason = "the standard has these three")]
    #[derive(PartialOrd, Ord)]
    RedirectTaint, "redirect-taint" {
        /// No URL of another origin redirected elsewhere.
        SameOrigin = "same-origin",
        /// One of another origin did, of the same site.
        SameSite = "same-site",
        /// One of another site did.
        CrossSite = "cross-site",
    }
}

words! {
    /// A request's [cache mode](https://fetch.spec.whatwg.org/#concept-request-cache-mode), for the
    /// HTTP cache. The CORS-preflight cache does not look at it.
    #[expect(clippy::exhaustive_enums, reason = "complete")]
    CacheMode, "cache mode" {
        /// As HTTP says.
        Default = "default",
        /// As if there were no cache.
        NoStore = "no-store",
        /// Past the cache, but stored.
        Reload = "reload",
        /// Always revalidated.
        NoCache = "no-cache",
        /// However stale.
        ForceCache = "force-cache",
        /// However stale, or a network error.
        OnlyIfCached = "only-if-cached",
    }
}

words! {
    /// A request's [initiator](https://fetch.spec.whatwg.org/#concept-request-initiator).
    #[non_exhaustive]
    Initiator, "initiator" {
        /// None.
        Empty = "",
        /// A download.
        Download = "download",
        /// `srcset` or `picture`.
        ImageSet = "imageset",
        /// A manifest.
        Manifest = "manifest",
        /// `rel=prefetch`.
        Prefetch = "prefetch",
        /// `rel=prerender`.
        Prerender = "prerender",
        /// An XSLT style sheet.
        Xslt = "xslt",
    }
}

words! {
    /// A [destination type](https://fetch.spec.whatwg.org/#destination-type).
    #[non_exhaustive]
    Destination, "destination" {
        /// `fetch()`, XHR, EventSource and the like.
        Empty = "",
        /// `<audio>`.
        Audio = "audio",
        /// `audioWorklet.addModule()`.
        AudioWorklet = "audioworklet",
        /// A top-level navigation.
        Document = "document",
        /// `<embed>`.
        Embed = "embed",
        /// `@font-face`.
        Font = "font",
        /// `<frame>`.
        Frame = "frame",
        /// `<iframe>`.
        Iframe = "iframe",
        /// Images.
        Image = "image",
        /// A JSON module.
        Json = "json",
        /// A manifest.
        Manifest = "manifest",
        /// `<object>`.
        Object = "object",
        /// `paintWorklet.addModule()`.
        PaintWorklet = "paintworklet",
        /// CSP and NEL reports.
        Report = "report",
        /// Scripts.
        Script = "script",
        /// The registration of a service worker.
        ServiceWorker = "serviceworker",
        /// A shared worker.
        SharedWorker = "sharedworker",
        /// Style sheets.
        Style = "style",
        /// A text module.
        Text = "text",
        /// `<track>`.
        Track = "track",
        /// `<video>`.
        Video = "video",
        /// Federated credential management.
        WebIdentity = "webidentity",
        /// A worker.
        Worker = "worker",
        /// An XSLT style sheet.
        Xslt = "xslt",
    }
}

impl Destination {
    /// [Script-like](https://fetch.spec.whatwg.org/#request-destination-script-like).
    pub const fn is_script_like(self) -> bool {
        matches!(
            self,
            Self::AudioWorklet
                | Self::PaintWorklet
                | Self::Script
                | Self::ServiceWorker
                | Self::SharedWorker
                | Self::Worker
        )
    }

    /// Whether a request with this destination is a
    /// [navigation request](https://fetch.spec.whatwg.org/#navigation-request).
    pub const fn is_navigation(self) -> bool {
        matches!(self, Self::Document | Self::Embed | Self::Frame | Self::Iframe | Self::Object)
    }
}

words! {
    /// A [referrer policy](https://w3c.github.io/webappsec-referrer-policy/#referrer-policy).
    #[non_exhaustive]
    ReferrerPolicy, "referrer policy" {
        /// None chosen: that of the policy container counts.
        Empty = "",
        /// No referrer.
        NoReferrer = "no-referrer",
        /// The full URL, but not from a trustworthy one to another.
        NoReferrerWhenDowngrade = "no-referrer-when-downgrade",
        /// The full URL, to the same origin only.
        SameOrigin = "same-origin",
        /// The origin.
        Origin = "origin",
        /// The origin, but not on a downgrade.
        StrictOrigin = "strict-origin",
        /// The full URL to the same origin, the origin to others.
        OriginWhenCrossOrigin = "origin-when-cross-origin",
        /// The same, and nothing on a downgrade. The default.
        StrictOriginWhenCrossOrigin = "strict-origin-when-cross-origin",
        /// The full URL, always.
        UnsafeUrl = "unsafe-url",
    }
}

words! {
    /// An [embedder policy value](https://html.spec.whatwg.org/multipage/browsers.html#embedder-policy-value).
    #[expect(clippy::exhaustive_enums, reason = "complete, and a missed case lets a resource in")]
    EmbedderPolicy, "embedder policy value" {
        /// Nothing is asked of resources.
        UnsafeNone = "unsafe-none",
        /// Resources must opt in.
        RequireCorp = "require-corp",
        /// Without opting in they get no credentials.
        Credentialless = "credentialless",
    }
}

words! {
    /// A request's [service-workers mode](https://fetch.spec.whatwg.org/#request-service-workers-mode).
    #[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
    ServiceWorkersMode, "service-workers mode" {
        /// Service workers see the fetch.
        All = "all",
        /// None does.
        None = "none",
    }
}

words! {
    /// The [same-site mode](https://fetch.spec.whatwg.org/#determine-the-same-site-mode) by which a
    /// cookie store picks cookies.
    #[expect(clippy::exhaustive_enums, reason = "complete, and a missed case sends cookies")]
    SameSiteMode, "same-site mode" {
        /// Every cookie.
        StrictOrLess = "strict-or-less",
        /// Cookies that are `Lax` or less.
        LaxOrLess = "lax-or-less",
        /// Cookies that are unset or `None`.
        UnsetOrLess = "unset-or-less",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_others_are_refused_with_the_list() {
        for mode in RequestMode::ALL {
            assert_eq!(mode.as_str().parse::<RequestMode>().as_ref(), Ok(mode));
        }
        let error = "CORS".parse::<RequestMode>().expect_err("case matters").to_string();
        assert!(error.contains("\"CORS\" is no request mode") && error.contains("\"no-cors\""), "{error}");
    }

    #[test]
    fn destinations_fall_into_the_standards_groups() {
        let count = |test: fn(Destination) -> bool| Destination::ALL.iter().filter(|d| test(**d)).count();
        assert_eq!(count(Destination::is_script_like), 6);
        assert_eq!(count(Destination::is_navigation), 5);
    }
}
