//! The smallest things that elements load, for answers that do not say what they are.

use crate::scenario::{AnswerModel, ExchangeModel};

/// A GIF of one pixel.
const PIXEL: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01D\0;";
/// A font without characters.
const FONT: &[u8] = include_bytes!("resource/blank.woff");
/// How many samples a sound has, one byte each.
const SAMPLES: u32 = 800;
const SAMPLES_A_SECOND: u32 = 8000;

/// What a response holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// One that throws, which shows whether the page may read it.
    Script,
    Stylesheet,
    Text,
    Image,
    Sound,
    Captions,
    Font,
    /// A script that says that it runs.
    Worker,
    Worklet,
    Json,
}

impl Resource {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Script | Self::Worker | Self::Worklet => "text/javascript",
            Self::Stylesheet => "text/css",
            Self::Text => "text/plain",
            Self::Image => "image/gif",
            Self::Sound => "audio/wav",
            Self::Captions => "text/vtt",
            Self::Font => "font/woff",
            Self::Json => "application/json",
        }
    }

    /// Whether a `Content-Type` value is its own.
    pub(super) fn is_of_type(self, value: &str) -> bool {
        value.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(self.content_type()))
    }

    /// The body.
    pub(super) fn body(self) -> Vec<u8> {
        let bytes: &[u8] = match self {
            Self::Script => b"throw 'fixture';",
            Self::Stylesheet => b"fixture {}",
            Self::Text => b"fixture",
            Self::Image => PIXEL,
            Self::Sound => return sound(),
            Self::Captions => b"WEBVTT\n\n00:00.000 --> 00:01.000\nfixture\n",
            Self::Font => FONT,
            Self::Worker => b"postMessage('fixture');",
            Self::Worklet => b"'fixture';",
            Self::Json => b"{}",
        };
        bytes.to_owned()
    }

    /// Says of an answer what it holds, unless it has words on that itself.
    pub(super) fn describe(self, mut exchange: ExchangeModel) -> ExchangeModel {
        let is_open = |answer: &&mut AnswerModel| {
            let speaks = |(name, _): &(String, String)| {
                ["content-type", "x-content-type-options"].iter().any(|known| name.eq_ignore_ascii_case(known))
            };
            answer.status.is_some_and(|status| (200..300).contains(&status)) && !answer.headers.iter().any(speaks)
        };
        if let Some(answer) = exchange.answer.as_mut().filter(is_open) {
            answer.headers.push(("content-type".to_owned(), self.content_type().to_owned()));
        }
        exchange
    }
}

/// Silence in WAVE's PCM: one channel, a byte a sample.
fn sound() -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(SAMPLES.saturating_add(36).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    bytes.extend([SAMPLES_A_SECOND, SAMPLES_A_SECOND].map(u32::to_le_bytes).concat());
    bytes.extend([1_u16, 8].map(u16::to_le_bytes).concat());
    bytes.extend(b"data");
    bytes.extend(SAMPLES.to_le_bytes());
    bytes.resize(bytes.len().saturating_add(SAMPLES as usize), 0x80);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_answers_without_words_of_their_own_are_described() {
        let lines = |answer: serde_json::Value| {
            let model = serde_json::from_value(json!({"request": {}, "answer": answer}));
            let model = Resource::Image.describe(model.unwrap_or_else(|error| panic!("{error}")));
            model.answer.map_or(0, |answer| answer.headers.len())
        };
        assert_eq!(lines(json!({"status": 200})), 1);
        assert_eq!(lines(json!({"status": 302, "headers": [["location", "/"]]})), 1);
        assert_eq!(lines(json!({"status": 200, "headers": [["Content-Type", "a/b"]]})), 1);
        assert_eq!(lines(json!({"status": 200, "headers": [["x-content-type-options", "nosniff"]]})), 1);
        assert_eq!(lines(json!({"failure": "connect"})), 0);
    }

    #[test]
    fn a_sound_is_as_long_as_it_says() {
        let sound = sound();
        assert_eq!(sound.len(), 44 + 800);
        assert_eq!(sound.get(4..8), Some(&836_u32.to_le_bytes()[..]));
    }
}
