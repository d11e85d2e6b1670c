//! Which browsers there are, where their programs are, and what each needs to be told.

mod chromium;
mod firefox;
mod webkit;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Engine {
    /// Blink, by chromedriver.
    Chromium,
    /// Gecko, by geckodriver.
    Firefox,
    /// WebKitGTK, by WebKitWebDriver and MiniBrowser.
    Webkit,
}

/// The programs of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Programs {
    pub(super) browser: PathBuf,
    pub(super) driver: PathBuf,
}

/// How an engine's programs are found and spoken to.
pub(super) struct Traits {
    name: &'static str,
    /// Names of the browser's program.
    browsers: &'static [&'static str],
    /// Folders that are not on the path; one `*` in each stands for the platform's folder.
    folders: &'static [&'static str],
    driver: &'static str,
    installation: &'static str,
    /// In front of the port, in what the driver writes; none if it has to be told a port.
    announcement: Option<&'static str>,
    /// The capability that has the browser's process ID.
    process_id: &'static str,
}

impl Programs {
    /// Takes what is given, and looks for the rest on the path.
    pub(super) fn find(engine: Engine, browser: Option<&Path>, driver: Option<&Path>) -> Result<Self, Failure> {
        let Traits { browsers, folders, driver: driver_name, .. } = engine.traits();
        let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|variable| std::env::var_os(variable).is_some());
        if engine == Engine::Webkit && !has_display {
            return Err("there is no display; xvfb-run in front of the command gives one (apt install xvfb)".to_owned());
        }
        let given = |path: &Path, option: &str| {
            if path.is_file() { Ok(path.to_owned()) } else { Err(format!("{option} {path:?}: there is no such file")) }
        };
        Ok(Self {
            browser: match browser {
                Some(path) => given(path, "--browser-path")?,
                None => look(engine, browsers, folders, "--browser-path")?,
            },
            driver: match driver {
                Some(path) => given(path, "--driver-path")?,
                None => look(engine, &[driver_name], &[], "--driver-path")?,
            },
        })
    }
}

fn look(engine: Engine, names: &[&str], folders: &[&str], option: &str) -> Result<PathBuf, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> =
        std::env::split_paths(&path).chain(folders.iter().flat_map(|folder| expand(folder))).collect();
    let files = names.iter().flat_map(|name| places.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file()).ok_or_else(|| {
        let (names, installation) = (names.join(" or "), engine.traits().installation);
        format!("{names} is not on the path; to install it: {installation}; or {option} names it")
    })
}

/// The folders that a pattern with one `*` stands for.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once("*/") else { return vec![PathBuf::from(pattern)] };
    let entries = std::fs::read_dir(before).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().join(after)).filter(|folder| folder.is_dir()).collect()
}

impl Engine {
    pub(super) const fn traits(self) -> &'static Traits {
        match self {
            Self::Chromium => &chromium::TRAITS,
            Self::Firefox => &firefox::TRAITS,
            Self::Webkit => &webkit::TRAITS,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.traits().name
    }

    /// How many numbers of its version tell one behaviour from another.
    pub(super) const fn version_parts(self) -> usize {
        match self {
            Self::Chromium | Self::Firefox => 1,
            Self::Webkit => 2,
        }
    }

    /// Whether its driver has to be told a port.
    pub(super) const fn takes_a_port(self) -> bool {
        self.traits().announcement.is_none()
    }

    /// What its driver is started with.
    pub(super) fn driver_arguments(self, port: u16) -> Vec<String> {
        match self {
            Self::Chromium => vec![format!("--port={port}")],
            Self::Firefox => firefox::driver_arguments(port),
            Self::Webkit => vec![format!("--port={port}")],
        }
    }

    /// What its driver's environment must have.
    pub(super) const fn driver_environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Chromium | Self::Webkit => &[],
            Self::Firefox => &firefox::ENVIRONMENT,
        }
    }

    /// The port in a line of the driver's output.
    pub(super) fn port_of(self, line: &str) -> Option<u16> {
        let (_, rest) = line.split_once(self.traits().announcement?)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    /// The browser's process, from a session's capabilities.
    pub(super) fn process_id(self, capabilities: &Value) -> Option<u32> {
        capabilities[self.traits().process_id].as_u64().and_then(|id| u32::try_from(id).ok())
    }

    /// What a session is to be like: everything through the proxy, cookies of other sites, nothing else on the
    /// network.
    pub(super) fn capabilities(self, programs: &Programs, proxy: u16, folder: &Path, timeout: Duration) -> Value {
        let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let mut wish = json!({
            "acceptInsecureCerts": true,
            "timeouts": {"script": milliseconds, "pageLoad": milliseconds},
        });
        match self {
            Self::Chromium => chromium::wish(&mut wish, &programs.browser, proxy, folder),
            Self::Firefox => firefox::wish(&mut wish, &programs.browser, proxy),
            Self::Webkit => webkit::wish(&mut wish, &programs.browser, proxy),
        }
        wish
    }
}

/// The capability with which a browser takes a proxy.
fn proxy_capability(port: u16) -> Value {
    let proxy = format!("127.0.0.1:{port}");
    json!({"proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_tells_its_port() {
        let chromium = |line| Engine::Chromium.port_of(line);
        assert_eq!(chromium("ChromeDriver was started successfully on port 40123.\n"), Some(40123));
        assert_eq!(chromium("Starting ChromeDriver 156.0 on port 0\n"), None);
        let line = "1795358754710\tgeckodriver\tINFO\tListening on 127.0.0.1:40123\n";
        assert_eq!(Engine::Firefox.port_of(line), Some(40123));
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = Programs::find(Engine::Chromium, Some(Path::new("no/such/browser")), None);
        assert_eq!(missing, Err("--browser-path \"no/such/browser\": there is no such file".to_owned()));
    }

    #[test]
    fn a_pattern_stands_for_the_folders_that_are_there() {
        let root = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        std::fs::create_dir_all(root.path().join("x/deep")).unwrap_or_else(|error| panic!("{error}"));
        std::fs::create_dir_all(root.path().join("y")).unwrap_or_else(|error| panic!("{error}"));
        let found = expand(&format!("{}/*/deep", root.path().display()));
        assert_eq!(found, [root.path().join("x/deep")]);
    }
}
