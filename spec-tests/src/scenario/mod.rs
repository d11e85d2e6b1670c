//! Scenarios: a client, and steps in one user agent with a virtual clock.
//!
//! A step fetches, or moves the clock, or clears the preflight cache. A fetch names every exchange
//! that it makes, in order: what is asked of the host, what that request carries, and the scripted
//! answer. An exchange that does not come, comes in another order or is not in the list is a failure.
//!
//! Where an engine departs from the standard, a scenario has a variant: the steps as they come out
//! there, and the switches of the library's profile that make the difference.

mod answer;
mod cache_model;
mod compare;
mod driver;
mod engine;
mod engine_types;
mod exchange;
mod expected;
mod model;
mod observed;
mod variant;
mod world;

use serde_json::{Value, json};

use crate::Failure;
use crate::symbols::Bindings;

pub use answer::{GateAnswer, Head, Lines, NetworkAnswer, WorkerAnswer};
pub(crate) use answer::{lines, url};
pub use cache_model::{CacheEntryModel, ClearModel, ClearPart};
pub(crate) use driver::upkeep;
pub use driver::{run, run_against, run_in, run_steps};
pub(crate) use engine::Engine;
/// From a fixture's words to the engine's types.
pub mod build {
    pub use super::engine_types::{client, config, config_with, request, schemes, with_own_switches};
}
pub use exchange::{
    AnswerModel, ErrorModel, ExchangeModel, OneOrMore, OutcomeModel, RequestModel, ResponseModel, UrlModel,
};
pub(crate) use model::Step;
pub use model::{
    AccessModel, ApiModel, BodyModel, CacheLimitsModel, ClientModel, ConfigModel, FetchModel, Scenario, SchemeModel,
    StepModel,
};
pub use observed::{ExchangeKind, Seen, SeenError, Sent};
pub use variant::{EngineProfile, VariantModel};
pub use world::{Ended, Implementation, World};
pub(crate) use world::{Lasting, Script};

/// A scenario with its symbols replaced, and with the client's origin written out where it is the default.
///
/// # Errors
/// A symbol that is not bound.
pub fn bind(row: &Value, bindings: &Bindings) -> Result<Value, Failure> {
    let mut row = row.clone();
    let with_origin = |client: &mut Value| {
        if let Some(client) = client.as_object_mut() {
            client.entry("origin").or_insert_with(|| "{CLIENT}".into());
        }
    };
    if let Some(members) = row.as_object_mut() {
        with_origin(members.entry("client").or_insert_with(|| json!({})));
    }
    let steps = row.get_mut("steps").and_then(Value::as_array_mut);
    steps.into_iter().flatten().filter_map(|step| step.get_mut("client")).for_each(with_origin);
    bindings.bind(&row)
}
