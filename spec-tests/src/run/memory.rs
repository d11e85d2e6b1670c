//! Targets in memory: a function for scenarios and one for tables.

use super::{Case, Kind, Runner, Target, Verdict};
use crate::Failure;
use crate::fixture::read_row;
use crate::oracle;
use crate::scenario::{self, Scenario};
use crate::table::{self, TableRow};

/// Runs one row.
type Run<R> = fn(&R) -> Result<(), Failure>;

/// A target that is part of this program.
#[derive(Clone, Copy, Debug)]
pub struct InMemory {
    name: &'static str,
    scenario: Run<Scenario>,
    table: Run<TableRow>,
    /// Why it does not run a case.
    skip: fn(&Case) -> Option<String>,
}

impl InMemory {
    /// The engine of this project.
    pub const fn engine() -> Self {
        Self { name: "engine", scenario: scenario::run, table: table::run, skip: |_| None }
    }

    /// The literal transcription of the standard.
    pub const fn oracle() -> Self {
        Self { name: "oracle", scenario: oracle::scenario::run, table: oracle::table::run, skip: oracle::skips::reason }
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
        if let Some(reason) = (self.skip)(case) {
            return Verdict::Skipped(reason);
        }
        let result = match case.kind {
            Kind::Scenario => read_row(case.row.clone()).and_then(|row| (self.scenario)(&row)),
            Kind::Table => read_row(case.row.clone()).and_then(|row| (self.table)(&row)),
        };
        Verdict::of_result(&result)
    }
}
