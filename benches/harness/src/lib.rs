//! What the engine's operations cost, beside a floor: plain code, written for the measurement, that gets
//! the same inputs and comes to the same results.
//!
//! An [`Operation`] has both sides. [`operations`] lists them; how they are measured is the caller's:
//! time ([`time`]), instructions ([`instructions`]), allocations (by the caller's allocator).

#![allow(
    clippy::disallowed_methods,
    reason = "the engine's traps; a measurement needs a clock, and makes its inputs itself"
)]

mod engine;
mod floor;
pub mod input;
pub mod instructions;
mod operation;
pub mod row;
mod table;
pub mod time;

pub use operation::{Operation, Reach, Runner, Side, Sides, runner};
pub use table::{fill, operations, operations_of_growth};
