//! What a page cannot do by itself, so that the case is skipped, with the reason.

use fetch_cors::guard::{Headers, HeadersGuard, check_fetch_url, check_method, check_modes};
use fetch_cors::spec::{is_cors_safelisted_method, is_cors_safelisted_request_header};
use fetch_cors::{CacheMode, RequestMode};
use url::{Host, Position, Url};

use super::Engine;
use super::element::Element;
use crate::Failure;
use crate::run::wire::{beyond_wire, mentions_cookies};
use crate::run::{Case, Kind};
use crate::scenario::{ApiModel, BodyModel, ClientModel, ExchangeModel, FetchModel, Scenario, StepModel};
use crate::symbols::bytes;

/// What no page can give, whatever the browser.
const CANNOT: [(&str, &str); 19] = [
    ("table", "a browser is a whole, and not functions"),
    ("configured-headers", "a browser has its own header values"),
    ("max-age-limit", "a browser has its own limit"),
    ("letter-profile", "a browser has no such switches"),
    ("partition", "a browser makes its own network partition keys"),
    ("keepalive-quota", "what else is under way is not scripted"),
    ("navigation", "a navigation makes it, and the page calls functions"),
    ("manual-navigation", "the navigation is inside the browser"),
    ("websocket", "a WebSocket makes it, and the page calls functions"),
    ("service-worker", "no service worker is between"),
    ("gate", "a gate is inside the browser"),
    ("host-policy", "the policy is inside the browser"),
    ("cache-content", "the preflight cache is inside the browser"),
    ("cache-limits", "a browser has its own bounds"),
    ("cache-upkeep", "the preflight cache's upkeep is the browser's own"),
    ("abort", "the moment of an abort is inside the browser"),
    ("odd-status", "HTTP/1.1 carries no such status as final"),
    ("odd-header", "HTTP/1.1 carries no such header line"),
    ("very-large-body", "the body does not exist"),
];

/// Why a case cannot be run, from what it needs.
pub(super) fn of_needs(case: &Case) -> Option<String> {
    let needs = || case.needs().chain((case.kind == Kind::Table).then_some("table"));
    let (need, why) = needs().find_map(|need| CANNOT.iter().find(|(cannot, _)| *cannot == need))?;
    Some(format!("needs {need}: {why}"))
}

/// Why a case cannot be run, from what it says.
pub(super) fn of_case(engine: Engine, case: &Case, model: &Scenario) -> Result<Option<String>, Failure> {
    if let Some(reason) = beyond_wire(&case.row)? {
        return Ok(Some(reason));
    }
    if engine == Engine::Webkit && case.needs().any(|need| need == "clear-cache") {
        return Ok(Some("needs clear-cache: WebKit has no command for it".to_owned()));
    }
    let is_raw = case.needs().any(|need| need == "raw-request");
    for step in &model.steps {
        let Some(fetch) = &step.fetch else { continue };
        let client = step.client.as_ref().unwrap_or(&model.client);
        if let Some(reason) = of_client(client) {
            return Ok(Some(reason));
        }
        if let Some(element) = Element::of(step) {
            if let Some(reason) = of_element(element, client, step) {
                return Ok(Some(reason));
            }
        } else if let Some(reason) = of_fetch(fetch, is_raw) {
            return Ok(Some(reason));
        } else if let Some(reason) = refused(fetch)? {
            return Ok(Some(format!("fetch() does not take it: {reason}")));
        }
        if let Some(reason) = of_hosts(client, step).or_else(|| of_answers(step)) {
            return Ok(Some(reason));
        }
    }
    Ok(of_cookies(engine, model))
}

fn of_client(client: &ClientModel) -> Option<String> {
    let origin = client.origin.as_deref().unwrap_or_default();
    let url = client.url.as_ref().and_then(Option::as_deref);
    let page = url.unwrap_or(origin);
    let has_scheme = ["http://", "https://"].iter().any(|scheme| page.starts_with(scheme));
    let is_opaque = origin.starts_with("opaque");
    let is_secure = page.starts_with("https://");
    if !(has_scheme || is_opaque && url.is_none()) {
        return Some("needs other-scheme: only http and https pages are served".to_owned());
    }
    if !is_opaque && Url::parse(page).is_ok_and(|url| origin_of(&url) != origin) {
        return Some("a page's URL is of its origin".to_owned());
    }
    let has_embedder_policy = client.embedder_policy.is_some() || client.embedder_policy_report_only.is_some();
    if has_embedder_policy && !is_secure {
        return Some("needs embedder-policy: only pages of https have one".to_owned());
    }
    if !is_opaque && client.url == Some(None) {
        return Some("a page has a URL".to_owned());
    }
    if client.emulated_language.is_some() || client.emulated_user_agent.is_some() {
        return Some("needs configured-headers: a browser has its own header values".to_owned());
    }
    if client.cross_site_ancestor {
        return Some("the page is a top-level document".to_owned());
    }
    if client.worker && is_opaque {
        return Some("needs opaque-origin: a page's worker is of the page's origin, or of a data: URL".to_owned());
    }
    None
}

fn of_element(element: Element, client: &ClientModel, step: &StepModel) -> Option<String> {
    if client.worker {
        return Some("needs element: a worker has none".to_owned());
    }
    element.cannot_tell(step).map(str::to_owned)
}

fn origin_of(url: &Url) -> String {
    format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::BeforePath])
}

fn of_fetch(fetch: &FetchModel, is_raw: bool) -> Option<String> {
    let raw = || Some("needs raw-request: no call of a page makes it".to_owned());
    let is_like_fetch = match fetch.api {
        ApiModel::Fetch => !is_raw || fetch.use_cors_preflight,
        // The unsafe-request flag, which fetch() sets, makes no difference to these.
        ApiModel::Raw => is_simple(fetch),
        ApiModel::PotentialCors { .. } => return Some("needs element: none makes such a request".to_owned()),
    };
    if !is_like_fetch {
        return raw();
    }
    // What an XHR with an upload listener is.
    let is_xhr = fetch.mode.as_deref().is_none_or(|mode| mode == "cors")
        && fetch.credentials.as_deref().is_none_or(|mode| mode != "omit")
        && [&fetch.redirect, &fetch.cache, &fetch.referrer, &fetch.referrer_policy].iter().all(|word| word.is_none())
        && !fetch.keepalive;
    if fetch.use_cors_preflight && !is_xhr {
        return raw();
    }
    if fetch.cache.as_deref() == Some("only-if-cached") {
        return Some("what is cached is inside the browser".to_owned());
    }
    let other = [
        &fetch.destination,
        &fetch.initiator,
        &fetch.service_workers,
        &fetch.top_level_navigation_initiator_origin,
        &fetch.origin,
        &fetch.traversable,
        &fetch.policy_container_referrer_policy,
    ];
    let is_flagged = [
        fetch.user_activation,
        fetch.user_initiated,
        fetch.local_urls_only,
        fetch.no_client,
        fetch.unsafe_request.is_some(),
        fetch.use_url_credentials.is_some(),
        fetch.prevent_no_cache_cache_control,
    ];
    if other.iter().any(|word| word.is_some()) || is_flagged.contains(&true) {
        return raw();
    }
    matches!(fetch.body, Some(BodyModel::Stream))
        .then(|| "needs stream-body: browsers send such bodies over HTTP/2 only".to_owned())
}

/// Whether neither method nor headers take a preflight.
fn is_simple(fetch: &FetchModel) -> bool {
    let is_safe = |(name, value): &(String, String)| {
        let (name, value) = (bytes(name).unwrap_or_default(), bytes(value).unwrap_or_default());
        is_cors_safelisted_request_header(&name, &value)
    };
    let method = fetch.method.as_deref().unwrap_or("GET");
    is_cors_safelisted_method(method.as_bytes()) && fetch.headers.iter().all(is_safe) && !fetch.use_cors_preflight
}

/// What the API drops or throws for, before there is a request.
fn refused(fetch: &FetchModel) -> Result<Option<String>, Failure> {
    let word = |text: &str| format!("{text:?} means nothing");
    let mode: RequestMode = match fetch.mode.as_deref() {
        Some(mode) => mode.parse().map_err(|_| word(mode))?,
        None if matches!(fetch.api, ApiModel::Raw) => RequestMode::NoCors,
        None => RequestMode::Cors,
    };
    let cache: CacheMode = match fetch.cache.as_deref() {
        Some(cache) => cache.parse().map_err(|_| word(cache))?,
        None => CacheMode::Default,
    };
    let url = Url::parse(&fetch.url).map_err(|error| format!("{:?}: {error}", fetch.url))?;
    let method = match check_method(&bytes(fetch.method.as_deref().unwrap_or("GET"))?) {
        Ok(method) => method,
        Err(refusal) => return Ok(Some(refusal.to_string())),
    };
    if let Err(refusal) = check_fetch_url(&url).and(check_modes(&method, mode, cache, fetch.body.is_some())) {
        return Ok(Some(refusal.to_string()));
    }
    let guard = if mode == RequestMode::NoCors { HeadersGuard::RequestNoCors } else { HeadersGuard::Request };
    // A Headers object without a mode has the first guard, and its lines are appended to the other.
    let mut headers = [Headers::new(HeadersGuard::Request), Headers::new(guard)];
    for (name, value) in &fetch.headers {
        let (line, value) = (bytes(name)?, bytes(value)?);
        for headers in &mut headers {
            let before = headers.header_list().len();
            if let Err(refusal) = headers.append(&line, &value) {
                return Ok(Some(refusal.to_string()));
            }
            if headers.header_list().len() == before {
                return Ok(Some(format!("header {name} is dropped")));
            }
        }
    }
    Ok(None)
}

/// What a secure page is not let do, whatever the server says.
fn of_hosts(client: &ClientModel, step: &StepModel) -> Option<String> {
    if !client.origin.as_deref().is_some_and(|origin| origin.starts_with("https://")) {
        return None;
    }
    let exchanges = step.exchanges.iter().flatten();
    let urls = exchanges.flat_map(|exchange| [&exchange.request, &exchange.preflight]).flatten();
    let urls = urls.filter_map(|request| request.url.as_deref());
    let is_mixed = |url: &str| Url::parse(url).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url));
    urls.into_iter()
        .any(is_mixed)
        .then(|| "needs gate: browsers block mixed content, which the case leaves to a gate".to_owned())
}

fn of_answers(step: &StepModel) -> Option<String> {
    let is_of_proxy =
        |exchange: &ExchangeModel| exchange.answer.as_ref().is_some_and(|answer| answer.status == Some(407));
    let exchanges = step.exchanges.iter().flatten();
    exchanges.into_iter().any(is_of_proxy).then(|| "a 407 is the proxy's own, and there is a proxy".to_owned())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Which cookies browsers neither keep nor send.
fn of_cookies(engine: Engine, model: &Scenario) -> Option<String> {
    let has_cookies = !model.cookies.is_empty()
        || model.steps.iter().flat_map(|step| step.exchanges.iter().flatten()).any(mentions_cookies);
    let crosses = |step: &StepModel| {
        let client = step.client.as_ref().unwrap_or(&model.client);
        let exchanges = step.exchanges.iter().flatten().filter_map(|exchange| exchange.request.as_ref());
        exchanges.filter_map(|request| request.url.as_deref()).any(|url| !super::cookies::reach(engine, client, url))
    };
    (has_cookies && model.steps.iter().any(crosses))
        .then(|| "needs cookies: over http, browsers send none to another site".to_owned())
}
