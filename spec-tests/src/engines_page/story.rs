//! A fixture as a table: what happens, and what comes of it by the standard and in each engine.

use std::fmt::Write;

use serde_json::Value;

use super::steps;
use crate::scenario::EngineProfile;

/// A fixture with more fetches is shown with those that differ alone.
const LONGEST_STORY: usize = 8;

/// A row a fetch, or a look into the cache.
pub(super) fn table(standard: &[Value], engines: &[Vec<Value>; 3], out: &mut String) {
    let mut rows = Vec::new();
    let mut before = String::new();
    for (index, step) in standard.iter().enumerate() {
        let of_engines = engines.each_ref().map(|steps| steps.get(index).unwrap_or(&Value::Null));
        let [chromium, gecko, webkit] = of_engines;
        let all = [step, chromium, gecko, webkit];
        let Some(what) = steps::what(step) else {
            before.push_str(&steps::meanwhile(step));
            continue;
        };
        let what = format!("{before}{what}");
        before.clear();
        let cell = |of_engine: &Value| {
            if of_engine == step { "the same".to_owned() } else { steps::outcome(of_engine, &all) }
        };
        let differs = of_engines.iter().any(|of_engine| *of_engine != step);
        let cells = of_engines.map(cell).join(" | ");
        rows.push((differs, format!("| {what} | {} | {cells} |", steps::outcome(step, &all))));
    }
    let is_long = rows.len() > LONGEST_STORY;
    // Writing to a text does not fail.
    let titles = EngineProfile::ALL.map(EngineProfile::title).join(" | ");
    let _ = writeln!(out, "| step | standard | {titles} |\n|---|---|---|---|---|");
    for (_, row) in rows.iter().filter(|(differs, _)| *differs || !is_long) {
        let _ = writeln!(out, "{row}");
    }
}
