//! The command line, as it is typed. What it means is found out in [`crate::plan`].

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::conformance::{ConformanceArgs, TargetArgs};

/// The browser's side of CORS, on the command line.
#[derive(Debug, Parser)]
#[command(name = "fetch-cors", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Fetch(Box<FetchArgs>),
    /// Speak the engine as JSON lines on standard input and output; cli/ENGINE.md has the protocol
    Engine,
    Conformance(Box<ConformanceArgs>),
    #[command(hide = true)]
    ConformanceTarget(TargetArgs),
}

/// Fetch URLs the way a page's script would, and explain each step.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct FetchArgs {
    /// What to fetch; several run one after the other in one user agent
    #[arg(value_name = "URL", required_unless_present = "demo", conflicts_with = "demo")]
    pub(crate) urls: Vec<String>,

    /// Origin of the page that fetches, or null for an opaque one
    #[arg(long, value_name = "ORIGIN", required_unless_present = "demo", conflicts_with = "demo")]
    pub(crate) origin: Option<String>,

    /// Tour of the usual lives of CORS, against a server inside this process
    #[arg(long)]
    pub(crate) demo: bool,

    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// Method; GET without --data, POST with it
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    pub(crate) method: Option<String>,

    /// Header line 'Name: value' ('Name;' for an empty value, 'Content-Type:' for none beside --data);
    /// may be repeated
    #[arg(short = 'H', long = "header", value_name = "LINE")]
    pub(crate) headers: Vec<String>,

    /// Body, or @FILE without its line ends (@- for standard input); several are joined by &
    #[arg(short = 'd', long = "data", value_name = "DATA")]
    pub(crate) data: Vec<String>,

    /// omit, same-origin or include [default: same-origin, for navigate include]
    #[arg(long, value_name = "MODE")]
    pub(crate) credentials: Option<String>,

    /// cors, no-cors, same-origin or navigate
    #[arg(long, value_name = "MODE", default_value = "cors")]
    pub(crate) mode: String,

    /// follow, error or manual [default: follow]
    #[arg(long, value_name = "MODE")]
    pub(crate) redirect: Option<String>,

    /// client, no-referrer or a URL; one of another origin counts as client, as in fetch()
    #[arg(long, value_name = "REFERRER", default_value = "client")]
    pub(crate) referrer: String,

    /// A policy of the Referrer Policy standard [default: strict-origin-when-cross-origin]
    #[arg(long, value_name = "POLICY")]
    pub(crate) referrer_policy: Option<String>,

    /// What the response is for: image, script, style … [default: none, as for fetch()]
    #[arg(long, value_name = "DESTINATION")]
    pub(crate) destination: Option<String>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "User agent")]
pub(crate) struct AgentArgs {
    /// Cookies that the jar holds for the hosts of the URLs; may be repeated
    #[arg(short = 'b', long = "cookie", value_name = "NAME=VALUE")]
    pub(crate) cookies: Vec<String>,

    /// Run the whole list of URLs N times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) repeat: u16,

    /// User-Agent to send [default: fetch-cors and its version]
    #[arg(short = 'A', long, value_name = "TEXT")]
    pub(crate) user_agent: Option<String>,

    /// A further scheme and its traits: 'app=standard,cors,secure'; may be repeated
    #[arg(long, value_name = "SCHEME=TRAITS")]
    pub(crate) scheme_policy: Vec<String>,

    /// Let a source origin reach a target without CORS: 'app://localhost=https://*.api.example'
    #[arg(long, value_name = "SOURCE=TARGET")]
    pub(crate) allow_origin_access: Vec<String>,

    /// Whose choices count: standard, letter, chromium, gecko or webkit; all for standard and the three engines
    /// side by side, with the switches that make the difference
    #[arg(long, value_name = "NAME", default_value = "standard")]
    pub(crate) profile: String,

    /// Set one switch of the profile: 'cache_records=replaced'; may be repeated
    #[arg(long = "switch", value_name = "NAME=VALUE")]
    pub(crate) switches: Vec<String>,

    /// Longest life of a preflight cache entry [default: the profile's, 7200 in standard]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_age_limit: Option<u32>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// Longest time for one fetch, its redirects and its body
    #[arg(short = 'm', long, value_name = "SECONDS", default_value_t = 30.0, value_parser = max_time)]
    pub(crate) max_time: f64,

    /// Trust the certificates in this PEM file instead of the system's
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub(crate) cacert: Option<PathBuf>,

    /// Trust any certificate
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,

    /// Address to use for a host and port, HOST:PORT:ADDR[,ADDR]; may be repeated
    #[arg(long, value_name = "HOST:PORT:ADDR")]
    pub(crate) resolve: Vec<String>,

    /// Only HTTP/1.1
    #[arg(long = "http1.1", group = "version")]
    pub(crate) http1: bool,

    /// Only HTTP/2 (over TLS)
    #[arg(long, group = "version")]
    pub(crate) http2: bool,

    /// Only HTTP/2, without negotiation, over clear text too
    #[arg(long, group = "version")]
    pub(crate) http2_prior_knowledge: bool,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Show every head on the wire and every decision with what was compared
    #[arg(short = 'v', long)]
    pub(crate) verbose: bool,

    /// One JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,

    /// Write what script may read of the bodies to FILE, - for standard output;
    /// the report then goes to standard error
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

const AFTER_HELP: &str = "\
Exit status: 0 delivered (a 404 and an opaque response too), 1 blocked, 2 usage,
3 network failure; of several fetches the highest counts.";

/// A day is far beyond any use, and keeps the arithmetic of deadlines safe.
const MAX_TIME_LIMIT: f64 = 86_400.0;

fn max_time(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if seconds > 0.0 && seconds <= MAX_TIME_LIMIT {
        Ok(seconds)
    } else {
        Err(format!("must be above 0 and at most {MAX_TIME_LIMIT}"))
    }
}

/// A clap error as one line that says which argument and why.
pub(crate) fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

/// Whether an error of clap is about what was typed, and not a wish for help.
pub(crate) fn is_about_an_argument(error: &clap::Error) -> bool {
    error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}
