//! An event-driven host: fetches are parked in a map by number, as in the network stack of a browser,
//! and one thread moves each of them on when its socket has news.
//!
//! Look at `NetworkStack::step` and `NetworkStack::on_news`. The first begins what `fetch.action()` says
//! is to be done; the second hands in what a socket tells. Between them nothing of the engine is held
//! but the parked fetch itself. Two things come out right by the number of the exchange:
//!
//! * News has a key, the number of the fetch and that of the exchange. What comes late, of an exchange
//!   that the fetch is past, is dropped, and not taken for the answer to the next one.
//! * After a 1xx the exchange has the number that it had: its socket reads on, and nothing is sent.
//!
//! Here the host also has a gate before each hop, and a user who presses stop. Bodies are left out;
//! `blocking.rs` and `async.rs` read them.
//!
//! ```text
//! cargo run --example event_driven
//! ```

mod support;

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fetch_cors::{
    Action, Client, Config, CredentialsMode, Fetch, HostFailure, Origin, Request, RequestBuilder, ResponseHead,
    UserAgent,
};
use support::jar::Jar;
use support::server::{Reply, Seen, Server};
use support::verdict::Verdict;
use support::wire::{Head, Outgoing, is_interim};
use support::{Clock, Error};
use url::Url;

const PAGE: &str = "https://page.example";
/// How many fetches are under way before the first of them is answered.
pub(crate) const TOGETHER: u64 = 8;
/// The longest time without any event.
const PATIENCE: Duration = Duration::from_secs(10);

/// An exchange: the number of its fetch, and its own number within the fetch.
type Key = (u64, u32);

enum Event {
    /// What the socket of this exchange tells: heads up to the final one, or that there is none.
    News(Key, Result<Head, HostFailure>),
    /// A socket has told all it has to tell.
    Closed,
    /// The user pressed stop, or the page aborted this fetch.
    Stop(u64),
}

struct Parked {
    fetch: Fetch,
    /// The number of the exchange that was sent last; the first one has number 1.
    sent: u32,
}

struct NetworkStack {
    user_agent: UserAgent,
    clock: Clock,
    jar: Jar,
    parked: HashMap<u64, Parked>,
    events: Sender<Event>,
    inbox: Receiver<Event>,
    /// How many sockets are open.
    sockets: usize,
    verdicts: BTreeMap<u64, Verdict>,
    /// The most fetches that were parked at a time.
    peak: usize,
    /// How many 1xx the engine was shown.
    interim: usize,
    /// News that was dropped: the fetch had ended, or was past the exchange.
    late: usize,
}

impl NetworkStack {
    fn new() -> Self {
        let (events, inbox) = channel();
        Self {
            user_agent: UserAgent::new(Config::new().gates(true)),
            clock: Clock::start(),
            jar: Jar::default(),
            parked: HashMap::new(),
            events,
            inbox,
            sockets: 0,
            verdicts: BTreeMap::new(),
            peak: 0,
            interim: 0,
            late: 0,
        }
    }

    fn start(&mut self, id: u64, request: Request) {
        let fetch = self.user_agent.fetch(request, self.clock.now());
        self.parked.insert(id, Parked { fetch, sent: 0 });
        self.peak = self.peak.max(self.parked.len());
        self.step(id);
    }

    /// Begins what the fetch wants done, unless it is begun. The fetch stays parked until there is news.
    fn step(&mut self, id: u64) {
        let Some(Parked { fetch, sent }) = self.parked.get_mut(&id) else { return };
        let verdict = loop {
            match fetch.action() {
                Action::SendPreflight(exchange) | Action::SendRequest(exchange) => {
                    if exchange.number() == *sent {
                        // The news was a 1xx. The socket reads on.
                        return;
                    }
                    *sent = exchange.number();
                    let key = (id, exchange.number());
                    let head = exchange.head();
                    let cookie = if head.include_credentials() {
                        self.jar.header(head.url(), head.same_site_mode())
                    } else {
                        None
                    };
                    // Owned, so that the exchange, and with it the borrow of the fetch, ends here.
                    let outgoing = Outgoing::new(&head, cookie, b"");
                    return self.open_socket(key, outgoing);
                }
                // What a browser asks Content Security Policy, HSTS and its extensions.
                Action::Gate(gate) if gate.url().path().starts_with("/ads/") => gate.block("a content blocker"),
                Action::Gate(gate) => gate.proceed(self.clock.now()),
                Action::SchemeFetch(exchange) => exchange.fail(HostFailure::unsupported_scheme()),
                // Comes only if `Config` asks for it; this is its safe answer.
                Action::ServiceWorker(exchange) => exchange.pass(self.clock.now()),
                Action::NetworkError(error) => break Verdict::Blocked(error.clone()),
                Action::Delivered => unreachable!("a delivered fetch is not parked"),
            }
        };
        self.end(id, verdict);
    }

    /// Hands in what the socket of an exchange tells, and goes on from there.
    fn on_news(&mut self, (id, number): Key, news: Result<Head, HostFailure>) {
        let waiting = self.parked.get_mut(&id).and_then(|parked| parked.fetch.exchange());
        let Some(exchange) = waiting.filter(|exchange| exchange.number() == number) else {
            self.late += 1;
            return;
        };
        match news {
            Ok(answer) => {
                let head = exchange.head();
                if is_interim(&answer) {
                    self.interim += 1;
                } else if head.include_credentials() {
                    // Before the answer is judged: the cookies of a redirect, and of a response that
                    // is then blocked, are stored all the same.
                    self.jar.store(head.url(), head.same_site_mode(), answer.lines());
                }
                if let Some(delivery) = exchange.respond(answer, self.clock.now()) {
                    let verdict = Verdict::delivered(&delivery.accept(), b"");
                    return self.end(id, verdict);
                }
            }
            Err(failure) => exchange.fail(failure),
        }
        self.step(id);
    }

    /// A thread stands in for a socket that the system watches.
    fn open_socket(&mut self, key: Key, outgoing: Result<Outgoing, HostFailure>) {
        let events = self.events.clone();
        self.sockets += 1;
        thread::spawn(move || {
            // Without a stack to listen, there is nobody to tell.
            let tell = |news| drop(events.send(Event::News(key, news)));
            match outgoing.and_then(Outgoing::send) {
                Ok(mut answer) => loop {
                    let head = answer.next_head();
                    let is_last = !head.as_ref().is_ok_and(is_interim);
                    tell(head);
                    if is_last {
                        break;
                    }
                },
                Err(failure) => tell(Err(failure)),
            }
            drop(events.send(Event::Closed));
        });
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::News(key, news) => self.on_news(key, news),
            Event::Closed => self.sockets -= 1,
            Event::Stop(id) => {
                // The socket is left to end by itself here; a browser would close it.
                if let Some(parked) = self.parked.get_mut(&id) {
                    parked.fetch.abort();
                }
                self.step(id);
            }
        }
    }

    fn end(&mut self, id: u64, verdict: Verdict) {
        self.parked.remove(&id);
        self.verdicts.insert(id, verdict);
    }

    /// The loop of the stack: until nothing is parked and no socket is open.
    fn run(&mut self) -> Result<(), Error> {
        while !self.parked.is_empty() || self.sockets > 0 {
            let event = self.inbox.recv_timeout(PATIENCE)?;
            self.on_event(event);
        }
        Ok(())
    }
}

/// Lets requests wait for each other, so that their fetches are all parked at one time.
#[derive(Default)]
struct Meeting {
    arrived: Mutex<u64>,
    changed: Condvar,
}

impl Meeting {
    /// Whether all came in time.
    fn join(&self) -> bool {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        *arrived += 1;
        self.changed.notify_all();
        let waited = self.changed.wait_timeout_while(arrived, Duration::from_secs(3), |arrived| *arrived < TOGETHER);
        waited.is_ok_and(|(_, timeout)| !timeout.timed_out())
    }
}

fn routes(seen: &Seen, meeting: &Meeting, events: &Sender<Event>) -> Reply {
    let to_page = |status| Reply::new(status).line("Access-Control-Allow-Origin", PAGE).line("Vary", "Origin");
    match (&*seen.method, &*seen.target) {
        ("OPTIONS", "/strict") => to_page(204),
        ("OPTIONS", _) => to_page(204).line("Access-Control-Allow-Headers", "x-number"),
        ("GET", target) if target.starts_with("/together/") => to_page(if meeting.join() { 200 } else { 503 }),
        ("GET", "/hints") => to_page(200).line("Access-Control-Allow-Credentials", "true").after_early_hints(),
        ("GET", "/moved") => to_page(302)
            .line("Access-Control-Allow-Credentials", "true")
            .line("Location", "/landed")
            .line("Set-Cookie", "hop=1"),
        ("GET", "/landed") => to_page(200).line("Access-Control-Allow-Credentials", "true"),
        ("GET", "/after") => to_page(200).line("Set-Cookie", "ignored=1"),
        ("GET", "/twice") => {
            // While this answer, to the second exchange, is awaited, there is more news of the first one,
            // the preflight: an answer on a second socket that the host raced against the first, and a
            // timer that nobody stopped.
            let allow = (b"Access-Control-Allow-Origin".to_vec(), PAGE.into());
            let _ = events.send(Event::News((TWICE, 1), Ok((204, vec![allow]))));
            let _ = events.send(Event::News((TWICE, 1), Err(HostFailure::timeout("no answer in time"))));
            to_page(200)
        }
        ("GET", "/endless") => {
            // The user loses patience before the answer comes.
            let _ = events.send(Event::Stop(STOPPED));
            to_page(200)
        }
        _ => Reply::new(404),
    }
}

pub(crate) const HINTS: u64 = TOGETHER;
pub(crate) const MOVED: u64 = TOGETHER + 1;
pub(crate) const AD: u64 = TOGETHER + 2;
pub(crate) const STRICT: u64 = TOGETHER + 3;
pub(crate) const STOPPED: u64 = TOGETHER + 4;
pub(crate) const HANGS_UP: u64 = TOGETHER + 5;
pub(crate) const TWICE: u64 = TOGETHER + 6;
pub(crate) const AFTER: u64 = TOGETHER + 7;

/// What was done, for whoever wants to check it.
pub(crate) struct Report {
    pub(crate) verdicts: BTreeMap<u64, Verdict>,
    /// The most fetches that were parked at a time.
    pub(crate) peak: usize,
    /// How many 1xx the engine was shown.
    pub(crate) interim: usize,
    /// News that was dropped: the fetch had ended, or was past the exchange.
    pub(crate) late: usize,
    /// What the server was sent.
    pub(crate) wire: Vec<Seen>,
    /// Names of the cookies that were stored.
    pub(crate) cookies: Vec<String>,
}

pub(crate) fn run() -> Result<Report, Error> {
    let mut stack = NetworkStack::new();
    let (meeting, events) = (Meeting::default(), stack.events.clone());
    let server = Server::start(move |seen| routes(seen, &meeting, &events))?;
    // A server that hangs up without an answer.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let hangs_up = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
    thread::spawn(move || listener.accept().map(drop));

    let page = Arc::new(Client::new(Origin::parse(PAGE)?));
    let from_page = |url: Url| -> RequestBuilder { Request::builder(url).client(Arc::clone(&page)).as_fetch_api() };
    for id in 0..TOGETHER {
        let request = from_page(server.url(&format!("/together/{id}"))?);
        // Every other one needs a preflight, and so two events.
        let request = if id % 2 == 0 { request } else { request.header("X-Number", id.to_string()) };
        stack.start(id, request.build()?);
    }
    for (id, path) in [(HINTS, "/hints"), (MOVED, "/moved")] {
        stack.start(id, from_page(server.url(path)?).credentials_mode(CredentialsMode::Include).build()?);
    }
    stack.start(AD, from_page(server.url("/ads/banner")?).build()?);
    stack.start(STRICT, from_page(server.url("/strict")?).header("X-Number", "1").build()?);
    stack.start(STOPPED, from_page(server.url("/endless")?).build()?);
    stack.start(HANGS_UP, from_page(hangs_up).build()?);
    stack.start(TWICE, from_page(server.url("/twice")?).header("X-Number", "1").build()?);
    stack.run()?;
    // The jar has a cookie by now, and this fetch is not to carry it.
    stack.start(AFTER, from_page(server.url("/after")?).build()?);
    stack.run()?;

    let NetworkStack { verdicts, peak, interim, late, jar, .. } = stack;
    Ok(Report { verdicts, peak, interim, late, wire: server.seen(), cookies: jar.names() })
}

fn main() -> Result<(), Error> {
    let Report { verdicts, peak, interim, late, wire, cookies } = run()?;
    println!("Fetches of the page {PAGE}, up to {peak} parked at a time:");
    for (id, verdict) in &verdicts {
        let what = match *id {
            HINTS => "a 103 comes ahead of its answer",
            MOVED => "redirected, with credentials",
            AD => "stopped at the gate",
            STRICT => "refused by the preflight",
            STOPPED => "stopped by the user",
            HANGS_UP => "its server hangs up",
            TWICE => "there is late news of its preflight",
            AFTER => "the jar has a cookie, which it may not take",
            _ => "waits for the others",
        };
        println!("  {id:2}  {what}\n          {verdict}");
    }
    println!("\nWhat the server was sent:");
    for seen in &wire {
        println!("  {seen}");
    }
    println!("\n1xx that the engine was shown: {interim}");
    println!("Late news, dropped: {late}");
    println!("Cookies stored: {}", cookies.join(", "));
    Ok(())
}
