//! MIME types, statuses, ports and the checks on responses.

use fetch_cors::spec;
use fetch_cors::spec::{CorpInput, TaoInput};
use fetch_cors::{CredentialsMode, Destination, EmbedderPolicy, Origin, Psl, SchemePolicy};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{LineTexts, head, lines, read};
use crate::Failure;
use crate::symbols::bytes;

pub(super) fn mime_essence(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        value: String,
    }
    let Input { value } = read(input)?;
    Ok(spec::parse_mime_essence(&bytes(&value)?).map(|essence| essence.serialize()).into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Headers {
    headers: LineTexts,
}

pub(super) fn extract_mime_type(input: &Value) -> Result<Value, Failure> {
    let Headers { headers } = read(input)?;
    Ok(spec::extract_mime_type(&head(&headers)?).into())
}

pub(super) fn determine_nosniff(input: &Value) -> Result<Value, Failure> {
    let Headers { headers } = read(input)?;
    Ok(spec::determine_nosniff(&head(&headers)?).into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadersAndDestination {
    headers: LineTexts,
    destination: String,
}

fn destination(text: &str) -> Result<Destination, Failure> {
    text.parse().map_err(|error| format!("{error}"))
}

pub(super) fn blocked_due_to_nosniff(input: &Value) -> Result<Value, Failure> {
    let HeadersAndDestination { headers, destination: text } = read(input)?;
    Ok(spec::should_be_blocked_due_to_nosniff(&head(&headers)?, destination(&text)?).into())
}

pub(super) fn blocked_due_to_mime_type(input: &Value) -> Result<Value, Failure> {
    let HeadersAndDestination { headers, destination: text } = read(input)?;
    Ok(spec::should_be_blocked_due_to_mime_type(&head(&headers)?, destination(&text)?).into())
}

/// Defines functions of a number.
macro_rules! of_number {
    ($key:ident: $($name:ident),+) => {
        $(pub(super) fn $name(input: &Value) -> Result<Value, Failure> {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Input { $key: u16 }
            let Input { $key } = read(input)?;
            Ok(spec::$name($key).into())
        })+
    };
}

of_number!(status: is_null_body_status, is_ok_status, is_redirect_status, is_range_status);
of_number!(port: is_bad_port);

pub(super) fn location_url(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        status: u16,
        headers: LineTexts,
        base: String,
        fragment: Option<String>,
    }
    let Input { status, headers, base, fragment } = read(input)?;
    let base = Url::parse(&base).map_err(|error| format!("base {base:?}: {error}"))?;
    let head = (status, lines(&headers)?);
    Ok(match spec::location_url(&head, Some(&base), fragment.as_deref()) {
        spec::LocationUrl::Null => Value::Null,
        spec::LocationUrl::Failure => "failure".into(),
        spec::LocationUrl::Url(url) => url.as_str().into(),
    })
}

pub(super) fn cors_check(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        origin: String,
        credentials: String,
        headers: LineTexts,
    }
    let Input { origin, credentials, headers } = read(input)?;
    let credentials: CredentialsMode = credentials.parse().map_err(|error| format!("{error}"))?;
    Ok(spec::cors_check(&origin, credentials, &head(&headers)?).is_ok().into())
}

pub(super) fn tao_check(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        timing_allow_failed: bool,
        origin: String,
        mode: String,
        current_url_is_same_origin: bool,
        tainting: String,
        headers: LineTexts,
    }
    let Input { timing_allow_failed, origin, mode, current_url_is_same_origin, tainting, headers } = read(input)?;
    let request = TaoInput {
        timing_allow_failed,
        serialized_origin: &origin,
        mode: mode.parse().map_err(|error| format!("{error}"))?,
        current_url_is_same_origin,
        response_tainting: tainting.parse().map_err(|error| format!("{error}"))?,
    };
    Ok(spec::tao_check(request, &head(&headers)?).into())
}

pub(super) fn navigation_tao_check(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        list: Vec<Vec<String>>,
        origin: String,
    }
    let Input { list, origin } = read(input)?;
    let origin = Origin::parse(&origin).map_err(|error| error.to_string())?;
    let list = list.iter().map(|values| values.iter().map(String::as_bytes));
    Ok(spec::navigation_tao_check(list, &origin).into())
}

pub(super) fn parse_referrer_policy(input: &Value) -> Result<Value, Failure> {
    let Headers { headers } = read(input)?;
    Ok(spec::parse_referrer_policy(&head(&headers)?).as_str().into())
}

pub(super) fn is_javascript_mime_type(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        essence: String,
    }
    let Input { essence } = read(input)?;
    Ok(spec::is_javascript_mime_type(&essence).into())
}

pub(super) fn corp_check(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        origin: String,
        url: String,
        embedder_policy: String,
        includes_credentials: bool,
        #[serde(default)]
        for_navigation: bool,
        headers: LineTexts,
    }
    let Input { origin, url, embedder_policy, includes_credentials, for_navigation, headers } = read(input)?;
    let origin = match origin.as_str() {
        "null" => Origin::opaque(1),
        text => Origin::parse(text).map_err(|error| error.to_string())?,
    };
    let embedder_policy: EmbedderPolicy = embedder_policy.parse().map_err(|error| format!("{error}"))?;
    let url = Url::parse(&url).map_err(|error| format!("{url:?}: {error}"))?;
    let input = CorpInput {
        origin: &origin,
        embedder_policy,
        embedder_policy_report_only: EmbedderPolicy::UnsafeNone,
        url: &url,
        request_includes_credentials: includes_credentials,
        for_navigation,
        schemes: &SchemePolicy::new(),
        public_suffix: Some(&Psl),
    };
    let verdict = spec::cross_origin_resource_policy_check(input, &head(&headers)?);
    Ok(if verdict.is_ok() { "allowed" } else { "blocked" }.into())
}
