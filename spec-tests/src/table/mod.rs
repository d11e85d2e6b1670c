//! Tables: rows of one function's input and its result.

mod checks;
mod guards;
mod headers;
mod origins;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Failure;
use crate::fixture::{Row, Status, present};
use crate::symbols::bytes;

/// One row of a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TableRow {
    id: String,
    wpt: Vec<String>,
    status: Status,
    #[serde(default, deserialize_with = "present")]
    wpt_expect: Option<Value>,
    #[serde(default)]
    anchors: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    shows: Vec<String>,
    /// The function, one of [`FUNCTIONS`].
    pub function: String,
    /// Its arguments.
    pub input: Value,
    /// Its result.
    #[serde(deserialize_with = "Value::deserialize")]
    pub expect: Value,
}

impl Row for TableRow {
    const FORMAT: &'static str = "fetch-cors-table/1";
    const FOLDER: &'static str = "tables";

    fn id(&self) -> &str {
        &self.id
    }
    fn status(&self) -> Status {
        self.status
    }
    fn wpt(&self) -> &[String] {
        &self.wpt
    }
    fn wpt_expect(&self) -> Option<&Value> {
        self.wpt_expect.as_ref()
    }
    fn anchors(&self) -> &[String] {
        &self.anchors
    }
    fn needs(&self) -> &[String] {
        &self.needs
    }
    fn shows(&self) -> &[String] {
        &self.shows
    }
}

/// Runs a function on its arguments; the result as a table writes it.
pub type TableFunction = fn(&Value) -> Result<Value, Failure>;

/// Every function that a table may name.
pub const FUNCTIONS: &[(&str, TableFunction)] = &[
    ("is-method", headers::is_method),
    ("normalize-method", headers::normalize_method),
    ("is-forbidden-method", headers::is_forbidden_method),
    ("is-cors-safelisted-method", headers::is_cors_safelisted_method),
    ("is-header-name", headers::is_header_name),
    ("is-header-value", headers::is_header_value),
    ("normalize-header-value", headers::normalize_header_value),
    ("get", headers::get),
    ("get-decode-and-split", headers::get_decode_and_split),
    ("header-list", headers::header_list),
    ("sort-and-combine", headers::sort_and_combine),
    ("is-cors-safelisted-request-header", headers::is_cors_safelisted_request_header),
    ("why-unsafe", headers::why_unsafe),
    ("is-no-cors-safelisted-request-header", headers::is_no_cors_safelisted_request_header),
    ("is-forbidden-request-header", headers::is_forbidden_request_header),
    ("cors-unsafe-request-header-names", headers::cors_unsafe_request_header_names),
    ("is-cors-non-wildcard-request-header-name", headers::is_cors_non_wildcard_request_header_name),
    ("is-privileged-no-cors-request-header-name", headers::is_privileged_no_cors_request_header_name),
    ("is-no-cors-safelisted-request-header-name", headers::is_no_cors_safelisted_request_header_name),
    ("is-request-body-header-name", headers::is_request_body_header_name),
    ("is-forbidden-response-header-name", headers::is_forbidden_response_header_name),
    ("is-cors-safelisted-response-header-name", headers::is_cors_safelisted_response_header_name),
    ("parse-single-range-header-value", headers::parse_single_range_header_value),
    ("extract-header-list-values", headers::extract_header_list_values),
    ("max-age", headers::max_age),
    ("mime-essence", checks::mime_essence),
    ("extract-mime-type", checks::extract_mime_type),
    ("is-javascript-mime-type", checks::is_javascript_mime_type),
    ("determine-nosniff", checks::determine_nosniff),
    ("blocked-due-to-nosniff", checks::blocked_due_to_nosniff),
    ("blocked-due-to-mime-type", checks::blocked_due_to_mime_type),
    ("is-null-body-status", checks::is_null_body_status),
    ("is-ok-status", checks::is_ok_status),
    ("is-redirect-status", checks::is_redirect_status),
    ("is-range-status", checks::is_range_status),
    ("is-bad-port", checks::is_bad_port),
    ("location-url", checks::location_url),
    ("cors-check", checks::cors_check),
    ("corp-check", checks::corp_check),
    ("tao-check", checks::tao_check),
    ("navigation-tao-check", checks::navigation_tao_check),
    ("parse-referrer-policy", checks::parse_referrer_policy),
    ("is-potentially-trustworthy", origins::is_potentially_trustworthy),
    ("origin-of-url", origins::origin_of_url),
    ("same-origin", origins::same_origin),
    ("cors-settings-attribute", origins::cors_settings_attribute),
    ("potential-cors-request", origins::potential_cors_request),
    ("headers", guards::headers),
    ("xhr-set-request-header", guards::xhr_set_request_header),
    ("check-method", guards::check_method),
    ("check-fetch-url", guards::check_fetch_url),
    ("check-modes", guards::check_modes),
    ("parse-enum", guards::parse_enum),
];

/// Runs one row.
///
/// # Errors
/// A function that does not exist, arguments that do not read, or another result.
pub fn run(row: &TableRow) -> Result<(), Failure> {
    let known = FUNCTIONS.iter().find(|(name, _)| *name == row.function);
    let (_, function) = known.ok_or_else(|| format!("no function {:?}", row.function))?;
    let got = function(&row.input)?;
    let wanted = &row.expect;
    if agrees(&row.function, &got, wanted) {
        Ok(())
    } else {
        Err(format!("{} of {}: {got}, wanted {wanted}", row.function, row.input))
    }
}

/// Whether a result is the expected one.
pub(crate) fn agrees(function: &str, got: &Value, wanted: &Value) -> bool {
    got == wanted || function == "parse-single-range-header-value" && *got == saturated(wanted)
}

/// An implementation may tell no number above `u64::MAX` from that one, which no range of bytes reaches.
fn saturated(range: &Value) -> Value {
    let mut range = range.clone();
    for number in range.as_object_mut().into_iter().flat_map(|object| object.values_mut()) {
        let is_larger = number.as_str().is_some_and(|digits| digits.parse::<u128>().is_ok_and(|n| n > u64::MAX.into()));
        if is_larger {
            *number = u64::MAX.to_string().into();
        }
    }
    range
}

/// Reads arguments; a key too many is an error.
fn read<T: DeserializeOwned>(input: &Value) -> Result<T, Failure> {
    T::deserialize(input).map_err(|error| format!("input {input}: {error}"))
}

/// Header lines as a fixture writes them.
type LineTexts = Vec<(String, String)>;
/// Header lines in bytes.
type Lines = Vec<(Vec<u8>, Vec<u8>)>;

fn lines(texts: &LineTexts) -> Result<Lines, Failure> {
    texts.iter().map(|(name, value)| Ok((bytes(name)?, bytes(value)?))).collect()
}

/// A response head with these lines.
fn head(texts: &LineTexts) -> Result<(u16, Lines), Failure> {
    Ok((200, lines(texts)?))
}
