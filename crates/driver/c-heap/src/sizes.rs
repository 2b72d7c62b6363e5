//! How many bytes the program asked for, of each block that it holds: C code does not say what can
//! be used beyond that.
//!
//! In a timed run there are no questions, and only the last block is noted. The first question is
//! about it; from then on all blocks are noted.

use heaplab_arena::Addr;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The requested bytes of blocks.
#[derive(Default)]
pub(crate) struct Sizes {
    last: (Addr, u32),
    all: RefCell<Option<BTreeMap<Addr, u32>>>,
}

impl Sizes {
    /// Notes a block that the program got.
    #[inline]
    pub(crate) fn hold(&mut self, payload: Addr, size: u32) {
        self.last = (payload, size);
        if let Some(all) = self.all.get_mut() {
            all.insert(payload, size);
        }
    }

    /// Notes that the program holds a block no more.
    #[inline]
    pub(crate) fn let_go(&mut self, payload: Addr) {
        if self.last.0 == payload {
            self.last = (Addr::NULL, 0);
        }
        if let Some(all) = self.all.get_mut() {
            all.remove(&payload);
        }
    }

    /// Returns the requested bytes of a block; none if it is not known to be one.
    pub(crate) fn of(&self, payload: Addr) -> Option<u32> {
        let mut all = self.all.borrow_mut();
        let all = all.get_or_insert_with(|| BTreeMap::from([self.last]));
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
