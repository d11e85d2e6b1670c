//! What the servers of one case answer, and who else was asked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::browser::cookies::Cookie;
use crate::run::verdict::Difference;
use crate::run::wire::Server;
use crate::run::wire::http1::Received;
use crate::run::wire::script::{BODY, Reply, Script};
use crate::symbols::text;

/// How many requests to hosts of nobody are told.
const MOST_STRANGERS: usize = 16;
/// How many heads are kept.
const MOST_HEADS: usize = 256;

/// The path at which a page gets cookies.
pub(in crate::run::browser) const COOKIES: &str = "/cookies-of-the-case";

/// A page, for the one navigation that comes next.
#[derive(Clone, Debug)]
pub(in crate::run::browser) struct Page {
    /// Where, with its port always written out and without a fragment.
    pub(in crate::run::browser) url: String,
    /// Header lines.
    pub(in crate::run::browser) headers: Vec<(&'static str, String)>,
    /// The document.
    pub(in crate::run::browser) body: String,
}

/// The scripted servers of one case.
#[derive(Debug, Default)]
pub(in crate::run::browser) struct Stage {
    /// Hosts that the case names.
    hosts: BTreeSet<String>,
    page: Option<Page>,
    /// `Set-Cookie` lines by scheme and host, for a request to [`COOKIES`].
    cookies: BTreeMap<(&'static str, String), Vec<String>>,
    /// What follows the page.
    pub(in crate::run::browser) script: Script,
    /// What stands in for the script's own body.
    pub(in crate::run::browser) body: Option<Vec<u8>>,
    strangers: Vec<String>,
    heads: Vec<(Server, Received)>,
}

impl Stage {
    /// Begins a case.
    pub(in crate::run::browser) fn begin(&mut self, hosts: BTreeSet<String>) {
        *self = Self { hosts, ..Self::default() };
    }

    /// Serves a page next.
    pub(in crate::run::browser) fn serve_page(&mut self, page: Page) {
        self.page = Some(page);
    }

    /// Whether the page has not been asked for.
    pub(in crate::run::browser) const fn awaits_page(&self) -> bool {
        self.page.is_some()
    }

    /// Has cookies given out; where a page gets them.
    pub(in crate::run::browser) fn serve_cookies(&mut self, cookies: &[Cookie]) -> Vec<String> {
        self.cookies.clear();
        for cookie in cookies {
            if let Some(server) = Server::of_url(&cookie.url) {
                self.cookies.entry((server.scheme, server.host)).or_default().push(cookie.line());
            }
        }
        self.cookies.keys().map(|(scheme, host)| format!("{scheme}://{host}{COOKIES}")).collect()
    }

    /// Every request head of the case, as it came.
    #[cfg(test)]
    pub(in crate::run::browser) fn heads(&self) -> &[(Server, Received)] {
        &self.heads
    }

    /// Requests to hosts that the case does not name.
    pub(in crate::run::browser) fn strangers(&mut self) -> Vec<Difference> {
        let line =
            |stranger: String| Difference::of_text(format!("a request to a host that no case named: {stranger}"));
        std::mem::take(&mut self.strangers).into_iter().map(line).collect()
    }

    /// Whether a connection to a host may be made; a host of nobody is noted down.
    pub(super) fn admits(&mut self, host: &str, line: impl FnOnce() -> String) -> bool {
        let is_known = self.hosts.contains(host);
        if !is_known && self.strangers.len() < MOST_STRANGERS {
            self.strangers.push(line());
        }
        is_known
    }

    /// Answers a request.
    pub(super) fn reply(&mut self, server: &Server, received: &Received) -> Reply {
        let url = server.url(&text(&received.target));
        if !self.admits(&server.host, || format!("{} {url}", text(&received.method))) {
            return Reply::Response {
                head: b"HTTP/1.1 404 Nobody\r\nconnection: close\r\n\r\n".to_vec(),
                body: Vec::new(),
            };
        }
        if received.target == COOKIES.as_bytes() {
            let lines = self.cookies.get(&(server.scheme, server.host.clone()));
            return of_cookies(lines.map_or(&[], Vec::as_slice));
        }
        if self.heads.len() < MOST_HEADS {
            self.heads.push((server.clone(), received.clone()));
        }
        match self.page.take_if(|page| received.method == b"GET" && page.url == url) {
            Some(page) => of_page(&page),
            None => {
                let reply = self.script.reply(server, received);
                self.with_body(reply)
            }
        }
    }

    fn with_body(&self, mut reply: Reply) -> Reply {
        if let (Reply::Response { body, .. }, Some(own)) = (&mut reply, &self.body)
            && body == BODY
        {
            body.clone_from(own);
        }
        reply
    }
}

fn of_cookies(lines: &[String]) -> Reply {
    // Pages with an embedder policy ask too.
    let mut head = "HTTP/1.1 204 No Content\r\ncross-origin-resource-policy: cross-origin\r\n".to_owned();
    for line in lines {
        head.extend(["set-cookie: ", line, "\r\n"]);
    }
    head.push_str("connection: close\r\n\r\n");
    Reply::Response { head: head.into_bytes(), body: Vec::new() }
}

fn of_page(page: &Page) -> Reply {
    let mut head = "HTTP/1.1 200 OK\r\ncache-control: no-store\r\n".to_owned();
    for (name, value) in &page.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("connection: close\r\n\r\n");
    Reply::Response { head: head.into_bytes(), body: page.body.clone().into_bytes() }
}
