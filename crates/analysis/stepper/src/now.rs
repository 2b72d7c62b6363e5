//! A heap at one moment, in which the block at an address is found fast.

use heaplab_film::{BlockNow, HeapView};
use std::ops::Deref;

/// A heap at one moment.
#[derive(Clone, Debug)]
pub(crate) struct HeapNow {
    view: HeapView,
    /// Whether blocks are in the order of their addresses, and none overlaps another. A broken heap
    /// may show them otherwise.
    is_in_order: bool,
}

impl HeapNow {
    pub(crate) fn new(view: HeapView) -> HeapNow {
        let end = |block: &BlockNow| u64::from(block.start) + u64::from(block.bytes);
        let is_in_order = view.blocks.is_sorted_by(|one, next| end(one) <= next.start.into());
        HeapNow { view, is_in_order }
    }

    /// Returns the index of the block that contains an address.
    pub(crate) fn index_at(&self, addr: u32) -> Option<usize> {
        let contains = |block: &BlockNow| addr >= block.start && addr - block.start < block.bytes;
        if !self.is_in_order {
            return self.blocks.iter().position(contains);
        }
        let index = self.blocks.partition_point(|block| block.start <= addr).checked_sub(1)?;
        contains(&self.blocks[index]).then_some(index)
    }

    /// Returns the block that contains an address.
    pub(crate) fn block_at(&self, addr: u32) -> Option<&BlockNow> {
        self.index_at(addr).map(|index| &self.blocks[index])
    }
}

impl Deref for HeapNow {
    type Target = HeapView;

    fn deref(&self) -> &HeapView {
        &self.view
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heap(blocks: &[(u32, u32)]) -> HeapNow {
        let block = |&(start, bytes): &(u32, u32)| BlockNow {
            start,
            bytes,
            payload: start + 4,
            is_allocated: true,
            owner: None,
        };
        HeapNow::new(HeapView {
            ops: 0,
            heap_start: 0,
            heap_break: 1000,
            hides_blocks: false,
            blocks: blocks.iter().map(block).collect(),
            lists: Vec::new(),
        })
    }

    #[test]
    fn the_block_at_an_address_is_found_in_any_order() {
        let in_order = heap(&[(16, 32), (48, 16), (80, 16)]);
        assert!(in_order.is_in_order);
        let in_disorder = heap(&[(48, 16), (80, 16), (16, 32)]);
        assert!(!in_disorder.is_in_order);
        for (addr, start) in [
            (0, None),
            (16, Some(16)),
            (47, Some(16)),
            (48, Some(48)),
            (64, None),
            (95, Some(80)),
            (96, None),
        ] {
            for heap in [&in_order, &in_disorder] {
                assert_eq!(heap.block_at(addr).map(|block| block.start), start, "{addr}");
            }
        }
    }
}
