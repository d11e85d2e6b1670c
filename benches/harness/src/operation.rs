//! An operation, ready to be measured.

use std::hint::black_box;

/// Runs one side of an operation, with what it needs made beforehand and dropped afterwards.
pub trait Runner {
    /// Makes the inputs of so many runs.
    fn prepare(&mut self, runs: usize);

    /// Runs once for each input. This is what is measured.
    fn run(&mut self);
}

struct Batch<I, O, S, R> {
    inputs: Vec<I>,
    outputs: Vec<O>,
    setup: S,
    run: R,
}

impl<I, O, S: FnMut() -> I, R: FnMut(I) -> O> Runner for Batch<I, O, S, R> {
    fn prepare(&mut self, runs: usize) {
        self.outputs.clear();
        self.outputs.reserve_exact(runs);
        self.inputs.clear();
        self.inputs.reserve_exact(runs);
        for _ in 0..runs {
            self.inputs.push((self.setup)());
        }
    }

    fn run(&mut self) {
        for input in self.inputs.drain(..) {
            self.outputs.push(black_box((self.run)(black_box(input))));
        }
    }
}

/// A runner that makes an input with `setup` and measures `run`. Outputs are dropped afterwards.
pub fn runner<I: 'static, O: 'static>(
    setup: impl FnMut() -> I + 'static,
    run: impl FnMut(I) -> O + 'static,
) -> Box<dyn Runner> {
    Box::new(Batch { inputs: Vec::new(), outputs: Vec::new(), setup, run })
}

/// One side of an operation.
#[non_exhaustive]
pub struct Side {
    /// What is measured.
    pub whole: Box<dyn Runner>,
    /// What is measured too and taken off, where an operation only comes as a part of a larger one.
    pub without: Vec<Box<dyn Runner>>,
}

impl std::fmt::Debug for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Side").field("without", &self.without.len()).finish_non_exhaustive()
    }
}

impl Side {
    /// What `whole` costs.
    pub const fn new(whole: Box<dyn Runner>) -> Self {
        Self { whole, without: Vec::new() }
    }

    /// Less what this costs.
    #[must_use]
    pub fn without(mut self, part: Box<dyn Runner>) -> Self {
        self.without.push(part);
        self
    }

    /// All runners, the one that is measured first.
    pub fn runners(&mut self) -> impl Iterator<Item = &mut Box<dyn Runner>> {
        std::iter::once(&mut self.whole).chain(&mut self.without)
    }

    /// `measure`d, less the parts.
    pub fn measure(&mut self, mut measure: impl FnMut(&mut dyn Runner) -> f64) -> f64 {
        let whole = measure(&mut *self.whole);
        self.without.iter_mut().fold(whole, |rest, part| rest - measure(&mut **part))
    }
}

/// How cheap an operation is meant to be.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Reach {
    /// At most so many instructions and allocations.
    Absolute {
        /// Instructions.
        instructions: u64,
        /// Allocations.
        allocations: u64,
    },
    /// At most so many hundredths of the floor's instructions, and so many allocations.
    OfFloor {
        /// Hundredths of the floor's instructions.
        percent: u64,
        /// Allocations.
        allocations: Option<u64>,
    },
    /// At most so many hundredths of the floor's time.
    TimeOfFloor {
        /// Hundredths of the floor's ns.
        percent: u64,
    },
}

/// An operation: the engine's side, and the floor's.
#[non_exhaustive]
pub struct Operation {
    /// What it is.
    pub name: &'static str,
    /// How large: entries, names or hops.
    pub n: u32,
    /// How cheap it is meant to be.
    pub reach: Option<Reach>,
    /// How many runs are counted together: more where cost is spread over many.
    pub runs: usize,
    build: Box<dyn Fn() -> Sides>,
    peers: Vec<Peer>,
}

struct Peer {
    name: &'static str,
    make: Box<dyn Fn() -> Side>,
}

/// The sides of an operation, ready to run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Sides {
    /// The engine.
    pub engine: Side,
    /// Plain code that does the same.
    pub floor: Side,
    /// Others that do the same, by name.
    pub peers: Vec<(&'static str, Side)>,
}

impl Sides {
    /// Both sides.
    pub const fn both(engine: Side, floor: Side) -> Self {
        Self { engine, floor, peers: Vec::new() }
    }

    /// The sides, with the word by which they are told apart.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut Side)> {
        let own = [("engine", &mut self.engine), ("floor", &mut self.floor)];
        own.into_iter().chain(self.peers.iter_mut().map(|(name, side)| (*name, side)))
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operation").field("name", &self.name).field("n", &self.n).finish_non_exhaustive()
    }
}

impl Operation {
    /// An operation whose sides are made when they are asked for.
    pub fn new(name: &'static str, n: u32, build: impl Fn() -> Sides + 'static) -> Self {
        Self { name, n, reach: None, runs: 16, build: Box::new(build), peers: Vec::new() }
    }

    pub(crate) const fn reach(mut self, instructions: u64, allocations: u64) -> Self {
        self.reach = Some(Reach::Absolute { instructions, allocations });
        self
    }

    pub(crate) const fn runs(mut self, runs: usize) -> Self {
        self.runs = runs;
        self
    }

    pub(crate) const fn reach_of_floor(mut self, percent: u64, allocations: Option<u64>) -> Self {
        self.reach = Some(Reach::OfFloor { percent, allocations });
        self
    }

    /// Another one that does the same.
    #[must_use]
    pub fn beside(mut self, name: &'static str, make: impl Fn() -> Side + 'static) -> Self {
        self.peers.push(Peer { name, make: Box::new(make) });
        self
    }

    /// Makes the sides, and sees to it that engine and floor come to the same result.
    pub fn build(&self) -> Sides {
        let mut sides = (self.build)();
        sides.peers.extend(self.peers.iter().map(|peer| (peer.name, (peer.make)())));
        sides
    }

    /// Name and size, as one word for tables.
    pub fn key(&self) -> String {
        format!("{} [{}]", self.name, self.n)
    }
}
