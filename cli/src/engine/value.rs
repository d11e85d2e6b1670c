//! Values as they stand in messages: byte strings, words, numbers, times.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Duration;

use fetch_cors::{Origin, SchemePolicy, Timestamp};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use super::MAX_ID_CHARACTERS;
use super::fault::Fault;

/// The largest integer that every reader of JSON keeps.
pub(super) const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A key that may be missing, but is not null.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A byte for each character, as in header values of `fetch()`.
#[derive(Clone, Debug)]
pub(super) struct ByteString(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for ByteString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let byte = |c: char| u8::try_from(c).map_err(|_| D::Error::custom(format!("{c:?} is above U+00FF")));
        text.chars().map(byte).collect::<Result<_, _>>().map(Self)
    }
}

/// A header line, `[name, value]`.
#[derive(Clone, Debug)]
pub(super) struct Line(pub(super) Vec<u8>, pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Line;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header line, [name, value]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Line, A::Error> {
                let name: Option<ByteString> = pair.next_element()?;
                let value: Option<ByteString> = pair.next_element()?;
                match (name, value, pair.next_element::<IgnoredAny>()?) {
                    (Some(name), Some(value), None) => Ok(Line(name.0, value.0)),
                    _ => Err(A::Error::custom("a header line is [name, value]")),
                }
            }
        }
        deserializer.deserialize_seq(Pair)
    }
}

/// The ID of a fetch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        if id.chars().nth(MAX_ID_CHARACTERS).is_some() {
            return Err(D::Error::custom(format!("an ID has at most {MAX_ID_CHARACTERS} characters")));
        }
        Ok(Self(id))
    }
}

/// One of the standard's words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<T>(pub(super) T);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

/// One of this protocol's words: a string, and none of the other forms that serde has for an enumeration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plain<T>(pub(super) T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Plain<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::deserialize(StrDeserializer::new(&text)).map(Self)
    }
}

/// A whole number from 0 to `MAX`. As in JSON Schema, `1.0` is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<const MAX: u64 = MAX_NUMBER>(pub(super) u64);

impl<'de, const MAX: u64> Deserialize<'de> for Whole<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        let whole = number.as_u64().or_else(|| whole_float(number.as_f64()?));
        let whole = whole.filter(|whole| *whole <= MAX).map(Self);
        whole.ok_or_else(|| D::Error::custom(format!("{number} is no whole number from 0 to {MAX}")))
    }
}

/// The whole number that a float is, if it is one.
fn whole_float(float: f64) -> Option<u64> {
    let is_whole = float.fract() == 0.0 && (0.0..=MAX_NUMBER as f64).contains(&float);
    // In this range the conversion is exact.
    is_whole.then_some(float as u64)
}

/// A moment on the caller's clock, in milliseconds; fractions count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        let duration = match number.as_u64() {
            Some(milliseconds) if milliseconds <= MAX_NUMBER => Some(Duration::from_millis(milliseconds)),
            _ => number
                .as_f64()
                .filter(|milliseconds| (0.0..=MAX_NUMBER as f64).contains(milliseconds))
                .and_then(|milliseconds| Duration::try_from_secs_f64(milliseconds / 1e3).ok()),
        };
        let moment = duration.map(|duration| Self(Timestamp::from_duration(duration)));
        moment.ok_or_else(|| D::Error::custom(format!("{number} is no number of milliseconds from 0 to {MAX_NUMBER}")))
    }
}

/// An object, and not the array that serde takes for a struct as well.
#[derive(Debug, Default)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Map<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Map(PhantomData))
    }
}

/// Defines enumerations of this protocol's words, for [`Plain`].
macro_rules! plain_words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub(super) enum $name { $($variant,)+ }
        )+
    };
}
pub(super) use plain_words;

/// A value that is either a text or an object.
pub(super) trait TextOrObject: Sized {
    /// The object.
    type Object: DeserializeOwned;
    /// What is wanted.
    const EXPECTED: &'static str;
    /// Reads a text, if it is one that has a meaning.
    fn of_text(text: &str) -> Option<Self>;
    /// Takes an object.
    fn of_object(object: Self::Object) -> Self;
}

/// Reads a text or an object.
pub(super) fn text_or_object<'de, T: TextOrObject, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Either<T>(PhantomData<T>);
    impl<'de, T: TextOrObject> Visitor<'de> for Either<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            T::of_text(text).ok_or_else(|| E::custom(format!("{text:?} is not {}", T::EXPECTED)))
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::Object::deserialize(MapAccessDeserializer::new(map)).map(T::of_object)
        }
    }
    deserializer.deserialize_any(Either(PhantomData))
}

/// An origin: its serialization, or the identity of an opaque one.
#[derive(Clone, Debug)]
pub(super) enum OriginValue {
    Text(String),
    Opaque(u64),
}

/// The identity of an opaque origin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opaque {
    opaque: Whole,
}

impl TextOrObject for OriginValue {
    type Object = Opaque;
    const EXPECTED: &'static str = "an origin, such as \"https://a.example\" or {\"opaque\": 1}";
    fn of_text(text: &str) -> Option<Self> {
        Some(Self::Text(text.to_owned()))
    }
    fn of_object(object: Opaque) -> Self {
        Self::Opaque(object.opaque.0)
    }
}

impl<'de> Deserialize<'de> for OriginValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_object(deserializer)
    }
}

impl OriginValue {
    /// The origin, by the rules of the user agent's schemes.
    pub(super) fn read(&self, place: &str, schemes: &SchemePolicy) -> Result<Origin, Fault> {
        match self {
            Self::Opaque(identity) => Ok(Origin::opaque(*identity)),
            Self::Text(text) => Origin::parse_with(text, schemes).map_err(|e| Fault::value(place, e)),
        }
    }
}

/// An absolute URL.
pub(super) fn url(place: &str, text: &str) -> Result<url::Url, Fault> {
    url::Url::parse(text).map_err(|e| Fault::value(place, format!("{text:?} is no absolute URL: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: DeserializeOwned>(json: &str) -> Option<T> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn whole_numbers_are_those_of_json_schema() {
        let whole = |json| read::<Whole<300>>(json).map(|whole| whole.0);
        assert_eq!((whole("0"), whole("300"), whole("2e2"), whole("7.0")), (Some(0), Some(300), Some(200), Some(7)));
        for json in ["301", "-1", "1.5", "1e300", "-0.5", "\"1\"", "null", "18446744073709551615"] {
            assert_eq!(whole(json), None, "{json}");
        }
        assert_eq!(read::<Whole>("9007199254740991").map(|whole| whole.0), Some(MAX_NUMBER));
        assert!(read::<Whole>("9007199254740992").is_none());
    }

    #[test]
    fn moments_keep_fractions_of_milliseconds() {
        let moment = |json| read::<Moment>(json).map(|moment| moment.0.as_duration());
        assert_eq!(moment("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(moment("0.25"), Some(Duration::from_micros(250)));
        assert!(moment("9007199254740991").is_some());
        for json in ["-1", "-0.1", "9007199254740992", "1e300", "\"5\"", "true"] {
            assert_eq!(moment(json), None, "{json}");
        }
    }

    #[test]
    fn a_character_is_a_byte() {
        assert_eq!(read::<ByteString>("\"a\\u00ff\\u0000\"").map(|text| text.0), Some(vec![b'a', 0xff, 0]));
        assert!(read::<ByteString>("\"\\u0100\"").is_none());
        assert!(read::<Line>("[\"a\", \"b\"]").is_some());
        for json in ["[\"a\"]", "[\"a\", \"b\", \"c\"]", "[]", "{\"a\": \"b\"}", "[\"a\", 1]"] {
            assert!(read::<Line>(json).is_none(), "{json}");
        }
    }
}
