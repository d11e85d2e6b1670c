//! The progress bar on a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use fetch_cors_spec_tests::run::Verdict;

/// How wide the bar is.
const WIDTH: usize = 30;
/// Every so many cases it is drawn.
const STRIDE: usize = 16;

/// A bar on standard error, if that is a terminal.
#[derive(Debug)]
pub(super) struct Progress {
    name: String,
    all: usize,
    failed: AtomicUsize,
    is_shown: bool,
}

impl Progress {
    pub(super) fn new(name: String, all: usize) -> Self {
        Self { name, all, failed: AtomicUsize::new(0), is_shown: io::stderr().is_terminal() }
    }

    /// Tells it that so many are done.
    pub(super) fn tell(&self, done: usize, verdict: &Verdict) {
        if matches!(verdict, Verdict::Failed(_)) {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        if self.is_shown && (done.is_multiple_of(STRIDE) || done == self.all) {
            // A terminal that is gone is no reason to stop.
            let _ = write!(io::stderr(), "\r{}", self.line(done));
        }
    }

    fn line(&self, done: usize) -> String {
        let filled = done.saturating_mul(WIDTH).checked_div(self.all).unwrap_or(WIDTH).min(WIDTH);
        let bar = format!("{}{}", "#".repeat(filled), "-".repeat(WIDTH.saturating_sub(filled)));
        let failed = self.failed.load(Ordering::Relaxed);
        format!("{} [{bar}] {done}/{}, {failed} failed", crate::paint::text(&self.name), self.all)
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills() {
        let progress = Progress::new("t".to_owned(), 4);
        progress.tell(2, &Verdict::Passed);
        assert_eq!(progress.line(2), format!("t [{}{}] 2/4, 0 failed", "#".repeat(15), "-".repeat(15)));
        assert_eq!(progress.line(4), format!("t [{}] 4/4, 0 failed", "#".repeat(30)));
    }
}
