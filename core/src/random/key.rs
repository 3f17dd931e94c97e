//! Keys: who asks for a random number, and for what.

use super::Uniform;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a random number decides. Each purpose has numbers of its own, so that a change of retry
/// policy draws no other duration and a change of duration no other jitter.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
#[repr(u8)]
pub enum Purpose {
    /// The sleep before a retry.
    Jitter,
    /// How long work takes.
    Work,
    /// How long a message takes.
    Latency,
    /// When something starts.
    Arrival,
    /// Who is served first among those of one instant.
    Order,
    /// Whether a service fails by itself.
    Fault,
    /// Where a window that nobody told us about begins.
    Phase,
    /// Which of its addresses a NAT gateway gives a connection.
    Address,
}

/// How many purposes there are.
const PURPOSES: usize = 8;

/// The identity of an entity: mixed from its parent's key and its place below the parent, down the
/// scenario's own path (workload name, workflow, job, image, call).
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct Key(u64);

impl Key {
    /// The key above all keys.
    pub const ROOT: Key = Key(0x243f_6a88_85a3_08d3);

    /// The key of the child with this name.
    pub fn named(self, name: &str) -> Key {
        let mut key = self.0;
        for byte in name.bytes() {
            key = mix(key ^ u64::from(byte));
        }
        Key(mix(key ^ (name.len() as u64) << 32))
    }

    /// The key of the `ordinal`-th child.
    #[inline]
    pub const fn child(self, ordinal: u64) -> Key {
        Key(mix(self.0
            ^ ordinal
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .wrapping_add(1)))
    }

    /// The key as a number.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The key with this number.
    #[inline]
    pub const fn from_bits(bits: u64) -> Key {
        Key(bits)
    }
}

/// A good 64-bit mixer: the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014, with
/// Stafford's variant 13 constants).
#[inline]
pub const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The random numbers of one run: a ChaCha8 key for each purpose.
#[derive(Clone, Debug)]
pub struct Keys {
    purposes: [u64; PURPOSES],
}

impl Keys {
    /// The numbers of run `run` under `seed`: stream `run` of ChaCha8.
    pub fn new(seed: u64, run: u64) -> Self {
        let mut chacha = ChaCha8Rng::seed_from_u64(seed);
        chacha.set_stream(run);
        let mut purposes = [0; PURPOSES];
        for key in &mut purposes {
            *key = chacha.next_u64();
        }
        Keys { purposes }
    }

    /// The `index`-th 64 bits that `entity` draws for `purpose`.
    #[inline]
    pub fn bits(&self, purpose: Purpose, entity: Key, index: u64) -> u64 {
        // Entity and purpose keys are already mixed; one more round separates their combinations.
        mix((self.purposes[purpose as usize] ^ entity.0)
            .wrapping_add(index.wrapping_mul(0xd134_2543_de82_ef95)))
    }

    /// The sequence of numbers that `entity` draws for `purpose`, from the `index`-th on.
    #[inline]
    pub fn sequence(&self, purpose: Purpose, entity: Key, index: u64) -> Sequence<'_> {
        Sequence {
            keys: self,
            purpose,
            entity,
            index,
        }
    }
}

/// Consecutive numbers of one entity and purpose.
#[derive(Debug)]
pub struct Sequence<'k> {
    keys: &'k Keys,
    purpose: Purpose,
    entity: Key,
    index: u64,
}

impl Uniform for Sequence<'_> {
    #[inline]
    fn bits(&mut self) -> u64 {
        let bits = self.keys.bits(self.purpose, self.entity, self.index);
        self.index += 1;
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_depend_on_seed_run_purpose_entity_and_index_and_on_nothing_else() {
        let entity = Key::ROOT.named("ci").child(3);
        let base = Keys::new(1, 0).bits(Purpose::Jitter, entity, 0);
        assert_eq!(base, Keys::new(1, 0).bits(Purpose::Jitter, entity, 0));
        assert_ne!(base, Keys::new(2, 0).bits(Purpose::Jitter, entity, 0));
        assert_ne!(base, Keys::new(1, 1).bits(Purpose::Jitter, entity, 0));
        assert_ne!(base, Keys::new(1, 0).bits(Purpose::Work, entity, 0));
        assert_ne!(
            base,
            Keys::new(1, 0).bits(Purpose::Jitter, entity.child(0), 0)
        );
        assert_ne!(base, Keys::new(1, 0).bits(Purpose::Jitter, entity, 1));
    }

    #[test]
    fn the_numbers_of_one_entity_look_uniform() {
        let keys = Keys::new(7, 0);
        let mut sequence = keys.sequence(Purpose::Jitter, Key::ROOT.named("x"), 0);
        let n = 100_000;
        let mean = (0..n).map(|_| sequence.unit()).sum::<f64>() / f64::from(n);
        // Standard error of the mean of a uniform: 1 / sqrt(12 n).
        assert!(
            (mean - 0.5).abs() < 4.0 * (1.0 / (12.0 * f64::from(n))).sqrt(),
            "{mean}"
        );
        let mut counts = [0u32; 16];
        for entity in 0..16_000u64 {
            let bits = keys.bits(Purpose::Order, Key::ROOT.child(entity), 0);
            counts[(bits >> 60) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (850..1150).contains(count)),
            "{counts:?}"
        );
    }
}
