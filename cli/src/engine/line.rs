//! Lines of bounded length.

use std::io::{self, BufRead};

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line; it stands in the buffer.
    Whole,
    /// A line that is longer than the limit; it was skipped.
    TooLong,
    /// The end of the input.
    End,
}

/// Reads the next line into `buffer`, without its end. The last line needs none.
pub(super) fn read(input: &mut dyn BufRead, buffer: &mut Vec<u8>, limit: usize) -> io::Result<Line> {
    buffer.clear();
    let mut line = Line::End;
    loop {
        let chunk = match input.fill_buf() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        if chunk.is_empty() {
            return Ok(line);
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let piece = &chunk[..end.unwrap_or(chunk.len())];
        if line == Line::End {
            line = Line::Whole;
        }
        if line == Line::Whole && piece.len() > limit.saturating_sub(buffer.len()) {
            line = Line::TooLong;
            // One long line must not hold its room for good.
            *buffer = Vec::new();
        }
        if line == Line::Whole {
            buffer.extend_from_slice(piece);
        }
        let used = end.map_or(chunk.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    #[test]
    fn lines_end_at_their_limit() {
        let text = b"ab\n\nabcdef\nabcd\nrest";
        for capacity in [1, 2, 3, 64] {
            let mut input = BufReader::with_capacity(capacity, &text[..]);
            let mut buffer = Vec::new();
            let mut next = || (read(&mut input, &mut buffer, 4).expect("memory"), buffer.clone());
            assert_eq!(next(), (Line::Whole, b"ab".to_vec()));
            assert_eq!(next(), (Line::Whole, Vec::new()));
            assert_eq!(next(), (Line::TooLong, Vec::new()));
            assert_eq!(next(), (Line::Whole, b"abcd".to_vec()));
            assert_eq!(next(), (Line::Whole, b"rest".to_vec()));
            assert_eq!(next(), (Line::End, Vec::new()));
        }
    }
}
