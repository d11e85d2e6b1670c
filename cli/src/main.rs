//! `fetch-cors`: fetch the way a browser would, and explain each step.

mod args;
mod conformance;
mod cookies;
mod demo;
mod engine;
mod exchange;
mod json;
mod kept;
mod net;
mod outcome;
mod paint;
mod plan;
mod record;
mod report;
mod run;
mod side_by_side;
mod timeline;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use args::{Cli, Command, FetchArgs, OutputArgs};
use paint::Paint;
use plan::{Plan, Usage};
use record::{EXIT_USAGE, Record};
use report::Reporter;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && args::is_about_an_argument(&error) => {
            return usage(&args::one_line(&error));
        }
        // Help and version; a pipe that closed early is no reason to fail.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(EXIT_USAGE));
        }
    };
    let result = match cli.command {
        Command::Fetch(args) => fetch(&args),
        Command::Engine => engine(),
        Command::Conformance(args) => conformance::conformance(&args),
        Command::ConformanceTarget(args) => conformance::target(&args),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => usage(&error.to_string()),
    }
}

fn usage(line: &str) -> ExitCode {
    tell(line);
    ExitCode::from(EXIT_USAGE)
}

/// Says one line on standard error.
pub(crate) fn tell(line: &str) {
    // Nobody is left to tell if even this fails.
    let _ = writeln!(io::stderr(), "fetch-cors: {}", paint::text(line));
}

/// Runs `fetch` and returns its exit status.
fn fetch(args: &FetchArgs) -> Result<u8, Usage> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Usage(format!("the I/O runtime does not start: {e}")))?;
    let result =
        runtime.block_on(async { if args.demo { demo::tour(&args.output).await } else { fetch_urls(args).await } });
    // A name look-up that is still under way must not hold up the exit.
    runtime.shutdown_timeout(Duration::ZERO);
    result
}

/// Runs `engine` and returns its exit status.
fn engine() -> Result<u8, Usage> {
    engine::run(&mut io::stdin().lock(), &mut io::stdout().lock())
        .map(|()| 0)
        .map_err(|e| Usage(format!("standard input and output: {e}")))
}

async fn fetch_urls(args: &FetchArgs) -> Result<u8, Usage> {
    let plan = Plan::new(args)?;
    if plan.profiles.len() > 1 {
        let all = side_by_side::run(&plan).await?;
        let exit = all.judged.iter().map(|judged| record::exit_code(&judged.records)).max().unwrap_or_default();
        let paint = Paint::new(args.output.color, &io::stdout());
        let text = if args.output.json {
            json::side_by_side(&all, exit)
        } else {
            Reporter { paint, verbose: args.output.verbose }.side_by_side(&all)
        };
        print(&mut io::stdout(), &text)?;
        return Ok(exit);
    }
    let mut sink = args.output.output.as_deref().map(open_sink).transpose()?;
    let sink = sink.as_mut().map(|sink| &mut **sink as &mut dyn Write);
    let records = run::run(&plan, sink).await?;
    let exit = record::exit_code(&records);
    show(&args.output, &records, exit)?;
    Ok(exit)
}

fn open_sink(path: &Path) -> Result<Box<dyn Write>, Usage> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdout()));
    }
    let file = File::create(path).map_err(|e| Usage(format!("--output {path:?}: {e}")))?;
    Ok(Box::new(file))
}

/// Prints the report; to standard error if the bodies went to standard output.
pub(crate) fn show(output: &OutputArgs, records: &[Record], exit: u8) -> Result<(), Usage> {
    if output.output.as_deref() == Some(Path::new("-")) {
        let paint = Paint::new(output.color, &io::stderr());
        print(&mut io::stderr(), &report(output, paint, records, exit))
    } else {
        let paint = Paint::new(output.color, &io::stdout());
        print(&mut io::stdout(), &report(output, paint, records, exit))
    }
}

fn report(output: &OutputArgs, paint: Paint, records: &[Record], exit: u8) -> String {
    if output.json {
        return json::document(records, exit);
    }
    let reporter = Reporter { paint, verbose: output.verbose };
    reporter.all(records)
}

/// A reader that has seen enough is no error.
pub(crate) fn print(stream: &mut dyn Write, text: &str) -> Result<(), Usage> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Usage(format!("the report cannot be written: {e}"))),
        _ => Ok(()),
    }
}
