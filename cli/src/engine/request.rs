//! The start of a fetch: a client and a request.

use std::fmt;

use fetch_cors::spec::normalize_method;
use fetch_cors::{
    Body, CacheMode, Client, CorsSettingsAttribute, CredentialsMode, Destination, EmbedderPolicy, Global, HeaderError,
    Initiator, MAX_HEADER_LIST_LINES, RedirectMode, Referrer, ReferrerPolicy, Request, RequestBuilder, RequestMode,
    SameOriginFallback, SchemePolicy, ServiceWorkersMode, TraversableForUserPrompts, create_a_potential_cors_request,
};
use serde::{Deserialize, Deserializer};

use super::fault::Fault;
use super::value::{
    ByteString, Id, Line, Moment, Object, OriginValue, Plain, TextOrObject, Whole, Word, given, plain_words,
    text_or_object, url,
};

/// Starts a fetch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    pub(super) id: Id,
    pub(super) now: Moment,
    request: Object<RequestModel>,
    #[serde(default, deserialize_with = "given")]
    client: Option<Object<ClientModel>>,
}

/// Defines an object with keys that may be missing, flags, and other keys.
macro_rules! model {
    ($name:ident { $($field:ident: $type:ty,)+ ; $($flag:ident,)+ ; $($(#[$with:meta])* $other:ident: $o:ty,)+ }) => {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $($(#[$with])* $other: $o,)+
            $(#[serde(default, deserialize_with = "given")] $field: Option<$type>,)+
            $(#[serde(default)] $flag: bool,)+
        }
    };
}

model! {
    ClientModel {
        url: String,
        referrer_policy: Word<ReferrerPolicy>,
        embedder_policy: Word<EmbedderPolicy>,
        embedder_policy_report_only: Word<EmbedderPolicy>,
        emulated_language: ByteString,
        user_agent: ByteString,
        ;
        worker,
        secure_context,
        cross_site_ancestor,
        traversable,
        ;
        origin: OriginValue,
        #[serde(default)]
        partition: Option<ByteString>,
    }
}

model! {
    RequestModel {
        method: ByteString,
        origin: OriginValue,
        mode: Word<RequestMode>,
        credentials: Word<CredentialsMode>,
        redirect: Word<RedirectMode>,
        cache: Word<CacheMode>,
        referrer: String,
        referrer_policy: Word<ReferrerPolicy>,
        policy_container_referrer_policy: Word<ReferrerPolicy>,
        destination: Word<Destination>,
        initiator: Word<Initiator>,
        service_workers: Word<ServiceWorkersMode>,
        traversable: Plain<Prompts>,
        top_level_navigation_initiator_origin: OriginValue,
        in_flight_keepalive_bytes: Whole,
        unsafe_request: bool,
        use_url_credentials: bool,
        ;
        keepalive,
        use_cors_preflight,
        user_activation,
        user_initiated,
        local_urls_only,
        prevent_no_cache_cache_control,
        ;
        url: String,
        #[serde(default)]
        api: Api,
        #[serde(default)]
        headers: Vec<Line>,
        #[serde(default)]
        body: Option<BodyModel>,
    }
}

plain_words! {
    /// As [`TraversableForUserPrompts`].
    Prompts { Client, NoTraversable, Traversable }
}

/// What makes the request, and so its initial values.
#[derive(Debug, Default)]
enum Api {
    /// `fetch()` or XHR.
    #[default]
    Fetch,
    /// The standard's initial values.
    Raw,
    /// An element with a CORS settings attribute.
    PotentialCors(PotentialCors),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiObject {
    potential_cors: Object<PotentialCors>,
}

/// HTML's create a potential-CORS request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PotentialCors {
    /// The attribute's value, null without the attribute.
    #[serde(default)]
    crossorigin: Option<String>,
    #[serde(default)]
    same_origin_fallback: bool,
}

impl TextOrObject for Api {
    type Object = ApiObject;
    const EXPECTED: &'static str = "\"fetch\", \"raw\" or {\"potential_cors\": {}}";
    fn of_text(text: &str) -> Option<Self> {
        match text {
            "fetch" => Some(Self::Fetch),
            "raw" => Some(Self::Raw),
            _ => None,
        }
    }
    fn of_object(object: ApiObject) -> Self {
        Self::PotentialCors(object.potential_cors.0)
    }
}

impl<'de> Deserialize<'de> for Api {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_object(deserializer)
    }
}

/// A body that is not null.
#[derive(Debug)]
enum BodyModel {
    Source(u64),
    Stream,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyObject {
    source: Whole,
}

impl TextOrObject for BodyModel {
    type Object = BodyObject;
    const EXPECTED: &'static str = "null, \"stream\" or {\"source\": LENGTH}";
    fn of_text(text: &str) -> Option<Self> {
        (text == "stream").then_some(Self::Stream)
    }
    fn of_object(object: BodyObject) -> Self {
        Self::Source(object.source.0)
    }
}

impl<'de> Deserialize<'de> for BodyModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_object(deserializer)
    }
}

/// A request that is built, and what the engine does not tell of it.
pub(super) struct Built {
    pub(super) request: Request,
    /// A navigation that is handed its redirects.
    pub(super) is_handed_redirects: bool,
}

impl Start {
    /// The request, by the rules of the user agent's schemes.
    pub(super) fn build(self, schemes: &SchemePolicy) -> Result<Built, Fault> {
        let Object(model) = self.request;
        // The list has this bound itself, but looks at each line before it says so.
        if model.headers.len() > MAX_HEADER_LIST_LINES {
            return Err(Fault::value("request", HeaderError::TooLarge));
        }
        let mut builder = initial(&model)?;
        if let Some(Object(client)) = self.client {
            builder = builder.client(build_client(client, schemes)?);
        }
        builder = with_origins(with_words(builder, &model), &model, schemes)?;
        for Line(name, value) in &model.headers {
            builder = builder.header(name, value);
        }
        let body = match model.body {
            None => Body::Null,
            Some(BodyModel::Source(length)) => Body::Source { length },
            Some(BodyModel::Stream) => Body::Stream,
        };
        let request = builder.body(body).build().map_err(|e| Fault::value("request", e))?;
        let is_manual = model.redirect.is_some_and(|mode| mode.0 == RedirectMode::Manual);
        Ok(Built { is_handed_redirects: is_manual && request.mode() == RequestMode::Navigate, request })
    }
}

/// The request as its API starts it, with URL and method.
fn initial(model: &RequestModel) -> Result<RequestBuilder, Fault> {
    let url = url("request.url", &model.url)?;
    let method = model.method.as_ref().map_or(&b"GET"[..], |method| &method.0);
    Ok(match &model.api {
        Api::Fetch => Request::builder(url).as_fetch_api().method(normalize_method(method)),
        Api::Raw => Request::builder(url).method(method),
        Api::PotentialCors(element) => {
            let destination = model.destination.map_or(Destination::Empty, |destination| destination.0);
            let state = CorsSettingsAttribute::from_attribute(element.crossorigin.as_deref());
            let fallback = if element.same_origin_fallback { SameOriginFallback::Yes } else { SameOriginFallback::No };
            create_a_potential_cors_request(url, destination, state, fallback).method(method)
        }
    })
}

/// Sets words, numbers and flags.
fn with_words(mut builder: RequestBuilder, model: &RequestModel) -> RequestBuilder {
    macro_rules! set_given {
        ($($field:ident => $setter:ident),+ $(,)?) => {
            $(if let Some(value) = model.$field { builder = builder.$setter(value.0); })+
        };
    }
    set_given! {
        mode => mode,
        credentials => credentials_mode,
        redirect => redirect_mode,
        cache => cache_mode,
        referrer_policy => referrer_policy,
        policy_container_referrer_policy => policy_container_referrer_policy,
        destination => destination,
        initiator => initiator,
        service_workers => service_workers,
        in_flight_keepalive_bytes => in_flight_keepalive_bytes,
    }
    if let Some(is_set) = model.unsafe_request {
        builder = builder.unsafe_request(is_set);
    }
    if let Some(is_set) = model.use_url_credentials {
        builder = builder.use_url_credentials(is_set);
    }
    if let Some(Plain(traversable)) = model.traversable {
        builder = builder.traversable(match traversable {
            Prompts::Client => TraversableForUserPrompts::Client,
            Prompts::NoTraversable => TraversableForUserPrompts::NoTraversable,
            Prompts::Traversable => TraversableForUserPrompts::Traversable,
        });
    }
    builder
        .keepalive(model.keepalive)
        .use_cors_preflight(model.use_cors_preflight)
        .user_activation(model.user_activation)
        .user_initiated(model.user_initiated)
        .local_urls_only(model.local_urls_only)
        .prevent_no_cache_cache_control(model.prevent_no_cache_cache_control)
}

/// Sets origins and the referrer.
fn with_origins(
    mut builder: RequestBuilder,
    model: &RequestModel,
    schemes: &SchemePolicy,
) -> Result<RequestBuilder, Fault> {
    if let Some(origin) = &model.origin {
        builder = builder.origin(origin.read("request.origin", schemes)?);
    }
    if let Some(origin) = &model.top_level_navigation_initiator_origin {
        let origin = origin.read("request.top_level_navigation_initiator_origin", schemes)?;
        builder = builder.top_level_navigation_initiator_origin(origin);
    }
    Ok(match model.referrer.as_deref() {
        None | Some("client") => builder,
        Some("no-referrer") => builder.referrer(Referrer::NoReferrer),
        Some(text) => builder.referrer(Referrer::Url(url("request.referrer", text)?)),
    })
}

fn build_client(model: ClientModel, schemes: &SchemePolicy) -> Result<Client, Fault> {
    let wrong = |key: &str, e: &dyn fmt::Display| Fault::value(&format!("client.{key}"), e);
    let mut client = Client::new(model.origin.read("client.origin", schemes)?)
        .global(if model.worker { Global::Worker } else { Global::Window })
        .secure_context(model.secure_context)
        .cross_site_ancestor(model.cross_site_ancestor)
        .traversable(model.traversable);
    if let Some(text) = &model.url {
        client = client.creation_url(url("client.url", text)?);
    }
    if let Some(Word(policy)) = model.referrer_policy {
        client = client.referrer_policy(policy);
    }
    if let Some(Word(value)) = model.embedder_policy {
        client = client.embedder_policy(value);
    }
    if let Some(Word(value)) = model.embedder_policy_report_only {
        client = client.embedder_policy_report_only(value);
    }
    if let Some(key) = model.partition {
        client = client.network_partition_key(key.0);
    }
    if let Some(language) = model.emulated_language {
        client = client.emulated_language(language.0).map_err(|e| wrong("emulated_language", &e))?;
    }
    if let Some(value) = model.user_agent {
        client = client.user_agent(value.0).map_err(|e| wrong("user_agent", &e))?;
    }
    Ok(client)
}
