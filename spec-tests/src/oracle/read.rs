//! From a fixture's words to the oracle's types.

use url::Url;

use super::api::{cors_settings_attribute, create_a_potential_cors_request, normalize_method};
use super::origin::Origin;
use super::referrer::REFERRER_POLICIES;
use super::request::{Body, Client, Referrer, Request, Word};
use super::rules::{AccessEntry, Rules, Scheme, Switches};
use crate::Failure;
use crate::scenario::{ApiModel, BodyModel, ClientModel, ConfigModel, FetchModel, url};
use crate::symbols::{bytes, expand};

/// Modes.
pub const MODES: [Word; 6] = ["same-origin", "cors", "no-cors", "navigate", "websocket", "webtransport"];
/// Credentials modes.
pub const CREDENTIALS_MODES: [Word; 3] = ["omit", "same-origin", "include"];
/// Redirect modes.
pub const REDIRECT_MODES: [Word; 3] = ["follow", "error", "manual"];
/// Cache modes.
pub const CACHE_MODES: [Word; 6] = ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"];
/// Service-workers modes.
pub const SERVICE_WORKERS_MODES: [Word; 2] = ["all", "none"];
/// Initiators.
pub const INITIATORS: [Word; 7] = ["", "download", "imageset", "manifest", "prefetch", "prerender", "xslt"];
/// Destinations.
pub const DESTINATIONS: [Word; 24] = [
    "",
    "audio",
    "audioworklet",
    "document",
    "embed",
    "font",
    "frame",
    "iframe",
    "image",
    "json",
    "manifest",
    "object",
    "paintworklet",
    "report",
    "script",
    "serviceworker",
    "sharedworker",
    "style",
    "text",
    "track",
    "video",
    "webidentity",
    "worker",
    "xslt",
];
/// Embedder policy values.
pub const EMBEDDER_POLICIES: [Word; 3] = ["unsafe-none", "require-corp", "credentialless"];
/// Response types.
pub const RESPONSE_TYPES: [Word; 6] = ["basic", "cors", "default", "error", "opaque", "opaqueredirect"];

/// The word of a list that a text is.
///
/// # Errors
/// It is none.
pub fn word(text: &str, words: &[Word]) -> Result<Word, Failure> {
    let known = words.iter().find(|word| **word == text);
    known.copied().ok_or_else(|| format!("{text:?} is none of {words:?}"))
}

/// A referrer policy, or the empty string.
///
/// # Errors
/// It is none.
pub fn referrer_policy(text: &str) -> Result<Word, Failure> {
    if text.is_empty() { Ok("") } else { word(text, &REFERRER_POLICIES) }
}

/// The rules of a scenario's user agent.
///
/// # Errors
/// A word that does not exist.
pub fn rules(model: &ConfigModel) -> Result<Rules, Failure> {
    let mut switches = match model.profile.as_deref() {
        None | Some("standard") => Switches::standard(),
        Some("letter") => Switches::letter(),
        Some(other) => return Err(format!("no profile {other:?}")),
    };
    if let Some(limit) = model.max_age_limit {
        switches.max_age_limit = Some(limit.into());
    }
    switches.wildcard_covers_authorization = model.authorization_under_wildcard;
    let mut rules = Rules::new(switches);
    if model.public_suffix_list != Some(false) {
        rules.suffix_list = Some(registrable_domain);
    }
    // Bounds other than none at all are not the standard's: see the skips.
    rules.has_cache = !matches!(model.cache_limits, Some(None));
    for (name, scheme) in &model.schemes {
        rules.schemes.push(Scheme {
            name: name.clone(),
            is_standard: scheme.standard,
            is_cors_enabled: scheme.cors_enabled,
            is_secure: scheme.secure,
        });
    }
    for entry in &model.access_list {
        let (target, is_block) = match (&entry.allow, &entry.block) {
            (Some(text), None) => (text, false),
            (None, Some(text)) => (text, true),
            _ => return Err("an entry of an access list allows or blocks".into()),
        };
        let source = origin(&entry.source, &rules)?;
        rules.access_list.push(AccessEntry::parse(source, is_block, &expand(target)?)?);
    }
    rules.service_workers = model.service_workers;
    rules.gates = model.gates;
    rules.user_agent = model.user_agent.as_deref().map(bytes).transpose()?;
    rules.accept_language = model.accept_language.as_deref().map(bytes).transpose()?;
    Ok(rules)
}

/// The registrable domain by the public suffix list, which is data and no part of the standard.
pub(super) fn registrable_domain(domain: &str) -> Option<&str> {
    std::str::from_utf8(psl::domain(domain.as_bytes())?.as_bytes()).ok()
}

/// An origin: `opaque`, `opaque-other`, or a serialized one.
///
/// # Errors
/// It is none of them.
pub fn origin(text: &str, rules: &Rules) -> Result<Origin, Failure> {
    if let Some(identity) = ["opaque", "opaque-other"].iter().position(|opaque| *opaque == text) {
        return Ok(Origin::Opaque(identity as u64));
    }
    let origin = Origin::of(&url(text)?, rules);
    if origin.is_opaque() { Err(format!("{text:?} is no tuple origin")) } else { Ok(origin) }
}

/// The client of a scenario, or of a step.
///
/// # Errors
/// A word that does not exist.
pub fn client(model: &ClientModel, rules: &Rules) -> Result<Client, Failure> {
    let origin_text = model.origin.as_deref().unwrap_or("{CLIENT}");
    let mut client = Client::new(origin(origin_text, rules)?);
    client.cross_site_ancestor = model.cross_site_ancestor;
    client.has_navigable = model.traversable;
    client.is_window = !model.worker;
    let partition = model.partition.clone().unwrap_or_else(|| Some(origin_text.to_owned()));
    client.network_partition_key = partition.as_deref().map(bytes).transpose()?;
    client.creation_url = match &model.url {
        Some(text) => text.as_deref().map(url).transpose()?,
        None if client.origin.is_opaque() => None,
        None => Some(url(&format!("{}/page", client.origin.serialize()))?),
    };
    if let Some(policy) = &model.referrer_policy {
        client.referrer_policy = referrer_policy(policy)?;
    }
    if let Some(value) = &model.embedder_policy {
        client.embedder_policy = word(value, &EMBEDDER_POLICIES)?;
    }
    if let Some(value) = &model.embedder_policy_report_only {
        client.embedder_policy_report_only = word(value, &EMBEDDER_POLICIES)?;
    }
    client.emulated_language = model.emulated_language.as_deref().map(bytes).transpose()?;
    client.emulated_user_agent = model.emulated_user_agent.as_deref().map(bytes).transpose()?;
    Ok(client)
}

/// A fetch as a request of a client.
///
/// # Errors
/// A word that does not exist.
pub fn request(model: &FetchModel, client: Client, rules: &Rules) -> Result<Request, Failure> {
    let mut request = start(model)?;
    request.client = (!model.no_client).then_some(client);
    for (name, value) in &model.headers {
        request.header_list.append(bytes(name)?, bytes(value)?);
    }
    words(model, &mut request)?;
    if let Some(text) = &model.referrer {
        request.referrer = if text == "no-referrer" { Referrer::NoReferrer } else { Referrer::Url(url(text)?) };
    }
    if let Some(text) = &model.top_level_navigation_initiator_origin {
        request.top_level_navigation_initiator_origin = Some(origin(text, rules)?);
    }
    if let Some(text) = &model.origin {
        request.origin = Some(origin(text, rules)?);
    }
    if let Some(flag) = model.unsafe_request {
        request.unsafe_request = flag;
    }
    if let Some(flag) = model.use_url_credentials {
        request.use_url_credentials = flag;
    }
    if let Some(text) = &model.traversable {
        request.traversable = word(text, &["traversable", "no-traversable"])?;
    }
    if let Some(text) = &model.policy_container_referrer_policy {
        request.policy_container_referrer_policy = Some(referrer_policy(text)?);
    }
    request.body = match model.body {
        None => Body::Null,
        Some(BodyModel::Source(length)) => Body::Source(length),
        Some(BodyModel::Stream) => Body::Stream,
    };
    request.keepalive = model.keepalive;
    request.in_flight_keepalive_bytes = model.in_flight_keepalive_bytes;
    request.use_cors_preflight = model.use_cors_preflight;
    request.user_activation = model.user_activation;
    request.user_initiated = model.user_initiated;
    request.local_urls_only = model.local_urls_only;
    request.prevent_no_cache_cache_control = model.prevent_no_cache_cache_control;
    Ok(request)
}

fn start(model: &FetchModel) -> Result<Request, Failure> {
    let url: Url = Url::parse(&expand(&model.url)?).map_err(|error| format!("{:?} is no URL: {error}", model.url))?;
    let method = model.method.as_deref().map(bytes).transpose()?;
    let mut request = match &model.api {
        ApiModel::PotentialCors { destination, crossorigin, same_origin_fallback } => {
            let state = cors_settings_attribute(crossorigin.as_deref());
            create_a_potential_cors_request(url, word(destination, &DESTINATIONS)?, state, *same_origin_fallback)
        }
        ApiModel::Fetch | ApiModel::Raw => Request::new(url),
    };
    let is_api = matches!(model.api, ApiModel::Fetch);
    if is_api {
        request.mode = "cors";
        request.unsafe_request = true;
    }
    if let Some(method) = method {
        request.method = if is_api { normalize_method(&method) } else { method };
    }
    Ok(request)
}

fn words(model: &FetchModel, request: &mut Request) -> Result<(), Failure> {
    let set = |field: &mut Word, text: &Option<String>, words: &[Word]| -> Result<(), Failure> {
        if let Some(text) = text {
            *field = word(text, words)?;
        }
        Ok(())
    };
    set(&mut request.mode, &model.mode, &MODES)?;
    set(&mut request.credentials_mode, &model.credentials, &CREDENTIALS_MODES)?;
    set(&mut request.redirect_mode, &model.redirect, &REDIRECT_MODES)?;
    set(&mut request.cache_mode, &model.cache, &CACHE_MODES)?;
    set(&mut request.destination, &model.destination, &DESTINATIONS)?;
    set(&mut request.initiator, &model.initiator, &INITIATORS)?;
    set(&mut request.service_workers_mode, &model.service_workers, &SERVICE_WORKERS_MODES)?;
    if let Some(text) = &model.referrer_policy {
        request.referrer_policy = referrer_policy(text)?;
    }
    Ok(())
}
