//! `fetch-cors engine`, over its pipes.

#[path = "engine/faults.rs"]
mod faults;
#[path = "engine/harness.rs"]
mod harness;
#[path = "engine/hosts.rs"]
mod hosts;

use serde_json::{Value, json};

use harness::{Engine, asks, blocked, delivered, sent};

const PAGE: &str = "https://shop.example";
const API: &str = "https://api.example/v1";

#[test]
fn a_simple_fetch() {
    let mut engine = Engine::new(json!({ "user_agent": "example/1", "accept_language": "de" }));
    let action = engine.start("a", 0, json!({ "url": format!("{API}#part") }));
    asks(&action, "a", "send-request");
    let head = &action["action"]["head"];
    assert_eq!((&head["method"], &head["include_credentials"]), (&"GET".into(), &false.into()));
    assert_eq!((&head["preflight"], &head["partition"]), (&false.into(), &"shop".into()));
    assert_eq!(head["url"], format!("{API}#part"));
    for (name, value) in [
        ("origin", PAGE),
        ("referer", "https://shop.example/"),
        ("user-agent", "example/1"),
        ("accept-language", "de"),
        ("sec-fetch-site", "cross-site"),
    ] {
        assert_eq!(sent(&action, name), Some(value), "{name}");
    }
    let lines = [
        ("access-control-allow-origin", "*"),
        ("X-Secret", "1"),
        ("Access-Control-Expose-Headers", "x-shown"),
        ("X-Shown", "\u{e9}\u{85}\u{ff}"),
        ("x-shown", "2"),
    ];
    let outcome = engine.respond("a", 1, 404, &lines);
    let response = delivered(&outcome, "a");
    assert_eq!(response["url"], API);
    assert_eq!((&response["type"], &response["status"]), (&"cors".into(), &404.into()));
    assert_eq!(response["headers"], json!([["X-Shown", "\u{e9}\u{85}\u{ff}"], ["x-shown", "2"]]));
    assert_eq!(outcome["outcome"]["internal"]["body"], "read");
    assert_eq!(outcome["outcome"]["trace"], Value::Null);
    // The ID is free again.
    let action = engine.start("a", 2, json!({ "url": API, "mode": "no-cors" }));
    asks(&action, "a", "send-request");
    let outcome = engine.respond("a", 3, 200, &[("X", "1")]);
    let response = delivered(&outcome, "a");
    assert_eq!((&response["type"], &response["status"]), (&"opaque".into(), &0.into()));
    assert_eq!((&response["url"], &response["headers"]), (&Value::Null, &json!([])));
    assert_eq!(
        (&outcome["outcome"]["internal"]["status"], &outcome["outcome"]["internal"]["body"]),
        (&200.into(), &"ignore".into())
    );
    engine.finish();
}

#[test]
fn a_preflight_and_then_the_cache() {
    let mut engine = Engine::new(json!({}));
    let put = || json!({ "url": API, "method": "put", "headers": [["X-A", "1"]], "body": { "source": 3 } });
    let action = engine.start("a", 0, put());
    asks(&action, "a", "send-preflight");
    let head = &action["action"]["head"];
    assert_eq!((&head["preflight"], &head["method"], &head["body"]), (&true.into(), &"OPTIONS".into(), &Value::Null));
    assert_eq!(sent(&action, "access-control-request-method"), Some("PUT"));
    assert_eq!(sent(&action, "access-control-request-headers"), Some("x-a"));
    let allow = [
        ("Access-Control-Allow-Origin", PAGE),
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Allow-Headers", "x-a"),
        ("Access-Control-Max-Age", "60"),
    ];
    let action = engine.respond("a", 10, 204, &allow);
    asks(&action, "a", "send-request");
    assert_eq!(action["action"]["head"]["body"], json!({ "source": 3 }));
    delivered(&engine.respond("a", 20, 200, &[("Access-Control-Allow-Origin", PAGE)]), "a");
    // The second time the cache grants it, as long as it lives; then it is asked again.
    asks(&engine.start("b", 60_009, put()), "b", "send-request");
    asks(&engine.start("c", 60_010, put()), "c", "send-preflight");
    // Another partition shares nothing.
    let mut other = harness::start("d", 20, put());
    other["start"]["client"]["partition"] = "other".into();
    asks(&engine.say(other), "d", "send-preflight");
    engine.finish();
}

#[test]
fn redirects() {
    let mut engine = Engine::new(json!({}));
    let credentials = json!({ "url": "https://shop.example/a", "headers": [["Authorization", "x"]] });
    let action = engine.start("a", 0, credentials);
    assert_eq!((sent(&action, "origin"), sent(&action, "authorization")), (None, Some("x")));
    let action = engine.respond("a", 1, 302, &[("Location", "https://api.example/b")]);
    asks(&action, "a", "send-request");
    assert_eq!((sent(&action, "origin"), sent(&action, "authorization")), (Some(PAGE), None));
    assert_eq!(action["action"]["head"]["redirects"], 1);
    let allow = ("Access-Control-Allow-Origin", "*");
    let action = engine.respond("a", 2, 307, &[allow, ("Location", "https://cdn.example/c#d")]);
    assert_eq!(sent(&action, "origin"), Some("null"));
    let outcome = engine.respond("a", 3, 200, &[allow]);
    let response = delivered(&outcome, "a");
    assert_eq!((&response["url"], &response["redirected"]), (&"https://cdn.example/c".into(), &true.into()));
    let internal = &outcome["outcome"]["internal"];
    assert_eq!(internal["urls"], json!(["https://shop.example/a", "https://api.example/b", "https://cdn.example/c#d"]));
    assert_eq!(internal["redirect_taint"], "cross-site");

    engine.start("b", 0, json!({ "url": "https://shop.example/a", "redirect": "error" }));
    let outcome = engine.respond("b", 1, 301, &[("Location", "/b")]);
    assert_eq!(blocked(&outcome, "b"), "redirect-mode-error");
    assert_eq!(outcome["outcome"]["network_error"]["stage"], "redirect");
    engine.start("c", 0, json!({ "url": "https://shop.example/0" }));
    for hop in 1..=20 {
        asks(&engine.respond("c", hop, 302, &[("Location", &format!("/{hop}"))]), "c", "send-request");
    }
    assert_eq!(blocked(&engine.respond("c", 21, 302, &[("Location", "/21")]), "c"), "redirect-limit");
    engine.finish();
}

#[test]
fn network_errors_say_what_was_compared() {
    let mut engine = Engine::new(json!({ "trace": true }));
    engine.start("a", 0, json!({ "url": API }));
    let outcome = engine.respond("a", 1, 200, &[("Access-Control-Allow-Origin", "https://shop.example/")]);
    assert_eq!(blocked(&outcome, "a"), "allow-origin-mismatch");
    let error = &outcome["outcome"]["network_error"];
    assert_eq!((&error["number"], &error["stage"], &error["redirects"]), (&13.into(), &"response".into(), &0.into()));
    assert_eq!((&error["anchor"], &error["step"]), (&"concept-cors-check".into(), &"4".into()));
    assert_eq!(error["facts"], json!({ "wanted": PAGE, "received": "https://shop.example/" }));
    assert_eq!(error["aborted"], false);
    assert!(error["remedy"].as_str().is_some_and(|remedy| remedy.contains(PAGE)), "{error}");
    assert_eq!(outcome["outcome"]["notes"][0]["code"], "allow-origin-near-miss");
    let kinds: Vec<&str> =
        outcome["outcome"]["trace"].as_array().into_iter().flatten().filter_map(|e| e["kind"].as_str()).collect();
    assert!(kinds.starts_with(&["hop"]) && kinds.ends_with(&["network-error"]), "{kinds:?}");

    for kind in ["connect", "tls", "timeout", "protocol", "unsupported-scheme", "not-cached", "other"] {
        engine.start("b", 0, json!({ "url": API }));
        let outcome = engine.say(json!({ "fail": { "id": "b", "now": 1, "kind": kind, "text": "so it was" } }));
        assert_eq!(blocked(&outcome, "b"), "network-failure");
        let facts = &outcome["outcome"]["network_error"]["facts"];
        assert!(facts["failure"].as_str().is_some_and(|text| text.contains(kind) && text.contains("so it was")));
    }
    engine.start("c", 0, json!({ "url": API, "method": "PUT" }));
    let outcome = engine.say(json!({ "fail": { "id": "c", "now": 1, "kind": "connect" } }));
    assert_eq!(blocked(&outcome, "c"), "preflight-network-failure");
    // Some end before anything is asked.
    assert_eq!(blocked(&engine.start("d", 0, json!({ "url": "https://api.example:25/" })), "d"), "bad-port");
    engine.start("e", 0, json!({ "url": API }));
    assert_eq!(blocked(&engine.respond("e", 1, 1000, &[]), "e"), "response-malformed");
    engine.start("f", 0, json!({ "url": API }));
    assert_eq!(blocked(&engine.respond("f", 1, 200, &[("X", "a\nb")]), "f"), "response-malformed");
    engine.finish();
}

#[test]
fn fetches_are_told_apart_by_their_ids() {
    let mut engine = Engine::new(json!({}));
    let ids: Vec<String> = (0..50).map(|n| format!("fetch {n} \u{1f600}\n")).collect();
    for (n, id) in ids.iter().enumerate() {
        let url = format!("{API}/{n}");
        let action = engine.start(id, 0, json!({ "url": url }));
        asks(&action, id, "send-request");
        assert_eq!(action["action"]["head"]["url"], url);
    }
    for (n, id) in ids.iter().enumerate().rev() {
        let status = 200 + u16::try_from(n).expect("small");
        if n % 3 == 0 {
            assert_eq!(blocked(&engine.respond(id, 1, status, &[]), id), "allow-origin-missing");
        } else {
            let outcome = engine.respond(id, 1, status, &[("Access-Control-Allow-Origin", "*")]);
            assert_eq!(delivered(&outcome, id)["status"], status);
        }
    }
    engine.finish();
}

#[test]
fn replies_come_in_the_order_of_the_lines() {
    let mut engine = Engine::new(json!({}));
    let mut lines = Vec::new();
    for n in 0..100 {
        lines.push(harness::start(&n.to_string(), 0, json!({ "url": API })).to_string());
        lines.push("nonsense".to_owned());
    }
    engine.write(format!("{}\n", lines.join("\n")).as_bytes());
    for n in 0..100 {
        asks(&engine.hear(), &n.to_string(), "send-request");
        assert_eq!(engine.hear()["error"]["code"], "bad-json");
    }
    engine.finish();
}

#[test]
fn a_1xx_is_followed_by_the_same_action() {
    let mut engine = Engine::new(json!({}));
    let action = engine.start("a", 0, json!({ "url": API }));
    assert_eq!(engine.respond("a", 1, 103, &[("Link", "</x>")]), action);
    delivered(&engine.respond("a", 2, 200, &[("Access-Control-Allow-Origin", "*")]), "a");
    engine.finish();
}

#[test]
fn the_cache_goes_from_process_to_process() {
    let allow = [
        ("Access-Control-Allow-Origin", PAGE),
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Allow-Headers", "x-a"),
        ("Access-Control-Max-Age", "600"),
    ];
    let put = |url: &str| json!({ "url": url, "method": "PUT", "headers": [["X-A", "1"]] });
    let mut first = Engine::new(json!({}));
    first.start("a", 0, put(API));
    first.respond("a", 0, 200, &allow);
    let list = first.say(json!({ "cache": { "list": { "now": 500.5 } } }));
    let list = &list["cache"]["list"];
    assert_eq!((&list["groups"], &list["entries"][0]["name"]), (&1.into(), &"PUT".into()));
    assert_eq!(list["entries"][0]["remaining_ms"], 599_499);
    let export = first.say(json!({ "cache": { "export": { "now": 1000 } } }));
    let entries = export["cache"]["export"]["entries"].clone();
    assert_eq!((&entries[0]["remaining_seconds"], &entries[1]["name"]), (&599.into(), &"x-a".into()));
    first.finish();

    let mut second = Engine::new(json!({}));
    let mut more = entries.as_array().expect("entries").clone();
    let mut bad = more[0].clone();
    bad["url"] = "nowhere".into();
    more.insert(1, bad);
    let restored = second.say(json!({ "cache": { "restore": { "now": 7, "entries": more } } }));
    let restored = &restored["cache"]["restore"];
    assert_eq!((&restored["groups"], &restored["refused"][0]["index"]), (&1.into(), &1.into()));
    asks(&second.start("a", 599_006, put(API)), "a", "send-request");
    asks(&second.start("b", 599_007, put(API)), "b", "send-preflight");

    let clear = |command: Value| json!({ "cache": command });
    let opaque = clear(json!({ "clear_origin": { "origin": { "opaque": 1 } } }));
    assert_eq!(second.say(opaque)["cache"]["clear_origin"]["groups"], 1);
    for command in [
        json!({ "clear_origin": { "origin": PAGE } }),
        json!({ "clear_site": { "origin": "https://www.api.example" } }),
        json!({ "clear_partition": { "partition": "shop" } }),
        json!({ "clear_all": {} }),
    ] {
        second.say(json!({ "cache": { "restore": { "now": 7, "entries": entries } } }));
        let key = command.as_object().and_then(|object| object.keys().next().cloned()).expect("a command");
        let of_no_partition = clear(json!({ "clear_partition": { "partition": null } }));
        assert_eq!(second.say(of_no_partition)["cache"]["clear_partition"]["groups"], 1);
        assert_eq!(second.say(clear(command))["cache"][&key]["groups"], 0, "{key}");
    }
    second.finish();
}

/// The schema lists the library's own words.
#[test]
fn the_schema_names_what_the_library_knows() {
    let schema = harness::schema();
    let defs = &schema["$defs"];
    let request = &defs["request"]["properties"];
    macro_rules! same {
        ($($of_schema:expr => $type:ident $(without $hidden:ident)*),+ $(,)?) => {$(
            let known: Vec<&str> = fetch_cors::$type::ALL.iter()
                .filter(|word| ![$(fetch_cors::$type::$hidden),*].contains(word))
                .map(|word| word.as_str())
                .collect();
            assert_eq!($of_schema["enum"], json!(known), stringify!($type));
        )+};
    }
    same! {
        defs["mode"] => RequestMode,
        defs["cache_mode"] => CacheMode,
        defs["referrer_policy"] => ReferrerPolicy,
        defs["embedder_policy"] => EmbedderPolicy,
        defs["response_type"] => ResponseType,
        defs["response"]["properties"]["type"] => ResponseType without Default without Error,
        request["credentials"] => CredentialsMode,
        request["redirect"] => RedirectMode,
        request["destination"] => Destination,
        request["initiator"] => Initiator,
        request["service_workers"] => ServiceWorkersMode,
        defs["head"]["properties"]["same_site_mode"] => SameSiteMode,
        defs["internal"]["properties"]["redirect_taint"] => RedirectTaint,
    }
}

/// What ENGINE.md shows is what happens, to the letter.
#[test]
fn the_session_of_the_page() {
    let page = include_str!("../ENGINE.md");
    let session = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a session");
    let mut engine = Engine::spawn();
    let mut exchanges = 0;
    let mut lines = session.lines();
    while let (Some(said), Some(heard)) = (lines.next(), lines.next()) {
        let said = said.strip_prefix("> ").expect("the caller's turn");
        let heard = heard.strip_prefix("< ").expect("the engine's turn");
        assert!(engine.schema.allows(&serde_json::from_str(said).expect("JSON")), "{said}");
        assert_eq!(engine.say_line(said.as_bytes()).to_string(), heard, "{said}");
        exchanges += 1;
    }
    assert!(exchanges >= 5);
    engine.finish();
}
