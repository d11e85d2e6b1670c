//! Methods, headers and header values.

use fetch_cors::spec;
use fetch_cors::spec::{AllowWhitespace, Decimal, Extracted, Unsafe};
use fetch_cors::{HeaderError, HeaderList};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{LineTexts, head, lines, read};
use crate::Failure;
use crate::symbols::{bytes, text};

/// Defines functions of one piece of bytes.
macro_rules! of_bytes {
    ($key:ident: $($name:ident),+) => {
        $(pub(super) fn $name(input: &Value) -> Result<Value, Failure> {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Input { $key: String }
            let Input { $key } = read(input)?;
            Ok(spec::$name(&bytes(&$key)?).into())
        })+
    };
}

of_bytes!(method: is_method, is_forbidden_method, is_cors_safelisted_method);
of_bytes!(value: is_header_value);
of_bytes!(
    name: is_header_name,
    is_cors_non_wildcard_request_header_name,
    is_privileged_no_cors_request_header_name,
    is_no_cors_safelisted_request_header_name,
    is_request_body_header_name,
    is_forbidden_response_header_name
);

/// Defines functions of a header.
macro_rules! of_header {
    ($($name:ident),+) => {
        $(pub(super) fn $name(input: &Value) -> Result<Value, Failure> {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Input { name: String, value: String }
            let Input { name, value } = read(input)?;
            Ok(spec::$name(&bytes(&name)?, &bytes(&value)?).into())
        })+
    };
}

of_header!(is_cors_safelisted_request_header, is_no_cors_safelisted_request_header, is_forbidden_request_header);

pub(super) fn why_unsafe(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        name: String,
        value: String,
    }
    let Input { name, value } = read(input)?;
    let (name, value) = (bytes(&name)?, bytes(&value)?);
    Ok(match spec::why_unsafe(&name, &value) {
        None => Value::Null,
        Some(Unsafe::Name) => "name".into(),
        Some(Unsafe::Length(length)) if length == value.len() => "length".into(),
        Some(Unsafe::Byte(byte)) if value.contains(&byte) => "byte".into(),
        Some(Unsafe::MimeType) => "mime-type".into(),
        Some(Unsafe::Essence) => "essence".into(),
        Some(Unsafe::Range) => "range".into(),
        Some(Unsafe::RangeStart) => "range-start".into(),
        Some(other) => return Err(format!("the reason is {other:?}")),
    })
}

pub(super) fn normalize_method(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        method: String,
    }
    let Input { method } = read(input)?;
    Ok(text(&spec::normalize_method(&bytes(&method)?)).into())
}

pub(super) fn normalize_header_value(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        value: String,
    }
    let Input { value } = read(input)?;
    Ok(text(spec::normalize_header_value(&bytes(&value)?)).into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameAndHeaders {
    name: String,
    headers: LineTexts,
}

pub(super) fn get(input: &Value) -> Result<Value, Failure> {
    let NameAndHeaders { name, headers } = read(input)?;
    let list = list(&headers)?;
    Ok(list.get(bytes(&name)?).as_deref().map(text).into())
}

pub(super) fn get_decode_and_split(input: &Value) -> Result<Value, Failure> {
    let NameAndHeaders { name, headers } = read(input)?;
    let list = list(&headers)?;
    let value = list.get(bytes(&name)?);
    let items = value.as_deref().map(|value| spec::get_decode_and_split(value).map(text).collect::<Vec<_>>());
    Ok(items.into())
}

/// A header list with these lines, as they are.
fn list(texts: &LineTexts) -> Result<HeaderList, Failure> {
    let mut list = HeaderList::new();
    for (name, value) in lines(texts)? {
        list.append(&name, &value).map_err(|error| format!("{}: {error}", text(&name)))?;
    }
    Ok(list)
}

pub(super) fn lines_of(list: &HeaderList) -> Value {
    list.iter().map(|(name, value)| json!([text(name), text(value)])).collect()
}

/// Something done to a list of headers.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Operation {
    WithValue(String, String, String),
    WithoutValue(String, String),
}

pub(super) fn header_list(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        ops: Vec<Operation>,
    }
    let Input { ops } = read(input)?;
    let mut list = HeaderList::new();
    for op in &ops {
        apply(&mut list, op)?.map_err(|error| error.to_string())?;
    }
    Ok(lines_of(&list))
}

fn apply(list: &mut HeaderList, op: &Operation) -> Result<Result<(), HeaderError>, Failure> {
    Ok(match op {
        Operation::WithValue(verb, name, value) => {
            let (name, value) = (bytes(name)?, bytes(value)?);
            match verb.as_str() {
                "append" => list.append(name, value),
                "set" => list.set(name, value),
                "combine" => list.combine(name, value),
                _ => return Err(format!("no operation {verb:?} with a value")),
            }
        }
        Operation::WithoutValue(verb, name) if verb == "delete" => {
            list.delete(bytes(name)?);
            Ok(())
        }
        Operation::WithoutValue(verb, _) => return Err(format!("no operation {verb:?} without a value")),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Headers {
    headers: LineTexts,
}

pub(super) fn sort_and_combine(input: &Value) -> Result<Value, Failure> {
    let Headers { headers } = read(input)?;
    Ok(lines_of(&list(&headers)?.sort_and_combine()))
}

pub(super) fn cors_unsafe_request_header_names(input: &Value) -> Result<Value, Failure> {
    let Headers { headers } = read(input)?;
    let names = spec::cors_unsafe_request_header_names(&list(&headers)?);
    Ok(names.iter().map(|name| text(name)).collect())
}

pub(super) fn is_cors_safelisted_response_header_name(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        name: String,
        exposed: Vec<String>,
    }
    let Input { name, exposed } = read(input)?;
    let exposed = exposed.iter().map(|name| bytes(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(spec::is_cors_safelisted_response_header_name(&bytes(&name)?, exposed.iter().map(Vec::as_slice)).into())
}

pub(super) fn parse_single_range_header_value(input: &Value) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        value: String,
        allow_whitespace: bool,
    }
    let Input { value, allow_whitespace } = read(input)?;
    let allow_whitespace = if allow_whitespace { AllowWhitespace::Yes } else { AllowWhitespace::No };
    let value = bytes(&value)?;
    let number = |number: Option<Decimal<'_>>| number.map(|number| number.saturate().to_string());
    let range = spec::parse_single_range_header_value(&value, allow_whitespace);
    Ok(range.map_or(Value::Null, |(start, end)| json!({"start": number(start), "end": number(end)})))
}

pub(super) fn extract_header_list_values(input: &Value) -> Result<Value, Failure> {
    let NameAndHeaders { name, headers } = read(input)?;
    let head = head(&headers)?;
    Ok(match spec::extract_token_list(&head, &name.to_ascii_lowercase()) {
        Extracted::Null => Value::Null,
        Extracted::Failure => "failure".into(),
        Extracted::Values(list) => list.iter().map(text).collect(),
    })
}

pub(super) fn max_age(input: &Value) -> Result<Value, Failure> {
    let Headers { headers } = read(input)?;
    Ok(match spec::extract_max_age(&head(&headers)?) {
        Extracted::Null => Value::Null,
        Extracted::Failure => "failure".into(),
        Extracted::Values(seconds) => seconds.into(),
    })
}
