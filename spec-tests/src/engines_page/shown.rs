//! The fixtures that show a switch.

use std::cmp::Reverse;
use std::fmt::Write;

use serde_json::Value;

use super::{link, story};
use crate::Failure;
use crate::fixture::Row;
use crate::run::Case;
use crate::scenario::{EngineProfile, Scenario};
use crate::switches::{self, Switch};

/// How many fixtures are named before the rest is counted.
const LONGEST_LIST: usize = 8;

/// Names them, and tells what comes of the first of them.
pub(super) fn section(switch: &Switch, rows: &[Scenario], cases: &[Case], out: &mut String) -> Result<(), Failure> {
    let name = &switch.name;
    let mut shows: Vec<&Case> =
        cases.iter().filter(|case| variants(case).any(|variant| names(variant, name))).collect();
    // One that shows nothing else says it most plainly, and of those the one that shows it in most engines.
    shows.sort_by_key(|case| {
        let engines: usize = variants(case).filter(|variant| names(variant, name)).map(engines).sum();
        (!variants(case).all(|variant| is_only(variant, name)), Reverse(engines))
    });
    let Some(first) = shows.first() else { return alone(switch, rows, cases, out) };
    let links: Vec<String> = shows.iter().take(LONGEST_LIST).map(|case| link(case)).collect();
    let more = shows.len().saturating_sub(links.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let first_of = if shows.len() > 1 { ". The first of them:" } else { ":" };
    // Writing to a text does not fail.
    let _ = writeln!(out, "\nShown by {}{more}{first_of}\n", links.join(", "));
    let of_engine = |engine| first.variant(engine).map_or_else(|| steps(&first.row), |case| steps(&case.row));
    story::table(&steps(&first.row), &EngineProfile::ALL.map(of_engine), out);
    Ok(())
}

/// For a switch that only undoes what another one would change, a fixture that shows that.
fn alone(switch: &Switch, rows: &[Scenario], cases: &[Case], out: &mut String) -> Result<(), Failure> {
    for engine in switch.engines.keys() {
        let row = switches::shown_by(rows, *engine, &switch.name)?;
        let Some(case) = row.and_then(|row| cases.iter().find(|case| case.id() == row.id())) else { continue };
        // Writing to a text does not fail.
        let _ = writeln!(out, "\nWithout it, {} would come out otherwise in {}.", link(case), engine.title());
    }
    Ok(())
}

pub(super) fn steps(row: &Value) -> Vec<Value> {
    row["steps"].as_array().cloned().unwrap_or_default()
}

fn variants(case: &Case) -> impl Iterator<Item = &Value> {
    case.row["profiles"].as_array().into_iter().flatten()
}

fn named(variant: &Value) -> &[Value] {
    variant["switches"].as_array().map_or(&[], Vec::as_slice)
}

fn engines(variant: &Value) -> usize {
    variant["of"].as_array().map_or(0, Vec::len)
}

fn names(variant: &Value, switch: &str) -> bool {
    named(variant).iter().any(|name| name == switch)
}

fn is_only(variant: &Value, switch: &str) -> bool {
    named(variant).iter().all(|name| name == switch)
}
