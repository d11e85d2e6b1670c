//! The engine's trace and the exchanges on the wire, in the order in which they happened.

use fetch_cors::{Decision as Decided, Fetch, TraceEvent};

use crate::record::{Decision, Exchange, Finding, Moment};

/// What happened so far in one fetch.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    pub(crate) moments: Vec<Moment>,
    /// How much of the engine's trace is in it.
    known: usize,
}

impl Timeline {
    /// Takes over what the engine decided since the last time.
    pub(crate) fn catch_up(&mut self, fetch: &Fetch) {
        for event in fetch.trace().iter().skip(self.known) {
            self.moments.push(Moment::Decision(decision(event)));
        }
        self.known = fetch.trace().len();
    }

    /// Adds an exchange.
    pub(crate) fn push(&mut self, exchange: Exchange) {
        self.moments.push(Moment::Exchange(Box::new(exchange)));
    }
}

/// The findings of a fetch that stopped nothing.
pub(crate) fn notes(fetch: &Fetch) -> Vec<Finding> {
    fetch.notes().map(|note| Finding { code: note.code(), text: note.to_string() }).collect()
}

fn decision(event: &TraceEvent) -> Decision {
    Decision {
        kind: kind(&event.decision),
        step: event.step,
        anchor: event.anchor,
        redirects: event.redirects,
        text: event.to_string(),
    }
}

/// A stable word for a kind of decision.
fn kind(decided: &Decided) -> &'static str {
    use Decided as D;
    match decided {
        D::Hop { .. } => "hop",
        D::AccessListGrant => "access-list-grant",
        D::Tainting { .. } => "tainting",
        D::PreflightNeeded(_) => "preflight-needed",
        D::NoPreflightNeeded => "no-preflight",
        D::CacheHit => "cache-hit",
        D::CacheMiss(_) => "cache-miss",
        D::PreflightPassed { .. } => "preflight-passed",
        D::Credentials { .. } => "credentials",
        D::CorsCheckPassed { .. } => "cors-check-passed",
        D::TaoCheck { .. } => "tao-check",
        D::CorpCheckPassed => "corp-check-passed",
        D::Redirect { .. } => "redirect",
        D::MethodChanged { .. } => "method-changed",
        D::AuthorizationRemoved => "authorization-removed",
        D::RedirectTainted(_) => "redirect-tainted",
        D::CacheCleared => "cache-cleared",
        D::NetworkError { .. } => "network-error",
        D::Delivered { .. } => "delivered",
        D::Note(_) => "note",
        _ => "other",
    }
}
