//! The steps of algorithms in the standard's source, as hashes of their texts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Hash by step, by algorithm.
///
/// A step is numbered as it is read: `7.3`. The branches of a switch count from one behind a slash,
/// `12/2` or `12/2.1`; what stands before the first step is `intro`.
pub type Steps = BTreeMap<String, BTreeMap<String, String>>;

/// The committed hashes.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StepsFile {
    /// The form of the file, 1.
    pub version: u32,
    /// The commit of the standard's source.
    pub commit: String,
    /// By anchor.
    pub algorithms: Steps,
}

/// Reads every algorithm in the standard's source.
pub fn read(source: &str) -> Steps {
    let mut all = Steps::new();
    let mut rest = source;
    while let Some(start) = rest.find("<div algorithm") {
        let (_, from) = rest.split_at(start);
        let (algorithm, length) = Reader::new(from).read();
        if let Some(anchor) = algorithm.anchor {
            let hashes = algorithm.texts.into_iter().map(|(step, text)| (step, hash(&text)));
            all.insert(anchor, hashes.collect());
        }
        rest = from.get(length.max(1)..).unwrap_or_default();
    }
    all
}

/// The hash of a text whose white space does not count.
fn hash(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    Sha256::digest(words.join(" ")).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Default)]
struct Algorithm {
    anchor: Option<String>,
    texts: BTreeMap<String, String>,
}

/// What counts its items.
enum List {
    Numbered(u32),
    Switch(u32),
    Other,
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    lists: Vec<List>,
    algorithm: Algorithm,
    /// A definition without an ID of its own, whose text makes one.
    naming: Option<(String, String)>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        Self { source, at: 0, lists: Vec::new(), algorithm: Algorithm::default(), naming: None }
    }

    /// Reads up to the end of the `div`; how far that is.
    fn read(mut self) -> (Algorithm, usize) {
        let mut depth = 0_u32;
        while let Some(rest) = self.source.get(self.at..).filter(|rest| !rest.is_empty()) {
            let Some(text_end) = rest.find('<') else { break };
            self.text(rest.get(..text_end).unwrap_or_default());
            let tag = rest.get(text_end..).unwrap_or_default();
            let end = if tag.starts_with("<!--") { tag.find("-->").map(|end| end + 2) } else { tag.find('>') };
            let Some(end) = end else { break };
            self.at = self.at.saturating_add(text_end).saturating_add(end).saturating_add(1);
            let inside = tag.get(1..end).unwrap_or_default();
            if name(inside) == "div" {
                depth = depth.saturating_add(1);
            } else if name(inside) == "/div" {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            } else {
                self.tag(inside);
            }
        }
        (self.algorithm, self.at)
    }

    fn text(&mut self, text: &str) {
        if let Some((_, naming)) = &mut self.naming {
            naming.push_str(text);
        }
        let place = self.place();
        self.algorithm.texts.entry(place).or_default().push_str(text);
    }

    fn place(&self) -> String {
        let mut place = String::new();
        for list in &self.lists {
            match list {
                List::Numbered(count) if *count > 0 => {
                    let dot = if place.is_empty() { "" } else { "." };
                    place = format!("{place}{dot}{count}");
                }
                List::Switch(count) if *count > 0 => place = format!("{place}/{count}"),
                _ => {}
            }
        }
        if place.is_empty() { "intro".to_owned() } else { place }
    }

    fn tag(&mut self, inside: &str) {
        match name(inside) {
            "ol" => self.lists.push(List::Numbered(0)),
            "dl" if inside.contains("switch") => self.lists.push(List::Switch(0)),
            "dl" | "ul" => self.lists.push(List::Other),
            "/ol" | "/dl" | "/ul" => drop(self.lists.pop()),
            "li" => {
                if let Some(List::Numbered(count)) = self.lists.last_mut() {
                    *count = count.saturating_add(1);
                }
            }
            "dd" => {
                if let Some(List::Switch(count)) = self.lists.last_mut() {
                    *count = count.saturating_add(1);
                }
            }
            "/dfn" => self.end_of_definition(),
            _ => self.definition(inside),
        }
    }

    fn definition(&mut self, inside: &str) {
        let is_definition = name(inside) == "dfn" || inside.split_whitespace().any(|word| word == "dfn");
        if self.algorithm.anchor.is_some() || !is_definition {
            return;
        }
        if let Some(id) = attribute(inside, "id") {
            self.algorithm.anchor = Some(id);
            return;
        }
        if inside.split_whitespace().any(|word| word == "method") {
            let of = attribute(inside, "for").unwrap_or_default();
            self.naming = Some((format!("dom-{of}-"), String::new()));
            return;
        }
        let prefix = attribute(inside, "for").map(|of| format!("{of}-")).unwrap_or_default();
        match attribute(inside, "lt") {
            Some(texts) => {
                let first = texts.split('|').next().unwrap_or_default();
                self.algorithm.anchor = Some(slug(&format!("{prefix}{first}")));
            }
            None => self.naming = Some((prefix, String::new())),
        }
    }

    fn end_of_definition(&mut self) {
        if let Some((prefix, text)) = self.naming.take() {
            // Of a method, without its arguments.
            let text = text.split('(').next().unwrap_or_default();
            self.algorithm.anchor.get_or_insert(slug(&format!("{prefix}{text}")));
        }
    }
}

fn name(inside: &str) -> &str {
    inside.split_whitespace().next().unwrap_or_default()
}

fn attribute(inside: &str, name: &str) -> Option<String> {
    let start = inside.find(&format!(" {name}="))?.saturating_add(name.len()).saturating_add(2);
    let value = inside.get(start..)?;
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split_whitespace().next(),
    };
    value.map(str::to_owned)
}

/// The ID that the standard's tool makes of a term.
fn slug(term: &str) -> String {
    let words: Vec<&str> = term.split_whitespace().collect();
    let kept = |c: &char| c.is_ascii_alphanumeric() || "-_ ".contains(*c);
    words.join(" ").to_ascii_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "<div algorithm>
<p>To <dfn export id=do-it>do it</dfn>: <!-- <ol> -->
<ol>
 <li><p>First.
 <li>
  <p>Second:
  <ol><li>Inner. <li>Other.</ol>
 <li><p>Switch:
  <dl class=switch>
   <dt>one <dd><p>Plain.
   <dt>two <dd><ol><li><p>Deep.</ol>
  </dl>
</ol>
</div>
<div algorithm><p>To <dfn for=\"header list\">be  so</dfn>, stay.</div>";

    #[test]
    fn steps_are_numbered_as_they_are_read() {
        let steps = read(SOURCE);
        let of = |anchor: &str| steps[anchor].keys().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(of("do-it"), ["1", "2", "2.1", "2.2", "3", "3/1", "3/2", "3/2.1", "intro"]);
        assert_eq!(of("header-list-be-so"), ["intro"]);
    }

    #[test]
    fn only_words_change_a_hash() {
        let (before, spaced) = (read(SOURCE), read(&SOURCE.replace("First.", "<i>First</i>.\n")));
        assert_eq!(before, spaced);
        let changed = read(&SOURCE.replace("Inner", "Inmost"));
        assert_ne!(before["do-it"]["2.1"], changed["do-it"]["2.1"]);
        assert_eq!(before["do-it"]["2"], changed["do-it"]["2"]);
    }
}
