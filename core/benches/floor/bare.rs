//! The simplest timing wheel that can run a storm: a vector per slot, sorted when its time comes.

use super::Queue;

/// A slot is 2^20 ns.
const SLOT_BITS: u32 = 20;
/// 34 s ahead: no sleep of a storm is longer.
const SLOTS: usize = 1 << 15;

/// A wheel for sleeps shorter than 34 s.
pub struct BareWheel {
    slots: Vec<Vec<(u64, u32)>>,
    /// One bit per slot, so that empty ones are skipped 64 at a time.
    occupied: Vec<u64>,
    /// The slot that is running, sorted, the next entry last.
    running: Vec<(u64, u32)>,
    slot: u64,
    len: usize,
}

impl Queue for BareWheel {
    fn with_capacity(_clients: usize) -> Self {
        BareWheel {
            slots: vec![Vec::new(); SLOTS],
            occupied: vec![0; SLOTS / 64],
            running: Vec::new(),
            slot: 0,
            len: 0,
        }
    }

    #[inline]
    fn push(&mut self, nanos: u64, client: u32) {
        self.len += 1;
        let slot = nanos >> SLOT_BITS;
        if slot == self.slot {
            let place = self.running.partition_point(|(time, _)| *time > nanos);
            self.running.insert(place, (nanos, client));
        } else {
            let index = slot as usize % SLOTS;
            self.slots[index].push((nanos, client));
            self.occupied[index / 64] |= 1 << (index % 64);
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<(u64, u32)> {
        if self.len == 0 {
            return None;
        }
        self.len -= 1;
        if self.running.is_empty() {
            self.take_next_slot();
        }
        self.running.pop()
    }
}

impl BareWheel {
    fn take_next_slot(&mut self) {
        let start = self.slot as usize % SLOTS;
        let mut word = start / 64;
        let mut bits = self.occupied[word] & (u64::MAX << (start % 64));
        while bits == 0 {
            word = (word + 1) % self.occupied.len();
            bits = self.occupied[word];
        }
        let index = word * 64 + bits.trailing_zeros() as usize;
        self.occupied[word] &= !(1 << (index % 64));
        self.slot += (index.wrapping_sub(start) % SLOTS) as u64;
        std::mem::swap(&mut self.running, &mut self.slots[index]);
        self.running
            .sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    }
}
