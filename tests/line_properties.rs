//! Properties of the header lines of an answer: what one more, one less or another order of them does.

mod common;
#[path = "common/lines.rs"]
mod lines;

use common::{Answer, Head, Host, Kind, Sent};
use fetch_cors::{CredentialsMode, RequestBuilder};
use lines::{NAMES, VALUES};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// How a cors fetch with this preflight and answer ends: its type or its code, and what is visible.
fn ends(request: RequestBuilder, heads: [&Head; 2]) -> (String, Vec<String>) {
    let host = Host::standard();
    let mut fetch = host.start(request);
    let mut response = None;
    while let (Ok(sent), None) = (Sent::ask(&mut fetch), &response) {
        let head = if sent.kind == Kind::Preflight { heads[0] } else { heads[1] };
        response = host.answer(&mut fetch, Answer::Head(head.clone()));
    }
    match response {
        Some(response) => {
            let line = |(name, value): (&[u8], &[u8])| format!("{}: {}", name.escape_ascii(), value.escape_ascii());
            let mut lines: Vec<String> = response.headers().map(line).collect();
            lines.sort_by_key(|line| line.split(':').next().unwrap_or_default().to_ascii_lowercase());
            (response.response_type().to_string(), lines)
        }
        None => (fetch.network_error().expect("an error").reason().code().to_owned(), Vec::new()),
    }
}

/// A final head without a redirect, whose lines HTTP can carry; half of them allow much.
fn final_heads() -> impl Strategy<Value = Head> {
    let friendly = select(vec!["*", common::PAGE]).prop_map(|origin| {
        vec![
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", "PUT"),
            ("Access-Control-Allow-Headers", "x-a"),
        ]
    });
    let start = prop_oneof![friendly, Just(Vec::new())];
    let more = vec((select(&NAMES[..]), select(&VALUES[..])), 0..5);
    (select(vec![200, 204, 404]), start, more).prop_map(|(status, mut lines, more)| {
        lines.extend(more);
        let bytes = |text: &str| text.as_bytes().to_vec();
        (status, lines.into_iter().map(|(name, value)| (bytes(name), bytes(value))).collect())
    })
}

fn cors_requests() -> impl Strategy<Value = RequestBuilder> {
    (select(vec!["GET", "PUT"]), select(CredentialsMode::ALL), any::<bool>()).prop_map(
        |(method, credentials, header)| {
            let request = common::to(common::API).method(method).credentials_mode(credentials);
            if header { request.header("x-a", "1") } else { request }
        },
    )
}

fn has(head: &Head, wanted: &str) -> bool {
    head.1.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes()))
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn one_more_line_never_turns_a_refusal_into_a_grant(
        request in cors_requests(),
        head in final_heads(),
        name in select(vec!["Access-Control-Allow-Origin", "access-control-allow-CREDENTIALS"]),
        first in select(&VALUES[..]),
        value in select(&VALUES[..]),
        at in any::<prop::sample::Index>(),
    ) {
        // Without such a line the first one may grant, of course.
        let mut head = head;
        if !has(&head, name) {
            head.1.push((name.as_bytes().to_vec(), first.as_bytes().to_vec()));
        }
        let mut more = head.clone();
        more.1.insert(at.index(head.1.len() + 1), (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
        let before = ends(request.clone(), [&head, &head]).0;
        let after = ends(request, [&more, &more]).0;
        prop_assert!(before == "cors" || after != "cors", "{before} became {after}");
    }

    #[test]
    fn the_order_of_lines_of_different_names_does_not_matter(
        request in cors_requests(),
        head in final_heads(),
        keys in vec(any::<u32>(), NAMES.len()),
    ) {
        let mut shuffled = head.clone();
        // A stable sort by a random key of the name keeps lines of one name in order.
        shuffled.1.sort_by_key(|(name, _)| {
            let index = NAMES.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(name));
            keys[index.expect("one of the list")]
        });
        prop_assert_eq!(ends(request.clone(), [&head, &head]), ends(request, [&shuffled, &shuffled]));
    }

    #[test]
    fn a_response_without_the_header_is_never_shown(request in cors_requests(), mut head in final_heads()) {
        head.1.retain(|(name, _)| !name.eq_ignore_ascii_case(b"access-control-allow-origin"));
        prop_assert_eq!(ends(request, [&head, &head]).0, "allow-origin-missing");
    }

    #[test]
    fn credentials_need_more_than_none(head in final_heads(), method in select(vec!["GET", "PUT"])) {
        // What is granted with credentials is granted without, but for a method or header named `*`.
        let request = |mode| common::to(common::API).method(method).credentials_mode(mode).header("x-a", "1");
        let (with, _) = ends(request(CredentialsMode::Include), [&head, &head]);
        let (without, _) = ends(request(CredentialsMode::Omit), [&head, &head]);
        prop_assert!(with != "cors" || without == "cors");
    }
}
