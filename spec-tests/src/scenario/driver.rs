//! Drives an implementation through a scenario, in memory.

use fetch_cors::Profile;

use super::engine::Engine;
use super::expected::Expected;
use super::model::{Step, StepModel};
use super::world::{Implementation, Lasting, World};
use super::{ConfigModel, EngineProfile, Scenario, compare};
use crate::Failure;

/// Runs one scenario against the engine.
///
/// # Errors
/// What the scenario expects and the engine did otherwise, with the step and exchange.
pub fn run(scenario: &Scenario) -> Result<(), Failure> {
    run_against(scenario, Engine::new)
}

/// Runs one scenario against the engine with the profile of an engine, as the scenario says that it comes
/// out there.
///
/// # Errors
/// As [`run`], or a scenario that sets switches of its own.
pub fn run_in(scenario: &Scenario, engine: EngineProfile) -> Result<(), Failure> {
    if !scenario.config.takes_profile() {
        return Err("the scenario sets switches of its own".into());
    }
    run_steps(scenario, scenario.steps_in(engine), &engine.profile())
}

/// Runs these steps instead of the scenario's against the engine, with this profile instead of the
/// scenario's.
///
/// # Errors
/// As [`run`].
pub fn run_steps(scenario: &Scenario, steps: &[StepModel], profile: &Profile) -> Result<(), Failure> {
    all_steps(scenario, steps, |config| Engine::with_profile(config, profile.clone()))
}

/// Runs one scenario against an implementation.
///
/// # Errors
/// What the scenario expects and the implementation did otherwise, with the step and exchange.
pub fn run_against<I: Implementation>(
    scenario: &Scenario,
    new: impl FnOnce(&ConfigModel) -> Result<I, Failure>,
) -> Result<(), Failure> {
    all_steps(scenario, &scenario.steps, new)
}

fn all_steps<I: Implementation>(
    scenario: &Scenario,
    steps: &[StepModel],
    new: impl FnOnce(&ConfigModel) -> Result<I, Failure>,
) -> Result<(), Failure> {
    let mut implementation = new(&scenario.config)?;
    let mut lasting = Lasting::new(scenario)?;
    for (index, step) in steps.iter().enumerate() {
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
