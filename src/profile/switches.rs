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
        [Stored, NotStored, NotStored, NotStored, Stored]
    {
        /// Stored, as the text has it.
        Stored = "stored",
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
        [Refused, Refused, Allowed, Allowed, Allowed]
    {
        /// It must be named, as the standard has it.
        Refused = "refused",
        /// It is covered, as in all three engines
        /// ([whatwg/fetch#1919](https://github.com/whatwg/fetch/issues/1919)). A stored `*` still does not
        /// cover it, so that each such request is preflighted.
        Allowed = "allowed",
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
    safelisted_total, with_safelisted_total: SafelistedTotal = [Limited, Limited, Limited, Unlimited, Unlimited] {
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

    /// Which bytes a safelisted `Content-Type` may hold.
    content_type_bytes, with_content_type_bytes: ContentTypeBytes =
        [NotUnsafe, NotUnsafe, NotUnsafe, Ascii, NotUnsafe]
    {
        /// Any that is not a CORS-unsafe request-header byte.
        NotUnsafe = "not-unsafe",
        /// Of these, the ASCII ones.
        Ascii = "ascii",
    }

    /// Whether a `User-Agent` of the page's own needs a preflight.
    user_agent_header, with_user_agent_header: UserAgentHeader = [Unsafe, Unsafe, Exempt, Unsafe, Unsafe] {
        /// As any other name.
        Unsafe = "unsafe",
        /// It needs none, and no preflight lists it.
        Exempt = "exempt",
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
