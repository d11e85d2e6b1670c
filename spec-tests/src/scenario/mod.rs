//! Scenarios: a client, and steps in one user agent with a virtual clock.
//!
//! A step fetches, or moves the clock, or clears the preflight cache. A fetch names every exchange
//! that it makes, in order: what is asked of the host, what that request carries, and the scripted
//! answer. An exchange that does not come, comes in another order or is not in the list is a failure.

mod compare;
mod driver;
mod exchange;
mod model;
mod request;

pub use driver::run;
pub use exchange::{
    AnswerModel, ErrorModel, ExchangeModel, OneOrMore, OutcomeModel, RequestModel, ResponseModel, UrlModel,
};
pub use model::{ApiModel, BodyModel, ClientModel, ConfigModel, FetchModel, Scenario, StepModel};
