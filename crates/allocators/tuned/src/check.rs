//! The invariants that this design promises, and the walks that check them.

use crate::class::{Class, Spacing};
use crate::lists::UP;
use crate::map::CELL_BYTES;
use crate::population::MOST_COUNTED;
use crate::quick::MOST_QUICK_SLOTS;
use crate::slab::{self, Slab};
use crate::tables::slot_classes;
use crate::{MINIMUM_BLOCK_BYTES, Tuned};
use core::iter;
use core::ops::RangeInclusive;
use heaplab_arena::{Addr, Probe};
use heaplab_heap::{
    Adjacency, Align, Block, BlockView, Footers, Layout, Listed, Prologue, Violation,
    check_free_blocks_are_listed,
};

/// Lists are numbered: those of free blocks, the top, the slabs of a class, its quick list.
const TOP: u32 = Spacing::FINE.classes();
const FIRST_CLASS: u32 = TOP + 1;
const FIRST_QUICK_LIST: u32 = FIRST_CLASS + slot_classes(Align::Eight) + 1;

impl<P: Probe> Tuned<P> {
    /// Returns the layout of the blocks with headers.
    pub(crate) fn layout(&self) -> Layout {
        Layout {
            first: self.first_block(),
            align: self.align,
            minimum_block_bytes: MINIMUM_BLOCK_BYTES,
            footers: Footers::Elided,
            adjacency: Adjacency::Coalesced,
            prologue: Prologue::None,
        }
    }

    /// Returns all blocks: those with headers, and the slots of slabs. What the heap keeps for
    /// itself is left out.
    pub(crate) fn all_blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        let blocks =
            self.layout().blocks(&self.arena).filter(|block| !self.is_hidden(block.payload));
        blocks.flat_map(move |block| {
            let slab = self.slab_of(block);
            let slots = slab.map_or(0, |slab| self.slots_shown(block, slab));
            let views = (0..slots).filter_map(move |slot| Some(self.slot_view(slab?, slot)));
            slab.is_none().then_some(block).into_iter().chain(views)
        })
    }

    /// Returns the classes of slots.
    fn slot_classes(&self) -> RangeInclusive<u32> {
        1..=slot_classes(self.align)
    }

    /// Returns the slab in a block, if there is one.
    fn slab_of(&self, block: BlockView) -> Option<Slab> {
        let is_slab = self.slab_at(block.payload) == Some(block.payload);
        is_slab.then(|| self.slab(block.payload))
    }

    /// Returns the number of slots; if the slab is corrupted, not more than there is room for.
    fn slots_shown(&self, block: BlockView, slab: Slab) -> u32 {
        slab.slots().min(block.size / (slab.units().max(1) * self.align.bytes()))
    }

    fn slot_view(&self, slab: Slab, slot: u32) -> BlockView {
        let payload = slab.slot(slot, self.align);
        let size = slab.units() * self.align.bytes();
        BlockView { start: payload, size, payload, allocated: !self.slot_is_free(slab, slot) }
    }

    /// Returns all slabs.
    fn slabs(&self) -> impl Iterator<Item = Slab> + '_ {
        self.layout().blocks(&self.arena).filter_map(|block| self.slab_of(block))
    }

    /// Returns all lists, each from its front; the top, as if it were a list of its own; the free
    /// slots of each class; then its quick list.
    pub(crate) fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
        let lists = (0..self.spacing.classes()).flat_map(|class| {
            let from = self.arena.load_addr(self.head(Class(class)));
            self.list(from).map(move |payload| Listed { list: class, payload })
        });
        let top = Listed { list: TOP, payload: self.top.payload() };
        let slots = self.slot_classes().flat_map(move |class| {
            let draining =
                self.slabs().filter(move |slab| slab.units() == class && self.drains(slab.at));
            let slabs = self.class_slabs(class).chain(draining.map(|slab| slab.at));
            let slots = slabs.flat_map(|slab| self.free_slots(slab));
            slots.map(move |payload| Listed { list: FIRST_CLASS + class, payload })
        });
        let quick = self.slot_classes().flat_map(|class| {
            let list = FIRST_QUICK_LIST + class;
            self.quick_list(class).map(move |payload| Listed { list, payload })
        });
        lists.chain((self.top_bytes() > 0).then_some(top)).chain(slots).chain(quick)
    }

    /// Returns a block and those that follow it, cut off at the length that a sound list can have.
    fn list(&self, from: Addr) -> impl Iterator<Item = Addr> + '_ {
        let first = Some(from).filter(|from| !from.is_null());
        let next = |at: &Addr| Some(self.arena.load_addr(*at)).filter(|next| !next.is_null());
        iter::successors(first, next).take(self.layout().most_blocks(&self.arena))
    }

    fn class_slabs(&self, class: u32) -> impl Iterator<Item = Addr> + '_ {
        let first = Some(self.arena.load_addr(self.class_head(class))).filter(|a| !a.is_null());
        iter::successors(first, |slab| Some(self.next_slab(*slab)).filter(|next| !next.is_null()))
            .take(self.layout().most_blocks(&self.arena))
    }

    fn free_slots(&self, at: Addr) -> impl Iterator<Item = Addr> + '_ {
        let slab = self.slab(at);
        let free = (0..slab.slots()).filter(move |slot| self.slot_is_free(slab, *slot));
        let payloads = free.map(move |slot| slab.slot(slot, self.align));
        payloads.filter(move |payload| !self.waits(slab, *payload))
    }

    /// Returns the quick list of a class, cut off at the length that a sound one can have.
    fn quick_list(&self, class: u32) -> impl Iterator<Item = Addr> + '_ {
        self.list(self.arena.load_addr(self.quick_head(class))).take(MOST_QUICK_SLOTS as usize + 1)
    }

    /// Returns whether a slot is on the quick list of its class.
    fn waits(&self, slab: Slab, payload: Addr) -> bool {
        let is_class = self.slot_classes().contains(&slab.units());
        is_class && self.quick_list(slab.units()).any(|waiting| waiting == payload)
    }

    /// Checks I1 to I7 by walking the blocks; I8 to I11 by walking the lists; I13: the top,
    /// the lists and the map are blocks; I14: the slots, the slabs and the map agree.
    pub(crate) fn check_heap(&self) -> Result<(), Violation> {
        let layout = self.layout();
        layout.check(&self.arena)?;
        if self.top_bytes() > 0 {
            layout.check_remembered(&self.arena, "top", self.top)?;
        }
        if self.is_large() {
            let lists = self.lists - Spacing::FINE.bitmap_bytes();
            self.check_hidden("lists", Block::at(lists))?;
        }
        if self.map != self.first_map() {
            self.check_hidden("map", Block::at(self.map))?;
        }
        (0..self.spacing.classes()).try_for_each(|class| self.check_list(Class(class)))?;
        // A bit without a list would lead a search to what is not a head.
        let lists = self.spacing.classes();
        if let Some(list) =
            (lists..lists.next_multiple_of(32)).find(|list| self.class_bit(Class(*list)))
        {
            return Err(Violation::Bitmap { list, says: true });
        }
        self.slot_classes().try_for_each(|class| self.check_class(class))?;
        self.check_quick_lists()?;
        self.check_map()?;
        check_free_blocks_are_listed(self)
    }

    /// Checks I13 for a block that the heap keeps for itself: a program that frees it is refused
    /// only if its header says that the program does not hold it.
    fn check_hidden(&self, what: &'static str, block: Block) -> Result<(), Violation> {
        self.layout().check_remembered(&self.arena, what, block)?;
        match block.header(&self.arena).is_held() {
            true => Err(Violation::Remembered { what, addr: block.payload() }),
            false => Ok(()),
        }
    }

    /// Checks I9, I10 and I11 for the list of a class.
    fn check_list(&self, class: Class) -> Result<(), Violation> {
        let (list, head) = (class.0, self.head(class));
        let first = self.arena.load_addr(head);
        let says = self.class_bit(class);
        if says == first.is_null() {
            return Err(Violation::Bitmap { list, says });
        }
        self.check_links(list, head, first)?;
        self.list(first).try_for_each(|block| {
            let class =
                self.spacing.class_of(Block::at(block).header(&self.arena).size(), self.align).0;
            match class == list {
                true => Ok(()),
                false => Err(Violation::WrongClass { list, block, class }),
            }
        })
    }

    /// Checks I9: each block of a list knows the word that leads to it.
    fn check_links(&self, list: u32, link: Addr, first: Addr) -> Result<(), Violation> {
        let mut link = link;
        self.list(first).try_for_each(|next| {
            let block = core::mem::replace(&mut link, next);
            match self.arena.load_addr(next + UP) == block {
                true => Ok(()),
                false => Err(Violation::Link { list, block, next }),
            }
        })
    }

    /// Checks I9, I10 and I14 for the slabs of a class.
    fn check_class(&self, class: u32) -> Result<(), Violation> {
        let list = FIRST_CLASS + class;
        let mut link = self.class_head(class);
        for at in self.class_slabs(class) {
            let units = self.slab(at).units();
            let is_slab = self.slab_at(at) == Some(at) && self.slab(at).is_well_shaped(self.align);
            if !is_slab || units != class {
                return Err(Violation::WrongClass { list, block: at, class: units });
            }
            if self.arena.load_addr(at + slab::UP) != link {
                return Err(Violation::Link { list, block: link, next: at });
            }
            link = at + slab::NEXT;
        }
        // In a slab of another shape, slots would be looked for where there are none.
        if let Some(slab) = self.slabs().find(|slab| !slab.is_well_shaped(self.align)) {
            return Err(Violation::WrongClass { list, block: slab.at, class: slab.units() });
        }
        let of_class = || self.slabs().filter(|slab| slab.units() == class);
        let mut with_free_slots = 0;
        for slab in of_class() {
            self.check_slab_bytes(slab)?;
            let remembered = slab.free_slots();
            let found = self.free_slots(slab.at).count() as u32;
            if remembered != found {
                return Err(Violation::Count { what: "free slots", remembered, found });
            }
            let first = slab.slot(slab.word() * 32, self.align);
            if let Some(block) = self.free_slots(slab.at).find(|slot| *slot < first) {
                return Err(Violation::NotListed { block });
            }
            with_free_slots += u32::from(found > 0 && !self.drains(slab.at));
        }
        let listed = self.class_slabs(class).count() as u32;
        if listed != with_free_slots {
            let what = "slabs with free slots";
            return Err(Violation::Count { what, remembered: listed, found: with_free_slots });
        }
        let found = of_class().map(Slab::cells).sum::<u32>();
        let remembered = self.class_cells(class);
        if remembered != found {
            return Err(Violation::Count { what: "cells of a class", remembered, found });
        }
        self.check_live_blocks(class)?;
        self.check_empty_slabs(class)
    }

    /// Checks the count of live blocks that is kept with a class.
    fn check_live_blocks(&self, class: u32) -> Result<(), Violation> {
        let is_counted = |block: &BlockView| {
            block.allocated
                && self.counting_class(block.size) == Some(class)
                && !self.is_hidden(block.payload)
                && self.slab_of(*block).is_none()
        };
        let blocks = self.layout().blocks(&self.arena);
        let found = blocks.filter(is_counted).count() as u32;
        let remembered = self.live_blocks(class);
        if remembered != found && remembered != MOST_COUNTED {
            return Err(Violation::Count { what: "live blocks of a class", remembered, found });
        }
        Ok(())
    }

    /// Checks that the block of a slab has no bytes that could be another block.
    fn check_slab_bytes(&self, slab: Slab) -> Result<(), Violation> {
        let found = Block::at(slab.at).header(&self.arena).size();
        let remembered = slab.cells() * CELL_BYTES;
        if found < remembered || found - remembered >= MINIMUM_BLOCK_BYTES {
            return Err(Violation::Count { what: "bytes of a slab", remembered, found });
        }
        Ok(())
    }

    /// Checks that a class has an empty slab if its bit says so, and only as the first of its list,
    /// where it is looked for when it is to be released.
    fn check_empty_slabs(&self, class: u32) -> Result<(), Violation> {
        let is_empty = |slab: Slab| slab.free_slots() == slab.slots();
        let listed = || self.class_slabs(class).map(|at| self.slab(at));
        let remembered = self.empty_slabs >> class & 1;
        let first = u32::from(listed().next().is_some_and(is_empty));
        let found = listed().filter(|slab| is_empty(*slab)).count() as u32;
        if remembered != found || remembered != first {
            return Err(Violation::Count { what: "empty slabs of a class", remembered, found });
        }
        Ok(())
    }

    /// Checks I8, I10 and I14 for the quick lists.
    fn check_quick_lists(&self) -> Result<(), Violation> {
        self.slot_classes().try_for_each(|class| self.check_quick_list(class))?;
        let found = self.slot_classes().flat_map(|class| self.quick_list(class)).count() as u32;
        let remembered = self.quick_slots;
        match remembered == found {
            true => Ok(()),
            false => Err(Violation::Count { what: "quick slots", remembered, found }),
        }
    }

    /// Checks I8 and I10 for the quick list of a class.
    fn check_quick_list(&self, class: u32) -> Result<(), Violation> {
        let list = FIRST_QUICK_LIST + class;
        for block in self.quick_list(class) {
            let slab = self.slab_at(block).map(|at| self.slab(at)).filter(|s| s.units() == class);
            let Some(slab) = slab else {
                return Err(Violation::WrongClass { list, block, class });
            };
            let (at, slot) = self.numbered_slot(block);
            let is_number = at == slab.at
                && slot < slab.slots()
                && slab.slot(slot, self.align) == block
                && self.slot_is_free(slab, slot);
            if !is_number {
                return Err(Violation::NotAFreeBlock { list, block });
            }
        }
        Ok(())
    }

    /// Checks I14 for the map.
    fn check_map(&self) -> Result<(), Violation> {
        let cells = self.slabs().map(Slab::cells).sum::<u32>();
        let marked = self.marked_cells();
        match marked == [cells, self.slabs().count() as u32] {
            true => Ok(()),
            false => {
                let what = "cells of slabs";
                Err(Violation::Count { what, remembered: marked[0], found: cells })
            }
        }
    }
}
