//! The two sides, side by side.

use super::moment::{Event, Moment};
use super::plan::Sequence;
use super::{engine, script};
use crate::Failure;

/// What a sequence came to, if both sides agree.
///
/// # Errors
/// The first moment at which they do not.
pub fn compare(sequence: &Sequence) -> Result<Vec<Moment>, Failure> {
    let moments = engine::run(sequence);
    compare_with(sequence, &moments)?;
    Ok(moments)
}

/// The same, with what the engine did already known.
///
/// # Errors
/// The first moment at which the two sides do not agree.
pub fn compare_with(sequence: &Sequence, engine: &[Moment]) -> Result<(), Failure> {
    let oracle = script::run(sequence, sequence.limits.map(|_| engine));
    for (index, (left, right)) in engine.iter().zip(&oracle).enumerate() {
        if left != right {
            return Err(difference(index, left, right));
        }
    }
    if engine.len() == oracle.len() {
        return Ok(());
    }
    let (side, longer) = if engine.len() > oracle.len() { ("engine", engine) } else { ("oracle", &oracle[..]) };
    let index = engine.len().min(oracle.len());
    Err(format!("moment {index}: only the {side} goes on, with {:?}", longer[index].event))
}

fn difference(index: usize, engine: &Moment, oracle: &Moment) -> Failure {
    let mut text = format!("moment {index}:");
    if engine.event != oracle.event {
        text += &event_difference(&engine.event, &oracle.event);
    }
    for line in engine.cache.iter().filter(|line| !oracle.cache.contains(line)) {
        text += &format!("\n  only the engine's cache has {line:?}");
    }
    for line in oracle.cache.iter().filter(|line| !engine.cache.contains(line)) {
        text += &format!("\n  only the oracle's cache has {line:?}");
    }
    if engine.event == oracle.event {
        text += &format!("\n  upon {:?}", engine.event);
        if engine.cache.len() != oracle.cache.len() {
            text += &format!("\n  {} against {} entries", engine.cache.len(), oracle.cache.len());
        }
    }
    text
}

fn event_difference(engine: &Event, oracle: &Event) -> String {
    let (engine, oracle) = (format!("{engine:#?}"), format!("{oracle:#?}"));
    let (left, right): (Vec<&str>, Vec<&str>) = (engine.lines().collect(), oracle.lines().collect());
    let only = |here: &[&str], there: &[&str]| -> Vec<String> {
        here.iter().filter(|line| !there.contains(line)).map(|line| format!("\n    {}", line.trim())).collect()
    };
    format!(
        "\n  engine:{}\n  oracle:{}\n  the engine's event is {}",
        only(&left, &right).concat(),
        only(&right, &left).concat(),
        engine
    )
}
