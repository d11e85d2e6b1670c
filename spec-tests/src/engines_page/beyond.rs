//! What browsers do that no switch models.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::Failure;
use crate::run::ExpectedFailures;

/// How many fixtures are named before the rest is counted.
const LONGEST_LIST: usize = 3;

/// The reasons of `browsers.json`, with the cases that each explains.
pub(super) fn section(out: &mut String) -> Result<(), Failure> {
    let browsers = ExpectedFailures::parse(include_str!("../../browsers.json"))?;
    out.push_str(
        "## Beyond the switches\n\nWhat browsers do that no switch models, and fixtures that fail for it:\n\n",
    );
    for (browser, cases) in browsers.targets() {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (case, reason) in cases {
            reasons.entry(reason).or_default().push(case);
        }
        // Writing to a text does not fail.
        let _ = writeln!(out, "### {browser}\n\n| what it does | fixtures |\n|---|---|");
        for (reason, cases) in reasons {
            let named: Vec<String> = cases.iter().take(LONGEST_LIST).map(|case| format!("`{case}`")).collect();
            let more = cases.len().saturating_sub(named.len());
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let reason = reason.replace('|', "\\|").replace('*', "\\*").replace('<', "&lt;");
            let _ = writeln!(out, "| {reason} | {}{more} |", named.join(", "));
        }
        out.push('\n');
    }
    // The page ends with one line end.
    out.truncate(out.trim_end().len());
    out.push('\n');
    Ok(())
}
