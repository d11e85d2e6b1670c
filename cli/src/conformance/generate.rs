//! `conformance --generate`: random scenarios in browsers, against the engine with the browser's profile.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use fetch_cors::Profile;
use fetch_cors_spec_tests::generate::{self, Different, Limits};
use fetch_cors_spec_tests::run::Verdict;

use super::args::{BuiltIn, ConformanceArgs, Format};
use super::progress::Progress;
use super::{browser, processors, read_expected};
use crate::plan::Usage;

/// Runs the scenarios and returns the exit status.
pub(super) fn generate(args: &ConformanceArgs, count: u32) -> Result<u8, Usage> {
    if args.targets.is_empty() || !args.commands.is_empty() || !args.program.is_empty() {
        return Err(Usage("--generate is for --target chromium, firefox and webkit".to_owned()));
    }
    if args.format != Format::Text {
        return Err(Usage("--generate prints text".to_owned()));
    }
    let expected = args.expected_failures.as_deref().map(read_expected).transpose()?.unwrap_or_default();
    let jobs = args.jobs.map_or_else(processors, usize::from);
    let limits = Limits { jobs, time: Duration::from_secs(args.generate.shrink_time), ..Limits::default() };
    let range = (args.generate.seed, u64::from(count));
    let mut output = open(args.output.as_deref())?;
    let mut is_as_expected = true;
    for target in &args.targets {
        let (engine, profile) = of_target(*target)?;
        let target = browser(engine, args)?;
        let known = expected.known(&target.name());
        let progress = Progress::new(target.name(), usize::try_from(count).unwrap_or(usize::MAX));
        let mut failed = None;
        let mut found = |different: &Different| {
            let told = crate::print(&mut *output, &generate::difference(different));
            failed = failed.take().or(told.err());
        };
        let tell = |done: usize, verdict: &Verdict| progress.tell(done, verdict);
        let check = generate::check(&*target, &profile, range, limits, known, &tell, &mut found);
        progress.finish();
        let check = check.map_err(Usage)?;
        failed.map_or(Ok(()), Err)?;
        crate::print(&mut *output, &generate::counts(&check))?;
        is_as_expected &= check.is_as_expected();
    }
    Ok(u8::from(!is_as_expected))
}

/// Differences are told as they are found.
fn open(path: Option<&Path>) -> Result<Box<dyn Write>, Usage> {
    Ok(match path {
        Some(path) => Box::new(File::create(path).map_err(|e| Usage(format!("--output {path:?}: {e}")))?),
        None => Box::new(io::stdout()),
    })
}

fn of_target(target: BuiltIn) -> Result<(super::Engine, Profile), Usage> {
    match target {
        BuiltIn::Chromium => Ok((super::Engine::Chromium, Profile::chromium())),
        BuiltIn::Firefox => Ok((super::Engine::Firefox, Profile::gecko())),
        BuiltIn::Webkit => Ok((super::Engine::Webkit, Profile::webkit())),
        _ => Err(Usage("--generate is for --target chromium, firefox and webkit".to_owned())),
    }
}
