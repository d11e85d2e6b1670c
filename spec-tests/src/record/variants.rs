//! What engines do otherwise than a row says, as variants of the row.

use fetch_cors::Profile;
use serde_json::{Value, json};

use super::{Missing, steps};
use crate::Failure;

/// What some engines do instead of a row's steps.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Variant {
    /// The names of the profiles.
    pub of: Vec<String>,
    /// Switches that, set on the standard's profile to the value that they have in those, do it; none can be left out.
    pub switches: Vec<String>,
    /// The steps.
    pub steps: Value,
}

/// What the given profiles do otherwise than a row says. Those that do the same by the same switches are one variant.
///
/// # Errors
/// A row that cannot be recorded under one of them.
pub fn of_row(row: &Value, profiles: &[Profile], missing: Missing) -> Result<Vec<Variant>, Failure> {
    let mut variants: Vec<Variant> = Vec::new();
    for profile in profiles {
        let recorded = steps(row, profile, missing).map_err(|error| format!("{}: {error}", profile.name()))?;
        if recorded == row["steps"] {
            continue;
        }
        let by = |switches: &[String]| steps(row, &standard_with(profile, switches)?, missing);
        let mut others = variants.iter_mut().filter(|variant| variant.steps == recorded);
        if let Some(same) = others.find(|variant| by(&variant.switches).as_ref() == Ok(&recorded)) {
            same.of.push(profile.name().to_owned());
            continue;
        }
        let switches = fewest(differing(profile), |switches| by(switches).as_ref() == Ok(&recorded));
        variants.push(Variant { of: vec![profile.name().to_owned()], switches, steps: recorded });
    }
    Ok(variants)
}

/// The switches that a profile has otherwise than the standard's.
fn differing(profile: &Profile) -> Vec<String> {
    let standard = Profile::standard();
    let differs = |name: &&'static str| profile.value_of(name) != standard.value_of(name);
    Profile::switches().map(|switch| switch.name).filter(differs).map(str::to_owned).collect()
}

/// The standard's profile with some of another one's switches.
fn standard_with(profile: &Profile, switches: &[String]) -> Result<Profile, Failure> {
    switches.iter().try_fold(Profile::standard(), |made, name| {
        let value = profile.value_of(name).ok_or_else(|| format!("no switch {name:?}"))?;
        made.with_switch(name, &value).map_err(|error| error.to_string())
    })
}

/// Leaves out whatever is not needed.
fn fewest(mut switches: Vec<String>, is_enough: impl Fn(&[String]) -> bool) -> Vec<String> {
    let mut index = 0;
    while index < switches.len() {
        let mut fewer = switches.clone();
        fewer.remove(index);
        if is_enough(&fewer) {
            switches = fewer;
        } else {
            index = index.saturating_add(1);
        }
    }
    switches
}

/// Writes the variants of the given profiles into a row, instead of those that it has. What else is said of a variant
/// stays with the profile that comes first in it.
pub fn put(row: &mut Value, profiles: &[Profile], variants: Vec<Variant>) {
    let mut before: Vec<Value> = row["profiles"].as_array().cloned().unwrap_or_default();
    let members = |variant: Variant| {
        let has_first = |old: &&Value| names(old).any(|name| Some(name) == variant.of.first().map(String::as_str));
        let mut new = json!({"of": variant.of, "switches": variant.switches});
        let old = before.iter().find(has_first).and_then(Value::as_object).into_iter().flatten();
        for (key, value) in old.filter(|(key, _)| !["of", "switches", "steps"].contains(&key.as_str())) {
            new[key] = value.clone();
        }
        new["steps"] = variant.steps;
        new
    };
    let new: Vec<Value> = variants.into_iter().map(members).collect();
    before.retain_mut(|old| {
        let others: Vec<&str> =
            names(old).filter(|name| profiles.iter().all(|profile| profile.name() != *name)).collect();
        let others = json!(others);
        old["of"] = others;
        old["of"] != json!([])
    });
    before.extend(new);
    match row.as_object_mut() {
        Some(members) if before.is_empty() => drop(members.shift_remove("profiles")),
        _ => row["profiles"] = before.into(),
    }
}

fn names(variant: &Value) -> impl Iterator<Item = &str> {
    variant["of"].as_array().into_iter().flatten().filter_map(Value::as_str)
}
