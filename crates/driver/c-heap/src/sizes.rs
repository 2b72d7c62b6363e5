//! How many bytes the program asked for, of each block that it holds: C code does not say what can
//! be used beyond that.
//!
//! In a timed run there are no questions, and only the last block is noted. The first question is
//! about it; from then on all blocks are noted.

use heaplab_arena::Addr;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Spreads addresses, which are multiples of 8, over a table.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u32(byte.into()));
    }

    fn write_u32(&mut self, number: u32) {
        // Odd, and with its bits well spread (2⁶⁴ divided by the golden ratio).
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let product = (self.0 ^ u64::from(number)).wrapping_mul(ODD);
        self.0 = product ^ product >> 32;
    }
}

type BySpread = HashMap<Addr, u32, BuildHasherDefault<Spread>>;

/// The requested bytes of blocks.
#[derive(Default)]
pub(crate) struct Sizes {
    last: (Addr, u32),
    is_asked: Cell<bool>,
    all: RefCell<BySpread>,
}

impl Sizes {
    /// Notes a block that the program got.
    #[inline]
    pub(crate) fn hold(&mut self, payload: Addr, size: u32) {
        self.last = (payload, size);
        if self.is_asked.get() {
            self.note(payload, Some(size));
        }
    }

    /// Notes that the program holds a block no more.
    #[inline]
    pub(crate) fn let_go(&mut self, payload: Addr) {
        if self.is_asked.get() {
            self.note(payload, None);
        }
    }

    /// Never a part of the timed loop.
    #[inline(never)]
    fn note(&mut self, payload: Addr, size: Option<u32>) {
        let all = self.all.get_mut();
        match size {
            Some(size) => all.insert(payload, size),
            None => all.remove(&payload),
        };
    }

    /// Returns the requested bytes of a block; none if it is not known to be one.
    pub(crate) fn of(&self, payload: Addr) -> Option<u32> {
        let mut all = self.all.borrow_mut();
        if !self.is_asked.replace(true) {
            all.extend([self.last]);
        }
        all.get(&payload).copied().filter(|_| !payload.is_null())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_question_is_about_the_last_block_and_then_all_are_known() {
        let mut sizes = Sizes::default();
        let at = Addr::new;
        sizes.hold(at(16), 10);
        sizes.hold(at(32), 20);
        assert_eq!(
            (sizes.of(at(32)), sizes.of(at(16)), sizes.of(Addr::NULL)),
            (Some(20), None, None)
        );
        sizes.hold(at(64), 30);
        assert_eq!((sizes.of(at(32)), sizes.of(at(64))), (Some(20), Some(30)));
        sizes.let_go(at(32));
        assert_eq!((sizes.of(at(32)), sizes.of(at(64))), (None, Some(30)));
    }
}
