//! Every scenario under the profiles of the engines: variants, and the switches behind them.

use fetch_cors::Profile;
use fetch_cors_spec_tests::fixture::{self, Row, read_row};
use fetch_cors_spec_tests::scenario::{self, EngineProfile, Scenario, VariantModel};
use fetch_cors_spec_tests::switches;
use serde_json::{Value, json};

const RECORD: &str = "where the profile is right, this writes the variants:\n\
    cargo run -p fetch-cors-spec-tests --example record -- --supply --write fixtures/scenarios/*.json";

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
    assert!(failed.is_empty(), "{} failed; {RECORD}\n{}", failed.len(), failed.join("\n"));
}

/// The switches that a variant names make the difference on the standard's profile: all of them, and no other.
#[test]
fn a_variant_names_the_switches_that_matter() {
    let mut wrong = Vec::new();
    for row in rows() {
        for (engine, variant) in variants(&row) {
            let mut tell = |what: &str| wrong.push(format!("{}: {}: {what}", row.id(), engine.name()));
            let holds_with = |switches: &[&String]| {
                let of_engine = |profile, name: &&String| with(profile, name, &value(&engine.profile(), name));
                let profile = switches.iter().fold(Profile::standard(), of_engine);
                scenario::run_steps(&row, &variant.steps, &profile)
            };
            let all: Vec<&String> = variant.switches.iter().collect();
            if let Err(error) = holds_with(&all) {
                tell(&format!("another switch makes a difference: {error}"));
            }
            for left_out in &all {
                let others: Vec<&String> = all.iter().filter(|name| name != &left_out).copied().collect();
                if holds_with(&others).is_ok() {
                    tell(&format!("{left_out} makes no difference"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// With every switch of an engine set back, alone, to the standard's value, some scenario comes out otherwise.
#[test]
fn every_switch_of_an_engine_is_shown() {
    let rows = rows();
    let mut missing = Vec::new();
    for engine in EngineProfile::ALL {
        for (name, of_engine) in engine.switches() {
            match switches::shown_by(&rows, engine, name) {
                Ok(Some(row)) => println!("{}: {name} = {of_engine}: {}", engine.name(), row.id()),
                Ok(None) => missing.push(format!("{}: {name} = {of_engine}", engine.name())),
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(missing.is_empty(), "switches that make no difference to any scenario:\n{}", missing.join("\n"));
}

/// Each variant with the engines that it is for.
fn variants(row: &Scenario) -> impl Iterator<Item = (EngineProfile, &VariantModel)> {
    row.profiles.iter().flat_map(|variant| variant.of.iter().map(move |of| (*of, variant)))
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
