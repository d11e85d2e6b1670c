//! The CORS-preflight cache beside a plain list, under each combination of the switches that say what is kept and
//! what it serves.

mod common;

use common::{API, Host, Kind, Sent, allow, allow_credentials, answer, to};
use fetch_cors::profile::{AuthorizationUnderWildcard, CacheCredentials, CacheRecords, StoredWildcard, ZeroMaxAge};
use fetch_cors::{CacheEntryKind, Config, CredentialsMode, Profile, RequestBuilder};

#[derive(Clone, Copy, Debug)]
struct Rules {
    records: CacheRecords,
    credentials: CacheCredentials,
    wildcard: StoredWildcard,
    authorization: AuthorizationUnderWildcard,
    zero: ZeroMaxAge,
}

impl Rules {
    fn all() -> impl Iterator<Item = Self> {
        let all = CacheRecords::ALL.iter().flat_map(|records| {
            CacheCredentials::ALL.iter().flat_map(move |credentials| {
                StoredWildcard::ALL.iter().map(move |wildcard| (*records, *credentials, *wildcard))
            })
        });
        all.flat_map(|(records, credentials, wildcard)| {
            AuthorizationUnderWildcard::ALL.iter().flat_map(move |authorization| {
                ZeroMaxAge::ALL.iter().map(move |zero| Self {
                    records,
                    credentials,
                    wildcard,
                    authorization: *authorization,
                    zero: *zero,
                })
            })
        })
    }

    fn host(self) -> Host {
        let profile = Profile::letter()
            .with_cache_records(self.records)
            .with_cache_credentials(self.credentials)
            .with_stored_wildcard(self.wildcard)
            .with_authorization_under_wildcard(self.authorization)
            .with_zero_max_age(self.zero);
        Host::new(Config::new().profile(profile))
    }

    fn is_of_record(self, entry: &Entry, credentials: bool) -> bool {
        self.credentials == CacheCredentials::CredentialedServeBoth || entry.credentials == credentials
    }

    fn serves(self, entry: &Entry, credentials: bool) -> bool {
        match self.credentials {
            CacheCredentials::Apart => entry.credentials == credentials,
            _ => entry.credentials || !credentials,
        }
    }

    fn matches(self, entry: &Entry, ask: (CacheEntryKind, &str), credentials: bool) -> bool {
        let is_wildcard = match self.wildcard {
            StoredWildcard::Nothing => false,
            StoredWildcard::UncredentialedRequests => !credentials,
            _ => true,
        };
        let is_covered = ask.1 != "authorization" || self.authorization == AuthorizationUnderWildcard::AllowedAndStored;
        let covers = entry.name == "*" && is_wildcard && is_covered;
        self.serves(entry, credentials) && entry.kind == ask.0 && (entry.name == ask.1 || covers)
    }
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    credentials: bool,
    over_at: u64,
    stored_at: u64,
    kind: CacheEntryKind,
}

/// One request, and the answer to its preflight.
#[derive(Debug)]
struct Step {
    method: &'static str,
    header: Option<&'static str>,
    credentials: bool,
    granted: Vec<(CacheEntryKind, &'static str)>,
    seconds: u64,
    pause: u64,
}

impl Step {
    fn random(random: &mut impl FnMut(usize) -> usize) -> Self {
        use CacheEntryKind::{HeaderName, Method};
        let method = ["GET", "PUT", "DELETE", "*"][random(4)];
        let header = match method {
            "GET" => Some(["x-a", "x-b", "authorization"][random(3)]),
            _ => [None, Some("x-a"), Some("authorization")][random(3)],
        };
        let mut granted = vec![(Method, "PUT"), (Method, "*"), (HeaderName, "x-a"), (HeaderName, "*")];
        granted.retain(|_| random(3) == 0);
        let place = random(granted.len() + 1);
        granted.insert(place, (Method, method));
        granted.extend(header.map(|name| (HeaderName, name)));
        let credentials = random(2) == 0;
        Self { method, header, credentials, granted, seconds: [0, 3, 10, 60][random(4)], pause: random(4) as u64 }
    }

    fn request(&self) -> RequestBuilder {
        let mode = if self.credentials { CredentialsMode::Include } else { CredentialsMode::Omit };
        let request = to(API).method(self.method).credentials_mode(mode);
        self.header.into_iter().fold(request, |request, name| request.header(name, "1"))
    }

    fn list(&self, kind: CacheEntryKind) -> String {
        let names: Vec<&str> = self.granted.iter().filter(|item| item.0 == kind).map(|item| item.1).collect();
        names.join(", ")
    }
}

/// The plain list: whether it grants what a step asks, and what it is after the answer.
fn run(rules: Rules, list: &mut Vec<Entry>, step: &Step, now: u64) -> bool {
    let grants = |list: &[Entry], kind, name: &str| {
        list.iter().any(|entry| now < entry.over_at && rules.matches(entry, (kind, name), step.credentials))
    };
    let is_granted = (step.method == "GET" || grants(list, CacheEntryKind::Method, step.method))
        && step.header.is_none_or(|name| grants(list, CacheEntryKind::HeaderName, name));
    if is_granted {
        return true;
    }
    if rules.records == CacheRecords::Replaced {
        list.retain(|entry| !rules.is_of_record(entry, step.credentials));
    }
    if step.seconds == 0 && rules.zero == ZeroMaxAge::Ignored {
        return false;
    }
    list.retain(|entry| now < entry.over_at);
    for kind in [CacheEntryKind::Method, CacheEntryKind::HeaderName] {
        for (_, name) in step.granted.iter().filter(|item| item.0 == kind) {
            let mut found = false;
            for entry in list.iter_mut().filter(|entry| rules.matches(entry, (kind, name), step.credentials)) {
                if now < entry.over_at {
                    entry.over_at = entry.stored_at + step.seconds;
                    found |= now < entry.over_at;
                }
            }
            if !found {
                let (name, over_at) = ((*name).to_owned(), now + step.seconds);
                list.push(Entry { name, credentials: step.credentials, over_at, stored_at: now, kind });
            }
        }
    }
    list.retain(|entry| now < entry.over_at);
    false
}

#[test]
fn the_cache_does_what_a_plain_list_does() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for rules in Rules::all() {
        let mut host = rules.host();
        let (mut list, start) = (Vec::new(), host.millis);
        for _ in 0..80 {
            let step = Step::random(&mut random);
            host.millis += step.pause * 1000;
            let now = (host.millis - start) / 1000;
            let mut fetch = host.start(step.request());
            let is_hit = Sent::ask(&mut fetch).expect("a request").kind == Kind::Request;
            if !is_hit {
                let (methods, names) = (step.list(CacheEntryKind::Method), step.list(CacheEntryKind::HeaderName));
                let allow = if step.credentials { allow_credentials } else { allow };
                assert!(host.answer(&mut fetch, allow(&methods, &names, &step.seconds.to_string())).is_none());
                assert!(fetch.network_error().is_none(), "{rules:?} {step:?}");
            }
            assert_eq!(run(rules, &mut list, &step, now), is_hit, "{rules:?} {step:?} {list:?}");
            let entries = host.ua.preflight_cache().entries(host.now());
            let key = |name: &[u8], credentials, kind, seconds| {
                (name.to_vec(), credentials, kind == CacheEntryKind::Method, seconds)
            };
            let mut kept: Vec<_> = entries
                .iter()
                .map(|entry| key(&entry.name, entry.credentials, entry.kind, entry.remaining.as_secs()))
                .collect();
            let living = list.iter().filter(|entry| now < entry.over_at);
            let mut expected: Vec<_> = living
                .map(|entry| key(entry.name.as_bytes(), entry.credentials, entry.kind, entry.over_at - now))
                .collect();
            kept.sort();
            expected.sort();
            assert_eq!(kept, expected, "{rules:?} {step:?}");
        }
        host.run(to(API).method("PATCH"), [answer(200, &[])]).error();
        let cache = host.ua.preflight_cache();
        assert_eq!((cache.len(), cache.bytes()), (0, 0), "{rules:?}: nothing is left that is counted");
    }
}
