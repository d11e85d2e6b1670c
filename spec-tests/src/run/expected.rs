//! Failures that are expected, each with a reason.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::verdict::{TargetResult, Verdict};
use crate::Failure;
use crate::generate::Known;

/// A file of expected failures:
/// `{"version": 1, "targets": {"NAME": {"CASE": "why it fails"}}}`, and beside `targets` optionally
/// `"generated": {"NAME": [{"contains": ["TEXT"], "differs": "TEXT", "why": "what it does"}]}` for generated scenarios.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFailures {
    version: u32,
    targets: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    generated: BTreeMap<String, Vec<Known>>,
}

impl ExpectedFailures {
    /// Reads such a file.
    ///
    /// # Errors
    /// Another form or version, or a failure without a reason.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let file: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.version != 1 {
            return Err(format!("version {} is not 1", file.version));
        }
        if let Some(known) = file.generated.values().flatten().find(|known| known.contains.is_empty()) {
            return Err(format!("{:?} would explain everything", known.why));
        }
        let reasons = file.targets.values().flatten();
        if let Some((case, _)) = reasons.clone().find(|(_, reason)| reason.trim().is_empty()) {
            return Err(format!("{case} has no reason"));
        }
        Ok(file)
    }

    /// The reasons by case, by the target's name.
    pub fn targets(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, String>)> {
        self.targets.iter().map(|(name, cases)| (name.as_str(), cases))
    }

    /// What is known of a target's differences in generated scenarios.
    pub fn known(&self, target: &str) -> &[Known] {
        self.generated.get(target).map_or(&[], Vec::as_slice)
    }

    /// Writes the reasons into the results, and complains of what does not fail. With `is_partial`, when
    /// only some cases were picked, those that did not run at all are no matter.
    pub fn apply(&self, result: &mut TargetResult, is_partial: bool) {
        let Some(expected) = self.targets.get(&result.name) else { return };
        let mut left = expected.clone();
        for case in &mut result.cases {
            let Some(reason) = left.remove(&case.id) else { continue };
            match &case.verdict {
                Verdict::Failed(_) => case.expected_failure = Some(reason),
                Verdict::Passed => result.complaints.push(format!("{} passes, and is expected to fail", case.id)),
                Verdict::Skipped(why) => {
                    result.complaints.push(format!("{} is expected to fail, and did not run: {why}", case.id));
                }
            }
        }
        if !is_partial {
            let missing = left.into_keys();
            result.complaints.extend(missing.map(|id| format!("{id} is expected to fail, and there is no such case")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::verdict::{CaseResult, Difference};

    fn result(verdicts: &[(&str, Verdict)]) -> TargetResult {
        let case = |(id, verdict): &(&str, Verdict)| CaseResult {
            id: (*id).to_owned(),
            area: "area".to_owned(),
            anchors: Vec::new(),
            shows: Vec::new(),
            has_variant: false,
            verdict: verdict.clone(),
            expected_failure: None,
        };
        let cases = verdicts.iter().map(case).collect();
        TargetResult { name: "t".to_owned(), profile: None, cases, complaints: Vec::new() }
    }

    #[test]
    fn only_what_fails_may_be_expected_to() {
        let text = r#"{"version": 1, "targets": {"t": {"a": "because", "b": "because"}}}"#;
        let file = ExpectedFailures::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let failed = || Verdict::Failed(vec![Difference::of_text("x")]);
        for (b, complaints) in [(failed(), 0), (Verdict::Passed, 1), (Verdict::Skipped("why".to_owned()), 1)] {
            let mut result = result(&[("a", failed()), ("b", b)]);
            file.apply(&mut result, false);
            assert_eq!(result.complaints.len(), complaints);
            assert_eq!(result.is_as_expected(), complaints == 0);
        }
        let mut short = result(&[("a", failed())]);
        file.apply(&mut short, true);
        assert!(short.is_as_expected());
        file.apply(&mut short, false);
        assert!(!short.is_as_expected());
        let mut unexpected = result(&[("a", failed()), ("b", failed()), ("c", failed())]);
        file.apply(&mut unexpected, false);
        assert_eq!(unexpected.unexpected().count(), 1);
    }

    #[test]
    fn a_failure_needs_a_reason() {
        assert!(ExpectedFailures::parse(r#"{"version": 1, "targets": {"t": {"a": " "}}}"#).is_err());
        assert!(ExpectedFailures::parse(r#"{"version": 2, "targets": {}}"#).is_err());
        assert!(ExpectedFailures::parse(r#"{"version": 1, "targets": {}, "more": 1}"#).is_err());
    }

    #[test]
    fn what_browsers_are_expected_to_fail_is_there() {
        let file =
            ExpectedFailures::parse(include_str!("../../browsers.json")).unwrap_or_else(|error| panic!("{error}"));
        let cases = crate::run::embedded().unwrap_or_else(|error| panic!("{error}"));
        for (name, failures) in file.targets {
            assert!(!failures.is_empty(), "{name}");
            for id in failures.keys() {
                assert!(cases.iter().any(|case| case.id() == id), "{name}: there is no case {id}");
            }
        }
    }
}
