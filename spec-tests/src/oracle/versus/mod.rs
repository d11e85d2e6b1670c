//! The oracle against the engine: plans of whole sequences of fetches, both run on them, and what each
//! does, moment by moment.

mod answers;
pub mod compare;
pub(crate) mod dice;
pub mod engine;
pub mod fixture;
pub mod generate;
pub mod moment;
pub mod plan;
mod pool;
mod requests;
pub mod script;
