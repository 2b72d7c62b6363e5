//! The invariants that this design promises, and the walks that check them.

use crate::class::{CLASSES, Class, QUICK_LISTS};
use crate::{MINIMUM_BLOCK_BYTES, Quick};
use heaplab_arena::Probe;
use heaplab_heap::{
    Adjacency, Block, Layout, Listed, Prologue, Violation, check_free_blocks_are_listed,
};

/// The number of the first quick list. Lists are numbered: classes, top, quick lists.
const FIRST_QUICK_LIST: u32 = CLASSES + 1;

impl<P: Probe> Quick<P> {
    /// Returns the layout of the blocks.
    pub(crate) fn layout(&self) -> Layout {
        Layout {
            first: self.first_block(),
            align: self.align,
            minimum_block_bytes: MINIMUM_BLOCK_BYTES,
            footers: self.policy.footers,
            adjacency: Adjacency::Coalesced,
            prologue: Prologue::None,
        }
    }

    /// Returns all lists, class by class, each from its head; then the top block
    /// as if it were a list of its own; then the quick lists.
    pub(crate) fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
        let top = Listed { list: CLASSES, payload: self.top.payload() };
        (0..CLASSES)
            .flat_map(|class| self.list(Class(class)))
            .chain((self.top_bytes() > 0).then_some(top))
            .chain((0..QUICK_LISTS).flat_map(|units| self.quick_list(units)))
    }

    /// Returns the quick list of blocks of `units` units, cut off like `list`.
    fn quick_list(&self, units: u32) -> impl Iterator<Item = Listed> + '_ {
        let mut link = self.quick_head(units * self.align.bytes());
        core::iter::from_fn(move || {
            link = self.arena.load_addr(link);
            (!link.is_null()).then_some(Listed { list: FIRST_QUICK_LIST + units, payload: link })
        })
        .take(self.layout().most_blocks(&self.arena))
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

    /// Checks I1 to I7 by walking the blocks; I8 to I11 by walking the lists; I13: the
    /// top is the block that ends the heap; I14: the quick blocks are counted.
    pub(crate) fn check_heap(&self) -> Result<(), Violation> {
        let layout = self.layout();
        layout.check(&self.arena)?;
        if self.top_bytes() > 0 {
            layout.check_remembered(&self.arena, "top", self.top)?;
        }
        (0..CLASSES).try_for_each(|class| self.check_list(Class(class)))?;
        check_free_blocks_are_listed(self)?;
        self.check_quick_lists()
    }

    /// Checks I10 and I14 for the quick lists. I8 checks that they hold quick blocks once.
    fn check_quick_lists(&self) -> Result<(), Violation> {
        let mut found = 0;
        for entry in (0..QUICK_LISTS).flat_map(|units| self.quick_list(units)) {
            let (list, block) = (entry.list, entry.payload);
            let tag = Block::at(block).header(&self.arena);
            let class = FIRST_QUICK_LIST + tag.size() / self.align.bytes();
            if class != list {
                return Err(Violation::WrongClass { list, block, class });
            }
            if !tag.is_quick() {
                return Err(Violation::NotAFreeBlock { list, block });
            }
            found += 1;
        }
        let remembered = self.quick_blocks;
        if remembered == found {
            Ok(())
        } else {
            Err(Violation::Count { what: "quick blocks", remembered, found })
        }
    }

    /// Checks I9, I10 and I11 for one list.
    fn check_list(&self, class: Class) -> Result<(), Violation> {
        let list = class.0;
        let head = self.head(class);
        if self.bit(class) != (self.next_free(head) != head) {
            return Err(Violation::Bitmap { list, says: self.bit(class) });
        }
        let mut block = head;
        for _ in 0..=self.layout().most_blocks(&self.arena) {
            let next = self.next_free(block);
            if self.prev_free(next) != block {
                let (block, next) = (block.payload(), next.payload());
                return Err(Violation::Link { list, block, next });
            }
            if next == head {
                return Ok(());
            }
            self.check_class(class, next)?;
            block = next;
        }
        Err(Violation::ListedTwice { block: block.payload() })
    }

    /// Checks I10: the block is on the list of its class.
    fn check_class(&self, list: Class, block: Block) -> Result<(), Violation> {
        let class = Class::of(block.header(&self.arena).size(), self.align);
        if class != list {
            let (list, class) = (list.0, class.0);
            return Err(Violation::WrongClass { list, block: block.payload(), class });
        }
        Ok(())
    }
}
