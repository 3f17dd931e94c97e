//! The near wheel: the slots of two blocks, the one that is running and the one after it.

use super::Entry;
use super::lines::{Item, Lines, List};
use crate::units::Time;

/// A slot is 2^20 ns, about a millisecond.
const SLOT_BITS: u32 = 20;
/// A block is 2^14 slots, about 17 seconds.
const BLOCK_SLOT_BITS: u32 = 14;
/// Nanoseconds of a block, as a power of two.
pub(super) const BLOCK_BITS: u32 = SLOT_BITS + BLOCK_SLOT_BITS;
/// Slots of the ring: two blocks.
pub(super) const SLOTS: usize = 2 << BLOCK_SLOT_BITS;

/// The number of the slot in which `time` lies, counted from time 0.
#[inline]
pub(super) fn slot_of(time: Time) -> u64 {
    time.as_nanos() >> SLOT_BITS
}

/// The number of the block in which `slot` lies.
#[inline]
pub(super) fn block_of(slot: u64) -> u64 {
    slot >> BLOCK_SLOT_BITS
}

/// The first slot of a block.
#[inline]
pub(super) fn first_slot(block: u64) -> u64 {
    block << BLOCK_SLOT_BITS
}

/// An entry without the part of its time that its slot knows.
#[derive(Copy, Clone, Debug)]
pub(super) struct Near {
    /// Nanoseconds since the slot began.
    offset: u32,
    activity: u32,
    generation: u32,
}

impl Near {
    /// The entry, given the slot it was in.
    #[inline]
    pub(super) fn entry(self, slot: u64) -> Entry {
        let time = Time::from_nanos(slot << SLOT_BITS | u64::from(self.offset));
        Entry {
            time,
            activity: self.activity,
            generation: self.generation,
        }
    }
}

impl From<Entry> for Near {
    #[inline]
    fn from(entry: Entry) -> Self {
        let offset = entry.time.as_nanos() as u32 & ((1 << SLOT_BITS) - 1);
        Near {
            offset,
            activity: entry.activity,
            generation: entry.generation,
        }
    }
}

impl Item for Near {
    const WORDS: usize = 3;

    #[inline(always)]
    fn store(self, words: &mut [u32]) {
        // As an array: a slice would be copied by a call.
        let words = words.first_chunk_mut().expect("a place has its words");
        *words = [self.offset, self.activity, self.generation];
    }

    #[inline]
    fn load(words: &[u32]) -> Self {
        Near {
            offset: words[0],
            activity: words[1],
            generation: words[2],
        }
    }
}

/// A ring of slots and which of them are occupied.
#[derive(Clone, Debug)]
pub(super) struct NearWheel {
    slots: Vec<List>,
    occupied: Vec<u64>,
    /// Which words of `occupied` are not zero.
    occupied_words: [u64; SLOTS / 64 / 64],
}

impl NearWheel {
    pub(super) fn new() -> Self {
        NearWheel {
            slots: vec![List::default(); SLOTS],
            occupied: vec![0; SLOTS / 64],
            occupied_words: [0; SLOTS / 64 / 64],
        }
    }

    /// Puts an entry into its slot.
    #[inline]
    pub(super) fn push(&mut self, lines: &mut Lines, entry: Entry) {
        let index = slot_of(entry.time) as usize % SLOTS;
        lines.append(&mut self.slots[index], Near::from(entry));
        let word = &mut self.occupied[index / 64];
        if *word == 0 {
            self.occupied_words[index / 64 / 64] |= 1 << (index / 64 % 64);
        }
        *word |= 1 << (index % 64);
    }

    /// The first occupied slot, where none before `slot` is occupied.
    #[inline]
    pub(super) fn first_occupied(&self, slot: u64) -> Option<u64> {
        let start = slot as usize % SLOTS;
        let index = self.first_from(start).or_else(|| self.first_from(0))?;
        Some(slot + (index.wrapping_sub(start) % SLOTS) as u64)
    }

    /// The first occupied index from `start` to the end of the ring.
    #[inline]
    fn first_from(&self, start: usize) -> Option<usize> {
        let word = start / 64;
        let rest = self.occupied[word] & (u64::MAX << (start % 64));
        if rest != 0 {
            return Some(word * 64 + rest.trailing_zeros() as usize);
        }
        let word = self.first_word_from(word + 1)?;
        Some(word * 64 + self.occupied[word].trailing_zeros() as usize)
    }

    /// The first word of `occupied` from `start` on that is not zero.
    #[inline]
    fn first_word_from(&self, start: usize) -> Option<usize> {
        let mut mask = u64::MAX << (start % 64);
        for group in start / 64..self.occupied_words.len() {
            let words = self.occupied_words[group] & mask;
            if words != 0 {
                return Some(group * 64 + words.trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }

    /// Empties a slot and returns what was in it.
    #[inline]
    pub(super) fn take(&mut self, slot: u64) -> List {
        let index = slot as usize % SLOTS;
        let word = &mut self.occupied[index / 64];
        *word &= !(1 << (index % 64));
        if *word == 0 {
            self.occupied_words[index / 64 / 64] &= !(1 << (index / 64 % 64));
        }
        std::mem::take(&mut self.slots[index])
    }

    /// The time of the earliest entry in an occupied slot.
    pub(super) fn earliest_in(&self, lines: &Lines, slot: u64) -> Option<Time> {
        lines
            .iter::<Near>(self.slots[slot as usize % SLOTS])
            .map(|near| near.entry(slot).time)
            .min()
    }
}
