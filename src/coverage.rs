//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0), step 7.7: which unsafe names of
//! a request an answer has not named.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::header_list::HeaderList;
use crate::infra::{hash_ignoring_case, matches_ignoring_case, mix_ignoring_case};
use crate::profile::Switches;
use crate::safelist::{is_over_total, is_unsafe_line, unsafe_lines};

/// How many lines are compared with each item.
const FEW_LINES: usize = 8;

/// The unsafe names of a request, and which of them an answer has named so far.
// OPTIMIZATION: few lines are compared with each item, without an allocation, and only those that no item
// names are tested for being unsafe. Many are hashed, so that a page and a server that both name thousands
// cost their sum and not their product.
#[expect(clippy::large_enum_variant, reason = "it lives on the stack of one call")]
pub(crate) enum Coverage<'a> {
    Few(FewLines<'a>),
    Many(ManyNames<'a>),
}

impl<'a> Coverage<'a> {
    pub(crate) fn new(headers: &'a HeaderList, switches: &'a Switches) -> Self {
        if headers.len() <= FEW_LINES {
            Self::Few(FewLines::new(headers, switches))
        } else {
            Self::Many(ManyNames::new(headers, switches))
        }
    }

    /// An item of the answer.
    pub(crate) fn see(&mut self, item: &[u8]) {
        match self {
            Self::Few(few) => few.see(item),
            Self::Many(many) => many.see(item),
        }
    }

    /// The names that no item was.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &'a [u8]> {
        let (few, many) = match self {
            Self::Few(few) => (Some(few.missing()), None),
            Self::Many(many) => (None, Some(many.missing())),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten())
    }
}

pub(crate) struct FewLines<'a> {
    headers: &'a HeaderList,
    switches: &'a Switches,
    /// Name, value, and whether an item is the name.
    lines: [(&'a [u8], &'a [u8], bool); FEW_LINES],
    /// A bit for each length of a name.
    lengths: u64,
}

impl<'a> FewLines<'a> {
    fn new(headers: &'a HeaderList, switches: &'a Switches) -> Self {
        let mut few = Self { headers, switches, lines: [(&[], &[], true); FEW_LINES], lengths: 0 };
        for ((name, value), place) in headers.iter().zip(&mut few.lines) {
            *place = (name, value, false);
            few.lengths |= 1 << (name.len() & 63);
        }
        few
    }

    fn see(&mut self, item: &[u8]) {
        if self.lengths >> (item.len() & 63) & 1 == 1 {
            for (name, _, named) in self.lines.iter_mut().take(self.headers.len()) {
                *named |= matches_ignoring_case(name, item);
            }
        }
    }

    fn missing(&self) -> impl Iterator<Item = &'a [u8]> {
        let unnamed = self.lines.iter().filter(|(.., named)| !named);
        let Self { headers, switches, .. } = *self;
        let is_unsafe =
            move |name, value| is_unsafe_line(headers, switches, name, value) || is_over_total(headers, switches);
        unnamed.filter(move |(name, value, _)| is_unsafe(name, value)).map(|(name, ..)| *name)
    }
}

pub(crate) struct ManyNames<'a> {
    names: Vec<(&'a [u8], bool)>,
    /// Places in `names`. The hash is keyed, as page and server may choose names that collide.
    table: HashTable<usize>,
    state: RandomState,
    /// OPTIMIZATION: a bit for each of the names; most items that are not among them are told by it, in a
    /// tenth of the time that the keyed hash takes.
    filter: [u64; FILTER_WORDS],
}

const FILTER_WORDS: usize = 64;

impl<'a> ManyNames<'a> {
    fn new(headers: &'a HeaderList, switches: &Switches) -> Self {
        let mut many = Self {
            names: Vec::with_capacity(headers.len()),
            table: HashTable::with_capacity(headers.len()),
            state: RandomState::new(),
            filter: [0; FILTER_WORDS],
        };
        for name in unsafe_lines(headers, switches) {
            many.insert(name);
        }
        many
    }

    fn insert(&mut self, name: &'a [u8]) {
        let Self { names, table, state, filter } = self;
        let hash_of = |name: &[u8]| hash_ignoring_case(name, state.build_hasher());
        let name_at = |index: &usize| names.get(*index).map_or(&[][..], |(name, _)| *name);
        let is_it = |index: &usize| matches_ignoring_case(name_at(index), name);
        if let Entry::Vacant(place) = table.entry(hash_of(name), is_it, |index| hash_of(name_at(index))) {
            place.insert(names.len());
            names.push((name, false));
            let (word, bit) = filter_place(name);
            if let Some(word) = filter.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn see(&mut self, item: &[u8]) {
        let (word, bit) = filter_place(item);
        if self.filter.get(word).is_none_or(|word| word & bit == 0) {
            return;
        }
        let hash = hash_ignoring_case(item, self.state.build_hasher());
        let is_it = |index: &usize| self.names.get(*index).is_some_and(|(name, _)| matches_ignoring_case(name, item));
        if let Some(index) = self.table.find(hash, is_it).copied()
            && let Some((_, named)) = self.names.get_mut(index)
        {
            *named = true;
        }
    }

    fn missing(&self) -> impl Iterator<Item = &'a [u8]> {
        self.names.iter().filter(|(_, named)| !named).map(|(name, _)| *name)
    }
}

/// The word and the bit of a name in a filter.
fn filter_place(name: &[u8]) -> (usize, u64) {
    // The twelve upper bits of a product are its best.
    let place = (mix_ignoring_case(name) >> 52) as usize;
    (place >> 6, 1 << (place & 63))
}
