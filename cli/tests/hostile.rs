//! Servers that break off, flood or stall: a clear error, in bounded time.

mod support;

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use support::{PAGE, Run, Server, clock, fetch, fetch_from_page, read_request};

/// No server of these tests sends for longer.
const LONGEST_FLOOD: Duration = Duration::from_secs(6);

#[track_caller]
fn fails(run: Run, kind: &str, text: &str) {
    let run = run.expect_code(3);
    run.says("failed network-failure");
    assert!(run.stdout.contains(&format!("({kind}: ")), "{}", run.stdout);
    run.says(text);
    assert!(run.took < Duration::from_secs(8), "{:?}", run.took);
}

fn against(server: &Server) -> Run {
    fetch_from_page(&server.url("/"), &["--max-time", "2"])
}

/// Sends `piece` until the client has gone, within bounds.
fn flood(stream: &mut TcpStream, piece: &[u8]) {
    let started = clock();
    while started.elapsed() < LONGEST_FLOOD && stream.write_all(piece).is_ok() {}
}

#[test]
fn nobody_listens() {
    // No test server is on this address.
    let run = fetch_from_page("http://127.0.0.9:1024/", &["--max-time", "2"]);
    fails(run, "connect", "cannot connect");
}

#[test]
fn a_connection_that_is_dropped() {
    let server = Server::raw(|stream| {
        read_request(stream);
    });
    fails(against(&server), "protocol", "closed the connection");
}

#[test]
fn no_answer_at_all() {
    let server = Server::raw(|stream| {
        read_request(stream);
        // Ends when the client gives up.
        read_request(stream);
    });
    let run = fetch_from_page(&server.url("/"), &["--max-time", "0.5"]);
    fails(run, "timeout", "--max-time");
}

#[test]
fn ten_megabytes_of_headers() {
    let server = Server::raw(|stream| {
        read_request(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        let line = format!("X-Long: {}\r\n", "x".repeat(10_000));
        for _ in 0..1000 {
            if stream.write_all(line.as_bytes()).is_err() {
                return;
            }
        }
        let _ = stream.write_all(b"\r\n");
    });
    fails(against(&server), "protocol", "larger than");
}

#[test]
fn more_header_lines_than_anyone_needs() {
    let server = Server::raw(|stream| {
        read_request(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        let _ = stream.write_all("X: y\r\n".repeat(30_000).as_bytes());
        let _ = stream.write_all(b"\r\n");
    });
    fails(against(&server), "protocol", "larger than");
}

#[test]
fn endless_informational_responses() {
    let server = Server::raw(|stream| {
        read_request(stream);
        flood(stream, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    });
    fails(against(&server), "protocol", "informational");
}

#[test]
fn an_endless_status_line() {
    let server = Server::raw(|stream| {
        read_request(stream);
        flood(stream, &[b'H'; 4096]);
    });
    fails(against(&server), "protocol", "malformed");
}

#[test]
fn a_malformed_status() {
    for status in ["HTTP/1.1 2x0 OK", "HTTP/1.1 000 Zero", "HTTP/1.1 99", "ICY 200 OK"] {
        let server = Server::answering(move |_| format!("{status}\r\nContent-Length: 0\r\n\r\n"));
        fails(against(&server), "protocol", "malformed");
    }
}

#[test]
fn a_protocol_switch_that_nobody_asked_for() {
    let server = Server::answering(|_| {
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n".to_owned()
    });
    fails(against(&server), "protocol", "101");
}

#[test]
fn a_name_that_does_not_exist_is_not_looked_up_on_the_network() {
    // An address for the name keeps the resolver out of it.
    let run = fetch(&[
        "http://nowhere.example:1000/",
        "--origin",
        PAGE,
        "--resolve",
        "nowhere.example:1000:127.0.0.1",
        "--max-time",
        "2",
    ]);
    fails(run, "connect", "nowhere.example at 127.0.0.1:1000");
}

#[test]
fn a_body_that_breaks_off_is_a_network_failure_too() {
    let server = Server::answering(|_| {
        "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 100\r\n\r\nshort".to_owned()
    });
    let run = fetch_from_page(&server.url("/"), &["-o", "-"]).expect_code(3);
    assert_eq!(run.stdout, "short");
    assert!(run.stderr.contains("5 bytes of body, then protocol"), "{}", run.stderr);
}

#[test]
fn an_endless_body_ends_with_the_time() {
    let server = Server::raw(|stream| {
        read_request(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\r\n");
        // Slow, so that the test holds little.
        for _ in 0..400 {
            if stream.write_all(b"drip").is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let run = fetch_from_page(&server.url("/"), &["-o", "-", "--max-time", "0.5"]).expect_code(3);
    assert!(run.stderr.contains("timeout"), "{}", run.stderr);
    assert!(run.took < Duration::from_secs(4), "{:?}", run.took);
}

#[test]
fn text_from_a_server_cannot_steer_the_terminal() {
    let server = Server::raw(|stream| {
        read_request(stream);
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\
              Content-Type: a\x9b31m\xc2\x9bb\xe2\x80\xaec\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
    });
    for more in [&["-v"][..], &["--json"][..], &["--color", "never"][..]] {
        let run = fetch_from_page(&server.url("/"), more).expect_code(0);
        let text = String::from_utf8(run.stdout_bytes).expect("always UTF-8");
        assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
    }
}
