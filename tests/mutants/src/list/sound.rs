//! Changes that are not faults: other policies that the contract allows. Nothing
//! may complain about them.

use crate::mutant::{MUTANT, Mutant};

pub const IMPLICIT: &[Mutant] = &[
    Mutant {
        name: "sound-trims",
        wrong: "free() gives the end of the heap back in whole pages",
        within: "fn free(",
        find: "self.coalesce(block);",
        put: "let merged = self.coalesce(block);
              let size = merged.header(&self.arena).size();
              if merged.next(size).payload() == self.arena.brk() && size >= 8192 {
                  let given = (size - 4096) & !4095;
                  self.arena.sbrk(-(given as i32))?;
                  Block::at(self.arena.brk()).set_header(&mut self.arena, Tag::EPILOGUE);
                  self.mark_free(merged, size - given);
              }",
        ..MUTANT
    },
    Mutant {
        name: "sound-from-the-end",
        wrong: "a block is cut off the end of a free one, not its start",
        within: "fn malloc(",
        find: "self.place(block, bytes); Ok(block.payload())",
        put: "let size = block.header(&self.arena).size();
              if size - bytes < self.minimum_block_bytes() {
                  self.mark_allocated(block, size);
                  return Ok(block.payload());
              }
              let last = block.next(size - bytes);
              self.mark_rest(last, bytes, false);
              self.mark_free(block, size - bytes);
              self.mark_allocated(last, bytes);
              Ok(last.payload())",
        ..MUTANT
    },
    Mutant {
        name: "sound-minimum-64",
        wrong: "the smallest block has 64 bytes",
        file: "format.rs",
        within: "fn minimum_block_bytes(",
        find: "4 * WORD_BYTES",
        put: "16 * WORD_BYTES",
        ..MUTANT
    },
    Mutant {
        name: "sound-grows-by-64-kib",
        wrong: "the heap grows by 64 KiB or more",
        within: "fn grow(",
        find: "bytes.max(CHUNK_BYTES)",
        put: "bytes.max(16 * CHUNK_BYTES)",
        ..MUTANT
    },
    Mutant {
        name: "sound-never-coalesces",
        wrong: "free neighbours are merged only where the heap grows, as its check allows",
        within: "fn find_fit(",
        find: "self.coalesce_all();",
        put: "",
        words: "deferred,elided",
        ..MUTANT
    },
];

pub const EXPLICIT: &[Mutant] = &[
    Mutant {
        name: "sound-grows-down",
        wrong: "realloc() grows a block into the free block before it",
        file: "contract.rs",
        within: "fn realloc(",
        find: "self.malloc(size)?",
        put: "{
            let block = Block::at(payload);
            let (before, own) = (block.prev_footer(&self.arena), block.header(&self.arena).size());
            if before.is_free() && before.size() + own >= self.block_bytes(size)? {
                let start = block.prev(&self.arena);
                self.unlink(start);
                self.arena.copy(payload, start.payload(), old_size.min(size));
                start.set_tags(&mut self.arena, Tag::allocated(before.size() + own));
                return Ok(start.payload());
            }
            self.malloc(size)?
        }",
        ..MUTANT
    },
    Mutant {
        name: "sound-keeps-a-table",
        wrong: "the heap keeps a block for itself from the start",
        within: "pub fn new(",
        find: "heap.grow(CHUNK_BYTES)?;",
        put: "heap.grow(CHUNK_BYTES)?; let _ = heap.malloc(512);",
        ..MUTANT
    },
    Mutant {
        name: "sound-shrinks-in-place",
        wrong: "realloc() to less leaves the block as it is",
        file: "contract.rs",
        within: "fn realloc(",
        find: "self.malloc(size)?",
        put: "{ if size <= old_size { return Ok(payload); } self.malloc(size)? }",
        ..MUTANT
    },
    Mutant {
        name: "sound-splits-seldom",
        wrong: "a rest below 256 bytes stays with the block",
        within: "fn place(",
        find: "size - bytes >= self.minimum_block_bytes()",
        put: "size - bytes >= 256",
        words: "address",
        ..MUTANT
    },
];

pub const QUICK: &[Mutant] = &[
    // No rule forbids it, and no trace of the usual length shows it: see long_runs.rs.
    Mutant {
        name: "sound-hoards",
        wrong: "the quick lists are emptied only before the heap grows",
        within: "fn free(",
        find: "self.quick_blocks == MOST_QUICK_BLOCKS",
        put: "false",
        ..MUTANT
    },
    Mutant {
        name: "sound-trims-the-top",
        wrong: "free() gives back what the top has beyond 4 KiB",
        within: "fn coalesce(",
        find: "self.set_top(start);",
        put: "self.set_top(start);
              if self.top_bytes() > 8192 {
                  let given = (self.top_bytes() - 4096) & !15;
                  if self.arena.sbrk(-(given as i32)).is_ok() { self.set_top(start); }
              }",
        words: "immediate",
        ..MUTANT
    },
    Mutant {
        name: "sound-grows-by-an-eighth",
        wrong: "the heap grows by an eighth of itself",
        file: "top.rs",
        within: "fn grow(",
        find: "self.arena.heap_bytes() / GROWTH_PARTS",
        put: "self.arena.heap_bytes() / 8",
        ..MUTANT
    },
    Mutant {
        name: "sound-cuts-seldom",
        wrong: "a rest below 1 KiB stays with the block",
        within: "fn free_rest(",
        find: "rest_bytes < MINIMUM_BLOCK_BYTES",
        put: "rest_bytes < 1024",
        ..MUTANT
    },
    Mutant {
        name: "sound-places-whole",
        wrong: "a block is split only if the rest has 128 bytes",
        within: "fn place(",
        find: "size - bytes >= MINIMUM_BLOCK_BYTES",
        put: "size - bytes >= 128",
        ..MUTANT
    },
];

pub const TUNED: &[Mutant] = &[
    Mutant {
        name: "sound-many-slots-wait",
        wrong: "as many slots wait in a small heap as in a large one",
        file: "quick.rs",
        within: "fn limit_quick_slots(",
        find: "most.clamp(FEWEST_QUICK_SLOTS, MOST_QUICK_SLOTS)",
        put: "MOST_QUICK_SLOTS",
        ..MUTANT
    },
    Mutant {
        name: "sound-own-class-only",
        wrong: "the classes above the first that has blocks are not searched",
        file: "bins.rs",
        within: "fn find_fit(",
        find: "Class(found.0 + 1)",
        put: "found",
        ..MUTANT
    },
    Mutant {
        name: "sound-slabs-of-8-kib",
        wrong: "a new slab is as large as one can be",
        file: "slabs.rs",
        within: "fn new_slab(",
        find: "self.wanted_shape(class, cells)",
        put: "Shape::of(MOST_CELLS, class, self.align)",
        ..MUTANT
    },
    Mutant {
        name: "sound-keeps-the-lists-of-a-small-heap",
        wrong: "a large heap keeps 16 lists",
        find: "let _ = self.make_lists();",
        put: "",
        ..MUTANT
    },
    Mutant {
        name: "sound-releases-each-empty-slab",
        wrong: "no empty slab is kept",
        file: "slabs.rs",
        within: "fn keep_or_release(",
        find: "self.empty_slabs |= 1 << slab.units();",
        put: "self.release_slab(slab);",
        ..MUTANT
    },
    Mutant {
        name: "sound-map-is-large",
        wrong: "a larger map covers sixteen times what is needed",
        file: "map.rs",
        within: "fn grow_map(",
        find: "2 * self.cells_to_cover()",
        put: "16 * self.cells_to_cover()",
        ..MUTANT
    },
    // What a slab becomes when it is freed is written before its first slot and behind the link of
    // its last one.
    Mutant {
        name: "sound-flush-link-read-late",
        wrong: "the link of a slot that waits is read after its slab was released",
        file: "quick.rs",
        within: "fn flush_quick(",
        find: "let next = self.arena.load_addr(payload); let (at, slot) = self.numbered_slot(payload); self.count_free_slot(at, slot); payload = next;",
        put: "let (at, slot) = self.numbered_slot(payload); self.count_free_slot(at, slot); payload = self.arena.load_addr(payload);",
        ..MUTANT
    },
];
