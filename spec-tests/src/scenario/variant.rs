//! Variants: what comes out of a scenario in an engine that departs from the standard.

use std::collections::BTreeSet;
use std::str::FromStr;

use fetch_cors::Profile;
use serde::{Deserialize, Serialize};

use super::model::{ConfigModel, StepModel};
use crate::Failure;

/// An engine that the library has a profile of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EngineProfile {
    /// [`Profile::chromium`].
    Chromium,
    /// [`Profile::gecko`].
    Gecko,
    /// [`Profile::webkit`].
    Webkit,
}

impl EngineProfile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Gecko, Self::Webkit];

    /// The library's profile.
    pub const fn profile(self) -> Profile {
        match self {
            Self::Chromium => Profile::chromium(),
            Self::Gecko => Profile::gecko(),
            Self::Webkit => Profile::webkit(),
        }
    }

    /// Its name in fixtures and on the command line.
    pub const fn name(self) -> &'static str {
        self.profile().name()
    }

    /// Its name in sentences.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Gecko => "Gecko",
            Self::Webkit => "WebKit",
        }
    }

    /// The switches that differ from the standard, each with its value.
    pub fn switches(self) -> Vec<(&'static str, String)> {
        let (profile, standard) = (self.profile(), Profile::standard());
        let values = Profile::switches().filter_map(|switch| Some((switch.name, profile.value_of(switch.name)?)));
        values.filter(|(name, value)| standard.value_of(name).as_ref() != Some(value)).collect()
    }
}

impl FromStr for EngineProfile {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let known = Self::ALL.into_iter().find(|engine| engine.name() == text);
        known.ok_or_else(|| format!("no engine profile {text:?}"))
    }
}

/// How a scenario comes out in some engines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VariantModel {
    /// The engines.
    pub of: Vec<EngineProfile>,
    /// The switches of their profiles that make the difference.
    pub switches: Vec<String>,
    /// The steps: what happens is as in the scenario, what comes of it is not.
    pub steps: Vec<StepModel>,
}

/// What is wrong with the variants of a scenario.
pub(super) fn check(variants: &[VariantModel], config: &ConfigModel, steps: &[StepModel]) -> Result<(), Failure> {
    if !variants.is_empty() && !config.takes_profile() {
        return Err("a row that sets switches of its own has no variants".into());
    }
    let mut engines = BTreeSet::new();
    for variant in variants {
        if variant.of.is_empty() || variant.switches.is_empty() {
            return Err("a variant names its engines, and its switches".into());
        }
        if let Some(engine) = variant.of.iter().find(|engine| !engines.insert(**engine)) {
            return Err(format!("two variants for {}", engine.name()));
        }
        let distinct: BTreeSet<&String> = variant.switches.iter().collect();
        let is_known = |name: &str| Profile::switches().any(|switch| switch.name == name);
        match variant.switches.iter().find(|name| !is_known(name)) {
            Some(name) => return Err(format!("a variant names the switch {name:?}, which there is not")),
            None if distinct.len() < variant.switches.len() => return Err("a variant names a switch twice".into()),
            None => {}
        }
        let is_same =
            steps.len() == variant.steps.len() && steps.iter().zip(&variant.steps).all(|(a, b)| a.does_the_same(b));
        if !is_same {
            return Err("a variant has other fetches; only exchanges, outcomes and cache contents may differ".into());
        }
    }
    Ok(())
}
