//! The tour: the usual lives of CORS, each run for real against the embedded server.

mod server;
mod tour;

use std::io;

use clap::Parser;

use crate::args::{Cli, Command, OutputArgs};
use crate::net::{AddressBook, NameService};
use crate::paint::{self, Paint};
use crate::plan::{Plan, Usage};
use crate::record::{Outcome, Record};
use crate::report::Reporter;
use crate::{print, run, show};
use server::PAGE;
use tour::{STOPS, Stop};

/// Exit status if a stop did not end as it should.
const EXIT_SURPRISE: u8 = 1;

/// Columns of the screen that the tour uses.
const SCREEN: usize = 100;
/// Where a line goes on that does not fit.
const INDENT: usize = 6;

/// Decisions that a stop tells about.
const TELLING: [&str; 8] = [
    "preflight-needed",
    "preflight-passed",
    "cache-hit",
    "redirect",
    "redirect-tainted",
    "cors-check-passed",
    "access-list-grant",
    "method-changed",
];

/// Walks through all stops and tells about each.
pub(crate) async fn tour(output: &OutputArgs) -> Result<u8, Usage> {
    let book = server::start().await.map_err(|e| Usage(format!("--demo: the embedded server does not start: {e}")))?;
    let guide = Guide { paint: Paint::new(output.color, &io::stdout()), verbose: output.verbose };
    let mut all = Vec::new();
    let mut code = 0;
    if !output.json {
        print(&mut io::stdout(), &guide.welcome())?;
    }
    for (index, stop) in STOPS.iter().enumerate() {
        let records = visit(stop, &book).await?;
        if records.iter().any(|record| ending(record) != stop.ends) {
            code = EXIT_SURPRISE;
        }
        if !output.json {
            print(&mut io::stdout(), &guide.stop(index + 1, stop, &records))?;
        }
        all.extend(records);
    }
    if output.json {
        show(output, &all, code)?;
    } else {
        print(&mut io::stdout(), &guide.farewell())?;
    }
    Ok(code)
}

/// Runs one stop through the very parser that reads the command line.
async fn visit(stop: &Stop, book: &AddressBook) -> Result<Vec<Record>, Usage> {
    let words = ["fetch-cors", "fetch"].iter().chain(stop.args);
    let cli = Cli::try_parse_from(words).map_err(|e| Usage(e.to_string()))?;
    let Command::Fetch(args) = cli.command else {
        return Err(Usage(format!("internal error: a stop is no fetch: {:?}", stop.args)));
    };
    let mut plan = Plan::new(&args)?;
    plan.transport.names = NameService::BookOnly(book.clone());
    run::run(&plan, None).await
}

/// `delivered`, or the code of the reason.
fn ending(record: &Record) -> &str {
    match &record.outcome {
        Outcome::Delivered(_) => "delivered",
        Outcome::Stopped(stopped) => stopped.code,
    }
}

/// Tells about the stops.
struct Guide {
    paint: Paint,
    verbose: bool,
}

impl Guide {
    fn welcome(&self) -> String {
        let title = self.paint.bold("The usual lives of CORS");
        format!(
            "{title}\n\
             A page at {PAGE} fetches from api.example and cdn.example. A server inside this\n\
             process plays all three, and nothing leaves the machine. -v shows all that goes over the wire.\n\n"
        )
    }

    fn stop(&self, number: usize, stop: &Stop, records: &[Record]) -> String {
        let mut out = String::new();
        self.push(&mut out, &self.paint.bold(&format!("{number:2}. {}", stop.title)), "");
        self.push(&mut out, &self.paint.dim("    fetch"), &typed(stop.args));
        for record in records {
            if self.verbose {
                let reporter = Reporter { paint: self.paint, verbose: true };
                out += &reporter.one(record);
            } else {
                self.brief(&mut out, record);
            }
            if ending(record) != stop.ends {
                let surprise = format!("this should have ended as {}", stop.ends);
                self.push(&mut out, &self.paint.red("    surprise"), &surprise);
            }
        }
        self.push(&mut out, "   ", stop.lesson);
        out.push('\n');
        out
    }

    /// The telling decisions and the verdict.
    fn brief(&self, out: &mut String, record: &Record) {
        let cookies = record.exchanges().flat_map(|exchange| &exchange.sent).filter(|(name, _)| name == b"Cookie");
        for (_, value) in cookies {
            let text = format!("Cookie: {} goes along", String::from_utf8_lossy(value));
            self.push(out, &self.paint.cyan("    *"), &text);
        }
        let has_hit = record.decisions().any(|decision| decision.kind == "cache-hit");
        for decision in record.decisions() {
            let is_old = has_hit && decision.kind == "preflight-needed";
            if TELLING.contains(&decision.kind) && !is_old {
                self.push(out, &self.paint.cyan("    *"), &decision.text);
            }
        }
        match &record.outcome {
            Outcome::Delivered(seen) => {
                let names: Vec<_> = seen.visible.iter().map(|(name, _)| String::from_utf8_lossy(name)).collect();
                let headers = if names.is_empty() { "no headers".to_owned() } else { names.join(", ") };
                let text = format!("type {}, status {}, {headers}", seen.response_type, seen.status);
                self.push(out, &self.paint.green("    delivered"), &text);
            }
            Outcome::Stopped(stopped) => {
                let text = format!("{}: {}", stopped.code, stopped.message);
                self.push(out, &self.paint.red("    blocked"), &text);
            }
        }
    }

    fn farewell(&self) -> String {
        let command = self.paint.bold("fetch-cors fetch URL --origin ORIGIN");
        format!("Now with a server of your own: {command}\nA block then comes with a remedy; -v shows each check.\n")
    }

    /// A mark, and text behind it that keeps clear of the edge of the screen.
    fn push(&self, out: &mut String, mark: &str, text: &str) {
        out.push_str(mark);
        let mut column = paint::width(mark);
        for word in paint::text(text).split(' ').filter(|word| !word.is_empty()) {
            let width = paint::width(word);
            if column + 1 + width > SCREEN && column > INDENT {
                out.push('\n');
                out.push_str(&" ".repeat(INDENT - 1));
                column = INDENT - 1;
            }
            out.push(' ');
            out.push_str(word);
            column += 1 + width;
        }
        out.push('\n');
    }
}

/// Arguments as a shell takes them; that the page is the usual one goes without saying.
fn typed(args: &[&str]) -> String {
    let quoted: Vec<String> = args
        .iter()
        .filter(|arg| **arg != tour::FROM)
        .map(|arg| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_=:/.,".contains(c);
            if arg.chars().all(plain) { (*arg).to_owned() } else { format!("'{arg}'") }
        })
        .collect();
    quoted.join(" ")
}
