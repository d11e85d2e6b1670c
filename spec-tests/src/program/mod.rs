//! Two programs that speak the protocol of `COMMAND.md`: one on the engine, and a naive one.

mod engine;
mod naive;
mod wire;

use std::io::{self, BufRead, Read, Write};

use serde_json::{Value, json};

use crate::Failure;

pub use engine::EngineProgram;
pub use naive::NaiveProgram;

/// The longest message.
const LONGEST_LINE: u64 = 16 << 20;

/// What a program under test does.
pub trait Program {
    /// Answers one message.
    ///
    /// # Errors
    /// A message that it does not understand.
    fn answer(&mut self, message: &Value) -> Result<Value, Failure>;
}

/// Answers messages, a line each, until there are no more.
///
/// # Errors
/// The streams, or a line without end.
pub fn serve(program: &mut dyn Program, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        if (&mut *input).take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.last() != Some(&b'\n') {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a message is too long, or ends without a line end",
            ));
        }
        let message = serde_json::from_slice(&line).map_err(|error| format!("no JSON: {error}"));
        let answer = message.and_then(|message: Value| program.answer(&message));
        let answer = answer.unwrap_or_else(|error| json!({"failure": error}));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
}
