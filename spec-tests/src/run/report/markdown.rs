//! Results as tables for a page of documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{has_profiles, plain};
use crate::run::verdict::{Agreement, TargetResult, Verdict};

/// As Markdown: a table of the targets, one of what agrees with the profiles of engines, if a target has
/// one, and one of the mistakes that cases show. `date` is when they ran.
///
/// A mistake whose cases fail nowhere has no row; the lines below the table count those.
pub fn markdown(targets: &[TargetResult], date: &str) -> String {
    let mut out = String::from("| target | passed | failed | skipped | date |\n|---|---|---|---|---|\n");
    for target in targets {
        let (passed, failed, skipped) = (target.count("passed"), target.count("failed"), target.count("skipped"));
        // Writing to a text does not fail.
        let _ = writeln!(out, "| {} | {passed} | {failed} | {skipped} | {} |", cell(&target.name), cell(date));
    }
    if has_profiles(targets) {
        let heads = Agreement::default().counts().map(|(what, _)| what).join(" | ");
        let _ = write!(out, "\n| target | profile | {heads} |\n|---|---|---|---|---|---|---|\n");
        for target in targets {
            let counts = target.agreement().counts().map(|(_, count)| count.to_string()).join(" | ");
            let _ = writeln!(out, "| {} | {} | {counts} |", cell(&target.name), target.profile_name());
        }
    }
    let marks: Vec<BTreeMap<&str, Mark>> = targets.iter().map(marks).collect();
    let names: BTreeSet<&str> = marks.iter().flat_map(BTreeMap::keys).copied().collect();
    let fails = |name: &&str| marks.iter().any(|marks| marks.get(name) == Some(&Mark::Failed));
    let (failing, others): (Vec<&str>, Vec<&str>) = names.into_iter().partition(fails);
    if failing.is_empty() && others.is_empty() {
        return out;
    }
    if !failing.is_empty() {
        let heads: Vec<String> = targets.iter().map(|target| format!(" {} |", cell(&target.name))).collect();
        let _ = write!(out, "\n| cases that show |{}\n|---|{}\n", heads.concat(), "---|".repeat(targets.len()));
        for name in failing {
            let words = marks.iter().map(|marks| format!(" {} |", marks.get(name).copied().map_or("", Mark::word)));
            let _ = writeln!(out, "| {} |{}", cell(name), words.collect::<String>());
        }
        out.push_str("\nA target that fails such a case makes that mistake, or another one on the way to it.\n");
    }
    let is_passed = |name: &&&str| marks.iter().any(|marks| marks.get(**name) == Some(&Mark::Passed));
    let passed = others.iter().filter(is_passed).count();
    let skipped = others.len().saturating_sub(passed);
    let _ = write!(out, "\nOther mistakes that cases show: {passed} that no target makes");
    if skipped > 0 {
        let _ = write!(out, ", and {skipped} that no target can be asked for");
    }
    out.push_str(".\n");
    out
}

/// What came of the cases that show a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// All were skipped.
    Skipped,
    Passed,
    /// One failed.
    Failed,
}

impl Mark {
    const fn word(self) -> &'static str {
        match self {
            Self::Skipped => "–",
            Self::Passed => "pass",
            Self::Failed => "**fail**",
        }
    }
}

fn marks(target: &TargetResult) -> BTreeMap<&str, Mark> {
    let mut marks = BTreeMap::new();
    for case in &target.cases {
        let mark = match case.verdict {
            Verdict::Passed => Mark::Passed,
            Verdict::Failed(_) => Mark::Failed,
            Verdict::Skipped(_) => Mark::Skipped,
        };
        for name in &case.shows {
            let known = marks.entry(name.as_str()).or_insert(mark);
            *known = mark.max(*known);
        }
    }
    marks
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::verdict::{CaseResult, Difference};

    fn target(name: &str, cases: &[(&str, Verdict)]) -> TargetResult {
        let case = |(shows, verdict): &(&str, Verdict)| CaseResult {
            id: "case".to_owned(),
            area: "area".to_owned(),
            anchors: Vec::new(),
            shows: shows.split_whitespace().map(str::to_owned).collect(),
            has_variant: false,
            verdict: verdict.clone(),
            expected_failure: None,
        };
        let cases = cases.iter().map(case).collect();
        TargetResult { name: name.to_owned(), profile: None, cases, complaints: Vec::new() }
    }

    #[test]
    fn a_mistake_fails_with_one_case() {
        let failed = || Verdict::Failed(vec![Difference::of_text("x")]);
        let skipped = || Verdict::Skipped("why".to_owned());
        let one =
            target("a|b", &[("m n", Verdict::Passed), ("m", failed()), ("m o", skipped()), ("p", Verdict::Passed)]);
        let two = target("c", &[("m", skipped()), ("n", failed()), ("", failed())]);
        let text = markdown(&[one, two], "2026-01-02");
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(
            rows,
            [
                "| target | passed | failed | skipped | date |",
                "|---|---|---|---|---|",
                "| a\\|b | 2 | 1 | 1 | 2026-01-02 |",
                "| c | 0 | 2 | 1 | 2026-01-02 |",
                "| cases that show | a\\|b | c |",
                "|---|---|---|",
                "| m | **fail** | – |",
                "| n | pass | **fail** |",
            ]
        );
        assert!(text.ends_with(": 1 that no target makes, and 1 that no target can be asked for.\n"), "{text}");
    }

    #[test]
    fn without_failures_there_is_one_table() {
        let text = markdown(&[target("t", &[("", Verdict::Passed)])], "2026-01-02");
        assert_eq!(text.lines().count(), 3);
        let text = markdown(&[target("t", &[("m", Verdict::Passed)])], "2026-01-02");
        assert!(!text.contains("cases that show") && text.ends_with(": 1 that no target makes.\n"), "{text}");
    }
}
