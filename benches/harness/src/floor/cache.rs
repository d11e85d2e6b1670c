//! Row 5: a keyed map from three strings to what is allowed; the first stored goes first.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hashbrown::HashTable;
use siphasher::sip::SipHasher13;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key<'a> {
    pub(crate) partition: &'a [u8],
    pub(crate) origin: &'a str,
    pub(crate) url: &'a str,
}

/// What an answer allowed; equal ones are shared by those who store them.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) methods: Vec<Box<[u8]>>,
    pub(crate) names: Vec<Box<[u8]>>,
}

#[derive(Debug)]
struct Slot {
    hash: u64,
    partition: Box<[u8]>,
    origin: Box<str>,
    url: Box<str>,
    include: bool,
    expires: u64,
    grant: Arc<Grant>,
}

impl Slot {
    fn key(&self) -> Key<'_> {
        Key { partition: &self.partition, origin: &self.origin, url: &self.url }
    }
}

#[derive(Debug)]
pub(crate) struct Cache {
    keys: [u64; 2],
    limit: usize,
    table: HashTable<u32>,
    slots: Vec<Slot>,
    /// Slots in the order in which they were stored.
    order: VecDeque<u32>,
}

impl Cache {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { keys: [1, 2], limit, table: HashTable::new(), slots: Vec::new(), order: VecDeque::new() }
    }

    fn hash(&self, key: &Key<'_>) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.keys[0], self.keys[1]);
        key.hash(&mut hasher);
        hasher.finish()
    }

    /// Whether the method and every name are allowed.
    pub(crate) fn covers<'n>(
        &self,
        key: &Key<'_>,
        include: bool,
        now: u64,
        method: Option<&[u8]>,
        mut names: impl Iterator<Item = &'n [u8]>,
    ) -> bool {
        let Some(slot) = self.table.find(self.hash(key), |slot| self.slots[*slot as usize].key() == *key) else {
            return false;
        };
        let slot = &self.slots[*slot as usize];
        if slot.expires <= now || (include && !slot.include) {
            return false;
        }
        let has = |list: &[Box<[u8]>], name: &[u8]| {
            list.iter().any(|item| item.eq_ignore_ascii_case(name) || **item == *b"*")
        };
        method.is_none_or(|method| slot.grant.methods.iter().any(|item| **item == *method || **item == *b"*"))
            && names.all(|name| has(&slot.grant.names, name))
    }

    pub(crate) fn store(&mut self, key: &Key<'_>, include: bool, expires: u64, grant: &Arc<Grant>) {
        let hash = self.hash(key);
        let Self { table, slots, .. } = self;
        if let Some(slot) = table.find(hash, |slot| slots[*slot as usize].key() == *key) {
            let slot = &mut slots[*slot as usize];
            (slot.include, slot.expires) = (include, expires);
            slot.grant = Arc::clone(grant);
            return;
        }
        let new = Slot {
            hash,
            partition: key.partition.into(),
            origin: key.origin.into(),
            url: key.url.into(),
            include,
            expires,
            grant: Arc::clone(grant),
        };
        let index = if slots.len() < self.limit {
            slots.push(new);
            slots.len() as u32 - 1
        } else {
            // The limit is reached: the oldest makes room.
            let oldest = self.order.pop_front().expect("a full cache has an oldest slot");
            if let Ok(entry) = table.find_entry(slots[oldest as usize].hash, |slot| *slot == oldest) {
                entry.remove();
            }
            slots[oldest as usize] = new;
            oldest
        };
        table.insert_unique(hash, index, |slot| slots[*slot as usize].hash);
        self.order.push_back(index);
    }

    pub(crate) fn clear_url(&mut self, key: &Key<'_>) {
        let hash = self.hash(key);
        let Self { table, slots, .. } = self;
        if let Ok(entry) = table.find_entry(hash, |slot| slots[*slot as usize].key() == *key) {
            // It is dead where it stands, until its turn comes.
            let slot = &mut slots[*entry.get() as usize];
            slot.expires = 0;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }
}
