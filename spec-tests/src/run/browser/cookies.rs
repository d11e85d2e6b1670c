//! Cookies of the jar at the start of a case: on https hosts for every site, on http hosts for the same site.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use url::{Host, Url};

use super::Engine;
use crate::run::wire::script::Probes;
use crate::run::wire::{Server, mentions_cookies};
use crate::scenario::{ClientModel, ExchangeModel, Scenario};

/// What a jar has at the start.
#[derive(Debug, Default)]
pub(super) struct Cookies {
    /// All of them.
    pub(super) all: Vec<Cookie>,
    /// Which hosts have one only to show whether credentials are sent.
    pub(super) probes: Probes,
}

/// One cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cookie {
    /// A URL of its host; one of an https URL is for secure connections and for all sites.
    pub(super) url: String,
    name: String,
    value: String,
}

impl Cookie {
    fn new(url: &str, pair: &str) -> Self {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Self { url: url.to_owned(), name: name.trim().to_owned(), value: value.trim().to_owned() }
    }

    fn is_secure(&self) -> bool {
        self.url.starts_with("https://")
    }

    /// As parameters of the DevTools protocol's `Network.setCookie`.
    pub(super) fn parameters(&self) -> Value {
        let mut cookie = json!({"url": self.url, "name": self.name, "value": self.value});
        if self.is_secure() {
            cookie["secure"] = true.into();
            cookie["sameSite"] = "None".into();
        }
        cookie
    }

    /// As the value of a `Set-Cookie` line.
    pub(super) fn line(&self) -> String {
        let attributes = if self.is_secure() { "; Secure; SameSite=None" } else { "" };
        format!("{}={}{attributes}", self.name, self.value)
    }
}

impl Cookies {
    /// The scenario's own, or else one for every host that it names.
    pub(super) fn of(engine: Engine, model: &Scenario) -> Self {
        let states = model.steps.iter().flat_map(|step| step.exchanges.iter().flatten()).any(mentions_cookies);
        if !model.cookies.is_empty() || states {
            let pairs = model.cookies.iter().flat_map(|(origin, line)| line.split(';').map(move |pair| (origin, pair)));
            return Self {
                all: pairs.map(|(origin, pair)| Cookie::new(origin, pair)).collect(),
                probes: Probes::Nowhere,
            };
        }
        let clients: Vec<&ClientModel> =
            model.steps.iter().map(|step| step.client.as_ref().unwrap_or(&model.client)).collect();
        let mut cookies = Self::default();
        let mut servers = BTreeSet::new();
        for host in asked(model) {
            for (scheme, pair) in [("https", "fixture=1"), ("http", "plain=1")] {
                let url = format!("{scheme}://{host}/");
                if clients.iter().all(|client| reach(engine, client, &url)) {
                    servers.insert((scheme, host.clone()));
                }
                cookies.all.push(Cookie::new(&url, pair));
            }
        }
        cookies.probes = Probes::At(servers);
        cookies
    }
}

/// The hosts that are asked for something.
fn asked(model: &Scenario) -> BTreeSet<String> {
    let of_exchange = |exchange: &ExchangeModel| {
        [&exchange.preflight, &exchange.request]
            .into_iter()
            .flatten()
            .filter_map(|request| request.url.clone())
            .collect()
    };
    let urls = model.steps.iter().flat_map(|step| {
        let exchanges = step.exchanges.iter().flatten().flat_map(of_exchange as fn(&ExchangeModel) -> Vec<String>);
        step.fetch.iter().map(|fetch| fetch.url.clone()).chain(exchanges)
    });
    urls.filter_map(|url| Server::of_url(&url)).map(|server| server.host).collect()
}

/// Whether cookies of a URL's host are sent for a client. Chromium alone sends those without attributes to the same
/// site only; no secure page asks an http host.
pub(super) fn reach(engine: Engine, client: &ClientModel, url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let origin = client.origin.as_deref().and_then(|origin| Url::parse(origin).ok());
    if url.scheme() == "https" || engine != Engine::Chromium {
        return url.scheme() == "https" || origin.is_none_or(|origin| origin.scheme() == "http");
    }
    origin.is_some_and(|origin| origin.scheme() == "http" && site(&origin) == site(&url))
}

/// The last two labels of a name: hosts of cases are under `test`.
fn site(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => {
            let mut labels = name.rsplit('.').take(2).collect::<Vec<_>>();
            labels.reverse();
            Some(labels.join("."))
        }
        address => Some(address.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_reach_the_same_site_and_secure_hosts() {
        let page = |origin: &str| ClientModel { origin: Some(origin.to_owned()), ..ClientModel::default() };
        let reach = |client: &ClientModel, url| reach(Engine::Chromium, client, url);
        assert!(reach(&page("http://web.test:8000"), "http://www1.web.test:8001/r"));
        assert!(reach(&page("http://web.test:8000"), "https://not-web.test:8443/r"));
        assert!(!reach(&page("http://web.test:8000"), "http://not-web.test:8000/r"));
        assert!(!reach(&page("https://web.test:8443"), "http://web.test:8000/r"));
        assert!(!reach(&page("opaque"), "http://web.test:8000/r"));
        assert!(!reach(&page("http://127.0.0.1:80"), "http://127.0.0.2:80/r"));
        for other in [Engine::Firefox, Engine::Webkit] {
            assert!(super::reach(other, &page("http://web.test:8000"), "http://not-web.test:8000/r"));
            assert!(!super::reach(other, &page("https://web.test:8443"), "http://web.test:8000/r"));
        }
    }
}
