//! `fixtures/switches.json`: where the profiles of engines differ from the standard's, and how that is known.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Failure;
use crate::scenario::EngineProfile;

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
