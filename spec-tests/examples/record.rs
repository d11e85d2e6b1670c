//! Writes what engines do otherwise than fixtures say, as variants of the rows.
//!
//! `cargo run -p fetch-cors-spec-tests --example record -- [--profile NAME]... [--id ID]... [--supply] [--write] FILE...`
//!
//! All engines' profiles by default. With `--supply`, what a script has no answer for is allowed. Without `--write`, the
//! variants are printed.

use std::process::ExitCode;

use fetch_cors::Profile;
use fetch_cors_spec_tests::record::{Missing, layout, variants};
use serde_json::Value;

#[derive(Default)]
struct Wish {
    profiles: Vec<Profile>,
    ids: Vec<String>,
    is_supplied: bool,
    is_written: bool,
    files: Vec<String>,
}

fn wish() -> Result<Wish, String> {
    let mut wish = Wish::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} without a value"));
        match word.as_str() {
            "--profile" => {
                let name = value()?;
                wish.profiles.push(Profile::from_name(&name).ok_or_else(|| format!("no profile {name:?}"))?);
            }
            "--id" => wish.ids.push(value()?),
            "--supply" => wish.is_supplied = true,
            "--write" => wish.is_written = true,
            _ => wish.files.push(word),
        }
    }
    if wish.profiles.is_empty() {
        wish.profiles = vec![Profile::chromium(), Profile::gecko(), Profile::webkit()];
    }
    if wish.files.is_empty() { Err("which files?".to_owned()) } else { Ok(wish) }
}

/// Writes one file anew; how many rows cannot be recorded.
fn one(wish: &Wish, path: &str) -> Result<usize, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let mut file: Value = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
    let missing = if wish.is_supplied { Missing::Supply } else { Missing::Refuse };
    let mut failed = 0;
    for row in file["rows"].as_array_mut().into_iter().flatten() {
        let id = row["id"].as_str().unwrap_or_default().to_owned();
        // Such a row runs under its own switches alone.
        let sets_switches = ["profile", "max_age_limit", "authorization_under_wildcard"]
            .iter()
            .any(|switch| row["config"].get(switch).is_some());
        if !wish.ids.is_empty() && !wish.ids.contains(&id) || sets_switches {
            continue;
        }
        match variants::of_row(row, &wish.profiles, missing) {
            Err(why) => {
                eprintln!("{path}: {id}: {why}");
                failed += 1;
            }
            Ok(found) if wish.is_written => variants::put(row, &wish.profiles, found),
            Ok(found) if found.is_empty() => {}
            Ok(found) => {
                variants::put(row, &wish.profiles, found);
                println!("{id}: {}", layout::item(&row["profiles"], 3, 3));
            }
        }
    }
    let new = layout::file(&file);
    if wish.is_written && new != text {
        std::fs::write(path, new).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(failed)
}

fn main() -> ExitCode {
    let all = || -> Result<usize, String> {
        let wish = wish()?;
        wish.files.iter().try_fold(0, |failed, path| Ok(failed + one(&wish, path)?))
    };
    match all() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
