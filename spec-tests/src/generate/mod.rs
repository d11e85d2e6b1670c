//! Generated scenarios: random ones that a page can make, run in a browser and compared with what the engine does
//! under that browser's profile.

mod answers;
mod check;
mod dice;
mod fetches;
mod known;
mod places;
mod plan;
mod pool;
mod report;
mod shrink;

pub use check::{Check, Different, Limits, check};
pub use known::Known;
pub use plan::{Plan, Step, scenario};
pub use report::{counts, difference};
pub use shrink::shrink;
