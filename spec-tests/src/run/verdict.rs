//! What came of cases.

use crate::Failure;
use crate::scenario::EngineProfile;

/// One thing that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Where: the step, the exchange, the thing.
    pub what: String,
    /// What the row expects, if it can be told apart.
    pub expected: Option<String>,
    /// What was seen.
    pub seen: Option<String>,
}

impl Difference {
    /// Something expected, and something else seen.
    pub fn new(what: impl Into<String>, expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { what: what.into(), expected: Some(expected.into()), seen: Some(seen.into()) }
    }

    /// Something that went wrong altogether.
    pub fn of_text(text: impl Into<String>) -> Self {
        Self { what: text.into(), expected: None, seen: None }
    }

    /// From a failure's parts, each of the form "WHAT is SEEN, wanted EXPECTED".
    pub(super) fn of_failure(failure: &Failure) -> Vec<Self> {
        let part = |text: &str| match text.split_once(", wanted ") {
            Some((left, expected)) => match left.split_once(" is ") {
                Some((what, seen)) => Self::new(what, expected, seen),
                None => Self::new("", expected, left),
            },
            None => Self::of_text(text),
        };
        failure.split("; ").map(part).collect()
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.expected, &self.seen) {
            (Some(expected), Some(seen)) if self.what.is_empty() => write!(f, "expected {expected}, seen {seen}"),
            (Some(expected), Some(seen)) => write!(f, "{}: expected {expected}, seen {seen}", self.what),
            _ => f.write_str(&self.what),
        }
    }
}

/// What came of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// As the row says.
    Passed,
    /// Not so.
    Failed(Vec<Difference>),
    /// Not run, for this reason.
    Skipped(String),
}

impl Verdict {
    /// The verdict of a run in memory.
    pub fn of_result(result: &Result<(), Failure>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(failure) => Self::Failed(Difference::of_failure(failure)),
        }
    }

    /// The word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// A case, and what came of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CaseResult {
    /// The case's ID.
    pub id: String,
    /// Its area.
    pub area: String,
    /// What it covers.
    pub anchors: Vec<String>,
    /// The mistakes that it shows.
    pub shows: Vec<String>,
    /// Whether its engine's variant was expected, and not what the standard says.
    pub has_variant: bool,
    /// What came of it.
    pub verdict: Verdict,
    /// Why a failure is expected, if it is.
    pub expected_failure: Option<String>,
}

/// All cases of one target.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TargetResult {
    /// The target's name.
    pub name: String,
    /// The engine whose variants were expected, if not the standard.
    pub profile: Option<EngineProfile>,
    /// The cases, in order.
    pub cases: Vec<CaseResult>,
    /// What is wrong with the expected failures: one that passed, or did not run.
    pub complaints: Vec<String>,
}

/// How many cases of a target came out by the standard, and by its profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agreement {
    /// That ran.
    pub run: usize,
    /// That came out as the standard says.
    pub with_standard: usize,
    /// That came out as the profile says, be that the standard or a variant.
    pub with_profile: usize,
    /// That did not, with a recorded reason.
    pub recorded: usize,
    /// That did not, without one.
    pub unrecorded: usize,
}

impl Agreement {
    /// The numbers, each with what it counts.
    pub const fn counts(self) -> [(&'static str, usize); 5] {
        [
            ("run", self.run),
            ("as the standard", self.with_standard),
            ("as the profile", self.with_profile),
            ("differ for a recorded reason", self.recorded),
            ("differ without one", self.unrecorded),
        ]
    }
}

impl TargetResult {
    /// The name of the profile whose outcomes were expected.
    pub const fn profile_name(&self) -> &'static str {
        match self.profile {
            Some(engine) => engine.name(),
            None => "standard",
        }
    }

    /// How many cases came out by the standard, and by the profile.
    pub fn agreement(&self) -> Agreement {
        let passed = |case: &&CaseResult| case.verdict == Verdict::Passed;
        let (with_profile, unrecorded) = (self.count("passed"), self.unexpected().count());
        let failed = self.count("failed");
        Agreement {
            run: with_profile.saturating_add(failed),
            with_standard: self.cases.iter().filter(passed).filter(|case| !case.has_variant).count(),
            with_profile,
            recorded: failed.saturating_sub(unrecorded),
            unrecorded,
        }
    }

    /// How many cases have a verdict of this word.
    pub fn count(&self, word: &str) -> usize {
        self.cases.iter().filter(|case| case.verdict.word() == word).count()
    }

    /// Failures that nobody expects.
    pub fn unexpected(&self) -> impl Iterator<Item = &CaseResult> {
        self.cases.iter().filter(|case| matches!(case.verdict, Verdict::Failed(_)) && case.expected_failure.is_none())
    }

    /// Whether everything is as expected.
    pub fn is_as_expected(&self) -> bool {
        self.complaints.is_empty() && self.unexpected().next().is_none()
    }
}
