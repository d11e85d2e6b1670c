//! What was seen, in the words of a fixture: the members that a template has, in its order. A text that says the
//! same as before stays as it is.

use serde_json::{Map, Value, json};
use url::Url;

use super::unbind::unbind;
use crate::Failure;
use crate::scenario::{CacheEntryModel, Lines, Seen, SeenError, Sent, lines, url};
use crate::symbols::{bytes, expand, text};

/// An object with the members of a template.
fn members(template: &Value, mut value: impl FnMut(&str, &Value) -> Result<Value, Failure>) -> Result<Value, Failure> {
    let template = template.as_object().ok_or("members are expected")?;
    let members = template.iter().map(|(key, old)| Ok((key.clone(), value(key, old)?)));
    Ok(Value::Object(members.collect::<Result<Map<_, _>, Failure>>()?))
}

/// A header value, or null.
fn value(old: &Value, seen: Option<&[u8]>) -> Result<Value, Failure> {
    let same = old.as_str().map(bytes).transpose()?;
    Ok(if same.as_deref() == seen { old.clone() } else { seen.map(|seen| unbind(&text(seen))).into() })
}

fn place(old: &Value, seen: Option<&str>) -> Result<Value, Failure> {
    let same = old.as_str().map(url).transpose()?;
    Ok(if same.as_ref().map(Url::as_str) == seen { old.clone() } else { seen.map(unbind).into() })
}

fn all_lines(old: &Value, seen: &Lines) -> Result<Value, Failure> {
    let same: Option<Vec<(String, String)>> = serde_json::from_value(old.clone()).ok();
    if same.as_deref().map(lines).transpose()?.as_ref() == Some(seen) {
        return Ok(old.clone());
    }
    Ok(seen.iter().map(|(name, value)| json!([text(name), unbind(&text(value))])).collect())
}

/// A request.
pub(super) fn request(template: &Value, sent: &Sent, cookie: Option<&[u8]>) -> Result<Value, Failure> {
    members(template, |key, old| {
        Ok(match key {
            "method" => value(old, Some(sent.method.as_bytes()))?,
            "url" => place(old, Some(sent.url.as_str()))?,
            "credentials" => sent.credentials.into(),
            "headers" => members(old, |name, old| match name {
                "cookie" => value(old, cookie),
                _ => value(old, sent.header(name).as_deref()),
            })?,
            "all_headers" => all_lines(old, &sent.lines)?,
            "body" => sent.body.into(),
            "same_site" => sent.same_site.unwrap_or("none").into(),
            "cache_mode" => sent.cache_mode.into(),
            "mode" => sent.mode.into(),
            "may_prompt" => sent.may_prompt.into(),
            "redirect_count" => sent.redirect_count.into(),
            other => return Err(format!("a request has no {other}")),
        })
    })
}

/// Where a hop goes.
pub(super) fn hop(template: &Value, seen: &Url) -> Result<Value, Failure> {
    members(template, |_, old| place(old, Some(seen.as_str())))
}

/// A response.
pub(super) fn response(template: &Value, seen: &Seen<'_>) -> Result<Value, Failure> {
    members(template, |key, old| {
        Ok(match key {
            "type" => seen.response_type.into(),
            "status" => seen.status.into(),
            "url" => place(old, seen.url.as_deref())?,
            "urls" => urls(old, &seen.urls)?,
            "redirected" => seen.redirected.into(),
            "headers" => members(old, |name, old| value(old, (seen.header)(name).as_deref()))?,
            "all_headers" => all_lines(old, &seen.lines)?,
            "body" => seen.body.into(),
            "timing_allow" => seen.timing_allow.into(),
            "redirect_taint" => seen.redirect_taint.into(),
            "internal_status" => seen.internal_status.into(),
            "navigation_tao" => members(old, |destination, _| Ok((seen.navigation_tao)(destination)?.into()))?,
            other => return Err(format!("a response has no {other}")),
        })
    })
}

fn urls(old: &Value, seen: &[String]) -> Result<Value, Failure> {
    let old = old.as_array().map_or(&[][..], Vec::as_slice);
    let at = |(index, seen): (usize, &String)| place(old.get(index).unwrap_or(&Value::Null), Some(seen));
    seen.iter().enumerate().map(at).collect::<Result<Vec<_>, _>>().map(Value::from)
}

/// A network error.
pub(super) fn error(template: &Value, seen: &SeenError) -> Result<Value, Failure> {
    members(template, |key, old| {
        Ok(match key {
            "stage" => seen.stage.into(),
            "reason" if old.as_array().is_some_and(|words| words.contains(&seen.reason.into())) => old.clone(),
            "reason" => seen.reason.into(),
            "redirects" => seen.redirects.into(),
            "aborted" => seen.aborted.into(),
            other => return Err(format!("a network error has no {other}")),
        })
    })
}

/// Exchanges; equal ones in a row become one where that is the style.
pub(super) fn exchanges(all: Vec<(Value, bool)>) -> Value {
    let mut written: Vec<(Value, u64)> = Vec::new();
    for (mut exchange, may_repeat) in all {
        if let Some(members) = exchange.as_object_mut() {
            members.shift_remove("repeat");
        }
        match written.last_mut() {
            Some((last, times)) if may_repeat && *last == exchange => *times = times.saturating_add(1),
            _ => written.push((exchange, 1)),
        }
    }
    written.into_iter().map(|(exchange, times)| with_repeat(exchange, times)).collect()
}

/// Runs of one step; equal ones in a row become one.
pub(super) fn repeated(runs: Vec<Value>) -> Vec<Value> {
    let mut written: Vec<(Value, u64)> = Vec::new();
    for run in runs {
        match written.last_mut() {
            Some((last, times)) if *last == run => *times = times.saturating_add(1),
            _ => written.push((run, 1)),
        }
    }
    written.into_iter().map(|(run, times)| with_repeat(run, times)).collect()
}

fn with_repeat(mut value: Value, times: u64) -> Value {
    match value.as_object_mut() {
        Some(members) if times == 1 => drop(members.shift_remove("repeat")),
        _ => value["repeat"] = times.into(),
    }
    value
}

/// A look into the cache.
pub(super) fn cache(template: &Value, seen: &[CacheEntryModel]) -> Result<Value, Failure> {
    let mut left = seen.to_vec();
    let mut written = Vec::new();
    for old in template["cache"].as_array().into_iter().flatten() {
        let model: CacheEntryModel = serde_json::from_value(old.clone()).map_err(|error| error.to_string())?;
        let partition = model.partition.as_deref().map(expand).transpose()?;
        let (origin, url) = (expand(&model.origin)?, url(&model.url)?.to_string());
        let model = CacheEntryModel { partition, origin, url, ..model };
        if let Some(place) = left.iter().position(|entry| *entry == model) {
            left.remove(place);
            written.push(old.clone());
        }
    }
    for mut entry in left {
        entry.partition = entry.partition.as_deref().map(unbind);
        entry.origin = unbind(&entry.origin);
        entry.url = unbind(&entry.url);
        written.push(serde_json::to_value(entry).map_err(|error| error.to_string())?);
    }
    let mut step = template.clone();
    step["cache"] = written.into();
    Ok(step)
}
