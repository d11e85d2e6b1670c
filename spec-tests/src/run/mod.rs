//! Runs cases against targets, and reports.
//!
//! A target is something that fetches: the engine in memory ([`InMemory`]), or any program that speaks
//! the protocol of `COMMAND.md` ([`Command`]), or a browser ([`Browser`]). Of a target with the profile of an
//! engine, cases with a variant for that engine expect what the variant says.

mod browser;
mod case;
mod command;
mod expected;
mod files;
mod filter;
mod memory;
mod report;
mod verdict;
mod wire;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use browser::{Browser, Engine};
pub use case::{Case, Kind, embedded, from_folder};
pub use command::Command;
pub use expected::ExpectedFailures;
pub use filter::{Filter, Shard};
pub use memory::InMemory;
pub use report::{html, json, junit, markdown, text};
pub use verdict::{Agreement, CaseResult, Difference, TargetResult, Verdict};

use crate::Failure;
use crate::scenario::EngineProfile;

/// Something to run cases against.
pub trait Target: Sync {
    /// Its name in reports.
    fn name(&self) -> String;

    /// The engine whose variants are expected of it, if not the standard.
    fn profile(&self) -> Option<EngineProfile> {
        None
    }

    /// Makes a runner; each job has its own.
    ///
    /// # Errors
    /// It does not start.
    fn start(&self) -> Result<Box<dyn Runner>, Failure>;
}

/// Runs one case after the other.
pub trait Runner {
    /// Runs a case.
    fn run(&mut self, case: &Case) -> Verdict;
}

/// Runs all cases, with so many jobs at a time; `progress` is told how many are done and what came of
/// the last.
///
/// # Errors
/// The target does not start.
pub fn run(
    target: &dyn Target,
    cases: &[Case],
    jobs: usize,
    progress: &(dyn Fn(usize, &Verdict) + Sync),
) -> Result<TargetResult, Failure> {
    let profile = target.profile();
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let verdicts = Mutex::new(vec![None; cases.len()]);
    let work = || -> Result<(), Failure> {
        let mut runner = target.start()?;
        while let Some((index, case)) = take(&next, cases) {
            let variant = profile.and_then(|engine| case.variant(engine));
            let verdict = runner.run(variant.as_ref().unwrap_or(case));
            progress(done.fetch_add(1, Ordering::Relaxed).saturating_add(1), &verdict);
            if let Some(place) = lock(&verdicts).get_mut(index) {
                *place = Some(verdict);
            }
        }
        Ok(())
    };
    let jobs = jobs.clamp(1, cases.len().max(1));
    let results: Vec<Result<(), Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err("a job broke down".to_owned()))
        };
        threads.into_iter().map(join).collect()
    });
    results.into_iter().collect::<Result<Vec<()>, _>>()?;
    let verdicts = std::mem::take(&mut *lock(&verdicts));
    let of_case = |(case, verdict): (&Case, Option<Verdict>)| CaseResult {
        id: case.id().to_owned(),
        area: case.area.clone(),
        anchors: case.anchors().map(str::to_owned).collect(),
        shows: case.shows().map(str::to_owned).collect(),
        has_variant: profile.is_some_and(|engine| case.variant(engine).is_some()),
        verdict: verdict.unwrap_or_else(|| Verdict::Skipped("it was not reached".to_owned())),
        expected_failure: None,
    };
    let cases = cases.iter().zip(verdicts).map(of_case).collect();
    Ok(TargetResult { name: target.name(), profile, cases, complaints: Vec::new() })
}

fn take<'a>(next: &AtomicUsize, cases: &'a [Case]) -> Option<(usize, &'a Case)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    cases.get(index).map(|case| (index, case))
}

/// The time for real connections; what is under test gets its time as an argument.
#[allow(clippy::disallowed_methods, reason = "deadlines of sockets")]
pub(crate) fn wall_clock() -> std::time::Instant {
    std::time::Instant::now()
}

/// A lock that a broken job may have left behind.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
