//! The invariants that this design promises, and the walks that check them.

use crate::lists::UP;
use crate::slabs::{self, FIRST_REQUESTS, Slab};
use crate::start::{CLASSES, EXACT_UNITS, TREES};
use crate::tree::{LEFT, RIGHT, tree_of};
use crate::{MINIMUM_BLOCK_BYTES, SlabHeap};
use core::iter;
use heaplab_arena::{Addr, Probe};
use heaplab_heap::{
    Adjacency, Block, BlockView, Footers, Layout, Listed, Prologue, Violation,
    check_free_blocks_are_listed,
};

/// Lists are numbered: those of one size, trees, the top, the slabs of a class.
const FIRST_TREE: u32 = EXACT_UNITS;
const TOP: u32 = FIRST_TREE + TREES;
const FIRST_CLASS: u32 = TOP + 1;

impl<P: Probe> SlabHeap<P> {
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

    /// Returns all blocks: those with headers, and the slots of slabs. The map is left out.
    pub(crate) fn all_blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        let blocks = self.layout().blocks(&self.arena).filter(|block| block.payload != self.map);
        blocks.flat_map(move |block| {
            let slab = self.slab_of(block);
            let slots = slab.map_or(0, |slab| self.slots_shown(block, slab));
            let views = (0..slots).filter_map(move |slot| Some(self.slot_view(slab?, slot)));
            slab.is_none().then_some(block).into_iter().chain(views)
        })
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

    /// Returns all lists, each from its front; each tree as a list, branch by branch; the top, as
    /// if it were a list of its own; then the free slots of each class.
    pub(crate) fn listed(&self) -> impl Iterator<Item = Listed> + '_ {
        let lists = (0..EXACT_UNITS).flat_map(|units| {
            let from = self.arena.load_addr(self.head(units));
            self.list(from).map(move |payload| Listed { list: units, payload })
        });
        let trees = (0..TREES).flat_map(|tree| {
            let blocks = self.tree(tree).flat_map(|node| self.list(node));
            blocks.map(move |payload| Listed { list: FIRST_TREE + tree, payload })
        });
        let top = Listed { list: TOP, payload: self.top.payload() };
        let slots = (1..CLASSES).flat_map(|class| {
            let slots = self.class_slabs(class).flat_map(|slab| self.free_slots(slab));
            slots.map(move |payload| Listed { list: FIRST_CLASS + class, payload })
        });
        lists.chain(trees).chain((self.top_bytes() > 0).then_some(top)).chain(slots)
    }

    /// Returns a block and those that follow it, cut off at the length that a sound list can have.
    fn list(&self, from: Addr) -> impl Iterator<Item = Addr> + '_ {
        let first = Some(from).filter(|from| !from.is_null());
        let next = |at: &Addr| Some(self.arena.load_addr(*at)).filter(|next| !next.is_null());
        iter::successors(first, next).take(self.layout().most_blocks(&self.arena))
    }

    /// Returns the blocks that are in a tree, each before those below it.
    fn tree(&self, tree: u32) -> impl Iterator<Item = Addr> + '_ {
        let root = self.root(tree);
        let first = Some(self.arena.load_addr(root)).filter(|first| !first.is_null());
        iter::successors(first, move |node| self.after_in_tree(*node, root))
            .take(self.layout().most_blocks(&self.arena))
    }

    fn after_in_tree(&self, node: Addr, root: Addr) -> Option<Addr> {
        let [left, right] = self.branches(node);
        if let Some(below) = [left, right].into_iter().find(|below| !below.is_null()) {
            return Some(below);
        }
        let mut node = node;
        // A path is at most as long as a size has bits.
        for _ in 0..u32::BITS {
            let link = self.arena.load_addr(node + UP);
            if link == root {
                return None;
            }
            // Payloads are multiples of 8, so this says which of the two branches it is.
            let is_left = link.is_aligned_to(8);
            node = link - if is_left { LEFT } else { RIGHT };
            let [_, right] = self.branches(node);
            if is_left && !right.is_null() {
                return Some(right);
            }
        }
        None
    }

    fn class_slabs(&self, class: u32) -> impl Iterator<Item = Addr> + '_ {
        let first = Some(self.arena.load_addr(self.class_head(class))).filter(|a| !a.is_null());
        iter::successors(first, |slab| Some(self.next_slab(*slab)).filter(|next| !next.is_null()))
            .take(self.layout().most_blocks(&self.arena))
    }

    fn free_slots(&self, at: Addr) -> impl Iterator<Item = Addr> + '_ {
        let slab = self.slab(at);
        let free = (0..slab.slots()).filter(move |slot| self.slot_is_free(slab, *slot));
        free.map(move |slot| slab.slot(slot, self.align))
    }

    /// Checks I1 to I7 by walking the blocks; I8 to I11 by walking the lists and trees; I13: the
    /// top and the map are blocks; I14: the slots, the slabs and the map agree.
    pub(crate) fn check_heap(&self) -> Result<(), Violation> {
        let layout = self.layout();
        layout.check(&self.arena)?;
        if self.top_bytes() > 0 {
            layout.check_remembered(&self.arena, "top", self.top)?;
        }
        if !self.map.is_null() {
            layout.check_remembered(&self.arena, "map", Block::at(self.map))?;
        }
        (0..EXACT_UNITS).try_for_each(|units| self.check_list(units))?;
        (0..TREES).try_for_each(|tree| self.check_tree(tree))?;
        (1..CLASSES).try_for_each(|class| self.check_class(class))?;
        self.check_map()?;
        check_free_blocks_are_listed(self)
    }

    /// Checks I9, I10 and I11 for the list of one size.
    fn check_list(&self, units: u32) -> Result<(), Violation> {
        let head = self.head(units);
        let first = self.arena.load_addr(head);
        let says = self.list_bits() >> units & 1 == 1;
        if says == first.is_null() {
            return Err(Violation::Bitmap { list: units, says });
        }
        self.check_links(units, head, first)?;
        self.list(first).try_for_each(|payload| {
            let class = self.align.units(Block::at(payload).header(&self.arena).size());
            match class == units {
                true => Ok(()),
                false => Err(Violation::WrongClass { list: units, block: payload, class }),
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

    /// Checks I9, I10 and I11 for a tree.
    fn check_tree(&self, tree: u32) -> Result<(), Violation> {
        let (list, root) = (FIRST_TREE + tree, self.root(tree));
        let says = self.tree_bits() >> tree & 1 == 1;
        if says == self.arena.load_addr(root).is_null() {
            return Err(Violation::Bitmap { list, says });
        }
        self.tree(tree).try_for_each(|node| {
            let size = Block::at(node).header(&self.arena).size();
            let units = self.align.units(size);
            if units < EXACT_UNITS || tree_of(units) != tree || !self.is_on_path(node, root, units)
            {
                return Err(Violation::WrongClass { list, block: node, class: units });
            }
            let link = self.arena.load_addr(node + UP);
            if self.arena.load_addr(link) != node {
                return Err(Violation::Link { list, block: link, next: node });
            }
            let follower = self.arena.load_addr(node);
            self.check_links(list, node, follower)?;
            self.list(follower).try_for_each(|payload| {
                let same_size = Block::at(payload).header(&self.arena).size() == size;
                match same_size && self.follows(payload) {
                    true => Ok(()),
                    false => Err(Violation::WrongClass { list, block: payload, class: units }),
                }
            })
        })
    }

    /// Returns whether the bits of a size lead from a root to this block.
    fn is_on_path(&self, node: Addr, root: Addr, units: u32) -> bool {
        let mut at = self.arena.load_addr(root);
        let mut bit = 1 << units.ilog2();
        while at != node {
            bit >>= 1;
            if bit == 0 || at.is_null() {
                return false;
            }
            at = self.branches(at)[usize::from(units & bit != 0)];
        }
        true
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
            if self.arena.load_addr(at + slabs::UP) != link {
                return Err(Violation::Link { list, block: link, next: at });
            }
            link = at + slabs::NEXT;
        }
        // In a slab of another shape, slots would be looked for where there are none.
        if let Some(slab) = self.slabs().find(|slab| !slab.is_well_shaped(self.align)) {
            return Err(Violation::WrongClass { list, block: slab.at, class: slab.units() });
        }
        let of_class = || self.slabs().filter(|slab| slab.units() == class);
        let mut with_free_slots = 0;
        for slab in of_class() {
            let remembered = slab.free_slots();
            let found = self.free_slots(slab.at).count() as u32;
            if remembered != found {
                return Err(Violation::Count { what: "free slots", remembered, found });
            }
            let skipped =
                (0..slab.slots().min(slab.word() * 32)).find(|slot| self.slot_is_free(slab, *slot));
            if let Some(slot) = skipped {
                return Err(Violation::NotListed { block: slab.slot(slot, self.align) });
            }
            with_free_slots += u32::from(found > 0);
        }
        let listed = self.class_slabs(class).count() as u32;
        if listed != with_free_slots {
            let what = "slabs with free slots";
            return Err(Violation::Count { what, remembered: listed, found: with_free_slots });
        }
        let found = of_class().map(Slab::slots).sum::<u32>();
        let remembered = self.arena.load(self.class_slots(class));
        if remembered.saturating_sub(FIRST_REQUESTS) != found {
            return Err(Violation::Count { what: "slots of a class", remembered, found });
        }
        Ok(())
    }

    /// Checks I14 for the map, and for the empty slabs.
    fn check_map(&self) -> Result<(), Violation> {
        let cells = self.slabs().map(Slab::cells).sum::<u32>();
        let marked = self.marked_cells();
        if marked != [cells, self.slabs().count() as u32] {
            let what = "cells of slabs";
            return Err(Violation::Count { what, remembered: marked[0], found: cells });
        }
        let found = self.slabs().filter(|slab| slab.free_slots() == slab.slots()).count() as u32;
        let remembered = self.empty_slabs;
        match remembered == found {
            true => Ok(()),
            false => Err(Violation::Count { what: "empty slabs", remembered, found }),
        }
    }
}
