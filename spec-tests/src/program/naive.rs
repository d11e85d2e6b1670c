//! A client as one writes it in an afternoon, wrong on purpose: it shows that the cases catch it.
//!
//! It looks at the first header line only, at names of request headers and not at their values, checks
//! nothing on redirects, never asks again after one, keeps no preflight cache, takes every 2xx or 3xx
//! for a good preflight, accepts `*` with credentials, and shows every header.

use serde_json::{Value, json};
use url::Url;

use super::Program;
use super::wire::{self, Answer, Lines, Payload};
use crate::Failure;
use crate::symbols::{bytes, text};

const MOST_REDIRECTS: usize = 20;

/// The naive program.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NaiveProgram;

/// What it takes from a message.
struct Wish {
    method: String,
    url: Url,
    headers: Lines,
    body: Option<u64>,
    origin: String,
    is_no_cors: bool,
}

impl Program for NaiveProgram {
    fn answer(&mut self, message: &Value) -> Result<Value, Failure> {
        match message["do"].as_str() {
            Some("hello") => Ok(json!({"version": 1, "name": "naive-program",
                "cannot": ["table", "cookies", "clock", "clear-cache", "raw-request", "element", "navigation",
                    "websocket", "fetch-metadata", "embedder-policy", "configured-headers", "max-age-limit",
                    "letter-profile", "keepalive-quota", "partition", "stream-body", "opaque-origin"],
                "reports": ["type", "status", "url", "redirected", "headers", "body"]})),
            Some("start") => Ok(json!({"ok": true})),
            Some("fetch") => Ok(fetch(&wish(message)?).unwrap_or_else(|error| json!({"error": {"message": error}}))),
            _ => Err(format!("nothing to do: {message}")),
        }
    }
}

fn wish(message: &Value) -> Result<Wish, Failure> {
    let fetch = &message["fetch"];
    let word = |member: &str| fetch[member].as_str();
    let url = word("url").ok_or("no URL")?;
    let pair =
        |line: &Value| Ok((bytes(line[0].as_str().unwrap_or_default())?, bytes(line[1].as_str().unwrap_or_default())?));
    Ok(Wish {
        method: word("method").unwrap_or("GET").to_ascii_uppercase(),
        url: Url::parse(url).map_err(|error| error.to_string())?,
        headers: fetch["headers"].as_array().into_iter().flatten().map(pair).collect::<Result<_, Failure>>()?,
        body: fetch["body"]["source"].as_u64(),
        origin: message["client"]["origin"].as_str().unwrap_or("null").to_owned(),
        is_no_cors: word("mode") == Some("no-cors"),
    })
}

/// The first line of a name.
fn first<'a>(answer: &'a Answer, name: &str) -> Option<&'a [u8]> {
    let line = answer.headers.iter().find(|(line, _)| line.eq_ignore_ascii_case(name.as_bytes()));
    line.map(|(_, value)| value.as_slice())
}

fn is_other_origin(url: &Url, wish: &Wish) -> bool {
    !url.as_str().starts_with(&format!("{}/", wish.origin))
}

fn allows_origin(answer: &Answer, wish: &Wish) -> Result<(), Failure> {
    match first(answer, "access-control-allow-origin") {
        Some(value) if value == b"*" || value == wish.origin.as_bytes() => Ok(()),
        _ => Err("the origin is not allowed".to_owned()),
    }
}

fn lists(answer: &Answer, header: &str, wanted: &str) -> bool {
    let list = first(answer, header).map(text).unwrap_or_default();
    list.split(',').any(|item| item.trim() == "*" || item.trim().eq_ignore_ascii_case(wanted))
}

fn preflight(wish: &Wish) -> Result<(), Failure> {
    let safelisted = ["accept", "accept-language", "content-language", "content-type"];
    let names = wish.headers.iter().map(|(name, _)| text(name).to_ascii_lowercase());
    let names: Vec<String> = names.filter(|name| !safelisted.contains(&name.as_str())).collect();
    let is_simple = ["GET", "HEAD", "POST"].contains(&wish.method.as_str());
    if is_simple && names.is_empty() {
        return Ok(());
    }
    let line = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let mut headers =
        vec![line("accept", "*/*"), line("origin", &wish.origin), line("access-control-request-method", &wish.method)];
    if !names.is_empty() {
        headers.push(line("access-control-request-headers", &names.join(", ")));
    }
    let answer = wire::exchange("OPTIONS", &wish.url, &headers, Payload::Nothing)?;
    allows_origin(&answer, wish)?;
    if !(200..400).contains(&answer.status) {
        return Err("the preflight failed".to_owned());
    }
    if !is_simple && !lists(&answer, "access-control-allow-methods", &wish.method) {
        return Err("the method is not allowed".to_owned());
    }
    match names.iter().find(|name| !lists(&answer, "access-control-allow-headers", name)) {
        Some(name) => Err(format!("{name} is not allowed")),
        None => Ok(()),
    }
}

fn fetch(wish: &Wish) -> Result<Value, Failure> {
    let is_cross_origin = is_other_origin(&wish.url, wish);
    if is_cross_origin && !wish.is_no_cors {
        preflight(wish)?;
    }
    let mut url = wish.url.clone();
    let mut headers = wish.headers.clone();
    if is_cross_origin || wish.body.is_some() {
        headers.push((b"origin".to_vec(), wish.origin.clone().into_bytes()));
    }
    let payload = wish.body.map_or(Payload::Nothing, Payload::Whole);
    for redirects in 0..=MOST_REDIRECTS {
        let answer = wire::exchange(&wish.method, &url, &headers, payload)?;
        match first(&answer, "location") {
            Some(location) if (300..400).contains(&answer.status) => {
                url = url.join(&text(location)).map_err(|error| error.to_string())?;
            }
            _ => return finish(wish, &url, &answer, redirects > 0),
        }
    }
    Err("too many redirects".to_owned())
}

fn finish(wish: &Wish, url: &Url, answer: &Answer, redirected: bool) -> Result<Value, Failure> {
    let is_cross_origin = is_other_origin(url, wish);
    if is_cross_origin && wish.is_no_cors {
        return Ok(
            json!({"response": {"type": "opaque", "status": 0, "url": null, "redirected": false, "headers": [], "body": null}}),
        );
    }
    if is_cross_origin {
        allows_origin(answer, wish)?;
    }
    let headers: Vec<Value> = answer.headers.iter().map(|(name, value)| json!([text(name), text(value)])).collect();
    let kind = if is_cross_origin { "cors" } else { "basic" };
    Ok(json!({"response": {"type": kind, "status": answer.status, "url": url.as_str(), "redirected": redirected,
        "headers": headers, "body": text(&answer.body)}}))
}
