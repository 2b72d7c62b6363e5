//! Slabs: how they are made, kept, and freed.
//!
//! A class whose slabs have no free slot gets a new one. It has an eighth of the bytes that the
//! slabs of the class have together, so that at most about a ninth of them can be unused after a
//! phase of growth; and it is made smaller, down to [`FEWEST_SLOTS`], if only that fits into what
//! is free. Slabs that have a free slot are on the list of their class:
//!
//! ```text
//!  head of a class --> lowest of those that were put there --> ... --> null
//! ```

use crate::Tuned;
use crate::aligned::lead_bytes;
use crate::map::{CELL_BYTES, MOST_CELLS};
use crate::slab::{NEXT, SHAPE, STATE, Shape, Slab, UP};
use heaplab_arena::{Addr, OutOfMemory, Probe};
use heaplab_heap::Block;

/// A slab has at least this many slots.
pub const FEWEST_SLOTS: u32 = 4;

impl<P: Probe> Tuned<P> {
    // ANCHOR: new_slab
    /// Makes a slab for a class that has no free slot. Returns false if a block with a header is
    /// better: few such blocks are live, or nothing but a single block fits into what is free.
    #[inline(never)]
    pub(crate) fn new_slab(&mut self, class: u32, size: u32) -> Result<bool, OutOfMemory> {
        let bytes = self.block_bytes(size)?;
        let cells = self.class_cells(class);
        if cells == 0 && !self.slabs_pay(bytes) {
            return Ok(false);
        }
        let block_fits = self.find_fit(bytes).is_some();
        if block_fits && self.find_fit(CELL_BYTES).is_none() {
            return Ok(false);
        }
        let wanted = self.wanted_shape(class, cells);
        if self.slab_from_free_block(wanted) {
            return Ok(true);
        }
        if !self.covers_new_slab() {
            if !self.grow_map(wanted.room_bytes(), block_fits) {
                return Ok(false);
            }
            if self.slab_from_free_block(wanted) {
                return Ok(true);
            }
        }
        if block_fits {
            return Ok(false);
        }
        // Before the heap grows, the slots that wait may make room.
        if self.release_slots() && self.slab_from_free_block(wanted) {
            return Ok(true);
        }
        let fits = self.find_fit(bytes).is_some();
        Ok(!fits && self.slab_from_top(wanted))
    }
    // ANCHOR_END: new_slab

    /// Returns the shape with the fewest unused bytes among those of about an eighth of `cells`.
    fn wanted_shape(&self, class: u32, cells: u32) -> Shape {
        let mut most = (cells / 8).clamp(1, MOST_CELLS);
        while Shape::of(most, class, self.align).slots < FEWEST_SLOTS {
            most += 1;
        }
        let shapes = (most - most / 4..=most).map(|cells| Shape::of(cells, class, self.align));
        let unused = |shape: &Shape| shape.unused_bytes(self.align) * 1024 / shape.cells;
        shapes.min_by_key(unused).unwrap_or(Shape::of(most, class, self.align))
    }

    /// Makes a slab of a free block: of this shape, or as large as one has room for. Returns
    /// whether one has.
    fn slab_from_free_block(&mut self, wanted: Shape) -> bool {
        let mut cells = wanted.cells;
        while cells > 0 {
            let shape = Shape::of(cells, wanted.units, self.align);
            if shape.slots < FEWEST_SLOTS {
                break;
            }
            if let Some(block) = self.find_cells(shape) {
                self.take_whole(block);
                self.set_up_slab(block, shape);
                return true;
            }
            cells = cells * 3 / 4;
        }
        false
    }

    /// Returns a free block that has room for a slab at a multiple of the cell, in the map.
    fn find_cells(&self, shape: Shape) -> Option<Block> {
        let bytes = shape.cells * CELL_BYTES;
        let mut block = self.find_fit(bytes)?;
        let size = block.header(&self.arena).size();
        if lead_bytes(block, CELL_BYTES) + bytes > size {
            block = self.find_fit(shape.room_bytes())?;
        }
        self.covers(block.payload() + lead_bytes(block, CELL_BYTES) + bytes).then_some(block)
    }

    /// Makes a slab at the end of the heap. Returns whether there is room.
    fn slab_from_top(&mut self, shape: Shape) -> bool {
        let room = lead_bytes(self.top, CELL_BYTES) + shape.cells * CELL_BYTES;
        if self.top_bytes() < room && self.grow(room).is_err() {
            return false;
        }
        let block = self.place_in_top(room);
        self.set_up_slab(block, shape);
        true
    }

    /// Makes a slab of an allocated block that has room for it.
    fn set_up_slab(&mut self, block: Block, shape: Shape) {
        let block = self.free_lead(block, CELL_BYTES);
        self.free_rest(block, shape.cells * CELL_BYTES);
        let at = block.payload();
        let slab = shape.slab(at, self.align);
        self.arena.store(at, slab.reciprocal);
        self.arena.store(at + STATE, slab.state);
        self.arena.store(at + SHAPE, slab.shape);
        for word in 0..shape.slots.div_ceil(32) {
            let left = shape.slots - word * 32;
            let bits = if left < 32 { (1 << left) - 1 } else { u32::MAX };
            self.arena.store(slab.bits_at(word), bits);
        }
        self.mark_cells(at, shape.cells, true);
        let cells = self.class_cells(shape.units);
        self.set_class_cells(shape.units, cells + shape.cells);
        self.push_slab(slab);
        self.empty_slabs |= 1 << shape.units;
    }

    /// Keeps an empty slab if it is the only one of its class with free slots: the next request
    /// would make it anew.
    #[inline(never)]
    pub(crate) fn keep_or_release(&mut self, slab: Slab) {
        let is_alone = self.arena.load_addr(self.class_head(slab.units())) == slab.at
            && self.next_slab(slab.at).is_null();
        if is_alone {
            self.empty_slabs |= 1 << slab.units();
        } else {
            self.release_slab(slab);
        }
    }

    /// Frees an empty slab.
    fn release_slab(&mut self, slab: Slab) {
        self.drop_slab(slab.at);
        self.mark_cells(slab.at, slab.cells(), false);
        // Fewer are noted only where the program has overwritten the note.
        let cells = self.class_cells(slab.units());
        self.set_class_cells(slab.units(), cells.saturating_sub(slab.cells()));
        // One that is not on the list of its class is not the empty one that is kept there.
        if !self.drains(slab.at) {
            self.empty_slabs &= !(1 << slab.units());
        }
        let block = Block::at(slab.at);
        let tag = block.header(&self.arena);
        self.coalesce(block, tag);
    }

    /// Gives back what is kept for the next requests: before the heap grows. Returns whether that
    /// made a difference.
    #[inline(always)]
    pub(crate) fn release_slots(&mut self) -> bool {
        if self.quick_slots | self.empty_slabs == 0 {
            return false;
        }
        self.flush_quick();
        self.release_empty_slabs();
        true
    }

    /// Frees the empty slabs that are kept.
    #[inline(always)]
    pub(crate) fn release_empty_slabs(&mut self) {
        while self.empty_slabs != 0 {
            let first = self.arena.load_addr(self.class_head(self.empty_slabs.trailing_zeros()));
            self.release_slab(self.slab(first));
        }
    }

    fn release_if_empty(&mut self, at: Addr) {
        if !at.is_null() {
            let slab = self.slab(at);
            if slab.free_slots() == slab.slots() {
                self.release_slab(slab);
            }
        }
    }

    /// Puts a slab at the front of the list of its class, or behind the first one if that lies
    /// below: so low slabs are filled, and high ones become empty. An empty one that was alone
    /// there is no longer needed.
    #[inline(never)]
    pub(crate) fn push_slab(&mut self, slab: Slab) {
        let mut link = self.class_head(slab.units());
        self.release_if_empty(self.arena.load_addr(link));
        let first = self.arena.load_addr(link);
        if !first.is_null() && first < slab.at {
            link = first + NEXT;
        }
        let next = self.arena.load_addr(link);
        self.join(slab.at + NEXT, next);
        self.join(link, slab.at);
    }

    // ANCHOR: stop_filling
    /// Takes the slab in `block`, if there is one and few of its slots are allocated, off the list
    /// of its class: the block before it, of `before_bytes` bytes, has moved away and leaves a
    /// larger gap. From now on small requests find room there. When the slab is empty it is freed,
    /// and what lies behind it can move down.
    pub(crate) fn stop_filling(&mut self, block: Block, before_bytes: u32) {
        let is_slab = |heap: &Self| heap.slab_at(block.payload()) == Some(block.payload());
        if !is_slab(self) {
            return;
        }
        self.flush_quick();
        // The last slots of the slab may have been among those that waited.
        if !is_slab(self) {
            return;
        }
        let slab = self.slab(block.payload());
        let is_sparse = slab.free_slots() > slab.slots() / 2 && slab.free_slots() < slab.slots();
        if is_sparse && before_bytes > slab.cells() * CELL_BYTES && !self.drains(slab.at) {
            self.drop_slab(slab.at);
            self.arena.store_addr(slab.at + UP, Addr::NULL);
        }
    }
    // ANCHOR_END: stop_filling

    /// Returns whether a slab is on no list although it has free slots.
    #[inline(always)]
    pub(crate) fn drains(&self, slab: Addr) -> bool {
        self.arena.load_addr(slab + UP).is_null()
    }

    /// Takes a slab off the list of its class.
    pub(crate) fn drop_slab(&mut self, slab: Addr) {
        if self.drains(slab) {
            return;
        }
        let next = self.arena.load_addr(slab + NEXT);
        let link = self.arena.load_addr(slab + UP);
        self.join(link, next);
    }

    /// Makes a word lead to a slab, or to none.
    fn join(&mut self, link: Addr, slab: Addr) {
        self.arena.store_addr(link, slab);
        if !slab.is_null() {
            self.arena.store_addr(slab + UP, link);
        }
    }

    /// Returns the slab that follows on its list.
    pub(crate) fn next_slab(&self, slab: Addr) -> Addr {
        self.arena.load_addr(slab + NEXT)
    }
}
