//! Makes a plan smaller as long as it still shows what it shows.

use serde_json::{Value, json};

use super::fetches::allowed;
use super::plan::{Plan, Step};

/// The smallest plan found for which `still` holds, which holds for the given one.
pub fn shrink(mut plan: Plan, still: &mut dyn FnMut(&Plan) -> bool) -> Plan {
    while let Some(smaller) = candidates(&plan).into_iter().find(|candidate| still(candidate)) {
        plan = smaller;
    }
    plan
}

/// Plans that are a little simpler, those with much less first.
fn candidates(plan: &Plan) -> Vec<Plan> {
    let mut all = Vec::new();
    steps(plan, &mut all);
    calm(plan, &mut all);
    members(plan, &mut all);
    lines(plan, &mut all);
    values(plan, &mut all);
    all.retain(|candidate| candidate != plan);
    all
}

/// Fewer steps, and the same answers in all of them.
fn steps(plan: &Plan, all: &mut Vec<Plan>) {
    for index in 0..plan.steps.len() {
        if plan.steps.len() > 1 {
            let mut fewer = plan.clone();
            fewer.steps.remove(index);
            all.push(fewer);
        }
        all.push(changed_step(plan, index, |step| step.others.clear()));
    }
}

fn changed_step(plan: &Plan, index: usize, change: impl FnOnce(&mut Step)) -> Plan {
    let mut changed = plan.clone();
    if let Some(step) = changed.steps.get_mut(index) {
        change(step);
        step.fetch = allowed(std::mem::take(&mut step.fetch));
    }
    changed
}

/// Every answer.
fn answers(plan: &Plan) -> Vec<Value> {
    let exchanges = plan.steps.iter().flat_map(|step| &step.others).chain(&plan.world);
    exchanges.map(|exchange| exchange["answer"].clone()).collect()
}

/// With one answer changed, or, without a number, all of them.
fn changed_answers(plan: &Plan, number: Option<usize>, change: impl Fn(&mut Value)) -> Plan {
    let mut changed = plan.clone();
    let exchanges = changed.steps.iter_mut().flat_map(|step| &mut step.others).chain(&mut changed.world);
    for (index, exchange) in exchanges.enumerate() {
        if number.is_none_or(|number| number == index) {
            change(&mut exchange["answer"]);
        }
    }
    changed
}

/// No redirects, no failures, no odd statuses.
fn calm(plan: &Plan, all: &mut Vec<Plan>) {
    for (index, answer) in answers(plan).iter().enumerate() {
        if answer.get("failure").is_some() {
            all.push(changed_answers(plan, Some(index), |answer| *answer = json!({"status": 200, "headers": []})));
            continue;
        }
        let has_location = answer.to_string().contains("\"location\"");
        if answer["status"] != 200 {
            all.push(changed_answers(plan, Some(index), |answer| {
                answer["status"] = 200.into();
                without(answer, |line| line[0] == "location");
            }));
        }
        if has_location && answer["status"] != 302 {
            all.push(changed_answers(plan, Some(index), |answer| answer["status"] = 302.into()));
        }
    }
}

fn without(value: &mut Value, is_out: impl Fn(&Value) -> bool) {
    if let Some(lines) = value.get_mut("headers").and_then(Value::as_array_mut) {
        lines.retain(|line| !is_out(line));
    }
}

fn distinct(values: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut all = Vec::new();
    for value in values {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

/// Fewer members of fetches and of the client.
fn members(plan: &Plan, all: &mut Vec<Plan>) {
    if plan.client.as_object().is_some_and(|members| members.len() > 1) {
        all.push(Plan { client: json!({"origin": plan.client["origin"]}), ..plan.clone() });
    }
    let keys = plan.steps.iter().filter_map(|step| step.fetch.as_object()).flat_map(|members| members.keys());
    for key in distinct(keys.filter(|key| *key != "url").map(|key| key.as_str().into())) {
        let key = key.as_str().unwrap_or_default();
        let drop_it = |step: &mut Step| {
            step.fetch.as_object_mut().and_then(|members| members.shift_remove(key));
        };
        in_steps(plan, all, &drop_it);
    }
}

/// A change in all steps at once, and then in one of them.
fn in_steps(plan: &Plan, all: &mut Vec<Plan>, change: &dyn Fn(&mut Step)) {
    if plan.steps.len() > 1 {
        let mut everywhere = plan.clone();
        for step in &mut everywhere.steps {
            change(step);
            step.fetch = allowed(std::mem::take(&mut step.fetch));
        }
        all.push(everywhere);
    }
    all.extend((0..plan.steps.len()).map(|index| changed_step(plan, index, change)));
}

/// The lines that may go: not `cache-control`, without which a browser's HTTP cache may answer.
fn lines_of(value: &Value) -> impl Iterator<Item = Value> {
    let lines = value["headers"].as_array().cloned().into_iter().flatten();
    lines.filter(|line| line[0] != "cache-control")
}

/// Fewer lines.
fn lines(plan: &Plan, all: &mut Vec<Plan>) {
    for line in distinct(plan.steps.iter().flat_map(|step| lines_of(&step.fetch))) {
        in_steps(plan, all, &|step| without(&mut step.fetch, |other| *other == line));
    }
    for line in distinct(answers(plan).iter().flat_map(lines_of)) {
        all.push(changed_answers(plan, None, |answer| without(answer, |other| *other == line)));
    }
    for (index, answer) in answers(plan).iter().enumerate() {
        for line in lines_of(answer) {
            all.push(changed_answers(plan, Some(index), |answer| without(answer, |other| *other == line)));
        }
    }
}

/// Simpler values.
fn values(plan: &Plan, all: &mut Vec<Plan>) {
    for line in distinct(plan.steps.iter().flat_map(|step| lines_of(&step.fetch))) {
        for simpler in simpler(&line) {
            in_steps(plan, all, &|step| replace(&mut step.fetch, &line, &simpler));
        }
    }
    for line in distinct(answers(plan).iter().flat_map(lines_of)) {
        for simpler in simpler(&line) {
            all.push(changed_answers(plan, None, |answer| replace(answer, &line, &simpler)));
        }
    }
    for method in distinct(plan.steps.iter().map(|step| step.fetch["method"].clone())) {
        if !method.is_null() && method != "PUT" && method != "POST" {
            in_steps(plan, all, &|step| {
                if step.fetch["method"] == method {
                    step.fetch["method"] = "PUT".into();
                }
            });
        }
    }
}

fn replace(value: &mut Value, line: &Value, simpler: &str) {
    for other in value.get_mut("headers").and_then(Value::as_array_mut).into_iter().flatten() {
        if other == line {
            other[1] = simpler.into();
        }
    }
}

/// Simpler values of a line.
fn simpler(line: &Value) -> Vec<String> {
    let name = line[0].as_str().unwrap_or_default();
    let value = line[1].as_str().unwrap_or_default();
    let mut all = Vec::new();
    if name == "access-control-allow-origin" {
        all.extend((value != "*").then(|| "*".to_owned()));
    } else if !name.starts_with("access-control-") && value.chars().count() > 1 {
        all.push("1".to_owned());
    }
    let members: Vec<&str> = value.split(',').collect();
    for index in 0..members.len() {
        if members.len() > 1 {
            let rest: Vec<&str> =
                members.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, member)| *member).collect();
            all.push(rest.join(",").trim().to_owned());
        }
    }
    all
}
