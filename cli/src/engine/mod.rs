//! `fetch-cors engine`: the state machine over JSON lines on standard input and output. The protocol is
//! described in `cli/ENGINE.md`.
//!
//! Each line that comes in is answered by exactly one line, before the next one is read.

mod cache;
mod config;
mod drive;
mod fault;
mod line;
mod message;
mod read;
mod reply;
mod request;
mod session;
mod talk;
mod value;

use std::io::{self, BufRead, Write};

use serde_json::Value;

use self::fault::Fault;
use self::line::Line;
use self::session::Session;

/// The version of the protocol. It changes only when a caller that speaks the old one would be misled.
const VERSION: u64 = 1;
/// The longest line that is read, in bytes without its end.
const MAX_LINE_BYTES: usize = 32 * 1024 * 1024;
/// The most fetches that are open at once.
const MAX_OPEN_FETCHES: usize = 1024;
/// The longest ID of a fetch, in characters.
const MAX_ID_CHARACTERS: usize = 256;

/// Speaks until the input ends, or until nobody reads the output any more.
pub(crate) fn run(input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<()> {
    let mut session = Session::default();
    let mut buffer = Vec::new();
    loop {
        let reply = match line::read(input, &mut buffer, MAX_LINE_BYTES)? {
            Line::End => return Ok(()),
            Line::TooLong => Fault::line_too_long().into_reply(),
            Line::Whole => session.answer(&buffer),
        };
        match say(output, &reply) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            result => result?,
        }
    }
}

fn say(output: &mut dyn Write, reply: &Value) -> io::Result<()> {
    output.write_all(reply::line(reply).as_bytes())?;
    output.flush()
}
