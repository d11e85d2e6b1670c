//! What entries are grouped by: network partition key, origin and URL.

use std::hash::Hasher;

use crate::origin::Origin;

/// What a group is found by, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupKey<'a> {
    pub(crate) partition: Option<&'a [u8]>,
    pub(crate) origin: OriginKey<'a>,
    pub(crate) url: &'a str,
}

/// What the cache tells origins apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OriginKey<'a> {
    /// The byte-serialized request origin, to the letter.
    Serialization(&'a str),
    Tuple {
        serialization: &'a str,
        tainted: bool,
    },
    Opaque {
        identity: u64,
        tainted: bool,
    },
}

impl GroupKey<'_> {
    pub(super) fn hash(&self, hasher: &mut impl Hasher) {
        self.hash_scope(hasher);
        hasher.write(self.url.as_bytes());
    }

    /// Hashes all but the URL.
    // OPTIMIZATION: one word tells the kind and where texts end; the derived form writes five.
    pub(super) fn hash_scope(&self, hasher: &mut impl Hasher) {
        let (kind, text, identity, tainted) = match self.origin {
            OriginKey::Serialization(text) => (0_u64, text, 0, false),
            OriginKey::Tuple { serialization, tainted } => (1, serialization, 0, tainted),
            OriginKey::Opaque { identity, tainted } => (2, "", identity, tainted),
        };
        let partition = self.partition.map_or(0, |partition| partition.len().saturating_add(1));
        hasher.write_u64((text.len() as u64) << 32 ^ (partition as u64) << 3 ^ kind << 1 ^ u64::from(tainted));
        hasher.write(self.partition.unwrap_or_default());
        hasher.write(text.as_bytes());
        if kind == 2 {
            hasher.write_u64(identity);
        }
    }
}

impl<'a> OriginKey<'a> {
    /// Whether the key is of this origin, tainted or not.
    pub(crate) fn is_of(&self, origin: &Origin) -> bool {
        match (self, origin) {
            (Self::Serialization(text), origin) => *text == origin.serialize(),
            (Self::Tuple { serialization, .. }, Origin::Tuple(_)) => *serialization == origin.serialize(),
            (Self::Opaque { identity, .. }, Origin::Opaque(opaque)) => *identity == opaque.identity(),
            _ => false,
        }
    }

    /// The serialization of a tuple origin, or `null`.
    pub(crate) const fn serialization(&self) -> &'a str {
        match self {
            Self::Serialization(text) | Self::Tuple { serialization: text, .. } => text,
            Self::Opaque { .. } => "null",
        }
    }

    pub(super) const fn is_tainted(&self) -> bool {
        match self {
            Self::Serialization(_) => false,
            Self::Tuple { tainted, .. } | Self::Opaque { tainted, .. } => *tainted,
        }
    }

    pub(super) fn is_opaque(&self) -> bool {
        matches!(self, Self::Opaque { .. } | Self::Serialization("null"))
    }
}

/// A key without its URL, owned: what the groups of one page have in common.
#[derive(Debug)]
pub(super) struct Scope {
    partition: Option<Box<[u8]>>,
    origin: OwnedOriginKey,
}

#[derive(Debug)]
enum OwnedOriginKey {
    Serialization(Box<str>),
    Tuple { serialization: Box<str>, tainted: bool },
    Opaque { identity: u64, tainted: bool },
}

impl Scope {
    pub(super) fn of(key: &GroupKey<'_>) -> Self {
        let origin = match key.origin {
            OriginKey::Serialization(text) => OwnedOriginKey::Serialization(text.into()),
            OriginKey::Tuple { serialization, tainted } => {
                OwnedOriginKey::Tuple { serialization: serialization.into(), tainted }
            }
            OriginKey::Opaque { identity, tainted } => OwnedOriginKey::Opaque { identity, tainted },
        };
        Self { partition: key.partition.map(Into::into), origin }
    }

    #[inline]
    pub(super) fn with_url<'a>(&'a self, url: &'a str) -> GroupKey<'a> {
        let origin = match &self.origin {
            OwnedOriginKey::Serialization(text) => OriginKey::Serialization(text),
            OwnedOriginKey::Tuple { serialization, tainted } => OriginKey::Tuple { serialization, tainted: *tainted },
            OwnedOriginKey::Opaque { identity, tainted } => {
                OriginKey::Opaque { identity: *identity, tainted: *tainted }
            }
        };
        GroupKey { partition: self.partition.as_deref(), origin, url }
    }

    /// Whether the key has this scope.
    pub(super) fn is_of(&self, key: &GroupKey<'_>) -> bool {
        let GroupKey { partition, origin, .. } = self.with_url("");
        partition == key.partition && origin == key.origin
    }

    pub(super) fn bytes(&self) -> usize {
        let origin = match &self.origin {
            OwnedOriginKey::Serialization(text) | OwnedOriginKey::Tuple { serialization: text, .. } => text.len(),
            OwnedOriginKey::Opaque { .. } => 0,
        };
        let partition = self.partition.as_ref().map_or(0, |key| key.len());
        size_of::<Self>().saturating_add(partition).saturating_add(origin)
    }
}
