//! The hello: a configuration, and the user agent that it makes.

use std::collections::BTreeMap;
use std::sync::Arc;

use fetch_cors::profile::{
    AuthorizationUnderWildcard, CacheOriginKey, SameSiteModeRule, WildcardOfCredentialedPreflight,
};
use fetch_cors::{
    CacheLimits, Config, OriginAccessList, Profile, Psl, SchemePolicy, SchemeTraits, TargetPattern, UserAgent,
};
use serde::Deserialize;

use super::VERSION;
use super::fault::{Code, Fault};
use super::value::{ByteString, Object, OriginValue, Plain, Whole, given, plain_words};

/// The first message: version, and the configuration of the user agent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hello {
    version: Whole,
    #[serde(default)]
    config: Object<ConfigModel>,
}

/// The most further schemes, and the most grants of one kind: each is compared with all others.
const MAX_SCHEMES: usize = 256;
const MAX_GRANTS: usize = 4096;

/// Defines the configuration: keys that may be missing, and others that have a default.
macro_rules! config_model {
    ($($field:ident: $type:ty,)+ ; $($other:ident: $other_type:ty,)+) => {
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct ConfigModel {
            $(#[serde(deserialize_with = "given")] $field: Option<$type>,)+
            $($other: $other_type,)+
        }
    };
}

config_model! {
    profile: Plain<ProfileName>,
    // Seconds; null is no limit.
    max_age_limit: Option<Whole<{ u32::MAX as u64 }>>,
    wildcard_of_credentialed_preflight: Plain<Wildcard>,
    cache_origin_key: Plain<OriginKey>,
    authorization_under_wildcard: Plain<Authorization>,
    same_site_mode: Plain<SameSiteRule>,
    public_suffix: Plain<SuffixList>,
    user_agent: ByteString,
    accept_language: ByteString,
    ;
    switches: BTreeMap<String, String>,
    schemes: Vec<Object<SchemeModel>>,
    access_list: Object<AccessListModel>,
    cache_limits: Object<CacheLimitsModel>,
    gates: bool,
    service_workers: bool,
    deliveries: bool,
    trace: bool,
}

plain_words! {
    /// As the functions of [`Profile`].
    ProfileName { Standard, Letter, Chromium, Gecko, Webkit }
    /// As [`WildcardOfCredentialedPreflight`].
    Wildcard { Stored, NotStored }
    /// As [`CacheOriginKey`].
    OriginKey { Serialization, Identity }
    /// As [`AuthorizationUnderWildcard`].
    Authorization { Refused, Allowed, AllowedAndStored }
    /// As [`SameSiteModeRule`].
    SameSiteRule { Text, SiteForCookies }
    /// Which public suffix list counts.
    SuffixList { BuiltIn, None }
    /// As [`SchemeTraits`].
    Trait { Standard, Cors, Secure }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemeModel {
    scheme: String,
    traits: Vec<Plain<Trait>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AccessListModel {
    allow: Vec<Object<GrantModel>>,
    block: Vec<Object<GrantModel>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantModel {
    source: OriginValue,
    target: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CacheLimitsModel {
    #[serde(deserialize_with = "given")]
    groups: Option<Whole>,
    #[serde(deserialize_with = "given")]
    bytes: Option<Whole>,
    #[serde(deserialize_with = "given")]
    entries_per_answer: Option<Whole>,
}

/// The user agent, and what of its configuration is asked outside it.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) user_agent: UserAgent,
    pub(super) schemes: SchemePolicy,
    /// Whether the caller is asked before a response is delivered.
    pub(super) deliveries: bool,
    pub(super) trace: bool,
}

impl Hello {
    /// The user agent that the caller wants.
    pub(super) fn agent(self) -> Result<Agent, Fault> {
        if self.version.0 != VERSION {
            return Err(Fault::unsupported_version(self.version.0));
        }
        let Object(model) = self.config;
        let schemes = scheme_policy(&model.schemes)?;
        let mut config = Config::new()
            .profile(profile(&model)?)
            .scheme_policy(schemes.clone())
            .access_list(access_list(&model.access_list.0, &schemes)?)
            .cache_limits(cache_limits(&model.cache_limits.0))
            .gates(model.gates)
            .service_workers(model.service_workers)
            .trace(model.trace);
        if model.public_suffix != Some(Plain(SuffixList::None)) {
            config = config.public_suffix(Arc::new(Psl));
        }
        if let Some(value) = model.user_agent {
            config = config.user_agent(value.0).map_err(|e| Fault::value("config.user_agent", e))?;
        }
        if let Some(value) = model.accept_language {
            config = config.accept_language(value.0).map_err(|e| Fault::value("config.accept_language", e))?;
        }
        let user_agent = UserAgent::new(config);
        Ok(Agent { user_agent, schemes, deliveries: model.deliveries, trace: model.trace })
    }
}

fn profile(model: &ConfigModel) -> Result<Profile, Fault> {
    let mut profile = match model.profile {
        None | Some(Plain(ProfileName::Standard)) => Profile::standard(),
        Some(Plain(ProfileName::Letter)) => Profile::letter(),
        Some(Plain(ProfileName::Chromium)) => Profile::chromium(),
        Some(Plain(ProfileName::Gecko)) => Profile::gecko(),
        Some(Plain(ProfileName::Webkit)) => Profile::webkit(),
    };
    if let Some(limit) = &model.max_age_limit {
        let seconds = limit.as_ref().map(|limit| u32::try_from(limit.0).unwrap_or(u32::MAX));
        profile = profile.with_max_age_limit(seconds);
    }
    if let Some(Plain(choice)) = model.wildcard_of_credentialed_preflight {
        profile = profile.with_wildcard_of_credentialed_preflight(match choice {
            Wildcard::Stored => WildcardOfCredentialedPreflight::Stored,
            Wildcard::NotStored => WildcardOfCredentialedPreflight::NotStored,
        });
    }
    if let Some(Plain(choice)) = model.cache_origin_key {
        profile = profile.with_cache_origin_key(match choice {
            OriginKey::Serialization => CacheOriginKey::Serialization,
            OriginKey::Identity => CacheOriginKey::Identity,
        });
    }
    if let Some(Plain(choice)) = model.authorization_under_wildcard {
        profile = profile.with_authorization_under_wildcard(match choice {
            Authorization::Refused => AuthorizationUnderWildcard::Refused,
            Authorization::Allowed => AuthorizationUnderWildcard::Allowed,
            Authorization::AllowedAndStored => AuthorizationUnderWildcard::AllowedAndStored,
        });
    }
    if let Some(Plain(rule)) = model.same_site_mode {
        profile = profile.with_same_site_mode(match rule {
            SameSiteRule::Text => SameSiteModeRule::Text,
            SameSiteRule::SiteForCookies => SameSiteModeRule::SiteForCookies,
        });
    }
    for (name, value) in &model.switches {
        profile = profile.with_switch(name, value).map_err(|e| Fault::value("config.switches", e))?;
    }
    Ok(profile)
}

fn at_most(limit: usize, place: &str, count: usize) -> Result<(), Fault> {
    if count > limit {
        return Err(Fault::new(Code::BadMessage, format!("{place} has at most {limit} items")));
    }
    Ok(())
}

fn scheme_policy(models: &[Object<SchemeModel>]) -> Result<SchemePolicy, Fault> {
    at_most(MAX_SCHEMES, "config.schemes", models.len())?;
    let mut policy = SchemePolicy::new();
    for Object(model) in models {
        let mut traits = SchemeTraits::new();
        for Plain(word) in &model.traits {
            traits = match word {
                Trait::Standard => traits.standard(),
                Trait::Cors => traits.cors_enabled(),
                Trait::Secure => traits.secure(),
            };
        }
        policy = policy.with(&model.scheme, traits).map_err(|e| Fault::value("config.schemes", e))?;
    }
    Ok(policy)
}

fn access_list(model: &AccessListModel, schemes: &SchemePolicy) -> Result<OriginAccessList, Fault> {
    let read = |place: &str, Object(grant): &Object<GrantModel>| {
        let source = grant.source.read(place, schemes)?;
        let target = TargetPattern::parse(&grant.target, schemes).map_err(|e| Fault::value(place, e))?;
        Ok((source, target))
    };
    at_most(MAX_GRANTS, "config.access_list.allow", model.allow.len())?;
    at_most(MAX_GRANTS, "config.access_list.block", model.block.len())?;
    let mut list = OriginAccessList::new();
    for grant in &model.allow {
        const PLACE: &str = "config.access_list.allow";
        let (source, target) = read(PLACE, grant)?;
        list = list.allow(&source, target).map_err(|e| Fault::value(PLACE, e))?;
    }
    for grant in &model.block {
        const PLACE: &str = "config.access_list.block";
        let (source, target) = read(PLACE, grant)?;
        list = list.block(&source, target).map_err(|e| Fault::value(PLACE, e))?;
    }
    Ok(list)
}

fn cache_limits(model: &CacheLimitsModel) -> CacheLimits {
    let size = |whole: &Whole| usize::try_from(whole.0).unwrap_or(usize::MAX);
    let mut limits = CacheLimits::new();
    if let Some(groups) = &model.groups {
        limits = limits.groups(size(groups));
    }
    if let Some(bytes) = &model.bytes {
        limits = limits.bytes(size(bytes));
    }
    if let Some(entries) = &model.entries_per_answer {
        limits = limits.entries_per_answer(size(entries));
    }
    limits
}
