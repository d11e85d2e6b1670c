//! Generated scenarios, without a browser: an engine with another profile plays one.

use fetch_cors::Profile;
use fetch_cors_spec_tests::fixture::read_row;
use fetch_cors_spec_tests::generate::{Known, Limits, check, counts, difference, scenario};
use fetch_cors_spec_tests::record::{self, Missing};
use fetch_cors_spec_tests::run::{Case, Runner, Target, Verdict};
use fetch_cors_spec_tests::scenario::Scenario;
use serde_json::json;

/// The engine with a profile, as if it were a browser.
struct Played(Profile);

impl Target for Played {
    fn name(&self) -> String {
        "played".to_owned()
    }
    fn start(&self) -> Result<Box<dyn Runner>, String> {
        Ok(Box::new(Self(self.0.clone())))
    }
}

impl Runner for Played {
    fn run(&mut self, case: &Case) -> Verdict {
        let steps =
            read_row::<Scenario>(case.row.clone()).and_then(|_| record::steps(&case.row, &self.0, Missing::Supply));
        Verdict::of_result(&steps.and_then(|steps| {
            if steps == case.row["steps"] { Ok(()) } else { Err("it does something else".to_owned()) }
        }))
    }
}

#[test]
fn a_seed_and_a_number_make_one_scenario() {
    for number in 0..200 {
        assert_eq!(scenario(7, number), scenario(7, number));
    }
    assert_ne!(scenario(7, 1), scenario(7, 2));
    assert_ne!(scenario(7, 1), scenario(8, 1));
}

/// Most scenarios have something to look at, and about half end with a response.
#[test]
fn scenarios_are_of_all_kinds() {
    let agreed = check(
        &Played(Profile::standard()),
        &Profile::standard(),
        (3, 300),
        Limits::default(),
        &[],
        &|_, _| {},
        &mut |_| {},
    )
    .unwrap_or_else(|error| panic!("{error}"));
    println!("{}", counts(&agreed));
    assert_eq!(agreed.agreed, 300);
    assert!(agreed.is_as_expected());
    assert!(agreed.eventful > 180, "{}", agreed.eventful);
    assert!((100..220).contains(&agreed.delivered), "{}", agreed.delivered);
}

#[test]
fn a_difference_is_shrunk_to_what_it_takes() {
    let played = Profile::standard()
        .with_switch("authorization_under_wildcard", "allowed")
        .unwrap_or_else(|error| panic!("{error}"));
    let limits = Limits { runs: 2000, ..Limits::default() };
    let run = |known: &[Known]| {
        check(&Played(played.clone()), &Profile::standard(), (5, 700), limits, known, &|_, _| {}, &mut |_| {})
            .unwrap_or_else(|error| panic!("{error}"))
    };
    let found = run(&[]);
    assert!(!found.different.is_empty() && !found.is_as_expected());
    for different in &found.different {
        let steps = different.row["steps"].as_array().map_or(&[][..], Vec::as_slice);
        let [step] = steps else { panic!("{}", different.row) };
        let fetch = step["fetch"].as_object().unwrap_or_else(|| panic!("{step}"));
        assert!(fetch.keys().all(|key| key == "url" || key == "headers"), "{step}");
        assert_eq!(fetch["headers"].as_array().map(Vec::len), Some(1), "{step}");
        let answer = &step["exchanges"][0]["answer"];
        let allowed = answer["headers"].as_array().map_or(0, Vec::len);
        assert!(allowed == 2 && answer["headers"][1][1] == "*", "{step}");
    }
    let known = json!({"contains": ["uthorization", "[\"access-control-allow-headers\", \"*\"]"], "why": "a star"});
    let known: Known = serde_json::from_value(known).unwrap_or_else(|error| panic!("{error}"));
    let explained = run(std::slice::from_ref(&known));
    assert!(explained.is_as_expected());
    assert!(explained.different.iter().all(|different| difference(different).contains("known: a star")));
    let all = format!("{0} different ({0} of them known)", explained.different.len());
    assert!(counts(&explained).contains(&all), "{}", counts(&explained));
}
