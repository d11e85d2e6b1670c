//! Rows 1 to 4, 6 and 7: single decisions.

use std::hint::black_box;

use fetch_cors::{CorsCheckPassed, CredentialsMode, HeaderList, Profile, Request, SchemePolicy, spec};
use http::{HeaderMap, HeaderValue};
use url::Url;

use super::{bytes, repeated};
use crate::floor::fetch::Origin;
use crate::floor::lines::Line;
use crate::floor::{preflight, request, response};
use crate::input::{self, ALLOWED, ANSWER, Lines, PAGE, SIMPLE, TARGET, UNSAFE, url};
use crate::operation::{Operation, Side, Sides, runner};

/// Rows 1 to 4, 6 and 7.
pub(super) fn operations() -> Vec<Operation> {
    let schemes = SchemePolicy::new;
    vec![
        Operation::new("1 decide a simple GET", 4, move || {
            let request = input::simple(&input::client());
            let engine = {
                let schemes = schemes();
                move || {
                    let request = black_box(&request);
                    let same_origin = request.origin().same_origin_with_url(request.current_url(), &schemes);
                    !same_origin && spec::is_cors_preflight_needed(request)
                }
            };
            let (origin, target) = (Origin::of(&url(PAGE)), url(TARGET));
            let floor = move || {
                let (method, lines, target) = black_box((&b"GET"[..], SIMPLE, &target));
                !origin.is_same(target) && request::is_preflight_needed(method, bytes(lines))
            };
            assert!(!engine() && !floor());
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(1_700, 0),
        Operation::new("2 decide a PUT, and Access-Control-Request-Headers", 4, || {
            let request = input::put(&input::client(), url(TARGET));
            let engine = move || {
                let request = black_box(&request);
                let needed = spec::is_cors_preflight_needed(request);
                needed.then(|| spec::cors_preflight_header_list(request).expect("room"))
            };
            let mut buffer = Vec::with_capacity(256);
            let mut floor = move || {
                let (method, lines) = black_box((&b"PUT"[..], UNSAFE));
                buffer.clear();
                if request::is_preflight_needed(method, bytes(lines)) {
                    let mut names = Names::default();
                    names.write(bytes(lines), &mut buffer);
                }
                buffer.len()
            };
            let names =
                engine().and_then(|list| list.get("access-control-request-headers").map(|value| value.to_vec()));
            assert_eq!(names.map(|names| names.len()), Some(floor()));
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(2_100, 1),
        Operation::new("3 whole preflight request, as lines", 4, || {
            let request = input::put(&input::client(), url(TARGET));
            let engine = move || preflight_lines(black_box(&request));
            let mut buffer = Vec::with_capacity(1024);
            let target = url(TARGET);
            let mut floor = move || {
                let (method, lines, target) = black_box(("PUT", UNSAFE, &target));
                write_preflight(method, target, lines, &mut buffer);
                buffer.clone()
            };
            let text = engine_text(&engine());
            assert_eq!(String::from_utf8_lossy(&text), String::from_utf8_lossy(&floor()));
            let mut buffer = Vec::with_capacity(1024);
            let target = url(TARGET);
            let floor = move || {
                let (method, lines, target) = black_box(("PUT", UNSAFE, &target));
                write_preflight(method, target, lines, &mut buffer);
                buffer.len()
            };
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(2_900, 1),
        Operation::new("3 whole preflight request, as HeaderMap", 4, || {
            let request = input::put(&input::client(), url(TARGET));
            let engine = move || preflight_as_map(black_box(&request));
            let floor = || {
                let (method, lines) = black_box((&b"PUT"[..], UNSAFE));
                let needed = request::is_preflight_needed(method, bytes(lines));
                needed.then(|| preflight_map(method, bytes(lines)))
            };
            assert_eq!(Some(engine()), floor());
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(4_200, 3),
        Operation::new("4 judge a preflight response", 8, || {
            let request = input::put(&input::client(), url(TARGET));
            let engine = move || {
                let profile = Profile::standard();
                let answer = black_box((204, ALLOWED));
                spec::judge_cors_preflight_response(black_box(&request), PAGE, &answer, &profile).ok()
            };
            let floor = || {
                let mut names = Names::default();
                let (method, lines, answer) = black_box((&b"PUT"[..], UNSAFE, ALLOWED));
                let names = names.of(bytes(lines));
                preflight::judge(method, names, PAGE, false, 204, bytes(answer))
            };
            let allowed = floor().expect("allowed");
            assert_eq!(engine(), Some(allowed.max_age));
            assert_eq!((allowed.methods.len(), allowed.names.len()), (4, 8));
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(4_500, 2),
        large(200).reach(1_000_000, 8),
        large(400),
        Operation::new("6 CORS check with credentials", 12, || {
            let engine = || {
                let answer = black_box((200, ANSWER));
                spec::cors_check(PAGE, CredentialsMode::Include, &answer).is_ok()
            };
            let floor = || response::cors_check(PAGE, true, bytes(black_box(ANSWER)));
            assert!(engine() && floor());
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(500, 0),
        Operation::new("7 which headers script sees", 12, || {
            let mode = CredentialsMode::SameOrigin;
            let engine = move |passed| shown(passed, mode);
            let floor = || response::visible(false, bytes(black_box(ANSWER)));
            let lines = spec::cors_filtered_headers(passed(mode), mode, &(200, ANSWER));
            assert_eq!(lines.map(|(name, _)| 1 << place_of(name)).sum::<u64>(), floor());
            Sides::both(Side::new(runner(move || passed(mode), engine)), repeated(floor))
        })
        .reach(2_600, 0),
        Operation::new("1 + 6 + 7 simple GET, its checks alone", 12, || {
            let request = input::simple(&input::client());
            let mode = CredentialsMode::Include;
            let schemes = SchemePolicy::new();
            let engine = move || {
                let request = black_box(&request);
                let same_origin = request.origin().same_origin_with_url(request.current_url(), &schemes);
                let needed = !same_origin && spec::is_cors_preflight_needed(request);
                (needed, shown(passed(mode), mode))
            };
            let (origin, target) = (Origin::of(&url(PAGE)), url(TARGET));
            let floor = move || {
                let (method, lines, target) = black_box((&b"GET"[..], SIMPLE, &target));
                let needed = !origin.is_same(target) && request::is_preflight_needed(method, bytes(lines));
                assert!(response::cors_check(PAGE, true, bytes(black_box(ANSWER))));
                (needed, response::visible(true, bytes(black_box(ANSWER))).count_ones() as usize)
            };
            assert_eq!(engine(), floor());
            Sides::both(repeated(engine), repeated(floor))
        })
        .reach(5_000, 0),
    ]
}

/// Row 7, the proof of row 6 in hand.
fn shown(passed: CorsCheckPassed, mode: CredentialsMode) -> usize {
    spec::cors_filtered_headers(passed, mode, black_box(&(200, ANSWER))).map(black_box).count()
}

fn passed(mode: CredentialsMode) -> CorsCheckPassed {
    spec::cors_check(PAGE, mode, black_box(&(200, ANSWER))).expect("allowed")
}

/// Which line of the answer a name is.
fn place_of(name: &[u8]) -> usize {
    ANSWER.iter().position(|(line, _)| line.as_bytes() == name).expect("a line of the answer")
}

/// Stack space for the usual count of names.
#[derive(Default)]
struct Names<'a> {
    few: [&'a [u8]; 8],
}

impl<'a> Names<'a> {
    /// The unsafe names.
    fn of(&mut self, lines: impl Iterator<Item = Line<'a>>) -> &mut [&'a [u8]] {
        let mut count = 0;
        for (name, value) in lines {
            if !request::is_safelisted(name, value) {
                self.few[count] = name;
                count += 1;
            }
        }
        &mut self.few[..count]
    }

    fn write(&mut self, lines: impl Iterator<Item = Line<'a>> + Clone, value: &mut Vec<u8>) {
        let names = self.of(lines);
        names.sort_unstable_by(|a, b| request::compare(a, b));
        request::write_names(names, value);
    }
}

/// A preflight request's lines, as far as CORS asks for them.
fn preflight_lines(request: &Request) -> HeaderList {
    assert!(spec::is_cors_preflight_needed(request));
    let mut list = spec::cors_preflight_header_list(request).expect("room");
    list.append("Origin", request.origin().serialize()).expect("room");
    list
}

fn preflight_as_map(request: &Request) -> HeaderMap {
    assert!(spec::is_cors_preflight_needed(request));
    let mut map = spec::cors_preflight_header_map(request).expect("room");
    map.insert(http::header::ORIGIN, HeaderValue::from_str(request.origin().serialize()).expect("HTTP's"));
    map
}

fn engine_text(list: &HeaderList) -> Vec<u8> {
    let mut text = b"OPTIONS /v1/items/1234567?fields=all HTTP/1.1\r\nHost: api.page.example\r\n".to_vec();
    for (name, value) in list {
        text.extend([name, b": ", value, b"\r\n"].concat());
    }
    text
}

fn write_preflight(method: &str, target: &Url, lines: Lines, text: &mut Vec<u8>) {
    text.clear();
    if !request::is_preflight_needed(method.as_bytes(), bytes(lines)) {
        return;
    }
    let mut names = Names::default();
    text.extend_from_slice(b"OPTIONS ");
    text.extend_from_slice(target[url::Position::BeforePath..url::Position::AfterQuery].as_bytes());
    text.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    text.extend_from_slice(target[url::Position::BeforeHost..url::Position::AfterPort].as_bytes());
    text.extend_from_slice(b"\r\nAccept: */*\r\nAccess-Control-Request-Method: ");
    text.extend_from_slice(method.as_bytes());
    text.extend_from_slice(b"\r\nAccess-Control-Request-Headers: ");
    names.write(bytes(lines), text);
    text.extend_from_slice(b"\r\nOrigin: ");
    text.extend_from_slice(PAGE.as_bytes());
    text.extend_from_slice(b"\r\n");
}

fn preflight_map<'a>(method: &[u8], lines: impl Iterator<Item = Line<'a>> + Clone) -> HeaderMap {
    let mut names = Names::default();
    let mut value = Vec::with_capacity(128);
    names.write(lines, &mut value);
    let mut map = HeaderMap::with_capacity(4);
    let known = |bytes: &[u8]| HeaderValue::from_bytes(bytes).expect("HTTP's");
    map.insert(http::header::ACCEPT, HeaderValue::from_static("*/*"));
    map.insert(http::header::ACCESS_CONTROL_REQUEST_METHOD, known(method));
    map.insert(http::header::ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::try_from(value).expect("HTTP's"));
    map.insert(http::header::ORIGIN, known(PAGE.as_bytes()));
    map
}

/// Row 4 with many names.
fn large(names: usize) -> Operation {
    Operation::new("4-large judge names asked, ten times as many listed", names as u32, move || {
        let request = input::large_put(&input::client(), names);
        let answer = (204, input::large_answer(names * 10));
        let asked: Vec<String> = (0..names).map(input::large_name).collect();
        let engine = {
            let answer = answer.clone();
            move || {
                let profile = Profile::standard();
                spec::judge_cors_preflight_response(black_box(&request), PAGE, black_box(&answer), &profile).ok()
            }
        };
        let floor = move || {
            let lines = black_box(&asked).iter().map(|name| (name.as_bytes(), &b"1"[..]));
            let names: Vec<&[u8]> =
                lines.filter(|(name, value)| !request::is_safelisted(name, value)).map(|(name, _)| name).collect();
            let lines = black_box(&answer.1).iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            preflight::judge(b"PUT", &names, PAGE, false, answer.0, lines).map(|allowed| allowed.max_age)
        };
        assert!(engine().is_some() && engine() == floor());
        Sides::both(repeated(engine), repeated(floor))
    })
}
