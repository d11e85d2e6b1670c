//! What pages ask for.

use fetch_cors::guard::{Headers, HeadersGuard};
use serde_json::{Value, json};

use super::places::Places;
use super::pool::{METHODS, REFERRER_POLICIES, REQUEST_LINES};
use crate::oracle::versus::dice::Dice;
use crate::symbols::bytes;

/// A fetch; with `is_preflighted`, mostly one that needs a preflight.
pub(super) fn new(dice: &mut Dice<'_>, places: Places, is_preflighted: bool) -> Value {
    let mut fetch = json!({"url": places.url(dice)});
    let is_upload = is_preflighted && dice.chance(12);
    if is_upload {
        fetch["method"] = dice.of(&["POST", "PUT", "CHICKEN"]).into();
        fetch["use_cors_preflight"] = true.into();
    } else if is_preflighted {
        if dice.chance(55) {
            fetch["method"] = dice.favouring(&[(30, 0), (15, 1), (10, 2)], &METHODS).into();
        } else {
            set_simple_method(&mut fetch, dice);
        }
    } else {
        mode(&mut fetch, dice);
        set_simple_method(&mut fetch, dice);
    }
    credentials(&mut fetch, dice);
    lines(&mut fetch, dice, is_preflighted);
    body(&mut fetch, dice);
    if !is_upload {
        rare(&mut fetch, dice);
    }
    allowed(fetch)
}

fn set_simple_method(fetch: &mut Value, dice: &mut Dice<'_>) {
    match dice.weighted(&[(50, "GET"), (35, "POST"), (15, "HEAD")]) {
        "GET" => {}
        method => fetch["method"] = method.into(),
    }
}

fn mode(fetch: &mut Value, dice: &mut Dice<'_>) {
    match dice.weighted(&[(66, "cors"), (26, "no-cors"), (8, "same-origin")]) {
        "cors" => {}
        mode => fetch["mode"] = mode.into(),
    }
}

fn credentials(fetch: &mut Value, dice: &mut Dice<'_>) {
    match dice.weighted(&[(46, "same-origin"), (38, "include"), (16, "omit")]) {
        "same-origin" => {}
        // XHR knows no such mode.
        "omit" if fetch.get("use_cors_preflight").is_some() => {}
        mode => fetch["credentials"] = mode.into(),
    }
}

fn body(fetch: &mut Value, dice: &mut Dice<'_>) {
    let method = fetch["method"].as_str().unwrap_or("GET").to_ascii_uppercase();
    let is_upload = fetch.get("use_cors_preflight").is_some();
    if method != "GET" && method != "HEAD" && (dice.chance(40) || is_upload) {
        fetch["body"] = json!({"source": 3});
    }
}

fn lines(fetch: &mut Value, dice: &mut Dice<'_>, is_preflighted: bool) {
    let mut lines: Vec<[String; 2]> = Vec::new();
    let count = if is_preflighted {
        dice.weighted(&[(55, 1), (25, 2), (12, 0), (8, 4)])
    } else {
        dice.weighted(&[(60, 0), (28, 1), (12, 2)])
    };
    for _ in 0..count {
        let (name, value) = dice.favouring(&[(12, 0), (5, 2), (8, 4), (9, 5), (4, 66), (4, 72)], &REQUEST_LINES);
        lines.push([name.to_owned(), value.to_owned()]);
    }
    if dice.chance(9) {
        lines.extend(long(dice));
    }
    if dice.chance(6)
        && let Some([name, _]) = lines.first()
    {
        lines.push([name.clone(), "again".to_owned()]);
    }
    if !lines.is_empty() {
        fetch["headers"] = json!(lines);
    }
}

/// Lines at the edges of what is safelisted by length.
fn long(dice: &mut Dice<'_>) -> Vec<[String; 2]> {
    let names = ["Accept", "Accept-Language", "Content-Language", "Content-Type", "Range"];
    let line = |name: &str, length: usize| {
        let start = match name {
            "Content-Type" => "text/plain;x=",
            "Range" => "bytes=",
            _ => "",
        };
        let rest = if name == "Range" { "1" } else { "a" };
        let end = if name == "Range" { "-" } else { "" };
        let filling = length.saturating_sub(start.len()).saturating_sub(end.len());
        [name.to_owned(), format!("{start}{}{end}", rest.repeat(filling))]
    };
    if dice.chance(60) {
        return vec![line(dice.of(&names), dice.of(&[128, 129, 127]))];
    }
    // 1,024 bytes together, or one more or less.
    let mut lines: Vec<_> = (0..7).map(|_| line("Accept", 128)).collect();
    lines.push(line(dice.of(&["Accept-Language", "Content-Language"]), dice.of(&[128, 127])));
    if dice.chance(60) {
        lines.push(line("Content-Language", dice.of(&[1, 2])));
    }
    // Of several names, since a browser may look at the lines of one name together.
    if dice.chance(50) {
        for ([name, _], other) in lines.iter_mut().zip(["Accept-Language", "Content-Language", "Content-Type"]) {
            other.clone_into(name);
        }
    }
    lines
}

fn rare(fetch: &mut Value, dice: &mut Dice<'_>) {
    match dice.weighted(&[(88, "follow"), (6, "manual"), (6, "error")]) {
        "follow" => {}
        mode => fetch["redirect"] = mode.into(),
    }
    if dice.chance(14) {
        fetch["referrer_policy"] = dice.of(&REFERRER_POLICIES).into();
    }
    if dice.chance(5) {
        // Not force-cache, to which the HTTP cache may answer.
        fetch["cache"] = dice.of(&["no-store", "reload", "no-cache"]).into();
    }
    if dice.chance(3) {
        fetch["referrer"] = "no-referrer".into();
    }
}

/// Much the same fetch again.
pub(super) fn again(last: &Value, dice: &mut Dice<'_>, places: Places) -> Value {
    let mut fetch = last.clone();
    let is_upload = fetch.get("use_cors_preflight").is_some();
    match dice.weighted(&[(34, 0), (18, 1), (24, 2), (16, 3), (8, 4)]) {
        1 if !is_upload => {
            fetch["method"] = dice.favouring(&[(30, 0), (15, 1), (10, 2)], &METHODS).into();
        }
        2 => lines(&mut fetch, dice, true),
        3 => {
            remove(&mut fetch, "credentials");
            credentials(&mut fetch, dice);
        }
        4 => return new(dice, places, true),
        _ => {}
    }
    allowed(fetch)
}

fn remove(fetch: &mut Value, member: &str) {
    if let Some(members) = fetch.as_object_mut() {
        members.shift_remove(member);
    }
}

/// Leaves out what `fetch()` drops or refuses.
pub(super) fn allowed(mut fetch: Value) -> Value {
    let is_no_cors = fetch["mode"] == "no-cors";
    let method = fetch["method"].as_str().unwrap_or("GET").to_ascii_uppercase();
    if is_no_cors && !["GET", "HEAD", "POST"].contains(&method.as_str()) {
        remove(&mut fetch, "method");
    }
    if matches!(fetch["method"].as_str().unwrap_or("GET").to_ascii_uppercase().as_str(), "GET" | "HEAD") {
        remove(&mut fetch, "body");
    }
    // Nothing is listened to without a body.
    if fetch["body"].is_null() {
        remove(&mut fetch, "use_cors_preflight");
    }
    let guard = if is_no_cors { HeadersGuard::RequestNoCors } else { HeadersGuard::Request };
    let mut taken = [Headers::new(HeadersGuard::Request), Headers::new(guard)];
    // XHR joins lines of one name.
    let is_upload = fetch.get("use_cors_preflight").is_some();
    let mut names = std::collections::BTreeSet::new();
    let text = |line: &Value, index: usize| line.get(index).and_then(Value::as_str).and_then(|text| bytes(text).ok());
    if let Some(lines) = fetch.get_mut("headers").and_then(Value::as_array_mut) {
        lines.retain(|line| {
            let (Some(name), Some(value)) = (text(line, 0), text(line, 1)) else { return false };
            if !names.insert(name.to_ascii_lowercase()) && is_upload {
                return false;
            }
            taken.iter_mut().all(|headers| {
                let before = headers.header_list().len();
                headers.append(&name, &value).is_ok() && headers.header_list().len() > before
            })
        });
    }
    if fetch["headers"] == json!([]) || fetch["headers"].is_null() {
        remove(&mut fetch, "headers");
    }
    for member in ["method", "mode", "body"] {
        if fetch[member].is_null() {
            remove(&mut fetch, member);
        }
    }
    fetch
}
