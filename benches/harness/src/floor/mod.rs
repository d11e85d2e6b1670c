//! The floor: what the operations cost in plain code, written for the measurement.
//!
//! It takes the same inputs and comes to the same results (each operation asserts that before it is
//! measured), and leaves out what makes a library: reasons, traces, profiles, gates, service workers, errors.

pub(crate) mod cache;
pub(crate) mod fetch;
pub(crate) mod lines;
pub(crate) mod preflight;
pub(crate) mod request;
pub(crate) mod response;
