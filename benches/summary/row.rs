//! A line of the summary.

use std::fmt::{self, Display, Formatter};

/// The header line.
pub(crate) const HEADER: &str = "operation\tn\tns\tfloor ns\tratio\tinstructions\tallocations\tbytes\t\
                                 floor instructions\tratio of instructions\treach\tmet";

/// What one run costs. Rows of memory have the bytes that are held; rows of threads have how many times as
/// fast two are, as ratio.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) n: u32,
    pub(crate) ns: Option<f64>,
    pub(crate) floor_ns: Option<f64>,
    /// In place of that of ns and floor ns.
    pub(crate) scaling: Option<f64>,
    pub(crate) instructions: Option<f64>,
    pub(crate) floor_instructions: Option<f64>,
    pub(crate) allocations: Option<f64>,
    pub(crate) bytes: Option<f64>,
    pub(crate) reach: String,
    pub(crate) met: Option<bool>,
}

impl Row {
    pub(crate) fn new(name: &str, n: u32) -> Self {
        Self { name: name.to_owned(), n, ..Self::default() }
    }

    /// What is meant to be reached, and whether it is.
    pub(crate) fn reach(mut self, reach: &str, met: bool) -> Self {
        (self.reach, self.met) = (reach.to_owned(), Some(met));
        self
    }

    pub(crate) fn ratio(&self) -> Option<f64> {
        self.scaling.or_else(|| self.ns.zip(self.floor_ns).map(|(ns, floor)| ns / floor))
    }

    pub(crate) fn instruction_ratio(&self) -> Option<f64> {
        self.instructions.zip(self.floor_instructions).map(|(count, floor)| count / floor)
    }

    pub(crate) fn is_met(&self) -> &'static str {
        match self.met {
            None => "",
            Some(true) => "yes",
            Some(false) => "no",
        }
    }
}

/// A number, or nothing.
pub(crate) fn text(value: Option<f64>, decimals: usize) -> String {
    value.map(|value| format!("{value:.decimals$}")).unwrap_or_default()
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { name, n, reach, .. } = self;
        let [ns, floor_ns] = [self.ns, self.floor_ns].map(|value| text(value, 1));
        let [ratio, of_instructions] = [self.ratio(), self.instruction_ratio()].map(|value| text(value, 2));
        let [instructions, floor_instructions] =
            [self.instructions, self.floor_instructions].map(|value| text(value, 0));
        let [allocations, bytes] = [self.allocations, self.bytes].map(|value| text(value, 1).replace(".0", ""));
        write!(f, "{name}\t{n}\t{ns}\t{floor_ns}\t{ratio}\t{instructions}\t{allocations}\t{bytes}\t")?;
        write!(f, "{floor_instructions}\t{of_instructions}\t{reach}\t{}", self.is_met())
    }
}
