//! Differences that are known, and that no switch of a profile says.

use serde::Deserialize;
use serde_json::Value;

use crate::record::layout;
use crate::run::Difference;

/// A class of them, by what the scenario contains and what differs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Known {
    /// Texts that are all in the row, as it is written on one line.
    pub contains: Vec<String>,
    /// Text that is in every difference, as it is printed.
    #[serde(default)]
    pub differs: String,
    /// What the browser does.
    pub why: String,
}

impl Known {
    /// Whether a row that differs so is of the class.
    pub fn explains(&self, row: &Value, differences: &[Difference]) -> bool {
        let text = layout::line(row);
        self.contains.iter().all(|part| text.contains(part))
            && differences.iter().all(|difference| difference.to_string().contains(&self.differs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_has_all_its_texts() {
        let known = |contains: &[&str], differs: &str| Known {
            contains: contains.iter().map(|text| (*text).to_owned()).collect(),
            differs: differs.to_owned(),
            why: "because".to_owned(),
        };
        let row = serde_json::json!({"headers": [["x", "1"]], "status": 302});
        let differences =
            [Difference::new("step 0: body", "nothing", "x"), Difference::new("step 1: body", "nothing", "y")];
        assert!(known(&["[\"x\", \"1\"]", "\"status\": 302"], "").explains(&row, &differences));
        assert!(!known(&["\"status\": 302", "\"y\""], "").explains(&row, &differences));
        assert!(known(&["302"], "body: expected nothing").explains(&row, &differences));
        assert!(!known(&["302"], "step 0").explains(&row, &differences), "of each difference");
    }
}
