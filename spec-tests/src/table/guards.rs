//! What an API layer refuses or drops.

use std::str::FromStr;

use fetch_cors::guard::{self, Headers, HeadersGuard};
use fetch_cors::{
    CacheMode, CredentialsMode, Destination, HeaderList, Initiator, RedirectMode, ReferrerPolicy, RequestMode,
};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::headers::{Operation, lines_of};
use super::read;
use crate::Failure;
use crate::symbols::bytes;

pub(super) fn headers(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        guard: String,
        ops: Vec<Operation>,
    }
    let Input { guard, ops } = read(input)?;
    let guard = match guard.as_str() {
        "none" => HeadersGuard::None,
        "request" => HeadersGuard::Request,
        "request-no-cors" => HeadersGuard::RequestNoCors,
        "response" => HeadersGuard::Response,
        "immutable" => HeadersGuard::Immutable,
        _ => return Err(format!("no guard {guard:?}")),
    };
    let mut headers = Headers::new(guard);
    for op in &ops {
        let done = match op {
            Operation::WithValue(verb, name, value) if verb == "append" => headers.append(bytes(name)?, bytes(value)?),
            Operation::WithValue(verb, name, value) if verb == "set" => headers.set(bytes(name)?, bytes(value)?),
            Operation::WithoutValue(verb, name) if verb == "delete" => headers.delete(bytes(name)?),
            _ => return Err("an operation here is append, set or delete".into()),
        };
        if done.is_err() {
            return Ok("refused".into());
        }
    }
    Ok(lines_of(headers.header_list()))
}

pub(super) fn xhr_set_request_header(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        set: Vec<(String, String)>,
    }
    let Input { set } = read(input)?;
    let mut list = HeaderList::new();
    for (name, value) in &set {
        if guard::xhr_set_request_header(&mut list, &bytes(name)?, &bytes(value)?).is_err() {
            return Ok("refused".into());
        }
    }
    Ok(lines_of(&list))
}

pub(super) fn check_method(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        method: String,
    }
    let Input { method } = read(input)?;
    Ok(guard::check_method(&bytes(&method)?).ok().into())
}

pub(super) fn check_fetch_url(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        url: String,
    }
    let Input { url } = read(input)?;
    let url = Url::parse(&url).map_err(|error| format!("{url:?}: {error}"))?;
    Ok(guard::check_fetch_url(&url).is_ok().into())
}

pub(super) fn check_modes(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        method: String,
        mode: String,
        cache: String,
        has_body: bool,
    }
    let Input { method, mode, cache, has_body } = read(input)?;
    let mode: RequestMode = mode.parse().map_err(|error| format!("{error}"))?;
    let cache: CacheMode = cache.parse().map_err(|error| format!("{error}"))?;
    Ok(guard::check_modes(&method, mode, cache, has_body).is_ok().into())
}

pub(super) fn parse_enum(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        r#enum: String,
        value: String,
    }
    let Input { r#enum, value } = read(input)?;
    Ok(match r#enum.as_str() {
        "mode" => is::<RequestMode>(&value),
        "credentials" => is::<CredentialsMode>(&value),
        "cache" => is::<CacheMode>(&value),
        "redirect" => is::<RedirectMode>(&value),
        "referrer-policy" => is::<ReferrerPolicy>(&value),
        "destination" => is::<Destination>(&value),
        "initiator" => is::<Initiator>(&value),
        other => return Err(format!("no enumeration {other:?}")),
    }
    .into())
}

fn is<T: FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}
