//! The browser's side of CORS, as a state machine that does no I/O.
//!
//! A host hands in a [`Request`]; the engine says what to put on the wire next; the host hands back
//! response heads and the time; in the end stands a filtered [`Response`] or a [`NetworkError`] with a
//! [`Reason`]. It follows the [Fetch standard](https://fetch.spec.whatwg.org/), at commit
//! `586cd2a44c2a865b37c166dc0740f3fb8bb220d6`; where the text leaves a corner open or slips, a [`Profile`]
//! says what is done.
//!
//! Three nouns are enough to start: a [`UserAgent`] owns what outlives a fetch, a [`Fetch`] is one
//! running fetch, an [`Action`] is what the host must do now.
//!
//! ```
//! use fetch_cors::{Action, HostFailure, NetworkError, Origin, Request, Response, Timestamp, UserAgent};
//!
//! type Head = (u16, Vec<(&'static str, &'static str)>);
//!
//! // A host's network; this one is a script.
//! fn send(head: fetch_cors::RequestHead<'_>) -> Result<Head, std::io::Error> {
//!     assert_eq!(head.headers().get("origin").as_deref(), Some(&b"https://page.example"[..]));
//!     Ok((200, vec![("Access-Control-Allow-Origin", "*"), ("X-Secret", "1"), ("Content-Type", "text/plain")]))
//! }
//!
//! fn fetch(ua: &UserAgent, request: Request) -> Result<Response<Head>, NetworkError> {
//!     let now = || Timestamp::ZERO; // the host's monotonic clock
//!     let mut fetch = ua.fetch(request, now());
//!     loop {
//!         match fetch.action() {
//!             Action::SendPreflight(exchange) | Action::SendRequest(exchange) => match send(exchange.head()) {
//!                 Ok(head) => {
//!                     if let Some(delivery) = exchange.respond(head, now()) {
//!                         return Ok(delivery.accept());
//!                     }
//!                 }
//!                 Err(error) => exchange.fail(HostFailure::connect(error.to_string())),
//!             },
//!             Action::SchemeFetch(exchange) => exchange.fail(HostFailure::unsupported_scheme()),
//!             Action::Gate(gate) => gate.proceed(now()),
//!             Action::ServiceWorker(exchange) => exchange.pass(now()),
//!             Action::NetworkError(error) => return Err(error.clone()),
//!             Action::Delivered => unreachable!("delivery returns"),
//!         }
//!     }
//! }
//!
//! let url = url::Url::parse("https://api.example/data")?;
//! let request = Request::builder(url).origin(Origin::parse("https://page.example")?).as_fetch_api().build()?;
//! let response = fetch(&UserAgent::default(), request).expect("allowed");
//! assert_eq!(response.status(), 200);
//! assert!(response.is_visible("content-type") && !response.is_visible("x-secret"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Reasons, notes and traces are for developer tools and must never reach page script**: the standard
//! makes network errors look alike on purpose.

// Tests may panic; the engine may not, whatever a page or a server sends.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]
#![deny(clippy::disallowed_methods)]

mod access_list;
mod action;
mod cache;
mod checks;
mod client;
mod config;
mod coverage;
mod fetch;
mod fetch_metadata;
pub mod guard;
mod head;
mod header_list;
mod header_value;
mod infra;
mod method;
mod mime;
mod network;
mod origin;
mod port;
mod potential_cors;
mod preflight;
pub mod profile;
mod range;
mod reason;
mod recorder;
mod redirect;
mod referrer;
mod request;
mod request_header;
mod response;
mod response_header;
mod safelist;
mod scheme;
mod site;
pub mod spec;
mod status;
mod time;
mod trace;
mod user_agent;
mod walk;
mod words;

pub use access_list::{AccessListError, OriginAccessList, TargetPattern};
pub use action::{Action, Delivery, Exchange, Gate, NotRepresentable, RequestHead, ServiceWorkerExchange};
pub use cache::{CacheEntry, CacheEntryKind, CacheLimits, CacheRestoreError, ExportedEntry};
pub use checks::CorsCheckPassed;
pub use client::{Client, Global};
pub use config::Config;
pub use fetch::Fetch;
pub use head::ResponseHead;
pub use header_list::{HeaderError, HeaderList, Lines, MAX_HEADER_LIST_BYTES, MAX_HEADER_LIST_LINES};
pub use origin::{OpaqueOrigin, Origin, OriginError, TupleOrigin};
pub use potential_cors::{CorsSettingsAttribute, SameOriginFallback, create_a_potential_cors_request};
pub use profile::{Profile, Switch, SwitchError};
pub use reason::{
    Excerpt, HostFailure, HostFailureKind, MAX_EXCERPT_BYTES, MAX_EXCERPT_NAMES, Names, NetworkError, Reason, Stage,
};
pub use request::{Body, Referrer, Request, RequestBuilder, RequestError, TraversableForUserPrompts};
pub use response::{Internal, Response, ResponseBody, ServiceWorkerResponse};
pub use scheme::{SchemeError, SchemePolicy, SchemeTraits};
#[cfg(feature = "psl")]
pub use site::Psl;
pub use site::PublicSuffix;
pub use time::Timestamp;
pub use trace::{Decision, Note, PreflightCause, TraceEvent};
pub use user_agent::{PreflightCache, UserAgent};
pub use words::{
    CacheMode, CredentialsMode, Destination, EmbedderPolicy, Initiator, RedirectMode, RedirectTaint, ReferrerPolicy,
    RequestMode, ResponseTainting, ResponseType, SameSiteMode, ServiceWorkersMode, UnknownWord,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
