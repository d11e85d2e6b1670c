//! A program that is asked by lines and answers by lines.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use serde_json::Value;

use crate::Failure;

/// The longest answer.
const LONGEST_LINE: u64 = 4 << 20;

/// A program under test, under way.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<Result<Vec<u8>, Failure>>,
    timeout: Duration,
}

impl Process {
    /// Starts it. What it writes to standard error goes where that of this program goes.
    pub(super) fn start(program: &[String], timeout: Duration) -> Result<Self, Failure> {
        let (name, arguments) = program.split_first().ok_or("no program to run")?;
        let spawned = Command::new(name).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| format!("{name} does not start: {error}"))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("no pipes to the program".to_owned());
        };
        let (sender, lines) = sync_channel(1);
        std::thread::spawn(move || read_lines(stdout, &sender));
        Ok(Self { child, stdin, lines, timeout })
    }

    /// How long it may take for each answer from now on.
    pub(super) const fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask(&mut self, message: &Value) -> Result<Value, Failure> {
        let mut line = message.to_string();
        line.push('\n');
        let written = self.stdin.write_all(line.as_bytes()).and_then(|()| self.stdin.flush());
        written.map_err(|error| format!("the program reads no more: {error}"))?;
        let answer = match self.lines.recv_timeout(self.timeout) {
            Ok(line) => line?,
            Err(RecvTimeoutError::Timeout) => return Err(format!("no answer within {:?}", self.timeout)),
            Err(RecvTimeoutError::Disconnected) => return Err("the program ended".to_owned()),
        };
        serde_json::from_slice(&answer).map_err(|error| format!("the answer is no JSON: {error}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(stdout: ChildStdout, sender: &SyncSender<Result<Vec<u8>, Failure>>) {
    let mut reader = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        let answer = match read {
            Ok(0) => return,
            Ok(_) if line.last() != Some(&b'\n') => Err("an answer is too long, or ends without a line end".to_owned()),
            Ok(_) => Ok(line),
            Err(error) => Err(format!("the answer cannot be read: {error}")),
        };
        let is_last = answer.is_err();
        if sender.send(answer).is_err() || is_last {
            return;
        }
    }
}
