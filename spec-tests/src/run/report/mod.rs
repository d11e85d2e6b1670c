//! Results as text, JSON, JUnit XML, HTML and Markdown.

mod html;
mod junit;
mod markdown;

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::verdict::{Agreement, CaseResult, Difference, TargetResult, Verdict};

pub use html::html;
pub use junit::junit;
pub use markdown::markdown;

/// How many failing cases the text names.
const LONGEST_LIST: usize = 50;

/// As one JSON document.
pub fn json(targets: &[TargetResult]) -> String {
    let targets: Vec<Value> = targets.iter().map(target).collect();
    let mut text = json!({"version": 1, "targets": targets}).to_string();
    text.push('\n');
    text
}

fn target(target: &TargetResult) -> Value {
    let agreement = target.agreement();
    json!({
        "name": target.name,
        "profile": target.profile_name(),
        "agreement": {
            "run": agreement.run,
            "with_standard": agreement.with_standard,
            "with_profile": agreement.with_profile,
            "recorded": agreement.recorded,
            "unrecorded": agreement.unrecorded,
        },
        "passed": target.count("passed"),
        "failed": target.count("failed"),
        "skipped": target.count("skipped"),
        "as_expected": target.is_as_expected(),
        "complaints": target.complaints,
        "cases": target.cases.iter().map(case).collect::<Vec<_>>(),
    })
}

fn case(case: &CaseResult) -> Value {
    let mut value = json!({
        "id": case.id,
        "area": case.area,
        "anchors": case.anchors,
        "shows": case.shows,
        "has_variant": case.has_variant,
        "verdict": case.verdict.word(),
    });
    match &case.verdict {
        Verdict::Passed => {}
        Verdict::Failed(differences) => value["differences"] = differences.iter().map(difference).collect(),
        Verdict::Skipped(reason) => value["reason"] = reason.as_str().into(),
    }
    if let Some(reason) = &case.expected_failure {
        value["expected_failure"] = reason.as_str().into();
    }
    value
}

fn difference(difference: &Difference) -> Value {
    json!({"what": difference.what, "expected": difference.expected, "seen": difference.seen})
}

/// As text for people.
pub fn text(targets: &[TargetResult]) -> String {
    let mut out = String::new();
    for target in targets {
        of_target(target, &mut out);
    }
    agreements(targets, &mut out);
    out
}

/// Whether a target has the profile of an engine, so that it matters what agrees with what.
fn has_profiles(targets: &[TargetResult]) -> bool {
    targets.iter().any(|target| target.profile.is_some())
}

/// How many cases came out by the standard and by the profile, a line a target.
fn agreements(targets: &[TargetResult], out: &mut String) {
    if !has_profiles(targets) {
        return;
    }
    let width = targets.iter().map(|target| plain(&target.name).chars().count()).max().unwrap_or_default();
    let heads = Agreement::default().counts().map(|(what, _)| what);
    // Writing to a text does not fail.
    let _ = writeln!(out, "{:width$}  {:8}  {}", "target", "profile", heads.join("  "));
    for target in targets {
        let counts = target.agreement().counts().map(|(what, count)| format!("{count:>0$}", what.len()));
        let _ = writeln!(out, "{:width$}  {:8}  {}", plain(&target.name), target.profile_name(), counts.join("  "));
    }
}

fn of_target(target: &TargetResult, out: &mut String) {
    let count = |word| target.count(word);
    let expected = target.cases.iter().filter(|case| case.expected_failure.is_some()).count();
    let note = if expected == 0 { String::new() } else { format!(" ({expected} expected)") };
    let (passed, failed, skipped) = (count("passed"), count("failed"), count("skipped"));
    // Writing to a text does not fail.
    let _ = writeln!(out, "{}: {passed} passed, {failed} failed{note}, {skipped} skipped", target.name);
    for (reason, cases) in skips(target) {
        let _ = writeln!(out, "  skipped {cases}: {}", plain(reason));
    }
    for case in target.unexpected().take(LONGEST_LIST) {
        let _ = writeln!(out, "  FAILED {}", case.id);
        if let Verdict::Failed(differences) = &case.verdict {
            for difference in differences {
                let _ = writeln!(out, "    {}", plain(&difference.to_string()));
            }
        }
    }
    let more = target.unexpected().count().saturating_sub(LONGEST_LIST);
    if more > 0 {
        let _ = writeln!(out, "  and {more} more; --format json and html have them all");
    }
    for complaint in &target.complaints {
        let _ = writeln!(out, "  ERROR {}", plain(complaint));
    }
}

/// How many cases were skipped for each reason, most first.
fn skips(target: &TargetResult) -> Vec<(&str, usize)> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &target.cases {
        if let Verdict::Skipped(reason) = &case.verdict {
            let count = reasons.entry(reason).or_default();
            *count = count.saturating_add(1);
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    reasons
}

/// Without what would steer a terminal, or break a document.
fn plain(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::EngineProfile;

    fn results() -> Vec<TargetResult> {
        let case = |id: &str, verdict| CaseResult {
            id: id.to_owned(),
            area: "area".to_owned(),
            anchors: vec!["concept-cors-check".to_owned()],
            shows: vec!["answer-<unchecked>".to_owned()],
            has_variant: false,
            verdict,
            expected_failure: None,
        };
        let differences = vec![Difference::new("header a<b", "\u{1b}[1m&", "\"x\"")];
        let cases = vec![
            case("one", Verdict::Passed),
            case("two", Verdict::Failed(differences)),
            case("three", Verdict::Skipped("why".to_owned())),
        ];
        vec![TargetResult { name: "t<1>".to_owned(), profile: None, cases, complaints: vec!["odd".to_owned()] }]
    }

    /// Two that pass, one of them as a variant says; two that fail, one of them as expected; one that does not run.
    fn of_engine() -> TargetResult {
        let mut target = results().remove(0);
        let again = target.cases.clone();
        target.profile = Some(EngineProfile::Gecko);
        target.cases.extend(again.into_iter().take(2));
        for (case, has_variant) in target.cases.iter_mut().zip([false, false, false, true, true]) {
            case.has_variant = has_variant;
        }
        if let Some(case) = target.cases.get_mut(4) {
            case.expected_failure = Some("because".to_owned());
        }
        target
    }

    #[test]
    fn what_agrees_with_what_is_told() {
        let target = of_engine();
        let numbers = target.agreement().counts().map(|(_, count)| count);
        assert_eq!(numbers, [4, 1, 2, 1, 1]);
        let targets = [target, results().remove(0)];
        let text = text(&targets);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert!(lines.contains(&vec!["t<1>", "gecko", "4", "1", "2", "1", "1"]), "{text}");
        assert!(lines.contains(&vec!["t<1>", "standard", "2", "1", "1", "0", "1"]), "{text}");
        let value: Value = serde_json::from_str(&json(&targets)).unwrap_or_else(|error| panic!("{error}"));
        let of_target = &value["targets"][0];
        assert_eq!((&of_target["profile"], &value["targets"][1]["profile"]), (&json!("gecko"), &json!("standard")));
        let wanted = json!({"run": 4, "with_standard": 1, "with_profile": 2, "recorded": 1, "unrecorded": 1});
        assert_eq!(of_target["agreement"], wanted);
        assert_eq!(of_target["cases"][3]["has_variant"], true);
        let junit = junit(&targets);
        assert!(junit.contains("<property name=\"profile\" value=\"gecko\"/>"), "{junit}");
        assert!(junit.contains("<property name=\"as the profile\" value=\"2\"/>"), "{junit}");
        let html = html(&targets);
        assert!(html.contains("<tr><th>t&lt;1&gt;<td>gecko<td>4<td>1<td>2<td>1<td>1"), "{html}");
        assert!(html.contains("as the profile gecko has it"), "{html}");
        let markdown = markdown(&targets, "2026-01-02");
        assert!(markdown.contains("\n| t&lt;1> | gecko | 4 | 1 | 2 | 1 | 1 |\n"), "{markdown}");
    }

    #[test]
    fn without_engines_nothing_is_said_of_agreement() {
        for document in [text(&results()), html(&results()), markdown(&results(), "2026-01-02")] {
            assert!(!document.contains("as the profile"), "{document}");
        }
    }

    #[test]
    fn json_has_counts_and_cases() {
        let value: Value = serde_json::from_str(&json(&results())).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(value["version"], 1);
        let target = &value["targets"][0];
        assert_eq!([&target["passed"], &target["failed"], &target["skipped"]], [1, 1, 1]);
        assert_eq!(target["cases"][1]["differences"][0]["seen"], "\"x\"");
        assert_eq!(target["cases"][2]["reason"], "why");
        assert_eq!(target["cases"][1]["shows"], json!(["answer-<unchecked>"]));
    }

    #[test]
    fn text_names_failures_and_steers_no_terminal() {
        let text = text(&results());
        assert!(text.starts_with("t<1>: 1 passed, 1 failed, 1 skipped\n"), "{text}");
        assert!(text.contains("FAILED two") && text.contains("skipped 1: why") && text.contains("ERROR odd"));
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn markup_is_escaped() {
        for document in [junit(&results()), html(&results())] {
            assert!(!document.contains("a<b") && !document.contains("t<1>"), "{document}");
            assert!(!document.contains("<unchecked>"), "{document}");
            assert!(document.contains("a&lt;b") && document.contains("\\u{1b}[1m&amp;"), "{document}");
        }
        assert!(!html(&results()).contains("http"), "the page must not need the network");
        assert!(html(&results()).contains("shows answer-&lt;unchecked&gt;"), "the mistake is not named");
        assert!(junit(&results()).contains("tests=\"3\" failures=\"1\" skipped=\"1\""));
    }
}
