//! Many first-in-first-out lists in one pool of memory lines.
//!
//! A slot of a wheel holds from none to a million entries. A vector per slot would keep the memory
//! of its busiest moment; here all slots share lines of fixed size, and a line that is empty serves
//! another slot.

/// Words of a line: three cache lines. Many items of a list lie side by side, which memory delivers
/// fast; a list of few touches the first cache line only, and because their number is odd, the first
/// ones of all lines spread over the whole cache.
const WORDS: usize = 48;

/// The word that links a line to the next one of its list.
const LINK: usize = 0;

/// Bits of a [`List`] that count the items of its last line.
const COUNT_BITS: u32 = 5;

/// What a list holds: something that is written as a few words.
pub(super) trait Item: Copy + 'static {
    /// Words of an item.
    const WORDS: usize;

    /// Items that fit in a line.
    const PER_LINE: u32 = {
        let items = ((WORDS - 1) / Self::WORDS) as u32;
        assert!(
            items > 0 && items < 1 << COUNT_BITS,
            "the items of a line can be counted"
        );
        items
    };

    /// Writes the item into `Self::WORDS` words.
    fn store(self, words: &mut [u32]);

    /// The item that was written.
    fn load(words: &[u32]) -> Self;
}

/// Items in the order in which they came. Its lines form a ring; the list knows the last one, which
/// links to the first.
#[derive(Copy, Clone, Eq, PartialEq, Default, Debug)]
pub(super) struct List(u32);

impl List {
    const EMPTY: List = List(0);

    fn new(last: u32, count: u32) -> Self {
        List(last << COUNT_BITS | count)
    }

    #[inline]
    fn last(self) -> u32 {
        self.0 >> COUNT_BITS
    }

    /// Items in the last line.
    #[inline]
    fn count(self) -> u32 {
        self.0 & ((1 << COUNT_BITS) - 1)
    }
}

#[derive(Copy, Clone, Debug)]
#[repr(align(64))]
struct Line([u32; WORDS]);

impl Line {
    #[inline]
    fn next(&self) -> u32 {
        self.0[LINK]
    }

    #[inline]
    fn item<I: Item>(&self, position: u32) -> I {
        let start = 1 + position as usize * I::WORDS;
        I::load(&self.0[start..start + I::WORDS])
    }

    #[inline]
    fn put<I: Item>(&mut self, position: u32, item: I) {
        let start = 1 + position as usize * I::WORDS;
        item.store(&mut self.0[start..start + I::WORDS]);
    }
}

/// The lines of all lists, and those that are free.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    /// Line 0 belongs to no list, so that a list of zeros is empty.
    lines: Vec<Line>,
    /// The first free line; free lines link to each other, the last one to line 0.
    free: u32,
}

/// The items of a list that is being taken apart.
#[derive(Debug)]
pub(super) struct Taken {
    next: u32,
    last: u32,
    last_count: u32,
}

impl Lines {
    /// A pool in which `items` items of size `I`, spread over `lists` lists, need no allocation.
    pub(super) fn with_capacity<I: Item>(items: usize, lists: usize) -> Self {
        let full = items / I::PER_LINE as usize;
        let mut lines = Vec::with_capacity(1 + full + items.min(lists));
        lines.push(Line([0; WORDS]));
        Lines { lines, free: 0 }
    }

    /// Adds an item at the end of a list.
    #[inline]
    pub(super) fn append<I: Item>(&mut self, list: &mut List, item: I) {
        let (mut last, mut count) = (list.last(), list.count());
        if last == 0 || count == I::PER_LINE {
            last = self.extend(last);
            count = 0;
        }
        self.lines[last as usize].put(count, item);
        *list = List::new(last, count + 1);
    }

    /// Puts an empty line behind line `last` of a ring, or begins a ring where `last` is 0.
    #[inline]
    fn extend(&mut self, last: u32) -> u32 {
        let line = self.allocate();
        let first = if last == 0 {
            line
        } else {
            std::mem::replace(&mut self.lines[last as usize].0[LINK], line)
        };
        self.lines[line as usize].0[LINK] = first;
        line
    }

    #[inline]
    fn allocate(&mut self) -> u32 {
        if self.free == 0 {
            let line = self.lines.len();
            assert!(line < 1 << (32 - COUNT_BITS), "too many pending entries");
            self.lines.push(Line([0; WORDS]));
            return line as u32;
        }
        let line = self.free;
        self.free = self.lines[line as usize].next();
        line
    }

    /// Empties a list; its items come out of [`Lines::next_line`].
    #[inline]
    pub(super) fn take(&self, list: &mut List) -> Taken {
        let (last, last_count) = (list.last(), list.count());
        *list = List::EMPTY;
        Taken {
            next: self.lines[last as usize].next(),
            last,
            last_count,
        }
    }

    /// The items of the next line of a list that was taken; the line itself is free from now on.
    #[inline]
    pub(super) fn next_line<I: Item>(&mut self, taken: &mut Taken) -> Option<Items<'_>> {
        let number = taken.next;
        if number == 0 {
            return None;
        }
        let is_last = number == taken.last;
        let line = &mut self.lines[number as usize];
        taken.next = if is_last { 0 } else { line.next() };
        line.0[LINK] = self.free;
        self.free = number;
        Some(Items {
            line,
            count: if is_last {
                taken.last_count
            } else {
                I::PER_LINE
            },
        })
    }

    /// Bytes of all lines.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.lines.len() * size_of::<Line>()
    }

    /// The items of a list, which stays as it is.
    pub(super) fn iter<I: Item>(&self, list: List) -> impl Iterator<Item = I> {
        let mut line = self.lines[list.last() as usize].next();
        let mut done = line == 0;
        std::iter::from_fn(move || {
            if done {
                return None;
            }
            let here = &self.lines[line as usize];
            done = line == list.last();
            line = here.next();
            Some((here, if done { list.count() } else { I::PER_LINE }))
        })
        .flat_map(|(line, count)| (0..count).map(|position| line.item(position)))
    }
}

/// The items of one line.
#[derive(Copy, Clone, Debug)]
pub(super) struct Items<'l> {
    line: &'l Line,
    count: u32,
}

impl<'l> Items<'l> {
    /// The items, in the order in which they came.
    #[inline]
    pub(super) fn iter<I: Item>(self) -> impl Iterator<Item = I> + 'l {
        let words = self.line.0[1..].chunks_exact(I::WORDS);
        words.take(self.count as usize).map(I::load)
    }

    /// The same items, out of reach of whoever uses the line next.
    pub(super) fn copied<I: Item>(self) -> impl Iterator<Item = I> + use<I> {
        let line = *self.line;
        (0..self.count).map(move |position| line.item(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Item for u64 {
        const WORDS: usize = 2;
        fn store(self, words: &mut [u32]) {
            words[0] = self as u32;
            words[1] = (self >> 32) as u32;
        }
        fn load(words: &[u32]) -> Self {
            u64::from(words[0]) | u64::from(words[1]) << 32
        }
    }

    fn drain(lines: &mut Lines, list: &mut List) -> Vec<u64> {
        let mut taken = lines.take(list);
        let mut items = Vec::new();
        while let Some(line) = lines.next_line::<u64>(&mut taken) {
            items.extend(line.iter::<u64>());
        }
        items
    }

    #[test]
    fn lists_keep_their_order_and_share_their_lines() {
        let mut lines = Lines::with_capacity::<u64>(0, 0);
        let (mut even, mut odd) = (List::default(), List::default());
        for i in 0..1_000u64 {
            lines.append(if i % 2 == 0 { &mut even } else { &mut odd }, i);
        }
        assert!(lines.iter::<u64>(odd).eq((0..500).map(|i| 2 * i + 1)));
        assert!(
            drain(&mut lines, &mut even)
                .into_iter()
                .eq((0..500).map(|i| 2 * i))
        );
        assert_eq!(lines.iter::<u64>(even).count(), 0);
        assert_eq!(drain(&mut lines, &mut even).len(), 0);

        let before = lines.lines.len();
        (0..500u64).for_each(|i| lines.append(&mut even, i));
        assert_eq!(lines.lines.len(), before, "free lines are used again");
        assert_eq!(drain(&mut lines, &mut odd).len(), 500);
        assert!(drain(&mut lines, &mut even).into_iter().eq(0..500));
    }
}
