//! Values in slots that are used again.

use std::num::NonZeroU32;

/// Where a value stands in a [`Slab`]. Half as large as an index in an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(NonZeroU32);

impl Slot {
    fn new(index: usize) -> Option<Self> {
        let number = u32::try_from(index).ok()?.checked_add(1)?;
        NonZeroU32::new(number).map(Self)
    }

    const fn index(self) -> usize {
        (self.0.get() as usize).saturating_sub(1)
    }
}

#[derive(Debug)]
pub(super) struct Slab<T> {
    values: Vec<Option<T>>,
    free: Vec<Slot>,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { values: Vec::new(), free: Vec::new() }
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&T> {
        self.values.get(slot.index())?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.values.get_mut(slot.index())?.as_mut()
    }

    /// `None` if four thousand million values are there: more than any limit that fits memory.
    pub(super) fn insert(&mut self, value: T) -> Option<Slot> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                let slot = Slot::new(self.values.len())?;
                // OPTIMIZATION: growth by a sixteenth keeps a full slab within 7 % of what it needs, where
                // doubling would take up to twice of it; each value is still moved a bounded number of times.
                if self.values.len() == self.values.capacity() {
                    self.values.reserve_exact((self.values.len() / 16).max(4));
                }
                self.values.push(None);
                slot
            }
        };
        if let Some(place) = self.values.get_mut(slot.index()) {
            *place = Some(value);
        }
        Some(slot)
    }

    pub(super) fn remove(&mut self, slot: Slot) -> Option<T> {
        let value = self.values.get_mut(slot.index())?.take()?;
        self.free.push(slot);
        Some(value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &T)> {
        self.values.iter().enumerate().filter_map(|(index, value)| Some((Slot::new(index)?, value.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_used_again() {
        let mut slab = Slab::new();
        let slots: Vec<Slot> = (0..100).filter_map(|value| slab.insert(value)).collect();
        assert!(slots.iter().enumerate().all(|(value, slot)| slab.get(*slot) == Some(&value)));
        assert_eq!(slab.remove(slots[7]), Some(7));
        assert_eq!((slab.remove(slots[7]), slab.get(slots[7])), (None, None));
        assert_eq!(slab.iter().count(), 99);
        assert_eq!(slab.insert(1000), Some(slots[7]));
        assert_eq!(slab.values.len(), 100);
        assert_eq!(slab.iter().nth(7), Some((slots[7], &1000)));
    }

    #[test]
    fn growth_is_small_and_rare() {
        let mut slab = Slab::new();
        let mut capacities = Vec::new();
        for value in 0..10_000_usize {
            slab.insert(value);
            let capacity = slab.values.capacity();
            assert!(capacity <= value + 1 + (value / 16).max(4), "{value}: {capacity}");
            capacities.push(capacity);
        }
        capacities.dedup();
        assert!(capacities.len() < 150, "{}", capacities.len());
    }
}
