//! A run as text for people.

use std::fmt::Write;

use serde_json::json;

use super::check::Check;
use crate::fixture::Row;
use crate::record::layout;
use crate::scenario::Scenario;

/// The differences, each with a file of fixtures that says what the engine does, and the counts.
pub fn text(check: &Check) -> String {
    let mut out = String::new();
    // Writing to a text does not fail.
    for different in &check.different {
        let id = different.row["id"].as_str().unwrap_or_default();
        let note = match (&different.why, different.is_shrunk) {
            (Some(why), _) => format!(", known: {why}"),
            (None, true) => String::new(),
            (None, false) => ", not shrunk".to_owned(),
        };
        let _ = writeln!(out, "{id}{note}");
        for difference in &different.differences {
            let _ = writeln!(out, "  {difference}");
        }
        if different.why.is_none() {
            let rows = [&different.row];
            let file = json!({"$schema": "../schema/scenarios.json", "format": Scenario::FORMAT, "rows": rows});
            let _ = writeln!(out, "{}", layout::file(&file));
        }
    }
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
        "{} against the profile {}, seed {}: {} generated ({} with a preflight or redirect, {} delivered), {run} run, {} \
         agreed, {} flaky, {} different ({explained} of them known)",
        check.name,
        check.profile,
        check.seed,
        check.generated,
        check.eventful,
        check.delivered,
        check.agreed,
        check.flaky.len(),
        check.different.len(),
    );
    out
}
