//! Every fixture file against its JSON Schema.

use std::collections::BTreeSet;

use fetch_cors_spec_tests::fixture::{self, NEEDS, Row};
use fetch_cors_spec_tests::scenario::Scenario;
use fetch_cors_spec_tests::table::{FUNCTIONS, TableRow};
use jsonschema::Validator;
use serde_json::{Value, json};

fn read(path: &std::path::Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn schema(folder: &str) -> (Value, Validator) {
    let schema = read(&fixture::root().join("schema").join(folder).with_extension("json"));
    assert!(jsonschema::draft202012::meta::is_valid(&schema), "{folder}: no schema of draft 2020-12");
    let validator = jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{folder}: {error}"));
    (schema, validator)
}

#[test]
fn every_file_is_as_its_schema_says() {
    for folder in [TableRow::FOLDER, Scenario::FOLDER] {
        let (_, validator) = schema(folder);
        for path in fixture::json_files(&fixture::root().join(folder)).unwrap_or_else(|error| panic!("{error}")) {
            let file = read(&path);
            let errors: Vec<String> =
                validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{}:\n{}", path.display(), errors.join("\n"));
            assert_eq!(file["$schema"], json!(format!("../schema/{folder}.json")), "{}", path.display());
        }
    }
}

#[test]
fn the_table_of_switches_is_as_its_schema_says() {
    let (_, validator) = schema("switches");
    let file = read(&fixture::root().join("switches.json"));
    let errors: Vec<String> =
        validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    assert_eq!(file["$schema"], json!("schema/switches.json"));
    for place in ["", "/switches/0", "/switches/0/engines", "/switches/0/engines/webkit"] {
        let mut wrong = file.clone();
        let target = wrong.pointer_mut(place).and_then(Value::as_object_mut);
        target.unwrap_or_else(|| panic!("{place}")).insert("nobody_reads_this".into(), true.into());
        assert!(!validator.is_valid(&wrong), "the schema accepts an unknown key in {place:?}");
    }
}

#[test]
fn the_schemas_name_what_the_code_knows() {
    let words = |value: &Value| -> BTreeSet<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let needs: BTreeSet<String> = NEEDS.iter().map(|(need, _)| (*need).to_owned()).collect();
    for folder in [TableRow::FOLDER, Scenario::FOLDER] {
        let (schema, _) = schema(folder);
        assert_eq!(words(&schema["$defs"]["row"]["properties"]["needs"]["items"]["enum"]), needs, "{folder}");
    }
    let functions: BTreeSet<String> = FUNCTIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let (tables, _) = schema(TableRow::FOLDER);
    assert_eq!(words(&tables["$defs"]["row"]["properties"]["function"]["enum"]), functions);
}

/// A key that nobody knows, in any object of a scenario, makes the schema and the reader refuse it.
#[test]
fn unknown_keys_are_refused_everywhere() {
    let (_, validator) = schema(Scenario::FOLDER);
    let row = json!({
        "id": "example", "wpt": [], "status": "spec-gap", "anchors": ["concept-cors-check"],
        "config": {
            "gates": true, "schemes": {"app": {"standard": true}}, "cache_limits": {"groups": 1},
            "access_list": [{"source": "{CLIENT}", "allow": "{SUB}"}],
        }, "client": {"worker": true}, "steps": [{
            "client": {"worker": true},
            "fetch": {"url": "{SUB}/r", "body": {"source": 1},
                "api": {"potential_cors": {"destination": "image", "crossorigin": null}}},
            "exchanges": [
                {"gate": {"url": "{SUB}/r"}, "answer": {"gate": "proceed"}},
                {"request": {"method": "GET"}, "answer": {"status": 200}},
            ],
            "outcome": {"response": {"status": 200}},
        }, {"fetch": {"url": "{SUB}/r"}, "exchanges": [], "outcome": {"error": {"redirects": 0}}},
            {"clear_cache": {"origin": "{CLIENT}"}}, {"cache": [{
                "partition": null, "origin": "{CLIENT}", "tainted": false, "url": "{SUB}/r", "method": "PUT",
                "credentials": false, "remaining_ms": 1,
            }]}],
    });
    let mut row = row;
    let steps = row["steps"].clone();
    row["profiles"] = json!([{"of": ["gecko"], "switches": ["max_age_limit"], "steps": steps}]);
    let file = |row: &Value| json!({"format": Scenario::FORMAT, "rows": [row]});
    assert!(validator.is_valid(&file(&row)));
    let objects = [
        "",
        "/config",
        "/config/schemes/app",
        "/config/access_list/0",
        "/config/cache_limits",
        "/client",
        "/steps/0",
        "/steps/0/client",
        "/steps/0/fetch",
        "/steps/0/fetch/body",
        "/steps/0/fetch/api",
        "/steps/0/fetch/api/potential_cors",
        "/steps/0/exchanges/0",
        "/steps/0/exchanges/0/gate",
        "/steps/0/exchanges/0/answer",
        "/steps/0/exchanges/1/request",
        "/steps/0/outcome",
        "/steps/0/outcome/response",
        "/steps/1/outcome/error",
        "/steps/2/clear_cache",
        "/steps/3/cache/0",
        "/profiles/0",
        "/profiles/0/steps/0",
    ];
    for place in objects {
        let mut wrong = row.clone();
        let target = wrong.pointer_mut(place).and_then(Value::as_object_mut);
        target.unwrap_or_else(|| panic!("{place}")).insert("nobody_reads_this".into(), true.into());
        assert!(!validator.is_valid(&file(&wrong)), "the schema accepts an unknown key in {place:?}");
        assert!(fixture::read_row::<Scenario>(wrong).is_err(), "the reader accepts an unknown key in {place:?}");
    }
    let mut wrong = file(&row);
    wrong["nobody_reads_this"] = true.into();
    assert!(!validator.is_valid(&wrong));
}
