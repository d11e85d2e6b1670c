//! Lists which steps of the standard changed since the pinned commit, or writes the hashes anew.
//!
//! `cargo run -p fetch-cors-spec-tests --example standard-steps -- path/to/fetch.bs [--write COMMIT]`

use std::path::Path;
use std::process::ExitCode;

use fetch_cors_spec_tests::standard::{ScopeFile, Steps, StepsFile, read};
use serde_json::json;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match texts[..] {
        [source] => compare(source),
        [source, "--write", commit] => write(source, commit).map(|()| true),
        _ => Err("usage: standard-steps PATH [--write COMMIT]".to_owned()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            println!("standard-steps: {error}");
            ExitCode::from(2)
        }
    }
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("standard")
}

/// The hashes of the algorithms in scope.
fn of_scope(source: &str) -> Result<Steps, String> {
    let text = std::fs::read_to_string(source).map_err(|error| format!("{source}: {error}"))?;
    let scope = std::fs::read_to_string(folder().join("scope.json")).map_err(|error| error.to_string())?;
    let scope: ScopeFile = serde_json::from_str(&scope).map_err(|error| format!("scope.json: {error}"))?;
    Ok(read(&text).into_iter().filter(|(anchor, _)| scope.algorithms.contains_key(anchor)).collect())
}

fn write(source: &str, commit: &str) -> Result<(), String> {
    let file = json!({"version": 1, "commit": commit, "algorithms": of_scope(source)?});
    let text = serde_json::to_string_pretty(&file).map_err(|error| error.to_string())?;
    std::fs::write(folder().join("steps.json"), format!("{text}\n")).map_err(|error| error.to_string())
}

/// Prints what changed; whether nothing did.
fn compare(source: &str) -> Result<bool, String> {
    let now = of_scope(source)?;
    let text = std::fs::read_to_string(folder().join("steps.json")).map_err(|error| error.to_string())?;
    let pinned: StepsFile = serde_json::from_str(&text).map_err(|error| format!("steps.json: {error}"))?;
    let mut changes: usize = 0;
    let mut tell = |anchor: &str, step: &str, what: &str| {
        println!("{anchor} {step}: {what}");
        changes += 1;
    };
    for (anchor, steps) in &pinned.algorithms {
        let Some(new) = now.get(anchor) else {
            tell(anchor, "", "is gone");
            continue;
        };
        for (step, hash) in steps {
            match new.get(step) {
                Some(other) if other == hash => {}
                // The text may stand under another number.
                other => match new.iter().find(|(_, moved)| *moved == hash) {
                    Some((place, _)) => tell(anchor, step, &format!("moved to {place}")),
                    None if other.is_some() => tell(anchor, step, "changed"),
                    None => tell(anchor, step, "is gone"),
                },
            }
        }
        let added =
            new.iter().filter(|(step, hash)| !steps.contains_key(*step) && !steps.values().any(|old| old == *hash));
        added.for_each(|(step, _)| tell(anchor, step, "is new"));
    }
    println!("{changes} changes since {}", pinned.commit);
    Ok(changes == 0)
}
