//! What servers answer: mostly such that the fetch goes on, and else with one thing at the edges.

use std::collections::BTreeSet;

use fetch_cors::spec::{is_cors_safelisted_request_header, normalize_method};
use serde_json::{Value, json};
use url::{Position, Url};

use super::places::Places;
use super::pool::{
    ALLOW_CREDENTIALS, ALLOW_LISTS, ALLOW_ORIGINS, EXPOSE_HEADERS, MAX_AGES, REFERRER_POLICIES, RESOURCE_POLICIES,
    RESPONSE_LINES,
};
use crate::oracle::versus::dice::Dice;
use crate::record::unbind;
use crate::scenario::url;
use crate::symbols::{Bindings, bytes, text};

/// The most redirects in a chain of servers.
const LONGEST_CHAIN: usize = 4;

/// What all fetches of a scenario ask for.
#[derive(Debug)]
pub(super) struct Wishes {
    methods: Vec<String>,
    names: Vec<String>,
    is_credentialed: bool,
    is_no_cors: bool,
}

impl Wishes {
    pub(super) fn of(fetches: &[Value]) -> Self {
        let mut methods = BTreeSet::new();
        let mut names = BTreeSet::new();
        for fetch in fetches {
            let method = fetch["method"].as_str().unwrap_or("GET");
            methods.insert(text(&normalize_method(method.as_bytes())));
            for line in fetch["headers"].as_array().into_iter().flatten() {
                let part = |index: usize| line.get(index).and_then(Value::as_str).unwrap_or_default();
                let value = bytes(part(1)).unwrap_or_default();
                if !is_cors_safelisted_request_header(part(0).as_bytes(), &value) {
                    names.insert(part(0).to_ascii_lowercase());
                }
            }
        }
        let has = |member: &str, word: &str| fetches.iter().any(|fetch| fetch[member] == word);
        Self {
            methods: methods.into_iter().collect(),
            names: names.into_iter().collect(),
            is_credentialed: has("credentials", "include"),
            is_no_cors: has("mode", "no-cors"),
        }
    }
}

/// Everything that a fetch of a URL may ask of servers, with answers: for each URL on its way a preflight and a
/// request.
pub(super) fn world(start: &str, dice: &mut Dice<'_>, places: Places, wishes: &Wishes, redirects: u32) -> Vec<Value> {
    let mut world: Vec<Value> = Vec::new();
    let mut seen = BTreeSet::new();
    let page = url(&places.origin()).ok().as_ref().map(origin);
    let mut is_tainted = false;
    let mut next = url(start).ok();
    while let Some(mut here) = next.take() {
        here.set_fragment(None);
        let _ = here.set_username("");
        let _ = here.set_password(None);
        if !seen.insert(here.clone()) || seen.len() > LONGEST_CHAIN {
            break;
        }
        let place = unbind(here.as_str());
        let right = if is_tainted { "null".to_owned() } else { places.origin() };
        let answer = preflight(dice, places, wishes, &right);
        world.push(json!({"preflight": {"url": place}, "answer": answer}));
        let mut answer = request(dice, places, wishes, &right);
        if dice.chance(redirects) {
            let there = redirect(&mut answer, &here, seen.len(), dice, places);
            let leaves = there.as_ref().is_some_and(|there| origin(there) != origin(&here));
            is_tainted |= leaves && Some(origin(&here)) != page;
            next = there;
        }
        world.push(json!({"request": {"url": place}, "answer": answer}));
    }
    world
}

/// Makes a redirect of an answer; where it leads, if there is a server.
fn redirect(answer: &mut Value, here: &Url, hop: usize, dice: &mut Dice<'_>, places: Places) -> Option<Url> {
    if answer.get("failure").is_some() {
        return None;
    }
    answer["status"] = dice.of(&[302, 301, 303, 307, 308, 307]).into();
    let location = places.location(dice, hop);
    let second = dice.chance(4).then(|| places.location(dice, hop)).flatten();
    let lines = answer["headers"].as_array_mut()?;
    lines.retain(|line| !line[0].as_str().is_some_and(|name| name.eq_ignore_ascii_case("location")));
    lines.extend([&location, &second].into_iter().flatten().map(|location| json!(["location", location])));
    if dice.chance(6) {
        lines.push(json!(["referrer-policy", dice.of(&REFERRER_POLICIES)]));
    }
    let there = here.join(&crate::symbols::expand(&location?).ok()?).ok()?;
    let is_served = |(_, server): (&str, &str)| server == origin(&there);
    Bindings::in_memory().iter().any(is_served).then_some(there)
}

/// The origin of an http or https URL.
fn origin(url: &Url) -> String {
    format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::BeforePath])
}

/// What may be wrong with an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Twist {
    Nothing,
    Status,
    Origin,
    Credentials,
    Methods,
    Names,
}

/// Lines of an answer; some are said twice, or in part.
#[derive(Default)]
struct Lines(Vec<[String; 2]>);

impl Lines {
    fn add(&mut self, name: &str, value: impl Into<String>) {
        self.0.push([name.to_owned(), value.into()]);
    }

    /// What is right, or, with a twist, nothing, something odd, or both.
    fn twisted(&mut self, name: &str, right: &str, odd: &str, is_twisted: bool, dice: &mut Dice<'_>) {
        match if is_twisted { dice.weighted(&[(60, 1), (18, 2), (12, 3), (10, 4)]) } else { 0 } {
            0 => self.add(name, right),
            1 => self.add(name, odd),
            2 => {}
            3 => {
                self.add(name, right);
                self.add(name, odd);
            }
            _ => {
                self.add(name, odd);
                self.add(name, right);
            }
        }
    }

    fn allow_origin(&mut self, dice: &mut Dice<'_>, places: Places, wishes: &Wishes, right: &str, twist: Twist) {
        let right = if !wishes.is_credentialed && dice.chance(30) { "*" } else { right };
        let odd = places.of_pool(dice.of(&ALLOW_ORIGINS));
        self.twisted("access-control-allow-origin", right, &odd, twist == Twist::Origin, dice);
        if wishes.is_credentialed || twist == Twist::Credentials || dice.chance(6) {
            let odd = dice.of(&ALLOW_CREDENTIALS);
            self.twisted("access-control-allow-credentials", "true", odd, twist == Twist::Credentials, dice);
        }
    }
}

/// Such members in one line, or in one line each.
fn list(lines: &mut Lines, name: &str, members: &[String], dice: &mut Dice<'_>) {
    match dice.weighted(&[(62, 0), (12, 1), (10, 2), (8, 3), (8, 4)]) {
        1 => lines.add(name, members.join(", ").to_ascii_uppercase()),
        2 => members.iter().for_each(|member| lines.add(name, member.as_str())),
        3 => lines.add(name, format!("{}, ,", members.join(" ,\t"))),
        4 => lines.add(name, "*"),
        _ => lines.add(name, members.join(", ")),
    }
}

fn preflight(dice: &mut Dice<'_>, places: Places, wishes: &Wishes, right: &str) -> Value {
    if dice.chance(2) {
        return json!({"failure": "connect"});
    }
    let twist = dice.weighted(&[
        (66, Twist::Nothing),
        (6, Twist::Status),
        (7, Twist::Origin),
        (4, Twist::Credentials),
        (8, Twist::Methods),
        (9, Twist::Names),
    ]);
    let status = if twist == Twist::Status {
        dice.of(&[404, 299, 206, 301, 302, 307, 304, 401, 500, 201, 199 + 1, 203])
    } else {
        dice.of(&[200, 204, 200])
    };
    let mut lines = Lines::default();
    lines.allow_origin(dice, places, wishes, right, twist);
    if twist == Twist::Methods {
        lines.twisted("access-control-allow-methods", &wishes.methods.join(","), dice.of(&ALLOW_LISTS), true, dice);
    } else {
        list(&mut lines, "access-control-allow-methods", &wishes.methods, dice);
    }
    if twist == Twist::Names {
        lines.twisted("access-control-allow-headers", &wishes.names.join(","), dice.of(&ALLOW_LISTS), true, dice);
    } else if !wishes.names.is_empty() {
        list(&mut lines, "access-control-allow-headers", &wishes.names, dice);
    }
    if dice.chance(50) {
        lines.add("access-control-max-age", dice.favouring(&[(40, 0)], &MAX_AGES));
    }
    if dice.chance(3) {
        lines.add("access-control-max-age", dice.of(&MAX_AGES));
    }
    if (301..=308).contains(&status) && status != 304 {
        lines.add("location", format!("{{{}}}/next", places.server(dice)));
    }
    json!({"status": status, "headers": lines.0})
}

fn request(dice: &mut Dice<'_>, places: Places, wishes: &Wishes, right: &str) -> Value {
    if dice.chance(2) {
        return json!({"failure": "connect"});
    }
    let twist = dice.weighted(&[(80, Twist::Nothing), (14, Twist::Origin), (6, Twist::Credentials)]);
    let status = dice.weighted(&[
        (74, 200),
        (6, 204),
        (4, 206),
        (4, 404),
        (3, 500),
        (2, 401),
        (2, 201),
        (2, 205),
        (1, 304),
        (1, 403),
        (1, 302),
    ]);
    let mut lines = Lines::default();
    lines.allow_origin(dice, places, wishes, right, twist);
    if dice.chance(22) {
        lines.add("access-control-expose-headers", dice.of(&EXPOSE_HEADERS));
    }
    if dice.chance(3) {
        lines.add("access-control-expose-headers", dice.of(&EXPOSE_HEADERS));
    }
    for _ in 0..dice.weighted(&[(60, 0), (25, 1), (15, 2)]) {
        let (name, value) = dice.favouring(&[(30, 0), (20, 1)], &RESPONSE_LINES);
        lines.add(name, value);
    }
    if wishes.is_no_cors && dice.chance(30) {
        lines.add("cross-origin-resource-policy", dice.of(&RESOURCE_POLICIES));
    }
    // A permanent redirect, say, would come from the browser's HTTP cache the next time.
    lines.add("cache-control", "no-store");
    json!({"status": status, "headers": lines.0})
}
