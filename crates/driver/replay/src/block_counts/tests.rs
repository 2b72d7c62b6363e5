//! A heap that shows the blocks that a test gives it.

use super::*;
use heaplab_arena::host::Host;
use heaplab_arena::{Arena, Settings, Silent};
use heaplab_heap::{HeapError, PointerFault, Violation};

struct Says {
    arena: Arena<Silent>,
    blocks: Vec<BlockView>,
    /// Whether the blocks repeat endlessly.
    endless: bool,
    /// What `usable_size` returns for every block.
    usable: Result<u32, HeapError>,
}

const HEAP_BYTES: i32 = 256;

/// The never used bytes of every free block that is at least this large.
const NEVER_USED_BYTES: u32 = 60;

impl Says {
    /// Blocks given as offset, size, and whether allocated; each payload is 4 bytes into its block.
    fn new(blocks: &[(u32, u32, bool)]) -> Says {
        let mut arena = Arena::with(Settings::default(), Silent).unwrap();
        let start = arena.sbrk(HEAP_BYTES).unwrap();
        let view = |&(offset, size, allocated)| BlockView {
            start: start + offset,
            size,
            payload: start + offset + 4,
            allocated,
        };
        Says { blocks: blocks.iter().map(view).collect(), arena, endless: false, usable: Ok(24) }
    }

    fn live(&self, held: &[(u32, u32)]) -> Vec<Live> {
        let live = |&(offset, size)| Live { payload: self.arena.start() + offset, size };
        held.iter().map(live).collect()
    }

    /// Returns the counts if the program holds payloads at these offsets, of these sizes.
    fn counts(&self, held: &[(u32, u32)]) -> Result<BlockCounts, Miscount> {
        let never_used = |_, size: u32| size.min(NEVER_USED_BYTES);
        BlockCounts::take(self, &self.live(held), &OwnBlocks::default(), never_used)
    }
}

impl Heap for Says {
    type Probe = Silent;

    fn malloc(&mut self, _: u32) -> Result<Addr, HeapError> {
        Err(HeapError::OutOfMemory)
    }

    fn free(&mut self, _: Addr) -> Result<(), HeapError> {
        Ok(())
    }

    fn usable_size(&self, _: Addr) -> Result<u32, HeapError> {
        self.usable
    }

    fn check(&self) -> Result<(), Violation> {
        Ok(())
    }

    fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
        let times = if self.endless { usize::MAX } else { 1 };
        (0..times).flat_map(|_| self.blocks.iter().copied())
    }

    fn arena(&self) -> &Arena<Silent> {
        &self.arena
    }

    fn arena_mut(&mut self) -> &mut Arena<Silent> {
        &mut self.arena
    }

    fn into_arena(self) -> Arena<Silent> {
        self.arena
    }
}

#[test]
fn every_byte_is_in_one_part() {
    let heap = Says::new(&[(16, 32, true), (48, 64, false), (128, 32, true)]);
    let counts = heap.counts(&[(20, 20), (132, 24)]).unwrap();
    assert_eq!(
        counts,
        BlockCounts {
            parts: Parts {
                payload_bytes: 20 + 24,
                tag_bytes: 8 + 8,
                padding_bytes: 4,
                free_bytes: 4,
                never_used_bytes: 60,
                own_bytes: 16 + 16 + 96, // before, between and behind the blocks
            },
            live_blocks: 2,
            free_blocks: 1,
            largest_free_block_bytes: 64,
        }
    );
    assert_eq!(counts.parts.total_bytes(), HEAP_BYTES as u32);
}

#[test]
fn a_heap_without_blocks_consists_of_its_own_bytes() {
    let counts = Says::new(&[]).counts(&[]).unwrap();
    assert_eq!(counts.parts.own_bytes, HEAP_BYTES as u32);
    assert_eq!(counts.free_blocks, 0);
}

#[test]
fn blocks_that_overlap_are_not_counted() {
    let heap = Says::new(&[(16, 32, false), (40, 32, false)]);
    let start = heap.arena.start();
    let overlap = Miscount::Overlap { start: start + 40, end_before: start + 48 };
    assert_eq!(heap.counts(&[]), Err(overlap));
    let backwards = Says::new(&[(64, 32, false), (16, 32, false)]).counts(&[]);
    assert!(matches!(backwards, Err(Miscount::Overlap { .. })));
}

#[test]
fn a_block_before_the_heap_is_not_counted() {
    let mut heap = Says::new(&[(0, 32, false)]);
    heap.blocks[0].start = heap.arena.start() - 16;
    let start = heap.blocks[0].start;
    let end_before = heap.arena.start();
    let overlap = Miscount::Overlap { start, end_before };
    assert_eq!(heap.counts(&[]), Err(overlap));
}

#[test]
fn a_block_past_the_break_is_not_counted() {
    for size in [20, u32::MAX] {
        let heap = Says::new(&[(240, size, false)]);
        let (start, brk) = (heap.arena.start() + 240, heap.arena.brk());
        let past = Miscount::PastBreak { start, size, brk };
        assert_eq!(heap.counts(&[]), Err(past));
    }
}

#[test]
fn an_endless_walk_of_blocks_is_ended() {
    let mut heap = Says::new(&[(16, 32, false)]);
    heap.endless = true;
    assert!(matches!(heap.counts(&[]), Err(Miscount::Overlap { .. })));
    let mut empty = Says::new(&[(16, 0, false)]);
    empty.endless = true;
    assert!(matches!(empty.counts(&[]), Err(Miscount::Empty { .. })));
}

#[test]
fn a_payload_is_inside_its_block() {
    let mut heap = Says::new(&[(16, 32, false)]);
    heap.blocks[0].payload = heap.arena.start() + 49;
    assert!(matches!(heap.counts(&[]), Err(Miscount::PayloadElsewhere { .. })));
}

#[test]
fn the_allocated_blocks_are_those_the_program_holds() {
    let blocks = [(16, 32, true), (48, 32, false)];
    let heap = Says::new(&blocks);
    let at = |offset| heap.arena.start() + offset;
    let not_held = Miscount::NotHeld { payload: at(20), size: 32 };
    assert_eq!(heap.counts(&[]), Err(not_held.clone()));
    assert_eq!(heap.counts(&[(24, 8)]), Err(not_held));
    let no_block = |payload, size| Err(Miscount::NoBlock { payload, size });
    assert_eq!(heap.counts(&[(12, 8), (20, 8)]), no_block(at(12), 8));
    assert_eq!(heap.counts(&[(20, 8), (20, 9)]), no_block(at(20), 9));
    assert_eq!(heap.counts(&[(20, 8), (52, 8)]), no_block(at(52), 8));
}

#[test]
fn usable_bytes_are_at_least_the_requested_and_at_most_the_blocks() {
    let mut heap = Says::new(&[(16, 32, true)]);
    let held = [(20, 24)];
    let refused = Err(PointerFault::NotABlock.at(heap.arena.start()));
    for (usable, is_right) in
        [(Ok(24), true), (Ok(28), true), (Ok(23), false), (Ok(29), false), (refused, false)]
    {
        heap.usable = usable;
        let counts = heap.counts(&held);
        assert_eq!(counts.is_ok(), is_right, "{usable:?}");
        assert!(is_right || matches!(counts, Err(Miscount::Usable { room: 28, .. })));
    }
}

#[test]
fn blocks_allocated_in_the_empty_heap_are_its_own() {
    let mut heap = Says::new(&[(16, 32, true), (48, 16, false)]);
    let own = OwnBlocks::of(&heap);
    heap.blocks[1].allocated = true;
    let take = |live: &[Live]| BlockCounts::take(&heap, live, &own, |_, _| 0);
    let not_held = Miscount::NotHeld { payload: heap.arena.start() + 52, size: 16 };
    assert_eq!(take(&[]), Err(not_held));
    heap.usable = Ok(12);
    let take = |live: &[Live]| BlockCounts::take(&heap, live, &own, |_, _| 0);
    let counts = take(&heap.live(&[(52, 12)])).unwrap();
    assert_eq!(counts.parts.own_bytes, HEAP_BYTES as u32 - 16);
    assert_eq!(counts.live_blocks, 1);
    // The program may have been given the block.
    assert!(take(&heap.live(&[(20, 8), (52, 12)])).is_ok());
}

#[test]
fn an_endless_walk_of_the_empty_heap_is_ended() {
    let mut heap = Says::new(&[(16, 32, true)]);
    heap.endless = true;
    assert_eq!(OwnBlocks::of(&heap).payloads.len(), 1);
}
