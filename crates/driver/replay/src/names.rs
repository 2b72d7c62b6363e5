//! Names for the words of a heap, so that a message need not leave a student alone with an address.
//!
//! ```text
//!  start                                                            break
//!  +-----+----------+----------+------------------+-----+----------+
//!  | pad | prologue | prologue | hdr payload ftr  | ... | epilogue |
//!  |     | header   | footer   | block            |     |          |
//!  +-----+----------+----------+------------------+-----+----------+
//! ```
//!
//! The names come from what `blocks` shows, and from the tags in memory. A block is named by its
//! payload, everywhere.

use crate::other::bytes;
use heaplab_arena::{Addr, WORD_BYTES};
use heaplab_heap::{BlockView, Listed, Tag};

/// A heap as it is in memory at one moment.
pub(crate) struct Words<'a> {
    /// What `blocks` shows, by rising address.
    pub(crate) blocks: &'a [BlockView],
    /// What `free_lists` shows.
    pub(crate) lists: &'a [Listed],
    /// The payload of the top, if the design has one now.
    pub(crate) top: Option<Addr>,
    /// The heap segment: its start, and the break.
    pub(crate) segment: (Addr, Addr),
    /// The alignment of payloads, in bytes.
    pub(crate) align_bytes: u32,
    /// Reads a word.
    pub(crate) word: &'a dyn Fn(Addr) -> Option<u32>,
}

impl Words<'_> {
    /// Returns whether the blocks have the labs' headers: the word before each payload is a tag
    /// that says what `blocks` shows. The words of another design have no names.
    pub(crate) fn has_tags(&self) -> bool {
        self.blocks.iter().all(|block| {
            let tag = self.tag(block.payload - WORD_BYTES);
            block.payload - WORD_BYTES == block.start
                && tag
                    .is_some_and(|tag| tag.size() == block.size && tag.is_held() == block.allocated)
        })
    }

    /// Returns the tag in the word at `addr`.
    pub(crate) fn tag(&self, addr: Addr) -> Option<Tag> {
        (self.word)(addr).map(Tag::from_word)
    }

    /// Returns the block that contains the byte at `addr`.
    pub(crate) fn block_with(&self, addr: Addr) -> Option<&BlockView> {
        self.blocks.iter().find(|block| addr - block.start < block.size)
    }

    /// Returns the block with this payload.
    pub(crate) fn block_at(&self, payload: Addr) -> Option<&BlockView> {
        self.blocks.iter().find(|block| block.payload == payload)
    }

    /// Returns the block that ends where the word at `header` begins: that word should be the next
    /// block's header, or the epilogue.
    pub(crate) fn block_before(&self, header: Addr) -> Option<&BlockView> {
        self.blocks.iter().find(|block| block.start + block.size == header)
    }

    /// Returns whether this word is the last before the break, where the epilogue belongs.
    pub(crate) fn is_epilogue(&self, addr: Addr) -> bool {
        addr + WORD_BYTES == self.segment.1
    }

    /// Returns whether the headers say whether the block before is allocated, so that allocated
    /// blocks need no footer.
    pub(crate) fn footers_are_elided(&self) -> bool {
        let mut headers =
            self.blocks.iter().filter_map(|block| self.tag(block.payload - WORD_BYTES));
        headers.any(Tag::is_prev_allocated)
    }

    /// Returns the name of the word at `addr`, if it has one: `the header of block 0x10010`.
    pub(crate) fn name(&self, addr: Addr) -> Option<String> {
        let (start, brk) = self.segment;
        if addr < start || addr >= brk || !self.has_tags() {
            return None;
        }
        if self.is_epilogue(addr) {
            return Some("the epilogue".to_owned());
        }
        match self.block_with(addr) {
            Some(block) => Some(self.name_in(block, addr)),
            None if self.blocks.is_empty() => {
                let offset = addr - start;
                (offset < 16 * WORD_BYTES).then(|| {
                    format!(
                        "the word {} into the heap, where the prologue and the list heads are",
                        bytes(offset.into())
                    )
                })
            }
            None if self.blocks.first()?.start > addr => Some(self.name_before_blocks(addr)),
            // No block of the walk has it: the walk ended before.
            None => self
                .block_before(addr)
                .map(|before| format!("the header behind block {}", before.payload)),
        }
    }

    fn name_in(&self, block: &BlockView, addr: Addr) -> String {
        let payload = block.payload;
        let is_top = !block.allocated && self.top == Some(payload);
        let kind = match (block.allocated, is_top) {
            (true, _) => "block",
            (false, true) => "the top, free block",
            (false, false) => "free block",
        };
        if addr + WORD_BYTES == payload {
            return format!("the header of {kind} {payload}");
        }
        if addr + WORD_BYTES == block.start + block.size {
            let has_footer = !block.allocated || !self.footers_are_elided();
            let part = if has_footer { "the footer" } else { "the last word" };
            return format!("{part} of {kind} {payload}");
        }
        let is_linked = !block.allocated && !is_top && !self.lists.is_empty();
        match addr - payload {
            0 if is_linked => format!("the link to the next block in {kind} {payload}"),
            WORD_BYTES if is_linked => format!("the link to the block before in {kind} {payload}"),
            offset => format!("byte {offset} of the payload of {kind} {payload}"),
        }
    }

    /// Returns where the prologue's header is, if there is a prologue before the first block.
    fn prologue(&self) -> Option<(Addr, u32)> {
        let first = self.blocks.first()?.start;
        let tag = self.tag(first - WORD_BYTES).filter(|tag| tag.is_allocated())?;
        let header = first - tag.size();
        let is_one = tag.size() >= 2 * WORD_BYTES
            && header >= self.segment.0
            && header < first
            && self
                .tag(header)
                .is_some_and(|other| other.is_allocated() && other.size() == tag.size());
        is_one.then_some((header, tag.size()))
    }

    /// Returns whether this word is a tag of the prologue.
    pub(crate) fn is_prologue_tag(&self, addr: Addr) -> bool {
        let is_tag = |(header, size)| addr == header || addr + WORD_BYTES == header + size;
        self.prologue().is_some_and(is_tag)
    }

    fn name_before_blocks(&self, addr: Addr) -> String {
        let offset = addr - self.segment.0;
        let Some((header, size)) = self.prologue() else {
            let first = self.blocks.first().map_or(self.segment.1, |first| first.start);
            // Room for a prologue, but for no list?
            let what = if first - self.segment.0 > 4 * WORD_BYTES {
                "where the list heads are"
            } else {
                "where the prologue is"
            };
            let offset = bytes(offset.into());
            return format!("the word {offset} into the heap, before the first block, {what}");
        };
        match addr {
            _ if addr < header => "the pad at the start of the heap".to_owned(),
            _ if addr == header => "the prologue's header".to_owned(),
            _ if addr + WORD_BYTES == header + size => "the prologue's footer".to_owned(),
            _ if size == 4 * WORD_BYTES && addr == header + WORD_BYTES => {
                "the list's head, its link to the first block".to_owned()
            }
            _ if size == 4 * WORD_BYTES => "the list's head, its link to the last block".to_owned(),
            _ => format!(
                "word {} of the prologue's payload, where the bitmap and the list heads are",
                (addr - header) / WORD_BYTES - 1
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Addr = Addr::new(0x1_0000);

    fn block(offset: u32, size: u32, allocated: bool) -> BlockView {
        let start = START + offset;
        BlockView { start, size, payload: start + WORD_BYTES, allocated }
    }

    /// Returns the names of these words in a heap with a prologue of `prologue` bytes.
    fn names(prologue: u32, lists: &[Listed], offsets: &[u32]) -> Vec<String> {
        let from = 28;
        let blocks = [block(from, 32, true), block(from + 32, 64, false)];
        let word = |addr: Addr| {
            let tag = match addr - START {
                offset if offset == from - 4 || offset == from - prologue => {
                    Tag::allocated(prologue)
                }
                28 => Tag::allocated(32),
                60 => Tag::free(64),
                _ => Tag::free(0),
            };
            Some(tag.to_word())
        };
        let segment = (START, START + from + 96 + 4);
        let words =
            Words { blocks: &blocks, lists, top: None, segment, align_bytes: 16, word: &word };
        offsets.iter().map(|&at| words.name(START + at).unwrap_or_default()).collect()
    }

    #[test]
    fn every_word_has_a_name() {
        let listed = [Listed { list: 0, payload: START + 64 }];
        assert_eq!(
            names(16, &listed, &[0, 12, 16, 20, 24, 28, 40, 56, 60, 64, 68, 120, 124, 128]),
            [
                "the pad at the start of the heap",
                "the prologue's header",
                "the list's head, its link to the first block",
                "the list's head, its link to the last block",
                "the prologue's footer",
                "the header of block 0x10020",
                "byte 8 of the payload of block 0x10020",
                "the footer of block 0x10020",
                "the header of free block 0x10040",
                "the link to the next block in free block 0x10040",
                "the link to the block before in free block 0x10040",
                "the footer of free block 0x10040",
                "the epilogue",
                "",
            ]
        );
        assert_eq!(names(8, &[], &[16, 20, 64])[0], "the pad at the start of the heap");
        assert_eq!(names(8, &[], &[20, 24]), ["the prologue's header", "the prologue's footer"]);
    }

    #[test]
    fn the_top_is_called_that_and_has_no_links() {
        let blocks = [block(0, 32, true), block(32, 64, false)];
        let word = |addr: Addr| match addr - START {
            0 => Some(Tag::allocated(32).to_word()),
            32 => Some(Tag::free(64).to_word()),
            _ => Some(0),
        };
        let top = Some(START + 36);
        let lists = [Listed { list: 9, payload: START + 36 }];
        let segment = (START, START + 100);
        let words =
            Words { blocks: &blocks, lists: &lists, top, segment, align_bytes: 16, word: &word };
        let names = [32, 36, 92].map(|at| words.name(START + at).unwrap_or_default());
        assert_eq!(
            names,
            [
                "the header of the top, free block 0x10024",
                "byte 0 of the payload of the top, free block 0x10024",
                "the footer of the top, free block 0x10024",
            ]
        );
    }

    #[test]
    fn a_design_without_these_tags_has_no_names() {
        let blocks = [block(0, 32, true)];
        let (word, segment) = (|_| Some(24), (START, START + 36));
        let words =
            Words { blocks: &blocks, lists: &[], top: None, segment, align_bytes: 16, word: &word };
        assert!(!words.has_tags());
        assert_eq!(words.name(START), None);
    }
}
