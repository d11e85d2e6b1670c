//! What a host decides: gates, service workers, deliveries, manual redirects, aborting; and what it sets.

use serde_json::{Value, json};

use super::harness::{Engine, asks, blocked, delivered, fault, sent, start};

const API: &str = "https://api.example/v1";
const ALLOW: (&str, &str) = ("Access-Control-Allow-Origin", "*");

fn decide(key: &str, id: &str, decision: &str) -> Value {
    json!({ key: { "id": id, "now": 1, "decision": decision } })
}

#[test]
fn gates() {
    let mut engine = Engine::new(json!({ "gates": true }));
    let gate = engine.start("a", 0, json!({ "url": API }));
    asks(&gate, "a", "gate");
    assert_eq!(gate["action"]["url"], API);
    asks(&engine.say(decide("gate", "a", "proceed")), "a", "send-request");
    // Each hop has its own.
    let gate = engine.respond("a", 2, 302, &[ALLOW, ("Location", "/v2")]);
    asks(&gate, "a", "gate");
    assert_eq!(gate["action"]["url"], "https://api.example/v2");
    let outcome = engine.say(json!({ "gate": { "id": "a", "now": 3, "decision": "block", "why": "a policy" } }));
    assert_eq!(blocked(&outcome, "a"), "gate-blocked");
    assert_eq!(outcome["outcome"]["network_error"]["facts"]["why"], "a policy");

    engine.start("b", 0, json!({ "url": API }));
    let outcome = engine.say(decide("gate", "b", "block"));
    assert_eq!(outcome["outcome"]["network_error"]["facts"]["why"], "the host blocked it");
    for (decision, referer) in
        [("upgrade-before-referrer", Some("https://shop.example/")), ("upgrade-after-referrer", None)]
    {
        engine.start("c", 0, json!({ "url": "http://api.example/" }));
        let action = engine.say(decide("gate", "c", decision));
        assert_eq!(action["action"]["head"]["url"], "https://api.example/", "{decision}");
        assert_eq!(sent(&action, "referer"), referer, "{decision}");
        engine.abort("c");
    }
    engine.finish();
}

#[test]
fn service_workers() {
    let mut engine = Engine::new(json!({ "service_workers": true }));
    let answer = |response: Value| json!({ "service_worker": { "id": "a", "now": 1, "response": response } });
    let asked = engine.start("a", 0, json!({ "url": API }));
    asks(&asked, "a", "service-worker");
    assert_eq!(asked["action"]["url"], API);
    asks(&engine.say(answer(Value::Null)), "a", "send-request");
    engine.abort("a");

    engine.start("a", 0, json!({ "url": API }));
    let outcome = engine.say(answer(json!({
        "type": "cors",
        "status": 201,
        "headers": [["X-Shown", "1"], ["X-Hidden", "2"]],
        "urls": ["https://cdn.example/x"],
        "exposed_headers": ["x-shown"],
    })));
    let response = delivered(&outcome, "a");
    assert_eq!((&response["status"], &response["url"]), (&201.into(), &"https://cdn.example/x".into()));
    assert_eq!(response["headers"], json!([["X-Shown", "1"]]));

    engine.start("a", 0, json!({ "url": API }));
    let opaque = json!({ "type": "opaque", "status": 200, "range_requested": true, "includes_credentials": false });
    let outcome = engine.say(answer(opaque));
    assert_eq!(blocked(&outcome, "a"), "service-worker-response");
    assert_eq!(outcome["outcome"]["network_error"]["facts"]["response_type"], "opaque");

    // A bad answer harms nothing.
    engine.start("a", 0, json!({ "url": API, "service_workers": "all" }));
    let reply = engine.say(answer(json!({ "type": "default", "status": 200, "urls": ["nowhere"] })));
    assert_eq!(fault(&reply), ("bad-value", Some("a")));
    let outcome = engine.say(answer(json!({ "type": "default", "status": 200 })));
    assert_eq!(delivered(&outcome, "a")["type"], "cors");
    let flags = |outcome: &Value| {
        let internal = &outcome["outcome"]["internal"];
        (internal["range_requested"].as_bool(), internal["includes_credentials"].as_bool())
    };
    assert_eq!(flags(&outcome), (Some(false), Some(true)));
    engine.start("a", 0, json!({ "url": API }));
    let more = json!({ "type": "default", "status": 200, "range_requested": true, "includes_credentials": false });
    assert_eq!(flags(&engine.say(answer(more))), (Some(true), Some(false)));
    asks(&engine.start("a", 0, json!({ "url": API, "service_workers": "none" })), "a", "send-request");
    engine.finish();
}

#[test]
fn deliveries() {
    let mut engine = Engine::new(json!({ "deliveries": true }));
    engine.start("a", 0, json!({ "url": API }));
    let delivery = engine.respond("a", 1, 200, &[ALLOW, ("Content-Type", "text/html")]);
    asks(&delivery, "a", "delivery");
    assert_eq!(delivery["action"]["response"]["headers"], json!([["Content-Type", "text/html"]]));
    assert_eq!(fault(&engine.respond("a", 1, 200, &[ALLOW])), ("not-asked-for", Some("a")));
    let outcome = engine.say(decide("delivery", "a", "accept"));
    assert_eq!(delivered(&outcome, "a"), &delivery["action"]["response"]);
    assert_eq!(outcome["outcome"]["internal"], delivery["action"]["internal"]);

    engine.start("a", 0, json!({ "url": API }));
    engine.respond("a", 1, 200, &[ALLOW]);
    let outcome = engine.say(json!({ "delivery": { "id": "a", "now": 2, "decision": "block", "why": "mixed" } }));
    assert_eq!(blocked(&outcome, "a"), "gate-blocked");
    engine.start("a", 0, json!({ "url": API }));
    asks(&engine.respond("a", 1, 200, &[ALLOW]), "a", "delivery");
    assert_eq!(blocked(&engine.abort("a"), "a"), "aborted");
    engine.finish();
}

fn navigation(url: &str) -> Value {
    json!({
        "url": url, "api": "raw", "mode": "navigate", "credentials": "include", "redirect": "manual",
        "destination": "document", "user_activation": true,
        "top_level_navigation_initiator_origin": "https://shop.example",
    })
}

#[test]
fn manual_redirects() {
    let mut engine = Engine::new(json!({ "trace": true }));
    let next = |id: &str| json!({ "next_manual_redirect": { "id": id, "now": 2 } });
    asks(&engine.start("a", 0, navigation("https://shop.example/")), "a", "send-request");
    let outcome = engine.respond("a", 1, 302, &[("Location", "https://api.example/"), ("X", "1")]);
    assert_eq!(delivered(&outcome, "a")["status"], 302);
    assert_eq!(outcome["outcome"]["next_manual_redirect"], true);
    // The ID is still taken, and only these two are answers.
    assert_eq!(fault(&engine.start("a", 0, json!({ "url": API }))), ("id-in-use", Some("a")));
    assert_eq!(fault(&engine.respond("a", 1, 200, &[])), ("not-asked-for", Some("a")));
    let action = engine.say(next("a"));
    asks(&action, "a", "send-request");
    assert_eq!(action["action"]["head"]["url"], "https://api.example/");
    let outcome = engine.respond("a", 3, 200, &[]);
    assert_eq!(delivered(&outcome, "a")["redirected"], true);
    assert_eq!(outcome["outcome"]["next_manual_redirect"], false);
    assert_eq!(fault(&engine.say(next("a"))), ("unknown-id", Some("a")));

    engine.start("b", 0, navigation("https://shop.example/"));
    engine.respond("b", 1, 302, &[("Location", "/x")]);
    assert_eq!(engine.abort("b"), json!({ "closed": { "id": "b" } }));
    assert_eq!(fault(&engine.abort("b")), ("unknown-id", Some("b")));
    // What leads to no URL is handed over as well, and ends when it is followed.
    engine.start("c", 0, navigation("https://shop.example/"));
    let outcome = engine.respond("c", 1, 302, &[("Location", "http://[")]);
    assert_eq!(outcome["outcome"]["next_manual_redirect"], true);
    assert_eq!(blocked(&engine.say(next("c")), "c"), "redirect-location-invalid");
    engine.start("d", 0, navigation("https://shop.example/"));
    assert_eq!(engine.respond("d", 1, 302, &[])["outcome"]["next_manual_redirect"], false);
    // fetch() gets an opaque-redirect response, and that is all.
    engine.start("e", 0, json!({ "url": "https://shop.example/#x", "redirect": "manual" }));
    let outcome = engine.respond("e", 1, 302, &[("Location", "/x")]);
    let response = delivered(&outcome, "e");
    assert_eq!((&response["type"], &response["status"]), (&"opaqueredirect".into(), &0.into()));
    assert_eq!(outcome["outcome"]["internal"]["status"], 302);
    assert_eq!(outcome["outcome"]["next_manual_redirect"], false);
    engine.finish();
}

#[test]
fn aborting() {
    let mut engine = Engine::new(json!({ "gates": true, "service_workers": true, "deliveries": true }));
    // One step further each time.
    let steps = [
        decide("gate", "a", "proceed"),
        json!({ "service_worker": { "id": "a", "now": 1, "response": null } }),
        json!({ "respond": { "id": "a", "now": 1, "status": 200, "headers": [ALLOW] } }),
    ];
    for count in 0..=steps.len() {
        engine.start("a", 0, json!({ "url": API }));
        for step in &steps[..count] {
            let reply = engine.say(step.clone());
            assert!(reply["action"].is_object(), "{reply}");
        }
        let outcome = engine.abort("a");
        assert_eq!(blocked(&outcome, "a"), "aborted");
        assert_eq!(outcome["outcome"]["network_error"]["aborted"], true);
    }
    assert_eq!(fault(&engine.abort("a")), ("unknown-id", Some("a")));
    engine.finish();
}

/// Every key of the configuration, the client and the request, and what some of them do.
#[test]
fn everything_that_can_be_set() {
    let mut engine = Engine::new(json!({
        "profile": "letter",
        "max_age_limit": null,
        "wildcard_of_credentialed_preflight": "not-stored",
        "cache_origin_key": "identity",
        "authorization_under_wildcard": "allowed",
        "same_site_mode": "site-for-cookies",
        "switches": { "client_hints": "safelisted", "max_cached_url_bytes": "none" },
        "public_suffix": "none",
        "user_agent": "example/1",
        "accept_language": "de",
        "schemes": [{ "scheme": "app", "traits": ["standard", "cors", "secure"] }],
        "access_list": {
            "allow": [{ "source": "app://main", "target": "https://*.api.example:*" }],
            "block": [{ "source": "app://main", "target": "https://no.api.example" }],
        },
        "cache_limits": { "groups": 1, "bytes": 65536, "entries_per_answer": 8.0 },
        "gates": false,
        "service_workers": false,
        "deliveries": false,
        "trace": true,
    }));
    let mut message = start(
        "a",
        0,
        json!({
            "url": "https://www.api.example/", "api": "raw", "method": "Get", "headers": [["X-\u{23}", "\u{80}"]],
            "body": null, "origin": "app://main", "mode": "cors", "credentials": "omit", "redirect": "follow",
            "cache": "no-cache", "referrer": "app://main/page", "referrer_policy": "unsafe-url",
            "policy_container_referrer_policy": "", "destination": "image", "initiator": "imageset",
            "service_workers": "none", "traversable": "no-traversable",
            "top_level_navigation_initiator_origin": { "opaque": 0 }, "in_flight_keepalive_bytes": 0,
            "unsafe_request": true, "use_url_credentials": true, "keepalive": true, "use_cors_preflight": true,
            "user_activation": true, "user_initiated": false, "local_urls_only": false,
            "prevent_no_cache_cache_control": true,
        }),
    );
    message["start"]["client"] = json!({
        "origin": { "opaque": 3 }, "url": "https://shop.example/", "worker": true, "referrer_policy": "origin",
        "embedder_policy": "credentialless", "embedder_policy_report_only": "require-corp", "partition": null,
        "secure_context": true, "cross_site_ancestor": true, "traversable": true, "emulated_language": "fr",
        "user_agent": "example/2",
    });
    let action = engine.say(message);
    // Granted by the access list: no CORS.
    asks(&action, "a", "send-request");
    assert_eq!(action["action"]["head"]["method"], "Get");
    for (name, value) in [("x-#", "\u{80}"), ("accept-language", "fr"), ("user-agent", "example/2")] {
        assert_eq!(sent(&action, name), Some(value), "{name}");
    }
    let outcome = engine.respond("a", 1, 200, &[]);
    assert_eq!(delivered(&outcome, "a")["type"], "basic");
    let blocked_target = json!({ "url": "https://no.api.example/", "origin": "app://main" });
    engine.start("b", 0, blocked_target);
    assert_eq!(blocked(&engine.respond("b", 1, 200, &[]), "b"), "allow-origin-missing");

    // What makes the request.
    let modes = [
        (json!("fetch"), "cors"),
        (json!("raw"), "no-cors"),
        (json!({ "potential_cors": {} }), "no-cors"),
        (json!({ "potential_cors": { "crossorigin": "use-credentials" } }), "cors"),
        (json!({ "potential_cors": { "crossorigin": null, "same_origin_fallback": true } }), "same-origin"),
    ];
    for (api, mode) in modes {
        let action = engine.start("c", 0, json!({ "url": "https://shop.example/", "api": api }));
        assert_eq!(action["action"]["head"]["mode"], mode, "{api}");
        engine.abort("c");
    }
    // A body that cannot be sent again, and a scheme that is the host's.
    let stream = json!({ "url": "https://shop.example/", "method": "POST", "body": "stream" });
    assert_eq!(engine.start("d", 0, stream)["action"]["head"]["body"], "stream");
    let outcome = engine.respond("d", 1, 307, &[("Location", "/x")]);
    assert_eq!(blocked(&outcome, "d"), "redirect-body-not-replayable");
    asks(&engine.start("e", 0, json!({ "url": "data:,x" })), "e", "scheme-fetch");
    assert_eq!(delivered(&engine.respond("e", 1, 200, &[]), "e")["type"], "basic");
    engine.finish();
}
