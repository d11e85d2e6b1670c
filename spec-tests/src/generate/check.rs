//! A run of generated scenarios in a target.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fetch_cors::Profile;
use serde_json::{Value, json};

use super::known::Known;
use super::plan::{Plan, scenario};
use super::shrink::shrink;
use crate::Failure;
use crate::record::{self, Missing, layout};
use crate::run::{self, Case, Difference, Kind, Runner, Target, Verdict};

/// How far a run goes.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Limits {
    /// How many scenarios run at a time.
    pub jobs: usize,
    /// How many differences are shrunk.
    pub most_shrunk: usize,
    /// How many runs a difference may take to shrink.
    pub runs: usize,
    /// How long shrinking may take altogether.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { jobs: 1, most_shrunk: 40, runs: 120, time: Duration::from_secs(600) }
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Check {
    /// The target's name.
    pub name: String,
    /// The profile that was compared with.
    pub profile: &'static str,
    /// The seed.
    pub seed: u64,
    /// How many scenarios there were.
    pub generated: usize,
    /// How many of them need a preflight or follow a redirect, by the engine.
    pub eventful: usize,
    /// How many of them end with a response in their last step, by the engine.
    pub delivered: usize,
    /// How many the target did as the engine.
    pub agreed: usize,
    /// How many were skipped, by reason.
    pub skipped: BTreeMap<String, usize>,
    /// Names of those that differed once only.
    pub flaky: Vec<String>,
    /// The others.
    pub different: Vec<Different>,
}

impl Check {
    /// Whether every difference is explained.
    pub fn is_as_expected(&self) -> bool {
        self.different.iter().all(|different| different.why.is_some())
    }
}

/// A scenario that came out otherwise than in the engine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Different {
    /// As a fixture that says what the engine does.
    pub row: Value,
    /// What the target did otherwise.
    pub differences: Vec<Difference>,
    /// Whether it was shrunk.
    pub is_shrunk: bool,
    /// What explains it.
    pub why: Option<String>,
}

/// A scenario as a case that says what the engine does.
fn case(plan: &Plan, id: &str, profile: &Profile) -> Result<Case, Failure> {
    let mut row = plan.row(id);
    row["steps"] = record::steps(&row, profile, Missing::Supply)?;
    let text = layout::line(&row);
    let mut needs: Vec<&str> = Vec::new();
    for (need, word) in [("https", "_HTTPS"), ("network-failure", "\"failure\"")] {
        needs.extend(text.contains(word).then_some(need));
    }
    match row.as_object_mut() {
        Some(members) if needs.is_empty() => drop(members.shift_remove("needs")),
        _ => row["needs"] = json!(needs),
    }
    Ok(Case { area: "generated".to_owned(), kind: Kind::Scenario, row })
}

/// Runs scenarios in a target, and shrinks those that come out otherwise than in the engine under a profile. `found` is
/// told each difference as soon as it is shrunk.
///
/// # Errors
/// The target does not start.
pub fn check(
    target: &dyn Target,
    profile: &Profile,
    (seed, count): (u64, u64),
    limits: Limits,
    known: &[Known],
    progress: &(dyn Fn(usize, &Verdict) + Sync),
    found: &mut dyn FnMut(&Different),
) -> Result<Check, Failure> {
    let plans: Vec<(String, Plan)> =
        (0..count).map(|number| (format!("generated-{seed}-{number}"), scenario(seed, number))).collect();
    let cases = plans.iter().map(|(id, plan)| case(plan, id, profile)).collect::<Result<Vec<_>, _>>()?;
    let mut check = Check {
        name: target.name(),
        profile: profile.name(),
        seed,
        generated: cases.len(),
        eventful: cases.iter().filter(|case| is_eventful(&case.row)).count(),
        delivered: cases.iter().filter(|case| is_delivered(&case.row)).count(),
        agreed: 0,
        skipped: BTreeMap::new(),
        flaky: Vec::new(),
        different: Vec::new(),
    };
    let first = run::run(target, &cases, limits.jobs, progress)?;
    let mut failed = Vec::new();
    for ((result, case), (_, plan)) in first.cases.into_iter().zip(&cases).zip(&plans) {
        match result.verdict {
            Verdict::Passed => check.agreed = check.agreed.saturating_add(1),
            Verdict::Skipped(why) => {
                let count = check.skipped.entry(why).or_default();
                *count = count.saturating_add(1);
            }
            Verdict::Failed(_) => failed.push((case, plan)),
        }
    }
    if failed.is_empty() {
        return Ok(check);
    }
    let mut shrinker = Shrinker { runner: target.start()?, profile, deadline: run::wall_clock() + limits.time, limits };
    for (case, plan) in failed {
        match shrinker.runner.run(case) {
            Verdict::Failed(differences) => {
                let is_shrunk = check.different.len() < limits.most_shrunk;
                let mut different = Different { row: case.row.clone(), differences, is_shrunk, why: None };
                if is_shrunk {
                    shrinker.shrink(plan, &mut different);
                }
                different.why = known
                    .iter()
                    .find(|known| known.explains(&different.row, &different.differences))
                    .map(|known| known.why.clone());
                found(&different);
                check.different.push(different);
            }
            _ => check.flaky.push(case.id().to_owned()),
        }
    }
    Ok(check)
}

fn is_eventful(row: &Value) -> bool {
    let exchanges = row["steps"].as_array().into_iter().flatten();
    exchanges.filter_map(|step| step["exchanges"].as_array()).flatten().any(|exchange| {
        exchange.get("preflight").is_some()
            || exchange["answer"]["headers"].as_array().into_iter().flatten().any(|line| line[0] == "location")
    })
}

fn is_delivered(row: &Value) -> bool {
    let last = row["steps"].as_array().and_then(|steps| steps.last());
    last.is_some_and(|step| step["outcome"].get("response").is_some())
}

struct Shrinker<'a> {
    runner: Box<dyn Runner>,
    profile: &'a Profile,
    deadline: std::time::Instant,
    limits: Limits,
}

impl Shrinker<'_> {
    /// Makes a difference smaller; the last one seen is told.
    fn shrink(&mut self, plan: &Plan, different: &mut Different) {
        let id = different.row["id"].as_str().unwrap_or_default().to_owned();
        let mut tried = BTreeSet::from([layout::line(&different.row)]);
        let mut still = |plan: &Plan| {
            if tried.len() > self.limits.runs || run::wall_clock() > self.deadline {
                return false;
            }
            let Ok(case) = case(plan, &id, self.profile) else { return false };
            if !tried.insert(layout::line(&case.row)) {
                return false;
            }
            match self.runner.run(&case) {
                Verdict::Failed(differences) => {
                    different.row = case.row;
                    different.differences = differences;
                    true
                }
                _ => false,
            }
        };
        shrink(plan.clone(), &mut still);
    }
}
