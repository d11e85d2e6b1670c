//! Origins, sites, and requests of elements.

use fetch_cors::spec;
use fetch_cors::{
    Client, CorsSettingsAttribute, Destination, Origin, SameOriginFallback, SchemePolicy,
    create_a_potential_cors_request,
};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::read;
use crate::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneUrl {
    url: String,
}

fn parse(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| format!("{text:?}: {error}"))
}

pub(super) fn is_potentially_trustworthy(input: &Value) -> Result<Value, Failure> {
    let OneUrl { url } = read(input)?;
    Ok(spec::is_potentially_trustworthy(&parse(&url)?, &SchemePolicy::new()).into())
}

pub(super) fn origin_of_url(input: &Value) -> Result<Value, Failure> {
    let OneUrl { url } = read(input)?;
    let origin = Origin::of_url(&parse(&url)?, &SchemePolicy::new());
    Ok(origin.as_ref().map_or("null", Origin::serialize).into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Two {
    a: String,
    b: String,
}

fn origin(text: &str) -> Result<Origin, Failure> {
    Origin::parse(text).map_err(|error| error.to_string())
}

pub(super) fn same_origin(input: &Value) -> Result<Value, Failure> {
    let Two { a, b } = read(input)?;
    Ok(origin(&a)?.same_origin(&origin(&b)?).into())
}

pub(super) fn cors_settings_attribute(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        attribute: Option<String>,
    }
    let Input { attribute } = read(input)?;
    Ok(match CorsSettingsAttribute::from_attribute(attribute.as_deref()) {
        CorsSettingsAttribute::NoCors => "no-cors",
        CorsSettingsAttribute::Anonymous => "anonymous",
        CorsSettingsAttribute::UseCredentials => "use-credentials",
    }
    .into())
}

pub(super) fn potential_cors_request(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        attribute: Option<String>,
        same_origin_fallback: bool,
    }
    let Input { attribute, same_origin_fallback } = read(input)?;
    let state = CorsSettingsAttribute::from_attribute(attribute.as_deref());
    let fallback = if same_origin_fallback { SameOriginFallback::Yes } else { SameOriginFallback::No };
    let url = parse("https://a.test/")?;
    let request = create_a_potential_cors_request(url, Destination::Image, state, fallback)
        .client(Client::new(origin("https://a.test")?))
        .build()
        .map_err(|error| error.to_string())?;
    Ok(json!({"mode": request.mode().as_str(), "credentials": request.credentials_mode().as_str()}))
}
