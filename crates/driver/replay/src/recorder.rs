//! Who wrote each word of a heap last.
//!
//! Only the run that draws a fault records, so that finding faults costs nothing. A trace gives the
//! same stores each time it is run: one run numbers them, and another takes the
//! stack at the few whose numbers matter.

use crate::access::Place;
use crate::stack::{Frame, frames_here};
use heaplab_arena::{Addr, WORD_BYTES};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// A store, or a larger write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    /// Its number, from 0.
    pub(crate) number: u64,
    /// The operation that made it, from 0; none if the empty heap was set up.
    pub(crate) op: Option<usize>,
    /// The allocator's line.
    pub(crate) place: Place,
}

/// Records stores.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    op: Cell<Option<usize>>,
    count: Cell<u64>,
    words: RefCell<BTreeMap<Addr, Write>>,
    /// The numbers of the stores whose stacks are wanted, and the stacks taken.
    stacks: RefCell<BTreeMap<u64, Vec<Frame>>>,
}

/// Larger writes are to payloads.
const MOST_BYTES: u32 = 1 << 16;
/// Ranges are not recorded when this many words are: tags and links matter more than copies.
const MOST_WORDS: usize = 1 << 21;

impl Recorder {
    /// Returns a recorder that also takes the stacks at the stores with these numbers.
    pub(crate) fn at(numbers: impl Iterator<Item = u64>) -> Recorder {
        let stacks = numbers.map(|number| (number, Vec::new())).collect();
        Recorder { stacks: RefCell::new(stacks), ..Recorder::default() }
    }

    /// Notes which operation runs now.
    pub(crate) fn begin_op(&self, index: usize) {
        self.op.set(Some(index));
    }

    /// Notes a write.
    pub(crate) fn write(&self, addr: Addr, size: u32, place: Place) {
        let number = self.count.get();
        self.count.set(number + 1);
        if let Some(stack) = self.stacks.borrow_mut().get_mut(&number) {
            *stack = frames_here();
        }
        let mut recorded = self.words.borrow_mut();
        let has_room = size <= MOST_BYTES && recorded.len() <= MOST_WORDS;
        if size == WORD_BYTES || has_room {
            let write = Write { number, op: self.op.get(), place };
            let words = (0..size.div_ceil(WORD_BYTES)).map(|word| addr + word * WORD_BYTES);
            recorded.extend(words.map(|word| (word, write)));
        }
    }

    /// Notes that the memory from `brk` on was given back.
    pub(crate) fn give_back(&self, brk: Addr) {
        self.words.borrow_mut().split_off(&brk);
    }

    /// Returns the last write of the word at `addr`.
    pub(crate) fn last_write(&self, addr: Addr) -> Option<Write> {
        self.words.borrow().get(&addr).copied()
    }

    /// Returns the words that were written, by rising address.
    pub(crate) fn written(&self) -> Vec<Addr> {
        self.words.borrow().keys().copied().collect()
    }

    /// Returns the stack at the store with this number.
    pub(crate) fn stack(&self, number: u64) -> Vec<Frame> {
        self.stacks.borrow().get(&number).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_write_of_a_word_is_remembered() {
        let recorder = Recorder::default();
        let (start, place) = (Addr::new(0x1_0000), Place { file: "lib.rs", line: 3 });
        recorder.write(start, 4, place);
        recorder.begin_op(7);
        recorder.write(start + 4, 9, place);
        let of = |offset| recorder.last_write(start + offset).map(|write| (write.number, write.op));
        assert_eq!(
            [of(0), of(4), of(12), of(16)],
            [Some((0, None)), Some((1, Some(7))), Some((1, Some(7))), None]
        );
        recorder.give_back(start + 8);
        assert_eq!(recorder.written(), [start, start + 4]);
    }
}
