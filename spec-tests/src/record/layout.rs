//! The layout of fixture files: members and items on one line where they fit, else one a line, and lists of plain
//! values filled up.

use serde_json::Value;

/// The widest line.
const WIDTH: usize = 118;

/// A whole file.
pub fn file(value: &Value) -> String {
    let mut out = String::new();
    match value.as_object() {
        Some(members) => {
            let member = |(key, value): (&String, &Value)| match value.as_array() {
                Some(rows) if key == "rows" => {
                    let rows: Vec<String> = rows.iter().map(|row| format!("  {}", item(row, 2, 2))).collect();
                    format!(" \"rows\": [\n{}\n ]", rows.join(",\n"))
                }
                _ => member(key, value, 1),
            };
            out.push_str(&format!("{{\n{}\n}}\n", members.iter().map(member).collect::<Vec<_>>().join(",\n")));
        }
        None => out.push_str(&line(value)),
    }
    out
}

fn member(key: &str, value: &Value, indent: usize) -> String {
    let key = format!("{}{}: ", " ".repeat(indent), quoted(key));
    let column = key.len();
    key + &item(value, indent, column)
}

/// A value that begins at a column, in lines of this indent.
pub fn item(value: &Value, indent: usize, column: usize) -> String {
    let short = line(value);
    // A comma may follow.
    if column.saturating_add(short.len()) < WIDTH {
        return short;
    }
    let inner = indent.saturating_add(1);
    let (outside, inside) = (" ".repeat(indent), " ".repeat(inner));
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members: Vec<String> = members.iter().map(|(key, value)| member(key, value, inner)).collect();
            format!("{{\n{}\n{outside}}}", members.join(",\n"))
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            let items: Vec<String> =
                items.iter().map(|value| format!("{inside}{}", item(value, inner, inner))).collect();
            format!("[\n{}\n{outside}]", items.join(",\n"))
        }
        Value::Array(items) if !items.is_empty() => format!("[\n{}\n{outside}]", filled(items, &inside)),
        _ => short,
    }
}

/// Plain values, as many on a line as fit.
fn filled(items: &[Value], indent: &str) -> String {
    let mut lines = vec![indent.to_owned()];
    for (index, value) in items.iter().enumerate() {
        let comma = if index.saturating_add(1) < items.len() { "," } else { "" };
        let word = line(value) + comma;
        match lines.last_mut() {
            Some(last) if last.len() == indent.len() => last.push_str(&word),
            Some(last) if last.len().saturating_add(word.len()) < WIDTH => {
                last.push(' ');
                last.push_str(&word);
            }
            _ => lines.push(format!("{indent}{word}")),
        }
    }
    lines.join("\n")
}

/// A value on one line.
pub fn line(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{}: {}", quoted(key), line(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", ")),
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A text in printable ASCII.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in Value::from(text).to_string().chars() {
        if c.is_ascii() && !c.is_control() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_fixture_is_laid_out_so() {
        for folder in ["scenarios", "tables"] {
            let files = fixture::json_files(&fixture::root().join(folder)).unwrap_or_else(|error| panic!("{error}"));
            assert!(!files.is_empty());
            for path in files {
                let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
                let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
                assert!(file(&value) == text, "{}", path.display());
            }
        }
    }
}
