//! The page "Where engines differ": made from variants, `switches.json` and `browsers.json`.

mod among;
mod beyond;
mod shown;
mod steps;
mod story;

use std::fmt::Write;

use fetch_cors::Profile;

use crate::Failure;
use crate::fixture::read_row;
use crate::run::{self, Case, Kind};
use crate::scenario::{EngineProfile, Scenario};
use crate::switches::{self, Departure, Switch};

const HEAD: &str = "# Where engines differ from the standard and from each other

This page is made from the fixtures, from `fixtures/switches.json` and from `spec-tests/browsers.json` by

```sh
cargo run -p fetch-cors-spec-tests --example engines-page > docs/ENGINES.md
```

A switch is a member of the library's `Profile`. A fixture that comes out differently in an engine has a variant, which
names the switches that make the difference; a test flips each of them and sees the variant fail. The fixtures' hosts are
symbols: `{SUB}` is of the site of `{CLIENT}`, `{ALT}` is of another one.

";

/// The page as Markdown.
///
/// # Errors
/// A fixture or table that does not read.
pub fn page() -> Result<String, Failure> {
    let cases = run::embedded()?;
    let table = switches::embedded()?;
    let mut out = String::from(HEAD);
    // Writing to a text does not fail.
    versions(&cases, &mut out);
    overview(&table, &mut out);
    let rows = scenarios(&cases)?;
    for switch in &table {
        section(switch, &rows, &cases, &mut out)?;
    }
    among::section(&table, &cases, &mut out);
    beyond::section(&mut out)?;
    Ok(out)
}

/// What each profile was checked against, and how many fixtures come out in a way of their own.
fn versions(cases: &[Case], out: &mut String) {
    out.push_str("| profile | checked against | switches | fixtures with a variant |\n|---|---|---|---|\n");
    for engine in EngineProfile::ALL {
        let variants = cases.iter().filter(|case| case.variant(engine).is_some()).count();
        let version = engine.profile().checked_against().unwrap_or("nothing");
        let switches = engine.switches().len();
        let _ = writeln!(out, "| {} | {version} | {switches} | {variants} |", engine.title());
    }
    out.push('\n');
}

/// A row a switch, with the value in each profile.
fn overview(table: &[Switch], out: &mut String) {
    let titles = EngineProfile::ALL.map(EngineProfile::title).join(" | ");
    let _ = writeln!(out, "| switch | standard | {titles} |\n|---|---|---|---|---|");
    for switch in table {
        let values = EngineProfile::ALL.map(|engine| {
            let value = value(&engine.profile(), switch);
            if switch.engines.contains_key(&engine) { format!("**{value}**") } else { value }
        });
        let (name, standard) = (&switch.name, value(&Profile::standard(), switch));
        let _ = writeln!(out, "| [`{name}`](#{name}) | {standard} | {} |", values.join(" | "));
    }
    out.push('\n');
}

fn value(profile: &Profile, switch: &Switch) -> String {
    profile.value_of(&switch.name).unwrap_or_default()
}

fn scenarios(cases: &[Case]) -> Result<Vec<Scenario>, Failure> {
    cases.iter().filter(|case| case.kind == Kind::Scenario).map(|case| read_row(case.row.clone())).collect()
}

fn section(switch: &Switch, rows: &[Scenario], cases: &[Case], out: &mut String) -> Result<(), Failure> {
    let Switch { name, about, engines, .. } = switch;
    let standard = value(&Profile::standard(), switch);
    let _ = writeln!(out, "## `{name}`\n\nIt decides {about}. By the standard: {standard}.\n");
    for (engine, departure) in engines {
        let _ = writeln!(out, "- {}", sentence(*engine, departure));
    }
    shown::section(switch, rows, cases, out)?;
    out.push('\n');
    Ok(())
}

fn sentence(engine: EngineProfile, departure: &Departure) -> String {
    let Departure { value, because, bug, seen, .. } = departure;
    let source = if seen.contains('/') { format!("told by `{seen}`") } else { format!("seen in {seen}") };
    let bug = bug.as_ref().map(|bug| format!(", [issue]({bug})")).unwrap_or_default();
    format!("**{}**, {value}: {because} ({source}{bug})", engine.title())
}

/// An ID, with a link to its file.
fn link(case: &Case) -> String {
    format!("[`{}`](../fixtures/scenarios/{}.json)", case.id(), case.area)
}
