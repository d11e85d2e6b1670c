//! The standard's algorithms as pure functions, under the standard's names and on bytes: for hosts
//! with a fetch of their own, and for conformance work.

pub use crate::checks::{
    CorpInput, CorpVerdict, CorsCheckPassed, TaoInput, cors_check, cross_origin_resource_policy_check,
    navigation_tao_check, tao_check,
};
pub use crate::head::get;
pub use crate::header_list::{is_header_name, is_header_value, normalize_header_value};
pub use crate::header_value::{
    Extracted, Split, TokenList, extract_max_age, extract_token_list, get_decode_and_split, get_decode_and_split_header,
};
pub use crate::method::{is_cors_safelisted_method, is_forbidden_method, is_method, normalize_method};
pub use crate::mime::{
    Essence, determine_nosniff, extract_mime_type, is_javascript_mime_type, parse_mime_essence,
    should_be_blocked_due_to_mime_type, should_be_blocked_due_to_nosniff,
};
pub use crate::port::{is_bad_port, should_be_blocked_due_to_a_bad_port};
pub use crate::redirect::{LocationUrl, location_url};
pub use crate::referrer::parse_referrer_policy;
pub use crate::request_header::{
    AllowWhitespace, Decimal, MAX_SAFELISTED_TOTAL_BYTES, MAX_SAFELISTED_VALUE_BYTES, REQUEST_BODY_HEADER_NAMES,
    Unsafe, cors_unsafe_request_header_names, is_cors_non_wildcard_request_header_name,
    is_cors_safelisted_request_header, is_cors_unsafe_request_header_byte, is_forbidden_request_header,
    is_no_cors_safelisted_request_header, is_no_cors_safelisted_request_header_name,
    is_privileged_no_cors_request_header_name, is_request_body_header_name, parse_single_range_header_value,
    why_unsafe,
};
pub use crate::response_header::{is_cors_safelisted_response_header_name, is_forbidden_response_header_name};
pub use crate::scheme::{is_http_scheme, is_local, is_potentially_trustworthy};
pub use crate::status::{is_null_body_status, is_ok_status, is_range_status, is_redirect_status};
