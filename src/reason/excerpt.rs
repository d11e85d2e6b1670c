//! What was received, as much of it as is kept.

/// The most bytes of a received value that a reason keeps.
pub const MAX_EXCERPT_BYTES: usize = 1024;
/// The most names that a reason keeps.
pub const MAX_EXCERPT_NAMES: usize = 64;

/// Bytes that were received, the first [`MAX_EXCERPT_BYTES`] of them. Displays in ASCII, escaped.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt {
    bytes: Box<[u8]>,
    total: usize,
}

impl Excerpt {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let kept = bytes.get(..MAX_EXCERPT_BYTES).unwrap_or(bytes);
        Self { bytes: kept.into(), total: bytes.len() }
    }

    /// The bytes that were kept.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes there were.
    pub const fn total(&self) -> usize {
        self.total
    }
}

impl std::fmt::Display for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.bytes.escape_ascii())?;
        if self.total > self.bytes.len() {
            write!(f, "… ({} bytes)", self.total)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Names of headers or methods, the first [`MAX_EXCERPT_NAMES`] of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    names: Vec<Excerpt>,
    total: usize,
}

impl Names {
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut list = Self::default();
        for name in names {
            list.total = list.total.saturating_add(1);
            if list.names.len() < MAX_EXCERPT_NAMES {
                list.names.push(Excerpt::new(name));
            }
        }
        list
    }

    /// The names that were kept, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(Excerpt::as_bytes)
    }

    /// How many there were.
    pub const fn total(&self) -> usize {
        self.total
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.total == 0 {
            return f.write_str("(none)");
        }
        for (index, name) in self.names.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name}")?;
        }
        if self.total > self.names.len() {
            write!(f, ", … ({} in all)", self.total)?;
        }
        Ok(())
    }
}
