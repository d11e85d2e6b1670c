//! Values that many groups share: each is held once, as long as somebody uses it.

use hashbrown::HashTable;

use super::slab::{Slab, Slot};

#[derive(Debug)]
pub(super) struct Pool<T> {
    table: HashTable<Slot>,
    values: Slab<Pooled<T>>,
}

#[derive(Debug)]
struct Pooled<T> {
    value: T,
    hash: u32,
    users: u32,
}

/// The hash that a table asks for, from the half that is kept: the table looks at both of its ends.
pub(super) const fn spread(hash: u32) -> u64 {
    let hash = hash as u64;
    hash << 32 | hash
}

impl<T> Pool<T> {
    pub(super) const fn new() -> Self {
        Self { table: HashTable::new(), values: Slab::new() }
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&T> {
        self.values.get(slot).map(|pooled| &pooled.value)
    }

    /// One more user of the value of this hash that `is_it` knows.
    pub(super) fn share(&mut self, hash: u32, is_it: impl Fn(&T) -> bool) -> Option<Slot> {
        let values = &self.values;
        let found = |slot: &Slot| values.get(*slot).is_some_and(|pooled| is_it(&pooled.value));
        let slot = *self.table.find(spread(hash), found)?;
        self.share_at(slot)
    }

    /// One more user of the value in this slot.
    pub(super) fn share_at(&mut self, slot: Slot) -> Option<Slot> {
        let pooled = self.values.get_mut(slot)?;
        // There are as many users as groups, and those have slots of 32 bits.
        pooled.users = pooled.users.saturating_add(1);
        Some(slot)
    }

    /// A new value, with one user.
    pub(super) fn insert(&mut self, hash: u32, value: T) -> Option<Slot> {
        let slot = self.values.insert(Pooled { value, hash, users: 1 })?;
        let values = &self.values;
        self.table.insert_unique(spread(hash), slot, |slot| values.get(*slot).map_or(0, |pooled| spread(pooled.hash)));
        Some(slot)
    }

    /// One user less; the value, if that was the last.
    pub(super) fn release(&mut self, slot: Slot) -> Option<T> {
        let pooled = self.values.get_mut(slot)?;
        pooled.users = pooled.users.saturating_sub(1);
        if pooled.users > 0 {
            return None;
        }
        let pooled = self.values.remove(slot)?;
        if let Ok(entry) = self.table.find_entry(spread(pooled.hash), |candidate| *candidate == slot) {
            entry.remove();
        }
        Some(pooled.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lives_as_long_as_it_has_users() {
        let mut pool = Pool::new();
        assert_eq!(pool.share(7, |value: &&str| *value == "a"), None);
        let a = pool.insert(7, "a").expect("room");
        let b = pool.insert(7, "b").expect("room");
        assert_eq!(pool.share(7, |value| *value == "a"), Some(a));
        assert_eq!(pool.share(7, |value| *value == "b"), Some(b));
        assert_eq!((pool.release(a), pool.get(a)), (None, Some(&"a")));
        assert_eq!((pool.release(a), pool.get(a)), (Some("a"), None));
        assert_eq!(pool.share(7, |value| *value == "a"), None);
        assert_eq!(pool.get(b), Some(&"b"));
        assert_eq!(pool.share(7, |value| *value == "b"), Some(b));
        assert_eq!(pool.table.len(), 1, "nothing is left of a");
    }
}
