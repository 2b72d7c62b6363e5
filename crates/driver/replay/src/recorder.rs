//! Who wrote each word of a heap last.
//!
//! Only the run that draws a fault records, so that finding faults costs nothing. A trace gives the
//! same stores each time it is run: one run numbers them, and another takes the
//! stack at the few whose numbers matter.

use crate::access::Place;
use crate::frame::Frame;
use crate::stack::frames_here;
use heaplab_arena::{Addr, WORD_BYTES};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

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

/// A load, with who wrote the word then: it may be written again before the call is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) at: Addr,
    pub(crate) size: u32,
    pub(crate) written: Option<Write>,
}

/// A copy or a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bulk {
    pub(crate) at: Addr,
    pub(crate) size: u32,
    pub(crate) write: Write,
}

/// Records stores.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    op: Cell<Option<usize>>,
    count: Cell<u64>,
    words: RefCell<BTreeMap<Addr, Write>>,
    /// What the running call read last, and how many bytes; the latest last.
    loads: RefCell<VecDeque<Load>>,
    /// The last copy or fill that had more bytes than the request of its call, and how many.
    overlong: Cell<Option<Bulk>>,
    /// The last copy or fill of the running call.
    bulk: Cell<Option<Bulk>>,
    /// The numbers of the stores whose stacks are wanted, and the stacks taken.
    stacks: RefCell<BTreeMap<u64, Vec<Frame>>>,
}

/// What was read longer ago has not led to where a call is now.
const MOST_LOADS: usize = 16;
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

    /// Notes that a call begins.
    pub(crate) fn begin_call(&self) {
        self.loads.borrow_mut().clear();
        self.bulk.set(None);
    }

    /// Notes a load.
    pub(crate) fn load(&self, addr: Addr, size: u32) {
        let written = self.last_write(addr);
        let mut loads = self.loads.borrow_mut();
        loads.truncate(MOST_LOADS - 1);
        loads.push_front(Load { at: addr, size, written });
    }

    /// Returns what the last call read, the latest first.
    pub(crate) fn loads(&self) -> Vec<Load> {
        self.loads.borrow().iter().copied().collect()
    }

    /// Notes a copy to, or a fill of, these bytes, by a call that asks for `request` bytes. It is
    /// the write that is noted last.
    pub(crate) fn bulk(&self, at: Addr, size: u32, request: Option<u32>, place: Place) {
        let write = Write { number: self.count.get() - 1, op: self.op.get(), place };
        let bulk = Some(Bulk { at, size, write });
        self.bulk.set(bulk);
        if request.is_some_and(|request| size > request) {
            self.overlong.set(bulk);
        }
    }

    /// Returns the last copy or fill of the last call.
    pub(crate) fn last_bulk(&self) -> Option<Bulk> {
        self.bulk.get()
    }

    /// Returns the last copy or fill that had more bytes than the request of its call.
    pub(crate) fn overlong(&self) -> Option<Bulk> {
        self.overlong.get()
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
