//! The oracle against the engine, on generated sequences of fetches.
//!
//! `ORACLE_SEQUENCES=1000000 cargo test --release --test oracle` runs longer. A sequence on which the two
//! differ is shrunk, its seed is kept in `proptest-regressions/`, and it is written as a file of fixtures.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use fetch_cors_spec_tests::fixture::read_row;
use fetch_cors_spec_tests::oracle::host::Kind;
use fetch_cors_spec_tests::oracle::rules::Fault;
use fetch_cors_spec_tests::oracle::scenario as oracle_scenario;
use fetch_cors_spec_tests::oracle::versus::compare::{compare, compare_with};
use fetch_cors_spec_tests::oracle::versus::generate::{FetchSeeds, Seeds, sequence};
use fetch_cors_spec_tests::oracle::versus::moment::{Event, Moment};
use fetch_cors_spec_tests::oracle::versus::{engine, fixture, plan::Sequence};
use fetch_cors_spec_tests::scenario::{self, Scenario};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestError, TestRng, TestRunner};
use serde_json::Value;

/// Sequences of a run without `ORACLE_SEQUENCES`.
const SEQUENCES: u32 = 20_000;

fn bytes<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    prop::array::uniform(any::<u8>())
}

fn seeds() -> impl Strategy<Value = Seeds> {
    let answers = prop::collection::vec(bytes(), 0..7);
    let fetch =
        (bytes(), bytes(), answers).prop_map(|(before, request, answers)| FetchSeeds { before, request, answers });
    let fetches = prop::collection::vec(fetch, 1..5);
    (bytes(), fetches).prop_map(|(settings, fetches)| Seeds { settings, fetches })
}

/// What a moment counts as.
fn label(event: &Event) -> String {
    match event {
        Event::Exchange(wire) if wire.kind == Kind::Preflight => "preflight".to_owned(),
        Event::Exchange(wire) => format!("{:?} after {} redirects", wire.kind, wire.redirect_count.min(2)),
        Event::Gate(_) => "gate".to_owned(),
        Event::Worker(_) => "service worker".to_owned(),
        Event::Response(seen) => format!("response {}", seen.response_type),
        Event::Error(error) => format!("error {} {}", error.stage, error.reason),
        Event::NoManualRedirect => "no manual redirect".to_owned(),
        Event::Step => "step".to_owned(),
    }
}

#[derive(Default)]
struct Counts(RefCell<BTreeMap<String, u32>>);

impl Counts {
    fn add(&self, label: impl Into<String>) {
        *self.0.borrow_mut().entry(label.into()).or_default() += 1;
    }

    fn add_all(&self, sequence: &Sequence, moments: &[Moment]) {
        self.add(if sequence.is_letter { "profile letter" } else { "profile standard" });
        self.add(if sequence.limits.is_some() { "eviction on" } else { "eviction off" });
        for moment in moments {
            self.add(label(&moment.event));
            if !moment.cache.is_empty() {
                self.add("with something cached");
            }
        }
    }
}

#[test]
fn engine_and_oracle_agree() {
    let sequences =
        std::env::var("ORACLE_SEQUENCES").ok().map(|text| text.parse().expect("ORACLE_SEQUENCES is a number"));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/oracle.txt");
    let config = Config {
        cases: sequences.unwrap_or(SEQUENCES),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let counts = Counts::default();
    let result = TestRunner::new(config).run(&seeds(), |seeds| {
        let sequence = sequence(&seeds);
        let moments = compare(&sequence).map_err(TestCaseError::fail)?;
        counts.add_all(&sequence, &moments);
        Ok(())
    });
    if let Err(TestError::Fail(why, seeds)) = &result {
        let sequence = sequence(seeds);
        let path = write_fixture(&sequence);
        panic!("{why}\n{sequence:#?}\nAs a file of fixtures, to be added as it is: {path}");
    }
    result.expect("no sequence is thrown away");
    let counts = counts.0.into_inner();
    println!("{counts:#?}");
    let unseen: Vec<&&str> = SEEN_IN_EVERY_RUN.iter().filter(|label| !counts.contains_key(**label)).collect();
    assert!(unseen.is_empty(), "no sequence came to {unseen:?}");
}

/// Writes a sequence as a file of fixtures; where it is.
fn write_fixture(sequence: &Sequence) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{sequence:?}").hash(&mut hasher);
    let id = &format!("generated-{:016x}", hasher.finish());
    let file = fixture::file(id, sequence, &engine::run(sequence));
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{id}.json"));
    let text = serde_json::to_string_pretty(&file).expect("a document");
    std::fs::write(&path, text).expect("the target folder can be written");
    path.display().to_string()
}

/// Sequences become fixtures that hold with both; those of an altered oracle, on which the two differ,
/// become fixtures that the engine fails.
#[test]
fn a_sequence_becomes_a_fixture() {
    let schema = fetch_cors_spec_tests::fixture::root().join("schema/scenarios.json");
    let schema = std::fs::read_to_string(schema).expect("the schema");
    let schema = serde_json::from_str(&schema).expect("the schema");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema");
    let read = |file: &Value| {
        read_row::<Scenario>(file["rows"][0].clone()).unwrap_or_else(|error| panic!("{error}\n{file:#}"))
    };
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
    );
    let strategy = seeds();
    let mut differing = BTreeMap::new();
    for _ in 0..600 {
        let seeds = strategy.new_tree(&mut runner).expect("a sequence").current();
        let mut sequence = sequence(&seeds);
        let moments = engine::run(&sequence);
        let file = fixture::file("generated", &sequence, &moments);
        let errors: Vec<_> =
            validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{file:#}");
        let row = read(&file);
        scenario::run(&row).unwrap_or_else(|error| panic!("engine: {error}\n{sequence:#?}"));
        if sequence.limits.is_none() {
            oracle_scenario::run(&row).unwrap_or_else(|error| panic!("oracle: {error}\n{sequence:#?}"));
        }
        for fault in Fault::ALL {
            sequence.rules.fault = Some(fault);
            if let Err(why) = compare_with(&sequence, &moments) {
                let is_failure = scenario::run(&read(&fixture::file("altered", &sequence, &moments))).is_err();
                // With bounds the altered oracle follows what the engine holds. And a difference in the cache
                // alone may be over before the fetch is, after which a fixture looks at it.
                let may_pass = sequence.limits.is_some() || why.contains("\n  upon ");
                assert!(is_failure || may_pass, "{fault:?}: the engine passes\n{why}\n{sequence:#?}");
                *differing.entry(format!("{fault:?}")).or_insert(0) += u32::from(is_failure);
            }
        }
    }
    println!("{differing:#?}");
    let shown = differing.values().filter(|failures| **failures > 0).count();
    assert!(shown >= 20, "faults that made a fixture fail: {differing:?}");
}

/// What 20,000 sequences always come to.
const SEEN_IN_EVERY_RUN: &[&str] = &[
    "error before-request bad-port",
    "error before-request gate-blocked",
    "error before-request keepalive-quota",
    "error before-request local-urls-only",
    "error before-request no-cors-needs-follow",
    "error before-request same-origin-mode-blocked",
    "error before-request scheme-not-http",
    "error preflight aborted",
    "error preflight allow-credentials-not-true",
    "error preflight allow-headers-unparsable",
    "error preflight allow-methods-unparsable",
    "error preflight allow-origin-mismatch",
    "error preflight allow-origin-missing",
    "error preflight allow-origin-multiple",
    "error preflight allow-origin-wildcard-with-credentials",
    "error preflight authorization-not-named",
    "error preflight header-not-allowed",
    "error preflight method-not-allowed",
    "error preflight preflight-network-failure",
    "error preflight preflight-redirected",
    "error preflight preflight-status-not-ok",
    "error preflight proxy-authentication-required",
    "error preflight response-malformed",
    "error redirect allow-credentials-not-true",
    "error redirect allow-origin-mismatch",
    "error redirect allow-origin-missing",
    "error redirect allow-origin-multiple",
    "error redirect allow-origin-wildcard-with-credentials",
    "error redirect redirect-body-not-replayable",
    "error redirect redirect-has-credentials",
    "error redirect redirect-limit",
    "error redirect redirect-location-invalid",
    "error redirect redirect-mode-error",
    "error redirect redirect-scheme-not-http",
    "error redirect resource-policy-blocked",
    "error response aborted",
    "error response allow-credentials-not-true",
    "error response allow-origin-mismatch",
    "error response allow-origin-missing",
    "error response allow-origin-multiple",
    "error response allow-origin-wildcard-with-credentials",
    "error response authentication-body-not-replayable",
    "error response mime-type",
    "error response network-failure",
    "error response nosniff",
    "error response proxy-authentication-required",
    "error response resource-policy-blocked",
    "error response response-malformed",
    "error response scheme-fetch-failure",
    "error response service-worker-response",
    "response basic",
    "response cors",
    "response opaque",
    "response opaqueredirect",
    "Request after 2 redirects",
];

/// An oracle with one rule switched off must be found out, or the comparison proves little.
#[test]
fn an_altered_oracle_is_found_out() {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
    );
    let strategy = seeds();
    let mut hidden = Fault::ALL.to_vec();
    let mut found = Vec::new();
    for number in 1..=SEQUENCES {
        let seeds = strategy.new_tree(&mut runner).expect("a sequence").current();
        let mut sequence = sequence(&seeds);
        let moments = engine::run(&sequence);
        hidden.retain(|fault| {
            sequence.rules.fault = Some(*fault);
            let is_hidden = compare_with(&sequence, &moments).is_ok();
            if !is_hidden {
                found.push((number, *fault));
            }
            is_hidden
        });
        if hidden.is_empty() {
            break;
        }
    }
    println!("{found:#?}");
    assert!(hidden.is_empty(), "{SEQUENCES} sequences do not tell {hidden:?}");
}

/// The oracle itself, on cases whose result is plain from the standard.
mod sane {
    use fetch_cors_spec_tests::oracle::header_list::{HeaderList, get_decode_and_split};
    use fetch_cors_spec_tests::oracle::host::Wire;
    use fetch_cors_spec_tests::oracle::infra::Bytes;
    use fetch_cors_spec_tests::oracle::mime::extract_essence;
    use fetch_cors_spec_tests::oracle::origin::{Origin, toy_registrable_domain};
    use fetch_cors_spec_tests::oracle::request::Request;
    use fetch_cors_spec_tests::oracle::request_headers::{
        cors_unsafe_request_header_names, parse_single_range_header_value,
    };
    use fetch_cors_spec_tests::oracle::rules::{Rules, Switches};
    use fetch_cors_spec_tests::oracle::versus::moment::{Event, Moment, Seen};
    use fetch_cors_spec_tests::oracle::versus::plan::{AnswerPlan, FetchPlan, Piece, Sequence, Step};
    use fetch_cors_spec_tests::oracle::versus::script;
    use url::Url;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn rules(switches: Switches) -> Rules {
        Rules { suffix_list: Some(toy_registrable_domain), ..Rules::new(switches) }
    }

    /// What `fetch()` makes of a method and headers, on a page of `https://a.example`.
    fn request(method: &str, to: &str, headers: &[(&str, &str)]) -> Request {
        let mut request = Request::new(url(to));
        request.method = method.into();
        request.origin = Some(Origin::of(&url("https://a.example"), &rules(Switches::letter())));
        request.mode = "cors";
        request.unsafe_request = true;
        for (name, value) in headers {
            request.header_list.append(name, value);
        }
        request
    }

    fn fetch(request: Request, answers: Vec<AnswerPlan>) -> Step {
        Step::Fetch(Box::new(FetchPlan {
            request,
            answers,
            gates: Vec::new(),
            workers: Vec::new(),
            manual_redirects: 0,
        }))
    }

    /// An answer that allows everything, and for a request has these lines too.
    fn answer(status: u16, lines: &[(&str, &str)]) -> AnswerPlan {
        let mut plan = AnswerPlan::simple();
        plan.request.status = status;
        let lines = lines.iter().map(|(name, value)| ((*name).to_owned(), vec![Piece::Text((*value).to_owned())]));
        plan.request.lines.extend(lines);
        plan
    }

    fn run(switches: Switches, steps: Vec<Step>) -> Vec<Moment> {
        let is_letter = switches == Switches::letter();
        script::run(&Sequence { is_letter, rules: rules(switches), limits: None, steps }, None)
    }

    fn wires(moments: &[Moment]) -> Vec<&Wire> {
        let wires = moments.iter().map(|moment| match &moment.event {
            Event::Exchange(wire) => Some(&**wire),
            _ => None,
        });
        wires.flatten().collect()
    }

    fn response(moments: &[Moment]) -> &Seen {
        match moments.last().map(|moment| &moment.event) {
            Some(Event::Response(seen)) => seen,
            other => panic!("no response: {other:?}"),
        }
    }

    fn reason(moments: &[Moment]) -> (&str, &str) {
        match moments.last().map(|moment| &moment.event) {
            Some(Event::Error(error)) => (error.stage, error.reason),
            other => panic!("no network error: {other:?}"),
        }
    }

    fn value(wire: &Wire, name: &str) -> Option<String> {
        wire.lines.get(name).map(|value| String::from_utf8(value).expect("text"))
    }

    #[test]
    fn a_simple_request_has_an_origin_and_shows_what_is_safelisted() {
        let get = request("GET", "https://b.example/", &[]);
        let moments = run(
            Switches::standard(),
            vec![fetch(get, vec![answer(200, &[("X-Secret", "1"), ("Content-Type", "text/plain")])])],
        );
        let [wire] = wires(&moments)[..] else { panic!("one request") };
        assert_eq!(value(wire, "origin").as_deref(), Some("https://a.example"));
        assert_eq!(value(wire, "sec-fetch-site").as_deref(), Some("cross-site"));
        assert!(!wire.include_credentials);
        let lines = [(Bytes::from(*b"Content-Type"), Bytes::from(*b"text/plain"))];
        assert_eq!((response(&moments).response_type, &response(&moments).lines.0[..]), ("cors", &lines[..]));
    }

    #[test]
    fn a_preflight_is_remembered_for_its_max_age() {
        let put = || fetch(request("PUT", "https://b.example/", &[("X-B", ""), ("X-A", "")]), vec![]);
        let moments =
            run(Switches::standard(), vec![put(), put(), Step::Advance(4999), put(), Step::Advance(1), put()]);
        let methods: Vec<&str> = wires(&moments).iter().map(|wire| &wire.method[..]).collect();
        assert_eq!(methods, ["OPTIONS", "PUT", "PUT", "PUT", "OPTIONS", "PUT"]);
        let preflight = wires(&moments)[0];
        assert_eq!(value(preflight, "access-control-request-method").as_deref(), Some("PUT"));
        assert_eq!(value(preflight, "access-control-request-headers").as_deref(), Some("x-a,x-b"));
        assert_eq!(value(preflight, "accept").as_deref(), Some("*/*"));
    }

    #[test]
    fn a_failure_behind_a_preflight_clears_what_it_stored() {
        let mut refusal = AnswerPlan::simple();
        refusal.request.lines.clear();
        let put = request("PUT", "https://b.example/", &[]);
        let moments = run(Switches::standard(), vec![fetch(put, vec![AnswerPlan::simple(), refusal])]);
        assert_eq!(reason(&moments), ("response", "allow-origin-missing"));
        let entries: Vec<usize> = moments.iter().map(|moment| moment.cache.len()).collect();
        // The method, and `x-a`, which the answer names if it was asked for nothing.
        assert_eq!(entries, [0, 2, 0]);
    }

    #[test]
    fn credentials_want_the_very_origin() {
        let mut include = request("GET", "https://b.example/", &[]);
        include.credentials_mode = "include";
        let mut wildcard = AnswerPlan::simple();
        wildcard.request.lines[0].1 = vec![Piece::Text("*".to_owned())];
        let moments = run(Switches::letter(), vec![fetch(include, vec![wildcard])]);
        assert!(wires(&moments)[0].include_credentials);
        assert_eq!(reason(&moments), ("response", "allow-origin-wildcard-with-credentials"));
    }

    #[test]
    fn a_redirect_from_another_origin_hides_the_page_and_its_authorization() {
        let put = request("POST", "https://b.example/", &[("Authorization", "x"), ("Content-Type", "x/y")]);
        let moments = run(
            Switches::standard(),
            vec![fetch(put, vec![AnswerPlan::simple(), answer(302, &[("Location", "https://c.test/")])])],
        );
        let [_, post, get] = wires(&moments)[..] else { panic!("a preflight and two requests") };
        assert_eq!(value(post, "origin").as_deref(), Some("https://a.example"));
        assert_eq!((&post.method[..], value(post, "authorization").is_some()), ("POST", true));
        assert_eq!(value(get, "origin").as_deref(), Some("null"));
        assert_eq!((&get.method[..], value(get, "authorization"), value(get, "content-type")), ("GET", None, None));
        assert_eq!(response(&moments).redirect_taint, "cross-site");
    }

    #[test]
    fn opaque_origins_share_a_cache_entry_by_the_letter_only() {
        let preflights = |switches| {
            let put = |identity| {
                let mut put = request("PUT", "https://b.example/", &[]);
                put.origin = Some(Origin::Opaque(identity));
                fetch(put, vec![])
            };
            wires(&run(switches, vec![put(1), put(2)])).iter().filter(|wire| wire.method == "OPTIONS").count()
        };
        assert_eq!((preflights(Switches::letter()), preflights(Switches::standard())), (1, 2));
    }

    #[test]
    fn the_safelist_ends_at_128_bytes_a_header_and_1024_in_all() {
        let names = |lengths: &[usize]| {
            let lines = lengths.iter().map(|length| (b"Accept".to_vec(), vec![b'a'; *length])).collect();
            cors_unsafe_request_header_names(&HeaderList(lines), &Rules::new(Switches::letter()))
        };
        assert_eq!((names(&[128; 1]).len(), names(&[129; 1]).len()), (0, 1));
        assert_eq!((names(&[128; 8]).len(), names(&[128, 128, 128, 128, 128, 128, 128, 128, 1]).len()), (0, 1));
    }

    #[test]
    fn values_are_read_as_in_the_standards_examples() {
        let split = |value: &str| get_decode_and_split(value.as_bytes());
        assert_eq!(split("nosniff,"), ["nosniff", ""]);
        assert_eq!(split(""), [""]);
        assert_eq!(split("text/html;\", x/x"), ["text/html;\", x/x"]);
        assert_eq!(split("x/x;test=\"hi\",y/y"), ["x/x;test=\"hi\"", "y/y"]);
        assert_eq!(split("x / x,,,1"), ["x / x", "", "", "1"]);
        assert_eq!(split("\"1,2\", 3"), ["\"1,2\"", "3"]);
        let essence = |values: &[&str]| {
            let line = |value: &&str| (b"content-type".to_vec(), value.as_bytes().to_vec());
            extract_essence(&HeaderList(values.iter().map(line).collect()))
        };
        assert_eq!(essence(&["text/plain;charset=gbk, text/html"]).as_deref(), Some("text/html"));
        assert_eq!(essence(&["text/html", "*/*"]).as_deref(), Some("text/html"));
        assert_eq!(essence(&["text/html", "cannot-parse"]).as_deref(), Some("text/html"));
        assert_eq!(essence(&[""]), None);
        let range = |value: &str| parse_single_range_header_value(value.as_bytes(), false);
        assert_eq!(range("bytes=0-"), Some((Some("0".to_owned()), None)));
        assert_eq!(range("bytes=-500"), Some((None, Some("500".to_owned()))));
        assert_eq!((range("bytes=5-3"), range("bytes =0-"), range("bytes=-")), (None, None, None));
    }
}
