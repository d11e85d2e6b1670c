//! Targets in memory: a function for scenarios and one for tables.

use super::{Case, Kind, Runner, Target, Verdict};
use crate::Failure;
use crate::fixture::read_row;
use crate::scenario::{self, Scenario};
use crate::table::{self, TableRow};

/// Runs one row.
type Run<R> = fn(&R) -> Result<(), Failure>;

/// A target that is part of this program.
#[derive(Clone, Copy, Debug)]
pub struct InMemory {
    name: &'static str,
    scenario: Run<Scenario>,
    table: Option<Run<TableRow>>,
}

impl InMemory {
    /// The engine of this project.
    pub const fn engine() -> Self {
        Self::new("engine", scenario::run, Some(table::run))
    }

    /// Another one; without a function for tables it skips them.
    pub const fn new(name: &'static str, scenario: Run<Scenario>, table: Option<Run<TableRow>>) -> Self {
        Self { name, scenario, table }
    }
}

impl Target for InMemory {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn start(&self) -> Result<Box<dyn Runner>, Failure> {
        Ok(Box::new(*self))
    }
}

impl Runner for InMemory {
    fn run(&mut self, case: &Case) -> Verdict {
        let result = match case.kind {
            Kind::Scenario => read_row(case.row.clone()).and_then(|row| (self.scenario)(&row)),
            Kind::Table => match self.table {
                Some(run) => read_row(case.row.clone()).and_then(|row| run(&row)),
                None => return Verdict::Skipped("it has no functions".to_owned()),
            },
        };
        Verdict::of_result(&result)
    }
}
