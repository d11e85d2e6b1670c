//! `fixtures/switches.json`: where the profiles of engines differ from the standard's, and how that is known.

use std::collections::BTreeMap;

use fetch_cors::Profile;
use serde::Deserialize;

use crate::Failure;
use crate::scenario::{self, EngineProfile, Scenario};

/// The file's format.
pub const FORMAT: &str = "fetch-cors-switches/1";

const TEXT: &str = include_str!("../../fixtures/switches.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "$schema")]
    _schema: Option<String>,
    format: String,
    switches: Vec<Switch>,
}

/// A switch that is not in every engine as in the standard.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Switch {
    /// Its name in the library's `Profile`.
    #[serde(rename = "switch")]
    pub name: String,
    /// What it decides, as the end of a sentence.
    pub about: String,
    /// The engines that have another value.
    pub engines: BTreeMap<EngineProfile, Departure>,
}

/// What an engine does instead.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Departure {
    /// The word of its value, or its number.
    pub value: String,
    /// One sentence: what it does.
    pub because: String,
    /// Where that is discussed in public.
    pub bug: Option<String>,
    /// The version of the browser in which it was seen, or the engine's source file that tells it.
    pub seen: String,
}

/// The table that this program was built with.
///
/// # Errors
/// A file of another form.
pub fn embedded() -> Result<Vec<Switch>, Failure> {
    let file: File = serde_json::from_str(TEXT).map_err(|error| format!("switches.json: {error}"))?;
    if file.format != FORMAT {
        return Err(format!("switches.json: format is {:?}, wanted {FORMAT:?}", file.format));
    }
    Ok(file.switches)
}

/// A scenario that no longer comes out as it says when a switch of an engine's profile is set back, alone, to the
/// standard's value: one with a variant that names the switch, if there is one.
///
/// # Errors
/// There is no such switch.
pub fn shown_by<'a>(
    rows: &'a [Scenario],
    engine: EngineProfile,
    switch: &str,
) -> Result<Option<&'a Scenario>, Failure> {
    let value = Profile::standard().value_of(switch).ok_or_else(|| format!("no switch {switch:?}"))?;
    let without = engine.profile().with_switch(switch, &value).map_err(|error| error.to_string())?;
    let names_it =
        |row: &&Scenario| row.variant(engine).is_some_and(|variant| variant.switches.iter().any(|name| name == switch));
    let turns = |row: &&Scenario| {
        row.config.takes_profile() && scenario::run_steps(row, row.steps_in(engine), &without).is_err()
    };
    let (named, others): (Vec<_>, Vec<_>) = rows.iter().partition(names_it);
    Ok(named.into_iter().chain(others).find(turns))
}
