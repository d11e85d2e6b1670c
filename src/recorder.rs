//! Keeps the trace of a fetch, if it is on.

use crate::head::{ResponseHead, get};
use crate::header_value::bad_token;
use crate::preflight::{MaxAgeFinding, PreflightPassed};
use crate::reason::{Excerpt, Names, Reason};
use crate::request::{CredentialsMode, Request};
use crate::response::EXPOSE_HEADERS;
use crate::trace::{Decision, Note, TraceEvent};

/// The trace. When off it holds nothing, and what would make an event is not run.
#[derive(Debug)]
pub(crate) struct Recorder {
    events: Option<Vec<TraceEvent>>,
}

/// The most events of a fetch with a preflight and no redirect.
const USUAL_EVENTS: usize = 16;

impl Recorder {
    pub(crate) fn new(on: bool) -> Self {
        Self { events: on.then(|| Vec::with_capacity(USUAL_EVENTS)) }
    }

    pub(crate) fn record(
        &mut self,
        redirects: u8,
        anchor: &'static str,
        step: &'static str,
        decision: impl FnOnce() -> Decision,
    ) {
        if let Some(events) = &mut self.events {
            events.push(TraceEvent { redirects, anchor, step, decision: decision() });
        }
    }

    pub(crate) fn events(&self) -> &[TraceEvent] {
        self.events.as_deref().unwrap_or_default()
    }

    const fn is_on(&self) -> bool {
        self.events.is_some()
    }

    fn note(&mut self, request: &Request, anchor: &'static str, step: &'static str, note: Note) {
        self.record(request.redirect_count, anchor, step, || Decision::Note(note));
    }
}

/// Notes on a preflight that passed.
pub(crate) fn note_preflight(
    recorder: &mut Recorder,
    request: &Request,
    passed: &PreflightPassed<'_, impl ResponseHead>,
    head: &impl ResponseHead,
) {
    if !recorder.is_on() {
        return;
    }
    const ANCHOR: &str = "cors-preflight-fetch-0";
    let include = request.credentials_mode == CredentialsMode::Include;
    for (names, header) in
        [(&passed.methods, "Access-Control-Allow-Methods"), (&passed.header_names, "Access-Control-Allow-Headers")]
    {
        if include && names.iter().any(|name| name == b"*") {
            recorder.note(request, ANCHOR, "7.5", Note::WildcardIsPlainName(header));
        }
    }
    if passed.authorization_by_wildcard {
        recorder.note(request, ANCHOR, "7.6", Note::AuthorizationByWildcard);
    }
    match passed.max_age.finding {
        Some(MaxAgeFinding::Malformed) => {
            let value = get(head, "access-control-max-age").unwrap_or_default();
            recorder.note(request, ANCHOR, "7.9", Note::MaxAgeMalformed(Excerpt::new(&value)));
        }
        Some(MaxAgeFinding::Limited { received, limit }) => {
            recorder.note(request, ANCHOR, "7.10", Note::MaxAgeLimited { received, limit });
        }
        None => {}
    }
    recorder.record(request.redirect_count, ANCHOR, "7", || Decision::PreflightPassed {
        methods: Names::new(passed.methods.iter()),
        headers: Names::new(passed.header_names.iter()),
        max_age: passed.max_age.seconds,
    });
}

/// Notes on a value that nearly passed the CORS check.
pub(crate) fn note_cors_check_failure(recorder: &mut Recorder, request: &Request, reason: &Reason) {
    if !recorder.is_on() {
        return;
    }
    const ANCHOR: &str = "concept-cors-check";
    match reason {
        Reason::AllowOriginMismatch { wanted, received } => {
            if let Some(what) = near_miss(wanted, received.as_bytes()) {
                recorder.note(request, ANCHOR, "4", Note::AllowOriginNearMiss(what));
            }
        }
        Reason::AllowCredentialsNotTrue { received: Some(received) }
            if received.as_bytes().eq_ignore_ascii_case(b"true") =>
        {
            recorder.note(request, ANCHOR, "7", Note::AllowCredentialsCase);
        }
        _ => {}
    }
}

/// What stands between a received origin and the wanted one, where it is little.
fn near_miss(wanted: &str, received: &[u8]) -> Option<&'static str> {
    let received = std::str::from_utf8(received).ok()?;
    if received.strip_suffix('/') == Some(wanted) {
        return Some("a trailing slash");
    }
    if received.eq_ignore_ascii_case(wanted) {
        return Some("the case of letters");
    }
    let default_port = if wanted.starts_with("https:") { ":443" } else { ":80" };
    if received.strip_suffix(default_port) == Some(wanted) {
        return Some("the default port, which is never written");
    }
    if wanted.split_once("://").is_some_and(|(_, rest)| rest == received) {
        return Some("the scheme, which is missing");
    }
    let path = received.strip_prefix(wanted)?;
    path.starts_with('/').then_some("a path, which an origin does not have")
}

/// Notes on `Access-Control-Expose-Headers`.
pub(crate) fn note_exposed_headers(recorder: &mut Recorder, request: &Request, head: &impl ResponseHead) {
    if !recorder.is_on() {
        return;
    }
    const ANCHOR: &str = "concept-main-fetch";
    if let Some(item) = bad_token(head, EXPOSE_HEADERS) {
        recorder.note(request, ANCHOR, "14.1.3", Note::ExposeHeadersUnparsable(Excerpt::new(item)));
        return;
    }
    let is_wildcard = |value: &[u8]| value.split(|byte| *byte == b',').any(|item| item.trim_ascii() == b"*");
    let include = request.credentials_mode == CredentialsMode::Include;
    if include && get(head, EXPOSE_HEADERS).is_some_and(|value| is_wildcard(&value)) {
        recorder.note(request, ANCHOR, "14.1.2", Note::WildcardIsPlainName("Access-Control-Expose-Headers"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_named() {
        let wanted = "https://a.example";
        for (received, what) in [
            ("https://a.example/", Some("a trailing slash")),
            ("HTTPS://A.example", Some("the case of letters")),
            ("https://a.example:443", Some("the default port, which is never written")),
            ("a.example", Some("the scheme, which is missing")),
            ("https://a.example/x", Some("a path, which an origin does not have")),
            ("https://a.example.evil", None),
            ("https://b.example", None),
        ] {
            assert_eq!(near_miss(wanted, received.as_bytes()), what, "{received}");
        }
    }

    #[test]
    fn a_recorder_that_is_off_runs_nothing() {
        let mut recorder = Recorder::new(false);
        recorder.record(0, "", "", || panic!("it is off"));
        assert!(recorder.events().is_empty());
    }
}
