//! What goes over the wire, and where output goes.

mod support;

use support::hyper_server::{HOST, HyperServer};
use support::{PAGE, Run, Seen, Server, TempFile, fetch, fetch_from_page, reply, run};

const OPEN: &[(&str, &str)] = &[("Access-Control-Allow-Origin", "*")];

fn for_credentials<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut lines = vec![
        ("Access-Control-Allow-Origin", PAGE),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Headers", "content-type"),
    ];
    lines.extend(more);
    lines
}

#[test]
fn only_the_engines_lines_and_host_are_sent() {
    let server = Server::answering(|_| reply(200, OPEN, ""));
    fetch_from_page(&server.url("/a?b#c"), &["-A", "test/1"]).expect_code(0);
    let seen = &server.seen()[0];
    assert_eq!(seen.target, "/a?b");
    let mut names: Vec<&str> = seen.lines.iter().map(|line| line.0.as_str()).collect();
    names.sort_unstable();
    let expected =
        ["Accept", "Host", "Origin", "Referer", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "User-Agent"];
    let without_language: Vec<&str> = names.into_iter().filter(|n| *n != "Accept-Language").collect();
    assert_eq!(without_language, expected);
    assert_eq!(seen.header("user-agent"), ["test/1"]);
    assert_eq!(seen.header("referer"), ["https://shop.example/"]);
}

#[test]
fn data_is_sent_as_curl_sends_it() {
    let file = TempFile::new("body.txt", b"two\r\nlines\n");
    let server = Server::answering(|_| reply(200, OPEN, ""));
    let from_file = format!("@{}", file.path());
    fetch_from_page(&server.url("/"), &["-d", "a=1", "-d", &from_file]).expect_code(0);
    let seen = server.seen();
    let [post] = seen.as_slice() else { panic!("no preflight expected: {seen:?}") };
    assert_eq!((post.method.as_str(), &*post.body), ("POST", &b"a=1&twolines"[..]));
    assert_eq!(post.header("content-type"), ["application/x-www-form-urlencoded"]);
    assert_eq!(post.header("content-length"), ["12"]);
}

#[test]
fn a_body_is_sent_again_after_a_307() {
    let server = Server::answering(|seen| match seen.target.as_str() {
        "/moved" => reply(307, &[OPEN[0], ("Location", "/here")], ""),
        _ => reply(200, OPEN, ""),
    });
    fetch_from_page(&server.url("/moved"), &["-d", "again"]).expect_code(0);
    let bodies: Vec<Vec<u8>> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, [b"again", b"again"]);
}

#[test]
fn a_preflight_says_why_it_is_needed() {
    let server = Server::answering(|_| reply(200, &for_credentials(&[]), ""));
    let run = fetch_from_page(&server.url("/"), &["-H", "content-type: application/json", "-d", "{}"]).expect_code(0);
    run.says("preflight: header content-type: application/json is not safelisted");
    let preflight = &server.seen()[0];
    assert_eq!(preflight.method, "OPTIONS");
    assert_eq!(preflight.header("access-control-request-method"), ["POST"]);
    assert_eq!(preflight.header("access-control-request-headers"), ["content-type"]);
    assert_eq!(preflight.body, b"");
}

#[test]
fn cookies_go_along_exactly_when_credentials_are_included() {
    let server = Server::answering(|seen| {
        let cookie = ("Set-Cookie", "fresh=1; SameSite=None");
        match seen.target.as_str() {
            "/1" => reply(200, &for_credentials(&[cookie]), ""),
            _ => reply(200, &for_credentials(&[]), ""),
        }
    });
    let (one, two) = (server.url("/1"), server.url("/2"));
    let ask = |credentials: &str| -> Vec<Seen> {
        let before = server.seen().len();
        let args = [&one, &two, "--origin", PAGE, "-b", "sid=42", "-H", "content-type: text/xml", "-d", "<x/>"];
        fetch(&[&args[..], &["--credentials", credentials]].concat()).expect_code(0);
        server.seen().split_off(before)
    };
    for credentials in ["omit", "same-origin"] {
        assert!(ask(credentials).iter().all(|seen| seen.header("cookie").is_empty()));
    }
    let cookies: Vec<(String, String)> =
        ask("include").iter().map(|seen| (seen.method.clone(), seen.header("cookie").join("|"))).collect();
    let expected = [("OPTIONS", ""), ("POST", "sid=42"), ("OPTIONS", ""), ("POST", "fresh=1; sid=42")];
    assert_eq!(cookies, expected.map(|(method, cookie)| (method.to_owned(), cookie.to_owned())));
}

#[test]
fn forbidden_headers_are_dropped_and_told() {
    let server = Server::answering(|_| reply(200, OPEN, ""));
    let more = ["-H", "Cookie: a=b", "-H", "Sec-Fetch-Site: none", "-H", "X-HTTP-Method-Override: TRACE"];
    let run = fetch_from_page(&server.url("/"), &more).expect_code(0);
    run.says("dropped header Cookie: a forbidden request-header");
    run.says("dropped header X-HTTP-Method-Override");
    let seen = &server.seen()[0];
    assert_eq!((seen.header("cookie").len(), seen.header("x-http-method-override").len()), (0, 0));
    assert_eq!(seen.header("sec-fetch-site"), ["cross-site"]);

    let more = ["--mode", "no-cors", "-H", "X-Custom: 1", "--json"];
    let document = fetch_from_page(&server.url("/"), &more).expect_code(0).json();
    assert_eq!(document["fetches"][0]["request"]["dropped"][0]["name"], "X-Custom");
}

#[test]
fn the_body_goes_to_a_file_and_the_report_stays() {
    let server = Server::answering(|_| reply(200, OPEN, "hello\n"));
    let file = TempFile::new("out", b"old");
    let run = fetch_from_page(&server.url("/"), &["-o", file.path(), "--repeat", "2"]).expect_code(0);
    assert_eq!(std::fs::read(&file.0).expect("written"), b"hello\nhello\n");
    run.says("the body, 6 bytes");
}

#[test]
fn the_body_goes_to_standard_output_and_the_report_to_standard_error() {
    let server = Server::answering(|_| reply(200, OPEN, "hello\n"));
    let run = fetch_from_page(&server.url("/"), &["-o", "-", "--json"]).expect_code(0);
    assert_eq!(run.stdout, "hello\n");
    let document: serde_json::Value = serde_json::from_str(&run.stderr).expect("a document");
    assert_eq!(document["fetches"][0]["response"]["body"]["bytes"], 6);
}

/// As a script's bytes have none.
#[test]
fn a_body_may_come_without_content_type() {
    let server = Server::answering(|_| reply(200, OPEN, ""));
    let run = fetch_from_page(&server.url("/x"), &["-v", "-d", "x"]).expect_code(0);
    run.says("> Content-Type: application/x-www-form-urlencoded");
    let run = fetch_from_page(&server.url("/x"), &["-v", "-H", "content-type:", "-d", "x"]).expect_code(0);
    run.says("> POST /x HTTP/1.1");
    assert!(!run.stdout.contains("Content-Type"), "{}", run.stdout);
    let run = fetch_from_page(&server.url("/x"), &["-v", "-H", "Content-Type;", "-d", "x"]).expect_code(1);
    run.says("header Content-Type:  is not safelisted");
}

#[test]
fn verbose_shows_every_head() {
    let server = Server::answering(|_| reply(200, &for_credentials(&[]), ""));
    let run = fetch_from_page(&server.url("/x"), &["-v", "-H", "Content-Type: text/xml", "-d", "<x/>"]).expect_code(0);
    for text in [
        "> OPTIONS /x HTTP/1.1",
        "> Access-Control-Request-Headers: content-type",
        "< HTTP/1.1 200 Some Reason",
        "< access-control-allow-origin: https://shop.example",
        "> POST /x HTTP/1.1",
        "(4 bytes of body)",
        "[#concept-cors-check, 3, 5]",
    ] {
        run.says(text);
    }
}

#[test]
fn colour_is_for_terminals_and_on_demand() {
    let server = Server::answering(|_| reply(200, OPEN, ""));
    let url = server.url("/");
    let coloured = |run: Run| run.expect_code(0).stdout.contains('\u{1b}');
    assert!(!coloured(fetch_from_page(&url, &[])));
    assert!(coloured(fetch_from_page(&url, &["--color", "always"])));
    assert!(!coloured(fetch_from_page(&url, &["--color", "never"])));
    let args = ["fetch", &url, "--origin", PAGE];
    assert!(!coloured(run(&args, &[("NO_COLOR", "1")])));
}

#[test]
fn the_document_has_its_documented_shape() {
    let server = Server::answering(|seen| match seen.method.as_str() {
        "OPTIONS" => reply(204, &for_credentials(&[("Access-Control-Max-Age", "5")]), ""),
        _ => reply(200, &for_credentials(&[("X-Hidden", "\u{e9}")]), ""),
    });
    let more = ["-H", "content-type: text/xml", "-d", "<x/>", "--json"];
    let document = fetch_from_page(&server.url("/"), &more).expect_code(0).json();
    assert_eq!((&document["version"], &document["exit"]), (&1.into(), &0.into()));
    let fetch = &document["fetches"][0];
    assert_eq!(fetch["verdict"], "delivered");
    assert_eq!(fetch["request"]["method"], "POST");
    assert_eq!(
        fetch["response"]["hidden_headers"],
        serde_json::json!([
            "access-control-allow-credentials",
            "access-control-allow-headers",
            "access-control-allow-origin",
            "connection",
            "x-hidden",
        ])
    );
    let exchanges: Vec<&serde_json::Value> = fetch["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .filter(|moment| moment["type"] == "exchange")
        .collect();
    assert_eq!(exchanges.len(), 2);
    assert_eq!((&exchanges[0]["preflight"], &exchanges[1]["preflight"]), (&true.into(), &false.into()));
    assert_eq!(exchanges[1]["request"]["body_bytes"], 4);
    // The two bytes of the character, each as a character.
    let pair = serde_json::json!(["x-hidden", "\u{c3}\u{a9}"]);
    let headers = exchanges[1]["response"]["headers"].as_array().expect("pairs");
    assert!(headers.contains(&pair), "{headers:?}");
}

#[test]
fn tls_is_checked_against_the_file_given() {
    let server = HyperServer::tls(&["h2", "http/1.1"]);
    let file = TempFile::new("ca.pem", server.certificate_pem.as_bytes());
    let (url, resolve) = (server.url("/"), server.resolve());
    let with = |more: &[&str]| fetch_from_page(&url, &[&["-v", "--resolve", &resolve], more].concat());

    let run = with(&["--cacert", file.path()]).expect_code(0);
    run.says("> GET / HTTP/2");
    run.says(&format!(":authority: {HOST}:{}", server.port));
    with(&["-k", "--http1.1"]).expect_code(0).says("< HTTP/1.1 200");
    with(&["-k", "--http2"]).expect_code(0).says("< HTTP/2 200");

    let other = HyperServer::tls(&["http/1.1"]);
    let foreign = TempFile::new("other.pem", other.certificate_pem.as_bytes());
    let run = with(&["--cacert", foreign.path()]).expect_code(3);
    run.says("(tls: ");
    let (url, resolve) = (other.url("/"), other.resolve());
    let run = fetch_from_page(&url, &["-k", "--http2", "--resolve", &resolve]).expect_code(3);
    assert!(run.stdout.contains("(tls: ") || run.stdout.contains("(protocol: "), "{}", run.stdout);
}

#[test]
fn http2_over_clear_text_needs_prior_knowledge() {
    let server = Server::answering(|_| reply(200, OPEN, ""));
    let run = fetch_from_page(&server.url("/"), &["--http2"]).expect_code(3);
    run.says("--http2-prior-knowledge");
    assert_eq!(server.connections(), 0);

    let server = HyperServer::clear_text();
    let more = ["-v", "--http2-prior-knowledge", "--resolve", &server.resolve(), "-d", "body"];
    let run = fetch_from_page(&server.url("/"), &more).expect_code(0);
    run.says("> POST / HTTP/2");
    run.says("> content-length: 4");
    run.says("< HTTP/2 200");
}
