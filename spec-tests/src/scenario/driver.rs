//! Drives an implementation through a scenario, in memory.

use super::engine::Engine;
use super::expected::Expected;
use super::model::Step;
use super::world::{Implementation, Lasting, World};
use super::{ConfigModel, Scenario, compare};
use crate::Failure;

/// Runs one scenario against the engine.
///
/// # Errors
/// What the scenario expects and the engine did otherwise, with the step and exchange.
pub fn run(scenario: &Scenario) -> Result<(), Failure> {
    run_against(scenario, Engine::new)
}

/// Runs one scenario against an implementation.
///
/// # Errors
/// What the scenario expects and the implementation did otherwise, with the step and exchange.
pub fn run_against<I: Implementation>(
    scenario: &Scenario,
    new: impl FnOnce(&ConfigModel) -> Result<I, Failure>,
) -> Result<(), Failure> {
    let mut implementation = new(&scenario.config)?;
    let mut lasting = Lasting::new(scenario)?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let at = |error: Failure| format!("step {index}: {error}");
        match step.step().map_err(at)? {
            Step::Cache(entries) => compare::cache(entries, implementation.cache(lasting.clock)).map_err(at)?,
            Step::Fetch { fetch, exchanges, outcome, client, repeat } => {
                let client = client.unwrap_or(&scenario.client);
                for _ in 0..repeat {
                    let mut script = Expected::new(&exchanges, outcome);
                    let mut world = World::new(&mut lasting, &mut script);
                    implementation.fetch(fetch, client, &mut world).map_err(at)?;
                }
            }
            other => upkeep(&other, &mut implementation, &mut lasting).map_err(at)?,
        }
    }
    Ok(())
}

/// Does what a step does that neither fetches nor looks.
pub(crate) fn upkeep(
    step: &Step<'_>,
    implementation: &mut impl Implementation,
    lasting: &mut Lasting,
) -> Result<(), Failure> {
    match step {
        Step::Advance(milliseconds) => lasting.clock = lasting.clock.saturating_add(*milliseconds),
        Step::Back(milliseconds) => lasting.clock = lasting.clock.saturating_sub(*milliseconds),
        Step::SetClock(milliseconds) => lasting.clock = *milliseconds,
        Step::ClearCache(what) => implementation.clear_cache(what)?,
        Step::Restart => implementation.restart(lasting.clock),
        Step::Fetch { .. } | Step::Cache(_) => {}
    }
    Ok(())
}
