//! Results as JUnit XML.

use std::fmt::Write;

use super::plain;
use crate::run::verdict::{CaseResult, TargetResult, Verdict};

/// As JUnit XML: a suite a target, expected failures as skipped.
pub fn junit(targets: &[TargetResult]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fetch-cors\">\n");
    for target in targets {
        suite(target, &mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(target: &TargetResult, out: &mut String) {
    let failures = target.unexpected().count();
    let skipped = target.count("skipped").saturating_add(target.count("failed")).saturating_sub(failures);
    // Writing to a text does not fail.
    let _ = writeln!(
        out,
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\">",
        escape(&target.name),
        target.cases.len(),
    );
    let _ = writeln!(out, "<properties>\n<property name=\"profile\" value=\"{}\"/>", target.profile_name());
    for (what, count) in target.agreement().counts() {
        let _ = writeln!(out, "<property name=\"{what}\" value=\"{count}\"/>");
    }
    out.push_str("</properties>\n");
    for case in &target.cases {
        test(case, out);
    }
    for complaint in &target.complaints {
        let _ = writeln!(out, "<system-err>{}</system-err>", escape(complaint));
    }
    out.push_str("</testsuite>\n");
}

fn test(case: &CaseResult, out: &mut String) {
    let _ = write!(out, "<testcase classname=\"{}\" name=\"{}\"", escape(&case.area), escape(&case.id));
    let skip = |out: &mut String, reason: &str| {
        let _ = writeln!(out, "><skipped message=\"{}\"/></testcase>", escape(reason));
    };
    match (&case.verdict, &case.expected_failure) {
        (Verdict::Passed, _) => out.push_str("/>\n"),
        (Verdict::Skipped(reason), _) => skip(out, reason),
        (Verdict::Failed(_), Some(reason)) => skip(out, &format!("expected failure: {reason}")),
        (Verdict::Failed(differences), None) => {
            let lines: Vec<String> = differences.iter().map(|difference| escape(&difference.to_string())).collect();
            let first = lines.first().map_or("", String::as_str);
            let _ = writeln!(out, "><failure message=\"{first}\">{}</failure></testcase>", lines.join("\n"));
        }
    }
}

/// For text and attributes; characters that XML has not are written out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
