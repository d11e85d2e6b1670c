//! The switches that have named values, each with its value in every profile.

/// Defines the switches: for each a field of [`Profile`](super::Profile), a method to set it, and an enum
/// of its values with their words. The list behind `=` has the values of `letter`, `standard`,
/// `chromium`, `gecko` and `webkit`.
macro_rules! switches {
    ($(
        $(#[$about:meta])*
        $field:ident, $with:ident: $type:ident =
            [$letter:ident, $standard:ident, $chromium:ident, $gecko:ident, $webkit:ident]
        {
            $($(#[$what:meta])* $value:ident = $word:literal,)+
        }
    )+) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            #[non_exhaustive]
            pub enum $type {
                $($(#[$what])* $value,)+
            }

            impl $type {
                /// All values.
                pub const ALL: &[Self] = &[$(Self::$value,)+];

                /// The value's word.
                pub const fn as_str(self) -> &'static str {
                    match self {
                        $(Self::$value => $word,)+
                    }
                }
            }
        )+

        /// The switches with named values.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct Switches {
            $(pub(crate) $field: $type,)+
        }

        impl Switches {
            pub(super) const LETTER: Self = Self { $($field: $type::$letter,)+ };
            pub(crate) const STANDARD: Self = Self { $($field: $type::$standard,)+ };
            pub(crate) const CHROMIUM: Self = Self { $($field: $type::$chromium,)+ };
            pub(super) const GECKO: Self = Self { $($field: $type::$gecko,)+ };
            pub(super) const WEBKIT: Self = Self { $($field: $type::$webkit,)+ };

            /// Names and words of all.
            pub(super) const ALL: &'static [super::Switch] = &[
                $(super::Switch { name: stringify!($field), words: &[$($word,)+] },)+
            ];

            /// The word that a switch has.
            pub(super) fn word(&self, name: &str) -> Option<&'static str> {
                match name {
                    $(stringify!($field) => Some(self.$field.as_str()),)+
                    _ => None,
                }
            }

            /// Gives a switch the value of a word.
            pub(super) fn set(&mut self, name: &str, word: &str) -> Option<()> {
                match name {
                    $(stringify!($field) => {
                        self.$field = *$type::ALL.iter().find(|value| value.as_str() == word)?;
                    })+
                    _ => return None,
                }
                Some(())
            }
        }

        impl super::Profile {
            $(
                $(#[$about])*
                #[must_use]
                pub const fn $with(mut self, choice: $type) -> Self {
                    self.switches.$field = choice;
                    self
                }
            )+
        }
    };
}

switches! {
    /// Whether `*` in the answer to a preflight for a credentialed request is stored. There it is a plain
    /// name, but a stored `*` matches any method later.
    wildcard_of_credentialed_preflight, with_wildcard_of_credentialed_preflight: WildcardOfCredentialedPreflight =
        [Stored, NotStored, StoredAsName, NotStored, Stored]
    {
        /// Stored, as the text has it.
        Stored = "stored",
        /// Stored, as the plain name that it is.
        StoredAsName = "stored-as-name",
        /// Not stored.
        NotStored = "not-stored",
    }

    /// By what the CORS-preflight cache tells origins apart.
    cache_origin_key, with_cache_origin_key: CacheOriginKey =
        [Serialization, Identity, Identity, Identity, Identity]
    {
        /// By their serialization, as the text has it: opaque and redirect-tainted ones share `null`.
        Serialization = "serialization",
        /// By their identity, and whether the request is redirect-tainted.
        Identity = "identity",
    }

    /// When an embedder policy of `credentialless` lets credentials go along with a same-origin URL.
    embedder_policy_credentials, with_embedder_policy_credentials: EmbedderPolicyCredentials =
        [IfTainted, IfUntainted, IfUntainted, IfUntainted, IfUntainted]
    {
        /// If redirect-taint is not same-origin, as the text has it by a slip.
        IfTainted = "if-tainted",
        /// If redirect-taint is same-origin.
        IfUntainted = "if-untainted",
    }

    /// Whether `*` in `Access-Control-Allow-Headers` covers `Authorization`.
    authorization_under_wildcard, with_authorization_under_wildcard: AuthorizationUnderWildcard =
        [Refused, Refused, Allowed, Allowed, AllowedAndStored]
    {
        /// It must be named, as the standard has it.
        Refused = "refused",
        /// It is covered, as in all three engines
        /// ([whatwg/fetch#1919](https://github.com/whatwg/fetch/issues/1919)). A stored `*` still does not
        /// cover it, so that each such request is preflighted.
        Allowed = "allowed",
        /// It is covered, and by a stored `*` too, as in WebKit.
        AllowedAndStored = "allowed-and-stored",
    }

    /// For which requests a stored `*` is a wildcard at look-up.
    stored_wildcard, with_stored_wildcard: StoredWildcard =
        [AnyRequest, AnyRequest, AnyRequest, Nothing, UncredentialedRequests]
    {
        /// For any that its entry serves, as the text has it, and Chromium.
        AnyRequest = "any-request",
        /// For those without credentials mode include, as in WebKit.
        UncredentialedRequests = "uncredentialed-requests",
        /// For none: it is a plain name, as in Gecko, so that each such request is preflighted.
        Nothing = "nothing",
    }

    /// What becomes of an earlier grant for the same partition, origin and URL.
    cache_records, with_cache_records: CacheRecords = [Merged, Merged, Replaced, Merged, Replaced] {
        /// Grants add up, each entry with a time of its own, as the text has it, and Gecko.
        Merged = "merged",
        /// An answer is one record, which replaces the one before it as a whole, as in Chromium and WebKit. A
        /// look-up drops a record that is over or does not grant what is asked.
        Replaced = "replaced",
    }

    /// Which requests the entries of a preflight with credentials mode include serve.
    cache_credentials, with_cache_credentials: CacheCredentials =
        [CredentialedServeBoth, CredentialedServeBoth, CredentialedServeBoth, Apart, CredentialedServeBoth]
    {
        /// Those of any credentials mode, as the text has it, and Chromium and WebKit.
        CredentialedServeBoth = "credentialed-serve-both",
        /// Those with credentials mode include alone, as in Gecko.
        Apart = "apart",
    }

    /// What an `Access-Control-Max-Age` means that is not one number of digits. An empty one is five seconds.
    malformed_max_age, with_malformed_max_age: MalformedMaxAge =
        [FiveSeconds, FiveSeconds, SignedNumber, NotStored, SignedNumber]
    {
        /// Five seconds, as the text has it.
        FiveSeconds = "five-seconds",
        /// The value is read as a signed number of 64 bits, as in Chromium and WebKit: a plus sign is skipped, less
        /// than 0 is 0, and all else, also a number that is too large, is five seconds.
        SignedNumber = "signed-number",
        /// The answer is not stored, and what is stored stays, as in Gecko.
        NotStored = "not-stored",
    }

    /// What an `Access-Control-Max-Age` of 0 does to what is stored.
    zero_max_age, with_zero_max_age: ZeroMaxAge = [Stored, Stored, Stored, Ignored, Stored] {
        /// It is the new max-age of what the answer names, which ends it, as the text has it.
        Stored = "stored",
        /// The answer is not stored, and what is stored stays, as in Gecko.
        Ignored = "ignored",
    }

    /// Which methods need an entry of their own at look-up. Where the use-CORS-preflight flag does not count, an
    /// answer that names nothing is stored as if it named `GET`, for which nothing is looked up.
    cache_methods, with_cache_methods: CacheMethods =
        [UnsafeOrForced, UnsafeOrForced, Unsafe, AllButGetAndPost, Unsafe]
    {
        /// Those that are not safelisted, and all if the use-CORS-preflight flag is set, as the text has it.
        UnsafeOrForced = "unsafe-or-forced",
        /// Those that are not safelisted, as in Chromium and WebKit. The others need any living entry.
        Unsafe = "unsafe",
        /// All but `GET` and `POST`, as in Gecko. These need any living entry.
        AllButGetAndPost = "all-but-get-and-post",
    }

    /// Upon which network errors the entries for the request's partition, origin and URL are cleared.
    cache_clearing, with_cache_clearing: CacheClearing =
        [PreflightedFetch, PreflightedFetch, Never, AnyCrossOriginFetch, Never]
    {
        /// Those of a fetch that needs a preflight, sent or not, as the text has it.
        PreflightedFetch = "preflighted-fetch",
        /// None, as in Chromium and WebKit.
        Never = "never",
        /// Those of any cross-origin fetch with mode `cors`, but not for its redirect mode, as in Gecko.
        AnyCrossOriginFetch = "any-cross-origin-fetch",
    }

    /// When the answer to a preflight is stored.
    preflight_storing, with_preflight_storing: PreflightStoring =
        [AfterJudging, AfterJudging, AfterJudging, AfterJudging, BeforeJudging]
    {
        /// When it grants the request, as the text has it, and Chromium and Gecko.
        AfterJudging = "after-judging",
        /// When its lists parse, before the method and the header names are judged, as in WebKit: what it grants
        /// serves a later request.
        BeforeJudging = "before-judging",
    }

    /// What of the answer to a preflight is tested first, and so names the reason if several tests would fail. The
    /// text has the CORS check and the status in one step.
    preflight_response_order, with_preflight_response_order: PreflightResponseOrder =
        [RedirectFirst, RedirectFirst, RedirectFirst, CorsCheckFirst, StatusFirst]
    {
        /// Whether it is a redirect; then the CORS check, then the status, as in Chromium.
        RedirectFirst = "redirect-first",
        /// The CORS check; then whether it is a redirect, then the status, as in Gecko.
        CorsCheckFirst = "cors-check-first",
        /// The status, that of a redirect included; then the CORS check, as in WebKit.
        StatusFirst = "status-first",
    }

    /// When the lists of the answer to a preflight are read.
    preflight_list_order, with_preflight_list_order: PreflightListOrder =
        [ListsFirst, ListsFirst, ListsFirst, MethodFirst, ListsFirst]
    {
        /// Both before anything is judged, as the text has it, and Chromium and WebKit.
        ListsFirst = "lists-first",
        /// The header names once the method is judged, as in Gecko.
        MethodFirst = "method-first",
    }

    /// What an answer without `Access-Control-Allow-Methods` grants if the use-CORS-preflight flag is set.
    absent_allow_methods, with_absent_allow_methods: AbsentAllowMethods =
        [RequestMethod, RequestMethod, Nothing, Nothing, Nothing]
    {
        /// The method of the request, as the text has it.
        RequestMethod = "request-method",
        /// No method, as without the flag, and as in all three engines.
        Nothing = "nothing",
    }

    /// Whether the CORS-preflight cache keeps anything for an origin that is opaque, or `null` by a redirect.
    cache_null_origins, with_cache_null_origins: CacheNullOrigins =
        [Kept, Kept, NotKept, Kept, OpaqueKept]
    {
        /// It does, as for any other.
        Kept = "kept",
        /// For an opaque one alone, as in WebKit, where each redirect makes another opaque origin.
        OpaqueKept = "opaque-kept",
        /// It does not, as in Chromium: each such request is preflighted.
        NotKept = "not-kept",
    }

    /// Which cache modes of a request go past the CORS-preflight cache too, so that it is preflighted. The answer is
    /// stored all the same.
    cache_bypass, with_cache_bypass: CacheBypass = [Never, Never, NoStoreReloadAndNoCache, NoStoreAndReload, Never] {
        /// None, as the text has it, and WebKit.
        Never = "never",
        /// `no-store` and `reload`, and `default` with a conditional header, as in Gecko.
        NoStoreAndReload = "no-store-and-reload",
        /// These and `no-cache`, as in Chromium, which does not store the answer for `no-store`.
        NoStoreReloadAndNoCache = "no-store-reload-and-no-cache",
    }

    /// Whether client hints may be sent without a preflight: `DPR`, `Width`, `Viewport-Width`,
    /// `Device-Memory`, `Downlink`, `ECT`, `RTT`, `Save-Data` and `Intervention`, with fitting values.
    client_hints, with_client_hints: ClientHints = [Unsafe, Unsafe, Safelisted, Unsafe, Unsafe] {
        /// They need one, as any other name.
        Unsafe = "unsafe",
        /// They are safelisted.
        Safelisted = "safelisted",
    }

    /// Whether the values of all safelisted headers together may have 1,024 bytes at most.
    safelisted_total, with_safelisted_total: SafelistedTotal = [Limited, Limited, Limited, Unlimited, Limited] {
        /// Beyond that, each of them is unsafe.
        Limited = "limited",
        /// They may be as long as they like together.
        Unlimited = "unlimited",
    }

    /// What a safelist looks at if a request header has several lines.
    repeated_request_headers, with_repeated_request_headers: RepeatedRequestHeaders =
        [Separate, Separate, Joined, Separate, Joined]
    {
        /// Each line by itself.
        Separate = "separate",
        /// The value that they have together, joined by a comma and a space.
        Joined = "joined",
    }

    /// Which origin a preflight behind a redirect names, is checked for and stored for.
    preflight_origin, with_preflight_origin: PreflightOrigin = [Serialized, Serialized, Serialized, Own, Serialized] {
        /// That of the request: `null` after a redirect from another origin.
        Serialized = "serialized",
        /// The page's own, also after such a redirect.
        Own = "own",
    }

    /// How often `Access-Control-Request-Headers` lists a name that several lines have.
    repeated_preflight_names, with_repeated_preflight_names: RepeatedPreflightNames =
        [Once, Once, Once, Repeated, Once]
    {
        /// Once.
        Once = "once",
        /// For each line.
        Repeated = "repeated",
    }

    /// The cache mode by which a preflight has `Cache-Control` and `Pragma`.
    preflight_cache_mode, with_preflight_cache_mode: PreflightCacheMode =
        [Default, Default, OfRequest, OfRequest, Default]
    {
        /// None, so that there are no such lines.
        Default = "default",
        /// The request's.
        OfRequest = "of-request",
    }

    /// Whether a preflight has `Accept-Language`.
    preflight_accept_language, with_preflight_accept_language: PreflightAcceptLanguage =
        [Absent, Absent, Present, Present, Present]
    {
        /// It does not.
        Absent = "absent",
        /// It has the user agent's.
        Present = "present",
    }

    /// What a cache mode of `default` becomes upon conditional headers of the page's own.
    conditional_requests, with_conditional_requests: ConditionalRequests =
        [NoStore, NoStore, NoCache, NoStore, NoStore]
    {
        /// `no-store`.
        NoStore = "no-store",
        /// `no-cache`.
        NoCache = "no-cache",
    }

    /// How much of the origin a POST and the like that is not CORS sends to another origin.
    no_cors_origin, with_no_cors_origin: NoCorsOrigin =
        [ByReferrerPolicy, ByReferrerPolicy, Always, ByReferrer, ByReferrer]
    {
        /// `null`, where the referrer policy asks for it.
        ByReferrerPolicy = "by-referrer-policy",
        /// `null` where the referrer policy asks for it, or the request is to have no referrer.
        ByReferrer = "by-referrer",
        /// All of it.
        Always = "always",
    }

    /// Whether a CORS request that has a destination, as those of elements have, sends `Origin` to the page's own
    /// origin.
    element_origin, with_element_origin: ElementOrigin = [Absent, Absent, Present, Absent, PresentButForWorklets] {
        /// It does not.
        Absent = "absent",
        /// It does.
        Present = "present",
        /// It does, but for modules of worklets.
        PresentButForWorklets = "present-but-for-worklets",
    }

    /// Whether a redirect of a request that is not CORS changes its `Origin`.
    redirected_origin, with_redirected_origin: RedirectedOrigin =
        [EachHop, EachHop, NullAcrossOrigins, EachHop, KeptWithinOrigin]
    {
        /// Each hop has its own.
        EachHop = "each-hop",
        /// It is `null` behind a redirect to another origin, from the page's own too.
        NullAcrossOrigins = "null-across-origins",
        /// It stays as the last hop had it, unless the redirect led to another origin.
        KeptWithinOrigin = "kept-within-origin",
    }

    /// How much of the referrer another site gets. Sites are told apart without their schemes.
    cross_site_referrer, with_cross_site_referrer: CrossSiteReferrer =
        [ByPolicy, ByPolicy, ByPolicy, OriginAtMostApart, OriginAtMost]
    {
        /// What the referrer policy says.
        ByPolicy = "by-policy",
        /// The origin at most; later hops get what the policy left.
        OriginAtMost = "origin-at-most",
        /// The origin at most; later hops get as much as if that hop had not been.
        OriginAtMostApart = "origin-at-most-apart",
    }

    /// Whether there is an embedder policy of `credentialless`.
    credentialless_policy, with_credentialless_policy: CredentiallessPolicy = [Known, Known, Known, Known, Unknown] {
        /// There is.
        Known = "known",
        /// There is not, so that a page with it has none.
        Unknown = "unknown",
    }

    /// Whether a request in mode no-cors gets credentials, with credentials mode same-origin.
    no_cors_credentials, with_no_cors_credentials: NoCorsCredentials = [EachHop, EachHop, EachHop, EachHop, FirstHop] {
        /// At the hops that are of the page's own origin.
        EachHop = "each-hop",
        /// At all hops, if the first one is.
        FirstHop = "first-hop",
    }

    /// Which credentials mode a redirect in mode cors is checked for.
    redirect_check_credentials, with_redirect_check_credentials: RedirectCheckCredentials =
        [Mode, Mode, Mode, Mode, FirstHop]
    {
        /// The request's.
        Mode = "mode",
        /// Include, if the first hop got credentials.
        FirstHop = "first-hop",
    }

    /// Whether an empty header line of a response counts beside others where CORS reads it. Several lines whose name is
    /// `Access-Control-Allow-Origin` in this very case fail in any case.
    empty_response_lines, with_empty_response_lines: EmptyResponseLines = [Kept, Kept, Kept, Dropped, Kept] {
        /// It does.
        Kept = "kept",
        /// It does not.
        Dropped = "dropped",
    }

    /// What an `Access-Control-Expose-Headers` that does not parse exposes.
    unparsable_expose_headers, with_unparsable_expose_headers: UnparsableExposeHeaders =
        [Nothing, Nothing, Nothing, EarlierWildcard, Nothing]
    {
        /// Nothing.
        Nothing = "nothing",
        /// Everything, if there is a `*` before the item that is no token.
        EarlierWildcard = "earlier-wildcard",
    }

    /// Where a redirect's empty `Location` leads.
    empty_location, with_empty_location: EmptyLocation = [SameUrl, SameUrl, Nowhere, SameUrl, NetworkError] {
        /// To the URL that it came from, which an empty relative URL means.
        SameUrl = "same-url",
        /// Nowhere, as if the line were not there.
        Nowhere = "nowhere",
        /// It is a network error where it would be followed, and elsewhere as if the line were not there.
        NetworkError = "network-error",
    }

    /// Which `Location` counts if there are several.
    repeated_location, with_repeated_location: RepeatedLocation = [None, None, EqualOnes, EqualOnes, Joined] {
        /// None: a network error.
        None = "none",
        /// That of all, if they are equal; otherwise any response is a network error.
        EqualOnes = "equal-ones",
        /// All, joined by a comma and a space.
        Joined = "joined",
    }

    /// What a redirect status without `Location` is.
    redirect_without_location, with_redirect_without_location: RedirectWithoutLocation =
        [Redirect, Redirect, Response, Redirect, Response]
    {
        /// A redirect, which redirect mode `error` refuses.
        Redirect = "redirect",
        /// A response in redirect mode `error` too.
        Response = "response",
    }

    /// Whether a redirect may lead to a URL with user name or password.
    userinfo_redirects, with_userinfo_redirects: UserinfoRedirects =
        [ByOrigin, ByOrigin, Refused, ByOrigin, ByOrigin]
    {
        /// Unless CORS is at work, and another origin.
        ByOrigin = "by-origin",
        /// Not for anything but navigations.
        Refused = "refused",
    }

    /// Which bytes a safelisted `Accept` or `Content-Type` may hold.
    safelisted_bytes, with_safelisted_bytes: SafelistedBytes = [NotUnsafe, NotUnsafe, NotUnsafe, Ascii, NotUnsafe] {
        /// Any that is not a CORS-unsafe request-header byte.
        NotUnsafe = "not-unsafe",
        /// Of these, the ASCII ones.
        Ascii = "ascii",
    }

    /// Which `Content-Type` is a MIME type for the safelist.
    content_type_syntax, with_content_type_syntax: ContentTypeSyntax = [Text, Text, Text, Strict, Text] {
        /// What parses as one.
        Text = "text",
        /// Of these, those without a comma, and without a `;` at the end behind another one.
        Strict = "strict",
    }

    /// Which `Range` is safelisted.
    range_syntax, with_range_syntax: RangeSyntax = [Text, Text, Below63Bits, SixtyThreeBits, Lenient] {
        /// A single range with a start; numbers of any length.
        Text = "text",
        /// Of these, those whose numbers are below 2⁶³ − 1.
        Below63Bits = "below-63-bits",
        /// Of these, those whose numbers are at most 2⁶³ − 1.
        SixtyThreeBits = "63-bits",
        /// As that, but the unit may be in any case, and a number may have form feeds and the like and a plus sign
        /// before it.
        Lenient = "lenient",
    }

    /// Whether a `User-Agent` of the page's own counts.
    author_user_agent, with_author_user_agent: AuthorUserAgent = [Sent, Sent, Replaced, Sent, Sent] {
        /// It needs a preflight and is sent.
        Sent = "sent",
        /// The user agent's own is sent instead, and needs no preflight.
        Replaced = "replaced",
    }

    /// For which requests a listener for uploads asks for a preflight.
    upload_listener, with_upload_listener: UploadListener = [AnyRequest, AnyRequest, Uploads, AnyRequest, AnyRequest] {
        /// For all, by the use-CORS-preflight flag.
        AnyRequest = "any-request",
        /// For those that upload: not if the method is GET or HEAD at first.
        Uploads = "uploads",
    }

    /// What decides on a preflight behind a redirect.
    redirected_preflight, with_redirected_preflight: RedirectedPreflight =
        [Sent, Sent, Sent, FirstRequest, FirstRequestAndNames]
    {
        /// Method and headers that the redirect left.
        Sent = "sent",
        /// The headers of the first request too, although the preflight lists those that are left; and behind a
        /// preflight each hop has one.
        FirstRequest = "first-request",
        /// The same, and the preflight and the cache are asked for the names of the first request.
        FirstRequestAndNames = "first-request-and-names",
    }

    /// Which URLs the `Sec-Fetch-Site` of a preflight is about.
    preflight_site, with_preflight_site: PreflightSite = [AllUrls, AllUrls, LastUrl, LastUrl, LastUrlOrTainted] {
        /// All of the request.
        AllUrls = "all-urls",
        /// The one that it is sent to.
        LastUrl = "last-url",
        /// The same, but it is `cross-site` if the request is redirect-tainted.
        LastUrlOrTainted = "last-url-or-tainted",
    }

    /// Whose referrer a preflight has.
    preflight_referrer, with_preflight_referrer: PreflightReferrer = [LastHop, LastHop, LastHop, LastHop, FirstHop] {
        /// That of the hop that it is for.
        LastHop = "last-hop",
        /// That of the first hop.
        FirstHop = "first-hop",
    }

    /// Which headers of its own a request has behind a redirect.
    redirected_headers, with_redirected_headers: RedirectedHeaders =
        [OfLastHop, OfLastHop, OfLastHop, OfFirstRequest, OfFirstRequestChecked]
    {
        /// Those that earlier redirects left.
        OfLastHop = "of-last-hop",
        /// Those of the first request, but for what this redirect would take out of it: what earlier ones took out
        /// comes back.
        OfFirstRequest = "of-first-request",
        /// The same, but not while only the page's own origin is asked, and without `Authorization` once that was
        /// taken out; unless in mode cors, only by 307 and 308, once two origins were asked.
        OfFirstRequestChecked = "of-first-request-checked",
    }

    /// When a redirect is refused for userinfo behind the page's own origin, or for credentials that the first hop had.
    refused_redirects, with_refused_redirects: RefusedRedirects = [Refused, Refused, Refused, Refused, Preflighted] {
        /// At once.
        Refused = "refused",
        /// When the preflight for its URL, if it needs one, has passed.
        Preflighted = "preflighted",
    }

    /// Which URLs are to be potentially trustworthy for a preflight to have `Sec-Fetch-*`.
    preflight_metadata, with_preflight_metadata: PreflightMetadata =
        [LastUrl, LastUrl, LastUrl, LastUrl, FirstAndLastUrl]
    {
        /// The one that it is sent to.
        LastUrl = "last-url",
        /// The first one of the request too.
        FirstAndLastUrl = "first-and-last-url",
    }

    /// Whether a preflight to a URL that is not potentially trustworthy has `Sec-Fetch-Mode`.
    untrustworthy_preflight_mode, with_untrustworthy_preflight_mode: UntrustworthyPreflightMode =
        [Absent, Absent, Present, Absent, Absent]
    {
        /// It has not.
        Absent = "absent",
        /// It has.
        Present = "present",
    }

    /// Whether a request in mode cors has `Sec-Fetch-*` behind a redirect to another origin.
    redirected_metadata, with_redirected_metadata: RedirectedMetadata = [Present, Present, Present, Present, Absent] {
        /// It has.
        Present = "present",
        /// It has not.
        Absent = "absent",
    }

    /// Which statuses are redirects.
    redirect_statuses, with_redirect_statuses: RedirectStatuses = [Five, Five, Five, Five, Any3xx] {
        /// 301, 302, 303, 307 and 308.
        Five = "five",
        /// All from 301 to 399 but 304, 305 and 306.
        Any3xx = "any-3xx",
    }

    /// Whether a redirect to a URL of another origin than the page's takes client hints out.
    redirected_client_hints, with_redirected_client_hints: RedirectedClientHints = [Kept, Kept, Removed, Kept, Kept] {
        /// It does not.
        Kept = "kept",
        /// It does, but for `Save-Data` and `Intervention`.
        Removed = "removed",
    }

    /// Whether a redirect to another origin makes DELETE a GET.
    redirected_delete, with_redirected_delete: RedirectedDelete = [Kept, Kept, Kept, Kept, Get] {
        /// Only a 303 does.
        Kept = "kept",
        /// Any does.
        Get = "get",
    }

    /// In which order a redirect is judged.
    redirect_check_order, with_redirect_check_order: RedirectCheckOrder =
        [ModeFirst, ModeFirst, ModeLast, ModeFirst, ModeFirst]
    {
        /// CORS check, redirect mode, location, scheme, count, user name and password, body.
        ModeFirst = "mode-first",
        /// Count, location, CORS check, scheme, user name and password, body, redirect mode.
        ModeLast = "mode-last",
    }

    /// Which origin `Timing-Allow-Origin` has to name.
    timing_allow_origin, with_timing_allow_origin: TimingAllowOrigin =
        [Serialized, Serialized, Serialized, Serialized, Own]
    {
        /// The serialized request origin: `null` after a redirect from another origin.
        Serialized = "serialized",
        /// The page's own.
        Own = "own",
    }

    /// How the same-site mode for cookies is determined.
    same_site_mode, with_same_site_mode: SameSiteModeRule =
        [Text, SiteForCookies, SiteForCookies, SiteForCookies, SiteForCookies]
    {
        /// By the text, which compares neither the request's origin nor its client's with the URL.
        Text = "text",
        /// By whether any URL of the request is cross-site with its origin, as cookies and engines have it.
        SiteForCookies = "site-for-cookies",
    }
}
