//! The digest: 128 bits that are the same wherever the same thing happened.
//!
//! It covers, as little-endian words: for each entity in the plan's order its final state (1 byte
//! widened to 8), attempts, start and finish in nanoseconds (2^64 - 1 where there is none); then for
//! each limiter and key their indices, admitted and throttled attempts. Series, labels and metrics
//! are no part of it, so a new metric moves nothing.
//!
//! Two 64-bit lanes take each word in turn by xor, multiplication with an odd constant and rotation
//! (the constants are the fractions of pi and e); both end in the SplitMix64 finaliser. It guards
//! against accidents, not against forgers.

use crate::random::mix;
use crate::units::Time;
use std::fmt;

/// A digest, written `p1:` and 32 hexadecimal digits.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub struct Digest(u64, u64);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p1:{:016x}{:016x}", self.0, self.1)
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        let digits = text.strip_prefix("p1:").filter(|digits| digits.len() == 32);
        let half = |range: std::ops::Range<usize>| {
            let half = digits.and_then(|digits| digits.get(range))?;
            u64::from_str_radix(half, 16).ok()
        };
        match (half(0..16), half(16..32)) {
            (Some(a), Some(b)) => Ok(Digest(a, b)),
            _ => Err(serde::de::Error::custom("not a digest")),
        }
    }
}

/// Writes the words of a digest.
#[derive(Debug)]
pub struct DigestWriter {
    a: u64,
    b: u64,
    words: u64,
}

impl Default for DigestWriter {
    fn default() -> Self {
        DigestWriter::new()
    }
}

impl DigestWriter {
    /// A digest of nothing yet.
    pub fn new() -> Self {
        DigestWriter {
            a: 0x243f_6a88_85a3_08d3,
            b: 0xb7e1_5162_8aed_2a6b,
            words: 0,
        }
    }

    /// Adds one word.
    pub fn word(&mut self, word: u64) {
        self.a = (self.a ^ word)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29);
        self.b = (self.b.rotate_left(23) ^ word).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        self.words += 1;
    }

    /// Adds an entity.
    pub fn entity(&mut self, state: u8, attempts: u32, start: Time, finish: Time) {
        self.word(u64::from(state));
        self.word(u64::from(attempts));
        self.word(start.as_nanos());
        self.word(finish.as_nanos());
    }

    /// Adds a key of a limiter.
    pub fn limiter(&mut self, limiter: u32, key: u32, admitted: u64, throttled: u64) {
        self.word(u64::from(limiter));
        self.word(u64::from(key));
        self.word(admitted);
        self.word(throttled);
    }

    /// Adds the digest of a part (a run among many).
    pub fn digest(&mut self, part: Digest) {
        self.word(part.0);
        self.word(part.1);
    }

    /// The digest of all words.
    pub fn finish(self) -> Digest {
        Digest(mix(self.a ^ self.words), mix(self.b ^ mix(self.a)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_depends_on_each_word_and_on_their_order() {
        let digest = |words: &[u64]| {
            let mut writer = DigestWriter::new();
            words.iter().for_each(|word| writer.word(*word));
            writer.finish()
        };
        assert_eq!(digest(&[1, 2, 3]), digest(&[1, 2, 3]));
        let others = [
            digest(&[2, 1, 3]),
            digest(&[1, 2]),
            digest(&[1, 2, 3, 0]),
            digest(&[1, 2, 4]),
        ];
        assert!(others.iter().all(|other| *other != digest(&[1, 2, 3])));
    }

    #[test]
    fn the_digest_of_known_words_never_changes() {
        let mut writer = DigestWriter::new();
        writer.entity(3, 2, Time::from_nanos(5), Time::from_nanos(7));
        writer.limiter(0, 0, 200, 184);
        assert_eq!(
            writer.finish().to_string(),
            "p1:013a6868d7c336288d078020f3e91bed"
        );
    }
}
