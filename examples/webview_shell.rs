//! A webview shell: its pages come from `app://localhost`, as those of a desktop application do.
//!
//! Look at `user_agent`, where all the policy stands: the scheme `app` gets tuple origins, counts as
//! secure and may be fetched across origins; and the application's pages may reach two servers on
//! loopback without CORS, except one of them, which a block entry takes back. Everything that no
//! entry grants goes by CORS, with `Origin: app://localhost`. No switch turns CORS off.
//!
//! Then look at `Shell::fetch`: `app:` has a handler instead of a socket, both for what the engine
//! calls a scheme fetch (the application's own origin) and for requests across origins (a plugin's),
//! which are judged like a server's answer.
//!
//! ```text
//! cargo run --example webview_shell
//! ```

mod support;

use std::sync::Arc;

use fetch_cors::guard::{Headers, HeadersGuard, check_fetch_url, check_method, check_modes};
use fetch_cors::{
    Action, Body, CacheMode, Client, Config, Destination, HostFailure, Origin, OriginAccessList, Request, RequestHead,
    RequestMode, ResponseBody, ResponseHead, SchemePolicy, SchemeTraits, TargetPattern, UserAgent,
};
use support::jar::Jar;
use support::server::{Reply, Seen, Server};
use support::verdict::Verdict;
use support::wire::{BodyReader, Head, Outgoing};
use support::{Clock, Error};
use url::Url;

const APP: &str = "app://localhost";

/// The whole policy of the shell.
fn user_agent(except: &str) -> Result<(UserAgent, Origin), Error> {
    let app = SchemeTraits::new().standard().secure().cors_enabled();
    let schemes = SchemePolicy::new().with("app", app)?;
    let pages = Origin::parse_with(APP, &schemes)?;
    let target = |text: &str| TargetPattern::parse(text, &schemes);
    let access_list = OriginAccessList::new()
        // The backend runs on whatever port was free.
        .allow(&pages, target("http://127.0.0.1:*")?)?
        // A block entry wins over an allow entry, whatever their order.
        .block(&pages, target(except)?)?;
    let config = Config::new().access_list(access_list).scheme_policy(schemes).trace(true);
    Ok((UserAgent::new(config), pages))
}

/// The handler of `app:`, in place of a socket: what the webview's custom protocol answers from.
fn app_protocol(head: &RequestHead<'_>) -> Head {
    let url = head.url();
    let line = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let origin = head.headers().get("origin");
    match (url.host_str(), url.path()) {
        (Some("localhost"), "/index.html") => (200, vec![line("Content-Type", "text/html")]),
        (Some("localhost"), "/config.json") => (200, vec![line("Content-Type", "application/json")]),
        // A plugin has an origin of its own, and says by CORS who may read it.
        (Some("plugin"), "/list.json") if origin.as_deref() == Some(APP.as_bytes()) => {
            let cors = [line("Access-Control-Allow-Origin", APP), line("Vary", "Origin")];
            (200, [&cors[..], &[line("Content-Type", "application/json")]].concat())
        }
        _ => (404, Vec::new()),
    }
}

struct Shell {
    user_agent: UserAgent,
    page: Arc<Client>,
    jar: Jar,
    clock: Clock,
    /// What the handler of `app:` was asked.
    asked: Vec<Seen>,
}

/// How a fetch ended, and what the console of the developer tools shows of it.
pub(crate) struct Told {
    pub(crate) what: String,
    pub(crate) verdict: Verdict,
    pub(crate) console: Vec<String>,
}

impl Shell {
    /// The user opens the application.
    fn open(&mut self, url: Url) -> Result<Told, Error> {
        let request = Request::builder(url)
            .origin(self.page.origin().clone())
            .mode(RequestMode::Navigate)
            .destination(Destination::Document)
            .user_initiated(true);
        self.fetch(request.build()?, b"")
    }

    /// What script calls. Everything here comes from the page, so the guard looks at it first: what
    /// it refuses, `fetch()` throws.
    fn script_fetch(
        &mut self,
        method: &str,
        url: Url,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Told, Error> {
        check_fetch_url(&url)?;
        let method = check_method(method.as_bytes())?;
        let mut guarded = Headers::new(HeadersGuard::Request);
        for (name, value) in headers {
            guarded.append(name, value)?;
        }
        check_modes(&method, RequestMode::Cors, CacheMode::Default, body.is_some())?;
        let request = Request::builder(url)
            .client(Arc::clone(&self.page))
            .as_fetch_api()
            .method(method)
            .headers(guarded.into_header_list())
            .body(body.map_or(Body::Null, Body::of));
        self.fetch(request.build()?, body.unwrap_or_default())
    }

    /// Drives one fetch to its end.
    fn fetch(&mut self, request: Request, body: &[u8]) -> Result<Told, Error> {
        let Self { user_agent, jar, clock, asked, .. } = self;
        let what = format!("{} {}", request.method(), request.current_url());
        let mut fetch = user_agent.fetch(request, clock.now());
        let verdict = loop {
            match fetch.action() {
                // A scheme of the shell's own. Within an origin the engine calls it a scheme fetch;
                // across origins it is a request like any other, with a preflight if need be. It has
                // no cookies.
                Action::SchemeFetch(exchange) | Action::SendPreflight(exchange) | Action::SendRequest(exchange)
                    if exchange.url().scheme() == "app" =>
                {
                    asked.push(Seen::of(&exchange.head()));
                    let answer = app_protocol(&exchange.head());
                    if let Some(delivery) = exchange.respond(answer, clock.now()) {
                        break Verdict::delivered(&delivery.accept(), b"");
                    }
                }
                Action::SendPreflight(exchange) | Action::SendRequest(exchange) => {
                    let head = exchange.head();
                    let cookie =
                        if head.include_credentials() { jar.header(head.url(), head.same_site_mode()) } else { None };
                    match Outgoing::new(&head, cookie, body).and_then(Outgoing::exchange) {
                        Ok((answer, reader)) => {
                            // Before the answer is judged: the cookies of a redirect, and of a
                            // response that is then blocked, are stored all the same.
                            if head.include_credentials() {
                                jar.store(head.url(), head.same_site_mode(), answer.lines());
                            }
                            if let Some(delivery) = exchange.respond(answer, clock.now()) {
                                let response = delivery.accept();
                                let body = read(response.body(), reader)?;
                                break Verdict::delivered(&response, &body);
                            }
                        }
                        Err(failure) => exchange.fail(failure),
                    }
                }
                Action::SchemeFetch(exchange) => exchange.fail(HostFailure::unsupported_scheme()),
                // These two come only if `Config` asks for them; this is their safe answer.
                Action::Gate(gate) => gate.proceed(clock.now()),
                Action::ServiceWorker(exchange) => exchange.pass(clock.now()),
                Action::NetworkError(error) => break Verdict::Blocked(error.clone()),
                Action::Delivered => unreachable!("the loop ends with the delivery"),
            }
        };
        // For the console of the developer tools, and never for script.
        let console = fetch.trace().iter().map(ToString::to_string).collect();
        Ok(Told { what, verdict, console })
    }
}

fn read(body: ResponseBody, reader: BodyReader) -> std::io::Result<Vec<u8>> {
    match body {
        ResponseBody::Read => reader.read(),
        ResponseBody::Null | ResponseBody::Ignore => Ok(Vec::new()),
    }
}

/// The application's own server. It was written for the application, and knows nothing of CORS.
fn backend(seen: &Seen, partner: &str) -> Reply {
    match (&*seen.method, &*seen.target) {
        ("PUT", "/settings") => Reply::new(200).line("Set-Cookie", "session=b1; Path=/").body("saved"),
        ("GET", "/state") => Reply::new(200).line("X-Backend", "7").body("state"),
        ("GET", "/moved") => Reply::new(302).line("Location", format!("{partner}/shared")),
        _ => Reply::new(404),
    }
}

/// Somebody else's server, which knows the application, and shares one thing with it.
fn partner(seen: &Seen) -> Reply {
    let for_app = |status| Reply::new(status).line("Access-Control-Allow-Origin", APP).line("Vary", "Origin");
    match (&*seen.method, &*seen.target) {
        ("OPTIONS", "/shared") => for_app(204)
            .line("Access-Control-Allow-Methods", "PUT")
            .line("Access-Control-Allow-Headers", "content-type"),
        ("PUT" | "GET", "/shared") => for_app(200).line("X-Partner", "9").body("shared"),
        ("GET", "/vault") => Reply::new(200).body("a secret"),
        _ => Reply::new(404),
    }
}

/// What was done, for whoever wants to check it.
pub(crate) struct Report {
    pub(crate) told: Vec<Told>,
    /// What the handler of `app:` was asked, and what the servers were sent.
    pub(crate) app: Vec<Seen>,
    pub(crate) backend: Vec<Seen>,
    pub(crate) partner: Vec<Seen>,
}

pub(crate) fn run() -> Result<Report, Error> {
    let partner = Server::start(partner)?;
    let partner_origin = partner.origin();
    let backend = Server::start(move |seen| backend(seen, &partner_origin))?;
    let (user_agent, pages) = user_agent(&partner.origin())?;
    let index = Url::parse("app://localhost/index.html")?;
    let page = Client::new(pages).creation_url(index.clone()).secure_context(true);
    let page = Arc::new(page);
    let mut shell = Shell { user_agent, page, jar: Jar::default(), clock: Clock::start(), asked: Vec::new() };

    let json = &[("Content-Type", "application/json")];
    let told = vec![
        shell.open(index.clone())?,
        shell.script_fetch("GET", index.join("/config.json")?, &[], None)?,
        shell.script_fetch("GET", Url::parse("app://plugin/list.json")?, &[], None)?,
        // Granted: neither a preflight nor an answer with CORS, and credentials as in one's own origin.
        shell.script_fetch("PUT", backend.url("/settings")?, json, Some(b"{}"))?,
        shell.script_fetch("GET", backend.url("/state")?, &[], None)?,
        // The block entry: by CORS, which the partner knows how to answer, or not.
        shell.script_fetch("PUT", partner.url("/shared")?, json, Some(b"{}"))?,
        shell.script_fetch("GET", partner.url("/vault")?, &[], None)?,
        // A grant ends where its target redirects elsewhere: the partner is told an opaque origin.
        shell.script_fetch("GET", backend.url("/moved")?, &[], None)?,
    ];
    Ok(Report { told, app: shell.asked, backend: backend.seen(), partner: partner.seen() })
}

fn main() -> Result<(), Error> {
    let report = run()?;
    println!("The pages of {APP} fetch:");
    for Told { what, verdict, console } in &report.told {
        println!("  {what}\n          {verdict}");
        if let Verdict::Blocked(_) = verdict {
            println!("          in the console:");
            for line in console {
                println!("            {line}");
            }
        }
    }
    let sent = [("the handler of app:", &report.app), ("backend", &report.backend), ("partner", &report.partner)];
    for (who, seen) in sent {
        println!("\nWhat {who} was sent:");
        for seen in seen {
            println!("  {seen}");
        }
    }
    Ok(())
}
