//! What the engine does on a scenario, written as the scenario's steps.
//!
//! A row's exchanges are taken for a script that answers by what is asked, and not by position, so that a
//! profile may ask for more, for less, or in another order. What comes out asserts what the row asserts, with
//! the values that were seen.

pub mod layout;
mod notes;
mod script;
mod unbind;
pub(crate) use unbind::unbind;
pub mod variants;
mod write;

use fetch_cors::Profile;
use serde_json::Value;

use crate::Failure;
use crate::fixture::read_row;
use crate::scenario::{Engine, Implementation, Lasting, Scenario, Step, World, build, upkeep};

use notes::Notes;
use script::Answers;

/// What is done about something that the script has no answer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "one or the other")]
pub enum Missing {
    /// The row cannot be recorded.
    Refuse,
    /// A preflight and a request get an answer that allows what is asked, which is written too.
    Supply,
}

/// The steps of a row as the engine does them under a profile, which counts instead of the one that the row names.
///
/// # Errors
/// A row that is no scenario, or whose script has no answer for something that is asked, unless it is supplied.
pub fn steps(row: &Value, profile: &Profile, missing: Missing) -> Result<Value, Failure> {
    let mut plain = row.clone();
    // They do not matter here.
    plain.as_object_mut().and_then(|members| members.shift_remove("profiles"));
    let scenario: Scenario = read_row(plain)?;
    let templates = row["steps"].as_array().ok_or("a scenario without steps")?;
    let profile = build::with_own_switches(&scenario.config, profile.clone());
    let mut engine = Engine::with_profile(&scenario.config, profile)?;
    let mut lasting = Lasting::new(&scenario)?;
    let mut answers = Answers::of(templates, missing)?;
    let mut written = Vec::new();
    for (index, (template, model)) in templates.iter().zip(&scenario.steps).enumerate() {
        let at = |error: Failure| format!("step {index}: {error}");
        let step = model.step().map_err(at)?;
        match &step {
            Step::Fetch { fetch, client, repeat, .. } => {
                let client = client.unwrap_or(&scenario.client);
                let mut runs = Vec::new();
                for _ in 0..*repeat {
                    answers.begin(index);
                    let mut notes = Notes::new(&mut answers, template);
                    engine.fetch(fetch, client, &mut World::new(&mut lasting, &mut notes)).map_err(at)?;
                    runs.push(notes.finish().map_err(at)?);
                }
                written.extend(write::repeated(runs));
            }
            Step::Cache(_) => written.push(write::cache(template, &engine.cache(lasting.clock)).map_err(at)?),
            other => {
                upkeep(other, &mut engine, &mut lasting).map_err(at)?;
                written.push(template.clone());
            }
        }
    }
    Ok(written.into())
}
