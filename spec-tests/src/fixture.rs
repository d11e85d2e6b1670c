//! Files of rows: where they are, and what every row has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Failure;

/// How a row stands to the standard and to the platform tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Status {
    /// A platform test shows it, and the standard says it.
    Current,
    /// Only the standard says it.
    SpecGap,
    /// The standard says it, a platform test says otherwise: the row follows the standard, and its
    /// `wpt_expect` tells what the test expects.
    WptContradictsSpec,
}

/// What a row may need beyond plain fetches over http, and what that is.
pub const NEEDS: &[(&str, &str)] = &[
    ("abort", "the fetch is aborted while it waits"),
    ("cache-content", "the preflight cache is looked at"),
    ("cache-limits", "bounds of the preflight cache are set"),
    ("cache-upkeep", "the preflight cache is cleared in part, or outlives its host"),
    ("clear-cache", "the preflight cache is cleared"),
    ("clock", "time passes by a virtual clock"),
    ("configured-headers", "the user agent's own header values are set, or not to be sent"),
    ("cookies", "a cookie jar"),
    ("element", "a request as an element with a CORS settings attribute makes it"),
    ("embedder-policy", "a client with an embedder policy"),
    ("fetch-metadata", "the headers of Fetch Metadata"),
    ("fixed-port", "a server on a port of a given number"),
    ("gate", "the host may block or upgrade each hop"),
    ("host-policy", "schemes, grants and the public suffix list are as the host has them"),
    ("https", "servers with certificates"),
    ("keepalive-quota", "other keepalive requests are under way"),
    ("letter-profile", "the switches that follow the standard's letter"),
    ("literal-host", "a host of a given name"),
    ("manual-navigation", "redirects are handed to the navigation, which follows them"),
    ("max-age-limit", "the imposed limit on max-age is set"),
    ("named-host", "hosts that are names and no addresses"),
    ("navigation", "a navigation request"),
    ("network-failure", "the network fails"),
    ("odd-header", "header lines that HTTP/1.1 cannot carry"),
    ("odd-status", "statuses that HTTP/1.1 does not carry as final"),
    ("opaque-origin", "a client with an opaque origin"),
    ("other-scheme", "schemes other than http and https"),
    ("partition", "a client with a network partition key of its own"),
    ("raw-request", "fields of the request that no script can set"),
    ("redirect-host", "a redirect leads to another host"),
    ("service-worker", "a service worker answers"),
    ("stream-body", "a request body that cannot be sent again"),
    ("subdomain", "two hosts of one site"),
    ("table", "a function's result, and no fetch"),
    ("untrustworthy-http", "http hosts that are not potentially trustworthy"),
    ("very-large-body", "a request body that does not exist, only its length"),
    ("websocket", "a request of mode websocket or webtransport"),
];

/// What a table's row and a scenario share.
pub trait Row: DeserializeOwned {
    /// The name of the file's format.
    const FORMAT: &'static str;
    /// The folder under `fixtures/`.
    const FOLDER: &'static str;

    /// What tells this row from all others.
    fn id(&self) -> &str;
    /// Its status.
    fn status(&self) -> Status;
    /// Paths in web-platform-tests from which the fact comes.
    fn wpt(&self) -> &[String];
    /// What the platform tests expect instead.
    fn wpt_expect(&self) -> Option<&Value>;
    /// Anchors that it covers: of the Fetch standard, or of another one with its name before a colon.
    fn anchors(&self) -> &[String];
    /// What a target must be able to do beyond plain fetches; see [`NEEDS`].
    fn needs(&self) -> &[String];
    /// Which mistakes it shows, by neutral names.
    fn shows(&self) -> &[String];

    /// What is wrong with it beyond its form.
    ///
    /// # Errors
    /// Parts that do not fit together.
    fn check(&self) -> Result<(), Failure> {
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "$schema")]
    _schema: Option<String>,
    format: String,
    rows: Vec<Value>,
}

/// Where the fixtures are.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

/// Every JSON file under a folder, in order.
///
/// # Errors
/// The folder cannot be read.
pub fn json_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        if path.is_dir() {
            files.extend(json_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A file's format and rows.
///
/// # Errors
/// Text that is no fixture file.
pub fn parse(text: &str) -> Result<(String, Vec<Value>), Failure> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok((file.format, file.rows))
}

/// Reads every row of a kind, by file.
///
/// # Errors
/// A file that is no fixture of that kind, a row that does not read, an ID that is taken, or a status
/// that does not fit the row's other keys.
pub fn load<R: Row>() -> Result<BTreeMap<PathBuf, Vec<R>>, Failure> {
    let mut ids = std::collections::BTreeSet::new();
    let mut files = BTreeMap::new();
    for path in json_files(&root().join(R::FOLDER))? {
        let name = path.display();
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let (format, values) = parse(&text).map_err(|error| format!("{name}: {error}"))?;
        if format != R::FORMAT {
            return Err(format!("{name}: format is {format:?}, wanted {:?}", R::FORMAT));
        }
        let mut rows = Vec::with_capacity(values.len());
        for value in values {
            let row = read_row::<R>(value).map_err(|error| format!("{name}: {error}"))?;
            if !ids.insert(row.id().to_owned()) {
                return Err(format!("{name}: two rows have the ID {}", row.id()));
            }
            rows.push(row);
        }
        files.insert(path, rows);
    }
    Ok(files)
}

/// Runs every row of a kind; how many there are.
///
/// # Errors
/// What [`load`] says, or every row that failed, with its file and ID.
pub fn run_all<R: Row>(run: fn(&R) -> Result<(), Failure>) -> Result<usize, Failure> {
    let mut failed = Vec::new();
    let mut rows: usize = 0;
    for (path, file) in load::<R>()? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if file.is_empty() {
            failed.push(format!("{name}: no rows"));
        }
        for row in &file {
            rows = rows.saturating_add(1);
            if let Err(error) = run(row) {
                failed.push(format!("{name}: {}: {error}", row.id()));
            }
        }
    }
    if failed.is_empty() { Ok(rows) } else { Err(format!("{} of {rows} rows:\n{}", failed.len(), failed.join("\n"))) }
}

/// Reads one row.
///
/// # Errors
/// As [`load`].
pub fn read_row<R: Row>(value: Value) -> Result<R, Failure> {
    let id = value.get("id").and_then(Value::as_str).unwrap_or("a row without an ID").to_owned();
    let row: R = serde_json::from_value(value).map_err(|error| format!("{id}: {error}"))?;
    row.check().map_err(|error| format!("{id}: {error}"))?;
    let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || !id.chars().all(is_kebab) {
        return Err(format!("{id}: an ID is lower-case words with hyphens between"));
    }
    let has_source = !row.wpt().is_empty();
    let has_other_answer = row.wpt_expect().is_some();
    let fits = match row.status() {
        Status::Current => has_source && !has_other_answer,
        Status::SpecGap => !has_source && !has_other_answer,
        Status::WptContradictsSpec => has_source && has_other_answer,
    };
    if fits { Ok(row) } else { Err(format!("{id}: status {:?} does not fit wpt and wpt_expect", row.status())) }
}

/// Keeps a key that is there with value `null` apart from one that is absent.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
