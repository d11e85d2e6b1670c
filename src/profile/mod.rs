//! Profiles: one record of switches, by which the algorithms ask how a corner is turned. A type for each switch
//! names its values.

mod switches;

use thiserror::Error;

pub(crate) use switches::Switches;
pub use switches::*;

/// Where the text of the standard leaves a corner open, or slips, and what is done there; and where an
/// engine departs from it.
///
/// The algorithms ask the record; nothing asks which profile it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: &'static str,
    checked_against: Option<&'static str>,
    pub(crate) switches: Switches,
    pub(crate) max_age_limit: Option<u32>,
    pub(crate) max_cached_url_bytes: Option<u32>,
}

/// A switch of a [`Profile`], for those who choose by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Switch {
    /// Its name.
    pub name: &'static str,
    /// The words of its values, or none if its value is a number in decimal digits, or `none`.
    pub words: &'static [&'static str],
}

/// Why a switch was not set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SwitchError {
    /// There is no such switch.
    #[error("no switch {name:?}; there are {}", names())]
    Name {
        /// The name given.
        name: String,
    },
    /// The switch has no such value.
    #[error("the switch {name} has no value {value:?}; it has {}", expected(.name))]
    Value {
        /// The switch.
        name: &'static str,
        /// The word given.
        value: String,
    },
}

fn names() -> String {
    Profile::switches().map(|switch| switch.name).collect::<Vec<_>>().join(", ")
}

fn expected(name: &str) -> String {
    match Profile::switches().find(|switch| switch.name == name) {
        Some(Switch { words, .. }) if !words.is_empty() => words.join(", "),
        _ => "numbers below 4294967296, and none".to_owned(),
    }
}

const MAX_AGE_LIMIT: &str = "max_age_limit";
const MAX_CACHED_URL_BYTES: &str = "max_cached_url_bytes";
const NUMBERS: [Switch; 2] =
    [Switch { name: MAX_AGE_LIMIT, words: &[] }, Switch { name: MAX_CACHED_URL_BYTES, words: &[] }];

impl Profile {
    /// The names of all profiles.
    pub const NAMES: [&str; 5] = ["letter", "standard", "chromium", "gecko", "webkit"];

    /// The text to the letter, its slips included.
    pub const fn letter() -> Self {
        Self {
            name: "letter",
            checked_against: None,
            switches: Switches::LETTER,
            max_age_limit: None,
            max_cached_url_bytes: None,
        }
    }

    /// The text as it is meant, and the safe choice where it leaves one. The default.
    pub const fn standard() -> Self {
        Self {
            name: "standard",
            checked_against: None,
            switches: Switches::STANDARD,
            max_age_limit: Some(7200),
            max_cached_url_bytes: None,
        }
    }

    /// What Chromium does. Each difference from [`standard`](Self::standard) was seen in the version that
    /// [`checked_against`](Self::checked_against) names, or is told by Chromium's sources.
    pub const fn chromium() -> Self {
        let checked_against = Some("Chromium 156.0.8078.108");
        Self {
            name: "chromium",
            checked_against,
            switches: Switches::CHROMIUM,
            max_age_limit: Some(7200),
            max_cached_url_bytes: Some(1023),
        }
    }

    /// What Gecko does, as [`chromium`](Self::chromium).
    pub const fn gecko() -> Self {
        let checked_against = Some("Firefox ESR 153.7.0");
        Self {
            name: "gecko",
            checked_against,
            switches: Switches::GECKO,
            max_age_limit: Some(86_400),
            max_cached_url_bytes: None,
        }
    }

    /// What WebKit does, as [`chromium`](Self::chromium).
    pub const fn webkit() -> Self {
        let checked_against = Some("WebKitGTK 2.50.6");
        Self {
            name: "webkit",
            checked_against,
            switches: Switches::WEBKIT,
            max_age_limit: Some(600),
            max_cached_url_bytes: None,
        }
    }

    /// The profile of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "letter" => Some(Self::letter()),
            "standard" => Some(Self::standard()),
            "chromium" => Some(Self::chromium()),
            "gecko" => Some(Self::gecko()),
            "webkit" => Some(Self::webkit()),
            _ => None,
        }
    }

    /// The profile's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The browser and version that the profile was checked against, if it is an engine's.
    pub const fn checked_against(&self) -> Option<&'static str> {
        self.checked_against
    }

    /// The imposed limit on max-age in seconds, or none.
    #[must_use]
    pub const fn with_max_age_limit(mut self, seconds: Option<u32>) -> Self {
        self.max_age_limit = seconds;
        self
    }

    /// The most bytes of a URL, fragment included, for which the CORS-preflight cache keeps anything, or none, as
    /// the text has it. Chromium has 1,023.
    #[must_use]
    pub const fn with_max_cached_url_bytes(mut self, bytes: Option<u32>) -> Self {
        self.max_cached_url_bytes = bytes;
        self
    }

    /// Whether the cache keeps anything for a URL of this many bytes.
    pub(crate) fn is_cached_url_length(&self, bytes: usize) -> bool {
        self.max_cached_url_bytes.is_none_or(|most| u32::try_from(bytes).is_ok_and(|bytes| bytes <= most))
    }

    /// All switches.
    pub fn switches() -> impl Iterator<Item = Switch> {
        Switches::ALL.iter().copied().chain(NUMBERS)
    }

    /// The word of a switch's value, or `None` if there is no such switch.
    pub fn value_of(&self, switch: &str) -> Option<String> {
        let number = |number: Option<u32>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
        match switch {
            MAX_AGE_LIMIT => Some(number(self.max_age_limit)),
            MAX_CACHED_URL_BYTES => Some(number(self.max_cached_url_bytes)),
            name => self.switches.word(name).map(str::to_owned),
        }
    }

    /// The profile with a switch set by name and word.
    ///
    /// # Errors
    /// There is no such switch, or it has no such value.
    pub fn with_switch(mut self, switch: &str, value: &str) -> Result<Self, SwitchError> {
        let Some(Switch { name, .. }) = Self::switches().find(|known| known.name == switch) else {
            return Err(SwitchError::Name { name: switch.to_owned() });
        };
        let refused = || SwitchError::Value { name, value: value.to_owned() };
        let number = || match value {
            "none" => Ok(None),
            // No sign: the standard's numbers have none.
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map(Some).map_err(|_| refused())
            }
            _ => Err(refused()),
        };
        match name {
            MAX_AGE_LIMIT => self.max_age_limit = number()?,
            MAX_CACHED_URL_BYTES => self.max_cached_url_bytes = number()?,
            name => self.switches.set(name, value).ok_or_else(refused)?,
        }
        Ok(self)
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::standard()
    }
}
