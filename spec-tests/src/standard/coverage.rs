//! Steps against mentions in code and the list of those that the engine leaves.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::code::Mention;
use super::steps::Steps;

/// A function that only links an algorithm has all its steps, if they are so few.
const MOST_STEPS_OF_A_LINK: usize = 5;

/// The committed list: algorithms in scope, and what of them is not the engine's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScopeFile {
    /// The form of the file, 1.
    pub version: u32,
    /// By anchor.
    pub algorithms: BTreeMap<String, Scope>,
}

/// What there is to know of an algorithm.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Scope {
    /// Names that comments give the branches of a switch, by the switch's step, in order.
    pub branches: BTreeMap<String, Vec<String>>,
    /// Other anchors under which the code links it: sections, other definitions.
    pub linked_as: Vec<String>,
    /// Steps left to the host, with the reason; a step stands for those below it.
    pub host: BTreeMap<String, String>,
    /// Steps whose code does not say their number: where it is, or why there is none.
    pub elsewhere: BTreeMap<String, String>,
    /// Why no case names the algorithm, if none does.
    pub no_case: Option<String>,
}

/// How an algorithm is covered.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Coverage {
    /// Steps with code.
    pub code: Vec<String>,
    /// Steps left to the host.
    pub host: Vec<String>,
    /// Steps of which the list says where they are.
    pub elsewhere: Vec<String>,
    /// Steps with nothing.
    pub missing: Vec<String>,
    /// Steps that the list explains though a comment names them.
    pub stale: Vec<String>,
    /// Numbers in comments, or in the list, that are no steps; with the line, or 0.
    pub wrong: Vec<(String, usize)>,
}

/// Compares an algorithm's steps with what is said of them.
pub fn cover(anchor: &str, steps: &Steps, scope: &Scope, mentions: &[&Mention]) -> Coverage {
    let mut coverage = Coverage::default();
    let Some(known) = steps.get(anchor) else {
        coverage.wrong.push((format!("{anchor} is no algorithm"), 0));
        return coverage;
    };
    let known: Vec<&str> = known.keys().map(String::as_str).filter(|step| *step != "intro").collect();
    let is_linked = mentions.iter().any(|mention| mention.step.is_empty());
    let is_numbered = mentions.iter().any(|mention| !mention.step.is_empty());
    if is_linked && !is_numbered && known.len() <= MOST_STEPS_OF_A_LINK {
        coverage.code = known.into_iter().map(str::to_owned).collect();
        return coverage;
    }
    let mut said: Vec<(String, bool)> = Vec::new();
    let mut firm: Vec<String> = Vec::new();
    for mention in mentions.iter().filter(|mention| !mention.step.is_empty()) {
        let step = numbered(&mention.step, scope);
        // Without steps in the source, the whole is one step.
        if !known.is_empty() && !known.contains(&step.as_str()) {
            if mention.is_of_file {
                continue;
            }
            coverage.wrong.push((mention.step.clone(), mention.line));
        }
        // What only the file's link says of which algorithm may be of another one.
        if !mention.is_host && !mention.is_of_file {
            firm.push(step.clone());
        }
        said.push((step, mention.is_host));
    }
    for (step, _) in scope.host.iter().chain(&scope.elsewhere) {
        if !known.contains(&step.as_str()) {
            coverage.wrong.push((step.clone(), 0));
        }
    }
    coverage.stale =
        scope.elsewhere.keys().chain(scope.host.keys()).filter(|step| firm.contains(step)).cloned().collect();
    for step in known {
        let listed =
            |list: &BTreeMap<String, String>| list.keys().any(|listed| listed == step || is_below(step, listed));
        let step_text = step.to_owned();
        if is_said(step, &said, false) {
            coverage.code.push(step_text);
        } else if listed(&scope.host) || is_said(step, &said, true) {
            coverage.host.push(step_text);
        } else if listed(&scope.elsewhere) {
            coverage.elsewhere.push(step_text);
        } else {
            coverage.missing.push(step_text);
        }
    }
    coverage
}

/// A step, one above it of whose parts none is named, or one below it.
fn is_said(step: &str, said: &[(String, bool)], as_host: bool) -> bool {
    let of_kind = || said.iter().filter(|(_, is_host)| *is_host == as_host).map(|(said, _)| said.as_str());
    let is_named_in_parts = |above: &str| said.iter().any(|(said, _)| is_below(said, above));
    of_kind().any(|said| said == step || is_below(said, step) || is_below(step, said) && !is_named_in_parts(said))
}

fn is_below(step: &str, above: &str) -> bool {
    step.strip_prefix(above).is_some_and(|rest| rest.starts_with(['.', '/']))
}

/// Names of branches as their numbers: `12/no-cors.1` as `12/4.1`.
fn numbered(step: &str, scope: &Scope) -> String {
    let Some((switch, branch)) = step.split_once('/') else { return step.to_owned() };
    let (name, rest) = branch.split_once('.').map_or((branch, ""), |(name, rest)| (name, rest));
    // A comment names a branch without saying of which switch where there is one switch.
    let place = |(switch, names): (&String, &Vec<String>)| {
        let index = names.iter().position(|known| known == name)?;
        Some(format!("{switch}/{}", index.saturating_add(1)))
    };
    let own = scope.branches.get_key_value(switch).and_then(place);
    match own.or_else(|| scope.branches.iter().find_map(place)) {
        // A branch of one statement has no steps.
        Some(place) if rest.is_empty() => place,
        Some(place) => format!("{place}.{rest}"),
        None => step.to_owned(),
    }
}
