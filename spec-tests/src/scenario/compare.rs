//! What a scenario expects against what an implementation did.

use url::Url;

use super::answer::{Lines, lines, url};
use super::observed::{Seen, SeenError, Sent};
use super::{CacheEntryModel, ErrorModel, RequestModel, ResponseModel, UrlModel};
use crate::Failure;
use crate::symbols::{bytes, expand, text};

/// Collects differences.
#[derive(Debug, Default)]
struct Differences(Vec<String>);

impl Differences {
    fn check<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(&mut self, what: &str, got: T, wanted: U) {
        if got != wanted {
            self.0.push(format!("{what} is {got:?}, wanted {wanted:?}"));
        }
    }

    fn finish(self) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0.join("; ")) }
    }
}

/// Compares a request's head, with the `Cookie` value that the jar gives.
pub(super) fn request_head(model: &RequestModel, head: &Sent, cookie: Option<&[u8]>) -> Result<(), Failure> {
    let mut differences = Differences::default();
    if let Some(method) = &model.method {
        differences.check("method", head.method.as_str(), method.as_str());
    }
    if let Some(wanted) = &model.url {
        differences.check("URL", head.url.as_str(), url(wanted)?.as_str());
    }
    if let Some(credentials) = model.credentials {
        differences.check("include_credentials", head.credentials, credentials);
    }
    if let Some(body) = &model.body {
        differences.check("body", head.body, body.as_str());
    }
    if let Some(same_site) = &model.same_site {
        differences.check("same-site mode", head.same_site.unwrap_or("none"), same_site.as_str());
    }
    if let Some(cache_mode) = &model.cache_mode {
        differences.check("cache mode", head.cache_mode, cache_mode.as_str());
    }
    if let Some(mode) = &model.mode {
        differences.check("mode", head.mode, mode.as_str());
    }
    if let Some(may_prompt) = model.may_prompt {
        differences.check("may_prompt", head.may_prompt, may_prompt);
    }
    if let Some(redirect_count) = model.redirect_count {
        differences.check("redirect count", head.redirect_count, redirect_count);
    }
    for (name, wanted) in &model.headers {
        let got = if name == "cookie" { cookie.map(<[u8]>::to_vec) } else { head.header(name) };
        let wanted = wanted.as_deref().map(bytes).transpose()?;
        differences.check(&format!("header {name}"), got.as_deref().map(text), wanted.as_deref().map(text));
    }
    if let Some(wanted) = &model.all_headers {
        differences.check("lines", texts(&head.lines), texts(&lines(wanted)?));
    }
    // Cookies are the host's.
    differences.check("a cookie line of the implementation's own", head.header("cookie"), None::<Vec<u8>>);
    differences.finish()
}

/// Compares where a hop goes.
pub(super) fn hop(model: &UrlModel, got: &Url) -> Result<(), Failure> {
    let mut differences = Differences::default();
    if let Some(wanted) = &model.url {
        differences.check("URL", got.as_str(), url(wanted)?.as_str());
    }
    differences.finish()
}

/// Compares a response as script sees it.
pub(super) fn response(model: &ResponseModel, response: &Seen<'_>) -> Result<(), Failure> {
    let mut differences = Differences::default();
    if let Some(response_type) = &model.response_type {
        differences.check("type", response.response_type, response_type.as_str());
    }
    if let Some(status) = model.status {
        differences.check("status", response.status, status);
    }
    if let Some(wanted) = &model.url {
        let wanted = wanted.as_deref().map(url).transpose()?;
        differences.check("URL", response.url.as_deref(), wanted.as_ref().map(Url::as_str));
    }
    if let Some(wanted) = &model.urls {
        let wanted = wanted.iter().map(|wanted| url(wanted)).collect::<Result<Vec<_>, _>>()?;
        let wanted: Vec<&str> = wanted.iter().map(Url::as_str).collect();
        differences.check("URL list", &response.urls[..], &wanted[..]);
    }
    if let Some(redirected) = model.redirected {
        differences.check("redirected", response.redirected, redirected);
    }
    if let Some(body) = &model.body {
        differences.check("body", response.body, body.as_str());
    }
    if let Some(timing_allow) = model.timing_allow {
        differences.check("timing allow passed flag", response.timing_allow, timing_allow);
    }
    if let Some(redirect_taint) = &model.redirect_taint {
        differences.check("redirect taint", response.redirect_taint, redirect_taint.as_str());
    }
    if let Some(status) = model.internal_status {
        differences.check("internal status", response.internal_status, status);
    }
    for (destination, wanted) in &model.navigation_tao {
        let got = (response.navigation_tao)(destination)?;
        differences.check(&format!("navigation TAO check for {destination}"), got, *wanted);
    }
    headers(model, response, &mut differences)?;
    differences.finish()
}

fn headers(model: &ResponseModel, response: &Seen<'_>, differences: &mut Differences) -> Result<(), Failure> {
    for (name, wanted) in &model.headers {
        let got = (response.header)(name);
        let wanted = wanted.as_deref().map(bytes).transpose()?;
        differences.check(&format!("visible header {name}"), got.as_deref().map(text), wanted.as_deref().map(text));
        // The iterator must not show more than the look-up by name.
        let listed = response.lines.iter().any(|(line, _)| line.eq_ignore_ascii_case(name.as_bytes()));
        differences.check(&format!("header {name} in the iterator"), listed, wanted.is_some());
    }
    if let Some(wanted) = &model.all_headers {
        differences.check("visible lines", texts(&response.lines), texts(&lines(wanted)?));
    }
    Ok(())
}

fn texts(lines: &Lines) -> Vec<(String, String)> {
    lines.iter().map(|(name, value)| (text(name), text(value))).collect()
}

/// Compares what the preflight cache holds.
pub(super) fn cache(model: &[CacheEntryModel], mut got: Vec<CacheEntryModel>) -> Result<(), Failure> {
    let expanded = |entry: &CacheEntryModel| -> Result<CacheEntryModel, Failure> {
        let partition = entry.partition.as_deref().map(expand).transpose()?;
        let (origin, url) = (expand(&entry.origin)?, url(&entry.url)?.to_string());
        Ok(CacheEntryModel { partition, origin, url, ..entry.clone() })
    };
    let mut wanted = model.iter().map(expanded).collect::<Result<Vec<_>, _>>()?;
    wanted.sort();
    got.sort();
    let mut differences = Differences::default();
    for entry in got.iter().filter(|entry| !wanted.contains(entry)) {
        differences.0.push(format!("the cache has {entry:?}, which is not wanted"));
    }
    for entry in wanted.iter().filter(|entry| !got.contains(entry)) {
        differences.0.push(format!("the cache does not have {entry:?}"));
    }
    differences.check("number of cache entries", got.len(), wanted.len());
    differences.finish()
}

/// Compares a network error.
pub(super) fn network_error(model: &ErrorModel, error: &SeenError) -> Result<(), Failure> {
    let mut differences = Differences::default();
    if let Some(stage) = &model.stage {
        differences.check("stage", error.stage, stage.as_str());
    }
    if let Some(redirects) = model.redirects {
        differences.check("redirects", error.redirects, redirects);
    }
    if let Some(aborted) = model.aborted {
        differences.check("aborted", error.aborted, aborted);
    }
    if let Some(reason) = &model.reason
        && !reason.contains(error.reason)
    {
        differences.0.push(format!("reason is {:?}, wanted {reason:?}", error.reason));
    }
    differences.finish()
}
