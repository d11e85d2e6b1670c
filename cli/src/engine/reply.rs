//! What the engine says.

use std::fmt::Write as _;

use fetch_cors::{Body, Fetch, NetworkError, RequestHead, Response, ResponseBody};
use serde_json::{Map, Value, json};
use url::Url;

use super::message::Head;
use super::{MAX_ID_CHARACTERS, MAX_LINE_BYTES, MAX_OPEN_FETCHES, VERSION};
use crate::outcome::stopped;
use crate::record::Moment;
use crate::timeline::{Timeline, notes};

/// A message as a line. It is in ASCII, so that it is read the same in any encoding, and no character in
/// it ends a line or steers a terminal.
pub(super) fn line(message: &Value) -> String {
    let text = message.to_string();
    let mut line = String::with_capacity(text.len().saturating_add(1));
    for character in text.chars() {
        if character.is_ascii() && character != '\u{7f}' {
            line.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(line, "\\u{unit:04x}");
        }
    }
    line.push('\n');
    line
}

pub(super) fn hello() -> Value {
    json!({ "hello": {
        "version": VERSION,
        "tool": concat!("fetch-cors ", env!("CARGO_PKG_VERSION")),
        "limits": {
            "line_bytes": MAX_LINE_BYTES,
            "open_fetches": MAX_OPEN_FETCHES,
            "id_characters": MAX_ID_CHARACTERS,
        },
    } })
}

/// A request to send.
pub(super) fn exchange(id: &str, kind: &str, head: &RequestHead<'_>) -> Value {
    json!({ "action": {
        "id": id,
        "type": kind,
        "head": {
            "preflight": head.is_preflight(),
            "method": head.method(),
            "url": head.url().as_str(),
            "headers": lines(head.headers()),
            "body": body(head.body()),
            "include_credentials": head.include_credentials(),
            "same_site_mode": head.same_site_mode().as_str(),
            "may_prompt": head.may_prompt(),
            "use_url_credentials": head.use_url_credentials(),
            "mode": head.mode().as_str(),
            "cache_mode": head.cache_mode().as_str(),
            "partition": head.network_partition_key().map(latin1),
            "redirects": head.redirect_count(),
        },
    } })
}

/// A hop on which the caller decides.
pub(super) fn hop(id: &str, kind: &str, url: &Url) -> Value {
    json!({ "action": { "id": id, "type": kind, "url": url.as_str() } })
}

/// A response, one step before it is delivered.
pub(super) fn delivery(id: &str, response: &Response<Head>) -> Value {
    json!({ "action": {
        "id": id,
        "type": "delivery",
        "response": for_script(response),
        "internal": internal(response),
    } })
}

/// The fetch ended in a response.
pub(super) fn response(
    id: &str,
    fetch: &Fetch,
    response: &Response<Head>,
    next_manual_redirect: bool,
    tells_trace: bool,
) -> Value {
    let mut outcome = json!({
        "id": id,
        "response": for_script(response),
        "internal": internal(response),
        "next_manual_redirect": next_manual_redirect,
    });
    add_trace(&mut outcome, fetch, tells_trace);
    json!({ "outcome": outcome })
}

/// The fetch ended in a network error.
pub(super) fn network_error(id: &str, fetch: &Fetch, error: &NetworkError, tells_trace: bool) -> Value {
    let why = stopped(error);
    let facts: Map<String, Value> =
        why.facts.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let mut outcome = json!({
        "id": id,
        "network_error": {
            "code": why.code,
            "number": why.number,
            "stage": why.stage,
            "redirects": why.redirects,
            "aborted": error.is_aborted(),
            "anchor": why.anchor,
            "step": why.step,
            "message": why.message,
            "facts": facts,
            "remedy": why.remedy,
        },
    });
    add_trace(&mut outcome, fetch, tells_trace);
    json!({ "outcome": outcome })
}

/// A fetch that had its outcome is forgotten.
pub(super) fn closed(id: &str) -> Value {
    json!({ "closed": { "id": id } })
}

/// What script sees.
fn for_script(response: &Response<Head>) -> Value {
    json!({
        "type": response.response_type().as_str(),
        "status": response.status(),
        "url": response.url().map(without_fragment),
        "redirected": response.redirected(),
        "headers": lines(response.headers()),
    })
}

/// What the caller alone sees.
fn internal(response: &Response<Head>) -> Value {
    let internal = response.internal();
    json!({
        "status": internal.status(),
        "urls": internal.url_list().iter().map(Url::as_str).collect::<Vec<_>>(),
        "body": match response.body() {
            ResponseBody::Null => "null",
            ResponseBody::Ignore => "ignore",
            ResponseBody::Read => "read",
        },
        "timing_allow": response.timing_allow_passed(),
        "redirect_taint": response.redirect_taint().as_str(),
        "range_requested": internal.range_requested(),
        "includes_credentials": internal.request_includes_credentials(),
    })
}

fn add_trace(outcome: &mut Value, fetch: &Fetch, tells_trace: bool) {
    if !tells_trace {
        return;
    }
    let mut timeline = Timeline::default();
    timeline.catch_up(fetch);
    let decision = |moment: Moment| match moment {
        Moment::Decision(decision) => Some(json!({
            "kind": decision.kind,
            "redirects": decision.redirects,
            "anchor": decision.anchor,
            "step": decision.step,
            "text": decision.text,
        })),
        Moment::Exchange(_) => None,
    };
    outcome["trace"] = timeline.moments.into_iter().filter_map(decision).collect();
    outcome["notes"] = notes(fetch).into_iter().map(|note| json!({ "code": note.code, "text": note.text })).collect();
}

fn body(body: Body) -> Value {
    match body {
        Body::Null => Value::Null,
        Body::Source { length } => json!({ "source": length }),
        Body::Stream => "stream".into(),
    }
}

fn without_fragment(url: &Url) -> &str {
    &url[..url::Position::AfterQuery]
}

/// Header lines as pairs.
fn lines<'a>(lines: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Value {
    lines.into_iter().map(|(name, value)| json!([latin1(name), latin1(value)])).collect()
}

/// A character for each byte.
pub(super) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_ascii() {
        let message = json!({ "x": "\u{7f}\u{85}\u{2028}\u{1f600}\n\"" });
        assert_eq!(line(&message), "{\"x\":\"\\u007f\\u0085\\u2028\\ud83d\\ude00\\n\\\"\"}\n");
        assert_eq!(serde_json::from_str::<Value>(&line(&message)).ok(), Some(message));
    }
}
