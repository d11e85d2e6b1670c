//! Requests and clients from bytes.

use url::Url;

use super::dice::Dice;
use super::pool::{APP_PAGES, APP_URLS, METHODS, ODD_URLS, PAGES, PATHS, REQUEST_LINES, TARGETS};
use crate::oracle::infra::{Bytes, strip};
use crate::oracle::origin::Origin;
use crate::oracle::referrer::REFERRER_POLICIES;
use crate::oracle::request::{Body, Client, Referrer, Request, Word};
use crate::oracle::rules::{Rules, Switches};

pub(super) fn origin(text: &str) -> Origin {
    Origin::of(&Url::parse(text).expect("the pool's origins are URLs"), &Rules::new(Switches::letter()))
}

/// An origin of a scheme of the host's own.
pub(super) fn app_origin(text: &str) -> Origin {
    let url = Url::parse(text).expect("the pool's origins are URLs");
    let host = url.host().expect("with a host").to_owned();
    Origin::Tuple(url.scheme().to_owned(), host, url.port())
}

pub(super) fn page(dice: &mut Dice<'_>, rules: &Rules) -> Origin {
    let has_apps = rules.scheme("app").is_some_and(|scheme| scheme.is_standard);
    if has_apps && dice.chance(35) {
        return app_origin(dice.of(&APP_PAGES));
    }
    match dice.weighted(&[(88, 0), (6, 1), (6, 2)]) {
        0 => origin(dice.favouring(&[(50, 0), (12, 2)], &PAGES)),
        identity => Origin::Opaque(identity),
    }
}

pub(super) fn partition(dice: &mut Dice<'_>) -> Option<Bytes> {
    dice.weighted(&[(60, Some(&b"one"[..])), (25, Some(&b"two"[..])), (5, Some(&b""[..])), (10, None)])
        .map(<[u8]>::to_vec)
}

pub(super) fn http_url(dice: &mut Dice<'_>) -> Url {
    let base = dice.favouring(&[(35, 0), (15, 1), (10, 2)], &TARGETS);
    let path = dice.favouring(&[(60, 0)], &PATHS);
    Url::parse(&format!("{base}{path}")).expect("the pool's URLs are URLs")
}

fn any_url(dice: &mut Dice<'_>, rules: &Rules) -> Url {
    if !rules.schemes.is_empty() && dice.chance(45) {
        return Url::parse(dice.of(&APP_URLS)).expect("the pool's URLs are URLs");
    }
    if dice.chance(7) { Url::parse(dice.of(&ODD_URLS)).expect("the pool's URLs are URLs") } else { http_url(dice) }
}

fn line(dice: &mut Dice<'_>) -> (Bytes, Bytes) {
    let (name, value) = REQUEST_LINES
        [dice.weighted(&[(15, 0), (8, 3), (8, 4), (5, 46), (64, 99)]).min(dice.below(REQUEST_LINES.len()))];
    (name.as_bytes().to_vec(), value.to_vec())
}

/// Lines at the edges of what is safelisted by length.
fn long_lines(request: &mut Request, dice: &mut Dice<'_>) {
    let length = dice.of(&[128, 129, 127]);
    request.header_list.append(dice.of(&["Accept", "Accept-Language", "Range"]), vec![b'1'; length]);
    if dice.chance(60) {
        for _ in 0..dice.of(&[7, 8, 6]) {
            request.header_list.append(dice.of(&["Accept", "content-language"]), vec![b'a'; 128]);
        }
        if dice.chance(50) {
            request.header_list.append("Content-Language", "a");
        }
    }
}

fn add_lines(request: &mut Request, dice: &mut Dice<'_>) {
    for _ in 0..dice.weighted(&[(35, 0), (30, 1), (20, 2), (10, 3), (5, 5)]) {
        let (name, value) = line(dice);
        request.header_list.append(name, strip(&value));
    }
    if dice.chance(6) {
        long_lines(request, dice);
    }
}

fn client(dice: &mut Dice<'_>, rules: &Rules) -> Client {
    let origin = page(dice, rules);
    let creation_url = match dice.weighted(&[(80, 0), (8, 1), (6, 2), (6, 3)]) {
        1 => None,
        2 => Url::parse(dice.of(&ODD_URLS)).ok(),
        3 => Url::parse(&format!("https://user:word@a.example/{}#f", "x".repeat(4076 + dice.below(4)))).ok(),
        _ => Url::parse(&format!(
            "{}/page?q#f",
            if origin.is_opaque() { PAGES[0].to_owned() } else { origin.serialize() }
        ))
        .ok(),
    };
    Client {
        origin,
        creation_url,
        is_window: !dice.chance(15),
        has_navigable: dice.chance(70),
        referrer_policy: policy(dice),
        embedder_policy: dice.weighted(&[(70, "unsafe-none"), (15, "require-corp"), (15, "credentialless")]),
        embedder_policy_report_only: dice.weighted(&[(80, "unsafe-none"), (20, "require-corp")]),
        network_partition_key: partition(dice),
        cross_site_ancestor: dice.chance(15),
        emulated_language: dice.chance(10).then(|| b"nl".to_vec()),
        emulated_user_agent: dice.chance(10).then(|| b"Emulated/1".to_vec()),
    }
}

fn policy(dice: &mut Dice<'_>) -> Word {
    if dice.chance(35) { dice.of(&REFERRER_POLICIES) } else { "" }
}

pub(super) fn new_request(dice: &mut Dice<'_>, rules: &Rules) -> Request {
    let mut request = Request::new(any_url(dice, rules));
    request.client = (!dice.chance(8)).then(|| client(dice, rules));
    request.origin = dice.chance(8).then(|| page(dice, rules));
    request.mode = dice.weighted(&[
        (60, "cors"),
        (20, "no-cors"),
        (4, "same-origin"),
        (10, "navigate"),
        (3, "websocket"),
        (3, "webtransport"),
    ]);
    request.unsafe_request = dice.chance(if request.mode == "cors" { 85 } else { 30 });
    request.method = METHODS
        [dice.weighted(&[(30, 0), (15, 1), (20, 2), (6, 3), (5, 4), (24, 99)]).min(dice.below(METHODS.len()))]
    .into();
    add_lines(&mut request, dice);
    request.credentials_mode = dice.weighted(&[(42, "same-origin"), (42, "include"), (16, "omit")]);
    request.redirect_mode = dice.weighted(&[(78, "follow"), (14, "manual"), (8, "error")]);
    request.body = match dice.weighted(&[(60, 0), (25, 1), (15, 2)]) {
        0 => Body::Null,
        1 => Body::Source(dice.of(&[3, 0, 1, 65_535, 65_536, 65_537, u64::MAX])),
        _ => Body::Stream,
    };
    request.keepalive = dice.chance(12);
    request.in_flight_keepalive_bytes = dice.of(&[0, 0, 1, 65_533, 65_536, u64::MAX]);
    request.use_cors_preflight = dice.chance(12);
    request.referrer = match dice.weighted(&[(70, 0), (8, 1), (22, 2)]) {
        0 => Referrer::Client,
        1 => Referrer::NoReferrer,
        _ => Referrer::Url(any_url(dice, rules)),
    };
    request.referrer_policy = policy(dice);
    request.policy_container_referrer_policy = dice.chance(8).then(|| policy(dice));
    rare_fields(&mut request, dice, rules);
    request
}

fn rare_fields(request: &mut Request, dice: &mut Dice<'_>, rules: &Rules) {
    const DESTINATIONS: [Word; 24] = [
        "",
        "audio",
        "audioworklet",
        "document",
        "embed",
        "font",
        "frame",
        "iframe",
        "image",
        "json",
        "manifest",
        "object",
        "paintworklet",
        "report",
        "script",
        "serviceworker",
        "sharedworker",
        "style",
        "text",
        "track",
        "video",
        "webidentity",
        "worker",
        "xslt",
    ];
    request.destination = if request.mode == "navigate" && dice.chance(80) {
        dice.of(&["document", "iframe"])
    } else {
        dice.favouring(&[(40, 0), (15, 14), (10, 17)], &DESTINATIONS)
    };
    request.initiator = dice.weighted(&[
        (84, ""),
        (8, "prefetch"),
        (2, "download"),
        (2, "imageset"),
        (2, "manifest"),
        (1, "prerender"),
        (1, "xslt"),
    ]);
    request.cache_mode = dice.weighted(&[
        (60, "default"),
        (8, "no-store"),
        (8, "reload"),
        (8, "no-cache"),
        (8, "force-cache"),
        (8, "only-if-cached"),
    ]);
    request.local_urls_only = dice.chance(2);
    request.service_workers_mode = if dice.chance(15) { "none" } else { "all" };
    request.traversable = dice.weighted(&[(70, "client"), (15, "traversable"), (15, "no-traversable")]);
    request.use_url_credentials = dice.chance(10);
    request.user_activation = dice.chance(30);
    request.user_initiated = dice.chance(15);
    request.prevent_no_cache_cache_control = dice.chance(10);
    request.top_level_navigation_initiator_origin = dice.chance(12).then(|| page(dice, rules));
}

/// Much the same request again.
pub(super) fn again(last: &Request, dice: &mut Dice<'_>, rules: &Rules) -> Request {
    let mut request = last.clone();
    if dice.chance(25) {
        request.method = dice.of(&METHODS).into();
    }
    match dice.weighted(&[(60, 0), (20, 1), (20, 2)]) {
        1 => add_lines(&mut request, dice),
        2 => request.header_list.0.clear(),
        _ => {}
    }
    if dice.chance(20) {
        request.credentials_mode = dice.of(&["same-origin", "include", "omit"]);
    }
    if dice.chance(8) {
        request.client = Some(client(dice, rules));
    }
    if dice.chance(5) {
        request.origin = Some(page(dice, rules));
    }
    if dice.chance(15) {
        request.url_list = vec![any_url(dice, rules)];
    }
    if dice.chance(10) {
        request.use_cors_preflight = !request.use_cors_preflight;
    }
    let partition = dice.chance(8).then(|| partition(dice));
    if let (Some(client), Some(partition)) = (&mut request.client, partition) {
        client.network_partition_key = partition;
    }
    request
}
