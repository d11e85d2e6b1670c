//! The standard's algorithms by themselves: those that no table of the fixtures calls.

mod common;

use common::{ANY, API, CREDENTIALS, FOR_PAGE, HEADERS, MAX_AGE, METHODS, PAGE, head, origin, to, url};
use fetch_cors::spec::{self, AllowWhitespace};
use fetch_cors::{
    CredentialsMode, EmbedderPolicy, HeaderError, HeaderList, MAX_HEADER_LIST_BYTES, Origin, OriginError, Profile,
    ReferrerPolicy, Request, RequestBuilder, SchemePolicy,
};

fn built(request: RequestBuilder) -> Request {
    request.build().expect("valid")
}

#[test]
fn a_referrer_is_determined_for_a_url() {
    let determine = |source: &str, policy, target: &str| {
        spec::determine_referrer(url(source), policy, &url(target), &SchemePolicy::new())
    };
    let source = "https://u:p@page.example/dir/page?q#f";
    let full = Some("https://page.example/dir/page?q".to_owned());
    let origin = Some("https://page.example/".to_owned());
    let default = ReferrerPolicy::StrictOriginWhenCrossOrigin;
    assert_eq!(determine(source, default, "https://page.example/x"), full);
    assert_eq!(determine(source, default, API), origin);
    assert_eq!(determine(source, default, "http://api.example/"), None);
    assert_eq!(determine(source, ReferrerPolicy::UnsafeUrl, "http://api.example/"), full);
    assert_eq!(determine(source, ReferrerPolicy::NoReferrer, "https://page.example/x"), None);
    assert_eq!(determine("about:blank", ReferrerPolicy::UnsafeUrl, API), None);
}

#[test]
fn a_preflight_is_needed_for_an_unsafe_method_or_header() {
    let needed = |request| spec::is_cors_preflight_needed(&built(request));
    assert!(!needed(to(API)) && !needed(to(API).method("POST").header("content-type", "text/plain")));
    assert!(needed(to(API).method("PUT")) && needed(to(API).header("x-a", "1")));
    assert!(needed(to(API).use_cors_preflight(true)));
}

#[test]
fn the_header_list_of_a_preflight() {
    let lines = |request| -> Vec<String> {
        let list = spec::cors_preflight_header_list(&built(request)).expect("small");
        let line = |(name, value): (&[u8], &[u8])| {
            format!("{}: {}", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
        };
        list.iter().map(line).collect()
    };
    let method = "Access-Control-Request-Method: PUT";
    assert_eq!(lines(to(API).method("PUT")), ["Accept: */*", method]);
    let with_names = to(API).method("PUT").header("X-b", "1").header("accept", "x").header("x-A", "2");
    assert_eq!(lines(with_names), ["Accept: */*", method, "Access-Control-Request-Headers: x-a,x-b"]);
}

#[test]
fn the_headers_of_a_preflight_as_http_has_them() {
    let request = built(to(API).method("PUT").header("X-B", "1").header("x-a", "2"));
    let map = spec::cors_preflight_header_map(&request).expect("HTTP's");
    let lines: Vec<_> = map.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    assert_eq!(
        lines,
        [
            ("accept", &b"*/*"[..]),
            ("access-control-request-method", b"PUT"),
            ("access-control-request-headers", b"x-a,x-b"),
        ]
    );
}

#[test]
fn the_answer_to_a_preflight_is_judged() {
    let request = built(to(API).method("PUT").header("x-a", "1").credentials_mode(CredentialsMode::Include));
    let judge = |status, lines: &[(&str, &str)]| {
        let judged = spec::judge_cors_preflight_response(&request, PAGE, &head(status, lines), &Profile::standard());
        judged.map_err(|reason| reason.code())
    };
    let granted = [FOR_PAGE, CREDENTIALS, (METHODS, "PUT"), (HEADERS, "x-a")];
    assert_eq!(judge(204, &granted), Ok(5));
    assert_eq!(judge(299, &[&granted[..], &[(MAX_AGE, "77")]].concat()), Ok(77));
    assert_eq!(judge(204, &[&granted[..], &[(MAX_AGE, "0")]].concat()), Ok(0));
    assert_eq!(judge(204, &[&granted[..], &[(MAX_AGE, "99999")]].concat()), Ok(7_200));
    assert_eq!(judge(300, &granted), Err("preflight-status-not-ok"));
    assert_eq!(judge(204, &[ANY]), Err("allow-origin-wildcard-with-credentials"));
    assert_eq!(judge(204, &granted[..3]), Err("header-not-allowed"));
}

#[test]
fn the_numbers_of_a_range() {
    let parse = |value: &'static str| {
        let parsed = spec::parse_single_range_header_value(value.as_bytes(), AllowWhitespace::No)?;
        let text = |number: Option<spec::Decimal<'_>>| {
            number.map(|number| String::from_utf8_lossy(number.digits()).into_owned())
        };
        Some((text(parsed.0), text(parsed.1)))
    };
    assert_eq!(parse("bytes=007-0120"), Some((Some("7".into()), Some("120".into()))));
    assert_eq!(parse("bytes=000-"), Some((Some(String::new()), None)), "zero has no digit");
    assert_eq!(
        parse("bytes=-99999999999999999999"),
        Some((None, Some("99999999999999999999".into()))),
        "of any number of digits"
    );
}

#[test]
fn why_a_header_is_unsafe_in_words() {
    let why = |name: &str, value: &str| {
        spec::why_unsafe(name.as_bytes(), value.as_bytes()).map(|why| why.to_string()).unwrap_or_default()
    };
    assert!(why("x-a", "1").starts_with("its name is none of"));
    assert_eq!(why("accept", &"x".repeat(129)), "its value has 129 bytes, more than 128");
    assert_eq!(why("accept", "a(b"), "its value holds the byte 0x28 (()");
    assert_eq!(why("content-type", "text"), "its value is no MIME type");
    assert!(why("content-type", "text/html").starts_with("its essence is none of"));
    assert!(why("range", "bytes=5-1").starts_with("its value is no single range"));
    assert_eq!(why("range", "bytes=-1"), "its range has no start");
    assert_eq!(why("accept", "*/*"), "");
}

#[test]
fn an_origin_is_not_repaired() {
    let repaired = |text: &str| Origin::parse(text) == Err(OriginError::NotOnlyAnOrigin(text.into()));
    for text in [
        " https://a.example",
        "https://a.example\n",
        "https://a.\texample",
        "\u{1}https://a.example",
        "https://a.example\u{1f}",
        "https://a.example\\",
        "https:\\\\a.example",
        "https://a.example:",
    ] {
        assert!(repaired(text), "{text:?}: {:?}", Origin::parse(text));
    }
    assert_eq!(Origin::parse("https://a.example/").expect("valid").serialize(), "https://a.example");
}

#[test]
fn the_input_of_the_resource_policy_check_prints_whom_it_is_about() {
    let (origin, target, schemes) = (origin(PAGE), url(API), SchemePolicy::new());
    let input = spec::CorpInput {
        origin: &origin,
        url: &target,
        embedder_policy: EmbedderPolicy::UnsafeNone,
        embedder_policy_report_only: EmbedderPolicy::UnsafeNone,
        request_includes_credentials: false,
        for_navigation: false,
        schemes: &schemes,
        public_suffix: None,
    };
    let text = format!("{input:?}");
    assert!(text.contains(PAGE) && text.contains(API), "{text}");
}

#[test]
fn a_preflights_list_is_bounded_to_the_byte() {
    // A line takes 8 bytes beside its name and value.
    let bytes = |list: &HeaderList| list.iter().map(|(name, value)| 8 + name.len() + value.len()).sum::<usize>();
    let list = |length: usize| {
        let request = to(API).method("PUT").header("a".repeat(length), "");
        spec::cors_preflight_header_list(&built(request)).map(|list| bytes(&list))
    };
    assert_eq!(MAX_HEADER_LIST_BYTES, 16_777_216);
    let rest = list(1).expect("small") - 1;
    assert_eq!(list(MAX_HEADER_LIST_BYTES - rest), Ok(MAX_HEADER_LIST_BYTES));
    assert_eq!(list(MAX_HEADER_LIST_BYTES - rest + 1), Err(HeaderError::TooLarge));
}

#[test]
fn a_list_of_tokens_contains_them_byte_for_byte() {
    let contains = |token: &str| {
        let head = head(200, &[(METHODS, "PUT,, x"), (METHODS, "Get")]);
        let spec::Extracted::Values(list) = spec::extract_token_list(&head, METHODS) else { panic!("a list") };
        list.contains(token.as_bytes())
    };
    assert!(contains("PUT") && contains("x") && contains("Get"));
    assert!(!contains("put") && !contains("GET") && !contains("") && !contains("PUT,"));
}
