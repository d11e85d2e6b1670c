//! From a fixture's words to the engine's types.

use std::str::FromStr;
use std::sync::Arc;

use fetch_cors::{
    Body, Client, Config, CorsSettingsAttribute, Global, HeaderList, HostFailure, HostFailureKind, Origin, Profile,
    Psl, Referrer, Request, RequestBuilder, SameOriginFallback, create_a_potential_cors_request,
    spec::normalize_method,
};

use super::answer::url;
use super::{ApiModel, BodyModel, ClientModel, ConfigModel, FetchModel};
use crate::Failure;
use crate::symbols::{bytes, expand};

/// The user agent of a scenario.
///
/// # Errors
/// What the fixture says does not exist, or does not fit together.
pub fn config(model: &ConfigModel) -> Result<Config, Failure> {
    let mut profile = match model.profile.as_deref() {
        None | Some("standard") => Profile::standard(),
        Some("letter") => Profile::letter(),
        Some(other) => return Err(format!("no profile {other:?}")),
    };
    if model.max_age_limit.is_some() {
        profile = profile.with_max_age_limit(model.max_age_limit);
    }
    let mut config = Config::new()
        .profile(profile)
        .public_suffix(Arc::new(Psl))
        .hash_seed([0, 0])
        .service_workers(model.service_workers)
        .gates(model.gates);
    if let Some(user_agent) = &model.user_agent {
        config = config.user_agent(bytes(user_agent)?).map_err(|error| error.to_string())?;
    }
    if let Some(accept_language) = &model.accept_language {
        config = config.accept_language(bytes(accept_language)?).map_err(|error| error.to_string())?;
    }
    Ok(config)
}

pub(super) fn word<T: FromStr>(text: &str) -> Result<T, Failure>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

pub(super) fn origin(text: &str) -> Result<Origin, Failure> {
    if let Some(identity) = ["opaque", "opaque-other"].iter().position(|opaque| *opaque == text) {
        return Ok(Origin::opaque(identity as u64));
    }
    Origin::parse(&expand(text)?).map_err(|error| error.to_string())
}

/// The client of a scenario, or of a step.
///
/// # Errors
/// What the fixture says does not exist, or does not fit together.
pub fn client(model: &ClientModel) -> Result<Client, Failure> {
    let origin_text = model.origin.as_deref().unwrap_or("{CLIENT}");
    let origin = origin(origin_text)?;
    let mut client = Client::new(origin.clone())
        .cross_site_ancestor(model.cross_site_ancestor)
        .traversable(model.traversable)
        .global(if model.worker { Global::Worker } else { Global::Window });
    let partition = model.partition.clone().unwrap_or_else(|| Some(origin_text.to_owned()));
    if let Some(partition) = partition {
        client = client.network_partition_key(bytes(&partition)?);
    }
    if let Some(text) = &model.url {
        client = client.creation_url(url(text)?);
    } else if !origin.is_opaque() {
        client = client.creation_url(url(&format!("{}/page", origin.serialize()))?);
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
    Ok(client)
}

/// A fetch as a request of a client.
///
/// # Errors
/// What the fixture says does not exist, or does not fit together.
pub fn request(model: &FetchModel, client: Client) -> Result<Request, Failure> {
    let builder = start(model)?.client(client);
    let mut header_list = HeaderList::new();
    for (name, value) in &model.headers {
        header_list.append(bytes(name)?, bytes(value)?).map_err(|error| error.to_string())?;
    }
    let builder = with_words(model, builder.headers(header_list))?;
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

fn with_words(model: &FetchModel, mut builder: RequestBuilder) -> Result<RequestBuilder, Failure> {
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
        destination => destination,
        initiator => initiator,
        service_workers => service_workers,
    }
    if let Some(referrer) = &model.referrer {
        let referrer = if referrer == "no-referrer" { Referrer::NoReferrer } else { Referrer::Url(url(referrer)?) };
        builder = builder.referrer(referrer);
    }
    if let Some(text) = &model.top_level_navigation_initiator_origin {
        builder = builder.top_level_navigation_initiator_origin(origin(text)?);
    }
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
