//! Text for a terminal: colour, and other people's bytes made harmless.

use std::fmt::Write as _;
use std::io::IsTerminal;

use crate::args::ColorChoice;

/// The longest piece of a server's text that a report shows, in characters.
const LONGEST: usize = 1024;

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Colours for `stream`, as asked for and as `NO_COLOR` allows.
    pub(crate) fn new(choice: ColorChoice, stream: &impl IsTerminal) -> Self {
        let on = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => stream.is_terminal() && !no_color(),
        };
        Self { on }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.with("1;32", text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    pub(crate) fn cyan(self, text: &str) -> String {
        self.with("36", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// How many characters of a painted text show.
pub(crate) fn width(text: &str) -> usize {
    let mut in_code = false;
    let shows = |character: &char| {
        let is_part = in_code || *character == '\u{1b}';
        in_code = is_part && *character != 'm';
        !is_part
    };
    text.chars().filter(shows).count()
}

/// By the convention, an empty value does not count.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Bytes from outside, shown: what could steer a terminal or deceive a reader is escaped, and a
/// long text is cut.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len().min(LONGEST));
    let mut count = 0_usize;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            count += 1;
            if count <= LONGEST {
                push(&mut shown, character);
            }
        }
        for byte in chunk.invalid() {
            count += 1;
            if count <= LONGEST {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\x{byte:02x}");
            }
        }
    }
    if count > LONGEST {
        let _ = write!(shown, "… ({} more)", count - LONGEST);
    }
    shown
}

/// The same for text.
pub(crate) fn text(text: &str) -> String {
    bytes(text.as_bytes())
}

fn push(shown: &mut String, character: char) {
    if is_harmful(character) {
        shown.extend(character.escape_unicode());
    } else {
        shown.push(character);
    }
}

/// Whether a character can steer a terminal or deceive a reader.
pub(crate) fn is_harmful(character: char) -> bool {
    character.is_control() || reorders_or_hides(character)
}

/// Separators, joiners and marks of direction, which make a text read as another one.
fn reorders_or_hides(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(text("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(text("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(bytes(b"\xff\x00x\r\n"), "\\xff\\u{0}x\\u{d}\\u{a}");
        assert_eq!(text("\u{202e}moc"), "\\u{202e}moc");
        assert_eq!(text("grüße"), "grüße");
    }

    #[test]
    fn a_long_text_is_cut() {
        let shown = text(&"x".repeat(LONGEST + 5));
        assert!(shown.ends_with("x… (5 more)"));
    }

    #[test]
    fn colour_only_where_asked_for() {
        let stream = std::io::stdout();
        assert_eq!(Paint::new(ColorChoice::Never, &stream).red("x"), "x");
        assert_eq!(width(&Paint::new(ColorChoice::Always, &stream).red("abc")), 3);
        assert_eq!(Paint::new(ColorChoice::Always, &stream).red("x"), "\u{1b}[1;31mx\u{1b}[0m");
    }
}
