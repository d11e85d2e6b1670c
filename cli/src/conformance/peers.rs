//! Targets on Node.js: which adapter runs them, and what it takes. Nothing is installed here.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::args::PeerArgs;
use crate::plan::Usage;

/// Lists the adapters' files.
macro_rules! embed {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../../../spec-tests/adapters/", $name)))),+]
    };
}

const FILES: [(&str, &str); 5] = embed!["common.mjs", "happy-dom.mjs", "jsdom.mjs", "node-fetch.mjs", "package.json"];

/// A target on Node.js.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    NodeFetch,
    Jsdom,
    HappyDom,
}

/// The adapters as files.
#[derive(Debug)]
pub(super) enum Adapters {
    Given(PathBuf),
    /// Removed with this value.
    Written(TempDir),
}

impl Adapters {
    fn new(given: Option<&Path>) -> Result<Self, Usage> {
        if let Some(folder) = given {
            return Ok(Self::Given(folder.to_owned()));
        }
        let wrong =
            |e: std::io::Error| Usage(format!("the adapters cannot be written: {e}; --adapters names a folder"));
        let folder = tempfile::Builder::new().prefix("fetch-cors-adapters-").tempdir().map_err(wrong)?;
        for (name, text) in FILES {
            std::fs::write(folder.path().join(name), text).map_err(wrong)?;
        }
        Ok(Self::Written(folder))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Given(folder) => folder,
            Self::Written(folder) => folder.path(),
        }
    }
}

impl Peer {
    const fn name(self) -> &'static str {
        match self {
            Self::NodeFetch => "node-fetch",
            Self::Jsdom => "jsdom",
            Self::HappyDom => "happy-dom",
        }
    }

    const fn package(self) -> Option<&'static str> {
        match self {
            Self::NodeFetch => None,
            Self::Jsdom | Self::HappyDom => Some(self.name()),
        }
    }

    /// The program that runs it, with its arguments.
    pub(super) fn program(self, args: &PeerArgs, adapters: &mut Option<Adapters>) -> Result<Vec<String>, Usage> {
        check_node().map_err(|why| self.wrong(&why))?;
        let package = self.package().map(|package| self.find(package, args.packages.as_deref())).transpose()?;
        if adapters.is_none() {
            *adapters = Some(Adapters::new(args.adapters.as_deref())?);
        }
        let folder = adapters.as_ref().map(Adapters::path).unwrap_or(Path::new(""));
        let adapter = folder.join(format!("{}.mjs", self.name()));
        if !adapter.is_file() {
            return Err(self.wrong(&format!("there is no {}", adapter.display())));
        }
        let words = [Some(PathBuf::from("node")), Some(adapter), package].into_iter().flatten();
        let word = |path: PathBuf| {
            path.into_os_string().into_string().map_err(|path| self.wrong(&format!("{path:?} is not UTF-8")))
        };
        words.map(word).collect()
    }

    fn wrong(self, why: &str) -> Usage {
        Usage(format!("--target {}: {why}", self.name()))
    }

    /// The folder of a package, as Node looks for it.
    fn find(self, package: &str, start: Option<&Path>) -> Result<PathBuf, Usage> {
        let start = match start {
            Some(folder) => folder.canonicalize().map_err(|e| Usage(format!("--packages {folder:?}: {e}")))?,
            None => std::env::current_dir().map_err(|e| self.wrong(&format!("the current folder: {e}")))?,
        };
        let wanted = known_version(package).ok_or_else(|| self.wrong("no version is known"))?;
        let places = start.ancestors().map(|folder| folder.join("node_modules").join(package));
        let found = places.into_iter().find_map(|folder| Some((installed_version(&folder)?, folder)));
        let Some((version, folder)) = found else {
            return Err(self.wrong(&format!(
                "no node_modules in {} or above it has {package}; to install it there: npm install {package}@{wanted}",
                start.display()
            )));
        };
        if version != wanted {
            crate::tell(&format!(
                "note: {} is version {version}; the adapter was written for {wanted}, with which the published results \
                 were made",
                folder.display()
            ));
        }
        Ok(folder)
    }
}

/// The version that the adapters' own manifest pins.
fn known_version(package: &str) -> Option<String> {
    let (_, manifest) = FILES.iter().find(|(name, _)| *name == "package.json")?;
    let manifest: Value = serde_json::from_str(manifest).ok()?;
    manifest["dependencies"][package].as_str().map(str::to_owned)
}

fn installed_version(folder: &Path) -> Option<String> {
    let manifest = std::fs::read(folder.join("package.json")).ok()?;
    let manifest: Value = serde_json::from_slice(&manifest).ok()?;
    manifest["version"].as_str().map(str::to_owned)
}

/// Whether there is a Node.js that the adapters run on, or why not.
fn check_node() -> Result<(), String> {
    const WANTED: &str = "needs Node.js 20.19, 22.13, 24 or later; to install it: https://nodejs.org";
    let output = Command::new("node").arg("--version").output();
    let output = output.map_err(|e| format!("node does not start ({e}); the target {WANTED}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if runs_adapters(&version) {
        Ok(())
    } else {
        Err(format!("node says that it is version {version:?}; the target {WANTED}"))
    }
}

/// Follows `engines` of the adapters' manifest.
fn runs_adapters(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(20), Some(minor)) => minor >= 19,
        (Some(22), Some(minor)) => minor >= 13,
        (Some(major), Some(_)) => major >= 24,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_told_apart() {
        for good in ["v20.19.0", "v20.20.2", "v22.13.1", "v24.0.0", "v100.0.0"] {
            assert!(runs_adapters(good), "{good}");
        }
        for bad in ["", "v18.20.0", "v20.18.3", "v21.7.0", "v22.12.0", "v23.11.0", "node", "v20"] {
            assert!(!runs_adapters(bad), "{bad}");
        }
    }

    #[test]
    fn every_package_has_a_version_and_the_page_says_it() {
        let page = include_str!("../../../spec-tests/adapters/README.md");
        for package in [Peer::NodeFetch, Peer::Jsdom, Peer::HappyDom].into_iter().filter_map(Peer::package) {
            let version = known_version(package).unwrap_or_default();
            assert_eq!(version.split('.').count(), 3, "{package}");
            assert!(page.contains(&format!("of {package} {version} ")), "{package} {version}");
        }
        assert_eq!(known_version("another"), None);
    }
}
