//! The invariants that this design promises, and the walks that check them.

use crate::{Coalescing, Explicit, Order, PROLOGUE_BYTES};
use heaplab_arena::{Addr, Probe};
use heaplab_heap::{
    Adjacency, Block, Layout, Listed, Prologue, Violation, check_free_blocks_are_listed,
};

/// The number of the only list.
const LIST: u32 = 0;

impl<P: Probe> Explicit<P> {
    /// Returns the layout of the blocks.
    pub(crate) fn layout(&self) -> Layout {
        Layout {
            first: self.first_block(),
            align: self.align,
            minimum_block_bytes: self.minimum_block_bytes(),
            footers: self.policy.footers,
            adjacency: match self.policy.coalescing {
                Coalescing::Immediate => Adjacency::Coalesced,
                Coalescing::Deferred => Adjacency::Allowed,
            },
            prologue: Prologue::Bytes(PROLOGUE_BYTES),
        }
    }

    /// Returns the list from its head, cut off at the length that a sound list can have.
    pub(crate) fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
        let head = self.head();
        let mut block = head;
        core::iter::from_fn(move || {
            block = self.next_free(block);
            (block != head).then_some(Listed { list: LIST, payload: block.payload() })
        })
        .take(self.layout().most_blocks(&self.arena))
    }

    /// Checks I1 to I7 by walking the blocks; I8, I9 and I12 by walking the list.
    pub(crate) fn check_heap(&self) -> Result<(), Violation> {
        self.layout().check(&self.arena)?;
        self.check_links()?;
        check_free_blocks_are_listed(self)
    }

    /// Checks I9 and I12. A list whose links are mutual all the way back to its head
    /// has no other cycle.
    fn check_links(&self) -> Result<(), Violation> {
        let mut block = self.head();
        for _ in 0..=self.layout().most_blocks(&self.arena) {
            let next = self.next_free(block);
            if self.prev_free(next) != block {
                let (block, next): (Addr, Addr) = (block.payload(), next.payload());
                return Err(Violation::Link { list: LIST, block, next });
            }
            if next == self.head() {
                return Ok(());
            }
            self.check_order(block, next)?;
            block = next;
        }
        Err(Violation::ListedTwice { block: block.payload() })
    }

    /// Checks I12: rising addresses, if that is the policy. The prologue, which
    /// heads the list, is below every block.
    fn check_order(&self, block: Block, next: Block) -> Result<(), Violation> {
        if self.policy.order == Order::Address && next <= block {
            return Err(Violation::Order { list: LIST, block: next.payload() });
        }
        Ok(())
    }
}
