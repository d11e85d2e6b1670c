//! Properties that hold for every request and every answer.

mod common;
#[path = "common/lines.rs"]
mod lines;

use common::{Answer, Head, Host, Kind, Sent, url};
use fetch_cors::{
    Body, CacheMode, Client, Config, CredentialsMode, Destination, HostFailure, Initiator, Origin, Profile,
    RedirectMode, Referrer, ReferrerPolicy, Request, RequestBuilder, RequestMode, Response, ResponseType,
    ServiceWorkerResponse,
};
use lines::{NAMES, VALUES};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const URLS: [&str; 12] = [
    "https://page.example/a",
    "https://page.example/b#f",
    "http://page.example/",
    "https://sub.page.example/",
    "https://api.example/x",
    "https://api.example/y?q",
    "https://www.api.example/",
    "https://hop.example:8443/",
    "https://u:p@api.example/x",
    "https://api.example:6000/",
    "http://127.0.0.1/",
    "data:,x",
];

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![
        6 => select(vec![200, 204, 206, 301, 302, 303, 304, 307, 308, 400, 404, 416]),
        2 => select(vec![100, 101, 103, 407, 0, 99, 999, 1000]),
        1 => any::<u16>(),
    ]
}

fn line() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let name =
        prop_oneof![20 => select(&NAMES[..]).prop_map(|name| name.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..6)];
    let value =
        prop_oneof![20 => select(&VALUES[..]).prop_map(|value| value.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..9)];
    (name, value)
}

/// A head that often passes the CORS check.
fn heads() -> impl Strategy<Value = Head> {
    let friendly = select(vec!["*", "null", common::PAGE]).prop_map(|value| {
        vec![
            (b"Access-Control-Allow-Origin".to_vec(), value.as_bytes().to_vec()),
            (b"Access-Control-Allow-Credentials".to_vec(), b"true".to_vec()),
            (b"Access-Control-Allow-Headers".to_vec(), b"x-a, authorization, content-type".to_vec()),
            (b"Access-Control-Allow-Methods".to_vec(), b"PUT, x".to_vec()),
        ]
    });
    let start = prop_oneof![friendly, Just(Vec::new())];
    (status(), start, vec(line(), 0..6)).prop_map(|(status, mut lines, more)| {
        lines.extend(more);
        (status, lines)
    })
}

fn response_type() -> impl Strategy<Value = ResponseType> {
    select(vec![
        ResponseType::Basic,
        ResponseType::Cors,
        ResponseType::Default,
        ResponseType::Error,
        ResponseType::Opaque,
        ResponseType::OpaqueRedirect,
    ])
}

/// An answer for each kind of action: the driver takes the one that fits.
#[derive(Clone, Debug)]
struct Step {
    head: Option<Head>,
    gate: Answer,
    worker: Option<(ResponseType, Vec<&'static str>, bool)>,
    advance: u32,
}

fn step() -> impl Strategy<Value = Step> {
    let gate = select(vec![
        Answer::Proceed,
        Answer::Proceed,
        Answer::UpgradeBefore,
        Answer::UpgradeAfter,
        Answer::Block("no"),
    ]);
    let worker = proptest::option::of((response_type(), vec(select(&URLS[..]), 0..3), any::<bool>()));
    let head = proptest::option::weighted(0.95, heads());
    (head, gate, worker, 0..100_000_u32).prop_map(|(head, gate, worker, advance)| Step { head, gate, worker, advance })
}

fn client() -> impl Strategy<Value = Client> {
    let origins = prop_oneof![
        4 => Just(common::origin(common::PAGE)),
        1 => Just(common::origin("http://page.example")),
        1 => (0..3_u64).prop_map(Origin::opaque),
    ];
    (origins, select(fetch_cors::EmbedderPolicy::ALL), any::<bool>()).prop_map(|(origin, policy, partition)| {
        let client = Client::new(origin).embedder_policy(policy).creation_url(url("https://page.example/p?q#f"));
        if partition { client.network_partition_key(common::PAGE) } else { client }
    })
}

prop_compose! {
    fn request()(
        target in select(&URLS[..]),
        client in client(),
        method in select(vec!["GET", "HEAD", "POST", "PUT", "x", "CONNECT"]),
        headers in vec((select(vec!["x-a", "Authorization", "Content-Type", "Range", "Sec-Fetch-Site", "Accept"]), 0..26_usize), 0..4),
        body in select(vec![Body::Null, Body::Stream, Body::Source { length: 3 }, Body::Source { length: u64::MAX }]),
        mode in prop_oneof![3 => Just(RequestMode::Cors), 2 => select(RequestMode::ALL)],
        credentials in select(CredentialsMode::ALL),
        redirect_mode in prop_oneof![3 => Just(RedirectMode::Follow), 1 => select(RedirectMode::ALL)],
        destination in select(Destination::ALL),
        initiator in select(Initiator::ALL),
        cache_mode in select(CacheMode::ALL),
        policy in select(ReferrerPolicy::ALL),
        flags in any::<[bool; 6]>(),
    ) -> (RequestBuilder, CredentialsMode) {
        let mut builder = Request::builder(url(target))
            .client(client)
            .method(method)
            .body(body)
            .mode(mode)
            .credentials_mode(credentials)
            .redirect_mode(redirect_mode)
            .destination(destination)
            .initiator(initiator)
            .cache_mode(cache_mode)
            .referrer_policy(policy)
            .use_cors_preflight(flags[0])
            .unsafe_request(flags[1] || flags[2])
            .keepalive(flags[3])
            .user_activation(flags[4]);
        if flags[5] {
            builder = builder.referrer(Referrer::NoReferrer);
        }
        for (name, value) in headers {
            builder = builder.header(name, VALUES[value].trim());
        }
        (builder, credentials)
    }
}

/// What holds of everything that goes out.
fn check_sent(sent: &Sent, credentials: CredentialsMode) {
    if sent.kind == Kind::Preflight {
        assert_eq!((&*sent.method, sent.body, sent.credentials), ("OPTIONS", Body::Null, false));
        for name in ["cookie", "authorization", "x-a", "content-type", "content-length", "range", "sec-fetch-user"] {
            assert_eq!(sent.value(name), None, "{name} on a preflight");
        }
    }
    assert!(!(sent.credentials && credentials == CredentialsMode::Omit));
    assert!(sent.lines.iter().all(|(_, value)| !value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))));
    let referer = sent.value("referer").unwrap_or_default();
    assert!(!referer.contains("u:p@") && !referer.contains('#'));
    assert!(sent.redirects <= 20);
}

/// What holds of everything that script may see.
fn check_response(response: &Response<Head>) {
    let hidden = |name: &[u8]| name.eq_ignore_ascii_case(b"set-cookie") || name.eq_ignore_ascii_case(b"set-cookie2");
    assert!(response.headers().all(|(name, _)| !hidden(name) && response.is_visible(name)));
    assert!(!response.is_visible("set-cookie") && response.header("Set-Cookie2").is_none());
    if matches!(response.response_type(), ResponseType::Opaque | ResponseType::OpaqueRedirect) {
        assert_eq!((response.status(), response.headers().count()), (0, 0));
        assert!(!response.is_visible("content-type") && response.body() != fetch_cors::ResponseBody::Read);
    }
    if response.response_type() == ResponseType::Opaque {
        assert!(response.url().is_none() && response.url_list().is_empty() && !response.redirected());
    }
}

/// Runs a fetch as far as the steps go.
fn run(host: &mut Host, request: RequestBuilder, credentials: CredentialsMode, steps: &[Step]) -> Vec<Sent> {
    let mut fetch = host.start(request);
    let mut all = Vec::new();
    for step in steps {
        let Ok(sent) = Sent::ask(&mut fetch) else { break };
        check_sent(&sent, credentials);
        let answer = match (sent.kind, step) {
            (Kind::Gate, Step { gate, .. }) => gate.clone(),
            (Kind::Worker, Step { worker: Some((kind, urls, range)), head: Some(head), .. }) => {
                let response = ServiceWorkerResponse::new(*kind, head.clone());
                let urls = urls.iter().map(|text| url(text)).collect();
                common::from_worker(response.url_list(urls).range_requested(*range))
            }
            (Kind::Worker, _) => Answer::Pass,
            (_, Step { head: Some(head), .. }) => Answer::Head(head.clone()),
            (_, Step { head: None, .. }) => Answer::Fail(HostFailure::timeout("late")),
        };
        all.push(sent);
        if let Some(response) = host.answer(&mut fetch, answer) {
            check_response(&response);
            if !fetch.process_next_manual_redirect(host.now()) {
                break;
            }
        }
        host.millis += u64::from(step.advance);
    }
    fetch.abort();
    assert!(Sent::ask(&mut fetch).is_err());
    // Everything that can be printed is printed.
    for event in fetch.trace() {
        assert!(!event.to_string().is_empty());
    }
    if let Some(error) = fetch.network_error() {
        assert!(!error.to_string().contains('\n') && !error.reason().code().is_empty());
        assert!(error.reason().facts().iter().all(|(label, value)| !label.is_empty() && value.len() < 300_000));
        let _ = error.reason().remedy();
    }
    all
}

fn config(flags: [bool; 3]) -> Config {
    let profile = if flags[2] { Profile::letter() } else { Profile::standard() };
    common::sites().gates(flags[0]).service_workers(flags[1]).profile(profile)
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn nothing_panics_and_nothing_leaks(
        flags in any::<[bool; 3]>(),
        fetches in vec((request(), vec(step(), 0..12)), 1..4),
    ) {
        let mut host = Host::new(config(flags));
        for ((builder, credentials), steps) in fetches {
            run(&mut host, builder, credentials, &steps);
        }
        let cache = host.ua.preflight_cache();
        let exported = cache.export(host.now());
        prop_assert!(exported.len() <= cache.entries(host.now()).len());
        prop_assert!(Host::new(config(flags)).ua.preflight_cache().restore(exported, host.now()).is_empty());
    }

    #[test]
    fn a_cleared_cache_asks_again(fetches in vec((request(), vec(step(), 0..6)), 0..4)) {
        let mut host = Host::standard();
        for ((builder, credentials), steps) in fetches {
            run(&mut host, builder, credentials, &steps);
        }
        host.ua.preflight_cache().clear_all();
        for target in URLS.into_iter().filter(|target| target.starts_with("https://api.example/")) {
            let sent = Sent::ask(&mut host.start(common::to(target).method("PUT"))).map(|sent| sent.kind);
            prop_assert_eq!(sent.ok(), Some(Kind::Preflight));
        }
    }
}
