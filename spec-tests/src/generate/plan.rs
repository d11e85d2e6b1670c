//! A scenario before it is known what happens: fetches, and a world that answers by URL and kind.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::answers::{Wishes, world};
use super::places::Places;
use super::pool::REFERRER_POLICIES;
use super::{dice, fetches};
use crate::oracle::versus::dice::Dice;

/// Fetches from one page, and the answers to whatever they may ask for.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Plan {
    /// The page.
    pub client: Value,
    /// The fetches, and the answers that are others for one of them.
    pub steps: Vec<Step>,
    /// Exchanges with kind, URL and answer.
    pub world: Vec<Value>,
}

/// A fetch.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Step {
    /// The fetch as a fixture has it.
    pub fetch: Value,
    /// Exchanges of this step instead of the world's.
    pub others: Vec<Value>,
}

/// The scenario of a seed and a number.
pub fn scenario(seed: u64, number: u64) -> Plan {
    let bytes = dice::bytes(seed, number);
    let dice = &mut Dice::new(&bytes);
    let places = Places::new(dice);
    let mut client = json!({"origin": places.origin()});
    if dice.chance(12) {
        client["referrer_policy"] = dice.of(&REFERRER_POLICIES).into();
    }
    // Redirects in so many answers of a hundred.
    let (is_preflighted, redirects) =
        dice.weighted(&[(50, (true, 0)), (22, (false, 85)), (20, (true, 70)), (8, (false, 0))]);
    let count = dice.weighted(&[(50, 1), (26, 2), (16, 3), (8, 4)]);
    let mut all = vec![fetches::new(dice, places, is_preflighted)];
    while all.len() < count {
        let next = all.last().map(|last| fetches::again(last, dice, places));
        all.extend(next);
    }
    let wishes = Wishes::of(&all);
    let mut plan = Plan { client, steps: Vec::new(), world: Vec::new() };
    for fetch in all {
        let start = fetch["url"].as_str().unwrap_or_default();
        let answers = world(start, dice, places, &wishes, redirects);
        let (old, new): (Vec<Value>, Vec<Value>) =
            answers.into_iter().partition(|answer| plan.world.iter().any(|known| place(known) == place(answer)));
        plan.world.extend(new);
        // The servers are mostly of the same mind.
        let others = if dice.chance(25) { old } else { Vec::new() };
        plan.steps.push(Step { fetch, others });
    }
    plan
}

/// Kind and URL of an exchange.
fn place(exchange: &Value) -> Option<(&str, &str)> {
    let of = |kind: &'static str| Some((kind, exchange.get(kind)?["url"].as_str()?));
    of("preflight").or_else(|| of("request"))
}

/// What every request is looked at for.
const OF_ALL: [&str; 5] = ["origin", "referer", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];

/// Lines that browsers write as they like, whatever a page says.
const OF_HTTP: [&str; 2] = ["user-agent", "range"];

impl Plan {
    /// A row that can be recorded: each step has answers for whatever may be asked, and names what is to be asserted.
    pub fn row(&self, id: &str) -> Value {
        let names: BTreeSet<String> = self.request_lines().filter(|name| !OF_HTTP.contains(&name.as_str())).collect();
        let steps: Vec<Value> = self.steps.iter().map(|step| self.step(step, &names)).collect();
        let text = json!([self.client, steps]).to_string();
        let mut needs = Vec::new();
        for (need, word) in [("https", "_HTTPS"), ("network-failure", "\"failure\"")] {
            if text.contains(word) {
                needs.push(need);
            }
        }
        let mut row = json!({"id": id, "wpt": [], "status": "spec-gap", "anchors": ["concept-fetch"]});
        if !needs.is_empty() {
            row["needs"] = json!(needs);
        }
        row["client"] = self.client.clone();
        row["steps"] = steps.into();
        row
    }

    /// Names of the pages' own header lines, where they say it once: some browsers join equal lines.
    fn request_lines(&self) -> impl Iterator<Item = String> {
        let mut once = BTreeSet::new();
        let mut repeated = BTreeSet::new();
        for step in &self.steps {
            let lines = step.fetch["headers"].as_array().into_iter().flatten();
            let names = lines.filter_map(|line| line[0].as_str()).map(str::to_ascii_lowercase);
            let mut of_step = BTreeSet::new();
            repeated.extend(names.filter(|name| !of_step.insert(name.clone())));
            once.extend(of_step);
        }
        once.into_iter().filter(move |name| !repeated.contains(name))
    }

    fn step(&self, step: &Step, names: &BTreeSet<String>) -> Value {
        let is_other = |known: &&Value| step.others.iter().all(|other| place(other) != place(known));
        let answers: Vec<&Value> = step.others.iter().chain(self.world.iter().filter(is_other)).collect();
        let exchanges: Vec<Value> = answers.iter().map(|answer| exchange(answer, names)).collect();
        let of_responses = answers.iter().filter(|answer| answer.get("request").is_some());
        let lines = of_responses.filter_map(|answer| answer["answer"]["headers"].as_array()).flatten();
        let visible: BTreeSet<String> = lines
            .filter_map(|line| line[0].as_str())
            .map(str::to_ascii_lowercase)
            .filter(|name| name != "location")
            .collect();
        let mut response = json!({"type": null, "status": null, "url": null, "redirected": null});
        if !visible.is_empty() {
            response["headers"] = absent(visible.iter().map(String::as_str));
        }
        response["body"] = Value::Null;
        json!({"fetch": step.fetch, "exchanges": exchanges, "outcome": {"response": response}})
    }
}

fn exchange(answer: &Value, names: &BTreeSet<String>) -> Value {
    let Some((kind, url)) = place(answer) else { return answer.clone() };
    let mut request = json!({"method": null, "url": url, "credentials": null});
    // Without certificates there is no metadata.
    let usual = OF_ALL.into_iter().filter(|name| url.contains("_HTTPS") || !name.starts_with("sec-"));
    if kind == "preflight" {
        let asked = ["access-control-request-method", "access-control-request-headers"];
        request["headers"] = absent(usual.chain(asked));
    } else {
        request["headers"] = absent(usual.chain(names.iter().map(String::as_str)));
        request["body"] = Value::Null;
    }
    json!({kind: request, "answer": answer["answer"]})
}

fn absent<'a>(names: impl Iterator<Item = &'a str>) -> Value {
    Value::Object(names.map(|name| (name.to_owned(), Value::Null)).collect::<Map<_, _>>())
}
