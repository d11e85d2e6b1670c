//! What came of a run, as text for people.

use std::fmt::Write;

use serde_json::json;

use super::check::{Check, Different};
use crate::fixture::Row;
use crate::record::layout;
use crate::scenario::Scenario;

/// A difference, with a file of fixtures that says what the engine does.
pub fn difference(different: &Different) -> String {
    let id = different.row["id"].as_str().unwrap_or_default();
    let note = match (&different.why, different.is_shrunk) {
        (Some(why), _) => format!(", known: {why}"),
        (None, true) => String::new(),
        (None, false) => ", not shrunk".to_owned(),
    };
    let mut out = format!("{id}{note}\n");
    for difference in &different.differences {
        out.push_str(&format!("  {difference}\n"));
    }
    if different.why.is_none() {
        let rows = [&different.row];
        let file = json!({"$schema": "../schema/scenarios.json", "format": Scenario::FORMAT, "rows": rows});
        out.push_str(&layout::file(&file));
        out.push('\n');
    }
    out
}

/// What was skipped, what was not the same twice, and the counts.
pub fn counts(check: &Check) -> String {
    let mut out = String::new();
    // Writing to a text does not fail.
    for (why, count) in &check.skipped {
        let _ = writeln!(out, "{count} skipped: {why}");
    }
    for id in &check.flaky {
        let _ = writeln!(out, "{id} differed once, and not when it ran again");
    }
    let explained = check.different.iter().filter(|different| different.why.is_some()).count();
    let run = check.generated.saturating_sub(check.skipped.values().sum());
    let _ = writeln!(
        out,
        "{}: {} generated ({} with a preflight or redirect, {} delivered), {run} run, {} agreed with the profile {}, {} \
         flaky, {} different ({explained} of them known); seed {}",
        check.name,
        check.generated,
        check.eventful,
        check.delivered,
        check.agreed,
        check.profile,
        check.flaky.len(),
        check.different.len(),
        check.seed,
    );
    out
}
