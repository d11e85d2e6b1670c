//! Every scenario under the profiles of the engines: variants, and the switches behind them.

use std::collections::BTreeSet;

use fetch_cors::Profile;
use fetch_cors_spec_tests::fixture::{self, Row, read_row};
use fetch_cors_spec_tests::scenario::{self, EngineProfile, Scenario};
use fetch_cors_spec_tests::switches;
use serde_json::{Value, json};

/// Those whose switches are the profile's.
fn rows() -> Vec<Scenario> {
    let files = fixture::load::<Scenario>().unwrap_or_else(|error| panic!("{error}"));
    files.into_values().flatten().filter(|row| row.config.takes_profile()).collect()
}

fn value(profile: &Profile, switch: &str) -> String {
    profile.value_of(switch).unwrap_or_else(|| panic!("no switch {switch}"))
}

fn with(profile: Profile, switch: &str, value: &str) -> Profile {
    profile.with_switch(switch, value).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_scenario_comes_out_as_it_says_in_every_engine() {
    let rows = rows();
    let mut failed = Vec::new();
    for engine in EngineProfile::ALL {
        let mut variants = 0;
        for row in &rows {
            variants += usize::from(row.variant(engine).is_some());
            if let Err(error) = scenario::run_in(row, engine) {
                failed.push(format!("{}: {}: {error}", engine.name(), row.id()));
            }
        }
        println!("{}: {} scenarios, {variants} variants", engine.name(), rows.len());
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

/// The switches that a variant names make the difference: all of them, and no other.
#[test]
fn a_variant_names_the_switches_that_matter() {
    let mut wrong = Vec::new();
    for row in rows() {
        for (engine, variant) in row.profiles.iter().flat_map(|variant| variant.of.iter().map(move |of| (*of, variant)))
        {
            let mut tell = |what: &str| wrong.push(format!("{}: {}: {what}", row.id(), engine.name()));
            let holds = |profile: &Profile| scenario::run_steps(&row, &variant.steps, profile);
            if holds(&Profile::standard()).is_ok() {
                tell("the standard's profile gives the same");
            }
            let mut only_these = Profile::standard();
            for switch in &variant.switches {
                let (of_engine, of_standard) = (value(&engine.profile(), switch), value(&Profile::standard(), switch));
                if of_engine == of_standard {
                    tell(&format!("{switch} is {of_standard} by the standard too"));
                } else if holds(&with(engine.profile(), switch, &of_standard)).is_ok() {
                    tell(&format!("{switch} makes no difference"));
                }
                only_these = with(only_these, switch, &of_engine);
            }
            if let Err(error) = holds(&only_these) {
                tell(&format!("another switch makes a difference: {error}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// With the test before, each is shown both ways: its variant fails when it is flipped.
#[test]
fn every_switch_of_an_engine_has_a_variant() {
    let mut shown = BTreeSet::new();
    for variant in rows().iter().flat_map(|row| &row.profiles) {
        shown.extend(variant.of.iter().flat_map(|engine| variant.switches.iter().map(|name| (*engine, name.clone()))));
    }
    let mut missing = Vec::new();
    for engine in EngineProfile::ALL {
        let switches = engine.switches();
        println!("{}: {switches:?}", engine.name());
        let unseen = switches.into_iter().filter(|(name, _)| !shown.contains(&(engine, (*name).to_owned())));
        missing.extend(unseen.map(|(name, value)| format!("{}: {name} = {value}", engine.name())));
    }
    assert!(missing.is_empty(), "switches that no scenario has a variant for:\n{}", missing.join("\n"));
}

/// Each difference is in the table with its value, and nothing else is.
#[test]
fn the_table_of_switches_is_that_of_the_profiles() {
    let table = switches::embedded().unwrap_or_else(|error| panic!("{error}"));
    let mut written = Vec::new();
    for switch in &table {
        written.extend(switch.engines.iter().map(|(engine, of)| (*engine, switch.name.clone(), of.value.clone())));
    }
    let mut real = Vec::new();
    for engine in EngineProfile::ALL {
        real.extend(engine.switches().into_iter().map(|(name, value)| (engine, name.to_owned(), value)));
    }
    written.sort();
    real.sort();
    assert_eq!(written, real, "left: switches.json, right: the library");
}

/// A version is the one that the profile was checked against.
#[test]
fn a_version_in_the_table_is_the_profiles() {
    let table = switches::embedded().unwrap_or_else(|error| panic!("{error}"));
    for (engine, departure) in table.iter().flat_map(|switch| &switch.engines) {
        let profile = engine.profile();
        let version = profile.checked_against().unwrap_or_else(|| panic!("{engine:?} was not checked"));
        let is_source = departure.seen.contains('/');
        assert!(is_source || departure.seen == version, "{engine:?}: {} is not {version}", departure.seen);
    }
}

/// Makes a row wrong.
type Change<'a> = &'a dyn Fn(&mut Value);

#[test]
fn a_variant_that_does_not_fit_is_refused() {
    let step = |url: &str, outcome: Value| json!({"fetch": {"url": url}, "exchanges": [], "outcome": outcome});
    let row = json!({
        "id": "example", "wpt": [], "status": "spec-gap", "anchors": ["concept-cors-check"],
        "steps": [step("{SUB}/r", json!({"error": {}}))],
        "profiles": [{"of": ["gecko"], "switches": ["max_age_limit"],
            "steps": [step("{SUB}/r", json!({"response": {}}))]}],
    });
    let read = |change: Change<'_>| {
        let mut row = row.clone();
        change(&mut row);
        read_row::<Scenario>(row)
    };
    let read_as_it_is = read(&|_| {});
    assert!(read_as_it_is.is_ok(), "{read_as_it_is:?}");
    let wrong: [(&str, Change<'_>); 9] = [
        ("of nobody", &|row| row["profiles"][0]["of"] = json!([])),
        ("an engine twice", &|row| row["profiles"][0]["of"] = json!(["gecko", "gecko"])),
        ("an engine that there is not", &|row| row["profiles"][0]["of"] = json!(["presto"])),
        ("no switches", &|row| row["profiles"][0]["switches"] = json!([])),
        ("a switch that there is not", &|row| row["profiles"][0]["switches"] = json!(["max"])),
        ("a switch twice", &|row| row["profiles"][0]["switches"] = json!(["max_age_limit", "max_age_limit"])),
        ("another fetch", &|row| row["profiles"][0]["steps"][0]["fetch"]["method"] = json!("PUT")),
        ("switches of its own", &|row| row["config"] = json!({"max_age_limit": 5})),
        ("an unknown key", &|row| row["profiles"][0]["nobody_reads_this"] = json!(1)),
    ];
    for (what, change) in wrong {
        assert!(read(change).is_err(), "{what}");
    }
    let twice = read(&|row| {
        let variant = row["profiles"][0].clone();
        row["profiles"].as_array_mut().unwrap_or_else(|| panic!("no array")).push(variant);
    });
    assert!(twice.is_err(), "two variants of an engine");
}
