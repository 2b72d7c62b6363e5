//! The invariants that this design promises, and the walks that check them.

use crate::class::Class;
use crate::{Coalescing, Order, Segregated};
use heaplab_arena::{Addr, Probe};
use heaplab_heap::{
    Adjacency, Block, Layout, Listed, Prologue, Violation, check_free_blocks_are_listed,
};

impl<P: Probe> Segregated<P> {
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
            prologue: Prologue::Bytes(self.prologue_bytes()),
        }
    }

    /// Returns all lists, class by class, each from its head.
    pub(crate) fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
        self.classes().flat_map(|class| self.list(class))
    }

    fn classes(&self) -> impl Iterator<Item = Class> + use<P> {
        (0..self.policy.classes.count()).map(Class)
    }

    /// Returns the list of a class, cut off at the length that a sound list can have.
    fn list(&self, class: Class) -> impl Iterator<Item = Listed> + '_ {
        let head = self.head(class);
        let mut block = head;
        core::iter::from_fn(move || {
            block = self.next_free(block);
            (block != head).then_some(Listed { list: class.0, payload: block.payload() })
        })
        .take(self.layout().most_blocks(&self.arena))
    }

    /// Checks I1 to I7 by walking the blocks; I8 to I12 by walking the lists.
    pub(crate) fn check_heap(&self) -> Result<(), Violation> {
        self.layout().check(&self.arena)?;
        let mut classes = self.classes();
        classes.try_for_each(|class| self.check_links(class))?;
        check_free_blocks_are_listed(self)
    }

    /// Checks I9 to I12 for one list. A list whose links are mutual all the way back to
    /// its head has no other cycle.
    fn check_links(&self, class: Class) -> Result<(), Violation> {
        let (list, head) = (class.0, self.head(class));
        self.check_bit(class)?;
        let mut block = head;
        for _ in 0..=self.layout().most_blocks(&self.arena) {
            let next = self.next_free(block);
            if self.prev_free(next) != block {
                let (block, next): (Addr, Addr) = (block.payload(), next.payload());
                return Err(Violation::Link { list, block, next });
            }
            if next == head {
                return Ok(());
            }
            self.check_class(class, next)?;
            self.check_order(class, block, next)?;
            block = next;
        }
        Err(Violation::ListedTwice { block: block.payload() })
    }

    /// Checks I10: the block is on the list of its class.
    fn check_class(&self, list: Class, block: Block) -> Result<(), Violation> {
        let class = self.class_of(block.header(&self.arena).size());
        if class != list {
            let (list, class) = (list.0, class.0);
            return Err(Violation::WrongClass { list, block: block.payload(), class });
        }
        Ok(())
    }

    /// Checks I11: the bitmap says whether the list has blocks.
    fn check_bit(&self, class: Class) -> Result<(), Violation> {
        let (head, says) = (self.head(class), self.bit(class));
        if says != (self.next_free(head) != head) {
            let list = class.0;
            return Err(Violation::Bitmap { list, says });
        }
        Ok(())
    }

    /// Checks I12: rising addresses, if that is the policy. The prologue, which
    /// holds the heads, is below every block.
    fn check_order(&self, class: Class, block: Block, next: Block) -> Result<(), Violation> {
        if self.policy.order == Order::Address && next <= block {
            return Err(Violation::Order { list: class.0, block: next.payload() });
        }
        Ok(())
    }
}
