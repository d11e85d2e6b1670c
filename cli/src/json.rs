//! The report as one JSON document. Its shape is described in `cli/JSON.md`.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::net::{Head, Line};
use crate::paint;
use crate::record::{BodyOutcome, Decision, Delivered, Exchange, Moment, Outcome, Record, Stopped, standard_url};
use crate::side_by_side::{Because, Judged, SideBySide};

/// The version of the shape. It changes only when a reader of the old one would be misled.
const VERSION: u32 = 1;

/// The document for a run, as text.
pub(crate) fn document(records: &[Record], exit: u8) -> String {
    let document = json!({
        "version": VERSION,
        "tool": concat!("fetch-cors ", env!("CARGO_PKG_VERSION")),
        "exit": exit,
        "fetches": records.iter().map(fetch).collect::<Vec<_>>(),
    });
    harmless(&format!("{document:#}\n"))
}

/// The document for a run under several profiles, as text.
pub(crate) fn side_by_side(all: &SideBySide, exit: u8) -> String {
    let of_profile = |judged: &Judged| {
        let because = |because: &Because| json!({ "switch": because.switch, "value": because.value, "standard": because.standard });
        json!({
            "profile": judged.profile.name(),
            "checked_against": judged.profile.checked_against(),
            "because": judged.because.iter().map(because).collect::<Vec<_>>(),
            "fetches": judged.records.iter().map(fetch).collect::<Vec<_>>(),
        })
    };
    let document = json!({
        "version": VERSION,
        "tool": concat!("fetch-cors ", env!("CARGO_PKG_VERSION")),
        "exit": exit,
        "requests_sent": all.sent,
        "profiles": all.judged.iter().map(of_profile).collect::<Vec<_>>(),
    });
    harmless(&format!("{document:#}\n"))
}

/// The same document, but safe to look at on a terminal: JSON itself escapes only what is below
/// U+0020. Such characters stand nowhere but in strings.
fn harmless(document: &str) -> String {
    let mut text = String::with_capacity(document.len());
    for character in document.chars() {
        if character != '\n' && paint::is_harmful(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
    }
    text
}

fn fetch(record: &Record) -> Value {
    let asked = &record.asked;
    let mut value = json!({
        "request": {
            "url": asked.url,
            "origin": asked.origin,
            "method": asked.method,
            "mode": asked.mode,
            "credentials": asked.credentials,
            "redirect": asked.redirect,
            "dropped": asked.dropped.iter()
                .map(|d| json!({ "name": d.name, "why": d.why }))
                .collect::<Vec<_>>(),
        },
        "timeline": record.timeline.iter().map(moment).collect::<Vec<_>>(),
        "notes": record.notes.iter()
            .map(|note| json!({ "code": note.code, "text": note.text }))
            .collect::<Vec<_>>(),
        "preflight_cache_entries": record.cache_entries,
        "milliseconds": milliseconds(record.took),
        "exit": record.exit_code(),
    });
    let (verdict, key, detail) = match &record.outcome {
        Outcome::Delivered(seen) => ("delivered", "response", delivered(seen)),
        Outcome::Stopped(s) if s.failure.is_some() => ("failed", "error", stopped(s)),
        Outcome::Stopped(s) => ("blocked", "error", stopped(s)),
    };
    value["verdict"] = verdict.into();
    value[key] = detail;
    value
}

fn moment(moment: &Moment) -> Value {
    match moment {
        Moment::Decision(decision) => self::decision(decision),
        Moment::Exchange(exchange) => self::exchange(exchange),
    }
}

fn decision(decision: &Decision) -> Value {
    json!({
        "type": "decision",
        "kind": decision.kind,
        "redirects": decision.redirects,
        "step": decision.step,
        "standard": standard_url(decision.anchor),
        "text": decision.text,
    })
}

fn exchange(exchange: &Exchange) -> Value {
    let mut value = json!({
        "type": "exchange",
        "preflight": exchange.preflight,
        "redirects": exchange.redirects,
        "include_credentials": exchange.include_credentials,
        "request": {
            "version": exchange.version,
            "method": exchange.method,
            "url": exchange.url,
            "headers": lines(&exchange.sent),
            "body_bytes": exchange.body_bytes,
        },
        "milliseconds": milliseconds(exchange.took),
    });
    match &exchange.answer {
        Ok(head) => {
            value["response"] = response_head(head);
            value["cookies"] = exchange
                .cookies
                .iter()
                .map(|c| json!({ "name": c.name, "stored": c.refused.is_none(), "why_not": c.refused }))
                .collect();
        }
        Err(failure) => {
            value["failure"] = json!({ "kind": failure.kind.as_str(), "text": failure.text });
        }
    }
    value
}

fn response_head(head: &Head) -> Value {
    json!({
        "version": head.version,
        "status": head.status,
        "headers": lines(&head.lines),
    })
}

fn delivered(seen: &Delivered) -> Value {
    json!({
        "type": seen.response_type,
        "status": seen.status,
        "url": seen.url,
        "redirected": seen.redirected,
        "headers": lines(&seen.visible),
        "hidden_headers": seen.hidden,
        "body": body(&seen.body),
    })
}

fn body(body: &BodyOutcome) -> Value {
    match body {
        BodyOutcome::Readable => json!({ "state": "readable" }),
        BodyOutcome::Nothing => json!({ "state": "none" }),
        BodyOutcome::Written(bytes) => json!({ "state": "written", "bytes": bytes }),
        BodyOutcome::Broken(bytes, failure) => json!({
            "state": "broken",
            "bytes": bytes,
            "kind": failure.kind.as_str(),
            "text": failure.text,
        }),
        BodyOutcome::Unwritable(why) => json!({ "state": "unwritable", "text": why }),
    }
}

fn stopped(stopped: &Stopped) -> Value {
    let facts: Map<String, Value> =
        stopped.facts.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
    json!({
        "code": stopped.code,
        "number": stopped.number,
        "kind": stopped.failure,
        "stage": stopped.stage,
        "redirects": stopped.redirects,
        "message": stopped.message,
        "facts": facts,
        "standard": standard_url(stopped.anchor),
        "step": stopped.step,
        "remedy": stopped.remedy,
    })
}

/// Header lines as pairs. A byte becomes the character of the same number, as `fetch()` does it.
fn lines(lines: &[Line]) -> Value {
    lines.iter().map(|(name, value)| json!([latin1(name), latin1(value)])).collect()
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
