//! What a program reports against what a scenario expects.

use serde_json::Value;

use super::script::BODY;
use crate::run::verdict::Difference;
use crate::scenario::{ErrorModel, OutcomeModel, ResponseModel};

/// What a program can tell of an outcome beyond its kind; it says which in its greeting.
pub(in crate::run) const REPORTS: [&str; 12] = [
    "type",
    "status",
    "url",
    "urls",
    "redirected",
    "headers",
    "body",
    "timing_allow",
    "stage",
    "reason",
    "redirects",
    "aborted",
];

/// Compares the members that the program tells and the scenario states.
pub(in crate::run) struct Compare<'a> {
    /// What it tells.
    pub(in crate::run) reports: &'a [String],
    /// What was not as expected.
    pub(in crate::run) differences: Vec<Difference>,
}

impl Compare<'_> {
    pub(in crate::run) fn outcome(&mut self, model: &OutcomeModel, reported: &Value) {
        let kind = |value: &Value| match (value.get("response"), value.get("error")) {
            (Some(response), None) => format!("a response: {response}"),
            (None, Some(error)) => format!("a network error: {error}"),
            _ => format!("neither response nor error: {value}"),
        };
        match (model, reported.get("response"), reported.get("error")) {
            (OutcomeModel::Response(model), Some(response), None) => self.response(model, response),
            (OutcomeModel::Error(model), None, Some(error)) => self.error(model, error),
            (OutcomeModel::Response(_), ..) => self.push("outcome", "a response", kind(reported)),
            (OutcomeModel::Error(_), ..) => self.push("outcome", "a network error", kind(reported)),
        }
    }

    fn push(&mut self, what: impl Into<String>, wanted: impl Into<String>, seen: impl Into<String>) {
        self.differences.push(Difference::new(what, wanted, seen));
    }

    fn tells(&self, member: &str) -> bool {
        self.reports.iter().any(|told| told == member)
    }

    fn member(&mut self, reported: &Value, member: &str, wanted: Option<Value>) {
        if let Some(wanted) = wanted
            && self.tells(member)
            && reported.get(member) != Some(&wanted)
        {
            let seen = reported.get(member).map_or_else(|| "nothing".to_owned(), Value::to_string);
            self.push(member, wanted.to_string(), seen);
        }
    }

    fn response(&mut self, model: &ResponseModel, reported: &Value) {
        self.member(reported, "type", model.response_type.clone().map(Value::from));
        self.member(reported, "status", model.status.map(Value::from));
        self.member(reported, "url", model.url.clone().map(Value::from));
        self.member(reported, "urls", model.urls.clone().map(Value::from));
        self.member(reported, "redirected", model.redirected.map(Value::from));
        self.member(reported, "timing_allow", model.timing_allow.map(Value::from));
        self.headers(model, reported);
        self.body(model, reported);
    }

    fn headers(&mut self, model: &ResponseModel, reported: &Value) {
        if !self.tells("headers") || (model.headers.is_empty() && model.all_headers.is_none()) {
            return;
        }
        let Some(lines) = lines(reported) else {
            return self.push("headers", "pairs of name and value", reported["headers"].to_string());
        };
        for (name, wanted) in &model.headers {
            let values: Vec<&str> =
                lines.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name)).map(|(_, value)| *value).collect();
            let seen = if values.is_empty() { None } else { Some(values.join(", ")) };
            if *wanted != seen {
                self.push(format!("visible header {name}"), format!("{wanted:?}"), format!("{seen:?}"));
            }
        }
        if let Some(wanted) = &model.all_headers {
            let (wanted, seen) = (
                combined(wanted.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
                combined(lines.into_iter()),
            );
            if wanted != seen {
                self.push("visible headers", format!("{wanted:?}"), format!("{seen:?}"));
            }
        }
    }

    fn body(&mut self, model: &ResponseModel, reported: &Value) {
        let Some(wanted) = &model.body else { return };
        if !self.tells("body") {
            return;
        }
        let seen = reported["body"].as_str().unwrap_or_default();
        // A response that says how long it is has another body.
        let is_empty = seen.is_empty();
        if (wanted == "read") == is_empty {
            let wanted =
                if wanted == "read" { String::from_utf8_lossy(BODY).into_owned() } else { "nothing".to_owned() };
            self.push("body", wanted, reported["body"].to_string());
        }
    }

    fn error(&mut self, model: &ErrorModel, reported: &Value) {
        self.member(reported, "stage", model.stage.clone().map(Value::from));
        self.member(reported, "redirects", model.redirects.map(Value::from));
        self.member(reported, "aborted", model.aborted.map(Value::from));
        if let Some(reason) = &model.reason
            && self.tells("reason")
            && !reported["reason"].as_str().is_some_and(|word| reason.contains(word))
        {
            self.push("reason", format!("{reason:?}"), reported["reason"].to_string());
        }
    }
}

fn lines(reported: &Value) -> Option<Vec<(&str, &str)>> {
    let lines = reported.get("headers")?.as_array()?;
    let pair = |line: &'_ Value| -> Option<(usize, usize)> { line.as_array().map(|pair| (pair.len(), 0)) };
    if lines.iter().any(|line| pair(line) != Some((2, 0))) {
        return None;
    }
    lines.iter().map(|line| Some((line[0].as_str()?, line[1].as_str()?))).collect()
}

/// Lower-case names in order, values joined; without what the servers add.
fn combined<'a>(lines: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let mut all: std::collections::BTreeMap<String, Vec<&str>> = std::collections::BTreeMap::new();
    for (name, value) in lines.filter(|(name, _)| !name.eq_ignore_ascii_case("connection")) {
        all.entry(name.to_ascii_lowercase()).or_default().push(value.trim());
    }
    all.into_iter().map(|(name, values)| (name, values.join(", "))).collect()
}
