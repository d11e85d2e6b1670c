//! A line of the summary.

use std::fmt::{self, Display, Formatter};

/// The header line.
pub const HEADER: &str = "operation\tn\tns\tfloor ns\tratio\tinstructions\tallocations\tbytes\t\
                                 floor instructions\tratio of instructions\treach\tmet";

/// What one run costs. Rows of memory have the bytes that are held; rows of threads have how many times as
/// fast two are, as ratio.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a line of a table, filled by those who measure")]
pub struct Row {
    /// What it is.
    pub name: String,
    /// How large.
    pub n: u32,
    /// The least nanoseconds.
    pub ns: Option<f64>,
    /// Those of the floor.
    pub floor_ns: Option<f64>,
    /// In place of that of ns and floor ns.
    pub scaling: Option<f64>,
    /// Instructions.
    pub instructions: Option<f64>,
    /// Those of the floor.
    pub floor_instructions: Option<f64>,
    /// Allocations.
    pub allocations: Option<f64>,
    /// Allocated bytes, or held ones.
    pub bytes: Option<f64>,
    /// What is meant to be reached, in words.
    pub reach: String,
    /// Whether it is.
    pub met: Option<bool>,
}

impl Row {
    /// An empty row.
    pub fn new(name: &str, n: u32) -> Self {
        Self { name: name.to_owned(), n, ..Self::default() }
    }

    /// What is meant to be reached, and whether it is.
    pub fn reach(mut self, reach: &str, met: bool) -> Self {
        (self.reach, self.met) = (reach.to_owned(), Some(met));
        self
    }

    /// Scaling, or ns to those of the floor.
    pub fn ratio(&self) -> Option<f64> {
        self.scaling.or_else(|| self.ns.zip(self.floor_ns).map(|(ns, floor)| ns / floor))
    }

    /// Instructions to those of the floor.
    pub fn instruction_ratio(&self) -> Option<f64> {
        self.instructions.zip(self.floor_instructions).map(|(count, floor)| count / floor)
    }

    /// Whether the reach is met, as a word.
    pub fn is_met(&self) -> &'static str {
        match self.met {
            None => "",
            Some(true) => "yes",
            Some(false) => "no",
        }
    }
}

impl Row {
    /// Reads a line back, less what follows from the rest.
    pub fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split('\t').collect();
        let number = |index: usize| words.get(index).and_then(|word| word.parse().ok());
        let met = match *words.get(11)? {
            "" => None,
            word => Some(word == "yes"),
        };
        Some(Self {
            ns: number(2),
            floor_ns: number(3),
            instructions: number(5),
            allocations: number(6),
            bytes: number(7),
            floor_instructions: number(8),
            reach: (*words.get(10)?).to_owned(),
            met,
            ..Self::new(words.first()?, words.get(1)?.parse().ok()?)
        })
    }
}

/// A number, or nothing.
pub fn text(value: Option<f64>, decimals: usize) -> String {
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
