//! Deterministic pseudo-random numbers: everything in the simulated account is
//! derived from these functions, so that the same settings give the same data
//! on every machine.

/// Scrambles one number into another; a bijection with good avalanche (the
/// finaliser of SplitMix64).
pub(crate) const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One number from several; the order of the parts matters.
pub(crate) fn join(seed: u64, parts: &[u64]) -> u64 {
    parts
        .iter()
        .fold(mix(seed), |state, part| mix(state ^ mix(*part)))
}

/// One number from a text.
pub(crate) fn text(seed: u64, text: &str) -> u64 {
    let fnv = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    join(seed, &[fnv, text.len() as u64])
}

/// A stream of pseudo-random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The stream that belongs to `seed`.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number of the stream.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number in `0..bound`; 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// True in `permille` of a thousand cases.
    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// One element of a list that is not empty.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len() as u64) as usize]
    }
}

/// `length` lower-case hex digits derived from `seed`.
pub(crate) fn hex(seed: u64, length: usize) -> String {
    let mut rng = Rng::new(seed);
    let mut out = String::with_capacity(length + 16);
    while out.len() < length {
        out.push_str(&format!("{:016x}", rng.next()));
    }
    out.truncate(length);
    out
}

/// `length` characters of the URL-safe base64 alphabet derived from `seed`.
pub(crate) fn word(seed: u64, length: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut rng = Rng::new(seed);
    (0..length)
        .map(|_| char::from(ALPHABET[rng.below(64) as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{hex, join, text};

    #[test]
    fn the_order_of_parts_matters() {
        assert_ne!(join(7, &[1, 2]), join(7, &[2, 1]));
        assert_ne!(text(7, "a"), text(8, "a"));
    }

    #[test]
    fn hex_has_the_length_asked_for() {
        assert_eq!(hex(7, 33).len(), 33);
        assert!(hex(7, 64).bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
