//! What the fixtures ask and the oracle does not answer, with the reason: the one place.

use crate::run::{Case, Kind};

/// Needs of scenarios.
pub const NEEDS: &[(&str, &str)] =
    &[("cache-limits", "how much memory a cache takes, and what goes first, is the engine's own choice")];

/// Functions of tables.
pub const FUNCTIONS: &[(&str, &str)] =
    &[("why-unsafe", "which step refuses a header is the engine's own explanation, and no algorithm of the standard")];

/// Why the oracle skips a case, if it does.
#[must_use]
pub fn reason(case: &Case) -> Option<String> {
    match case.kind {
        Kind::Table => {
            let function = case.row["function"].as_str().unwrap_or_default();
            find(FUNCTIONS, function).map(|why| format!("{function}: {why}"))
        }
        Kind::Scenario => case.needs().find_map(|need| find(NEEDS, need).map(|why| format!("needs {need}: {why}"))),
    }
}

fn find(list: &'static [(&str, &str)], name: &str) -> Option<&'static str> {
    list.iter().find(|(skipped, _)| *skipped == name).map(|(_, why)| *why)
}
