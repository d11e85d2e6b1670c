//! From a fixture's words to the engine's types.

use std::str::FromStr;
use std::sync::Arc;

use fetch_cors::profile::AuthorizationUnderWildcard;
use fetch_cors::{
    AccessListError, Body, CacheLimits, Client, Config, CorsSettingsAttribute, Global, HeaderList, HostFailure,
    HostFailureKind, Origin, OriginAccessList, Profile, Psl, Referrer, Request, RequestBuilder, SameOriginFallback,
    SchemePolicy, SchemeTraits, TargetPattern, TraversableForUserPrompts, create_a_potential_cors_request,
    spec::normalize_method,
};

use super::answer::url;
use super::{ApiModel, BodyModel, CacheLimitsModel, ClientModel, ConfigModel, FetchModel};
use crate::Failure;
use crate::symbols::{bytes, expand};

/// The user agent of a scenario.
///
/// # Errors
/// What the fixture says does not exist, or does not fit together.
pub fn config(model: &ConfigModel) -> Result<Config, Failure> {
    let name = model.profile.as_deref().unwrap_or("standard");
    let profile = Profile::from_name(name).ok_or_else(|| format!("no profile {name:?}"))?;
    config_with(model, with_own_switches(model, profile))
}

/// A profile with the switches that a scenario sets by itself.
pub fn with_own_switches(model: &ConfigModel, mut profile: Profile) -> Profile {
    if model.authorization_under_wildcard {
        profile = profile.with_authorization_under_wildcard(AuthorizationUnderWildcard::Allowed);
    }
    if model.max_age_limit.is_some() {
        profile = profile.with_max_age_limit(model.max_age_limit);
    }
    profile
}

/// The user agent of a scenario, with this profile instead of the scenario's.
///
/// # Errors
/// As [`config`].
pub fn config_with(model: &ConfigModel, profile: Profile) -> Result<Config, Failure> {
    let mut config = Config::new()
        .profile(profile)
        .hash_seed([0, 0])
        .service_workers(model.service_workers)
        .gates(model.gates)
        .scheme_policy(schemes(model)?)
        .access_list(access_list(model)?);
    if model.public_suffix_list != Some(false) {
        config = config.public_suffix(Arc::new(Psl));
    }
    if let Some(limits) = &model.cache_limits {
        config = config.cache_limits(limits.as_ref().map_or(CacheLimits::none(), cache_limits));
    }
    if let Some(user_agent) = &model.user_agent {
        config = config.user_agent(bytes(user_agent)?).map_err(|error| error.to_string())?;
    }
    if let Some(accept_language) = &model.accept_language {
        config = config.accept_language(bytes(accept_language)?).map_err(|error| error.to_string())?;
    }
    Ok(config)
}

fn cache_limits(model: &CacheLimitsModel) -> CacheLimits {
    let mut limits = CacheLimits::new();
    limits = model.groups.map_or(limits, |groups| limits.groups(groups));
    limits = model.bytes.map_or(limits, |bytes| limits.bytes(bytes));
    model.entries_per_answer.map_or(limits, |entries| limits.entries_per_answer(entries))
}

/// The schemes of a scenario's host.
///
/// # Errors
/// A name that is no scheme, or one whose rules are the standard's.
pub fn schemes(model: &ConfigModel) -> Result<SchemePolicy, Failure> {
    let mut policy = SchemePolicy::new();
    for (name, scheme) in &model.schemes {
        let mut traits = SchemeTraits::new();
        traits = if scheme.standard { traits.standard() } else { traits };
        traits = if scheme.cors_enabled { traits.cors_enabled() } else { traits };
        traits = if scheme.secure { traits.secure() } else { traits };
        policy = policy.with(name, traits).map_err(|error| error.to_string())?;
    }
    Ok(policy)
}

fn access_list(model: &ConfigModel) -> Result<OriginAccessList, Failure> {
    let schemes = schemes(model)?;
    let mut list = OriginAccessList::new();
    for entry in &model.access_list {
        let source = origin(&entry.source, &schemes)?;
        let target = |text: &str| {
            TargetPattern::parse(&expand(text)?, &schemes).map_err(|error: AccessListError| error.to_string())
        };
        list = match (&entry.allow, &entry.block) {
            (Some(text), None) => list.allow(&source, target(text)?),
            (None, Some(text)) => list.block(&source, target(text)?),
            _ => return Err("an entry of an access list allows or blocks".into()),
        }
        .map_err(|error| error.to_string())?;
    }
    Ok(list)
}

pub(super) fn word<T: FromStr>(text: &str) -> Result<T, Failure>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

pub(super) fn origin(text: &str, schemes: &SchemePolicy) -> Result<Origin, Failure> {
    if let Some(identity) = ["opaque", "opaque-other"].iter().position(|opaque| *opaque == text) {
        return Ok(Origin::opaque(identity as u64));
    }
    Origin::parse_with(&expand(text)?, schemes).map_err(|error| error.to_string())
}

/// The client of a scenario, or of a step.
///
/// # Errors
/// What the fixture says does not exist, or does not fit together.
pub fn client(model: &ClientModel, schemes: &SchemePolicy) -> Result<Client, Failure> {
    let origin_text = model.origin.as_deref().unwrap_or("{CLIENT}");
    let origin = origin(origin_text, schemes)?;
    let mut client = Client::new(origin.clone())
        .cross_site_ancestor(model.cross_site_ancestor)
        .traversable(model.traversable)
        .global(if model.worker { Global::Worker } else { Global::Window });
    let partition = model.partition.clone().unwrap_or_else(|| Some(origin_text.to_owned()));
    if let Some(partition) = partition {
        client = client.network_partition_key(bytes(&partition)?);
    }
    match &model.url {
        Some(Some(text)) => client = client.creation_url(url(text)?),
        None if !origin.is_opaque() => {
            client = client.creation_url(url(&format!("{}/page", origin.serialize()))?);
        }
        Some(None) | None => {}
    }
    if let Some(policy) = &model.referrer_policy {
        client = client.referrer_policy(word(policy)?);
    }
    if let Some(value) = &model.embedder_policy {
        client = client.embedder_policy(word(value)?);
    }
    if let Some(value) = &model.embedder_policy_report_only {
        client = client.embedder_policy_report_only(word(value)?);
    }
    if let Some(language) = &model.emulated_language {
        client = client.emulated_language(bytes(language)?).map_err(|error| error.to_string())?;
    }
    if let Some(user_agent) = &model.emulated_user_agent {
        client = client.user_agent(bytes(user_agent)?).map_err(|error| error.to_string())?;
    }
    Ok(client)
}

/// A fetch as a request of a client.
///
/// # Errors
/// What the fixture says does not exist, or does not fit together.
pub fn request(model: &FetchModel, client: Client, schemes: &SchemePolicy) -> Result<Request, Failure> {
    let mut builder = start(model)?;
    if !model.no_client {
        builder = builder.client(client);
    }
    let mut header_list = HeaderList::new();
    for (name, value) in &model.headers {
        header_list.append(bytes(name)?, bytes(value)?).map_err(|error| error.to_string())?;
    }
    let builder = with_words(model, builder.headers(header_list), schemes)?;
    let body = match model.body {
        None => Body::Null,
        Some(BodyModel::Source(length)) => Body::Source { length },
        Some(BodyModel::Stream) => Body::Stream,
    };
    builder
        .body(body)
        .keepalive(model.keepalive)
        .in_flight_keepalive_bytes(model.in_flight_keepalive_bytes)
        .use_cors_preflight(model.use_cors_preflight)
        .user_activation(model.user_activation)
        .user_initiated(model.user_initiated)
        .local_urls_only(model.local_urls_only)
        .prevent_no_cache_cache_control(model.prevent_no_cache_cache_control)
        .build()
        .map_err(|error| format!("the request does not build: {error}"))
}

fn start(model: &FetchModel) -> Result<RequestBuilder, Failure> {
    let url = url(&model.url)?;
    Ok(match &model.api {
        ApiModel::Fetch => Request::builder(url).as_fetch_api(),
        ApiModel::Raw => Request::builder(url),
        ApiModel::PotentialCors { destination, crossorigin, same_origin_fallback } => {
            let state = CorsSettingsAttribute::from_attribute(crossorigin.as_deref());
            let fallback = if *same_origin_fallback { SameOriginFallback::Yes } else { SameOriginFallback::No };
            create_a_potential_cors_request(url, word(destination)?, state, fallback)
        }
    })
}

fn with_words(
    model: &FetchModel,
    mut builder: RequestBuilder,
    schemes: &SchemePolicy,
) -> Result<RequestBuilder, Failure> {
    if let Some(method) = &model.method {
        let method = bytes(method)?;
        let is_api = matches!(model.api, ApiModel::Fetch);
        builder = if is_api { builder.method(normalize_method(&method)) } else { builder.method(method) };
    }
    /// Sets what is given.
    macro_rules! set {
        ($($field:ident => $setter:ident),+ $(,)?) => {
            $(if let Some(text) = &model.$field {
                builder = builder.$setter(word(text)?);
            })+
        };
    }
    set! {
        mode => mode,
        credentials => credentials_mode,
        redirect => redirect_mode,
        cache => cache_mode,
        referrer_policy => referrer_policy,
        policy_container_referrer_policy => policy_container_referrer_policy,
        destination => destination,
        initiator => initiator,
        service_workers => service_workers,
    }
    if let Some(referrer) = &model.referrer {
        let referrer = if referrer == "no-referrer" { Referrer::NoReferrer } else { Referrer::Url(url(referrer)?) };
        builder = builder.referrer(referrer);
    }
    if let Some(text) = &model.top_level_navigation_initiator_origin {
        builder = builder.top_level_navigation_initiator_origin(origin(text, schemes)?);
    }
    if let Some(text) = &model.origin {
        builder = builder.origin(origin(text, schemes)?);
    }
    if let Some(flag) = model.unsafe_request {
        builder = builder.unsafe_request(flag);
    }
    if let Some(flag) = model.use_url_credentials {
        builder = builder.use_url_credentials(flag);
    }
    builder = match model.traversable.as_deref() {
        None => builder,
        Some("traversable") => builder.traversable(TraversableForUserPrompts::Traversable),
        Some("no-traversable") => builder.traversable(TraversableForUserPrompts::NoTraversable),
        Some(other) => return Err(format!("no traversable {other:?}")),
    };
    Ok(builder)
}

pub(super) fn failure(kind: &str) -> Result<HostFailure, Failure> {
    let kinds = [
        HostFailureKind::Connect,
        HostFailureKind::Tls,
        HostFailureKind::Timeout,
        HostFailureKind::Protocol,
        HostFailureKind::UnsupportedScheme,
        HostFailureKind::NotCached,
        HostFailureKind::Other,
    ];
    let kind = kinds.into_iter().find(|known| known.as_str() == kind).ok_or_else(|| format!("no failure {kind:?}"))?;
    Ok(HostFailure::new(kind, "scripted"))
}
