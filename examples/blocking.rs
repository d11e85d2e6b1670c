//! A blocking host: one loop, one socket at a time, as a crawler or a command-line tool has it.
//!
//! Look at `Host::fetch`. The loop is all that a host needs, and the duties that the engine leaves to
//! it stand there: cookies go out, and `Set-Cookie` is stored, exactly when the hop's
//! `include_credentials` says so; a redirect is never followed here, for the engine names the next
//! hop itself; the lines of the head go out as they are (`support/wire.rs`).
//!
//! ```text
//! cargo run --example blocking
//! ```

pub(crate) mod support;

use fetch_cors::{
    Action, Body, Client, CredentialsMode, HostFailure, NetworkError, Origin, Request, RequestBuilder, Response,
    ResponseBody, ResponseHead, UserAgent,
};
use support::jar::Jar;
use support::server::{Reply, Seen, Server};
use support::verdict::Verdict;
use support::wire::{BodyReader, Head, Outgoing};
use support::{Clock, Error};
use url::Url;

/// Where the page is from. Nothing is served there: the page is only talked about.
const PAGE: &str = "https://page.example";

struct Host {
    user_agent: UserAgent,
    jar: Jar,
    clock: Clock,
}

impl Host {
    /// Drives one fetch to its end. The body comes apart from the response, for it is not the
    /// engine's business.
    fn fetch(&mut self, request: Request, body: &[u8]) -> Result<(Response<Head>, BodyReader), NetworkError> {
        let Self { user_agent, jar, clock } = self;
        let mut fetch = user_agent.fetch(request, clock.now());
        loop {
            match fetch.action() {
                Action::SendPreflight(exchange) | Action::SendRequest(exchange) => {
                    let head = exchange.head();
                    let cookie =
                        if head.include_credentials() { jar.header(head.url(), head.same_site_mode()) } else { None };
                    match Outgoing::new(&head, cookie, body).and_then(Outgoing::exchange) {
                        Ok((answer, body)) => {
                            // Before the answer is judged: the cookies of a redirect, and of a
                            // response that is then blocked, are stored all the same.
                            if head.include_credentials() {
                                jar.store(head.url(), head.same_site_mode(), answer.lines());
                            }
                            if let Some(delivery) = exchange.respond(answer, clock.now()) {
                                return Ok((delivery.accept(), body));
                            }
                        }
                        Err(failure) => exchange.fail(failure),
                    }
                }
                Action::SchemeFetch(exchange) => exchange.fail(HostFailure::unsupported_scheme()),
                // These two come only if `Config` asks for them; this is their safe answer.
                Action::Gate(gate) => gate.proceed(clock.now()),
                Action::ServiceWorker(exchange) => exchange.pass(clock.now()),
                Action::NetworkError(error) => return Err(error.clone()),
                Action::Delivered => unreachable!("the loop ends with the delivery"),
            }
        }
    }

    /// A fetch, its body read if script may have it, and the end of it in words.
    fn tell(&mut self, request: Request, body: &[u8]) -> Result<Verdict, Error> {
        let (response, reader) = match self.fetch(request, body) {
            Ok(delivered) => delivered,
            Err(error) => return Ok(Verdict::Blocked(error)),
        };
        let body = match response.body() {
            ResponseBody::Read => reader.read()?,
            // Dropping the reader closes the connection.
            ResponseBody::Null | ResponseBody::Ignore => Vec::new(),
        };
        Ok(Verdict::delivered(&response, &body))
    }
}

/// An API that trusts the page. Three of its answers set a cookie.
fn routes(seen: &Seen) -> Reply {
    let to_page = |status| {
        Reply::new(status)
            .line("Access-Control-Allow-Origin", PAGE)
            .line("Access-Control-Allow-Credentials", "true")
            .line("Vary", "Origin")
    };
    match (&*seen.method, &*seen.target) {
        ("OPTIONS", _) => to_page(204)
            .line("Access-Control-Allow-Methods", "PUT")
            .line("Access-Control-Allow-Headers", "content-type"),
        ("POST", "/login") => to_page(200).line("Set-Cookie", "session=s1; HttpOnly; Path=/"),
        ("PUT", "/profile") => to_page(307).line("Location", "/v2/profile").line("Set-Cookie", "hop=h1; Path=/"),
        ("PUT", "/v2/profile") => to_page(200)
            .line("Access-Control-Expose-Headers", "x-version")
            .line("X-Version", "2")
            .line("X-Internal", "not for script")
            .body(format!("stored {} bytes", seen.body.len())),
        // Whoever wrote this forgot CORS.
        ("GET", "/private") => Reply::new(200).line("Set-Cookie", "seen=p1; Path=/").body("a secret"),
        // Anyone may read this, so it comes without credentials.
        ("GET", "/public") => Reply::new(200)
            .line("Access-Control-Allow-Origin", "*")
            .line("Set-Cookie", "ignored=i1; Path=/")
            .body("news"),
        _ => Reply::new(404),
    }
}

/// What was done, for whoever wants to check it.
pub(crate) struct Report {
    pub(crate) verdicts: Vec<(&'static str, Verdict)>,
    /// What the server was sent.
    pub(crate) wire: Vec<Seen>,
    /// Names of the cookies that were stored.
    pub(crate) cookies: Vec<String>,
}

pub(crate) fn run() -> Result<Report, Error> {
    let server = Server::start(routes)?;
    let mut host = Host { user_agent: UserAgent::default(), jar: Jar::default(), clock: Clock::start() };
    // The page of which all these requests come.
    let page = Client::new(Origin::parse(PAGE)?).creation_url(Url::parse("https://page.example/settings?tab=1")?);
    let from_page = |path: &str| -> Result<RequestBuilder, Error> {
        Ok(Request::builder(server.url(path)?).client(page.clone()).as_fetch_api())
    };
    let with_cookies = CredentialsMode::Include;

    let login = from_page("/login")?.method("POST").credentials_mode(with_cookies).build()?;
    let json = br#"{"name":"A"}"#;
    let profile = from_page("/profile")?
        .method("PUT")
        .header("Content-Type", "application/json")
        .body(Body::of(json))
        .credentials_mode(with_cookies)
        .build()?;
    let private = from_page("/private")?.credentials_mode(with_cookies).build()?;
    let public = from_page("/public")?.build()?;

    let verdicts = vec![
        ("POST /login, with credentials", host.tell(login, b"")?),
        ("PUT /profile, with credentials, redirected", host.tell(profile, json)?),
        ("GET /private, with credentials, no CORS there", host.tell(private, b"")?),
        ("GET /public, credentials to the same origin only", host.tell(public, b"")?),
    ];
    Ok(Report { verdicts, wire: server.seen(), cookies: host.jar.names() })
}

fn main() -> Result<(), Error> {
    let report = run()?;
    println!("The page {PAGE} fetches:");
    for (what, verdict) in &report.verdicts {
        println!("  {what}\n          {verdict}");
    }
    println!("\nWhat the server was sent:");
    for seen in &report.wire {
        println!("  {seen}");
    }
    println!("\nCookies stored: {}", report.cookies.join(", "));
    Ok(())
}
