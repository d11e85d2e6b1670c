//! The gate before each hop: upgrades before and after the referrer, and blocks.

mod common;

use common::{API, Answer, Host, Kind, allow, answer, from_worker, ok, redirect, to, url, worker};
use fetch_cors::{Action, Client, Config, Origin, ReferrerPolicy, Request, RequestMode, ResponseType};

fn host() -> Host {
    Host::new(Config::new().gates(true))
}

#[test]
fn it_stands_before_every_hop_and_not_before_a_preflight() {
    let run = host().run(
        to(API).method("PUT"),
        [Answer::Proceed, allow("PUT", "", "5"), redirect(307, "/y"), Answer::Proceed, allow("PUT", "", "5"), ok()],
    );
    assert_eq!(
        run.flow(),
        [
            "gate https://api.example/x",
            "preflight https://api.example/x",
            "PUT https://api.example/x",
            "gate https://api.example/y",
            "preflight https://api.example/y",
            "PUT https://api.example/y",
            "cors 200"
        ]
    );
    assert_eq!(Host::standard().run(to(API), [ok()]).of(Kind::Gate).len(), 0, "only with Config::gates");
    let run = host().run(to("data:,x"), [Answer::Proceed, ok()]);
    assert_eq!(run.flow()[0], "gate data:,x", "every scheme passes it");
}

#[test]
fn what_is_blocked_without_the_host_does_not_reach_it() {
    let run = host().run(to(API).local_urls_only(true), []);
    assert_eq!(run.code(), ("before-request", "local-urls-only"));
    let run = host().run(to("https://api.example:6000/"), [Answer::Proceed]);
    assert_eq!(run.code(), ("before-request", "bad-port"), "ports come after the upgrades");
}

#[test]
fn a_block_is_a_network_error_in_the_hosts_words() {
    let run = host().run(to(API), [Answer::Block("mixed content")]);
    assert_eq!(run.code(), ("before-request", "gate-blocked"));
    assert_eq!(run.error().reason().facts(), [("why", "mixed content".to_owned())]);
    assert_eq!(run.error().url().as_str(), API);
    let run = host().run(to(API), [Answer::Proceed, redirect(302, "/y"), Answer::Block("no")]);
    assert_eq!((run.error().redirects(), run.error().url().as_str()), (1, "https://api.example/y"));
}

#[test]
fn an_upgrade_turns_http_into_https_and_nothing_else() {
    for (from, before, after) in [
        ("http://api.example/x?q#f", "https://api.example/x?q#f", "https://api.example/x?q#f"),
        ("http://api.example:8080/", "https://api.example:8080/", "https://api.example:8080/"),
        ("https://api.example/", "https://api.example/", "https://api.example/"),
        ("http://127.0.0.1/", "https://127.0.0.1/", "http://127.0.0.1/"),
        ("http://[::1]/", "https://[::1]/", "http://[::1]/"),
        ("http://localhost/", "https://localhost/", "http://localhost/"),
        ("http://localhost./", "https://localhost./", "http://localhost./"),
        ("http://a.localhost/", "https://a.localhost/", "http://a.localhost/"),
        ("http://a.localhost./", "https://a.localhost./", "http://a.localhost./"),
        ("http://notlocalhost/", "https://notlocalhost/", "https://notlocalhost/"),
        ("http://localhost.example/", "https://localhost.example/", "https://localhost.example/"),
    ] {
        let run = host().run(to(from), [Answer::UpgradeBefore, ok()]);
        assert_eq!(run.last().url, before, "before the referrer");
        assert_eq!(run.response().url_list(), [url(before)]);
        let run = host().run(to(from), [Answer::UpgradeAfter, ok()]);
        assert_eq!(run.last().url, after, "after the referrer");
        let run = host().run(to(from), [Answer::Proceed, ok()]);
        assert_eq!(run.last().url, from);
    }
    for upgrade in [Answer::UpgradeBefore, Answer::UpgradeAfter] {
        let run = host().run(to("ftp://api.example/").mode(RequestMode::NoCors), [upgrade, ok()]);
        assert_eq!(run.last().url, "ftp://api.example/");
    }
}

#[test]
fn the_referrer_is_determined_between_the_two_upgrades() {
    let referer = |upgrade| {
        let request = to("http://api.example/").referrer_policy(ReferrerPolicy::StrictOrigin);
        host().run(request, [upgrade, ok()]).last().value("referer")
    };
    assert_eq!(referer(Answer::UpgradeBefore).as_deref(), Some("https://page.example/"));
    assert_eq!(referer(Answer::UpgradeAfter), None, "it was a downgrade then");
    assert_eq!(referer(Answer::Proceed), None);
}

#[test]
fn an_upgrade_counts_for_the_switch() {
    for upgrade in [Answer::UpgradeBefore, Answer::UpgradeAfter] {
        let run = host().run(to("http://page.example/x"), [upgrade.clone(), answer(200, &[])]);
        assert_eq!(run.flow().last().map(String::as_str), Some("basic 200"), "it is same origin now");
        assert_eq!(run.last().value("sec-fetch-site").as_deref(), Some("same-origin"));
        let plain = Client::new(common::origin("http://page.example"));
        let run = host().run(to("http://page.example/x").client(plain), [upgrade.clone(), ok()]);
        assert_eq!(run.flow().last().map(String::as_str), Some("cors 200"), "and here it is no longer");
        assert_eq!(run.last().value("sec-fetch-site").as_deref(), Some("cross-site"));
        let run = host().run(to("http://api.example/x").method("PUT"), [upgrade, allow("PUT", "", "60"), ok()]);
        assert_eq!(run.of(Kind::Preflight)[0].url, "https://api.example/x");
    }
}

#[test]
fn an_upgrade_counts_for_the_port() {
    let run = host().run(to("http://api.example:6000/"), [Answer::UpgradeBefore]);
    assert_eq!(run.code().1, "bad-port");
    assert_eq!(run.error().url().as_str(), "https://api.example:6000/");
}

#[test]
fn an_upgrade_counts_for_the_cache_key() {
    let host = host();
    let put = |target: &str| to(target).method("PUT");
    let first = host.run(put("http://api.example/x"), [Answer::UpgradeBefore, allow("PUT", "", "60"), ok()]);
    assert!(first.outcome.is_ok());
    assert_eq!(host.run(put(API), [Answer::Proceed, ok()]).of(Kind::Preflight).len(), 0);
}

#[test]
fn upgrades_count_for_taint() {
    let answers = |upgrade| [Answer::Proceed, redirect(302, "http://page.example/y"), upgrade, ok()];
    let request = || to("https://page.example/x");
    let run = host().run(request(), answers(Answer::Proceed));
    assert_eq!(run.flow().last().map(String::as_str), Some("cors 200"));
    let run = host().run(request(), answers(Answer::UpgradeAfter));
    assert_eq!(run.flow().last().map(String::as_str), Some("basic 200"));
    // A redirect from http to https of one host taints, unless the first URL was https already.
    let plain = || Request::builder(url("http://api.example/x")).origin(common::origin(common::PAGE)).as_fetch_api();
    for (upgrade, origin) in [(Answer::Proceed, "null"), (Answer::UpgradeBefore, common::PAGE)] {
        let answers = [upgrade, redirect(302, "https://api.example/y"), Answer::Proceed, ok()];
        assert_eq!(host().run(plain(), answers).last().value("origin").as_deref(), Some(origin));
    }
}

#[test]
fn it_stands_before_a_service_worker() {
    let host = Host::new(Config::new().gates(true).service_workers(true));
    let run = host.run(to(API), [Answer::Proceed, from_worker(worker(ResponseType::Cors, &[]))]);
    assert_eq!(run.flow(), ["gate https://api.example/x", "worker https://api.example/x", "cors 200"]);
}

#[test]
fn it_shows_the_url_of_the_hop() {
    let host = host();
    let mut fetch = host.start(Request::builder(url(API)).origin(Origin::opaque(1)));
    let Action::Gate(gate) = fetch.action() else { panic!("a gate") };
    assert_eq!(gate.url().as_str(), API);
    gate.proceed(host.now());
    assert!(matches!(fetch.action(), Action::SendRequest(_)));
}
