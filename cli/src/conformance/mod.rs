//! `conformance`: the fixtures against implementations.

mod args;
mod arguments;
mod fetch_command;
mod generate;
mod peers;
mod progress;

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use fetch_cors_spec_tests::program::{self, EngineProgram, NaiveProgram, Program};
use fetch_cors_spec_tests::run::{
    self, Browser, Case, Command, Engine, ExpectedFailures, Filter, InMemory, Target, TargetResult,
};

use args::{BrowserArgs, BuiltIn, Format, PickArgs};
pub(crate) use args::{ConformanceArgs, TargetArgs};
use fetch_command::FetchCommand;
use peers::{Adapters, Peer};
use progress::Progress;

use crate::plan::Usage;

/// Runs the cases and returns the exit status.
pub(crate) fn conformance(args: &ConformanceArgs) -> Result<u8, Usage> {
    if let Some(count) = args.generate.generate {
        return generate::generate(args, count.get());
    }
    let (cases, is_partial) = pick(&args.pick)?;
    if cases.is_empty() {
        return Err(Usage("no case is left by these filters".to_owned()));
    }
    if args.pick.list {
        let names: String = cases.iter().map(|case| format!("{}\n", case.id())).collect();
        return write(args.output.as_deref(), &names).map(|()| 0);
    }
    let expected = args.expected_failures.as_deref().map(read_expected).transpose()?.unwrap_or_default();
    let jobs = args.jobs.map_or_else(processors, usize::from);
    let mut results = Vec::new();
    // They are needed until the last target has run.
    let mut adapters = None;
    for target in targets(args, &mut adapters)? {
        let mut result = run_target(&*target, &cases, jobs)?;
        expected.apply(&mut result, is_partial);
        results.push(result);
    }
    let text = match args.format {
        Format::Text => run::text(&results),
        Format::Json => run::json(&results),
        Format::Junit => run::junit(&results),
        Format::Html => run::html(&results),
        Format::Markdown => run::markdown(&results, &today()),
    };
    write(args.output.as_deref(), &text)?;
    Ok(u8::from(!results.iter().all(TargetResult::is_as_expected)))
}

/// The cases, and whether they are not all.
fn pick(args: &PickArgs) -> Result<(Vec<Case>, bool), Usage> {
    let all = args.fixtures.as_deref().map_or_else(run::embedded, run::from_folder).map_err(Usage)?;
    let count = all.len();
    let filter = Filter::new()
        .areas(args.areas.clone())
        .anchors(args.anchors.clone())
        .names(args.names.clone())
        .needs(args.needs.clone())
        .shard(args.shard);
    let picked = filter.pick(all);
    let is_partial = picked.len() < count;
    Ok((picked, is_partial))
}

/// The day in UTC, as results are dated.
#[allow(clippy::disallowed_methods, reason = "results are dated")]
fn today() -> String {
    time::OffsetDateTime::from(std::time::SystemTime::now()).date().to_string()
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn read_expected(path: &Path) -> Result<ExpectedFailures, Usage> {
    let text = std::fs::read_to_string(path).map_err(|e| Usage(format!("--expected-failures {path:?}: {e}")))?;
    ExpectedFailures::parse(&text).map_err(|e| Usage(format!("--expected-failures {path:?}: {e}")))
}

fn targets(args: &ConformanceArgs, adapters: &mut Option<Adapters>) -> Result<Vec<Box<dyn Target>>, Usage> {
    let profile = args.profile.engine();
    let start =
        |program| Command::new(program, profile, Duration::from_secs(args.timeout)).map(Box::new).map_err(Usage);
    let engine = || Box::new(profile.map_or_else(InMemory::engine, InMemory::engine_as));
    let mut targets: Vec<Box<dyn Target>> = Vec::new();
    for target in &args.targets {
        targets.push(match target {
            BuiltIn::Engine => engine(),
            BuiltIn::Oracle if profile.is_some() => {
                return Err(Usage(
                    "--target oracle: it is the standard's transcription, and has no profile".to_owned(),
                ));
            }
            BuiltIn::Oracle => Box::new(InMemory::oracle()),
            BuiltIn::FetchCommand => start(fetch_command::program()?)?,
            BuiltIn::NodeFetch => start(Peer::NodeFetch.program(&args.peers, adapters)?)?,
            BuiltIn::Jsdom => start(Peer::Jsdom.program(&args.peers, adapters)?)?,
            BuiltIn::HappyDom => start(Peer::HappyDom.program(&args.peers, adapters)?)?,
            BuiltIn::Chromium => browser(Engine::Chromium, args)?,
            BuiltIn::Firefox => browser(Engine::Firefox, args)?,
            BuiltIn::Webkit => browser(Engine::Webkit, args)?,
        });
    }
    let words = |command: &String| command.split_whitespace().map(str::to_owned).collect();
    let given = args.commands.iter().map(words).chain((!args.program.is_empty()).then(|| args.program.clone()));
    for program in given {
        targets.push(start(program)?);
    }
    if targets.is_empty() {
        targets.push(engine());
    }
    Ok(targets)
}

fn browser(engine: Engine, args: &ConformanceArgs) -> Result<Box<dyn Target>, Usage> {
    let BrowserArgs { browser_path, driver_path } = args.browsers.clone();
    let browser = Browser::new(engine, browser_path, driver_path, Duration::from_secs(args.timeout));
    let wrong = |e| Usage(format!("--target {}: {e}", engine.name()));
    Ok(Box::new(browser.map_err(wrong)?))
}

fn run_target(target: &dyn Target, cases: &[Case], jobs: usize) -> Result<TargetResult, Usage> {
    let progress = Progress::new(target.name(), cases.len());
    let result = run::run(target, cases, jobs, &|done, verdict| progress.tell(done, verdict));
    progress.finish();
    result.map_err(Usage)
}

fn write(path: Option<&Path>, text: &str) -> Result<(), Usage> {
    match path {
        Some(path) => std::fs::write(path, text).map_err(|e| Usage(format!("--output {path:?}: {e}"))),
        None => crate::print(&mut io::stdout(), text),
    }
}

/// Speaks the protocol as a program under test.
pub(crate) fn target(args: &TargetArgs) -> Result<u8, Usage> {
    let mut program: Box<dyn Program> = match args {
        TargetArgs { naive: true, .. } => Box::new(NaiveProgram::default()),
        TargetArgs { fetch_command: true, .. } => Box::new(FetchCommand::new()?),
        _ => Box::new(EngineProgram::default()),
    };
    let served = program::serve(&mut *program, &mut io::stdin().lock(), &mut io::stdout().lock() as &mut dyn Write);
    served.map(|()| 0).map_err(|e| Usage(format!("standard input and output: {e}")))
}
