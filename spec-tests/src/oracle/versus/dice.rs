//! Choices from bytes: each choice takes the next byte, and a zero, or no byte at all, is the simplest.
//! So a sequence shrinks as its bytes do.

/// Bytes that are still to be used.
#[derive(Debug)]
pub(crate) struct Dice<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Dice<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or(0)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    /// One of these; the first is the simplest.
    pub(crate) fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// One of these, by weights that sum up to 100; the first is the simplest.
    pub(crate) fn weighted<T: Clone>(&mut self, choices: &[(u32, T)]) -> T {
        debug_assert_eq!(choices.iter().map(|(weight, _)| weight).sum::<u32>(), 100, "weights are per cent");
        let mut point = u32::from(self.byte()) * 100 / 256;
        for (weight, choice) in choices {
            if point < *weight {
                return choice.clone();
            }
            point -= weight;
        }
        choices[0].1.clone()
    }

    /// One of these: favourites by their place, with weights in per cent, or else any; the first
    /// favourite is the simplest.
    pub(crate) fn favouring<T: Clone>(&mut self, favourites: &[(u32, usize)], choices: &[T]) -> T {
        let mut point = u32::from(self.byte()) * 100 / 256;
        for (weight, place) in favourites {
            if point < *weight {
                return choices[*place].clone();
            }
            point -= weight;
        }
        self.of(choices)
    }

    /// True in so many cases of a hundred, and not for zero.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        u32::from(self.byte()) * 100 / 256 >= 100 - percent
    }
}
