//! From a line to a message, or to what is wrong with the line.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::fault::{Code, Fault};
use super::message::Message;
use super::{MAX_ID_CHARACTERS, VERSION};

/// Reads a message.
pub(super) fn message(line: &[u8]) -> Result<Message, Fault> {
    let error = match serde_json::from_slice(line) {
        Ok(message) => return Ok(message),
        Err(error) => error,
    };
    // A second look, which builds nothing: is it JSON at all, and which fetch may it be about?
    let mut skim = Skim::default();
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let skimmed = Level::Message(&mut skim).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Err(error) = skimmed {
        return Err(Fault::new(Code::BadJson, text(&error)));
    }
    if skim.keys != 1 {
        let message = "a message is an object with one key, which says what message it is";
        return Err(Fault::new(Code::BadMessage, message));
    }
    if let (Some("hello"), Some(version)) = (skim.key.as_deref(), skim.version.filter(|version| *version != VERSION)) {
        return Err(Fault::unsupported_version(version));
    }
    Err(Fault::new(Code::BadMessage, text(&error)).about(skim.id))
}

/// What serde says; that a message is line 1 says nothing.
fn text(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

/// What can be told of a line that is no message.
#[derive(Debug, Default)]
struct Skim {
    /// How many keys the object has; 0 if it is none.
    keys: usize,
    key: Option<String>,
    id: Option<String>,
    version: Option<u64>,
}

/// How deep the skimming is.
enum Level<'s> {
    Message(&'s mut Skim),
    /// What the message says.
    Content(&'s mut Skim),
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element::<Scalar>()?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        match self {
            Self::Message(skim) => {
                while let Some(Scalar(key, _)) = map.next_key()? {
                    skim.key = key;
                    map.next_value_seed(Level::Content(skim))?;
                    skim.keys = skim.keys.saturating_add(1);
                }
            }
            Self::Content(skim) => {
                while let Some(Scalar(key, _)) = map.next_key()? {
                    let Scalar(text, number) = map.next_value()?;
                    match key.as_deref() {
                        Some("id") => skim.id = text,
                        Some("version") => skim.version = number,
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }
}

/// Any JSON: its text if it is a short one, its number if it is a whole one.
#[derive(Default)]
struct Scalar(Option<String>, Option<u64>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_bool<E: Error>(self, _: bool) -> Result<Scalar, E> {
                Ok(Scalar::default())
            }
            fn visit_i64<E: Error>(self, _: i64) -> Result<Scalar, E> {
                Ok(Scalar::default())
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(None, Some(number)))
            }
            fn visit_f64<E: Error>(self, _: f64) -> Result<Scalar, E> {
                Ok(Scalar::default())
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                let is_short = text.chars().nth(MAX_ID_CHARACTERS).is_none();
                Ok(Scalar(is_short.then(|| text.to_owned()), None))
            }
            fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
                Ok(Scalar::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
                while items.next_element::<Scalar>()?.is_some() {}
                Ok(Scalar::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
                while map.next_entry::<Scalar, Scalar>()?.is_some() {}
                Ok(Scalar::default())
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: &str) -> (Code, serde_json::Value) {
        let fault = message(line.as_bytes()).expect_err("no message");
        (fault.code, fault.into_reply()["error"].take())
    }

    #[test]
    fn what_is_no_json_is_told_from_what_is_no_message() {
        for line in [
            "",
            "{",
            "{\"abort\":",
            "nonsense",
            "{} {}",
            "{\"x\": \"\\ud800\"}",
            "{\"x\": 01}",
            "\u{feff}{}",
            "{\"a\": 1,}",
        ] {
            assert_eq!(fault(line).0, Code::BadJson, "{line}");
        }
        let deep = format!("{{\"abort\": {}{}}}", "[".repeat(500), "]".repeat(500));
        assert_eq!(fault(&deep).0, Code::BadJson);
        for line in [
            "{}",
            "[]",
            "5",
            "\"abort\"",
            "null",
            "{\"abort\": {}, \"x\": 1}",
            "{\"abort\": null}",
            "{\"unknown\": {}}",
        ] {
            assert_eq!(fault(line).0, Code::BadMessage, "{line}");
        }
    }

    #[test]
    fn the_id_is_found_in_what_is_no_message() {
        let (code, error) = fault("{\"abort\": {\"more\": [{\"id\": \"x\"}], \"id\": \"a\", \"now\": 0}}");
        assert_eq!((code, &error["id"]), (Code::BadMessage, &"a".into()));
        let text = error["message"].as_str().unwrap_or_default();
        assert!(text.starts_with("unknown field `more`") && text.contains(" at column "), "{text}");
        assert!(fault("{\"abort\": {\"id\": 5, \"now\": 0}}").1.get("id").is_none());
        assert!(fault(&format!("{{\"abort\": {{\"id\": \"{}\"}}}}", "x".repeat(257))).1.get("id").is_none());
    }

    #[test]
    fn another_version_is_told_by_its_own_code() {
        assert_eq!(fault("{\"hello\": {\"version\": 2, \"new\": true}}").0, Code::UnsupportedVersion);
        assert_eq!(fault("{\"hello\": {\"version\": 1, \"new\": true}}").0, Code::BadMessage);
    }
}
