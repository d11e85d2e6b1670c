//! Bad input: one line that says which argument and why, and exit status 2.

mod support;

use support::{PAGE, Run, TempFile, fetch, fetch_from_page, run};

#[track_caller]
fn one_line(run: &Run, texts: &[&str]) {
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr.matches('\n').count(), 1, "{:?}", run.stderr);
    assert!(run.stderr.starts_with("fetch-cors: "), "{}", run.stderr);
    for text in texts {
        assert!(run.stderr.contains(text), "no {text:?} in {:?}", run.stderr);
    }
}

/// A URL at which nothing is asked: every run of this file ends before that.
const URL: &str = "http://127.0.0.1:9/";

#[test]
fn urls() {
    for (url, why) in [
        ("nowhere", "relative URL without a base"),
        ("http://", "empty host"),
        ("http://a b/", "invalid"),
        ("http://user:secret@127.0.0.1:9/", "user name or password"),
        ("http://user@127.0.0.1:9/", "user name or password"),
    ] {
        one_line(&fetch_from_page(url, &[]), &["URL", why]);
    }
}

#[test]
fn origins() {
    for origin in ["", "shop.example", "https://shop.example/path", "https://user@shop.example", "app://x"] {
        one_line(&fetch(&[URL, "--origin", origin]), &["--origin", origin]);
    }
}

#[test]
fn methods() {
    for (method, why) in [("TRACE", "forbidden"), ("connect", "forbidden"), ("A B", "token"), ("", "token")] {
        one_line(&fetch_from_page(URL, &["-X", method]), &["--request", why]);
    }
    one_line(&fetch_from_page(URL, &["-X", "GET", "-d", "x"]), &["--request", "body"]);
    one_line(&fetch_from_page(URL, &["-X", "PUT", "--mode", "no-cors"]), &["--request", "no-cors"]);
}

#[test]
fn headers() {
    for header in ["X-No-Colon", "Bad Name: 1", ": empty", "X: a\nb", "X: \u{2603}"] {
        one_line(&fetch_from_page(URL, &["-H", header]), &["--header"]);
    }
}

#[test]
fn words_and_numbers() {
    for (flag, value) in [
        ("--mode", "CORS"),
        ("--mode", "websocket"),
        ("--credentials", "yes"),
        ("--redirect", "maybe"),
        ("--referrer-policy", "none"),
        ("--destination", "picture"),
        ("--referrer", "not a url"),
        ("--cookie", "no-value"),
        ("--cookie", "=x"),
        ("--max-time", "0"),
        ("--max-time", "soon"),
        ("--max-time", "NaN"),
        ("--repeat", "0"),
        ("--repeat", "1001"),
        ("--max-age-limit", "-1"),
        ("--color", "blue"),
        ("--resolve", "host:80"),
        ("--resolve", "host:80:name"),
        ("--scheme-policy", "app"),
        ("--scheme-policy", "app=brave"),
        ("--scheme-policy", "https=standard"),
        ("--allow-origin-access", "https://a.example"),
        ("--allow-origin-access", "null=https://a.example"),
        ("--allow-origin-access", "https://a.example=nowhere"),
        ("--user-agent", "a\nb"),
    ] {
        one_line(&fetch_from_page(URL, &[&format!("{flag}={value}")]), &[flag]);
    }
}

#[test]
fn flags() {
    one_line(&fetch_from_page(URL, &["--no-such-flag"]), &["--no-such-flag"]);
    one_line(&fetch(&[URL]), &["--origin"]);
    one_line(&fetch(&["--origin", PAGE]), &["URL"]);
    one_line(&fetch_from_page(URL, &["--demo"]), &["--demo"]);
    one_line(&fetch_from_page(URL, &["--http2", "--http1.1"]), &["--http2", "--http1.1"]);
    one_line(&run(&["fetsh"], &[]), &["fetsh"]);
}

#[test]
fn files() {
    one_line(&fetch_from_page(URL, &["-d", "@/no/such/file"]), &["--data", "/no/such/file"]);
    one_line(&fetch_from_page(URL, &["-o", "/no/such/folder/x"]), &["--output", "/no/such/folder/x"]);
    one_line(&fetch_from_page(URL, &["--cacert", "/no/such/file"]), &["--cacert", "/no/such/file"]);
    let empty = TempFile::new("empty.pem", b"nothing");
    one_line(&fetch_from_page(URL, &["--cacert", empty.path()]), &["--cacert", "no PEM certificate"]);
}

#[test]
fn help_is_no_error() {
    let help = run(&["fetch", "--help"], &[]).expect_code(0);
    for flag in ["--origin", "--cacert", "--allow-origin-access", "Exit status"] {
        help.says(flag);
    }
    run(&["--version"], &[]).expect_code(0).says("fetch-cors 0.");
    assert_eq!(run(&[], &[]).code, 2);
}
