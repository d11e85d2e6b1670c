//! Which steps of the standard have code and cases.

mod code;
mod coverage;
mod steps;

pub use code::{Mention, mentions};
pub use coverage::{Coverage, Scope, ScopeFile, cover};
pub use steps::{Steps, StepsFile, read};
