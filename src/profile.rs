//! Profiles: one record of switches, by which the algorithms ask how a corner is turned.

/// Where the text of the standard leaves a corner open, or slips, and what is done there.
///
/// The algorithms ask the record; nothing asks which profile it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: &'static str,
    pub(crate) wildcard_of_credentialed_preflight: WildcardOfCredentialedPreflight,
    pub(crate) cache_origin_key: CacheOriginKey,
    pub(crate) max_age_limit: Option<u32>,
    pub(crate) embedder_policy_credentials: EmbedderPolicyCredentials,
    pub(crate) authorization_under_wildcard: AuthorizationUnderWildcard,
    pub(crate) same_site_mode: SameSiteModeRule,
}

/// Whether `*` in the answer to a preflight for a credentialed request is stored. There it is a plain
/// name, but a stored `*` matches any method later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WildcardOfCredentialedPreflight {
    /// Stored, as the text has it.
    Stored,
    /// Not stored.
    NotStored,
}

/// By what the CORS-preflight cache tells origins apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheOriginKey {
    /// By their serialization, as the text has it: opaque and redirect-tainted ones share `null`.
    Serialization,
    /// By their identity, and whether the request is redirect-tainted.
    Identity,
}

/// When an embedder policy of `credentialless` lets credentials go along with a same-origin URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbedderPolicyCredentials {
    /// If redirect-taint is not same-origin, as the text has it by a slip.
    IfTainted,
    /// If redirect-taint is same-origin.
    IfUntainted,
}

/// Whether `*` in `Access-Control-Allow-Headers` covers `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorizationUnderWildcard {
    /// It must be named, as the standard has it.
    Refused,
    /// It is covered, as in all three engines
    /// ([whatwg/fetch#1919](https://github.com/whatwg/fetch/issues/1919)). A stored `*` still does not
    /// cover it, so that each such request is preflighted.
    Allowed,
}

/// How the same-site mode for cookies is determined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SameSiteModeRule {
    /// By the text, which compares neither the request's origin nor its client's with the URL.
    Text,
    /// By whether any URL of the request is cross-site with its origin, as cookies and engines have it.
    SiteForCookies,
}

impl Profile {
    /// The text to the letter, its slips included.
    pub const fn letter() -> Self {
        Self {
            name: "letter",
            wildcard_of_credentialed_preflight: WildcardOfCredentialedPreflight::Stored,
            cache_origin_key: CacheOriginKey::Serialization,
            max_age_limit: None,
            embedder_policy_credentials: EmbedderPolicyCredentials::IfTainted,
            authorization_under_wildcard: AuthorizationUnderWildcard::Refused,
            same_site_mode: SameSiteModeRule::Text,
        }
    }

    /// The text as it is meant, and the safe choice where it leaves one. The default.
    pub const fn standard() -> Self {
        Self {
            name: "standard",
            wildcard_of_credentialed_preflight: WildcardOfCredentialedPreflight::NotStored,
            cache_origin_key: CacheOriginKey::Identity,
            max_age_limit: Some(7200),
            embedder_policy_credentials: EmbedderPolicyCredentials::IfUntainted,
            authorization_under_wildcard: AuthorizationUnderWildcard::Refused,
            same_site_mode: SameSiteModeRule::SiteForCookies,
        }
    }

    /// The profile's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The imposed limit on max-age in seconds, or none.
    #[must_use]
    pub const fn with_max_age_limit(mut self, seconds: Option<u32>) -> Self {
        self.max_age_limit = seconds;
        self
    }

    /// Whether `*` covers `Authorization`.
    #[must_use]
    pub const fn with_authorization_under_wildcard(mut self, choice: AuthorizationUnderWildcard) -> Self {
        self.authorization_under_wildcard = choice;
        self
    }

    /// Whether `*` of a credentialed preflight is stored.
    #[must_use]
    pub const fn with_wildcard_of_credentialed_preflight(mut self, choice: WildcardOfCredentialedPreflight) -> Self {
        self.wildcard_of_credentialed_preflight = choice;
        self
    }

    /// How the same-site mode for cookies is determined.
    #[must_use]
    pub const fn with_same_site_mode(mut self, rule: SameSiteModeRule) -> Self {
        self.same_site_mode = rule;
        self
    }

    /// By what the cache tells origins apart.
    #[must_use]
    pub const fn with_cache_origin_key(mut self, choice: CacheOriginKey) -> Self {
        self.cache_origin_key = choice;
        self
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::standard()
    }
}
