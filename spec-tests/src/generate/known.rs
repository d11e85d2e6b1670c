//! Differences that are known, and that no switch of a profile says.

use serde::Deserialize;
use serde_json::Value;

use crate::record::layout;

/// A class of them, by what the scenario contains.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Known {
    /// Texts that are all in the row, as it is written on one line.
    pub contains: Vec<String>,
    /// What the browser does.
    pub why: String,
}

impl Known {
    /// Whether a row is of the class.
    pub fn explains(&self, row: &Value) -> bool {
        let text = layout::line(row);
        self.contains.iter().all(|part| text.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_has_all_its_texts() {
        let known = |contains: &[&str]| Known {
            contains: contains.iter().map(|text| (*text).to_owned()).collect(),
            why: "because".to_owned(),
        };
        let row = serde_json::json!({"headers": [["x", "1"]], "status": 302});
        assert!(known(&["[\"x\", \"1\"]", "\"status\": 302"]).explains(&row));
        assert!(!known(&["\"status\": 302", "\"y\""]).explains(&row));
    }
}
