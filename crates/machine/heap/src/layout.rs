//! Walks a heap of blocks with boundary tags, and checks what every such heap promises.

use crate::{Align, Block, BlockView, Heap, Listed, Tag, Violation};
use heaplab_arena::{Addr, Arena, Probe, WORD_BYTES};

/// How a design lays out its blocks: what is needed to walk and check them.
///
/// ```text
///  start            first's header                              brk - 4   brk
///  +---------------+---------+---------+-----+---------+----------+
///  | the design's  | block   | block   | ... | block   | epilogue |
///  +---------------+---------+---------+-----+---------+----------+
/// ```
///
/// The epilogue is the header of a block of size 0 whose payload would be at
/// the break: so the break itself is never part of a block.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The first block.
    pub first: Block,
    /// Payload alignment.
    pub align: Align,
    /// The smallest block, in bytes.
    pub minimum_block_bytes: u32,
    /// Which blocks have footers.
    pub footers: Footers,
    /// Whether free blocks may be adjacent.
    pub adjacency: Adjacency,
    /// What stands before the first block.
    pub prologue: Prologue,
}

/// Which blocks have footers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Footers {
    /// Every block; headers do not describe the block before.
    #[default]
    Kept,
    /// Only free blocks; every header says whether the block before is
    /// allocated.
    Elided,
}

/// Whether free blocks may be adjacent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjacency {
    /// Never: coalescing is immediate.
    Coalesced,
    /// For a while: coalescing is deferred.
    Allowed,
}

/// What stands before the first block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prologue {
    /// An allocated block of this many bytes, with header and footer, so that the
    /// first block has an allocated block before it.
    Bytes(u32),
    /// Nothing: the first header says that the block before is allocated.
    None,
}

impl Layout {
    /// Returns the blocks of the heap, by rising address, up to the epilogue. Ends
    /// at a tag whose size is 0 or leads past the break.
    pub fn blocks<'a, P: Probe>(
        &self,
        arena: &'a Arena<P>,
    ) -> impl Iterator<Item = BlockView> + use<'a, P> {
        let mut block = self.first;
        std::iter::from_fn(move || {
            if block.payload() >= arena.brk() {
                return None;
            }
            let tag = block.header(arena);
            if tag.size() == 0 || tag.size() > arena.brk() - block.payload() {
                return None;
            }
            let view = view_of(block, tag);
            block = block.next(tag.size());
            Some(view)
        })
    }

    /// Checks the invariants that a walk over the blocks can show: I1 to I7.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check<P: Probe>(&self, arena: &Arena<P>) -> Result<(), Violation> {
        self.check_prologue(arena)?;
        let mut block = self.first;
        let mut prev: Option<(Block, Tag)> = None;
        while block.payload() != arena.brk() {
            let tag = block.header(arena);
            self.check_block(arena, block, tag)?;
            self.check_neighbours(block, tag, prev)?;
            prev = Some((block, tag));
            block = block.next(tag.size());
        }
        // I7, and I4 for the last block.
        let tag = block.header(arena);
        if !tag.is_epilogue() {
            let at = block.header_addr();
            return Err(Violation::Epilogue { at, found: tag });
        }
        self.check_neighbours(block, tag, prev)
    }

    /// Checks the first half of I7.
    fn check_prologue<P: Probe>(&self, arena: &Arena<P>) -> Result<(), Violation> {
        if let Prologue::Bytes(size) = self.prologue {
            let prologue = Block::at(self.first.payload() - size);
            let footer = self.first.prev_footer(arena);
            for tag in [prologue.header(arena), footer] {
                if tag.size() != size || tag.is_free() {
                    let at = prologue.header_addr();
                    return Err(Violation::Prologue { at });
                }
            }
        }
        Ok(())
    }

    /// Checks what one block can show alone: I6, I2, I1, I3.
    fn check_block<P: Probe>(
        &self,
        arena: &Arena<P>,
        block: Block,
        tag: Tag,
    ) -> Result<(), Violation> {
        let align_bytes = self.align.bytes();
        let (payload, size) = (block.payload(), tag.size());
        if !payload.is_aligned_to(align_bytes) {
            return Err(Violation::Misaligned { block: payload, align_bytes });
        }
        if !size.is_multiple_of(align_bytes) || size < self.minimum_block_bytes {
            let minimum = self.minimum_block_bytes;
            return Err(Violation::Size { block: payload, size, minimum });
        }
        if size > arena.brk() - payload {
            return Err(Violation::Gap { block: payload, size });
        }
        if self.footers == Footers::Kept || tag.is_free() {
            let footer = Tag::from_word(arena.load(block.footer_addr(size)));
            // The footer need not follow the header when `p` or `q` changes: to its
            // neighbours, a block on a quick list is allocated.
            let plain = |tag: Tag| tag.with_prev_allocated(false).with_quick(false);
            if plain(footer) != plain(tag) {
                return Err(Violation::Footer { block: payload, header: tag, footer });
            }
        }
        Ok(())
    }

    /// Checks what a block and the block before it must agree on: I4, I5.
    fn check_neighbours(
        &self,
        block: Block,
        tag: Tag,
        prev: Option<(Block, Tag)>,
    ) -> Result<(), Violation> {
        let prev_allocated = prev.is_none_or(|(_, tag)| tag.is_allocated());
        let says = tag.is_prev_allocated();
        if self.footers == Footers::Elided && says != prev_allocated {
            return Err(Violation::PrevAllocated { block: block.payload(), says });
        }
        match prev {
            Some((prev, _))
                if !prev_allocated && tag.is_free() && self.adjacency == Adjacency::Coalesced =>
            {
                Err(Violation::Uncoalesced { block: prev.payload() })
            }
            _ => Ok(()),
        }
    }

    /// Checks that `remembered` is a block of this heap: I13.
    ///
    /// # Errors
    /// If `remembered` is not a block of the walk; `what` names it in the error.
    pub fn check_remembered<P: Probe>(
        &self,
        arena: &Arena<P>,
        what: &'static str,
        remembered: Block,
    ) -> Result<(), Violation> {
        let addr = remembered.payload();
        if self.blocks(arena).any(|block| block.payload == addr) {
            Ok(())
        } else {
            Err(Violation::Remembered { what, addr })
        }
    }

    /// Returns more than the number of entries that any list in this heap can have.
    pub fn most_blocks<P: Probe>(&self, arena: &Arena<P>) -> usize {
        (arena.heap_bytes() / self.minimum_block_bytes) as usize + 1
    }
}

fn view_of(block: Block, tag: Tag) -> BlockView {
    let start: Addr = block.payload() - WORD_BYTES;
    BlockView { start, size: tag.size(), payload: block.payload(), allocated: tag.is_held() }
}

/// Checks I8: the lists hold exactly the free blocks, each once.
///
/// # Errors
/// A block that is listed twice; else the lowest that is free or listed but not both.
pub fn check_free_blocks_are_listed<H: Heap>(heap: &H) -> Result<(), Violation> {
    let mut listed: Vec<Listed> = heap.free_lists().collect();
    listed.sort_unstable_by_key(|entry| entry.payload);
    if let Some(pair) = listed.windows(2).find(|pair| pair[0].payload == pair[1].payload) {
        return Err(Violation::ListedTwice { block: pair[0].payload });
    }
    let mut listed = listed.into_iter().peekable();
    for block in heap.blocks().filter(|block| !block.allocated) {
        match listed.peek() {
            Some(entry) if entry.payload == block.payload => listed.next(),
            Some(entry) if entry.payload < block.payload => return Err(not_free(*entry)),
            _ => {
                return Err(Violation::NotListed { block: block.payload });
            }
        };
    }
    listed.next().map_or(Ok(()), |entry| Err(not_free(entry)))
}

fn not_free(entry: Listed) -> Violation {
    Violation::NotAFreeBlock { list: entry.list, block: entry.payload }
}
