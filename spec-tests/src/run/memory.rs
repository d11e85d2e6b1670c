//! Targets in memory.

use super::{Case, Kind, Runner, Target, Verdict};
use crate::Failure;
use crate::fixture::read_row;
use crate::oracle;
use crate::scenario::{self, EngineProfile, Scenario};
use crate::table::{self, TableRow};

/// A target that is part of this program.
#[derive(Clone, Copy, Debug)]
pub struct InMemory {
    implementation: Implementation,
}

#[derive(Clone, Copy, Debug)]
enum Implementation {
    Engine(Option<EngineProfile>),
    Oracle,
}

impl InMemory {
    /// The engine of this project, with the standard's profile.
    pub const fn engine() -> Self {
        Self { implementation: Implementation::Engine(None) }
    }

    /// The engine of this project, with the profile of an engine.
    pub const fn engine_as(engine: EngineProfile) -> Self {
        Self { implementation: Implementation::Engine(Some(engine)) }
    }

    /// The literal transcription of the standard.
    pub const fn oracle() -> Self {
        Self { implementation: Implementation::Oracle }
    }

    /// Why it does not run a case.
    fn skip(self, case: &Case) -> Result<Option<String>, Failure> {
        match self.implementation {
            Implementation::Engine(None) => Ok(None),
            Implementation::Engine(Some(_)) => case.sets_switches(),
            Implementation::Oracle => Ok(oracle::skips::reason(case)),
        }
    }

    fn scenario(self, scenario: &Scenario) -> Result<(), Failure> {
        match self.implementation {
            Implementation::Engine(None) => scenario::run(scenario),
            Implementation::Engine(Some(engine)) => scenario::run_steps(scenario, &scenario.steps, &engine.profile()),
            Implementation::Oracle => oracle::scenario::run(scenario),
        }
    }

    fn table(self, row: &TableRow) -> Result<(), Failure> {
        match self.implementation {
            Implementation::Engine(_) => table::run(row),
            Implementation::Oracle => oracle::table::run(row),
        }
    }
}

impl Target for InMemory {
    fn name(&self) -> String {
        match self.implementation {
            Implementation::Engine(_) => "engine",
            Implementation::Oracle => "oracle",
        }
        .to_owned()
    }

    fn profile(&self) -> Option<EngineProfile> {
        match self.implementation {
            Implementation::Engine(engine) => engine,
            Implementation::Oracle => None,
        }
    }

    fn start(&self) -> Result<Box<dyn Runner>, Failure> {
        Ok(Box::new(*self))
    }
}

impl Runner for InMemory {
    fn run(&mut self, case: &Case) -> Verdict {
        match self.skip(case) {
            Ok(None) => {}
            Ok(Some(reason)) => return Verdict::Skipped(reason),
            Err(failure) => return Verdict::of_result(&Err(failure)),
        }
        let result = match case.kind {
            Kind::Scenario => read_row(case.row.clone()).and_then(|row| self.scenario(&row)),
            Kind::Table => read_row(case.row.clone()).and_then(|row| self.table(&row)),
        };
        Verdict::of_result(&result)
    }
}
