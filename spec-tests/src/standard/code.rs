//! The numbers of steps in comments of the engine's source.

/// A step that a comment names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mention {
    /// The algorithm's anchor.
    pub anchor: String,
    /// The step; a branch of a switch with its name behind a slash: `12/no-cors.1`.
    pub step: String,
    /// Whether the comment leaves it to the host.
    pub is_host: bool,
    /// The line, from 1.
    pub line: usize,
    /// Whether only the file's own link says of which algorithm.
    pub is_of_file: bool,
}

/// How comments name algorithms other than the one that they stand in.
const TITLES: [(&str, &str); 9] = [
    ("HTTP-network-or-cache fetch", "concept-http-network-or-cache-fetch"),
    ("HTTP-redirect fetch", "concept-http-redirect-fetch"),
    ("HTTP-network fetch", "concept-http-network-fetch"),
    ("CORS-preflight fetch", "cors-preflight-fetch-0"),
    ("HTTP fetch", "concept-http-fetch"),
    ("Main fetch", "concept-main-fetch"),
    ("Scheme fetch", "concept-scheme-fetch"),
    ("redirect-taint", "concept-request-tainted-origin"),
    ("Redirect-taint", "concept-request-tainted-origin"),
];
const LINK: &str = "https://fetch.spec.whatwg.org/#";
/// Longer ranges of steps than any.
const LONGEST_RANGE: u32 = 40;

/// Every step that comments of a file name. `sections` maps anchors of sections and of other
/// definitions to the algorithms that they stand for. A link alone names the step of no number.
pub fn mentions(source: &str, sections: &dyn Fn(&str) -> Option<String>) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut of_file = None;
    let mut current: Option<String> = None;
    let mut has_function = false;
    let mut is_linked = false;
    // The switch that branches belong to.
    let mut switch = String::new();
    for (index, line) in source.lines().enumerate() {
        let text = line.trim_start();
        let Some(comment) = text.strip_prefix("//") else {
            has_function |= text.contains("fn ");
            if line == "}" && has_function {
                current.clone_from(&of_file);
                has_function = false;
                is_linked = false;
            }
            continue;
        };
        let is_documentation = comment.starts_with(['/', '!']);
        let mut note = |anchor: &str, step: String, is_host, is_of_file| {
            let line = index.saturating_add(1);
            found.push(Mention { anchor: anchor.to_owned(), step, is_host, line, is_of_file });
        };
        if is_documentation && let Some(anchor) = links(comment).find_map(sections) {
            is_linked = !comment.starts_with('!');
            if !is_linked {
                of_file = Some(anchor.clone());
            } else {
                note(&anchor, String::new(), false, false);
            }
            current = Some(anchor);
        }
        let comment = comment.trim_start_matches(['/', '!']).trim();
        for (title, part) in parts(comment) {
            if is_documentation && let Some(title) = title {
                current = Some(title.to_owned());
                is_linked = true;
            }
            let Some(anchor) = title.map(str::to_owned).or_else(|| current.clone()) else { continue };
            let numbers = if is_documentation {
                part.split_once("step").map_or("", |(_, rest)| rest.trim_start_matches('s'))
            } else {
                part.trim_start_matches([',', ' '])
            };
            let is_of_file = title.is_none() && !is_linked;
            for (step, is_host) in steps(numbers.trim(), is_documentation, &mut switch) {
                note(&anchor, step, is_host, is_of_file);
            }
        }
    }
    found
}

/// A comment in parts: what stands before the first title, and each title's anchor with what follows it.
fn parts(comment: &str) -> Vec<(Option<&'static str>, &str)> {
    let found = TITLES.iter().filter_map(|(title, anchor)| Some((comment.find(title)?, title.len(), *anchor)));
    let mut places: Vec<(usize, usize, &'static str)> = found.collect();
    places.sort_unstable();
    let first = places.first().map_or(comment.len(), |(at, ..)| *at);
    let mut parts = vec![(None, comment.get(..first).unwrap_or_default())];
    for (index, (at, length, anchor)) in places.iter().enumerate() {
        let end = places.get(index.saturating_add(1)).map_or(comment.len(), |(next, ..)| *next);
        parts.push((Some(*anchor), comment.get(at.saturating_add(*length)..end).unwrap_or_default()));
    }
    parts
}

fn links(comment: &str) -> impl Iterator<Item = &str> {
    comment.split(LINK).skip(1).map(|rest| rest.split([')', ' ', '"']).next().unwrap_or_default())
}

/// The steps that a comment names, with branches; numbers behind the first sentence count too, since
/// comments of several steps name each.
fn steps(comment: &str, is_bare: bool, switch: &mut String) -> Vec<(String, bool)> {
    let mut found: Vec<(String, bool)> = Vec::new();
    let mut branch: Option<String> = None;
    let mut is_range = false;
    let number = |word| number(word, is_bare);
    let words: Vec<&str> = comment.split_whitespace().collect();
    for (index, word) in words.iter().enumerate() {
        let word = word.trim_matches(|c| "(),;:".contains(c));
        let next_is_number = words.get(index.saturating_add(1)).is_some_and(|next| number(next).is_some());
        match number(word) {
            Some(step) => {
                let rest = words.get(index.saturating_add(1)..).unwrap_or_default();
                let is_host = rest.first().is_some_and(|next| next.starts_with("HOST"))
                    || words.get(..index).unwrap_or_default().iter().any(|before| before.starts_with("HOST"));
                let place = match &branch {
                    Some(branch) => format!("{switch}/{branch}.{step}"),
                    None => step.to_owned(),
                };
                if is_range && let Some((last, _)) = found.last().cloned() {
                    found.extend(between(&last, &place).into_iter().map(|step| (step, is_host)));
                }
                if branch.is_none() && !is_range {
                    step.clone_into(switch);
                }
                found.push((place, is_host));
                is_range = false;
            }
            None if word == "to" && next_is_number => is_range = true,
            None if word == "and" || word == "on" || word == "HOST" => is_range = false,
            // "no-cors 1." names a branch.
            None if next_is_number
                && is_branch(word)
                && words.get(index.saturating_add(1)).is_some_and(|next| next.ends_with('.')) =>
            {
                branch = Some(word.to_owned());
            }
            None => is_range = false,
        }
    }
    // What one comment leaves to the host in a row, it leaves as a whole.
    if let Some((_, true)) = found.last()
        && comment.split_once("HOST").is_some_and(|(before, _)| {
            before.split_whitespace().all(|word| number(word).is_some() || ["to", "and"].contains(&word))
        })
    {
        found.iter_mut().for_each(|(_, is_host)| *is_host = true);
    }
    found
}

fn is_branch(word: &str) -> bool {
    word.len() > 2 && word != "and" && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

/// `4.1.`, or in documentation `4.1` and `4` too.
fn number(word: &str, is_bare: bool) -> Option<&str> {
    let word = word.trim_matches(|c| "(),;:".contains(c));
    let digits = word.strip_suffix('.').unwrap_or(word);
    let is_part = |part: &str| !part.is_empty() && part.len() < 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits.split('.').all(is_part) && (is_bare || word.ends_with('.'))).then_some(digits)
}

/// The steps between two of one list.
fn between(first: &str, last: &str) -> Vec<String> {
    let split = |step: &str| {
        step.rsplit_once('.')
            .map_or_else(|| (String::new(), step.to_owned()), |(head, tail)| (format!("{head}."), tail.to_owned()))
    };
    let ((head, from), (other, to)) = (split(first), split(last));
    match (from.parse::<u32>(), to.parse::<u32>()) {
        (Ok(from), Ok(to)) if head == other && from < to && to - from < LONGEST_RANGE => {
            (from.saturating_add(1)..to).map(|step| format!("{head}{step}")).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(comment: &str) -> Vec<String> {
        steps(comment, false, &mut "12".to_owned())
            .into_iter()
            .map(|(step, is_host)| format!("{step}{}", if is_host { "h" } else { "" }))
            .collect()
    }

    #[test]
    fn numbers_in_comments_are_steps() {
        assert_eq!(of("1. to 3. Names."), ["1", "2", "3"]);
        assert_eq!(of("7.1. to 7.3. and 8."), ["7.1", "7.2", "7.3", "8"]);
        assert_eq!(of("6.2. HOST: frames."), ["6.2h"]);
        assert_eq!(of("1. to 3. and 5. HOST: callbacks."), ["1h", "2h", "3h", "5h"]);
        assert_eq!(
            of("16.1. HOST: 15. (401), 16.2. to 16.4. and 17. (421)."),
            ["16.1h", "15h", "16.2h", "16.3h", "16.4h", "17h"]
        );
        assert_eq!(of("no-cors 2. and 3."), ["12/no-cors.2", "12/no-cors.3"]);
        assert_eq!(of("7. Bad ports. HOST: mixed content."), ["7"]);
        assert!(of("Nothing of 1,024 bytes, or 40 %.").is_empty());
    }

    #[test]
    fn a_link_says_of_what() {
        let source = "/// [X](https://fetch.spec.whatwg.org/#x)\nfn f() {\n    // 1. One.\n    // HTTP fetch, 4.2. Two.\n}\n// 3. Of nothing.\n";
        let found = mentions(source, &|anchor| Some(anchor.to_owned()));
        let found: Vec<_> =
            found.iter().map(|mention| (mention.anchor.as_str(), mention.step.as_str(), mention.line)).collect();
        assert_eq!(found, [("x", "", 1), ("x", "1", 3), ("concept-http-fetch", "4.2", 4)]);
    }
}
