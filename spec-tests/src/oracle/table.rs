//! The functions of tables, on the oracle's own code.

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::Url;

use super::api::{cors_settings_attribute, create_a_potential_cors_request, is_forbidden_method, normalize_method};
use super::checks::{cors_check, is_blocked_by_resource_policy, navigation_tao_check, tao_check};
use super::fetch::is_bad_port;
use super::guard::{self, Headers, set_request_header};
use super::header_list::{Extracted, HeaderList, get_decode_and_split};
use super::infra::{Bytes, is_header_value, is_token, matches, normalize, strip};
use super::origin::{Origin, includes_credentials, is_potentially_trustworthy};
use super::read;
use super::referrer::parse_referrer_policy;
use super::request::{Client, Request, Word};
use super::request_headers::{
    REQUEST_BODY_HEADER_NAMES, cors_unsafe_request_header_names, is_cors_non_wildcard_request_header_name,
    is_cors_safelisted_method, is_cors_safelisted_request_header, parse_single_range_header_value,
};
use super::response::{
    Response, is_cors_safelisted_response_header_name, is_forbidden_response_header_name, is_null_body_status,
    is_ok_status, is_range_status, is_redirect_status,
};
use super::rules::{Rules, Switches};
use super::{mime, response};
use crate::Failure;
use crate::symbols::{bytes, text};
use crate::table::{self, TableRow};

/// Runs one row.
///
/// # Errors
/// A function that the oracle does not have, arguments that do not read, or another result.
pub fn run(row: &TableRow) -> Result<(), Failure> {
    let input = Input::new(&row.input)?;
    let got = call(&row.function, &input)?;
    input.finish()?;
    let wanted = &row.expect;
    if table::agrees(&row.function, &got, wanted) {
        Ok(())
    } else {
        Err(format!("{} of {}: {got}, wanted {wanted}", row.function, row.input))
    }
}

/// Arguments, each of which must be read.
struct Input(RefCell<Map<String, Value>>);

impl Input {
    fn new(value: &Value) -> Result<Self, Failure> {
        let members = value.as_object().ok_or_else(|| format!("input {value} is no object"))?;
        Ok(Self(RefCell::new(members.clone())))
    }

    /// An argument; one that is absent reads like null.
    fn read<T: DeserializeOwned>(&self, key: &str) -> Result<T, Failure> {
        let value = self.0.borrow_mut().remove(key).unwrap_or_default();
        serde_json::from_value(value).map_err(|error| format!("{key}: {error}"))
    }

    fn text(&self, key: &str) -> Result<String, Failure> {
        self.read(key)
    }

    fn bytes(&self, key: &str) -> Result<Bytes, Failure> {
        bytes(&self.text(key)?)
    }

    fn url(&self, key: &str) -> Result<Url, Failure> {
        let text = self.text(key)?;
        Url::parse(&text).map_err(|error| format!("{key} {text:?}: {error}"))
    }

    fn word(&self, key: &str, words: &[Word]) -> Result<Word, Failure> {
        read::word(&self.text(key)?, words)
    }

    /// Lines of a response, without the whitespace that HTTP takes from around values.
    fn headers(&self) -> Result<HeaderList, Failure> {
        let lines: Vec<(String, String)> = self.read("headers")?;
        let lines = lines.iter().map(|(name, value)| Ok((bytes(name)?, strip(&bytes(value)?))));
        Ok(HeaderList(lines.collect::<Result<_, Failure>>()?))
    }

    /// Header lines, appended one by one.
    fn list(&self) -> Result<HeaderList, Failure> {
        let lines: Vec<(String, String)> = self.read("headers")?;
        let mut list = HeaderList::default();
        for (name, value) in &lines {
            list.append(bytes(name)?, bytes(value)?);
        }
        Ok(list)
    }

    /// An origin by its serialization; `null` stands for an opaque one.
    fn origin(&self, key: &str) -> Result<Origin, Failure> {
        let text = self.text(key)?;
        if text == "null" { Ok(Origin::Opaque(1)) } else { read::origin(&text, &rules()) }
    }

    fn finish(&self) -> Result<(), Failure> {
        let left = self.0.borrow();
        let left: Vec<&String> = left.keys().collect();
        if left.is_empty() { Ok(()) } else { Err(format!("nobody reads {left:?}")) }
    }
}

fn rules() -> Rules {
    Rules { suffix_list: Some(read::registrable_domain), ..Rules::new(Switches::standard()) }
}

/// A response with these headers.
fn response_of(headers: HeaderList) -> Response {
    Response::new(200, headers)
}

fn lines_of(list: &HeaderList) -> Value {
    list.0.iter().map(|(name, value)| json!([text(name), text(value)])).collect()
}

fn extracted(values: &Extracted, of: impl Fn(&[Bytes]) -> Value) -> Value {
    match values {
        Extracted::Null => Value::Null,
        Extracted::Failure => "failure".into(),
        Extracted::Values(values) => of(values),
    }
}

fn call(function: &str, input: &Input) -> Result<Value, Failure> {
    let of_value = |test: &dyn Fn(&[u8], &[u8]) -> bool| -> Result<Value, Failure> {
        Ok(test(&input.bytes("name")?, &input.bytes("value")?).into())
    };
    let of_bytes =
        |key: &str, test: &dyn Fn(&[u8]) -> bool| -> Result<Value, Failure> { Ok(test(&input.bytes(key)?).into()) };
    let of_number =
        |key: &str, test: &dyn Fn(u16) -> bool| -> Result<Value, Failure> { Ok(test(input.read(key)?).into()) };
    match function {
        "is-method" => of_bytes("method", &is_token),
        "is-forbidden-method" => of_bytes("method", &is_forbidden_method),
        "is-cors-safelisted-method" => of_bytes("method", &is_cors_safelisted_method),
        "is-header-name" => of_bytes("name", &is_token),
        "is-header-value" => of_bytes("value", &is_header_value),
        "is-cors-non-wildcard-request-header-name" => of_bytes("name", &is_cors_non_wildcard_request_header_name),
        "is-privileged-no-cors-request-header-name" => {
            of_bytes("name", &guard::is_privileged_no_cors_request_header_name)
        }
        "is-no-cors-safelisted-request-header-name" => {
            of_bytes("name", &guard::is_no_cors_safelisted_request_header_name)
        }
        "is-request-body-header-name" => {
            of_bytes("name", &|name| REQUEST_BODY_HEADER_NAMES.iter().any(|other| matches(name, other.as_bytes())))
        }
        "is-forbidden-response-header-name" => of_bytes("name", &is_forbidden_response_header_name),
        "is-cors-safelisted-request-header" => {
            of_value(&|name, value| is_cors_safelisted_request_header(name, value, &rules()))
        }
        "is-no-cors-safelisted-request-header" => {
            of_value(&|name, value| guard::is_no_cors_safelisted_request_header(name, value, &rules()))
        }
        "is-forbidden-request-header" => of_value(&guard::is_forbidden_request_header),
        "is-null-body-status" => of_number("status", &is_null_body_status),
        "is-ok-status" => of_number("status", &is_ok_status),
        "is-redirect-status" => of_number("status", &is_redirect_status),
        "is-range-status" => of_number("status", &is_range_status),
        "is-bad-port" => of_number("port", &is_bad_port),
        "normalize-method" => Ok(text(&normalize_method(&input.bytes("method")?)).into()),
        "normalize-header-value" => Ok(text(&normalize(&input.bytes("value")?)).into()),
        "mime-essence" => Ok(mime::parse_essence(&text(&input.bytes("value")?)).into()),
        "is-javascript-mime-type" => Ok(mime::is_javascript(&input.text("essence")?).into()),
        "is-potentially-trustworthy" => Ok(is_potentially_trustworthy(&input.url("url")?, &rules()).into()),
        "origin-of-url" => Ok(Origin::of(&input.url("url")?, &rules()).serialize().into()),
        "same-origin" => Ok(input.origin("a")?.same_origin(&input.origin("b")?).into()),
        "check-fetch-url" => Ok((!includes_credentials(&input.url("url")?)).into()),
        _ => call_on_headers(function, input),
    }
}

fn call_on_headers(function: &str, input: &Input) -> Result<Value, Failure> {
    match function {
        "get" => Ok(input.list()?.get_bytes(&input.bytes("name")?).as_deref().map(text).into()),
        "get-decode-and-split" => {
            let value = input.list()?.get_bytes(&input.bytes("name")?);
            Ok(value.map(|value| get_decode_and_split(&value)).into())
        }
        "sort-and-combine" => Ok(lines_of(&input.list()?.sort_and_combine())),
        "cors-unsafe-request-header-names" => {
            let names = cors_unsafe_request_header_names(&input.list()?, &rules());
            Ok(names.iter().map(|name| text(name)).collect())
        }
        "extract-header-list-values" => {
            let values = input.headers()?.extract_tokens(&input.text("name")?);
            Ok(extracted(&values, |values| values.iter().map(|value| text(value)).collect()))
        }
        "max-age" => {
            let headers = input.headers()?;
            Ok(extracted(&headers.extract_max_age_digits(), |_| headers.extract_max_age().into()))
        }
        "extract-mime-type" => Ok(mime::extract_essence(&input.headers()?).into()),
        "determine-nosniff" => Ok(mime::determine_nosniff(&input.headers()?, &rules()).into()),
        "blocked-due-to-nosniff" => {
            Ok(mime::is_blocked_due_to_nosniff(&input.headers()?, &with_destination(input)?, &rules()).into())
        }
        "blocked-due-to-mime-type" => {
            Ok(mime::is_blocked_due_to_mime_type(&input.headers()?, &with_destination(input)?).into())
        }
        "parse-referrer-policy" => Ok(parse_referrer_policy(&input.headers()?).into()),
        "is-cors-safelisted-response-header-name" => {
            let exposed: Vec<String> = input.read("exposed")?;
            let exposed = exposed.iter().map(|name| bytes(name)).collect::<Result<Vec<_>, _>>()?;
            Ok(is_cors_safelisted_response_header_name(&input.bytes("name")?, &exposed).into())
        }
        "parse-single-range-header-value" => {
            let range = parse_single_range_header_value(&input.bytes("value")?, input.read("allow_whitespace")?);
            Ok(range.map_or(Value::Null, |(start, end)| json!({"start": start, "end": end})))
        }
        "location-url" => location_url(input),
        _ => call_check(function, input),
    }
}

fn call_check(function: &str, input: &Input) -> Result<Value, Failure> {
    match function {
        "cors-check" => {
            let mut request = Request::new(Url::parse("https://other.example/").map_err(|error| error.to_string())?);
            request.origin = Some(input.origin("origin")?);
            request.credentials_mode = input.word("credentials", &read::CREDENTIALS_MODES)?;
            Ok(cors_check(&request, &response_of(input.headers()?), &rules()).is_ok().into())
        }
        "corp-check" => corp(input),
        "tao-check" => tao(input),
        "navigation-tao-check" => {
            let mut response = response_of(HeaderList::default());
            response.navigation_timing_allow_values = input.read("list")?;
            Ok(navigation_tao_check(&response, &input.origin("origin")?).into())
        }
        "cors-settings-attribute" => {
            let attribute: Option<String> = input.read("attribute")?;
            Ok(cors_settings_attribute(attribute.as_deref()).into())
        }
        "potential-cors-request" => {
            let attribute: Option<String> = input.read("attribute")?;
            let url = Url::parse("https://a.test/").map_err(|error| error.to_string())?;
            let state = cors_settings_attribute(attribute.as_deref());
            let request = create_a_potential_cors_request(url, "image", state, input.read("same_origin_fallback")?);
            Ok(json!({"mode": request.mode, "credentials": request.credentials_mode}))
        }
        _ => call_guard(function, input),
    }
}

fn call_guard(function: &str, input: &Input) -> Result<Value, Failure> {
    match function {
        "header-list" => operations(input, "none", false),
        "headers" => operations(input, input.text("guard")?.as_str(), true),
        "xhr-set-request-header" => {
            let set: Vec<(String, String)> = input.read("set")?;
            let mut list = HeaderList::default();
            for (name, value) in &set {
                if set_request_header(&mut list, &bytes(name)?, &bytes(value)?).is_err() {
                    return Ok("refused".into());
                }
            }
            Ok(lines_of(&list))
        }
        "check-method" => {
            // Request constructor, 25.1. to 25.3.
            let method = input.bytes("method")?;
            let is_fine = is_token(&method) && !is_forbidden_method(&method);
            Ok(is_fine.then(|| text(&normalize_method(&method))).into())
        }
        "check-modes" => {
            let method = input.bytes("method")?;
            let (mode, cache_mode) = (input.word("mode", &read::MODES)?, input.word("cache", &read::CACHE_MODES)?);
            Ok(guard::check_modes(&method, mode, cache_mode, input.read("has_body")?).is_ok().into())
        }
        "parse-enum" => {
            let value = input.text("value")?;
            let words: &[Word] = match input.text("enum")?.as_str() {
                "mode" => &read::MODES,
                "credentials" => &read::CREDENTIALS_MODES,
                "cache" => &read::CACHE_MODES,
                "redirect" => &read::REDIRECT_MODES,
                "referrer-policy" => return Ok(read::referrer_policy(&value).is_ok().into()),
                "destination" => &read::DESTINATIONS,
                "initiator" => &read::INITIATORS,
                other => return Err(format!("no enumeration {other:?}")),
            };
            Ok(read::word(&value, words).is_ok().into())
        }
        _ => Err(format!("the oracle has no function {function:?}, and no reason to skip it")),
    }
}

fn with_destination(input: &Input) -> Result<Request, Failure> {
    let mut request = Request::new(Url::parse("https://a.test/").map_err(|error| error.to_string())?);
    request.destination = input.word("destination", &read::DESTINATIONS)?;
    Ok(request)
}

fn location_url(input: &Input) -> Result<Value, Failure> {
    let mut response = Response::new(input.read("status")?, input.headers()?);
    response.url_list = vec![input.url("base")?];
    let fragment: Option<String> = input.read("fragment")?;
    Ok(match response.location_url(fragment.as_deref()) {
        Ok(None) => Value::Null,
        Ok(Some(url)) => url.as_str().into(),
        Err(response::LocationFailure) => "failure".into(),
    })
}

fn corp(input: &Input) -> Result<Value, Failure> {
    let url = input.url("url")?;
    let mut request = Request::new(url.clone());
    let origin = input.origin("origin")?;
    let mut client = Client::new(origin.clone());
    client.embedder_policy = input.word("embedder_policy", &read::EMBEDDER_POLICIES)?;
    request.client = Some(client);
    request.origin = Some(origin);
    let mut response = response_of(input.headers()?);
    response.url_list = vec![url];
    response.request_includes_credentials = input.read("includes_credentials")?;
    let for_navigation: Option<bool> = input.read("for_navigation")?;
    let is_blocked = is_blocked_by_resource_policy(&request, &response, for_navigation.unwrap_or_default(), &rules());
    Ok(if is_blocked { "blocked" } else { "allowed" }.into())
}

/// A request that has this serialized origin, and this current URL or another.
fn tao(input: &Input) -> Result<Value, Failure> {
    let url = |text: &str| Url::parse(text).map_err(|error| error.to_string());
    let (own, other) = (url("https://page.example/")?, url("https://other.example/")?);
    let is_same_origin: bool = input.read("current_url_is_same_origin")?;
    let origin = input.origin("origin")?;
    let mut request = Request::new(other.clone());
    if !is_same_origin {
        request.origin = Some(origin);
    } else if origin.is_opaque() {
        // Only redirect-taint makes null of an origin that a URL has.
        request.origin = Some(Origin::of(&own, &rules()));
        request.url_list = vec![own.clone(), other, own];
    } else {
        request.url_list = vec![url(&origin.serialize())?];
        request.origin = Some(origin);
    }
    request.timing_allow_failed = input.read("timing_allow_failed")?;
    request.mode = input.word("mode", &read::MODES)?;
    request.response_tainting = input.word("tainting", &["basic", "cors", "opaque"])?;
    Ok(tao_check(&request, &response_of(input.headers()?), &rules()).into())
}

/// Does things to a header list, or to the one behind a guard.
fn operations(input: &Input, guard: &str, is_guarded: bool) -> Result<Value, Failure> {
    let guard = read::word(guard, &["none", "request", "request-no-cors", "response", "immutable"])?;
    let mut headers = Headers { guard, header_list: HeaderList::default() };
    let ops: Vec<Vec<String>> = input.read("ops")?;
    for op in &ops {
        let done = match (&op.iter().map(String::as_str).collect::<Vec<_>>()[..], is_guarded) {
            (["append", name, value], true) => headers.append(&bytes(name)?, &bytes(value)?, &rules()),
            (["set", name, value], true) => headers.set(&bytes(name)?, &bytes(value)?, &rules()),
            (["delete", name], true) => headers.delete(&bytes(name)?),
            (["append", name, value], false) => {
                headers.header_list.append(bytes(name)?, bytes(value)?);
                Ok(())
            }
            (["set", name, value], false) => {
                headers.header_list.set(bytes(name)?, bytes(value)?);
                Ok(())
            }
            (["combine", name, value], false) => {
                headers.header_list.combine(&bytes(name)?, &bytes(value)?);
                Ok(())
            }
            (["delete", name], false) => {
                headers.header_list.delete(name);
                Ok(())
            }
            _ => return Err(format!("no operation {op:?}")),
        };
        if done.is_err() {
            return Ok("refused".into());
        }
    }
    Ok(lines_of(&headers.header_list))
}
