//! Answers that no well-behaved server sends, and requests that no page makes.

mod common;

use common::{ANY, API, Answer, FOR_PAGE, Head, Host, PAGE, allow, answer, head, ok, origin, to, url};
use fetch_cors::{
    Body, CredentialsMode, HeaderError, HeaderList, Request, RequestError, RequestMode, ResponseBody, ResponseHead,
};

const SAME: &str = "https://page.example/x";

fn bytes(status: u16, lines: &[(&[u8], &[u8])]) -> Answer {
    Answer::Head((status, lines.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()))
}

#[test]
fn interim_responses_are_passed_over() {
    for status in 100..200 {
        for target in [SAME, API] {
            let run = Host::standard().run(to(target), [answer(status, &[]), answer(status, &[("a b", "\0")]), ok()]);
            assert_eq!(run.sent.len(), 3, "{status}");
            assert_eq!(run.sent[0], run.sent[2], "the same action");
            assert!(run.outcome.is_ok());
        }
    }
}

#[test]
fn switching_protocols_is_final_for_a_websocket_only() {
    let run = Host::standard().run(to(API).mode(RequestMode::WebSocket), [answer(101, &[("Upgrade", "websocket")])]);
    assert_eq!(run.flow(), ["GET https://api.example/x", "basic 101"]);
    assert_eq!(run.response().body(), ResponseBody::Null);
    let run = Host::standard().run(to(API).mode(RequestMode::WebSocket), [answer(100, &[]), answer(102, &[]), ok()]);
    assert_eq!(run.sent.len(), 3);
    for mode in [RequestMode::WebTransport, RequestMode::Navigate, RequestMode::NoCors] {
        let run = Host::standard().run(to(API).mode(mode), [answer(101, &[]), ok()]);
        assert_eq!(run.sent.len(), 2, "{mode}");
    }
}

#[test]
fn statuses_outside_100_to_999_are_malformed() {
    for status in [0, 1, 99, 1000, 1001, u16::MAX] {
        for request in [to(SAME), to(API), to(API).mode(RequestMode::NoCors), to("data:,x")] {
            let run = Host::standard().run(request, [answer(status, &[ANY])]);
            assert_eq!(run.code(), ("response", "response-malformed"), "{status}");
        }
    }
    for status in [200, 599, 600, 999] {
        assert_eq!(Host::standard().run(to(SAME), [answer(status, &[])]).response().status(), status);
    }
    let run = Host::standard().run(to(SAME), [answer(1000, &[])]);
    assert!(run.error().reason().facts()[0].1.contains("1000"));
}

#[test]
fn a_line_that_no_http_response_has_makes_the_head_malformed() {
    let lines: [(&[u8], &[u8]); 8] = [
        (b"a", b"b\rc"),
        (b"a", b"b\nc"),
        (b"a", b"\0"),
        (b"access-control-allow-origin", b"*\r\n"),
        (b"", b"b"),
        (b"a b", b"c"),
        (b"a:", b"c"),
        (b"\xe9", b"c"),
    ];
    for line in lines {
        let run = Host::standard().run(to(API), [bytes(200, &[(b"Access-Control-Allow-Origin", b"*"), line])]);
        assert_eq!(run.code(), ("response", "response-malformed"), "{line:?}");
        let redirect = bytes(302, &[(b"Access-Control-Allow-Origin", b"*"), (b"Location", b"/y"), line]);
        assert_eq!(Host::standard().run(to(API), [redirect]).code(), ("response", "response-malformed"));
    }
}

#[test]
fn odd_bytes_in_values_are_bytes() {
    let odd: &[u8] = b"\x01\x0b\x7f\x80\xff \" ,";
    let lines: [(&[u8], &[u8]); 3] =
        [(b"access-control-allow-ORIGIN", b"\t * "), (b"x-a", odd), (b"Access-Control-Expose-Headers", b"x-a")];
    let run = Host::standard().run(to(API), [bytes(200, &lines)]);
    assert_eq!(run.response().header("X-A").as_deref(), Some(odd));
    for value in [&b"\x0b*"[..], b"*\x0c", b"\xc2\xa0*", b"*\x7f"] {
        let run = Host::standard().run(to(API), [bytes(200, &[(b"access-control-allow-origin", value)])]);
        assert_eq!(run.code().1, "allow-origin-mismatch", "{value:?}");
    }
    let run = Host::standard().run(to(API), [bytes(200, &[(b"access-control-allow-origin", b"")])]);
    assert_eq!(run.code().1, "allow-origin-mismatch", "an empty value is there");
}

#[test]
fn duplicate_lines_never_help() {
    for (first, second) in [("*", "*"), ("*", PAGE), (PAGE, PAGE), (PAGE, ""), ("", "*"), ("", PAGE)] {
        let lines = [("Access-Control-Allow-Origin", first), ("access-control-allow-origin", second)];
        let run = Host::standard().run(to(API), [answer(200, &lines)]);
        assert_eq!(run.code().1, "allow-origin-multiple", "{first:?} {second:?}");
    }
    let include = to(API).credentials_mode(CredentialsMode::Include);
    let lines = [FOR_PAGE, ("Access-Control-Allow-Credentials", ""), common::CREDENTIALS];
    assert_eq!(Host::standard().run(include, [answer(200, &lines)]).code().1, "allow-credentials-not-true");
}

#[test]
fn heads_of_every_kind_are_judged_alike() {
    let host = Host::standard();
    let judge = |respond: &dyn Fn(fetch_cors::Exchange<'_>) -> Option<u16>| {
        let mut fetch = host.start(to(API));
        let fetch_cors::Action::SendRequest(exchange) = fetch.action() else { panic!("a request") };
        respond(exchange)
    };
    fn accepted<H: ResponseHead>(exchange: fetch_cors::Exchange<'_>, head: H) -> Option<u16> {
        exchange.respond(head, fetch_cors::Timestamp::ZERO).map(|delivery| delivery.accept().status())
    }
    let mut list = HeaderList::new();
    list.append("Access-Control-Allow-Origin", "*").expect("valid");
    let map = http::HeaderMap::try_from(&list).expect("representable");
    let mut response = http::Response::new("body");
    *response.headers_mut() = map.clone();
    let borrowed: &[(&str, &str)] = &[ANY];
    assert_eq!(judge(&|exchange| accepted(exchange, (200, list.clone()))), Some(200));
    assert_eq!(judge(&|exchange| accepted(exchange, (http::StatusCode::OK, map.clone()))), Some(200));
    assert_eq!(judge(&|exchange| accepted(exchange, &response)), Some(200));
    assert_eq!(judge(&|exchange| accepted(exchange, Box::new((200, vec![ANY])))), Some(200));
    assert_eq!(judge(&|exchange| accepted(exchange, (200, borrowed))), Some(200));
    let (parts, _) = response.clone().into_parts();
    assert_eq!(judge(&|exchange| accepted(exchange, &parts)), Some(200));
    let empty: Head = head(200, &[]);
    assert_eq!(judge(&|exchange| accepted(exchange, &empty)), None);
}

#[test]
fn answers_with_a_great_many_lines_are_judged() {
    let mut lines: Vec<(Vec<u8>, Vec<u8>)> =
        (0..30_000).map(|index| (format!("x-{index}").into_bytes(), b"y".to_vec())).collect();
    lines.push((b"Access-Control-Allow-Origin".to_vec(), b"*".to_vec()));
    let run = Host::standard().run(to(API), [Answer::Head((200, lines.clone()))]);
    assert_eq!(run.response().headers().count(), 0);
    lines.push((b"access-control-allow-origin".to_vec(), b"*".to_vec()));
    let run = Host::standard().run(to(API), [Answer::Head((200, lines))]);
    assert_eq!(run.code().1, "allow-origin-multiple");
}

#[test]
fn requests_that_cannot_be_built() {
    let build = |builder: fetch_cors::RequestBuilder| builder.build().map(|_| ());
    assert_eq!(build(Request::builder(url(API))), Err(RequestError::NoOrigin));
    for method in [&b""[..], b"a b", b"\xff", b"a\n"] {
        assert!(matches!(build(to(API).method(method)), Err(RequestError::InvalidMethod(_))), "{method:?}");
    }
    for (name, value) in
        [(&b""[..], &b"x"[..]), (b"a b", b""), (b"a", b"\0"), (b"a", b"b\r\nc: d"), (b"a", b" b"), (b"a", b"b\t")]
    {
        assert!(matches!(build(to(API).header(name, value)), Err(RequestError::Header(_))), "{name:?} {value:?}");
    }
    let first = build(to(API).method("a b").header("", ""));
    assert_eq!(first, Err(RequestError::InvalidMethod("a b".into())), "the first mistake is told");
    let mut list = HeaderList::new();
    assert_eq!(list.append("a", "b\n"), Err(HeaderError::InvalidValue("a".into())));
    assert!(list.is_empty());
    assert_eq!(build(Request::builder(url(API)).origin(origin(PAGE))), Ok(()));
}

#[test]
fn odd_methods_and_headers_are_preflighted_as_they_are() {
    const ODD: &str = "!#$%&*+-.^_`|~";
    let run = Host::standard().run(to(API).method(ODD).header(ODD, b"\xff\x01"), [allow(ODD, ODD, "60"), ok()]);
    assert_eq!(run.flow()[1], format!("{ODD} https://api.example/x"));
    assert_eq!(run.sent[0].value("access-control-request-headers").as_deref(), Some(ODD));
    let run = Host::standard().run(to(API).method("CONNECT").body(Body::Stream), [allow("CONNECT", "", "0"), ok()]);
    assert_eq!(run.response().body(), ResponseBody::Null, "the API layer keeps it out, not the engine");
}

#[test]
fn names_keep_their_case_on_the_wire() {
    let run = Host::standard().run(to(SAME).header("X-MiXed", "1").header("x-mixed", "2"), [ok()]);
    assert_eq!(&run.last().names()[..2], ["X-MiXed", "X-MiXed"], "the case of the first line");
}

#[test]
fn a_malformed_line_is_seen_behind_a_reference_and_in_a_box() {
    let odd = head(200, &[ANY, ("x-a", "a\0b")]);
    let code = |respond: &dyn Fn(&mut fetch_cors::Fetch)| {
        let mut fetch = Host::standard().start(to(API));
        respond(&mut fetch);
        fetch.network_error().map(|error| error.reason().code())
    };
    let now = Host::standard().now();
    let malformed = Some("response-malformed");
    assert_eq!(code(&|fetch| drop(fetch.exchange().expect("a request").respond(&odd, now))), malformed);
    assert_eq!(
        code(&|fetch| drop(fetch.exchange().expect("a request").respond(Box::new(odd.clone()), now))),
        malformed
    );
    assert_eq!(<&Head as ResponseHead>::malformed_line(&&odd), Some((&b"x-a"[..], &b"a\0b"[..])));
    assert_eq!(Box::new(odd.clone()).malformed_line(), odd.malformed_line());
}
