//! The operations, by the rows of the README's table.

mod cache;
mod paths;
mod single;

use crate::floor::lines::Line;
use crate::input::Lines;
use crate::operation::{Operation, Side, runner};

pub use cache::{fill, operations_of_growth};

/// Every operation.
pub fn operations() -> Vec<Operation> {
    let mut list = single::operations();
    list.extend(cache::operations());
    list.extend(paths::operations());
    list
}

pub(super) fn bytes(lines: Lines) -> impl Iterator<Item = Line<'static>> + Clone {
    lines.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()))
}

/// A side that works on what outlives it.
fn repeated<O: 'static>(mut run: impl FnMut() -> O + 'static) -> Side {
    Side::new(runner(|| (), move |()| run()))
}
