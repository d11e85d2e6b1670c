//! Bytes from a seed, for the dice.

/// Bytes that depend on seed and number alone, by [SplitMix64](https://prng.di.unimi.it/splitmix64.c).
pub(super) fn bytes(seed: u64, number: u64) -> Vec<u8> {
    const WORDS: usize = 256;
    let mut state = mix(seed).wrapping_add(number);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(state)
    };
    (0..WORDS).flat_map(|_| next().to_le_bytes()).collect()
}

const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
