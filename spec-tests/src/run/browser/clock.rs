//! Cases that wait: a browser waits for real, if that is short and if a moment more or less makes no difference.

use std::time::Duration;

use fetch_cors::Profile;
use serde_json::{Value, json};

use crate::Failure;
use crate::fixture::read_row;
use crate::scenario::{self, Scenario, StepModel};

/// The longest wait.
const LONGEST: u64 = 7_000;
/// The longest waits of a case in sum.
const LONGEST_IN_SUM: u64 = 10_000;
/// How much later, behind the step before, than in the fixture a page may come to a step.
const SLACK: u64 = 500;
/// How much of its first wait a case may give to its last.
const EASE: u64 = 1_500;

/// How long a step waits, if that is what it does.
pub(super) fn wait(step: &StepModel) -> Option<Duration> {
    step.advance_ms.map(Duration::from_millis)
}

/// The row as a browser can do it, or why none can.
///
/// What the engine does otherwise when every step comes later is not for a browser, where every step does. But a last
/// look at something that is about to end may come sooner.
///
/// The row's steps are those of the profile; its variants for others are of no matter.
pub(super) fn fit(mut row: Value, profile: &Profile) -> Result<Result<Value, String>, Failure> {
    row.as_object_mut().and_then(|members| members.remove("profiles"));
    let model: Scenario = read_row(row.clone())?;
    if model.steps.iter().any(|step| step.set_clock_ms.is_some() || step.back_ms.is_some()) {
        return Ok(Err("needs clock: a browser's clock is not set".to_owned()));
    }
    let waits: Vec<u64> = model.steps.iter().filter_map(|step| step.advance_ms).collect();
    let is_long = |waits: &[u64]| {
        waits.iter().any(|wait| *wait > LONGEST)
            || waits.iter().fold(0, |sum: u64, wait| sum.saturating_add(*wait)) > LONGEST_IN_SUM
    };
    if is_long(&waits) {
        return Ok(Err("needs clock: it waits for too long".to_owned()));
    }
    if waits.is_empty() || has_time(&row, profile)? {
        return Ok(Ok(row));
    }
    if let Some(eased) = ease(&row)
        && has_time(&eased, profile)?
    {
        return Ok(Ok(eased));
    }
    Ok(Err(format!("needs clock: a step that comes {SLACK} ms later comes to something else")))
}

/// Whether it comes to the same if each step comes a little later behind the one before.
fn has_time(row: &Value, profile: &Profile) -> Result<bool, Failure> {
    let mut later = row.clone();
    if let Some(steps) = later["steps"].as_array_mut() {
        let wait = json!({"advance_ms": SLACK});
        *steps = steps.drain(..).flat_map(|step| [wait.clone(), step]).collect();
    }
    let holds = |row: Value| -> Result<bool, Failure> {
        let scenario: Scenario = read_row(row)?;
        Ok(scenario::run_steps(&scenario, &scenario.steps, profile).is_ok())
    };
    Ok(holds(row.clone())? && holds(later)?)
}

/// The same with a shorter first and a longer last wait, if there are two and the first is long enough.
fn ease(row: &Value) -> Option<Value> {
    let mut row = row.clone();
    let mut waits = row["steps"].as_array_mut()?.iter_mut().filter_map(|step| step.get_mut("advance_ms"));
    let first = waits.next()?;
    let last = waits.next_back()?;
    *first = first.as_u64()?.checked_sub(EASE)?.into();
    *last = last.as_u64()?.saturating_add(EASE).into();
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run;

    fn waits(id: &str) -> Result<Vec<u64>, String> {
        let cases = run::embedded().unwrap_or_else(|error| panic!("{error}"));
        let case = cases.iter().find(|case| case.id() == id).unwrap_or_else(|| panic!("no case {id}"));
        let row = fit(case.row.clone(), &Profile::standard()).unwrap_or_else(|error| panic!("{error}"))?;
        let steps = row["steps"].as_array().into_iter().flatten();
        Ok(steps.filter_map(|step| step["advance_ms"].as_u64()).collect())
    }

    #[test]
    fn only_short_waits_without_an_edge_are_for_a_browser() {
        assert_eq!(waits("preflight-cache-expires-after-max-age"), Ok(vec![1500]));
        assert_eq!(waits("preflight-decision-method-get-simple"), Ok(vec![]));
        // The last look at the stored preflight comes sooner, and its end is where it was.
        assert_eq!(waits("preflight-cache-max-age-lifetime-absent"), Ok(vec![3499, 1501]));
        let is = |id, part: &str| assert!(waits(id).is_err_and(|reason| reason.contains(part)), "{id}");
        // A second is too short for that.
        is("preflight-cache-max-age-lifetime-1", "500 ms later");
        is("preflight-cache-max-age-lifetime-10", "too long");
        is("preflight-cache-clock-going-back-counts-as-no-time", "not set");
    }
}
