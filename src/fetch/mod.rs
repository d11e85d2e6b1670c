//! One running fetch: every change of its state, in the standard's own steps.
//!
//! ```text
//!  start ─► main fetch ─► [gate] ─┬─► scheme fetch ───────────────► SchemeFetch ─┐
//!              ▲                  └─► HTTP fetch ─► [service worker] ──────────┐ │
//!              │                         ├─► cache miss ─► SendPreflight ─┐    │ │
//!              │                         └─► cache hit, or none needed ───┴► SendRequest
//!              └──── redirect, mode follow ◄──────────────────────────────────┤ │
//!                                                          Delivery ◄──────────┴─┘
//!  anywhere ─► NetworkError
//! ```

mod http_fetch;
mod main_fetch;
mod network_fetch;
mod preflight_fetch;
mod redirect_fetch;
mod service_worker;

use std::borrow::Cow;
use std::sync::Arc;

use crate::action::{Action, Exchange, Gate, ServiceWorkerExchange};
use crate::config::Shared;
use crate::fetch_metadata::SecFetchSite;
use crate::header_list::{HeaderList, Mark};
use crate::network::LastOrigin;
use crate::profile::{AuthorUserAgent, CacheClearing, RedirectedHeaders, RedirectedPreflight, UploadListener};
use crate::reason::{HostFailure, NetworkError, Reason, Stage};
use crate::recorder::Recorder;
use crate::redirect::Redirect;
use crate::request::{CacheMode, Destination, Initiator, RedirectTaint, Request, ResponseTainting};
use crate::safelist::has_cors_unsafe_request_header_name;
use crate::time::Timestamp;
use crate::trace::{Decision, Note, TraceEvent};
use crate::walk::Walk;

pub(crate) use self::main_fetch::Upgrade;

const DOCUMENT_ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// One running [fetch](https://fetch.spec.whatwg.org/#concept-fetch): ask [`action`](Self::action) what
/// to do, answer, ask again.
#[derive(Debug)]
pub struct Fetch {
    shared: Arc<Shared>,
    request: Request,
    state: State,
    /// Where the request's own header lines end; behind it stand those of the hop.
    own_lines: Mark,
    /// The request's own list, if the hop had to change a line of it.
    own_list: Option<Box<HeaderList>>,
    preflight: Option<HeaderList>,
    /// Redirect-taint and `Sec-Fetch-Site` for the URL list, and for the list without its last URL.
    walk: Walk,
    walk_before: Walk,
    /// Whether main fetch, at this hop or an outer one, made a CORS preflight: then a network error
    /// clears cache entries.
    makes_cors_preflight: bool,
    /// Whether the access list granted a hop.
    was_granted: bool,
    /// Whether the first hop got credentials.
    began_with_credentials: bool,
    /// The first request, if that counts later.
    began_with: Option<Box<FirstRequest>>,
    /// Why a redirect is refused when the preflight for its URL has passed.
    late_refusal: Option<Box<Reason>>,
    /// Whether a redirect led from one origin to another.
    has_crossed_origins: bool,
    /// The `Origin` of the last hop, if that counts.
    last_origin: Option<LastOrigin>,
    include_credentials: bool,
    exchange_number: u32,
    cache_mode: CacheMode,
    recorder: Recorder,
}

/// What is kept of the first request of a fetch.
#[derive(Debug)]
struct FirstRequest {
    method: Cow<'static, str>,
    header_list: HeaderList,
    has_unsafe_name: bool,
}

#[derive(Debug)]
enum State {
    Gate,
    ServiceWorker {
        make_cors_preflight: bool,
    },
    Preflight,
    Request,
    Scheme,
    /// A delivery is in the host's hands. If it is dropped there, the fetch is aborted: the exchange is
    /// over and must not be asked for again.
    Judged,
    Delivered {
        next_manual_redirect: Option<Box<Redirect>>,
    },
    NetworkError(NetworkError),
}

impl Fetch {
    /// [Fetch](https://fetch.spec.whatwg.org/#concept-fetch).
    pub(crate) fn start(shared: Arc<Shared>, request: Request, now: Timestamp) -> Self {
        let user_initiated = request.user_initiated && request.destination.is_navigation();
        let site = if user_initiated { SecFetchSite::None } else { SecFetchSite::SameOrigin };
        let walk = Walk { taint: RedirectTaint::SameOrigin, site, is_same_origin: false };
        let mut fetch = Self {
            recorder: Recorder::new(shared.config.trace),
            own_lines: Mark::default(),
            own_list: None,
            preflight: None,
            walk,
            walk_before: walk,
            makes_cors_preflight: false,
            was_granted: false,
            began_with_credentials: false,
            began_with: None,
            late_refusal: None,
            has_crossed_origins: false,
            last_origin: None,
            include_credentials: false,
            exchange_number: 0,
            cache_mode: request.cache_mode,
            // Nothing reads it before main fetch has set another one.
            state: State::Gate,
            shared,
            request,
        };
        // 1. to 3. and 5. to 11. HOST: callbacks, tasks, timing, preloaded responses.
        // 4. Populate request from client: done when the request was built.
        // 12. to 14. Accept and Accept-Language.
        if fetch.append_default_headers().is_err() {
            fetch.fail(Stage::BeforeRequest, Reason::HeaderListTooLarge);
            return fetch;
        }
        if fetch.shared.config.profile.switches.upload_listener == UploadListener::Uploads
            && matches!(&*fetch.request.method, "GET" | "HEAD")
        {
            fetch.request.use_cors_preflight = false;
        }
        fetch.own_lines = fetch.request.header_list.mark();
        fetch.keep_first_list();
        // 15. and 16. HOST: priority, fetch records.
        // 17. Main fetch.
        fetch.main_fetch(now);
        fetch
    }

    /// Keeps the header list of the first request, if it counts behind redirects.
    fn keep_first_list(&mut self) {
        let switches = &self.shared.config.profile.switches;
        let request = &self.request;
        let has_unsafe_name = switches.redirected_preflight != RedirectedPreflight::Sent
            && request.unsafe_request
            && has_cors_unsafe_request_header_name(&request.header_list, switches);
        let is_sent_again = switches.redirected_headers != RedirectedHeaders::OfLastHop;
        if has_unsafe_name || is_sent_again {
            self.began_with = Some(Box::new(FirstRequest {
                method: request.method.clone(),
                header_list: request.header_list.clone(),
                has_unsafe_name,
            }));
        }
    }

    fn append_default_headers(&mut self) -> Result<(), crate::header_list::HeaderError> {
        let list = &mut self.request.header_list;
        if self.shared.config.profile.switches.author_user_agent == AuthorUserAgent::Replaced {
            list.delete("User-Agent");
        }
        // 12. Accept
        if !list.contains("Accept") {
            // 12.1. to 12.3. By initiator and destination.
            let value = match (self.request.initiator, self.request.destination) {
                (Initiator::Prefetch, _) | (_, Destination::Document | Destination::Frame | Destination::Iframe) => {
                    DOCUMENT_ACCEPT
                }
                (_, Destination::Image) => "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
                (_, Destination::Json) => "application/json,*/*;q=0.5",
                (_, Destination::Style) => "text/css,*/*;q=0.1",
                (_, Destination::Text) => "text/plain,*/*;q=0.5",
                _ => "*/*",
            };
            // 12.4. Append it.
            list.push(b"Accept", value.as_bytes())?;
        }
        // 13. and 14. Accept-Language: the emulated one, or the user agent's.
        if !list.contains("Accept-Language") {
            let emulated = self.request.client.as_deref().and_then(|client| client.emulated_language.as_deref());
            if let Some(value) = emulated.or(self.shared.config.accept_language.as_deref()) {
                list.push(b"Accept-Language", value)?;
            }
        }
        Ok(())
    }

    /// What the host must do now. A question, not a step: asking again gives the same answer, so a
    /// host may park the fetch and ask when its socket has news.
    pub fn action(&mut self) -> Action<'_> {
        if matches!(self.state, State::Judged) {
            self.abort();
        }
        match self.state {
            State::Gate => Action::Gate(Gate { fetch: self }),
            State::ServiceWorker { .. } => Action::ServiceWorker(ServiceWorkerExchange { fetch: self }),
            State::Preflight => Action::SendPreflight(Exchange { fetch: self }),
            State::Request => Action::SendRequest(Exchange { fetch: self }),
            State::Scheme => Action::SchemeFetch(Exchange { fetch: self }),
            // `abort` has just left this state.
            State::Judged | State::Delivered { .. } => Action::Delivered,
            State::NetworkError(ref error) => Action::NetworkError(error),
        }
    }

    /// The exchange that waits for an answer, if one does: for a host that is driven by events and knows
    /// what it sent.
    pub fn exchange(&mut self) -> Option<Exchange<'_>> {
        matches!(self.state, State::Preflight | State::Request | State::Scheme).then_some(Exchange { fetch: self })
    }

    pub(crate) const fn exchange_number(&self) -> u32 {
        self.exchange_number
    }

    /// Waits for the answer to an exchange.
    fn begin_exchange(&mut self, state: State) {
        self.exchange_number = self.exchange_number.saturating_add(1);
        self.state = state;
    }

    /// The request as it is now, with the URLs of the redirects that were followed.
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// The network error in which the fetch ended, if it did.
    pub const fn network_error(&self) -> Option<&NetworkError> {
        match &self.state {
            State::NetworkError(error) => Some(error),
            _ => None,
        }
    }

    /// Every decision so far, if [`Config::trace`](crate::Config::trace) is on. **Not for script.**
    pub fn trace(&self) -> &[TraceEvent] {
        self.recorder.events()
    }

    /// The findings among the decisions, if the trace is on. **Not for script.**
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.trace().iter().filter_map(|event| match &event.decision {
            Decision::Note(note) => Some(note),
            _ => None,
        })
    }

    /// [Aborts](https://fetch.spec.whatwg.org/#fetch-controller-abort) the fetch: it ends in an aborted
    /// network error, unless it has ended.
    pub fn abort(&mut self) {
        match self.state {
            State::Delivered { .. } | State::NetworkError(_) => {}
            // Main fetch has left its switch, so that this network error clears nothing.
            State::Judged => self.fail_after_the_switch(Reason::Aborted),
            _ => self.fail(self.stage(), Reason::Aborted),
        }
    }

    /// [Processes the next manual redirect](https://fetch.spec.whatwg.org/#fetch-controller-process-the-next-manual-redirect)
    /// of a navigation whose redirect was delivered. Whether there was one: then ask
    /// [`action`](Self::action).
    pub fn process_next_manual_redirect(&mut self, now: Timestamp) -> bool {
        let State::Delivered { next_manual_redirect } = &mut self.state else { return false };
        let Some(redirect) = next_manual_redirect.take() else { return false };
        self.http_redirect_fetch(*redirect, now);
        true
    }

    /// [Serializing a request origin](https://fetch.spec.whatwg.org/#serializing-a-request-origin).
    fn serialized_origin(&self) -> &str {
        // 2. and 3.
        if self.walk.taint == RedirectTaint::SameOrigin { self.request.origin.serialize() } else { "null" }
    }

    pub(crate) fn fail_exchange(&mut self, failure: HostFailure) {
        let reason = match self.state {
            State::Preflight => Reason::PreflightNetworkFailure { failure },
            State::Scheme => Reason::SchemeFetchFailure { failure },
            _ => Reason::NetworkFailure { failure },
        };
        self.fail(self.stage(), reason);
    }

    const fn stage(&self) -> Stage {
        match self.state {
            State::Preflight => Stage::Preflight,
            State::Request | State::Scheme | State::Judged => Stage::Response,
            _ => Stage::BeforeRequest,
        }
    }

    /// Ends the fetch in a network error.
    fn fail(&mut self, stage: Stage, reason: Reason) {
        // Main fetch, 12, preflight 3. The network error of a fetch with a preflight, at this hop or an
        // outer one, clears entries for the request as it is now.
        let clears = match self.shared.config.profile.switches.cache_clearing {
            CacheClearing::PreflightedFetch => self.makes_cors_preflight,
            CacheClearing::Never => false,
            CacheClearing::AnyCrossOriginFetch => {
                self.request.response_tainting == ResponseTainting::Cors
                    && !matches!(reason, Reason::RedirectModeError { .. })
            }
        };
        if clears {
            self.shared.cache().clear_entries(&self.cache_key());
            self.recorder.record(self.request.redirect_count, "concept-cache-clear", "", || Decision::CacheCleared);
        }
        self.end(stage, reason);
    }

    /// Ends the fetch in a network error of main fetch's own last steps, which clear nothing.
    fn fail_after_the_switch(&mut self, reason: Reason) {
        self.end(Stage::Response, reason);
    }

    fn end(&mut self, stage: Stage, reason: Reason) {
        let Request { redirect_count, mode, .. } = self.request;
        self.recorder.record(redirect_count, reason.anchor(), reason.step(), || Decision::NetworkError {
            code: reason.code(),
            message: reason.to_string(),
        });
        let url = self.request.current_url().clone();
        self.preflight = None;
        self.state = State::NetworkError(NetworkError::new(stage, redirect_count, reason, url, mode));
    }
}
