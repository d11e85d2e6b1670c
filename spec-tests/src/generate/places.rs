//! Who asks whom: pages, servers, and where redirects go.

use crate::oracle::versus::dice::Dice;

/// A page and the servers that it may ask: no secure page asks an http server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    /// The page's symbol.
    pub(super) page: &'static str,
    servers: &'static [&'static str],
}

const OF_HTTP: &[&str] =
    &["SUB", "ALT", "CLIENT_PORT2", "CLIENT", "SUB_HTTPS", "ALT_HTTPS", "SUB2", "SUB_PORT2", "CLIENT_HTTPS"];
const OF_HTTPS: &[&str] = &["SUB_HTTPS", "ALT_HTTPS", "ALT_SUB_HTTPS", "CLIENT_HTTPS"];

/// Paths on a server.
const PATHS: [&str; 3] = ["/a", "/b", "/c?q"];

impl Places {
    pub(super) fn new(dice: &mut Dice<'_>) -> Self {
        dice.weighted(&[
            (62, Self { page: "CLIENT", servers: OF_HTTP }),
            (38, Self { page: "CLIENT_HTTPS", servers: OF_HTTPS }),
        ])
    }

    /// A server's symbol, mostly of another origin.
    pub(super) fn server(self, dice: &mut Dice<'_>) -> &'static str {
        dice.favouring(&[(35, 0), (25, 1)], self.servers)
    }

    /// A URL with symbols.
    pub(super) fn url(self, dice: &mut Dice<'_>) -> String {
        format!("{{{}}}{}", self.server(dice), dice.favouring(&[(50, 0)], &PATHS))
    }

    /// A `Location` of the so many-th server in a chain, or none.
    pub(super) fn location(self, dice: &mut Dice<'_>, hop: usize) -> Option<String> {
        let server = if dice.chance(18) { self.page } else { self.server(dice) };
        Some(match dice.weighted(&[(66, 0), (22, 1), (2, 2), (5, 3), (5, 4)]) {
            0 => format!("{{{server}}}/{hop}{}", dice.of(&["", "?q"])),
            1 => match dice.below(6) {
                0 => format!("/{hop}"),
                1 => format!("{hop}?r"),
                2 => format!("//{{{server}.authority}}/{hop}"),
                3 => format!("{{{server}}}/{hop}#f"),
                4 => format!(" {{{server}}}/{hop} "),
                _ => "?again".to_owned(),
            },
            2 => return None,
            3 => match dice.below(3) {
                0 => format!("{{{server}.scheme}}://u:p@{{{server}.authority}}/{hop}"),
                1 => format!("{{{server}.scheme}}://u@{{{server}.authority}}/{hop}"),
                _ => format!("{{{server}.scheme}}://:p@{{{server}.authority}}/{hop}"),
            },
            _ => match dice.below(6) {
                0 => String::new(),
                1 => "data:,x".to_owned(),
                2 => "mailto:x@y".to_owned(),
                3 => "http://[".to_owned(),
                4 => format!("{{{server}.scheme}}://{{{server}.host}}:99999/"),
                _ => "#f".to_owned(),
            },
        })
    }

    /// The page's origin with its symbol.
    pub(super) fn origin(self) -> String {
        format!("{{{}}}", self.page)
    }

    /// A text of the pool, in which `CLIENT` is the page.
    pub(super) fn of_pool(self, text: &str) -> String {
        text.replace("{CLIENT", &format!("{{{}", self.page))
            .replace("{ALT", if self.page == "CLIENT" { "{ALT" } else { "{ALT_HTTPS" })
    }
}
