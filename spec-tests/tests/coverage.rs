//! Which steps of the standard have code, and which algorithms have cases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fetch_cors_spec_tests::fixture::{self, Row};
use fetch_cors_spec_tests::scenario::Scenario;
use fetch_cors_spec_tests::standard::{Mention, ScopeFile, StepsFile, cover, mentions};
use fetch_cors_spec_tests::table::TableRow;
use serde::de::DeserializeOwned;

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("standard").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap_or_else(|error| panic!("{error}")).path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

/// Every mention in the engine's source, with its file.
fn said(scope: &ScopeFile) -> Vec<(String, Mention)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let algorithm = |anchor: &str| {
        let linked = scope.algorithms.iter().find(|(_, scope)| scope.linked_as.iter().any(|other| other == anchor));
        let known = scope.algorithms.contains_key(anchor).then(|| anchor.to_owned());
        // Another definition ends what the comments above it are about.
        Some(known.or_else(|| linked.map(|(known, _)| known.clone())).unwrap_or_else(|| anchor.to_owned()))
    };
    let mut said = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        said.extend(mentions(&text, &algorithm).into_iter().map(|mention| (name.clone(), mention)));
    }
    said
}

fn cases<R: Row>(count: &mut BTreeMap<String, usize>) {
    for row in fixture::load::<R>().unwrap_or_else(|error| panic!("{error}")).into_values().flatten() {
        for anchor in row.anchors() {
            *count.entry(anchor.clone()).or_default() += 1;
        }
    }
}

#[test]
fn every_step_in_scope_has_code_or_a_reason() {
    let (steps, scope): (StepsFile, ScopeFile) = (read("steps.json"), read("scope.json"));
    let said = said(&scope);
    let mut count = BTreeMap::new();
    cases::<Scenario>(&mut count);
    cases::<TableRow>(&mut count);
    let mut wrong = Vec::new();
    let mut sums = [0; 4];
    for (anchor, of_scope) in &scope.algorithms {
        let own: Vec<&(String, Mention)> = said.iter().filter(|(_, mention)| mention.anchor == *anchor).collect();
        let mentions: Vec<&Mention> = own.iter().map(|(_, mention)| mention).collect();
        let coverage = cover(anchor, &steps.algorithms, of_scope, &mentions);
        let mut names: Vec<String> =
            std::iter::once(anchor.clone()).chain(of_scope.linked_as.iter().cloned()).collect();
        names.dedup();
        let cases: usize = names.iter().filter_map(|name| count.get(name)).sum();
        // A link to an algorithm without steps is its code.
        let lengths = [coverage.code.len(), coverage.host.len(), coverage.elsewhere.len(), coverage.missing.len()];
        sums.iter_mut().zip(lengths).for_each(|(sum, length)| *sum += length);
        let [code, host, elsewhere, _] = lengths;
        println!("{anchor}: {code} steps with code, {host} of the host, {elsewhere} elsewhere; {cases} cases");
        if !coverage.host.is_empty() {
            println!("  host: {}", coverage.host.join(" "));
        }
        if !coverage.missing.is_empty() {
            wrong.push(format!("{anchor}: neither code nor reason: {}", coverage.missing.join(" ")));
        }
        if !coverage.stale.is_empty() {
            wrong.push(format!("{anchor}: a reason in scope.json, and code: {}", coverage.stale.join(" ")));
        }
        for (step, line) in &coverage.wrong {
            let file = own.iter().find(|(_, mention)| mention.line == *line && mention.step == *step);
            let place = file.map_or("scope.json", |(file, _)| file.as_str());
            wrong.push(format!("{anchor}: no step {step}: {place}:{line}"));
        }
        if (cases == 0) != of_scope.no_case.is_some() {
            wrong.push(format!("{anchor}: {cases} cases, and why none: {:?}", of_scope.no_case));
        }
        let reasons = of_scope.host.iter().chain(&of_scope.elsewhere);
        wrong.extend(
            reasons.filter(|(_, why)| why.trim().is_empty()).map(|(step, _)| format!("{anchor} {step}: no reason")),
        );
    }
    let [code, host, elsewhere, missing] = sums;
    println!(
        "{} algorithms: {code} steps with code, {host} of the host, {elsewhere} elsewhere",
        scope.algorithms.len()
    );
    assert!(wrong.is_empty(), "{missing} steps missing\n{}", wrong.join("\n"));
}

#[test]
fn the_hashes_are_of_the_algorithms_in_scope() {
    let (steps, scope): (StepsFile, ScopeFile) = (read("steps.json"), read("scope.json"));
    assert!(steps.algorithms.keys().eq(scope.algorithms.keys()));
    let hashes = steps.algorithms.values().flat_map(BTreeMap::values);
    let is_hash = |hash: &String| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    assert!(hashes.clone().all(is_hash) && hashes.count() > 500);
}
