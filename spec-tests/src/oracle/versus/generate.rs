//! Sequences from bytes.

use super::answers::{answer, chain, workers};
use super::dice::Dice;
use super::plan::{FetchPlan, Limits, Sequence, Step};
use super::pool::{ACCESS_TARGETS, APP_PAGES, PAGES};
use super::requests::{again, app_origin, new_request, origin, page, partition};
use crate::oracle::host::GateAnswer;
use crate::oracle::origin::toy_registrable_domain;
use crate::oracle::request::Request;
use crate::oracle::rules::{AccessEntry, Rules, Scheme, Switches};

/// Bytes of which a sequence is made.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Seeds {
    /// The settings.
    pub settings: [u8; 32],
    /// The fetches.
    pub fetches: Vec<FetchSeeds>,
}

/// Bytes of which a fetch and its answers are made.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct FetchSeeds {
    /// What comes before it.
    pub before: [u8; 8],
    /// The request.
    pub request: [u8; 112],
    /// The answers.
    pub answers: Vec<[u8; 80]>,
}

/// A sequence.
#[must_use]
pub fn sequence(seeds: &Seeds) -> Sequence {
    let dice = &mut Dice::new(&seeds.settings);
    let is_letter = dice.chance(50);
    let mut rules = Rules::new(if is_letter { Switches::letter() } else { Switches::standard() });
    rules.suffix_list = (!dice.chance(15)).then_some(toy_registrable_domain as fn(&str) -> Option<&str>);
    rules.gates = dice.chance(12);
    rules.service_workers = dice.chance(16);
    rules.has_cache = !dice.chance(3);
    rules.user_agent = dice.chance(20).then(|| b"Test/1".to_vec());
    rules.accept_language = dice.chance(20).then(|| b"fr".to_vec());
    rules.switches.wildcard_covers_authorization = dice.chance(10);
    if dice.chance(18) {
        rules.schemes = vec![scheme("app", dice), scheme("ext", dice)];
    }
    if dice.chance(18) {
        rules.access_list = (0..=dice.below(3)).map(|_| access_entry(dice, &rules)).collect();
    }
    let is_bounded = dice.chance(30) && rules.has_cache;
    let limits = Limits {
        groups: 1 + dice.below(3),
        bytes: dice.of(&[4 << 20, 4 << 20, 600, 300]),
        entries_per_answer: dice.of(&[1024, 1024, 4, 2]),
    };
    let mut steps = Vec::new();
    let mut last: Option<Request> = None;
    for fetch in &seeds.fetches {
        steps.extend(step_before(&fetch.before, &rules));
        let plan = fetch_plan(fetch, last.as_ref(), &rules);
        last = Some(plan.request.clone());
        steps.push(Step::Fetch(Box::new(plan)));
    }
    Sequence { is_letter, rules, limits: is_bounded.then_some(limits), steps }
}

/// A scheme of the host's own.
fn scheme(name: &str, dice: &mut Dice<'_>) -> Scheme {
    Scheme {
        name: name.to_owned(),
        is_standard: !dice.chance(25),
        is_cors_enabled: !dice.chance(40),
        is_secure: dice.chance(50),
    }
}

fn access_entry(dice: &mut Dice<'_>, rules: &Rules) -> AccessEntry {
    let has_apps = rules.scheme("app").is_some_and(|scheme| scheme.is_standard);
    let source = if has_apps && dice.chance(30) {
        app_origin(dice.of(&APP_PAGES))
    } else {
        origin(dice.favouring(&[(60, 0)], &PAGES))
    };
    // Only schemes with tuple origins can be targets.
    let targets = if has_apps { &ACCESS_TARGETS[..] } else { &ACCESS_TARGETS[..8] };
    let is_block = dice.chance(25);
    AccessEntry::parse(source, is_block, dice.of(targets)).expect("the pool's targets are targets")
}

/// What comes before a fetch.
fn step_before(bytes: &[u8], rules: &Rules) -> Option<Step> {
    let dice = &mut Dice::new(bytes);
    match dice.weighted(&[(56, 0), (28, 1), (4, 6), (4, 7), (2, 2), (2, 3), (2, 4), (2, 5)]) {
        0 => None,
        1 => Some(Step::Advance(dice.of(&[1, 999, 1000, 4000, 5000, 5001, 10_000, 600_000, 7_200_000, 100_000_000]))),
        2 => Some(Step::ClearAll),
        3 => Some(Step::ClearOrigin(page(dice, rules))),
        4 => Some(Step::ClearSite(page(dice, rules))),
        6 => Some(Step::Back(dice.of(&[1, 1000, 4000, 5000, 5001, 600_000, 100_000_000]))),
        7 => Some(Step::Restart),
        _ => Some(Step::ClearPartition(partition(dice))),
    }
}

fn fetch_plan(seeds: &FetchSeeds, last: Option<&Request>, rules: &Rules) -> FetchPlan {
    let dice = &mut Dice::new(&seeds.request);
    // Much the same request again, so that the cache has something to say.
    let is_again = dice.chance(65);
    let mut request = match last {
        Some(last) if is_again => again(last, dice, rules),
        _ => new_request(dice, rules),
    };
    if request.client.is_none() && request.origin.is_none() {
        request.origin = Some(origin(PAGES[0]));
    }
    let mut answers: Vec<_> = seeds.answers.iter().map(|bytes| answer(&mut Dice::new(bytes))).collect();
    if dice.chance(3) {
        let count = 17 + dice.below(6);
        answers = chain(count, dice).into_iter().chain(answers).collect();
    }
    let gates = if rules.gates { gates(dice) } else { Vec::new() };
    let workers = if rules.service_workers { workers(dice, &request, &answers) } else { Vec::new() };
    FetchPlan { request, answers, gates, workers, manual_redirects: dice.below(4) }
}

fn gates(dice: &mut Dice<'_>) -> Vec<GateAnswer> {
    let choices = [
        (60, GateAnswer::Proceed),
        (18, GateAnswer::UpgradeBeforeReferrer),
        (18, GateAnswer::UpgradeAfterReferrer),
        (4, GateAnswer::Block),
    ];
    (0..3).map(|_| dice.weighted(&choices)).collect()
}
