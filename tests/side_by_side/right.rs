//! The other of two small sources, for tests of `heaplab diff`.

mod lists {
    impl Heap {
        // ANCHOR: split
        /// Cuts a block in two.
        #[inline]
        fn split(&mut self, block: Block, size: u32, bytes: u32) {
            let rest = block.next(bytes);
            self.mark_free(rest, size - bytes);
            self.mark_allocated(block, bytes);
        }
        // ANCHOR_END: split

        // ANCHOR: bitmap
        fn bit(&self) -> bool {
            true
        }
        // ANCHOR_END: bitmap

        // ANCHOR: realloc
        fn realloc(&mut self) {}
        // ANCHOR_END: realloc
    }
}

// ANCHOR: malloc
fn malloc(size: u32) -> u32 {
    size + 8
}
// ANCHOR_END: malloc
