//! Two small sources, for tests of `heaplab diff`.

// ANCHOR: malloc
fn malloc(size: u32) -> u32 {
    size + 8
}
// ANCHOR_END: malloc

// ANCHOR: link
// There is no list.
// ANCHOR_END: link

impl Heap {
    // ANCHOR: split
    /// Cuts a block in two.
    fn split(&mut self, block: Block, size: u32, bytes: u32) {
        self.mark_free(block.next(bytes), size - bytes, true);
        // ANCHOR: note
        self.note("a <split> & nothing else");
        // ANCHOR_END: note
        self.mark_allocated(block, bytes);
    }
    // ANCHOR_END: split

    // `realloc` is the contract's default: malloc, copy, free.
}
