//! What cannot be obeyed: it is told, and nothing else changes.

use serde_json::{Value, json};

use super::harness::{Engine, Schema, asks, blocked, delivered, fault, start};

const API: &str = "https://api.example/v1";

/// A process with a fetch that waits, to see that it goes on.
fn with_a_fetch() -> Engine {
    let mut engine = Engine::new(json!({}));
    asks(&engine.start("running", 0, json!({ "url": API })), "running", "send-request");
    engine
}

#[track_caller]
fn goes_on(mut engine: Engine) {
    delivered(&engine.respond("running", 1, 200, &[("Access-Control-Allow-Origin", "*")]), "running");
    engine.finish();
}

#[test]
fn lines_that_are_no_json() {
    let mut engine = with_a_fetch();
    let deep = [b"{\"abort\": ".as_slice(), &b"[".repeat(100_000)].concat();
    let lines: [&[u8]; 13] = [
        b"",
        b" ",
        b"\r",
        b"{",
        b"}",
        b"nonsense",
        b"{\"abort\": {\"id\": \"running\"",
        b"{\"abort\": {\"id\": \"running\", \"now\": 0}} {}",
        b"{\"abort\": {\"id\": \"\xff\", \"now\": 0}}",
        b"{\"abort\": {\"id\": \"\\ud800\", \"now\": 0}}",
        b"{'abort': {}}",
        b"\xef\xbb\xbf{\"abort\": {\"id\": \"running\", \"now\": 0}}",
        &deep,
    ];
    for line in lines {
        let reply = engine.say_line(line);
        assert_eq!(fault(&reply), ("bad-json", None), "{}", String::from_utf8_lossy(&line[..line.len().min(80)]));
    }
    goes_on(engine);
}

#[test]
fn messages_that_the_schema_refuses() {
    let mut engine = with_a_fetch();
    let request = |key: &str, value: Value| {
        let mut message = start("x", 0, json!({ "url": API }));
        message["start"]["request"][key] = value;
        message
    };
    let client = |key: &str, value: Value| {
        let mut message = start("x", 0, json!({ "url": API }));
        message["start"]["client"][key] = value;
        message
    };
    let turn = |key: &str, more: Value| {
        let mut content = json!({ "id": "running", "now": 1 });
        content.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!({ key: content })
    };
    let entry = json!({
        "partition": null, "origin": "https://a.example", "tainted": false, "url": API, "kind": "method",
        "name": "PUT", "credentials": false, "remaining_seconds": 5,
    });
    let restore = |key: &str, value: Value| {
        let mut entry = entry.clone();
        entry[key] = value;
        json!({ "cache": { "restore": { "now": 0, "entries": [entry] } } })
    };
    let messages = [
        // No message.
        json!(null),
        json!(5),
        json!([]),
        json!({}),
        json!("abort"),
        json!({ "unknown": {} }),
        json!({ "abort": { "id": "running", "now": 0 }, "respond": {} }),
        // Unknown keys, everywhere.
        json!({ "hello": { "version": 1, "more": 1 } }),
        json!({ "hello": { "version": 1, "config": { "more": 1 } } }),
        json!({ "hello": { "version": 1, "config": { "cache_limits": { "more": 1 } } } }),
        json!({ "hello": { "version": 1, "config": { "access_list": { "more": [] } } } }),
        json!({ "start": { "id": "x", "now": 0, "request": { "url": API }, "more": 1 } }),
        request("more", json!(1)),
        request("api", json!({ "potential_cors": { "more": 1 } })),
        request("body", json!({ "source": 1, "more": 1 })),
        request("origin", json!({ "opaque": 1, "more": 1 })),
        client("more", json!(1)),
        turn("respond", json!({ "status": 200, "more": 1 })),
        turn("service_worker", json!({ "response": { "type": "cors", "status": 200, "more": 1 } })),
        turn("next_manual_redirect", json!({ "more": 1 })),
        json!({ "cache": { "more": {} } }),
        json!({ "cache": { "clear_all": { "more": 1 } } }),
        json!({ "cache": { "list": { "now": 0, "more": 1 } } }),
        restore("more", json!(1)),
        // Missing keys.
        json!({ "hello": {} }),
        json!({ "start": { "now": 0, "request": { "url": API } } }),
        json!({ "start": { "id": "x", "request": { "url": API } } }),
        json!({ "start": { "id": "x", "now": 0 } }),
        json!({ "start": { "id": "x", "now": 0, "request": {} } }),
        json!({ "start": { "id": "x", "now": 0, "request": { "url": API }, "client": {} } }),
        json!({ "abort": { "id": "running" } }),
        turn("respond", json!({})),
        turn("fail", json!({})),
        turn("gate", json!({})),
        turn("service_worker", json!({})),
        turn("service_worker", json!({ "response": {} })),
        json!({ "cache": {} }),
        json!({ "cache": { "clear_partition": {} } }),
        // Wrong types.
        json!({ "abort": null }),
        json!({ "abort": ["running", 0] }),
        json!({ "abort": { "id": 5, "now": 0 } }),
        json!({ "abort": { "id": "running", "now": "0" } }),
        json!({ "abort": { "id": "running", "now": -1 } }),
        json!({ "abort": { "id": "running", "now": 1e300 } }),
        json!({ "abort": { "id": "x".repeat(257), "now": 0 } }),
        json!({ "hello": { "version": "1" } }),
        json!({ "hello": { "version": 1, "config": null } }),
        json!({ "hello": { "version": 1, "config": { "gates": 1 } } }),
        json!({ "hello": { "version": 1, "config": { "max_age_limit": 4_294_967_296_u64 } } }),
        turn("respond", json!({ "status": 200.5 })),
        turn("respond", json!({ "status": -1 })),
        turn("respond", json!({ "status": 65536 })),
        turn("respond", json!({ "status": "200" })),
        turn("respond", json!({ "status": 200, "headers": {} })),
        turn("respond", json!({ "status": 200, "headers": null })),
        turn("respond", json!({ "status": 200, "headers": [["a"]] })),
        turn("respond", json!({ "status": 200, "headers": [["a", "b", "c"]] })),
        turn("respond", json!({ "status": 200, "headers": [["a", 1]] })),
        turn("respond", json!({ "status": 200, "headers": [["a", "\u{100}"]] })),
        request("url", json!(null)),
        request("method", json!(null)),
        request("mode", json!(null)),
        request("keepalive", json!(null)),
        request("keepalive", json!("yes")),
        request("in_flight_keepalive_bytes", json!(9_007_199_254_740_992_u64)),
        request("body", json!({ "stream": null })),
        request("body", json!(5)),
        request("origin", json!(null)),
        request("origin", json!({ "opaque": -1 })),
        client("partition", json!(5)),
        restore("remaining_seconds", json!(0.5)),
        restore("kind", json!({ "method": null })),
        json!({ "cache": "clear_all" }),
        json!({ "cache": { "clear_all": null } }),
        // Unknown words.
        request("mode", json!("CORS")),
        request("credentials", json!("")),
        request("destination", json!("picture")),
        request("api", json!("xhr")),
        request("body", json!("none")),
        request("traversable", json!("yes")),
        client("embedder_policy", json!("none")),
        turn("fail", json!({ "kind": "dns" })),
        turn("gate", json!({ "decision": "upgrade" })),
        turn("gate", json!({ "decision": { "proceed": null } })),
        turn("gate", json!({ "decision": "proceed", "why": "no reason" })),
        turn("delivery", json!({ "decision": "accept", "why": "no reason" })),
        turn("service_worker", json!({ "response": { "type": "filtered", "status": 200 } })),
        json!({ "hello": { "version": 1, "config": { "profile": "presto" } } }),
        json!({ "hello": { "version": 1, "config": { "switches": { "client_hints": true } } } }),
        json!({ "hello": { "version": 1, "config": { "schemes": [{ "scheme": "app", "traits": ["brave"] }] } } }),
    ];
    let schema = Schema::new();
    for message in messages {
        assert!(!schema.allows(&message), "the schema allows {message}");
        let reply = engine.say_line(message.to_string().as_bytes());
        assert_eq!(fault(&reply).0, "bad-message", "{message}\n{reply}");
    }
    // Serialized, these have each key once.
    for line in
        [r#"{"abort": {"id": "running", "id": "x", "now": 0}}"#, r#"{"abort": {"id": "running", "now": 0, "now": 1}}"#]
    {
        assert_eq!(fault(&engine.say_line(line.as_bytes())).0, "bad-message", "{line}");
    }
    goes_on(engine);
}

#[test]
fn values_that_cannot_be_used() {
    let mut engine = with_a_fetch();
    let request = |more: Value| {
        let mut request = json!({ "url": API });
        request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        start("x", 0, request)
    };
    for (message, place) in [
        (request(json!({ "url": "/v1" })), "request.url"),
        (request(json!({ "url": "" })), "request.url"),
        (request(json!({ "method": "A B" })), "request: method"),
        (request(json!({ "headers": [["A B", "1"]] })), "request: header name"),
        (request(json!({ "headers": [["A", "1\n"]] })), "request: value of header"),
        (request(json!({ "headers": vec![("A", "1"); 4097] })), "request: header list"),
        (request(json!({ "origin": "null" })), "request.origin"),
        (request(json!({ "origin": "https://a.example/path" })), "request.origin"),
        (request(json!({ "referrer": "about" })), "request.referrer"),
        (request(json!({ "top_level_navigation_initiator_origin": "x" })), "request.top_level"),
        (json!({ "start": { "id": "x", "now": 0, "request": { "url": API } } }), "request: the request has neither"),
        (
            json!({ "start": {
                "id": "x", "now": 0, "request": { "url": API },
                "client": { "origin": "https://a.example", "url": "nowhere" },
            } }),
            "client.url",
        ),
        (
            json!({ "start": {
                "id": "x", "now": 0, "request": { "url": API },
                "client": { "origin": "https://a.example", "user_agent": "\n" },
            } }),
            "client.user_agent",
        ),
    ] {
        let reply = engine.say(message);
        assert_eq!(fault(&reply), ("bad-value", Some("x")), "{reply}");
        let text = reply["error"]["message"].as_str().expect("a text");
        assert!(text.starts_with(place), "{text} does not start with {place}");
    }
    let reply = engine.say(json!({ "cache": { "clear_origin": { "origin": "x" } } }));
    assert_eq!(fault(&reply), ("bad-value", None));
    // As many lines as a list takes build a request, that has no room for the engine's own.
    let outcome = engine.say(request(json!({ "headers": vec![("A", "1"); 4096] })));
    assert_eq!(blocked(&outcome, "x"), "header-list-too-large");
    // A long value is not told in full.
    let reply = engine.say(request(json!({ "url": "x".repeat(1 << 20) })));
    assert!(reply["error"]["message"].as_str().is_some_and(|text| text.chars().count() == 1001));
    goes_on(engine);
}

#[test]
fn fetches_that_are_not_there_or_ask_for_something_else() {
    let mut engine = with_a_fetch();
    assert_eq!(fault(&engine.respond("other", 0, 200, &[])), ("unknown-id", Some("other")));
    assert_eq!(fault(&engine.abort("")), ("unknown-id", Some("")));
    let again = engine.start("running", 0, json!({ "url": API, "method": "PUT" }));
    assert_eq!(fault(&again), ("id-in-use", Some("running")));
    for message in [
        json!({ "gate": { "id": "running", "now": 0, "decision": "block", "why": "x" } }),
        json!({ "service_worker": { "id": "running", "now": 0, "response": { "type": "error", "status": 0 } } }),
        json!({ "delivery": { "id": "running", "now": 0, "decision": "block" } }),
        json!({ "next_manual_redirect": { "id": "running", "now": 0 } }),
    ] {
        assert_eq!(fault(&engine.say(message)), ("not-asked-for", Some("running")));
    }
    goes_on(engine);
}

#[test]
fn bounds() {
    let mut engine = with_a_fetch();
    // A line of exactly 32 MiB is read, one byte more is skipped.
    let abort = |length: usize| {
        let line = br#"{"abort": {"id": "x", "now": 0}}"#;
        [line.as_slice(), &vec![b' '; length - line.len()]].concat()
    };
    assert_eq!(fault(&engine.say_line(&abort(32 << 20))), ("unknown-id", Some("x")));
    assert_eq!(fault(&engine.say_line(&abort((32 << 20) + 1))), ("line-too-long", None));
    assert_eq!(fault(&engine.say_line(&abort(100 << 20))), ("line-too-long", None));
    assert_eq!(fault(&engine.say_line(&abort(40))), ("unknown-id", Some("x")));
    let id = "\u{1f600}".repeat(256);
    asks(&engine.start(&id, 0, json!({ "url": API })), &id, "send-request");
    engine.abort(&id);

    let mut starts = String::new();
    for n in 1..1024 {
        starts += &format!("{}\n", start(&n.to_string(), 0, json!({ "url": API })));
    }
    engine.write(starts.as_bytes());
    for n in 1..1024 {
        asks(&engine.hear(), &n.to_string(), "send-request");
    }
    let too_many = engine.start("more", 0, json!({ "url": API }));
    assert_eq!(fault(&too_many), ("too-many-fetches", Some("more")));
    assert_eq!(blocked(&engine.abort("77"), "77"), "aborted");
    asks(&engine.start("more", 0, json!({ "url": API })), "more", "send-request");
    goes_on(engine);
}

#[test]
fn hello_comes_first_and_once() {
    let mut engine = Engine::spawn();
    assert_eq!(fault(&engine.start("a", 0, json!({ "url": API }))), ("no-hello", Some("a")));
    assert_eq!(fault(&engine.abort("a")), ("no-hello", Some("a")));
    assert_eq!(fault(&engine.say(json!({ "cache": { "clear_all": {} } }))), ("no-hello", None));
    for hello in [json!({ "version": 2 }), json!({ "version": 0, "config": {} }), json!({ "version": 2, "new": [1] })] {
        let reply = engine.say_line(json!({ "hello": hello }).to_string().as_bytes());
        assert_eq!(fault(&reply), ("unsupported-version", None), "{hello}");
    }
    for config in [
        json!({ "user_agent": "a\nb" }),
        json!({ "accept_language": " de" }),
        json!({ "schemes": [{ "scheme": "https", "traits": [] }] }),
        json!({ "access_list": { "allow": [{ "source": { "opaque": 1 }, "target": "https://a.example" }] } }),
        json!({ "access_list": { "block": [{ "source": "https://a.example", "target": "everywhere" }] } }),
    ] {
        let reply = engine.say(json!({ "hello": { "version": 1, "config": config } }));
        assert_eq!(fault(&reply), ("bad-value", None), "{config}");
    }
    let grant = json!({ "source": "https://a.example", "target": "https://b.example" });
    for config in [
        json!({ "schemes": vec![json!({ "scheme": "app", "traits": [] }); 257] }),
        json!({ "access_list": { "allow": vec![grant.clone(); 4097] } }),
        json!({ "access_list": { "block": vec![grant; 4097] } }),
    ] {
        let hello = json!({ "hello": { "version": 1, "config": config } });
        assert!(!engine.schema.allows(&hello));
        assert_eq!(fault(&engine.say_line(hello.to_string().as_bytes())), ("bad-message", None));
    }
    let reply = engine.say(json!({ "hello": { "version": 1 } }));
    assert_eq!(reply["hello"]["limits"], json!({ "line_bytes": 32 << 20, "open_fetches": 1024, "id_characters": 256 }));
    assert_eq!(fault(&engine.say(json!({ "hello": { "version": 1 } }))), ("second-hello", None));
    engine.finish();
}

#[test]
fn the_end_of_the_input_is_the_end() {
    Engine::spawn().finish();
    // Fetches that are open are forgotten; a last line without its end is a line.
    let mut engine = with_a_fetch();
    engine.write(br#"{"abort": {"id": "x", "now": 0}}"#);
    engine.close();
    assert_eq!(fault(&engine.hear()), ("unknown-id", Some("x")));
    engine.finish();
    // Nobody who reads is an end too, and no failure.
    let mut engine = Engine::unheard();
    engine.write(b"\n");
    engine.finish();
}
