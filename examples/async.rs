//! An asynchronous host: tokio and hyper, a thousand fetches over one shared user agent, at most 64
//! of them at a time.
//!
//! Look at `Host::fetch`. It is the loop of `blocking.rs` with an `.await` where that one waits on a
//! socket; a fetch that is suspended there is `Send`, so any thread may go on with it. The user agent
//! is shared, and with it the CORS-preflight cache: five hundred of the fetches need a preflight,
//! and the server is sent eight. Cookies go out, and are stored, exactly when the hop's
//! `include_credentials` says so, although all fetches share one jar.
//!
//! ```text
//! cargo run --example async
//! ```

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fetch_cors::{
    Action, Body, Client, CredentialsMode, HostFailure, NetworkError, Origin, Request, RequestHead, Response,
    ResponseBody, ResponseHead, UserAgent,
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use support::jar::Jar;
use support::server::{Reply, Seen, Server};
use support::verdict::Verdict;
use support::{Clock, Error};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

const PAGE: &str = "https://page.example";
pub(crate) const FETCHES: usize = 1000;
pub(crate) const AT_A_TIME: usize = 64;
/// Of each kind of fetch, how many URLs there are.
pub(crate) const URLS: usize = 4;
/// For one exchange.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_BODY: usize = 64 * 1024;

/// What the engine judges: the head of hyper's response, apart from its body.
type Head = http::response::Parts;

struct Host {
    user_agent: UserAgent,
    client: legacy::Client<HttpConnector, Full<Bytes>>,
    jar: Mutex<Jar>,
    clock: Clock,
    limit: Semaphore,
    running: AtomicUsize,
    /// The most fetches that ran at a time.
    peak: AtomicUsize,
}

impl Host {
    fn new() -> Self {
        Self {
            user_agent: UserAgent::default(),
            // This client follows no redirect, keeps no cookie and adds `Host` only.
            client: legacy::Client::builder(TokioExecutor::new()).build_http(),
            jar: Mutex::default(),
            clock: Clock::start(),
            limit: Semaphore::new(AT_A_TIME),
            running: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        }
    }

    /// Drives one fetch to its end. The body comes apart from the response, for it is not the
    /// engine's business.
    async fn fetch(&self, request: Request, body: Bytes) -> Result<(Response<Head>, Incoming), NetworkError> {
        let mut fetch = self.user_agent.fetch(request, self.clock.now());
        loop {
            match fetch.action() {
                Action::SendPreflight(exchange) | Action::SendRequest(exchange) => {
                    let head = exchange.head();
                    match self.send(&head, &body).await {
                        Ok((answer, body)) => {
                            // Before the answer is judged: the cookies of a redirect, and of a
                            // response that is then blocked, are stored all the same.
                            if head.include_credentials() {
                                self.jar().store(head.url(), head.same_site_mode(), answer.lines());
                            }
                            if let Some(delivery) = exchange.respond(answer, self.clock.now()) {
                                return Ok((delivery.accept(), body));
                            }
                        }
                        Err(failure) => exchange.fail(failure),
                    }
                }
                Action::SchemeFetch(exchange) => exchange.fail(HostFailure::unsupported_scheme()),
                // These two come only if `Config` asks for them; this is their safe answer.
                Action::Gate(gate) => gate.proceed(self.clock.now()),
                Action::ServiceWorker(exchange) => exchange.pass(self.clock.now()),
                Action::NetworkError(error) => return Err(error.clone()),
                Action::Delivered => unreachable!("the loop ends with the delivery"),
            }
        }
    }

    async fn send(&self, head: &RequestHead<'_>, body: &Bytes) -> Result<(Head, Incoming), HostFailure> {
        // hyper's types cannot hold every head that the standard's can; then nothing is sent.
        let mut request = http::Request::try_from(head).map_err(|error| HostFailure::other(error.to_string()))?;
        if head.include_credentials()
            && !head.headers().contains("cookie")
            && let Some(cookie) = self.jar().header(head.url(), head.same_site_mode())
        {
            let value = cookie.try_into().map_err(|_| HostFailure::other("a cookie that is no header value"))?;
            let added = request.headers_mut().try_append(http::header::COOKIE, value);
            added.map_err(|error| HostFailure::other(error.to_string()))?;
        }
        // A preflight has no body, and a redirect may have taken it from the request.
        let body = if head.sends_body() { body.clone() } else { Bytes::new() };
        let answer = timeout(PATIENCE, self.client.request(request.map(|()| Full::new(body)))).await;
        match answer {
            Ok(Ok(answer)) => Ok(answer.into_parts()),
            Ok(Err(error)) if error.is_connect() => Err(HostFailure::connect(error.to_string())),
            Ok(Err(error)) => Err(HostFailure::protocol(error.to_string())),
            Err(_) => Err(HostFailure::timeout("no answer in time")),
        }
    }

    /// Never held across an `.await`.
    fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fetch when it is its turn, its body read if script may have it, and the end of it in words.
    async fn tell(self: Arc<Self>, request: Request, body: Bytes) -> Result<Verdict, Error> {
        let _permit = self.limit.acquire().await?;
        let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(running, Ordering::Relaxed);
        let verdict = match self.fetch(request, body).await {
            Ok((response, body)) => {
                let body = match response.body() {
                    ResponseBody::Read => Limited::new(body, MAX_BODY).collect().await?.to_bytes(),
                    // Dropping hyper's body gives the connection up.
                    ResponseBody::Null | ResponseBody::Ignore => Bytes::new(),
                };
                Verdict::delivered(&response, &body)
            }
            Err(error) => Verdict::Blocked(error),
        };
        self.running.fetch_sub(1, Ordering::Relaxed);
        Ok(verdict)
    }
}

/// The kinds of fetch that make up the thousand, in turns.
#[derive(Clone, Copy)]
enum Kind {
    /// No preflight, and never a cookie.
    Open,
    /// A preflight for the method and a header, then cookies.
    Order,
    /// A preflight for a header, and no cookie: the API is of another origin.
    Search,
    /// Cookies, and the server does not allow it.
    Forgotten,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Open, Self::Order, Self::Search, Self::Forgotten];

    fn of(number: usize) -> Self {
        Self::ALL[number % Self::ALL.len()]
    }

    fn request(self, number: usize, server: &Server, page: &Arc<Client>) -> Result<(Request, Bytes), Error> {
        let path = match self {
            Self::Open => "/open",
            Self::Order => "/orders",
            Self::Search => "/search",
            Self::Forgotten => "/forgotten",
        };
        let url = server.url(&format!("{path}/{}", number / Self::ALL.len() % URLS))?;
        let request = Request::builder(url).client(Arc::clone(page)).as_fetch_api();
        let json = Bytes::from_static(br#"{"pieces":1}"#);
        Ok(match self {
            Self::Open => (request.credentials_mode(CredentialsMode::Omit).build()?, Bytes::new()),
            Self::Order => {
                let request = request
                    .method("PUT")
                    .header("Content-Type", "application/json")
                    .body(Body::of(&json))
                    .credentials_mode(CredentialsMode::Include);
                (request.build()?, json)
            }
            Self::Search => (request.header("X-Page-Version", "3").build()?, Bytes::new()),
            Self::Forgotten => (request.credentials_mode(CredentialsMode::Include).build()?, Bytes::new()),
        })
    }
}

/// Every answer sets a cookie that is named after its path, so that the jar shows which were stored.
fn routes(seen: &Seen) -> Reply {
    let kind = seen.target.split('/').nth(1).unwrap_or_default();
    let reply = |status| Reply::new(status).line("Set-Cookie", format!("from-{kind}=1; Path=/"));
    let for_page = |status| {
        reply(status)
            .line("Access-Control-Allow-Origin", PAGE)
            .line("Access-Control-Allow-Credentials", "true")
            .line("Vary", "Origin")
    };
    match (&*seen.method, kind) {
        ("OPTIONS", _) => for_page(204)
            .line("Access-Control-Allow-Methods", "PUT")
            .line("Access-Control-Allow-Headers", "content-type, x-page-version")
            .line("Access-Control-Max-Age", "600"),
        ("POST", "login") => for_page(204),
        ("GET", "open") => reply(200).line("Access-Control-Allow-Origin", "*").body("open"),
        ("PUT", "orders") | ("GET", "search") => for_page(200).body("done"),
        ("GET", "forgotten") => reply(200).body("nobody may read this"),
        _ => reply(404),
    }
}

/// What was done, for whoever wants to check it.
pub(crate) struct Report {
    pub(crate) verdicts: Vec<Verdict>,
    /// The most fetches that ran at a time.
    pub(crate) peak: usize,
    /// What the server was sent.
    pub(crate) wire: Vec<Seen>,
    /// Names of the cookies that were stored.
    pub(crate) cookies: Vec<String>,
}

async fn crowd() -> Result<Report, Error> {
    let server = Server::start(routes)?;
    let host = Arc::new(Host::new());
    let page = Arc::new(Client::new(Origin::parse(PAGE)?));
    // A cookie to begin with, so that from here on each request with credentials carries one.
    let login = Request::builder(server.url("/login")?).client(Arc::clone(&page)).as_fetch_api().method("POST");
    let login = login.credentials_mode(CredentialsMode::Include).build()?;
    Arc::clone(&host).tell(login, Bytes::new()).await?;

    let mut verdicts = Vec::with_capacity(FETCHES);
    // The first wave is one fetch for each URL. Without it up to 64 fetches at a time would find the
    // cache empty, and each would send a preflight of its own, as in a browser.
    let first_wave = Kind::ALL.len() * URLS;
    for wave in [0..first_wave, first_wave..FETCHES] {
        let mut running = JoinSet::new();
        for number in wave {
            let (request, body) = Kind::of(number).request(number, &server, &page)?;
            // Each is a task of its own, which may move between threads: a `Fetch` is `Send`.
            running.spawn(Arc::clone(&host).tell(request, body));
        }
        while let Some(verdict) = running.join_next().await {
            verdicts.push(verdict??);
        }
    }
    let cookies = host.jar().names();
    Ok(Report { verdicts, peak: host.peak.load(Ordering::Relaxed), wire: server.seen(), cookies })
}

pub(crate) fn run() -> Result<Report, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(crowd())
}

fn main() -> Result<(), Error> {
    let Report { verdicts, peak, wire, cookies } = run()?;
    let delivered = verdicts.iter().filter(|verdict| verdict.code() == "delivered").count();
    let count = |preflight, has_cookie| {
        wire.iter().filter(|seen| seen.is_preflight() == preflight && seen.has("cookie") == has_cookie).count()
    };
    println!("{} fetches of the page {PAGE}, at most {peak} at a time:", verdicts.len());
    println!("  {delivered} delivered, {} blocked", verdicts.len() - delivered);
    println!("What the server was sent:");
    println!("  {:4} requests with cookies, {} without, the login among them", count(false, true), count(false, false));
    println!("  {:4} OPTIONS: one for each URL that needs it, then the preflight cache grants", count(true, false));
    println!("  {:4} OPTIONS with cookies", count(true, true));
    println!("Cookies stored: {}", cookies.join(", "));
    Ok(())
}
