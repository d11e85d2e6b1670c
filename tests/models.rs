//! The engine against plain models: the standard's walks over a URL list, and its list of cache entries.

mod common;

use common::{Host, Kind, MAX_AGE, Sent, answer, redirect, to, url};
use fetch_cors::{CacheLimits, Config, CredentialsMode, Origin, Profile, RedirectTaint, RequestMode, SchemePolicy};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use url::Url;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

const URLS: [&str; 8] = [
    "https://page.example/a",
    "https://page.example:8443/",
    "https://sub.page.example/",
    "https://api.example/x",
    "https://api.example/y",
    "https://www.api.example/",
    "https://hop.example/",
    "https://127.0.0.1/",
];

fn same_origin(a: &Url, b: &Url) -> bool {
    let of = |url| Origin::of_url(url, &SchemePolicy::new()).expect("a tuple origin");
    of(a).same_origin(&of(b))
}

/// The last two labels; an address has none.
fn same_site(a: &Url, b: &Url) -> bool {
    let site = |url: &Url| {
        let host = url.host_str().expect("a host").to_owned();
        let labels: Vec<&str> = host.split('.').collect();
        if host == "127.0.0.1" { host } else { labels[labels.len() - 2..].join(".") }
    };
    a.scheme() == b.scheme() && site(a) == site(b)
}

/// Redirect-taint, as the standard walks.
fn taint(origin: &Url, urls: &[Url]) -> RedirectTaint {
    let mut taint = RedirectTaint::SameOrigin;
    for pair in urls.windows(2) {
        let (last, url) = (&pair[0], &pair[1]);
        if !same_site(url, last) && !same_site(origin, last) {
            return RedirectTaint::CrossSite;
        }
        if !same_origin(url, last) && !same_origin(origin, last) {
            taint = RedirectTaint::SameSite;
        }
    }
    taint
}

/// Sec-Fetch-Site, as Fetch Metadata walks.
fn sec_fetch_site(origin: &Url, urls: &[Url]) -> &'static str {
    let mut value = "same-origin";
    for url in urls {
        if same_origin(url, origin) {
            continue;
        }
        if !same_site(url, origin) {
            return "cross-site";
        }
        value = "same-site";
    }
    value
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn walks_are_those_of_the_standard(
        chain in vec(select(&URLS[..]), 1..8),
        mode in select(vec![RequestMode::Cors, RequestMode::NoCors]),
    ) {
        let home = url("https://page.example/");
        let urls: Vec<Url> = chain.iter().map(|text| url(text)).collect();
        let answers = chain[1..].iter().map(|location| redirect(302, location)).chain([answer(200, &[common::ANY])]);
        let run = Host::with_sites().run(to(chain[0]).mode(mode), answers);
        let mut has_been_away = false;
        for (index, sent) in run.sent.iter().enumerate() {
            let so_far = &urls[..=index];
            has_been_away |= !same_origin(&urls[index], &home);
            let wanted = if taint(&home, so_far) == RedirectTaint::SameOrigin { common::PAGE } else { "null" };
            let is_sent = has_been_away && mode == RequestMode::Cors;
            prop_assert_eq!(sent.value("origin"), is_sent.then(|| wanted.to_owned()));
            prop_assert_eq!(sent.value("sec-fetch-site"), Some(sec_fetch_site(&home, so_far).to_owned()));
            prop_assert_eq!(sent.credentials, !has_been_away, "credentials mode same-origin");
        }
        let response = run.response();
        prop_assert_eq!(response.redirect_taint(), taint(&home, &urls));
        let expected = match (has_been_away, mode) {
            (false, _) => "basic",
            (true, RequestMode::Cors) => "cors",
            _ => "opaque",
        };
        prop_assert_eq!(response.response_type().as_str(), expected);
        prop_assert_eq!(response.internal().url_list(), &urls[..]);
    }
}

/// An entry of the standard's list; the model has one partition.
#[derive(Debug)]
struct Entry {
    url: &'static str,
    stored_at: u64,
    max_age: u64,
    credentials: bool,
    /// `m` or `h`, and the name.
    kind: char,
    name: &'static str,
}

#[derive(Clone, Debug)]
struct Fetching {
    url: &'static str,
    include: bool,
    method: &'static str,
    header: Option<&'static str>,
    allowed_methods: Vec<&'static str>,
    allowed_headers: Vec<&'static str>,
    max_age: u64,
    fails: bool,
    advance: u64,
}

prop_compose! {
    fn fetching()(
        url in select(vec!["https://api.example/x", "https://api.example/y"]),
        include in any::<bool>(),
        method in select(vec!["GET", "PUT", "DELETE"]),
        header in select(vec![None, Some("x-a"), Some("x-b"), Some("authorization")]),
        allowed_methods in vec(select(vec!["PUT", "DELETE", "*"]), 0..3),
        allowed_headers in vec(select(vec!["x-a", "x-b", "authorization", "*"]), 0..3),
        max_age in 0..8_u64,
        fails in prop::bool::weighted(0.1),
        advance in 0..3_000_u64,
    ) -> Fetching {
        Fetching { url, include, method, header, allowed_methods, allowed_headers, max_age, fails, advance }
    }
}

/// The standard's cache as the list that it is.
#[derive(Debug, Default)]
struct Model {
    entries: Vec<Entry>,
    now: u64,
}

impl Model {
    fn matching(&mut self, url: &str, include: bool, kind: char, name: &str) -> impl Iterator<Item = &mut Entry> {
        let now = self.now;
        self.entries.iter_mut().filter(move |entry| {
            let covers = entry.name == name || (entry.name == "*" && name != "authorization");
            entry.url == url
                && (entry.credentials || !include)
                && now < entry.stored_at + entry.max_age * 1000
                && entry.kind == kind
                && covers
        })
    }

    fn grants(&mut self, fetching: &Fetching) -> bool {
        let Fetching { url, include, method, header, .. } = *fetching;
        (method == "GET" || self.matching(url, include, 'm', method).next().is_some())
            && header.is_none_or(|header| self.matching(url, include, 'h', header).next().is_some())
    }

    fn store(&mut self, fetching: &Fetching, kind: char, names: &[&'static str]) {
        let Fetching { url, include, max_age, .. } = *fetching;
        // 7.12. and 7.14.
        for name in names {
            self.matching(url, include, kind, name).for_each(|entry| entry.max_age = max_age);
        }
        // 7.13. and 7.15.
        for name in names {
            if self.matching(url, include, kind, name).next().is_none() {
                let stored_at = self.now;
                self.entries.push(Entry { url, stored_at, max_age, credentials: include, kind, name });
            }
        }
    }

    fn clear(&mut self, url: &str) {
        self.entries.retain(|entry| entry.url != url);
    }
}

/// What a preflight's answer allows, by the standard's steps 7.5 to 7.7.
fn is_allowed(fetching: &Fetching) -> bool {
    let Fetching { include, method, header, allowed_methods, allowed_headers, .. } = fetching;
    let wildcard = |list: &[&str]| !include && list.contains(&"*");
    let method = *method == "GET" || allowed_methods.contains(method) || wildcard(allowed_methods);
    let header = header.is_none_or(|header| {
        allowed_headers.contains(&header) || (header != "authorization" && wildcard(allowed_headers))
    });
    method && header
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn the_cache_is_the_standards_list(fetches in vec(fetching(), 1..25)) {
        let mut host = Host::new(Config::new().profile(Profile::letter()));
        let mut model = Model { now: host.millis, ..Model::default() };
        for fetching in fetches {
            host.millis += fetching.advance;
            model.now = host.millis;
            let mut request = to(fetching.url).method(fetching.method);
            if let Some(header) = fetching.header {
                request = request.header(header, "1");
            }
            if fetching.include {
                request = request.credentials_mode(CredentialsMode::Include);
            }
            let is_simple = fetching.method == "GET" && fetching.header.is_none();
            let mut fetch = host.start(request);
            let sent = Sent::ask(&mut fetch).expect("a request").kind;
            let is_hit = is_simple || model.grants(&fetching);
            prop_assert_eq!(sent == Kind::Request, is_hit, "{:?} with {:#?}", fetching, model);
            let origin = [common::FOR_PAGE, common::CREDENTIALS];
            if !is_hit {
                let (methods, headers) = (fetching.allowed_methods.join(","), fetching.allowed_headers.join(","));
                let age = fetching.max_age.to_string();
                let lines =
                    [&origin[..], &[(common::METHODS, &methods), (common::HEADERS, &headers), (MAX_AGE, &age)]].concat();
                prop_assert!(host.answer(&mut fetch, answer(200, &lines)).is_none());
                if !is_allowed(&fetching) {
                    prop_assert!(fetch.network_error().is_some());
                    model.clear(fetching.url);
                    continue;
                }
                model.store(&fetching, 'm', &fetching.allowed_methods);
                model.store(&fetching, 'h', &fetching.allowed_headers);
            }
            let last = if fetching.fails { answer(200, &[]) } else { answer(200, &origin) };
            let response = host.answer(&mut fetch, last);
            prop_assert_eq!(response.is_none(), fetching.fails);
            if fetching.fails && !is_simple {
                model.clear(fetching.url);
            }
        }
    }
}

/// What happens to a group in the test of the order of use.
#[derive(Clone, Copy, Debug)]
enum Use {
    /// A PUT: stored if it is missing, used if it is there.
    Put(usize),
    /// A PUT that fails: the group goes.
    Fail(usize),
    /// A PUT with a header that is not granted yet: a refresh.
    Refresh(usize),
    ClearPartition,
}

fn uses() -> impl Strategy<Value = Use> {
    prop_oneof![
        6 => (0..8_usize).prop_map(Use::Put),
        2 => (0..8_usize).prop_map(Use::Fail),
        2 => (0..8_usize).prop_map(Use::Refresh),
        1 => Just(Use::ClearPartition),
    ]
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_least_recently_used_group_goes(groups in 1..6_usize, sequence in vec(uses(), 1..60)) {
        let host = Host::new(Config::new().cache_limits(CacheLimits::new().groups(groups)));
        // Oldest first.
        let mut model: Vec<usize> = Vec::new();
        let target = |index: usize| format!("https://api.example/{index}");
        let put = |index: usize| to(&target(index)).method("PUT");
        for (step, action) in sequence.into_iter().enumerate() {
            let index = match action {
                Use::Put(index) | Use::Fail(index) | Use::Refresh(index) => index,
                Use::ClearPartition => {
                    host.ua.preflight_cache().clear_partition(Some(common::PAGE.as_bytes()));
                    model.clear();
                    continue;
                }
            };
            let is_known = model.contains(&index);
            model.retain(|known| *known != index);
            model.push(index);
            if model.len() > groups {
                model.remove(0);
            }
            let granted = (!is_known).then(|| common::allow("PUT", "", "60"));
            match action {
                Use::Refresh(_) => {
                    let name = format!("x-{step}");
                    let answers = [common::allow("PUT", &name, "60"), common::ok()];
                    prop_assert!(host.run(put(index).header(&name, "1"), answers).outcome.is_ok());
                }
                Use::Fail(_) => {
                    let answers = granted.into_iter().chain([answer(200, &[])]);
                    prop_assert!(host.run(put(index), answers).outcome.is_err());
                    model.retain(|known| *known != index);
                }
                _ => prop_assert!(host.run(put(index), granted.into_iter().chain([common::ok()])).outcome.is_ok()),
            }
            let mut expected: Vec<String> = model.iter().map(|index| target(*index)).collect();
            expected.sort_unstable();
            let mut stored: Vec<String> =
                host.ua.preflight_cache().entries(host.now()).into_iter().map(|entry| entry.url).collect();
            stored.dedup();
            prop_assert_eq!(stored, expected);
            prop_assert_eq!(host.ua.preflight_cache().len(), model.len());
        }
    }
}
