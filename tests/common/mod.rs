//! A scripted host: it answers what the engine asks for from a list, on a virtual clock, and keeps
//! everything that it was asked.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod cache;

use std::fmt::Write as _;
use std::sync::Arc;

use fetch_cors::{
    Action, Body, CacheMode, Client, Config, Fetch, HostFailure, NetworkError, Origin, Profile, PublicSuffix, Request,
    RequestBuilder, RequestHead, RequestMode, Response, ResponseType, SameSiteMode, ServiceWorkerResponse, Timestamp,
    UserAgent,
};
use url::Url;

/// A response head as hosts hand it in: owned lines of bytes.
pub(crate) type Head = (u16, Vec<(Vec<u8>, Vec<u8>)>);

/// The origin that fetches, unless a test says otherwise.
pub(crate) const PAGE: &str = "https://page.example";
/// A URL of another origin and site.
pub(crate) const API: &str = "https://api.example/x";
/// Allows every origin without credentials.
pub(crate) const ANY: (&str, &str) = ("Access-Control-Allow-Origin", "*");
/// Allows [`PAGE`].
pub(crate) const FOR_PAGE: (&str, &str) = ("Access-Control-Allow-Origin", PAGE);
/// Allows the origin `null`.
pub(crate) const FOR_NULL: (&str, &str) = ("Access-Control-Allow-Origin", "null");
/// Allows credentials.
pub(crate) const CREDENTIALS: (&str, &str) = ("Access-Control-Allow-Credentials", "true");
/// Names of the headers of a preflight's answer.
pub(crate) const METHODS: &str = "Access-Control-Allow-Methods";
pub(crate) const HEADERS: &str = "Access-Control-Allow-Headers";
pub(crate) const MAX_AGE: &str = "Access-Control-Max-Age";
pub(crate) const EXPOSE: &str = "Access-Control-Expose-Headers";

pub(crate) fn url(text: &str) -> Url {
    Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(crate) fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The client of [`PAGE`]: a document with a URL, in a partition of its own.
pub(crate) fn page() -> Client {
    Client::new(origin(PAGE)).creation_url(url("https://page.example/dir/page?q#f")).network_partition_key(PAGE)
}

/// A request as `fetch(target)` makes it on [`page`].
pub(crate) fn to(target: &str) -> RequestBuilder {
    Request::builder(url(target)).client(page()).as_fetch_api()
}

/// How the host answers one action.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Head(Head),
    Fail(HostFailure),
    /// A service worker answers.
    Worker(Box<ServiceWorkerResponse<Head>>),
    /// No service worker answers.
    Pass,
    Proceed,
    UpgradeBefore,
    UpgradeAfter,
    Block(&'static str),
    /// The fetch is aborted while it waits.
    Abort,
    /// The response is refused at its delivery.
    BlockDelivery(Head),
}

pub(crate) fn head(status: u16, lines: &[(&str, &str)]) -> Head {
    (status, lines.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect())
}

pub(crate) fn answer(status: u16, lines: &[(&str, &str)]) -> Answer {
    Answer::Head(head(status, lines))
}

/// Status 200 and `Access-Control-Allow-Origin: *`.
pub(crate) fn ok() -> Answer {
    answer(200, &[ANY])
}

/// A redirect that every origin may read.
pub(crate) fn redirect(status: u16, location: &str) -> Answer {
    answer(status, &[ANY, ("Location", location)])
}

/// The answer to a preflight that every origin may read.
pub(crate) fn allow(methods: &str, headers: &str, max_age: &str) -> Answer {
    answer(204, &[ANY, (METHODS, methods), (HEADERS, headers), (MAX_AGE, max_age)])
}

/// The same for [`PAGE`] with credentials.
pub(crate) fn allow_credentials(methods: &str, headers: &str, max_age: &str) -> Answer {
    answer(204, &[FOR_PAGE, CREDENTIALS, (METHODS, methods), (HEADERS, headers), (MAX_AGE, max_age)])
}

/// Status 200 for [`PAGE`] with credentials.
pub(crate) fn ok_credentials() -> Answer {
    answer(200, &[FOR_PAGE, CREDENTIALS])
}

/// A service worker's response of this type, with status 200.
pub(crate) fn worker(response_type: ResponseType, lines: &[(&str, &str)]) -> ServiceWorkerResponse<Head> {
    ServiceWorkerResponse::new(response_type, head(200, lines))
}

pub(crate) fn from_worker(response: ServiceWorkerResponse<Head>) -> Answer {
    Answer::Worker(Box::new(response))
}

/// What kind of action it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Preflight,
    Request,
    Scheme,
    Gate,
    Worker,
}

/// One action that the engine asked for. What a gate and a service worker do not show is left empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) kind: Kind,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) lines: Vec<(String, Vec<u8>)>,
    pub(crate) credentials: bool,
    pub(crate) body: Body,
    pub(crate) mode: Option<RequestMode>,
    pub(crate) cache_mode: Option<CacheMode>,
    pub(crate) may_prompt: bool,
    pub(crate) use_url_credentials: bool,
    pub(crate) same_site: Option<SameSiteMode>,
    pub(crate) partition: Option<Vec<u8>>,
    pub(crate) redirects: u8,
}

impl Sent {
    fn at(kind: Kind, url: &Url) -> Self {
        Self {
            kind,
            method: String::new(),
            url: url.to_string(),
            lines: Vec::new(),
            credentials: false,
            body: Body::Null,
            mode: None,
            cache_mode: None,
            may_prompt: false,
            use_url_credentials: false,
            same_site: None,
            partition: None,
            redirects: 0,
        }
    }

    fn of(kind: Kind, head: RequestHead<'_>) -> Self {
        let lines = head.headers().iter();
        assert_eq!(head.is_preflight(), kind == Kind::Preflight);
        Self {
            method: head.method().to_owned(),
            lines: lines.map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value.to_vec())).collect(),
            credentials: head.include_credentials(),
            body: head.body(),
            mode: Some(head.mode()),
            cache_mode: Some(head.cache_mode()),
            may_prompt: head.may_prompt(),
            use_url_credentials: head.use_url_credentials(),
            same_site: Some(head.same_site_mode()),
            partition: head.network_partition_key().map(<[u8]>::to_vec),
            redirects: head.redirect_count(),
            ..Self::at(kind, head.url())
        }
    }

    /// What the fetch asks for now, or how it ended.
    pub(crate) fn ask(fetch: &mut Fetch) -> Result<Self, Option<NetworkError>> {
        Ok(match fetch.action() {
            Action::SendPreflight(exchange) => Self::of(Kind::Preflight, exchange.head()),
            Action::SendRequest(exchange) => Self::of(Kind::Request, exchange.head()),
            Action::SchemeFetch(exchange) => Self::of(Kind::Scheme, exchange.head()),
            Action::Gate(gate) => Self::at(Kind::Gate, gate.url()),
            Action::ServiceWorker(exchange) => Self::at(Kind::Worker, exchange.url()),
            Action::NetworkError(error) => return Err(Some(error.clone())),
            Action::Delivered => return Err(None),
        })
    }

    /// All lines of a name, joined as the standard's get does.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let lines = self.lines.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name));
        let values: Vec<_> = lines.map(|(_, value)| value.escape_ascii().to_string()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The names, in order and as they stand.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.lines.iter().map(|(name, _)| &**name).collect()
    }
}

/// A fetch that came to its end.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) sent: Vec<Sent>,
    pub(crate) outcome: Result<Response<Head>, NetworkError>,
    pub(crate) fetch: Fetch,
}

impl Run {
    /// What was asked for and how it ended, a line each.
    pub(crate) fn flow(&self) -> Vec<String> {
        let mut flow: Vec<String> = self.sent.iter().map(describe).collect();
        flow.push(match &self.outcome {
            Ok(response) => format!("{} {}", response.response_type(), response.status()),
            Err(error) => format!("error {}", error.reason().code()),
        });
        flow
    }

    pub(crate) fn response(&self) -> &Response<Head> {
        self.outcome.as_ref().unwrap_or_else(|error| panic!("{error}\n{}", self.explain()))
    }

    pub(crate) fn error(&self) -> &NetworkError {
        match &self.outcome {
            Err(error) => error,
            Ok(response) => panic!("delivered {response:?}\n{}", self.explain()),
        }
    }

    /// The error's stage and code.
    pub(crate) fn code(&self) -> (&'static str, &'static str) {
        (self.error().stage().as_str(), self.error().reason().code())
    }

    /// The requests on the wire of this kind.
    pub(crate) fn of(&self, kind: Kind) -> Vec<&Sent> {
        self.sent.iter().filter(|sent| sent.kind == kind).collect()
    }

    /// The last thing that was asked for.
    pub(crate) fn last(&self) -> &Sent {
        self.sent.last().unwrap_or_else(|| panic!("nothing was asked for: {:?}", self.outcome))
    }

    fn explain(&self) -> String {
        self.fetch.trace().iter().fold(String::new(), |mut text, event| {
            let _ = writeln!(text, "{}: {event}", event.redirects);
            text
        })
    }
}

fn describe(sent: &Sent) -> String {
    match sent.kind {
        Kind::Preflight => format!("preflight {}", sent.url),
        Kind::Request => format!("{} {}", sent.method, sent.url),
        Kind::Scheme => format!("scheme {}", sent.url),
        Kind::Gate => format!("gate {}", sent.url),
        Kind::Worker => format!("worker {}", sent.url),
    }
}

/// A user agent and its clock.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) ua: UserAgent,
    pub(crate) millis: u64,
}

impl Host {
    /// Every host keeps a trace, so that a failing test can print it; what is decided is the same.
    pub(crate) fn new(config: Config) -> Self {
        Self { ua: UserAgent::new(config.trace(true)), millis: 1_000_000 }
    }

    pub(crate) fn standard() -> Self {
        Self::new(Config::new())
    }

    pub(crate) fn letter() -> Self {
        Self::new(Config::new().profile(Profile::letter()))
    }

    /// With a public suffix list on which every last label is a suffix.
    pub(crate) fn with_sites() -> Self {
        Self::new(sites())
    }

    pub(crate) const fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis)
    }

    pub(crate) fn start(&self, request: RequestBuilder) -> Fetch {
        self.ua.fetch(request.build().unwrap_or_else(|error| panic!("{error}")), self.now())
    }

    /// Runs a fetch to its end. Every answer must be asked for, and none may be missing.
    pub(crate) fn run(&self, request: RequestBuilder, answers: impl IntoIterator<Item = Answer>) -> Run {
        self.drive(self.start(request), answers)
    }

    pub(crate) fn drive(&self, mut fetch: Fetch, answers: impl IntoIterator<Item = Answer>) -> Run {
        let mut answers = answers.into_iter();
        let mut sent = Vec::new();
        let outcome = loop {
            let asked = match Sent::ask(&mut fetch) {
                Ok(asked) => asked,
                Err(error) => break Err(error.unwrap_or_else(|| panic!("delivered before this drive"))),
            };
            assert_eq!(Sent::ask(&mut fetch).as_ref(), Ok(&asked), "asking is no step");
            if asked.kind == Kind::Preflight {
                assert!(
                    !asked.credentials && asked.value("authorization").is_none() && asked.value("cookie").is_none()
                );
            }
            sent.push(asked);
            let Some(answer) = answers.next() else {
                panic!("no answer left: {:?}", sent.iter().map(describe).collect::<Vec<_>>());
            };
            if let Some(response) = self.answer(&mut fetch, answer) {
                break Ok(response);
            }
        };
        let left = answers.count();
        let run = Run { sent, outcome, fetch };
        assert_eq!(left, 0, "answers left over: {:?}\n{}", run.flow(), run.explain());
        run
    }

    /// Gives one answer; the response, if it was delivered.
    pub(crate) fn answer(&self, fetch: &mut Fetch, answer: Answer) -> Option<Response<Head>> {
        let now = self.now();
        if matches!(answer, Answer::Abort) {
            fetch.abort();
            return None;
        }
        let delivery = match (fetch.action(), answer) {
            (
                Action::SendPreflight(exchange) | Action::SendRequest(exchange) | Action::SchemeFetch(exchange),
                answer,
            ) => match answer {
                Answer::Head(head) => exchange.respond(head, now),
                Answer::BlockDelivery(head) => {
                    exchange.respond(head, now).unwrap_or_else(|| panic!("no delivery to block")).block("by test");
                    None
                }
                Answer::Fail(failure) => {
                    exchange.fail(failure);
                    None
                }
                other => panic!("{other:?} is no answer to an exchange"),
            },
            (Action::ServiceWorker(exchange), Answer::Worker(response)) => exchange.respond(*response, now),
            (Action::ServiceWorker(exchange), Answer::Pass) => {
                exchange.pass(now);
                None
            }
            (Action::Gate(gate), answer) => {
                match answer {
                    Answer::Proceed => gate.proceed(now),
                    Answer::UpgradeBefore => gate.upgrade_before_referrer(now),
                    Answer::UpgradeAfter => gate.upgrade_after_referrer(now),
                    Answer::Block(why) => gate.block(why),
                    other => panic!("{other:?} is no answer to a gate"),
                }
                None
            }
            (action, answer) => panic!("{answer:?} is no answer to {action:?}"),
        };
        delivery.map(fetch_cors::Delivery::accept)
    }
}

/// A configuration with [`LastTwoLabels`].
pub(crate) fn sites() -> Config {
    Config::new().public_suffix(Arc::new(LastTwoLabels))
}

/// A public suffix list on which every last label is a suffix.
#[derive(Debug)]
pub(crate) struct LastTwoLabels;

impl PublicSuffix for LastTwoLabels {
    fn registrable_domain<'h>(&self, host: &'h str) -> Option<&'h str> {
        let (before, last) = host.rsplit_once('.')?;
        let start = before.rfind('.').map_or(0, |dot| dot + 1);
        host.get(start..).filter(|domain| domain.len() > last.len())
    }
}
