//! Results as one HTML file that needs nothing else.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::has_profiles;
use super::junit::escape;
use crate::run::verdict::{Agreement, CaseResult, TargetResult, Verdict};

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>fetch-cors conformance</title>
<style>
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .35rem .6rem; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: Canvas; }
summary { cursor: pointer; font-variant-numeric: tabular-nums; }
.good { background: color-mix(in srgb, green 14%, transparent); }
.bad { background: color-mix(in srgb, red 16%, transparent); }
.known { background: color-mix(in srgb, orange 18%, transparent); }
.none { color: color-mix(in srgb, currentColor 60%, transparent); }
table table { margin: .3rem 0 1rem; font-size: .9em; }
code { overflow-wrap: anywhere; white-space: pre-wrap; }
ul { margin: .3rem 0; padding-left: 1.2rem; }
</style>
<h1>fetch-cors conformance</h1>
";

/// As a table of areas and targets; each cell opens to the failing cases.
pub fn html(targets: &[TargetResult]) -> String {
    let mut out = String::from(HEAD);
    // Writing to a text does not fail.
    for target in targets {
        let (passed, failed, skipped) = (target.count("passed"), target.count("failed"), target.count("skipped"));
        let name = escape(&target.name);
        let _ = writeln!(out, "<p><strong>{name}</strong>: {passed} passed, {failed} failed, {skipped} skipped");
        if !target.complaints.is_empty() {
            let items: Vec<String> =
                target.complaints.iter().map(|text| format!("<li class=\"bad\">{}", escape(text))).collect();
            let _ = writeln!(out, "<ul>{}</ul>", items.join("\n"));
        }
    }
    if has_profiles(targets) {
        let heads = Agreement::default().counts().map(|(what, _)| format!("<th>{what}")).concat();
        let _ = writeln!(out, "<table>\n<thead><tr><th>Target<th>Profile{heads}</thead>\n<tbody>");
        for target in targets {
            let counts = target.agreement().counts().map(|(_, count)| format!("<td>{count}")).concat();
            let (name, profile) = (escape(&target.name), target.profile_name());
            let _ = writeln!(out, "<tr><th>{name}<td>{profile}{counts}");
        }
        out.push_str("</tbody>\n</table>\n");
    }
    let heads: Vec<String> = targets.iter().map(|target| format!("<th>{}", escape(&target.name))).collect();
    let _ = writeln!(out, "<table>\n<thead><tr><th>Area{}</thead>\n<tbody>", heads.concat());
    let areas: BTreeSet<&str> =
        targets.iter().flat_map(|target| target.cases.iter().map(|case| case.area.as_str())).collect();
    for area in areas {
        let _ = write!(out, "<tr><th>{}", escape(area));
        for target in targets {
            let cases: Vec<&CaseResult> = target.cases.iter().filter(|case| case.area == area).collect();
            cell(&cases, target.profile_name(), &mut out);
        }
        out.push('\n');
    }
    out.push_str("</tbody>\n</table>\n");
    out
}

fn cell(cases: &[&CaseResult], profile: &str, out: &mut String) {
    let count = |word: &str| cases.iter().filter(|case| case.verdict.word() == word).count();
    let (passed, failed, skipped) = (count("passed"), count("failed"), count("skipped"));
    let unexpected =
        cases.iter().any(|case| matches!(case.verdict, Verdict::Failed(_)) && case.expected_failure.is_none());
    let class = match (unexpected, failed, passed) {
        (true, ..) => "bad",
        (false, 0, 0) => "none",
        (false, 0, _) => "good",
        (false, ..) => "known",
    };
    let summary = format!("{passed} passed, {failed} failed, {skipped} skipped");
    let _ = write!(out, "<td class=\"{class}\">");
    if failed == 0 && skipped == 0 {
        out.push_str(&summary);
        return;
    }
    let _ = write!(out, "<details><summary>{summary}</summary>");
    for case in cases {
        failing(case, profile, out);
    }
    let skipped: Vec<String> = cases.iter().filter_map(|case| skip(case)).collect();
    if !skipped.is_empty() {
        let count = skipped.len();
        let _ = write!(out, "<details><summary>{count} skipped</summary><ul>{}</ul></details>", skipped.concat());
    }
    out.push_str("</details>");
}

fn skip(case: &CaseResult) -> Option<String> {
    match &case.verdict {
        Verdict::Skipped(reason) => Some(format!("<li>{}: {}", escape(&case.id), escape(reason))),
        _ => None,
    }
}

fn failing(case: &CaseResult, profile: &str, out: &mut String) {
    let Verdict::Failed(differences) = &case.verdict else { return };
    let note = case.expected_failure.as_ref().map(|reason| format!("; expected: {}", escape(reason)));
    let (id, anchors) = (escape(&case.id), escape(&case.anchors.join(", ")));
    let _ = write!(out, "<details><summary>{id}{}</summary><p>{anchors}", note.unwrap_or_default());
    if case.has_variant {
        let _ = write!(out, "<p>expected as the profile {profile} has it");
    }
    if !case.shows.is_empty() {
        let _ = write!(out, "<p>shows {}", escape(&case.shows.join(", ")));
    }
    out.push_str("<table><tr><th>What<th>Expected<th>Seen");
    for difference in differences {
        let code = |text: &Option<String>| {
            text.as_ref().map_or_else(String::new, |text| format!("<code>{}</code>", escape(text)))
        };
        let (expected, seen) = (code(&difference.expected), code(&difference.seen));
        let _ = write!(out, "<tr><td>{}<td>{expected}<td>{seen}", escape(&difference.what));
    }
    out.push_str("</table></details>");
}
