//! The map: which addresses are in slabs.
//!
//! The heap is divided into cells of 256 bytes. The map has two bits for each: whether it is part
//! of a slab, and whether a slab starts there. The first map is at the start of the heap. When the
//! heap has outgrown its map, one of twice the size replaces it, in a block that the program never
//! sees.
//!
//! ```text
//!  cells      0    1    2    3    4    5    6
//!  in a slab  0    1    1    1    1    1    0
//!  starts     0    1    0    0    1    0    0
//!                  +--------------+---------+
//!                    a slab         another
//! ```

use crate::Tuned;
use heaplab_arena::{Addr, OutOfMemory, Probe, WORD_BYTES};
use heaplab_heap::Block;

/// Slabs are made of cells of this many bytes.
pub(crate) const CELL_BYTES: u32 = 256;

/// A slab has at most this many cells, so its start is found in two words of the map.
pub(crate) const MOST_CELLS: u32 = 32;

/// The first map covers this many cells: 32 KiB.
pub(crate) const FIRST_MAP_CELLS: u32 = 128;

/// The size of the first map.
pub(crate) const FIRST_MAP_BYTES: u32 = map_bytes(FIRST_MAP_CELLS);

/// Two words, for 32 cells.
const PAIR_BYTES: u32 = 2 * WORD_BYTES;

impl<P: Probe> Tuned<P> {
    /// Returns the slab that an address is in.
    #[inline(always)]
    pub(crate) fn slab_at(&self, payload: Addr) -> Option<Addr> {
        let cell = (payload - self.arena.start()) / CELL_BYTES;
        // Addresses below the heap wrap to cells that are not in the map.
        if cell >= self.map_cells {
            return None;
        }
        let pair = self.pair(cell);
        let shift = bit_of(cell);
        if self.arena.load(pair) >> shift & 1 == 0 {
            return None;
        }
        // The start that is nearest below is the next bit to the left, here or in the pair before.
        let before = self.arena.load(pair - PAIR_BYTES + WORD_BYTES);
        let starts = u64::from(before) << 32 | u64::from(self.arena.load(pair + WORD_BYTES));
        let back = (starts >> shift).trailing_zeros();
        let first = cell.checked_sub(back)?;
        Some(self.arena.start() + first * CELL_BYTES)
    }

    /// Enters a slab into the map, or takes it out.
    pub(crate) fn mark_cells(&mut self, slab: Addr, cells: u32, is_slab: bool) {
        let first = (slab - self.arena.start()) / CELL_BYTES;
        for cell in first..first + cells {
            let pair = self.pair(cell);
            self.set_bit(pair, bit_of(cell), is_slab);
            if cell == first {
                self.set_bit(pair + WORD_BYTES, bit_of(cell), is_slab);
            }
        }
    }

    fn set_bit(&mut self, at: Addr, bit: u32, value: bool) {
        let word = self.arena.load(at);
        self.arena.store(at, if value { word | 1 << bit } else { word & !(1 << bit) });
    }

    #[inline(always)]
    fn pair(&self, cell: u32) -> Addr {
        self.map + PAIR_BYTES + cell / 32 * PAIR_BYTES
    }

    /// Returns how many cells the map has in slabs, and how many slabs start in it.
    pub(crate) fn marked_cells(&self) -> [u32; 2] {
        let pairs = (0..=self.map_cells / 32).map(|pair| self.map + pair * PAIR_BYTES);
        pairs.fold([0, 0], |[cells, starts], pair| {
            let words = [pair, pair + WORD_BYTES].map(|at| self.arena.load(at).count_ones());
            [cells + words[0], starts + words[1]]
        })
    }

    /// Returns whether the map covers all that lies before an address.
    pub(crate) fn covers(&self, end: Addr) -> bool {
        end - self.arena.start() <= self.map_cells * CELL_BYTES
    }

    /// Returns whether the map covers a slab at the end of the heap.
    pub(crate) fn covers_new_slab(&self) -> bool {
        self.cells_to_cover() <= self.map_cells
    }

    /// Returns how many cells the heap has with a slab at its end.
    fn cells_to_cover(&self) -> u32 {
        let most_bytes = (MOST_CELLS + 2) * CELL_BYTES;
        (self.arena.heap_bytes() + most_bytes).div_ceil(CELL_BYTES)
    }

    // ANCHOR: grow_map
    /// Replaces the map by one of twice the size, in a free block that has as many bytes more as a
    /// slab may need. If there is none, the map is not worth it where a block serves the request:
    /// it would take the room in front of a large block, or lie in its way. Returns whether the
    /// map was replaced.
    pub(crate) fn grow_map(&mut self, slab_bytes: u32, block_fits: bool) -> bool {
        // Twice as many, so that the map itself is covered, too, and the next one is far away.
        let cells = (2 * self.cells_to_cover()).next_multiple_of(32);
        let Ok(bytes) = self.block_bytes(map_bytes(cells)) else {
            return false;
        };
        let block = match self.find_fit(bytes + slab_bytes) {
            Some(block) => {
                self.place(block, bytes);
                block
            }
            None if block_fits => return false,
            None => match self.allocate(bytes) {
                Ok(block) => block,
                Err(OutOfMemory) => return false,
            },
        };
        self.hide(block);
        self.move_map(block.payload(), cells);
        true
    }
    // ANCHOR_END: grow_map

    /// Copies the map to a block in which it covers more cells, and frees the old one.
    fn move_map(&mut self, map: Addr, cells: u32) {
        let old_bytes = map_bytes(self.map_cells);
        self.arena.copy(self.map, map, old_bytes);
        self.arena.zero(map + old_bytes, map_bytes(cells) - old_bytes);
        let old = core::mem::replace(&mut self.map, map);
        self.map_cells = cells;
        if old != self.first_map() {
            let old = Block::at(old);
            let tag = old.header(&self.arena).with_quick(false);
            self.coalesce(old, tag);
        }
    }
}

/// Returns the bit of a cell in its word: the first cell has the highest.
#[inline(always)]
fn bit_of(cell: u32) -> u32 {
    !cell % 32
}

/// Returns the size of a map. Before the first pair is one without starts, to look back to.
pub(crate) const fn map_bytes(cells: u32) -> u32 {
    (cells / 32 + 1) * PAIR_BYTES
}

#[cfg(test)]
mod tests {
    use crate::Policy;
    use heaplab_arena::host::machine;
    use heaplab_heap::{Align, Design, Heap, PointerFault};

    #[test]
    fn bits_of_the_map_that_look_like_a_header_are_none() {
        let arena = machine().expect("a machine");
        let mut heap = Policy::default().build(arena, Align::Sixteen).expect("room");
        while heap.map == heap.first_map() {
            heap.malloc(64).expect("room");
        }
        let pointer = heap.map + 16;
        // A header of 32 bytes, behind it one that says that its block is allocated.
        heap.arena.store(pointer - 4, 32 | 1);
        heap.arena.store(pointer + 28, 2);
        assert_eq!(heap.usable_size(pointer), Err(PointerFault::NotABlock.at(pointer)));
        assert_eq!(heap.free(pointer), Err(PointerFault::NotABlock.at(pointer)));
    }
}
