//! The request that script would make, checked as the `Request` constructor checks it.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use fetch_cors::guard::{self, Headers, HeadersGuard};
use fetch_cors::spec;
use fetch_cors::{
    Body, CacheMode, Client, CredentialsMode, Destination, HeaderList, Origin, RedirectMode, Referrer, ReferrerPolicy,
    Request, RequestError, RequestMode, SchemePolicy,
};
use url::Url;

use super::Usage;
use crate::args::RequestArgs;
use crate::record::Dropped;

/// The longest body that is read from a file.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// A request but for its URL.
#[derive(Debug)]
pub(crate) struct RequestPlan {
    pub(crate) method: String,
    headers: HeaderList,
    pub(crate) dropped: Vec<Dropped>,
    pub(crate) body: Option<Bytes>,
    pub(crate) mode: RequestMode,
    pub(crate) credentials: CredentialsMode,
    pub(crate) redirect: RedirectMode,
    /// A navigation whose redirects are followed one by one, as HTML does it.
    pub(crate) follows_manually: bool,
    referrer: Referrer,
    referrer_policy: ReferrerPolicy,
    destination: Destination,
}

impl RequestPlan {
    pub(super) fn new(args: &RequestArgs, origin: &Origin, schemes: &SchemePolicy) -> Result<Self, Usage> {
        let mode = mode(&args.mode)?;
        let body = body(&args.data)?;
        let method = method(args.method.as_deref(), body.is_some(), mode)?;
        let (headers, dropped) = headers(&args.headers, body.is_some(), mode)?;
        let navigation = mode == RequestMode::Navigate;
        let credentials = if navigation { "include" } else { "same-origin" };
        let destination = if navigation { "document" } else { "" };
        let redirect = if navigation { "manual" } else { "follow" };
        Ok(Self {
            method,
            headers,
            dropped,
            body,
            mode,
            credentials: word("--credentials", args.credentials.as_deref(), credentials)?,
            redirect: word("--redirect", args.redirect.as_deref(), redirect)?,
            follows_manually: navigation && args.redirect.is_none(),
            referrer: referrer(&args.referrer, origin, schemes)?,
            referrer_policy: word("--referrer-policy", args.referrer_policy.as_deref(), "")?,
            destination: word("--destination", args.destination.as_deref(), destination)?,
        })
    }

    /// The request for one of the URLs.
    pub(crate) fn build(&self, url: &Url, client: &Arc<Client>) -> Result<Request, RequestError> {
        let body = match &self.body {
            Some(bytes) => Body::Source { length: bytes.len() as u64 },
            None => Body::Null,
        };
        let builder = Request::builder(url.clone())
            .client(Arc::clone(client))
            .method(&self.method)
            .headers(self.headers.clone())
            .body(body)
            .as_fetch_api()
            .mode(self.mode)
            .credentials_mode(self.credentials)
            .redirect_mode(self.redirect)
            .referrer(self.referrer.clone())
            .referrer_policy(self.referrer_policy)
            .destination(self.destination);
        if self.mode != RequestMode::Navigate {
            return builder.build();
        }
        builder.unsafe_request(false).top_level_navigation_initiator_origin(client.origin().clone()).build()
    }
}

/// One of the standard's words.
fn word<T: FromStr<Err: Display>>(argument: &str, given: Option<&str>, default: &str) -> Result<T, Usage> {
    let text = given.unwrap_or(default);
    text.parse().map_err(|e| Usage::of(argument, text, e))
}

fn mode(text: &str) -> Result<RequestMode, Usage> {
    match word("--mode", Some(text), "")? {
        RequestMode::WebSocket | RequestMode::WebTransport => {
            Err(Usage::of("--mode", text, "this command makes HTTP requests only"))
        }
        mode => Ok(mode),
    }
}

fn method(given: Option<&str>, has_body: bool, mode: RequestMode) -> Result<String, Usage> {
    let text = given.unwrap_or(if has_body { "POST" } else { "GET" });
    let wrong = |e| Usage::of("--request", text, e);
    let method = guard::check_method(text.as_bytes()).map_err(wrong)?;
    // A page cannot choose mode navigate; a link or form does.
    let mode = if mode == RequestMode::Navigate { RequestMode::Cors } else { mode };
    guard::check_modes(&method, mode, CacheMode::Default, has_body).map_err(wrong)?;
    Ok(method)
}

/// The header list as `fetch()` makes it, and the names that it leaves out.
fn headers(given: &[String], has_body: bool, mode: RequestMode) -> Result<(HeaderList, Vec<Dropped>), Usage> {
    let guard = match mode {
        RequestMode::NoCors => HeadersGuard::RequestNoCors,
        _ => HeadersGuard::Request,
    };
    let mut headers = Headers::new(guard);
    let mut dropped = Vec::new();
    let mut adds_content_type = has_body;
    for line in given {
        if has_body && line.eq_ignore_ascii_case("content-type:") {
            adds_content_type = false;
            continue;
        }
        let (name, value) = header_line(line)?;
        let name = name.as_bytes();
        let value = byte_string("--header", value)?;
        let before = headers.header_list().len();
        headers.append(name, &value).map_err(|e| Usage::of("--header", line, e))?;
        if headers.header_list().len() == before {
            dropped.push(Dropped { name: String::from_utf8_lossy(name).into_owned(), why: why_dropped(name, &value) });
        }
    }
    if adds_content_type && !headers.header_list().contains("content-type") {
        headers
            .append(b"Content-Type", b"application/x-www-form-urlencoded")
            .map_err(|e| Usage::of("--data", "", e))?;
    }
    Ok((headers.into_header_list(), dropped))
}

fn why_dropped(name: &[u8], value: &[u8]) -> &'static str {
    if spec::is_forbidden_request_header(name, value) {
        "a forbidden request-header, which script cannot set"
    } else {
        "not among the headers that mode no-cors allows"
    }
}

/// `Name: value`, or `Name;` for an empty value, as curl has it.
fn header_line(line: &str) -> Result<(&str, &str), Usage> {
    if let Some((name, value)) = line.split_once(':') {
        return Ok((name, value));
    }
    line.strip_suffix(';').map(|name| (name, "")).ok_or_else(|| Usage::of("--header", line, "expected 'Name: value'"))
}

/// A byte for each character, as script's strings become header values.
pub(super) fn byte_string(argument: &str, text: &str) -> Result<Vec<u8>, Usage> {
    text.chars()
        .map(|c| u8::try_from(c).map_err(|_| Usage::of(argument, text, format!("{c:?} is above U+00FF"))))
        .collect()
}

/// The data of all `--data` arguments, joined as curl joins it.
fn body(data: &[String]) -> Result<Option<Bytes>, Usage> {
    if data.is_empty() {
        return Ok(None);
    }
    let mut pieces = Vec::new();
    for piece in data {
        pieces.push(match piece.strip_prefix('@') {
            Some(file) => data_file(file)?,
            None => piece.as_bytes().to_vec(),
        });
    }
    Ok(Some(pieces.join(&b'&').into()))
}

/// A file without its line ends and NULs, as curl's `--data @FILE` reads it.
fn data_file(file: &str) -> Result<Vec<u8>, Usage> {
    let wrong = |why: String| Usage::of("--data", &format!("@{file}"), why);
    let mut bytes = read_bounded(file).map_err(|e| wrong(e.to_string()))?;
    if bytes.len() as u64 > MAX_BODY {
        return Err(wrong(format!("larger than {MAX_BODY} bytes")));
    }
    bytes.retain(|byte| !matches!(byte, b'\r' | b'\n' | b'\0'));
    Ok(bytes)
}

fn read_bounded(file: &str) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    if file == "-" {
        std::io::stdin().lock().take(MAX_BODY + 1).read_to_end(&mut bytes)?;
    } else {
        let file = std::fs::File::open(Path::new(file))?;
        file.take(MAX_BODY + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// A URL of another origin than the page's counts as `client`, as in the `Request` constructor.
fn referrer(text: &str, origin: &Origin, schemes: &SchemePolicy) -> Result<Referrer, Usage> {
    match text {
        "client" | "about:client" => return Ok(Referrer::Client),
        "no-referrer" | "" => return Ok(Referrer::NoReferrer),
        _ => {}
    }
    let url = Url::parse(text).map_err(|e| Usage::of("--referrer", text, e))?;
    Ok(if origin.same_origin_with_url(&url, schemes) { Referrer::Url(url) } else { Referrer::Client })
}
