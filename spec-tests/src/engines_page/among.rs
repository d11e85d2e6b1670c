//! Where engines differ among each other.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::value;
use crate::run::Case;
use crate::scenario::EngineProfile;
use crate::switches::Switch;

/// Values that are not the same in all engines, and how many fixtures come out differently in two of them.
pub(super) fn section(table: &[Switch], cases: &[Case], out: &mut String) {
    out.push_str("## Among each other\n\nSwitches that the engines do not agree on:\n\n");
    // Writing to a text does not fail.
    for switch in table {
        let mut engines: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for engine in EngineProfile::ALL {
            engines.entry(value(&engine.profile(), switch)).or_default().push(engine.title());
        }
        if engines.len() > 1 {
            let parts: Vec<String> =
                engines.iter().map(|(value, engines)| format!("{value} in {}", engines.join(" and "))).collect();
            let _ = writeln!(out, "- [`{0}`](#{0}): {1}", switch.name, parts.join(", "));
        }
    }
    out.push_str("\nFixtures that come out differently in two engines:\n\n| engines | fixtures |\n|---|---|\n");
    let [chromium, gecko, webkit] = EngineProfile::ALL;
    for (one, other) in [(chromium, gecko), (chromium, webkit), (gecko, webkit)] {
        let steps = |case: &Case, engine| {
            case.variant(engine).map_or_else(|| case.row["steps"].clone(), |c| c.row["steps"].clone())
        };
        let count = cases.iter().filter(|case| steps(case, one) != steps(case, other)).count();
        let _ = writeln!(out, "| {} and {} | {count} |", one.title(), other.title());
    }
    out.push('\n');
}
