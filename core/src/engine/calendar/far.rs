//! The far wheels: everything later than the next block.
//!
//! A block number is five digits of six bits. An entry waits on the level of the highest digit in
//! which its block differs from the block reached, in the slot of that digit. When the calendar
//! reaches the slot, its entries move to lower levels or into the near wheel, in the order in which
//! they came. All entries of one block therefore wait in one list at any time, and those of equal
//! times keep their order.

use super::Entry;
use super::lines::{Item, Lines, List};
use super::near::{block_of, slot_of};
use crate::units::Time;

const DIGIT_BITS: u32 = 6;
const DIGITS: usize = 1 << DIGIT_BITS;
/// Enough for all blocks of 64 bits of nanoseconds.
const LEVELS: usize = (u64::BITS - super::near::BLOCK_BITS).div_ceil(DIGIT_BITS) as usize;

impl Item for Entry {
    const WORDS: usize = 4;

    #[inline(always)]
    fn store(self, words: &mut [u32]) {
        let nanos = self.time.as_nanos();
        let [low, high] = [nanos as u32, (nanos >> 32) as u32];
        // As an array: a slice would be copied by a call.
        let words = words.first_chunk_mut().expect("a place has its words");
        *words = [low, high, self.activity, self.generation];
    }

    #[inline]
    fn load(words: &[u32]) -> Self {
        let nanos = u64::from(words[0]) | u64::from(words[1]) << 32;
        Entry {
            time: Time::from_nanos(nanos),
            activity: words[2],
            generation: words[3],
        }
    }
}

/// Wheels of wheels of blocks.
#[derive(Clone, Debug)]
pub(super) struct FarWheels {
    slots: [[List; DIGITS]; LEVELS],
    occupied: [u64; LEVELS],
    /// The block reached: all entries lie in later ones.
    reached: u64,
}

impl FarWheels {
    /// Empty wheels for blocks after `reached`.
    pub(super) fn new(reached: u64) -> Self {
        let slots = [[List::default(); DIGITS]; LEVELS];
        FarWheels {
            slots,
            occupied: [0; LEVELS],
            reached,
        }
    }

    /// The block reached: entries of later ones belong here.
    #[inline]
    pub(super) fn reached(&self) -> u64 {
        self.reached
    }

    /// Adds an entry of a block later than the one reached.
    #[inline(never)]
    pub(super) fn push(&mut self, lines: &mut Lines, entry: Entry) {
        let block = block_of(slot_of(entry.time));
        debug_assert!(
            block > self.reached,
            "the entry belongs into the near wheel"
        );
        let level = (block ^ self.reached).ilog2() / DIGIT_BITS;
        let digit = digit_of(block, level as usize);
        lines.append(&mut self.slots[level as usize][digit], entry);
        self.occupied[level as usize] |= 1 << digit;
    }

    /// A block that is not later than any entry: the first block of the first occupied slot.
    pub(super) fn next_block(&self) -> Option<u64> {
        let level = self.occupied.iter().position(|digits| *digits != 0)?;
        let digit = u64::from(self.occupied[level].trailing_zeros());
        let shift = level as u32 * DIGIT_BITS;
        Some((self.reached >> shift >> DIGIT_BITS << DIGIT_BITS | digit) << shift)
    }

    /// Moves on to `block`, which no entry lies before, and hands over the entries that lie in it.
    pub(super) fn advance(
        &mut self,
        lines: &mut Lines,
        block: u64,
        mut hand_over: impl FnMut(&mut Lines, Entry),
    ) {
        let changed = block ^ self.reached;
        self.reached = block;
        for level in (0..LEVELS).rev() {
            let digit = digit_of(block, level);
            let is_entered = changed >> (level as u32 * DIGIT_BITS) != 0;
            if !is_entered || self.occupied[level] & 1 << digit == 0 {
                continue;
            }
            self.occupied[level] &= !(1 << digit);
            let mut taken = lines.take(&mut self.slots[level][digit]);
            while let Some(items) = lines.next_line::<Entry>(&mut taken) {
                for entry in items.copied::<Entry>() {
                    if block_of(slot_of(entry.time)) == block {
                        hand_over(lines, entry);
                    } else {
                        self.push(lines, entry);
                    }
                }
            }
        }
    }

    /// The time of the earliest entry.
    pub(super) fn earliest(&self, lines: &Lines) -> Option<Time> {
        let level = self.occupied.iter().position(|digits| *digits != 0)?;
        let list = self.slots[level][self.occupied[level].trailing_zeros() as usize];
        lines.iter::<Entry>(list).map(|entry| entry.time).min()
    }
}

/// The digit of a block on a level.
#[inline]
fn digit_of(block: u64, level: usize) -> usize {
    (block >> (level as u32 * DIGIT_BITS)) as usize % DIGITS
}
