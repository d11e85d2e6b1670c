//! `conformance --generate`: random scenarios in browsers, against the engine with the browser's profile.

use fetch_cors::Profile;
use fetch_cors_spec_tests::generate::{self, Limits};

use super::args::{BuiltIn, ConformanceArgs, Format};
use super::progress::Progress;
use super::{browser, processors, read_expected, write};
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
    let limits = Limits { jobs, ..Limits::default() };
    let range = (args.generate.seed, u64::from(count));
    let mut text = String::new();
    let mut is_as_expected = true;
    for target in &args.targets {
        let (engine, profile) = of_target(*target)?;
        let target = browser(engine, args)?;
        let known = expected.known(&target.name());
        let progress = Progress::new(target.name(), usize::try_from(count).unwrap_or(usize::MAX));
        let check = generate::check(&*target, &profile, range, limits, known, &|done, verdict| {
            progress.tell(done, verdict);
        });
        progress.finish();
        let check = check.map_err(Usage)?;
        is_as_expected &= check.is_as_expected();
        text.push_str(&generate::text(&check));
    }
    write(args.output.as_deref(), &text)?;
    Ok(u8::from(!is_as_expected))
}

fn of_target(target: BuiltIn) -> Result<(super::Engine, Profile), Usage> {
    match target {
        BuiltIn::Chromium => Ok((super::Engine::Chromium, Profile::chromium())),
        BuiltIn::Firefox => Ok((super::Engine::Firefox, Profile::gecko())),
        BuiltIn::Webkit => Ok((super::Engine::Webkit, Profile::webkit())),
        _ => Err(Usage("--generate is for --target chromium, firefox and webkit".to_owned())),
    }
}
