//! The report for people.

use std::fmt::Write as _;

use crate::net::{Head, Line};
use crate::paint::{self, Paint};
use crate::record::{BodyOutcome, Decision, Delivered, Exchange, Moment, Outcome, Record, Stopped, standard_url};
use crate::side_by_side::{Because, Judged, SideBySide};

/// Decisions that are told only on request: they say that nothing special happened.
const QUIET: [&str; 5] = ["hop", "tainting", "no-preflight", "tao-check", "corp-check-passed"];
/// Decisions that the verdict says again.
const TOLD_BY_VERDICT: [&str; 3] = ["network-error", "delivered", "note"];

/// Writes reports in one style.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reporter {
    pub(crate) paint: Paint,
    pub(crate) verbose: bool,
}

impl Reporter {
    /// The reports of a run, one after the other.
    pub(crate) fn all(self, records: &[Record]) -> String {
        let reports: Vec<String> = records.iter().map(|record| self.one(record)).collect();
        reports.join("\n")
    }

    /// The report of one fetch.
    pub(crate) fn one(self, record: &Record) -> String {
        let mut out = String::new();
        self.request(&mut out, record);
        self.steps(&mut out, record);
        out
    }

    /// What happened, and how it ended.
    fn steps(self, out: &mut String, record: &Record) {
        for moment in &record.timeline {
            match moment {
                Moment::Decision(decision) => self.decision(out, decision),
                Moment::Exchange(exchange) => self.exchange(out, exchange),
            }
        }
        for note in &record.notes {
            let text = format!("{} ({})", paint::text(&note.text), note.code);
            line(out, &self.paint.yellow("note"), &text);
        }
        match &record.outcome {
            Outcome::Delivered(seen) => self.delivered(out, seen),
            Outcome::Stopped(stopped) => self.stopped(out, stopped),
        }
    }

    /// What several profiles make of the same fetches.
    pub(crate) fn side_by_side(self, all: &SideBySide) -> String {
        let Some(standard) = all.judged.first() else { return String::new() };
        let mut out = String::new();
        for (index, of_standard) in standard.records.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            self.request(&mut out, of_standard);
            let records = || all.judged.iter().filter_map(|judged| Some((judged, judged.records.get(index)?)));
            if self.verbose {
                for (judged, record) in records() {
                    push(&mut out, &self.paint.bold(&title(judged)));
                    self.steps(&mut out, record);
                }
                continue;
            }
            let wires: Vec<String> = records().map(|(_, record)| wire(record)).collect();
            let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or_default();
            let title_width = widest(&mut all.judged.iter().map(|judged| paint::width(&title(judged))));
            let wire_width = widest(&mut wires.iter().map(|wire| paint::width(wire)));
            for ((judged, record), wire) in records().zip(&wires) {
                let title = format!("{:title_width$}", title(judged));
                let verdict = self.verdict(&record.outcome);
                push(&mut out, &format!("  {}  {wire:wire_width$}  {verdict}", self.paint.bold(&title)));
            }
            let mut told: Vec<&str> = Vec::new();
            for (_, record) in records() {
                if let Outcome::Stopped(stopped) = &record.outcome
                    && !told.contains(&stopped.code)
                {
                    told.push(stopped.code);
                    self.stopped(&mut out, stopped);
                }
            }
        }
        for judged in all.judged.iter().skip(1) {
            let name = self.paint.bold(judged.profile.name());
            if judged.because.is_empty() {
                push(&mut out, &format!("{name} does as {}", standard.profile.name()));
            }
            for because in &judged.because {
                let Because { switch, value, standard } = because;
                push(&mut out, &format!("{name} differs by {switch}: {value}, where the standard has {standard}"));
            }
        }
        push(&mut out, &self.paint.dim(&format!("{} requests went over the wire, like ones once", all.sent)));
        out
    }

    fn verdict(self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Delivered(seen) => {
                let names: Vec<String> = seen.visible.iter().map(|(name, _)| paint::bytes(name)).collect();
                let visible = if names.is_empty() { "no headers".to_owned() } else { names.join(", ") };
                let word = self.paint.green("delivered");
                format!("{word} {}, status {}, {visible}", seen.response_type, seen.status)
            }
            Outcome::Stopped(stopped) => {
                let word = self.paint.red(if stopped.failure.is_some() { "failed" } else { "blocked" });
                format!("{word} {}, stage {}", stopped.code, stopped.stage)
            }
        }
    }

    fn request(self, out: &mut String, record: &Record) {
        let asked = &record.asked;
        let title = format!("{} {}", asked.method, paint::text(&asked.url));
        push(out, &self.paint.bold(&title));
        let how = format!(
            "from {}, mode {}, credentials {}, redirect {}",
            paint::text(&asked.origin),
            asked.mode,
            asked.credentials,
            asked.redirect
        );
        push(out, &format!("  {}", self.paint.dim(&how)));
        for dropped in &asked.dropped {
            let text = format!("header {}: {}", paint::text(&dropped.name), dropped.why);
            line(out, &self.paint.yellow("dropped"), &text);
        }
    }

    fn decision(self, out: &mut String, decision: &Decision) {
        if TOLD_BY_VERDICT.contains(&decision.kind) || (!self.verbose && QUIET.contains(&decision.kind)) {
            return;
        }
        let mut text = paint::text(&decision.text);
        if self.verbose {
            text += &self.paint.dim(&place(decision));
        }
        line(out, &self.paint.cyan("*"), &text);
    }

    fn exchange(self, out: &mut String, exchange: &Exchange) {
        if self.verbose {
            self.wire(out, exchange);
            return;
        }
        let answer = match &exchange.answer {
            Ok(head) => self.status(head.status),
            Err(failure) => self.paint.red(failure.kind.as_str()),
        };
        let text = format!("{} {} -> {answer}", exchange.method, paint::text(&exchange.url));
        line(out, kind(exchange), &text);
    }

    /// An exchange as it stood on the wire.
    fn wire(self, out: &mut String, exchange: &Exchange) {
        let (to, from) = (self.paint.dim(">"), self.paint.dim("<"));
        let start = format!("{} {} {}", exchange.method, paint::text(&exchange.target), exchange.version);
        line(out, kind(exchange), &paint::text(&exchange.url));
        line(out, &to, &self.paint.bold(&start));
        self.lines(out, &to, &exchange.sent);
        if let Some(bytes) = exchange.body_bytes {
            line(out, &to, &self.paint.dim(&format!("({bytes} bytes of body)")));
        }
        match &exchange.answer {
            Ok(head) => {
                line(out, &from, &self.status_line(head));
                self.lines(out, &from, &head.lines);
            }
            Err(failure) => line(out, &self.paint.red("x"), &paint::text(&failure.to_string())),
        }
        for cookie in &exchange.cookies {
            let name = paint::text(&cookie.name);
            let text = match &cookie.refused {
                None => format!("cookie {name} is stored"),
                Some(why) => format!("cookie {name} is not stored: {}", paint::text(why)),
            };
            line(out, &self.paint.cyan("*"), &text);
        }
    }

    fn lines(self, out: &mut String, mark: &str, lines: &[Line]) {
        for (name, value) in lines {
            let name = self.paint.cyan(&paint::bytes(name));
            line(out, mark, &format!("{name}: {}", paint::bytes(value)));
        }
    }

    fn status_line(self, head: &Head) -> String {
        let line = format!("{} {} {}", head.version, head.status, paint::text(&head.reason));
        self.paint.bold(line.trim_end())
    }

    fn status(self, status: u16) -> String {
        let text = status.to_string();
        match status {
            200..=299 => self.paint.green(&text),
            _ => self.paint.yellow(&text),
        }
    }

    fn delivered(self, out: &mut String, seen: &Delivered) {
        let type_and_status = format!("type {}, status {}", seen.response_type, seen.status);
        line(out, &self.paint.green("delivered"), &type_and_status);
        if seen.redirected {
            let url = seen.url.as_deref().unwrap_or("(hidden)");
            detail(out, &format!("redirected to {}", paint::text(url)));
        }
        detail(out, "script sees:");
        for (name, value) in &seen.visible {
            let name = self.paint.cyan(&paint::bytes(name));
            push(out, &format!("      {name}: {}", paint::bytes(value)));
        }
        if seen.visible.is_empty() {
            push(out, "      no headers");
        }
        if !seen.hidden.is_empty() {
            let names = paint::text(&seen.hidden.join(", "));
            push(out, &self.paint.dim(&format!("      hidden: {names}")));
        }
        push(out, &format!("      {}", body(&seen.body)));
    }

    fn stopped(self, out: &mut String, stopped: &Stopped) {
        let verdict = if stopped.failure.is_some() { "failed" } else { "blocked" };
        let place = match stopped.redirects {
            0 => stopped.stage.to_owned(),
            n => format!("{} after redirect {n}", stopped.stage),
        };
        let code = format!("{} ({}), stage {place}", stopped.code, stopped.number);
        line(out, &self.paint.red(verdict), &code);
        detail(out, &paint::text(&stopped.message));
        for (name, value) in &stopped.facts {
            let name = self.paint.dim(&format!("{}:", name.replace('_', " ")));
            detail(out, &format!("{name} {}", paint::text(value)));
        }
        if !stopped.remedy.is_empty() {
            line(out, &self.paint.green("remedy"), &paint::text(&stopped.remedy));
        }
        line(out, "standard", &standard_url(stopped.anchor));
    }
}

/// The algorithm, and the step if there is one to name.
fn place(decision: &Decision) -> String {
    match (decision.anchor, decision.step) {
        ("", _) => String::new(),
        (anchor, "") => format!("  [#{anchor}]"),
        (anchor, step) => format!("  [#{anchor}, {step}]"),
    }
}

fn title(judged: &Judged) -> String {
    match judged.profile.checked_against() {
        Some(browser) => format!("{} ({browser})", judged.profile.name()),
        None => judged.profile.name().to_owned(),
    }
}

/// The exchanges in short.
fn wire(record: &Record) -> String {
    let short = |exchange: &Exchange| {
        let answer = match &exchange.answer {
            Ok(head) => head.status.to_string(),
            Err(failure) => failure.kind.as_str().to_owned(),
        };
        format!("{} {answer}", exchange.method)
    };
    let all: Vec<String> = record.exchanges().map(short).collect();
    if all.is_empty() { "nothing sent".to_owned() } else { all.join(", ") }
}

fn kind(exchange: &Exchange) -> &'static str {
    if exchange.preflight { "preflight" } else { "request" }
}

fn body(body: &BodyOutcome) -> String {
    match body {
        BodyOutcome::Readable => "the body (-o FILE writes it)".to_owned(),
        BodyOutcome::Nothing => "no body".to_owned(),
        BodyOutcome::Written(bytes) => format!("the body, {bytes} bytes"),
        BodyOutcome::Broken(bytes, failure) => {
            format!("{bytes} bytes of body, then {}", paint::text(&failure.to_string()))
        }
        BodyOutcome::Unwritable(why) => format!("a body that cannot be written: {}", paint::text(why)),
    }
}

fn line(out: &mut String, mark: &str, text: &str) {
    push(out, &format!("  {mark} {text}"));
}

fn detail(out: &mut String, text: &str) {
    push(out, &format!("    {text}"));
}

fn push(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}", text.trim_end());
}
