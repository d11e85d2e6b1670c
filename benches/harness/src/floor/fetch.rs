//! The whole path: from a built request to what script sees of its response, in the standard's steps.

use std::sync::{Arc, Mutex};

use url::{Host, Url};

use super::cache::{Cache, Grant, Key};
use super::lines::{HeaderLines, Line, is_token, is_value, trim};
use super::preflight::{Allowed, judge};
use super::request::{is_preflight_needed, is_safelisted, unsafe_names, write_names};
use super::response::{cors_check, visible};

/// An origin: its parts, or none for an opaque one, and its serialization.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) parts: Option<(String, String, Option<u16>)>,
    pub(crate) serialized: String,
}

impl Origin {
    pub(crate) fn of(url: &Url) -> Self {
        let parts = (url.scheme().to_owned(), url.host_str().unwrap_or_default().to_owned(), url.port());
        Self { parts: Some(parts), serialized: url.origin().ascii_serialization() }
    }

    pub(crate) fn opaque() -> Self {
        Self { parts: None, serialized: "null".to_owned() }
    }

    pub(crate) fn is_same(&self, url: &Url) -> bool {
        self.parts.as_ref().is_some_and(|(scheme, host, port)| {
            *port == url.port() && *host == url.host_str().unwrap_or_default() && scheme == url.scheme()
        })
    }

    fn is_same_site(&self, url: &Url) -> bool {
        self.parts
            .as_ref()
            .is_some_and(|(scheme, host, _)| scheme == url.scheme() && Some(host.as_str()) == url.host_str())
    }
}

/// What fetches.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) origin: Origin,
    /// Without userinfo and fragment.
    pub(crate) referrer: Option<Url>,
    pub(crate) partition: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    Own,
    Same,
    Cross,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Full,
    Origin,
    Nothing,
}

/// A request as it is built, with room for the lines of a hop.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    page: Arc<Page>,
    method: &'static str,
    body_length: Option<u64>,
    url_list: Vec<Url>,
    lines: HeaderLines,
    include: bool,
    unsafe_request: bool,
}

impl Request {
    pub(crate) fn new(
        page: &Arc<Page>,
        method: &'static str,
        url: Url,
        lines: &[(&str, &str)],
        body_length: Option<u64>,
    ) -> Self {
        let mut own = HeaderLines::with_room(1200, 24);
        for (name, value) in lines {
            own.push(name.as_bytes(), value.as_bytes());
        }
        let page = Arc::clone(page);
        Self { page, method, body_length, url_list: vec![url], lines: own, include: false, unsafe_request: true }
    }
}

/// Which lines a list has; found in one pass.
#[derive(Clone, Copy, Debug, Default)]
struct Has {
    accept: bool,
    user_agent: bool,
    conditional: bool,
    cache_control: bool,
    pragma: bool,
    range: bool,
    authorization: bool,
}

impl Has {
    fn of<'a>(lines: impl Iterator<Item = Line<'a>>) -> Self {
        let mut has = Self::default();
        for (name, _) in lines {
            let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
            match name.len() {
                5 => has.range |= is(b"range"),
                6 => {
                    has.accept |= is(b"accept");
                    has.pragma |= is(b"pragma");
                }
                8 => has.conditional |= is(b"if-match") || is(b"if-range"),
                10 => has.user_agent |= is(b"user-agent"),
                13 => {
                    has.conditional |= is(b"if-none-match");
                    has.cache_control |= is(b"cache-control");
                    has.authorization |= is(b"authorization");
                }
                17 => has.conditional |= is(b"if-modified-since"),
                19 => has.conditional |= is(b"if-unmodified-since"),
                _ => {}
            }
        }
        has
    }
}

/// What a running fetch waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    Preflight,
    Answer,
    Nothing,
}

#[derive(Debug)]
pub(crate) struct Fetch {
    request: Request,
    pub(crate) waits: Waits,
    preflight: HeaderLines,
    own_lines: usize,
    site: Site,
    tainted: bool,
    is_cors: bool,
    sent: Sent,
    timing_allow_failed: bool,
    no_store: bool,
    redirects: u8,
}

/// What script sees.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) status: u16,
    pub(crate) visible: u64,
    pub(crate) has_body: bool,
    pub(crate) timing_allow_passed: bool,
    pub(crate) tainted: bool,
    pub(crate) url_list: Vec<Url>,
}

impl Fetch {
    pub(crate) fn start(request: Request, cache: &Mutex<Cache>, now: u64) -> Option<Self> {
        let mut fetch = Self {
            request,
            waits: Waits::Nothing,
            preflight: HeaderLines::default(),
            own_lines: 0,
            site: Site::Own,
            tainted: false,
            is_cors: false,
            sent: Sent::Full,
            timing_allow_failed: false,
            no_store: false,
            redirects: 0,
        };
        if !fetch.request.lines.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"accept")) {
            fetch.request.lines.push(b"Accept", b"*/*");
        }
        fetch.own_lines = fetch.request.lines.len();
        fetch.main_fetch(cache, now)?;
        Some(fetch)
    }

    /// The lines that are out.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let lines = if self.waits == Waits::Preflight { &self.preflight } else { &self.request.lines };
        lines.iter()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.request.url_list[self.request.url_list.len() - 1]
    }

    fn origin(&self) -> &str {
        if self.tainted { "null" } else { &self.request.page.origin.serialized }
    }

    fn main_fetch(&mut self, cache: &Mutex<Cache>, now: u64) -> Option<()> {
        let page = Arc::clone(&self.request.page);
        let url = &self.request.url_list[self.request.url_list.len() - 1];
        // Sec-Fetch-Site and redirect-taint, one URL further.
        let same_origin = page.origin.is_same(url);
        if self.site != Site::Cross && !same_origin {
            self.site = if page.origin.is_same_site(url) { Site::Same } else { Site::Cross };
        }
        if let [.., last, url] = &self.request.url_list[..] {
            let is_third =
                !(last.port() == url.port() && last.host_str() == url.host_str() && last.scheme() == url.scheme());
            self.tainted |= is_third && !page.origin.is_same(last);
        }
        if url.port().is_some_and(is_bad_port) {
            return None;
        }
        // Referrer policy strict-origin-when-cross-origin.
        if let Some(referrer) = &page.referrer {
            let same = referrer.port() == url.port()
                && referrer.host_str() == url.host_str()
                && referrer.scheme() == url.scheme();
            self.sent = match self.sent {
                Sent::Nothing => Sent::Nothing,
                form if same => form,
                _ if is_trustworthy(referrer) && !is_trustworthy(url) => Sent::Nothing,
                _ => Sent::Origin,
            };
        }
        if same_origin && !self.tainted && !self.is_cors {
            self.send();
            return Some(());
        }
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        self.is_cors = true;
        let request = &self.request;
        if request.unsafe_request && is_preflight_needed(request.method.as_bytes(), request.lines.iter()) {
            let key = Key { partition: &page.partition, origin: self.origin(), url: url.as_str() };
            let method = (!matches!(request.method, "GET" | "HEAD" | "POST")).then_some(request.method.as_bytes());
            let names = request.lines.iter().filter(|(name, value)| !is_safelisted(name, value)).map(|(name, _)| name);
            let covered = cache.lock().expect("no panic").covers(&key, request.include, now, method, names);
            if !covered {
                self.send_preflight();
                return Some(());
            }
        }
        self.send();
        Some(())
    }

    fn send_preflight(&mut self) {
        let mut lines = HeaderLines::with_room(900, 12);
        let mut names = Vec::with_capacity(8);
        unsafe_names(self.request.lines.iter(), &mut names);
        let mut value = Vec::with_capacity(128);
        write_names(&names, &mut value);
        lines.push(b"Accept", b"*/*");
        lines.push(b"Access-Control-Request-Method", self.request.method.as_bytes());
        if !names.is_empty() {
            lines.push(b"Access-Control-Request-Headers", &value);
        }
        self.push_hop_lines(&mut lines);
        self.preflight = lines;
        self.waits = Waits::Preflight;
    }

    fn send(&mut self) {
        let mut lines = std::mem::take(&mut self.request.lines);
        let has = Has::of(lines.iter());
        if let Some(length) = self.request.body_length {
            let mut digits = [0; 20];
            lines.push(b"Content-Length", decimal(length, &mut digits));
        } else if matches!(self.request.method, "POST" | "PUT") {
            lines.push(b"Content-Length", b"0");
        }
        self.push_hop_lines(&mut lines);
        self.no_store = has.conditional;
        if self.no_store {
            if !has.pragma {
                lines.push(b"Pragma", b"no-cache");
            }
            if !has.cache_control {
                lines.push(b"Cache-Control", b"no-cache");
            }
        }
        if has.range {
            lines.push(b"Accept-Encoding", b"identity");
        }
        self.request.lines = lines;
        self.waits = Waits::Answer;
    }

    fn push_hop_lines(&self, lines: &mut HeaderLines) {
        let page = &*self.request.page;
        if let Some(referrer) = &page.referrer {
            match self.sent {
                Sent::Nothing => {}
                Sent::Full => lines.push(b"Referer", referrer.as_str().as_bytes()),
                Sent::Origin => {
                    let end = referrer[..url::Position::BeforePath].len() + 1;
                    lines.push(b"Referer", &referrer.as_str().as_bytes()[..end]);
                }
            }
        }
        if self.is_cors || !matches!(self.request.method, "GET" | "HEAD") {
            lines.push(b"Origin", self.origin().as_bytes());
        }
        if is_trustworthy(self.url()) {
            lines.push(b"Sec-Fetch-Dest", b"empty");
            lines.push(b"Sec-Fetch-Mode", b"cors");
            let site: &[u8] = match self.site {
                Site::Own => b"same-origin",
                Site::Same => b"same-site",
                Site::Cross => b"cross-site",
            };
            lines.push(b"Sec-Fetch-Site", site);
        }
    }

    pub(crate) fn respond_to_preflight<'a>(
        &mut self,
        status: u16,
        lines: impl Iterator<Item = Line<'a>> + Clone,
        cache: &Mutex<Cache>,
        shared: &mut Option<Arc<Grant>>,
        now: u64,
    ) -> Option<()> {
        is_well_formed(status, lines.clone()).then_some(())?;
        let request = &self.request;
        let mut names = Vec::with_capacity(8);
        names.extend(request.lines.iter().filter(|(name, value)| !is_safelisted(name, value)).map(|(name, _)| name));
        let allowed = judge(request.method.as_bytes(), &names, self.origin(), request.include, status, lines)?;
        let expires = now + allowed.max_age;
        let grant = share(&allowed, shared);
        let key = Key { partition: &request.page.partition, origin: self.origin(), url: self.url().as_str() };
        cache.lock().expect("no panic").store(&key, request.include, expires, &grant);
        self.preflight = HeaderLines::default();
        self.send();
        Some(())
    }

    pub(crate) fn respond<'a>(
        &mut self,
        status: u16,
        lines: impl Iterator<Item = Line<'a>> + Clone,
        cache: &Mutex<Cache>,
        now: u64,
    ) -> Option<Option<Delivered>> {
        is_well_formed(status, lines.clone()).then_some(())?;
        if status == 407 || (self.is_cors && !cors_check(self.origin(), self.request.include, lines.clone())) {
            return None;
        }
        // Timing-Allow-Origin
        let is_timed = |value: &[u8]| {
            value.split(|byte| *byte == b',').map(trim).any(|item| item == b"*" || item == self.origin().as_bytes())
        };
        let mut timed = !self.is_cors;
        let mut location = None;
        for (name, value) in lines.clone() {
            match name.len() {
                19 if name.eq_ignore_ascii_case(b"timing-allow-origin") => timed |= is_timed(value),
                8 if name.eq_ignore_ascii_case(b"location") => location = Some(trim(value)),
                _ => {}
            }
        }
        self.timing_allow_failed |= !timed;
        if matches!(status, 301 | 302 | 303 | 307 | 308)
            && let Some(location) = location
        {
            self.redirect(status, location, cache, now)?;
            return Some(None);
        }
        self.waits = Waits::Nothing;
        Some(Some(Delivered {
            status,
            visible: if self.is_cors { visible(self.request.include, lines) } else { u64::MAX },
            has_body: self.request.method != "HEAD" && !matches!(status, 101 | 103 | 204 | 205 | 304),
            timing_allow_passed: !self.timing_allow_failed,
            tainted: self.tainted,
            url_list: std::mem::take(&mut self.request.url_list),
        }))
    }

    fn redirect(&mut self, status: u16, location: &[u8], cache: &Mutex<Cache>, now: u64) -> Option<()> {
        self.request.lines.truncate(self.own_lines);
        let current = self.url();
        let mut url = Url::options().base_url(Some(current)).parse(std::str::from_utf8(location).ok()?).ok()?;
        if url.fragment().is_none() && current.fragment().is_some() {
            url.set_fragment(current.fragment());
        }
        let has_userinfo = !url.username().is_empty() || url.password().is_some();
        if !matches!(url.scheme(), "http" | "https")
            || self.redirects >= 20
            || (has_userinfo && (self.is_cors || !self.request.page.origin.is_same(&url)))
        {
            return None;
        }
        let to_get = match status {
            301 | 302 => self.request.method == "POST",
            303 => !matches!(self.request.method, "GET" | "HEAD"),
            _ => false,
        };
        let same =
            current.port() == url.port() && current.host_str() == url.host_str() && current.scheme() == url.scheme();
        let drops_authorization = !same && Has::of(self.request.lines.iter()).authorization;
        if to_get || drops_authorization {
            // Lines of the body, or of credentials for the other origin, go.
            let mut rest = HeaderLines::with_room(1200, 24);
            for (name, value) in self.request.lines.iter() {
                let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
                let of_body = to_get
                    && (is(b"content-encoding")
                        || is(b"content-language")
                        || is(b"content-location")
                        || is(b"content-type"));
                let is_dropped = of_body || (drops_authorization && is(b"authorization"));
                if !is_dropped {
                    rest.push(name, value);
                }
            }
            self.request.lines = rest;
        }
        if to_get {
            (self.request.method, self.request.body_length) = ("GET", None);
        }
        self.own_lines = self.request.lines.len();
        self.redirects += 1;
        self.request.url_list.push(url);
        self.main_fetch(cache, now)
    }
}

/// Equal grants are one.
fn share(allowed: &Allowed<'_>, shared: &mut Option<Arc<Grant>>) -> Arc<Grant> {
    let is_equal = |grant: &Arc<Grant>| {
        grant.methods.iter().map(|item| &**item).eq(allowed.methods.iter().copied())
            && grant.names.iter().map(|item| &**item).eq(allowed.names.iter().copied())
    };
    if let Some(grant) = shared.as_ref().filter(|grant| is_equal(grant)) {
        return Arc::clone(grant);
    }
    let own = |list: &[&[u8]]| list.iter().map(|item| (*item).into()).collect();
    Arc::clone(shared.insert(Arc::new(Grant { methods: own(&allowed.methods), names: own(&allowed.names) })))
}

fn is_well_formed<'a>(status: u16, mut lines: impl Iterator<Item = Line<'a>>) -> bool {
    (200..=999).contains(&status) && lines.all(|(name, value)| is_token(name) && is_value(value))
}

fn is_trustworthy(url: &Url) -> bool {
    match url.scheme() {
        "https" | "wss" => true,
        _ => match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
            None => false,
        },
    }
}

fn is_bad_port(port: u16) -> bool {
    matches!(port, 0 | 1 | 7 | 9 | 11 | 13 | 15 | 17 | 19..=23 | 25 | 37 | 42 | 43 | 53 | 69 | 77 | 79 | 87 | 95 | 101..=104
        | 109..=111 | 113 | 115 | 117 | 119 | 123 | 135 | 137 | 139 | 143 | 161 | 179 | 389 | 427 | 465 | 512..=515 | 526
        | 530..=532 | 540 | 548 | 554 | 556 | 563 | 587 | 601 | 636 | 989 | 990 | 993 | 995 | 1719 | 1720 | 1723 | 2049
        | 3659 | 4045 | 4190 | 5060 | 5061 | 6000 | 6566 | 6665..=6669 | 6679 | 6697 | 10080)
}

fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[start..];
        }
    }
}
