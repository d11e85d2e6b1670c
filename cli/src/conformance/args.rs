//! The command line of `conformance`.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fetch_cors_spec_tests::run::Shard;
use fetch_cors_spec_tests::scenario::EngineProfile;

/// Run the fixtures of the Fetch standard's CORS protocol against implementations.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ConformanceArgs {
    /// Target that this program knows; may be repeated [default: engine, unless there is a program]
    #[arg(long = "target", value_name = "NAME", value_enum)]
    pub(crate) targets: Vec<BuiltIn>,

    /// Program that speaks the protocol of spec-tests/COMMAND.md, its arguments behind spaces; may be
    /// repeated
    #[arg(long = "command", value_name = "PROGRAM")]
    pub(crate) commands: Vec<String>,

    /// A program and its arguments, as they are
    #[arg(last = true, value_name = "PROGRAM")]
    pub(crate) program: Vec<String>,

    /// Profile of the engine and of programs, and what is expected of them; a browser always has its own
    #[arg(long, value_name = "NAME", value_enum, default_value_t = ProfileName::Standard)]
    pub(crate) profile: ProfileName,

    #[command(flatten)]
    pub(crate) peers: PeerArgs,

    #[command(flatten)]
    pub(crate) browsers: BrowserArgs,

    #[command(flatten)]
    pub(crate) pick: PickArgs,

    #[command(flatten)]
    pub(crate) generate: GenerateArgs,

    /// How many cases run at a time [default: the number of processors]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// How long a program may take for one answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) timeout: u64,

    /// JSON file of expected failures, each with a reason
    #[arg(long, value_name = "FILE")]
    pub(crate) expected_failures: Option<PathBuf>,

    /// Form of the results
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// Write the results to FILE
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Targets on Node.js")]
pub(crate) struct PeerArgs {
    /// Folder in which, or above which, node_modules has the packages [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub(crate) packages: Option<PathBuf>,

    /// Folder of adapters instead of those inside this program
    #[arg(long, value_name = "DIR")]
    pub(crate) adapters: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Browsers")]
pub(crate) struct BrowserArgs {
    /// The browser's program [default: on the path]
    #[arg(long, value_name = "FILE")]
    pub(crate) browser_path: Option<PathBuf>,

    /// Its WebDriver program [default: on the path]
    #[arg(long, value_name = "FILE")]
    pub(crate) driver_path: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Cases")]
pub(crate) struct PickArgs {
    /// Only cases of this file of fixtures; may be repeated
    #[arg(long = "area", value_name = "AREA")]
    pub(crate) areas: Vec<String>,

    /// Only cases that cover this anchor of the standard; may be repeated
    #[arg(long = "anchor", value_name = "ANCHOR")]
    pub(crate) anchors: Vec<String>,

    /// Only cases with this in their name, or in a mistake that they show; may be repeated
    #[arg(long = "name", value_name = "TEXT")]
    pub(crate) names: Vec<String>,

    /// Only cases that need this of a target, or none; may be repeated
    #[arg(long = "need", value_name = "NEED")]
    pub(crate) needs: Vec<String>,

    /// Only one part of several, 1/4 to 4/4
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,

    /// Folder of fixtures instead of those inside this program
    #[arg(long, value_name = "DIR")]
    pub(crate) fixtures: Option<PathBuf>,

    /// Print the names of the cases, and run none
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Generated scenarios")]
pub(crate) struct GenerateArgs {
    /// Run N random scenarios in browsers instead, compare with the engine under each browser's profile, and print the
    /// differences as small fixtures
    #[arg(long, value_name = "N", conflicts_with_all = ["list", "fixtures", "names", "areas", "anchors", "needs", "shard"])]
    pub(crate) generate: Option<NonZeroU32>,

    /// Which ones: a seed always makes the same
    #[arg(long, value_name = "S", default_value_t = 1, requires = "generate")]
    pub(crate) seed: u64,

    /// How long making differences small may take, for each browser
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "generate")]
    pub(crate) shrink_time: u64,
}

/// A target that this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuiltIn {
    /// The engine, in memory
    Engine,
    /// The literal transcription of the standard that the engine is checked against, in memory
    Oracle,
    /// The command fetch of this program, over real connections
    FetchCommand,
    /// Node's own fetch
    NodeFetch,
    /// XMLHttpRequest of jsdom
    Jsdom,
    /// fetch of happy-dom
    HappyDom,
    /// The browser Chromium, by chromedriver
    Chromium,
    /// The browser Firefox, by geckodriver
    Firefox,
    /// The browser MiniBrowser of WebKitGTK, by WebKitWebDriver
    Webkit,
}

/// By which profile cases come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileName {
    /// As the standard says
    Standard,
    /// As in Chromium
    Chromium,
    /// As in Firefox
    Gecko,
    /// As in Safari and WebKitGTK
    Webkit,
}

impl ProfileName {
    /// The engine, if it is one's.
    pub(crate) const fn engine(self) -> Option<EngineProfile> {
        match self {
            Self::Standard => None,
            Self::Chromium => Some(EngineProfile::Chromium),
            Self::Gecko => Some(EngineProfile::Gecko),
            Self::Webkit => Some(EngineProfile::Webkit),
        }
    }
}

/// The form of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Counts, and what failed
    Text,
    /// One document with every case
    Json,
    /// JUnit XML
    Junit,
    /// One page with a table of areas and targets
    Html,
    /// Tables of targets and of mistakes, for a README
    Markdown,
}

/// Speak the protocol of a program under test.
#[derive(Args, Debug)]
pub(crate) struct TargetArgs {
    /// A client with the usual mistakes instead of the engine
    #[arg(long, group = "program")]
    pub(crate) naive: bool,

    /// The command fetch instead of the engine
    #[arg(long, group = "program")]
    pub(crate) fetch_command: bool,
}

const AFTER_HELP: &str = "\
Exit status: 0 all as expected, 1 not, 2 usage, or a program that does not start or is not installed.";
