//! Nanoseconds.

use std::time::{Duration, Instant};

use crate::{Runner, Side};

/// How long one sample runs.
const SAMPLE: Duration = Duration::from_micros(100);
/// How many samples there are at least, however busy the machine is.
const SAMPLES: u32 = 50;

/// The least nanoseconds that one run takes, over samples that together take `budget`.
pub fn minimum(runner: &mut dyn Runner, budget: Duration) -> f64 {
    let mut runs = 1;
    let mut least = f64::INFINITY;
    let mut samples = 0;
    let start = Instant::now();
    while samples < SAMPLES || start.elapsed() < budget {
        runner.prepare(runs);
        let sample = Instant::now();
        runner.run();
        let took = sample.elapsed();
        if took * 2 < SAMPLE {
            // Not long enough for the clock.
            runs = (runs * 2).min(1 << 20);
            continue;
        }
        samples += 1;
        least = least.min(took.as_nanos() as f64 / runs as f64);
    }
    runner.prepare(0);
    least
}

/// The least nanoseconds of a side; parts that are taken off are measured in turn with the whole.
pub fn minimum_of(side: &mut Side, budget: Duration) -> f64 {
    side.measure(|runner| minimum(runner, budget))
}
