//! The `Headers` class: what a guard refuses, drops and lets through.

use fetch_cors::guard::{ApiRefusal, Headers, HeadersGuard};
use fetch_cors::{HeaderError, HeaderList};

const EVERY_GUARD: [HeadersGuard; 5] = [
    HeadersGuard::None,
    HeadersGuard::Immutable,
    HeadersGuard::Request,
    HeadersGuard::RequestNoCors,
    HeadersGuard::Response,
];

fn list(lines: &[(&str, &str)]) -> HeaderList {
    let mut list = HeaderList::new();
    for (name, value) in lines {
        list.append(name, value).expect("valid");
    }
    list
}

fn names(headers: Headers) -> Vec<String> {
    let list = headers.into_header_list();
    list.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
}

#[test]
fn syntax_comes_before_the_guard() {
    for guard in EVERY_GUARD {
        let mut headers = Headers::new(guard);
        let name = |text: &str| Err(ApiRefusal::Header(HeaderError::InvalidName(text.into())));
        let value = |text: &str| Err(ApiRefusal::Header(HeaderError::InvalidValue(text.into())));
        assert_eq!(headers.append("a b", "1"), name("a b"), "{guard:?}");
        assert_eq!(headers.set("", "1"), name(""), "{guard:?}");
        assert_eq!(headers.delete("a:"), name("a:"), "{guard:?}");
        // By their names, guards would drop these two without a word.
        assert_eq!(headers.append("Cookie", "a\0b"), value("Cookie"), "{guard:?}");
        assert_eq!(headers.set("Set-Cookie", "a\nb"), value("Set-Cookie"), "{guard:?}");
        assert_eq!(names(headers), [""; 0], "{guard:?}");
    }
    let mut sent = HeaderList::new();
    assert!(fetch_cors::guard::xhr_set_request_header(&mut sent, b"Cookie", b"a\0b").is_err());
    assert_eq!(fetch_cors::guard::xhr_set_request_header(&mut sent, b"Cookie", b"ab"), Ok(false));
}

#[test]
fn delete_takes_what_the_guard_lets_it_take() {
    let lines = [("Accept", "a"), ("X-A", "1"), ("Range", "bytes=0-"), ("X-A", "2"), ("Cookie", "c")];
    let without = |guard, name: &str| {
        let mut headers = Headers::with_list(guard, list(&lines));
        headers.delete(name).map(|()| names(headers).join(" "))
    };
    let all = "Accept X-A Range X-A Cookie";
    assert_eq!(without(HeadersGuard::None, "x-A").as_deref(), Ok("Accept Range Cookie"));
    assert_eq!(without(HeadersGuard::None, "cookie").as_deref(), Ok("Accept X-A Range X-A"));
    assert_eq!(without(HeadersGuard::None, "x-b").as_deref(), Ok(all));
    assert_eq!(without(HeadersGuard::Request, "x-a").as_deref(), Ok("Accept Range Cookie"));
    assert_eq!(without(HeadersGuard::Request, "cookie").as_deref(), Ok(all), "forbidden");
    assert_eq!(without(HeadersGuard::Response, "accept").as_deref(), Ok("X-A Range X-A Cookie"));
    assert_eq!(without(HeadersGuard::Immutable, "x-b"), Err(ApiRefusal::Immutable));
    // A change under this guard also takes the privileged Range.
    assert_eq!(without(HeadersGuard::RequestNoCors, "accept").as_deref(), Ok("X-A X-A Cookie"));
    assert_eq!(without(HeadersGuard::RequestNoCors, "range").as_deref(), Ok("Accept X-A X-A Cookie"));
    assert_eq!(without(HeadersGuard::RequestNoCors, "x-a").as_deref(), Ok(all), "neither safelisted nor privileged");
}
