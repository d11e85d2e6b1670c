//! Fixtures of the Fetch standard's CORS protocol, and the code that runs them.
//!
//! `fixtures/` holds the data: tables of pure functions ([`table`]) and scenarios, which are fetches
//! with the exchanges that they make ([`scenario`]). This crate reads both strictly (a key that it
//! does not know is an error) and runs them against the engine in memory, with a virtual clock.
//!
//! A header value, and every other value that is bytes on the wire, is written isomorphically: one
//! character U+0000 to U+00FF per byte.

pub mod engines_page;
pub mod fixture;
pub mod generate;
pub mod jar;
pub mod oracle;
pub mod program;
pub mod record;
pub mod run;
pub mod scenario;
pub mod standard;
pub mod switches;
pub mod symbols;
pub mod table;

/// What is wrong with a row, or with what came out of it.
pub type Failure = String;
