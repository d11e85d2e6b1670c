//! A client as a page, and a fetch as what that page runs.

use serde_json::{Value, json};
use url::{Position, Url};

use super::proxy::Page;
use crate::Failure;
use crate::scenario::{ApiModel, BodyModel, ClientModel, FetchModel, OutcomeModel};

/// What the page runs: `fetch()`, an XHR with an upload listener, or an element, and what came of it.
pub(super) const SCRIPT: &str =
    concat!(include_str!("page/fetch.js"), include_str!("page/element.js"), include_str!("page/main.js"));

/// What a worker runs, without elements.
const WORKER: &str = concat!(include_str!("page/fetch.js"), include_str!("page/worker.js"));

/// Fetches from every URL, so that its cookies are there; the URLs from which nothing came.
pub(super) const PLANT: &str = "const [urls, done] = arguments;
const one = (url) => fetch(url, { mode: 'no-cors', credentials: 'include' }).then(() => [], () => [url]);
Promise.all(urls.map(one)).then((missed) => done(missed.flat()));";

/// A document without subresources; without the icon, browsers ask for one.
const BODY: &str = "<!DOCTYPE html><title>case</title><link rel=icon href=\"data:,\">";

/// Where the page of a worker is.
const PAGE_OF_WORKER: &str = "/page-of-the-worker";

/// Where a client's page is, and what the proxy serves there; a page of a `data:` URL is not served.
pub(super) fn of_client(client: &ClientModel) -> Result<(String, Option<Page>), Failure> {
    let origin = client.origin.as_deref().unwrap_or_default();
    let is_opaque = origin.starts_with("opaque");
    if client.worker {
        let url = format!("{origin}{PAGE_OF_WORKER}");
        return Ok((url.clone(), Some(served(&url, "text/html;charset=utf-8", Vec::new(), BODY)?)));
    }
    if is_opaque && !matches!(client.url, Some(Some(_))) {
        return Ok((format!("data:text/html,{BODY}"), None));
    }
    let url = url(client);
    let mut headers = policies(client);
    if is_opaque {
        headers.push(("content-security-policy", "sandbox allow-scripts".to_owned()));
    }
    let page = served(&url, "text/html;charset=utf-8", headers, BODY)?;
    Ok((url, Some(page)))
}

/// A client that is a worker: where its script is, and the script.
pub(super) fn of_worker(client: &ClientModel) -> Result<(String, Page), Failure> {
    let url = url(client);
    let page = served(&url, "text/javascript", policies(client), WORKER)?;
    Ok((url, page))
}

/// What the client's URL is, where it has one.
fn url(client: &ClientModel) -> String {
    let of_origin = || format!("{}/page", client.origin.as_deref().unwrap_or_default());
    client.url.clone().flatten().unwrap_or_else(of_origin)
}

fn policies(client: &ClientModel) -> Vec<(&'static str, String)> {
    let lines = [
        ("referrer-policy", &client.referrer_policy),
        ("cross-origin-embedder-policy", &client.embedder_policy),
        ("cross-origin-embedder-policy-report-only", &client.embedder_policy_report_only),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
}

fn served(
    url: &str,
    content_type: &'static str,
    mut headers: Vec<(&'static str, String)>,
    body: &str,
) -> Result<Page, Failure> {
    let parsed = Url::parse(url).map_err(|error| format!("the page's URL {url:?}: {error}"))?;
    headers.push(("content-type", content_type.to_owned()));
    Ok(Page { url: with_port(&parsed), headers, body: body.to_owned() })
}

/// An http or https URL as a request asks for it, with its port written out.
fn with_port(url: &Url) -> String {
    let path = &url[Position::BeforePath..Position::AfterQuery];
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}://{}:{port}{path}", url.scheme(), url.host_str().unwrap_or_default())
}

/// Whether the page is to say if it may time the response.
pub(super) fn is_timed(outcome: &OutcomeModel) -> bool {
    matches!(outcome, OutcomeModel::Response(response) if response.timing_allow.is_some())
}

/// The argument of [`SCRIPT`], with the URL of the worker that runs it, if it is one.
pub(super) fn argument(fetch: &FetchModel, outcome: &OutcomeModel, worker: Option<&str>) -> Value {
    let mut init = json!({ "headers": fetch.headers });
    // Where the standard's own default stays, and not that of fetch().
    let no_cors = Some("no-cors".to_owned());
    let mode =
        if matches!(fetch.api, ApiModel::Raw) { fetch.mode.as_ref().or(no_cors.as_ref()) } else { fetch.mode.as_ref() };
    for (name, value) in [
        ("method", fetch.method.as_ref()),
        ("mode", mode),
        ("credentials", fetch.credentials.as_ref()),
        ("redirect", fetch.redirect.as_ref()),
        ("cache", fetch.cache.as_ref()),
        ("referrerPolicy", fetch.referrer_policy.as_ref()),
    ] {
        if let Some(value) = value {
            init[name] = value.as_str().into();
        }
    }
    if let Some(referrer) = &fetch.referrer {
        init["referrer"] = if referrer == "no-referrer" { "" } else { referrer.as_str() }.into();
    }
    if fetch.keepalive {
        init["keepalive"] = true.into();
    }
    let body = match fetch.body {
        Some(BodyModel::Source(length)) => Some(length),
        _ => None,
    };
    json!({
        "url": fetch.url,
        "init": init,
        "body": body,
        "upload": fetch.use_cors_preflight,
        "timing": is_timed(outcome),
        "worker": worker,
    })
}

/// What the page says, with bytes as the fixtures write them.
pub(super) fn outcome(mut told: Value) -> Result<Value, Failure> {
    // Scripts see no URL as an empty one.
    if let Some(url) = told.pointer_mut("/response/url").filter(|url| url.as_str() == Some("")) {
        *url = Value::Null;
    }
    match told.get("failure") {
        Some(failure) => Err(format!("the page failed: {failure}")),
        None if told.get("response").is_some() || told.get("error").is_some() => Ok(told),
        None => Err(format!("the page said neither response nor error: {told}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_policies() {
        let client = ClientModel {
            origin: Some("https://a.test".to_owned()),
            referrer_policy: Some("origin".to_owned()),
            ..ClientModel::default()
        };
        let (url, page) = of_client(&client).unwrap_or_else(|error| panic!("{error}"));
        let page = page.unwrap_or_else(|| panic!("no page"));
        assert_eq!((url.as_str(), page.url.as_str()), ("https://a.test/page", "https://a.test:443/page"));
        assert_eq!(page.headers.first(), Some(&("referrer-policy", "origin".to_owned())));
    }

    #[test]
    fn an_opaque_origin_has_no_server_unless_it_has_a_url() {
        let mut client = ClientModel { origin: Some("opaque".to_owned()), ..ClientModel::default() };
        let served = |client: &ClientModel| of_client(client).unwrap_or_else(|error| panic!("{error}")).1;
        assert!(served(&client).is_none());
        client.url = Some(Some("http://a.test/x?y#z".to_owned()));
        let page = served(&client).unwrap_or_else(|| panic!("no page"));
        assert_eq!(page.url, "http://a.test:80/x?y");
        assert!(page.headers.iter().any(|(name, _)| *name == "content-security-policy"));
    }
}
