//! From a fixture's words to the engine's types.

use std::str::FromStr;
use std::sync::Arc;

use fetch_cors::{
    Body, Client, Config, CorsSettingsAttribute, Global, HeaderList, HostFailure, HostFailureKind, Origin, Profile,
    Psl, Referrer, Request, RequestBuilder, ResponseType, SameOriginFallback, ServiceWorkerResponse,
    create_a_potential_cors_request, spec::normalize_method,
};
use url::Url;

use super::{AnswerModel, ApiModel, BodyModel, ClientModel, ConfigModel, FetchModel};
use crate::Failure;
use crate::symbols::{bytes, expand};

/// Header lines in bytes.
pub(super) type Lines = Vec<(Vec<u8>, Vec<u8>)>;
/// A response head as the host hands it in.
pub(super) type Head = (u16, Lines);

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

pub(super) fn url(text: &str) -> Result<Url, Failure> {
    let text = expand(text)?;
    Url::parse(&text).map_err(|error| format!("{text:?} is no URL: {error}"))
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

pub(super) fn lines(lines: &[(String, String)]) -> Result<Lines, Failure> {
    lines.iter().map(|(name, value)| Ok((bytes(name)?, bytes(value)?))).collect()
}

/// What kind of answer a fixture gives.
pub(super) enum Answer {
    Head(Head),
    Failure(HostFailure),
    Abort,
    Gate(GateAnswer),
    Pass,
    ServiceWorker(ServiceWorkerResponse<Head>),
}

/// What a gate says.
pub(super) enum GateAnswer {
    Proceed,
    UpgradeBeforeReferrer,
    UpgradeAfterReferrer,
    Block,
}

/// Reads an answer; keys of two kinds at once are an error.
pub(super) fn answer(answer: &AnswerModel) -> Result<Answer, Failure> {
    let AnswerModel { status, headers, failure: kind, abort, gate, pass, response_type, urls, .. } = answer;
    let of_worker = !urls.is_empty() || answer.range_requested || answer.includes_credentials.is_some();
    let bare = status.is_none() && headers.is_empty() && response_type.is_none() && !of_worker;
    match (status, kind, abort, gate, pass, response_type) {
        (Some(status), None, false, None, false, None) if !of_worker => Ok(Answer::Head((*status, lines(headers)?))),
        (Some(status), None, false, None, false, Some(response_type)) => {
            let urls = urls.iter().map(|text| url(text)).collect::<Result<_, _>>()?;
            let response_type: ResponseType = word(response_type)?;
            let response = ServiceWorkerResponse::new(response_type, (*status, lines(headers)?))
                .url_list(urls)
                .range_requested(answer.range_requested)
                .request_includes_credentials(answer.includes_credentials.unwrap_or(true));
            Ok(Answer::ServiceWorker(response))
        }
        (None, Some(kind), false, None, false, None) if bare => Ok(Answer::Failure(failure(kind)?)),
        (None, None, true, None, false, None) if bare => Ok(Answer::Abort),
        (None, None, false, Some(word), false, None) if bare => gate_answer(word).map(Answer::Gate),
        (None, None, false, None, true, None) if bare => Ok(Answer::Pass),
        _ => Err(format!("an answer of no kind, or of several: {answer:?}")),
    }
}

fn gate_answer(word: &str) -> Result<GateAnswer, Failure> {
    Ok(match word {
        "proceed" => GateAnswer::Proceed,
        "upgrade-before-referrer" => GateAnswer::UpgradeBeforeReferrer,
        "upgrade-after-referrer" => GateAnswer::UpgradeAfterReferrer,
        "block" => GateAnswer::Block,
        _ => return Err(format!("a gate does not say {word:?}")),
    })
}

fn failure(kind: &str) -> Result<HostFailure, Failure> {
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
