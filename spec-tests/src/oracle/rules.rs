//! What may differ from run to run: the switches of a profile, the user agent's settings, and the
//! faults that a test may plant.

use url::Url;

use super::infra::Bytes;
use super::origin::Origin;
use crate::Failure;

/// The corners where the text slips or leaves a choice, and how each is turned. The oracle's own
/// record; the engine has another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain record of switches")]
pub struct Switches {
    /// Whether the preflight cache takes `*` from the answer to a credentialed preflight.
    pub stores_credentialed_wildcard: bool,
    /// Whether the cache tells origins apart by identity and redirect-taint, not by serialization.
    pub tells_origins_apart: bool,
    /// The limit imposed on max-age, in seconds.
    pub max_age_limit: Option<u64>,
    /// Whether an embedder policy of credentialless lets credentials go along for a redirect-taint of
    /// same-origin, not for the others.
    pub credentialless_wants_untainted: bool,
    /// Whether `*` in `Access-Control-Allow-Headers` covers `Authorization`, in an answer but not in
    /// the cache.
    pub wildcard_covers_authorization: bool,
    /// Whether the same-site mode compares the origin with every URL, as the text does not.
    pub same_site_mode_looks_at_origin: bool,
}

impl Switches {
    /// The text to the letter.
    #[must_use]
    pub const fn letter() -> Self {
        Self {
            stores_credentialed_wildcard: true,
            tells_origins_apart: false,
            max_age_limit: None,
            credentialless_wants_untainted: false,
            wildcard_covers_authorization: false,
            same_site_mode_looks_at_origin: false,
        }
    }

    /// The text as it is meant.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            stores_credentialed_wildcard: false,
            tells_origins_apart: true,
            max_age_limit: Some(7200),
            credentialless_wants_untainted: true,
            wildcard_covers_authorization: false,
            same_site_mode_looks_at_origin: true,
        }
    }
}

/// A rule that a test switches off, to see that the comparison would notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, missing_docs, reason = "each names the rule that is off or wrong")]
pub enum Fault {
    SafelistTakes129Bytes,
    SafelistHasNoSum,
    SafelistTakesOpenRange,
    WildcardOriginUnderCredentials,
    AllowCredentialsInAnyCase,
    WildcardHeadersUnderCredentials,
    WildcardCoversAuthorization,
    UnparsableAllowHeadersIsEmpty,
    RedirectKeepsOrigin,
    RedirectKeepsAuthorization,
    RedirectKeepsBodyHeaders,
    RedirectMayCarryUserinfo,
    TwentyOneRedirects,
    FailureKeepsCacheEntries,
    CacheIgnoresCredentials,
    CacheIgnoresPartition,
    CacheEntryLivesAtItsEnd,
    CacheClockGoesBack,
    RefreshRestartsTheClock,
    DefaultMaxAgeOfSix,
    ResourcePolicyIgnoresScheme,
    ExposeWildcardUnderCredentials,
    NosniffReadsLastValue,
    ReferrerForgetsFirstHop,
    TimingAllowIsForgotten,
    MetadataLooksAtLastUrl,
    AccessListForgetsBlocks,
    AccessListGrantsTheTainted,
    GrantsAreForgotten,
    NoSchemeIsCorsEnabled,
    NoSchemeIsSecure,
    RestartKeepsOpaqueOrigins,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 32] = [
        Self::SafelistTakes129Bytes,
        Self::SafelistHasNoSum,
        Self::SafelistTakesOpenRange,
        Self::WildcardOriginUnderCredentials,
        Self::AllowCredentialsInAnyCase,
        Self::WildcardHeadersUnderCredentials,
        Self::WildcardCoversAuthorization,
        Self::UnparsableAllowHeadersIsEmpty,
        Self::RedirectKeepsOrigin,
        Self::RedirectKeepsAuthorization,
        Self::RedirectKeepsBodyHeaders,
        Self::RedirectMayCarryUserinfo,
        Self::TwentyOneRedirects,
        Self::FailureKeepsCacheEntries,
        Self::CacheIgnoresCredentials,
        Self::CacheIgnoresPartition,
        Self::CacheEntryLivesAtItsEnd,
        Self::CacheClockGoesBack,
        Self::RefreshRestartsTheClock,
        Self::DefaultMaxAgeOfSix,
        Self::ResourcePolicyIgnoresScheme,
        Self::ExposeWildcardUnderCredentials,
        Self::NosniffReadsLastValue,
        Self::ReferrerForgetsFirstHop,
        Self::TimingAllowIsForgotten,
        Self::MetadataLooksAtLastUrl,
        Self::AccessListForgetsBlocks,
        Self::AccessListGrantsTheTainted,
        Self::GrantsAreForgotten,
        Self::NoSchemeIsCorsEnabled,
        Self::NoSchemeIsSecure,
        Self::RestartKeepsOpaqueOrigins,
    ];
}

/// A scheme that the standard leaves alone, and what the host says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Scheme {
    /// Its name.
    pub name: String,
    /// Whether its URLs have tuple origins.
    pub is_standard: bool,
    /// Whether it may be the target of a cors request.
    pub is_cors_enabled: bool,
    /// Whether its URLs are potentially trustworthy.
    pub is_secure: bool,
}

/// An entry of the list of who may reach what without CORS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct AccessEntry {
    /// Who.
    pub source: Origin,
    /// Whether it blocks, whatever other entries allow.
    pub is_block: bool,
    /// The target's scheme.
    pub scheme: String,
    /// The target's host, as it serializes.
    pub host: String,
    /// Whether hosts below it are meant too.
    pub with_subdomains: bool,
    /// The target's port, none being the scheme's default; or any.
    pub port: Option<Option<u16>>,
}

impl AccessEntry {
    /// Reads a target: `scheme://host`, `scheme://*.host` for hosts below it too, `:port` or `:*` behind it.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(source: Origin, is_block: bool, target: &str) -> Result<Self, Failure> {
        let wrong = || format!("{target:?} is no target");
        let (target, is_any_port) = target.strip_suffix(":*").map_or((target, false), |target| (target, true));
        let (scheme, host) = target.split_once("://").ok_or_else(wrong)?;
        let (host, with_subdomains) = host.strip_prefix("*.").map_or((host, false), |host| (host, true));
        let url = Url::parse(&format!("{scheme}://{host}")).map_err(|_| wrong())?;
        Ok(Self {
            source,
            is_block,
            scheme: scheme.to_owned(),
            host: url.host_str().ok_or_else(wrong)?.to_owned(),
            with_subdomains,
            port: (!is_any_port).then_some(url.port()),
        })
    }

    /// The target as it is written.
    #[must_use]
    pub fn target(&self) -> String {
        let subdomains = if self.with_subdomains { "*." } else { "" };
        let port = match self.port {
            None => ":*".to_owned(),
            Some(None) => String::new(),
            Some(Some(port)) => format!(":{port}"),
        };
        format!("{}://{subdomains}{}{port}", self.scheme, self.host)
    }

    /// Whether it speaks of this source and target.
    fn matches(&self, source: &Origin, target: &Origin) -> bool {
        let Origin::Tuple(scheme, host, port) = target else { return false };
        let host = host.to_string();
        let is_host = host == self.host || (self.with_subdomains && host.ends_with(&format!(".{}", self.host)));
        self.source.same_origin(source)
            && self.scheme == *scheme
            && is_host
            && self.port.is_none_or(|wanted| wanted == *port)
    }
}

/// How one oracle decides.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain record of settings")]
pub struct Rules {
    /// The profile's switches.
    pub switches: Switches,
    /// The public suffix list: the registrable domain of a domain.
    pub suffix_list: Option<fn(&str) -> Option<&str>>,
    /// What schemes may do that the standard leaves alone.
    pub schemes: Vec<Scheme>,
    /// Who may reach what without CORS.
    pub access_list: Vec<AccessEntry>,
    /// Whether there is a preflight cache.
    pub has_cache: bool,
    /// Whether the host wants to be asked before each hop.
    pub gates: bool,
    /// Whether the host has service workers.
    pub service_workers: bool,
    /// The default `User-Agent` value.
    pub user_agent: Option<Bytes>,
    /// An appropriate `Accept-Language` value.
    pub accept_language: Option<Bytes>,
    /// The rule that is off.
    pub fault: Option<Fault>,
}

impl Rules {
    /// These switches, with a cache and nothing else.
    #[must_use]
    pub const fn new(switches: Switches) -> Self {
        Self {
            switches,
            suffix_list: None,
            schemes: Vec::new(),
            access_list: Vec::new(),
            has_cache: true,
            gates: false,
            service_workers: false,
            user_agent: None,
            accept_language: None,
            fault: None,
        }
    }

    /// What the host says of a scheme.
    #[must_use]
    pub fn scheme(&self, name: &str) -> Option<&Scheme> {
        self.schemes.iter().find(|scheme| scheme.name == name)
    }

    /// Whether the access list grants a source, whose requests are not redirect-tainted, a URL.
    #[must_use]
    pub fn grants(&self, source: &Origin, url: &Url) -> bool {
        // The origin inside a blob URL says who made it, not where its bytes are.
        if url.scheme() == "blob" {
            return false;
        }
        let target = Origin::of(url, self);
        let speaking = self.access_list.iter().filter(|entry| entry.matches(source, &target));
        let (blocks, allows): (Vec<_>, Vec<_>) = speaking.partition(|entry| entry.is_block);
        (blocks.is_empty() || self.has(Fault::AccessListForgetsBlocks)) && !allows.is_empty()
    }

    /// Whether this fault was planted.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}
