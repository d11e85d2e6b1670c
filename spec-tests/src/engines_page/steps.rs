//! Steps in words: what is fetched, what is sent, what comes out.

use std::collections::BTreeMap;

use serde_json::Value;

/// The step, or none if it only prepares the next.
pub(super) fn what(step: &Value) -> Option<String> {
    if step["cache"].is_array() {
        return Some("what the preflight cache holds".to_owned());
    }
    let fetch = step.get("fetch")?;
    let mut words = vec![format!("{} {}", text(fetch.get("method"), "GET"), text(fetch.get("url"), ""))];
    words.extend(lines(&fetch["headers"]));
    for (name, value) in members(fetch).filter(|(name, _)| !["url", "method", "headers"].contains(name)) {
        words.push(format!("{}: {}", name.replace('_', " "), plain(value)));
    }
    let times = step["repeat"].as_u64().map(|times| format!(", {times} times")).unwrap_or_default();
    Some(format!("{}{times}", words.iter().map(|word| code(word)).collect::<Vec<_>>().join(", ")))
}

/// What is done between fetches, as the beginning of a phrase.
pub(super) fn meanwhile(step: &Value) -> String {
    let seconds = |milliseconds: u64| match (milliseconds / 1000, milliseconds % 1000) {
        (seconds, 0) => format!("{seconds} s"),
        (seconds, rest) => format!("{seconds}.{rest:03} s"),
    };
    if let Some(milliseconds) = step["set_clock_ms"].as_u64() {
        return format!("at {}: ", seconds(milliseconds));
    }
    if let Some(milliseconds) = step["advance_ms"].as_u64() {
        return format!("{} later: ", seconds(milliseconds));
    }
    if let Some(milliseconds) = step["back_ms"].as_u64() {
        return format!("the clock {} back: ", seconds(milliseconds));
    }
    if step["restart"].as_bool() == Some(true) { "after a restart: " } else { "with the cache cleared: " }.to_owned()
}

/// What comes of a step, with what is not the same in all of `all`.
pub(super) fn outcome(step: &Value, all: &[&Value]) -> String {
    if let Some(entries) = step["cache"].as_array() {
        return match entries.len() {
            0 => "nothing".to_owned(),
            1 => "1 entry".to_owned(),
            count => format!("{count} entries"),
        };
    }
    let mut phrases: Vec<String> = Vec::new();
    for (kind, index, exchange) in exchanges(step) {
        let others: Vec<&Value> = all.iter().filter_map(|other| nth(other, kind, index)).collect();
        phrases.push(sent(kind, exchange, &step["fetch"], &others));
    }
    phrases.push(ended(&step["outcome"], all));
    phrases.join(", ")
}

/// What the kinds of exchanges are, in fixtures.
const KINDS: [&str; 6] = ["preflight", "request", "scheme", "service_worker", "gate", "next_manual_redirect"];

/// Each exchange with its kind, and how many of its kind came before.
fn exchanges(step: &Value) -> Vec<(&'static str, usize, &Value)> {
    let mut found: Vec<(&'static str, usize, &Value)> = Vec::new();
    for exchange in step["exchanges"].as_array().into_iter().flatten() {
        let Some(kind) = KINDS.into_iter().find(|kind| exchange.get(kind).is_some()) else { continue };
        let before = found.iter().filter(|(known, ..)| *known == kind).count();
        found.push((kind, before, exchange));
    }
    found
}

/// The exchange of that kind and number.
fn nth<'a>(step: &'a Value, kind: &str, index: usize) -> Option<&'a Value> {
    exchanges(step).into_iter().find(|(known, at, _)| *known == kind && *at == index).map(|(.., exchange)| exchange)
}

fn sent(kind: &str, exchange: &Value, fetch: &Value, others: &[&Value]) -> String {
    let asked = &exchange[kind];
    let mut phrase = match kind {
        "preflight" => "sends a preflight".to_owned(),
        "request" => format!("sends {}", code(text(asked.get("method").or(fetch.get("method")), "GET"))),
        "scheme" => "asks for what the scheme gives".to_owned(),
        "service_worker" => "asks the service worker".to_owned(),
        "gate" => "asks the gate".to_owned(),
        _ => "hands the redirect over".to_owned(),
    };
    if let Some(url) = asked["url"].as_str().filter(|url| fetch["url"] != *url) {
        phrase.push_str(&format!(" to {}", code(url)));
    }
    if let Some(times) = exchange["repeat"].as_u64() {
        phrase.push_str(&format!(" {times} times"));
    }
    let asked_by_others: Vec<&Value> = others.iter().map(|other| &other[kind]).collect();
    let differing = differing(asked, &asked_by_others);
    if !differing.is_empty() {
        phrase.push_str(&format!(" with {}", differing.join(" and ")));
    }
    phrase
}

fn ended(outcome: &Value, all: &[&Value]) -> String {
    if let Some(error) = outcome.get("error") {
        let reason = match &error["reason"] {
            Value::Array(several) => several.iter().map(plain).collect::<Vec<_>>().join(" or "),
            reason => reason.as_str().or(error["stage"].as_str()).unwrap_or_default().to_owned(),
        };
        return if reason.is_empty() { "rejected".to_owned() } else { format!("rejected: {reason}") };
    }
    let response = &outcome["response"];
    let others: Vec<&Value> =
        all.iter().map(|step| &step["outcome"]["response"]).filter(|other| other.is_object()).collect();
    let differing = differing(response, &others);
    if differing.is_empty() { "delivered".to_owned() } else { format!("delivered with {}", differing.join(" and ")) }
}

/// Members, and lines of `headers`, that are not the same in all others, method and URL aside.
fn differing(of: &Value, others: &[&Value]) -> Vec<String> {
    let differs = |pointer: &dyn Fn(&Value) -> Value| others.iter().any(|other| pointer(other) != pointer(of));
    let mut found = Vec::new();
    for (name, value) in members(of).filter(|(name, _)| !["method", "url", "headers"].contains(name)) {
        if differs(&|other| other[name].clone()) {
            found.push(code(&format!("{}: {}", name.replace('_', " "), plain(value))));
        }
    }
    for (header, value) in members(&of["headers"]) {
        if differs(&|other| other["headers"][header].clone()) {
            found.push(match value {
                Value::Null => format!("no {}", code(header)),
                value => code(&format!("{header}: {}", plain(value))),
            });
        }
    }
    found
}

/// The members of an object by name, whatever order its type keeps.
fn members(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members: BTreeMap<&str, &Value> =
        object.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect();
    members.into_iter()
}

/// Header lines as one writes them.
fn lines(headers: &Value) -> Vec<String> {
    let line = |pair: &Value| format!("{}: {}", text(pair.get(0), ""), text(pair.get(1), ""));
    headers.as_array().into_iter().flatten().map(line).collect()
}

fn text<'a>(value: Option<&'a Value>, default: &'a str) -> &'a str {
    value.and_then(Value::as_str).unwrap_or(default)
}

/// A text without quotes, the members of an object one by one, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => {
            members(value).map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        value => value.to_string(),
    }
}

/// As code within a cell.
fn code(text: &str) -> String {
    let shown: String =
        text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect();
    let quote = if shown.contains('`') { "``" } else { "`" };
    format!("{quote}{}{quote}", shown.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_in_words() {
        let step = json!({
            "fetch": {"url": "{SUB}/r", "method": "PUT", "headers": [["x", "1"]], "credentials": "include"},
            "exchanges": [
                {"preflight": {}, "answer": {"status": 204}},
                {"request": {"url": "{ALT}/r", "headers": {"origin": "null", "x": null}}, "answer": {"status": 200}},
            ],
            "outcome": {"response": {"status": 200}},
        });
        let mut other = step.clone();
        other["exchanges"][1]["request"]["headers"] = json!({"origin": "{CLIENT}", "x": "1"});
        other["outcome"] = json!({"error": {"reason": "allow-origin-missing"}});
        assert_eq!(what(&step).as_deref(), Some("`PUT {SUB}/r`, `x: 1`, `credentials: include`"));
        let all = [&step, &other];
        let wanted = "sends a preflight, sends `PUT` to `{ALT}/r` with `origin: null` and no `x`, delivered";
        assert_eq!(outcome(&step, &all), wanted);
        let wanted = "sends a preflight, sends `PUT` to `{ALT}/r` with `origin: {CLIENT}` and `x: 1`, rejected: allow-origin-missing";
        assert_eq!(outcome(&other, &all), wanted);
        assert_eq!(outcome(&step, &[&step]), "sends a preflight, sends `PUT` to `{ALT}/r`, delivered");
    }

    #[test]
    fn what_is_between_fetches_begins_the_next() {
        let words = [json!({"set_clock_ms": 1500}), json!({"advance_ms": 2000}), json!({"clear_cache": true})];
        assert_eq!(words.each_ref().map(what), [None, None, None]);
        assert_eq!(words.each_ref().map(meanwhile), ["at 1.500 s: ", "2 s later: ", "with the cache cleared: "]);
    }

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(code("a|b\n`"), "``a\\|b\\n```");
    }
}
