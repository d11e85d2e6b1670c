//! The same fetches under several profiles, and which switches make the difference.

use fetch_cors::{Profile, Timestamp};
use tokio::time::Instant;

use crate::kept::Keeper;
use crate::plan::{Plan, Usage};
use crate::record::{Outcome, Record};
use crate::run::{Host, run_in};

/// What one profile makes of a plan.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) profile: Profile,
    pub(crate) records: Vec<Record>,
    /// The switches without which it would have come out otherwise; none for what the first profile does too.
    pub(crate) because: Vec<Because>,
}

/// A switch that makes a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Because {
    pub(crate) switch: &'static str,
    pub(crate) value: String,
    pub(crate) standard: String,
}

/// All profiles of a plan side by side.
#[derive(Debug)]
pub(crate) struct SideBySide {
    pub(crate) judged: Vec<Judged>,
    /// How many requests went over the wire.
    pub(crate) sent: usize,
}

/// Runs a plan under each profile. Requests that are alike go over the wire once.
pub(crate) async fn run(plan: &Plan) -> Result<SideBySide, Usage> {
    let keeper = Keeper::default();
    let mut judged: Vec<Judged> = Vec::new();
    for profile in &plan.profiles {
        let records = run_under(plan, profile, &keeper, true).await?;
        judged.push(Judged { profile: profile.clone(), records, because: Vec::new() });
    }
    let gists: Vec<String> = judged.iter().map(|judged| gist(&judged.records)).collect();
    let Some(first) = gists.first() else { return Err(Usage("no profile".to_owned())) };
    for (judged, gist) in judged.iter_mut().zip(&gists).filter(|(_, gist)| *gist != first) {
        judged.because = because(plan, &judged.profile, gist, &keeper).await?;
    }
    Ok(SideBySide { judged, sent: keeper.sent() })
}

async fn run_under(plan: &Plan, profile: &Profile, keeper: &Keeper, may_send: bool) -> Result<Vec<Record>, Usage> {
    let mut host = Host::with_profile(plan, profile)?;
    host.wire.answer_from(keeper.reader(may_send));
    let zero = Instant::now();
    run_in(&mut host, plan, None, || Timestamp::from_duration(zero.elapsed())).await
}

/// The switches that differ from the standard's and matter here: with one of them at the standard's value, it comes
/// out otherwise. Nothing is sent for that.
async fn because(plan: &Plan, profile: &Profile, gist_of_all: &str, keeper: &Keeper) -> Result<Vec<Because>, Usage> {
    let standard = Profile::standard();
    let mut because = Vec::new();
    for switch in Profile::switches() {
        let (Some(value), Some(of_standard)) = (profile.value_of(switch.name), standard.value_of(switch.name)) else {
            continue;
        };
        if value == of_standard {
            continue;
        }
        let without = profile.clone().with_switch(switch.name, &of_standard).map_err(|e| Usage(e.to_string()))?;
        if gist(&run_under(plan, &without, keeper, false).await?) != gist_of_all {
            because.push(Because { switch: switch.name, value, standard: of_standard });
        }
    }
    Ok(because)
}

/// What a page and its servers can tell of a run: two runs that differ in it came out otherwise.
fn gist(records: &[Record]) -> String {
    let of_record = |record: &Record| {
        let exchanges: Vec<_> =
            record.exchanges().map(|exchange| (&exchange.method, &exchange.url, &exchange.sent)).collect();
        match &record.outcome {
            Outcome::Delivered(seen) => {
                format!("{exchanges:?} {} {} {:?} {:?}", seen.response_type, seen.status, seen.url, seen.visible)
            }
            Outcome::Stopped(stopped) => format!("{exchanges:?} {} {}", stopped.code, stopped.stage),
        }
    };
    records.iter().map(of_record).collect::<Vec<_>>().join("\n")
}
