//! Cases: the rows of all files, as documents that a target binds to its hosts.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::files;
use crate::Failure;
use crate::fixture::{self, Row};
use crate::scenario::{ConfigModel, EngineProfile, Scenario};
use crate::table::TableRow;

/// What kind of row a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Fetches and their exchanges.
    Scenario,
    /// A function's input and result.
    Table,
}

/// One row.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// The name of its file.
    pub area: String,
    /// What it is.
    pub kind: Kind,
    /// The row as it is written, symbols and all.
    pub row: Value,
}

impl Case {
    /// What tells it from all others.
    pub fn id(&self) -> &str {
        self.row["id"].as_str().unwrap_or_default()
    }

    /// The anchors that it covers.
    pub fn anchors(&self) -> impl Iterator<Item = &str> {
        texts(&self.row["anchors"])
    }

    /// What it needs of a target.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        texts(&self.row["needs"])
    }

    /// The mistakes that it shows.
    pub fn shows(&self) -> impl Iterator<Item = &str> {
        texts(&self.row["shows"])
    }

    /// The case with the steps of its variant for an engine, if it has one.
    pub fn variant(&self, engine: EngineProfile) -> Option<Self> {
        let variants = self.row["profiles"].as_array()?;
        let steps =
            variants.iter().find(|variant| texts(&variant["of"]).any(|of| of == engine.name()))?["steps"].clone();
        let mut case = self.clone();
        let members = case.row.as_object_mut()?;
        members.remove("profiles");
        members.insert("steps".to_owned(), steps);
        Some(case)
    }

    /// Why it cannot run under a profile of another's choice, if it cannot.
    pub(super) fn sets_switches(&self) -> Result<Option<String>, Failure> {
        let config = self.row.get("config").cloned().map(ConfigModel::deserialize).transpose();
        let config = config.map_err(|error| format!("{}: config: {error}", self.id()))?.unwrap_or_default();
        Ok((!config.takes_profile()).then(|| "it sets switches of its own".to_owned()))
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The cases that this program was built with.
///
/// # Errors
/// A row that does not read.
pub fn embedded() -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for (path, text) in files::FILES {
        read(path, text, &mut cases)?;
    }
    Ok(cases)
}

/// The cases of a folder with subfolders `scenarios` and `tables`.
///
/// # Errors
/// A folder that is not there, or a row that does not read.
pub fn from_folder(folder: &Path) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for kind in [Scenario::FOLDER, TableRow::FOLDER] {
        for path in fixture::json_files(&folder.join(kind))? {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            read(&path.display().to_string(), &text, &mut cases)?;
        }
    }
    Ok(cases)
}

fn read(path: &str, text: &str, cases: &mut Vec<Case>) -> Result<(), Failure> {
    let at = |error: Failure| format!("{path}: {error}");
    let area = Path::new(path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (format, rows) = fixture::parse(text).map_err(at)?;
    let kind = match format.as_str() {
        Scenario::FORMAT => Kind::Scenario,
        TableRow::FORMAT => Kind::Table,
        other => return Err(at(format!("no format {other:?}"))),
    };
    for row in rows {
        match kind {
            Kind::Scenario => fixture::read_row::<Scenario>(row.clone()).map(drop),
            Kind::Table => fixture::read_row::<TableRow>(row.clone()).map(drop),
        }
        .map_err(at)?;
        cases.push(Case { area: area.clone(), kind, row });
    }
    Ok(())
}
