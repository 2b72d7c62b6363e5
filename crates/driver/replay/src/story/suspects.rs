//! Which words a fault is about: who wrote them last may have made the mistake.

use super::Suspect;
use crate::access::{Access, BadAccess, Call, EndlessLoop, Problem};
use crate::evidence::Dirty;
use crate::fault::Kind;
use crate::miscount::Miscount;
use crate::names::Words;
use heaplab_arena::{Addr, WORD_BYTES};
use heaplab_heap::{BlockView, HeapError, PointerFault, Tag, Violation};

/// Returns the words that the fault is about. `written` are the words that the allocator wrote.
pub(crate) fn suspects(kind: &Kind, words: &Words<'_>, written: &[Addr]) -> Vec<Suspect> {
    let choice = Choice { words, written };
    if is_of_set_up(kind) {
        return choice.of_set_up(kind);
    }
    match kind {
        Kind::Access(access) => choice.of_access(access),
        Kind::Check(violation) => choice.of_violation(violation),
        Kind::EndlessLoop(endless) => choice.of_loop(endless),
        Kind::UsableSize { addr, answer: Ok(_), .. } | Kind::Misaligned { addr, .. } => {
            choice.header(*addr)
        }
        Kind::UsableSize { addr, answer: Err(_), .. } => choice.witness(*addr),
        Kind::Refused(HeapError::BadPointer { addr, .. }) => choice.witness(*addr),
        Kind::FailedDirty { block, what: Dirty::Block(Err(_)) } => choice.witness(block.addr),
        Kind::FailedDirty { block, what: Dirty::Block(Ok(_)) } => choice.header(block.addr),
        Kind::Overlap { addr, other, .. } if *addr != other.addr => choice.header(*addr),
        Kind::Miscounted(account) => match account.miscount {
            Miscount::NotHeld { payload, .. } | Miscount::NoBlock { payload, .. } => {
                choice.header(payload)
            }
            Miscount::Usable { payload, answer: Ok(_), .. } => choice.header(payload),
            Miscount::Usable { payload, answer: Err(_), .. } => choice.witness(payload),
            _ => choice.header(account.miscount.addr() + WORD_BYTES),
        },
        Kind::LostByRealloc { to, offset, .. } => choice.byte(*to, *offset),
        Kind::NotZeroed { addr, offset, .. } => choice.byte(*addr, *offset),
        _ => Vec::new(),
    }
}

/// Returns whether the allocator was stopped while it set up the empty heap. What its words hold is
/// then lost with the heap.
fn is_of_set_up(kind: &Kind) -> bool {
    match kind {
        Kind::Access(access) => access.call == Call::Build,
        Kind::EndlessLoop(endless) => endless.call == Call::Build,
        _ => false,
    }
}

/// Returns the word that shows that `payload` is not an allocated payload: the header, or the
/// second witness, which is the block's footer, or, if footers are elided, the next header.
pub(crate) fn witness(payload: Addr, words: &Words<'_>) -> Option<(Addr, bool)> {
    let header = payload - WORD_BYTES;
    let tag = words.tag(header)?;
    let leads_nowhere = tag.size() == 0 || tag.size() > words.segment.1 - payload;
    let is_uneven = !tag.size().is_multiple_of(words.align_bytes);
    if !tag.is_held() || leads_nowhere || is_uneven {
        return Some((header, true));
    }
    let next = payload + tag.size() - WORD_BYTES;
    Some((if words.footers_are_elided() { next } else { next - WORD_BYTES }, false))
}

struct Choice<'a> {
    words: &'a Words<'a>,
    written: &'a [Addr],
}

impl Choice<'_> {
    /// Returns the word at `at`, with its name and what it holds as a tag.
    fn tag(&self, at: Addr, name: String) -> Suspect {
        let holds = self.words.tag(at).map_or(String::new(), |tag| format!(" ({tag})"));
        Suspect { what: format!("{name}{holds}"), at, leads_to: None }
    }

    /// Returns the header of the block with this payload.
    fn header(&self, payload: Addr) -> Vec<Suspect> {
        if !self.words.has_tags() {
            return Vec::new();
        }
        let at = payload - WORD_BYTES;
        let name = self.words.name(at);
        vec![self.tag(at, name.unwrap_or_else(|| format!("the header of block {payload}")))]
    }

    fn footer(&self, payload: Addr, tag: Tag) -> Suspect {
        let at = payload + tag.size() - 2 * WORD_BYTES;
        self.tag(at, format!("the footer of block {payload}"))
    }

    /// Returns the word that shows that the payload is not allocated.
    fn witness(&self, payload: Addr) -> Vec<Suspect> {
        match witness(payload, self.words) {
            _ if payload.is_null() || !self.words.has_tags() => Vec::new(),
            None => Vec::new(),
            Some((_, true)) => self.header(payload),
            // The function that wrote the header should have written the witness too.
            Some((at, false)) => {
                let name = self.words.name(at);
                let mut both = self.header(payload);
                both.push(self.tag(at, name.unwrap_or_else(|| "the word".to_owned())));
                both
            }
        }
    }

    /// Returns a byte of a payload.
    fn byte(&self, payload: Addr, offset: usize) -> Vec<Suspect> {
        let offset = offset as u32;
        let at = payload + offset / WORD_BYTES * WORD_BYTES;
        vec![Suspect {
            what: format!("byte {offset} of the payload {payload}"),
            at,
            leads_to: None,
        }]
    }

    /// Returns a word that is a link, with where it leads.
    fn link(&self, at: Addr) -> Suspect {
        let name = self.words.name(at).unwrap_or_else(|| "a link".to_owned());
        let to = (self.words.word)(at).map_or(Addr::NULL, Addr::new);
        Suspect { what: format!("{name} (to {to})"), at, leads_to: Some(to) }
    }

    /// Returns the words in lists that hold this payload: list heads, and links in free blocks.
    fn links_to(&self, payload: Addr) -> Vec<Suspect> {
        let holds = |at: &&Addr| (self.words.word)(**at) == Some(payload.to_word());
        let is_in_list = |at: &&Addr| match self.words.block_with(**at) {
            Some(block) => !block.allocated || self.is_listed(block),
            None => true,
        };
        let words = self.written.iter().filter(holds).filter(is_in_list);
        words.map(|&at| self.link(at)).take(2).collect()
    }

    fn is_listed(&self, block: &BlockView) -> bool {
        self.words.lists.iter().any(|entry| entry.payload == block.payload)
    }

    /// Returns the words that were read when the set-up was stopped; of a word that was never
    /// written, those beside it: a pair of links or tags is written by one function.
    fn of_set_up(&self, kind: &Kind) -> Vec<Suspect> {
        let read: Vec<Addr> = match kind {
            Kind::Access(access) if access.access == Access::Load => vec![access.at],
            Kind::EndlessLoop(endless) => endless.cycle.iter().map(|step| step.addr).collect(),
            _ => Vec::new(),
        };
        let is_written = |at: &Addr| self.written.contains(at);
        let mut suspects: Vec<Suspect> = Vec::new();
        for at in read {
            let (near, name) = if is_written(&at) {
                (vec![at], "the word at")
            } else {
                (vec![at - WORD_BYTES, at + WORD_BYTES], "the word beside it, at")
            };
            for at in near.into_iter().filter(is_written) {
                if !suspects.iter().any(|suspect| suspect.at == at) {
                    suspects.push(Suspect { what: format!("{name} {at}"), at, leads_to: None });
                }
            }
        }
        suspects
    }

    fn of_access(&self, access: &BadAccess) -> Vec<Suspect> {
        let at = access.at;
        // The function that is stopped at a store, or in a copy, made the mistake itself.
        if access.access == Access::Store || access.size != WORD_BYTES {
            return Vec::new();
        }
        if let Some(before) = self.words.block_before(at) {
            return self.header(before.payload);
        }
        match access.problem {
            Problem::Null | Problem::BelowHeap | Problem::GivenBack | Problem::PastBreak => {
                self.end_of_walk()
            }
            Problem::Misaligned | Problem::Outside { .. } => Vec::new(),
            Problem::Live | Problem::Unwritten | Problem::Stale => {
                let mut suspects = self.links_to(at);
                suspects.extend(self.links_to(at - WORD_BYTES));
                // Who allocated a block that is on a list should have taken it off.
                let block = self.words.block_with(at);
                if let Some(block) = block.filter(|view| view.allocated || suspects.is_empty()) {
                    suspects.extend(self.header(block.payload));
                }
                suspects
            }
        }
    }

    /// Returns the header at which the walk over the blocks ends, if that is not the epilogue.
    fn end_of_walk(&self) -> Vec<Suspect> {
        let end = self.words.blocks.last().map(|last| last.start + last.size);
        match end {
            Some(end) if end + WORD_BYTES < self.words.segment.1 => self.header(end + WORD_BYTES),
            _ => Vec::new(),
        }
    }

    /// Returns the links that a loop follows, and the headers with a size of 0 that it comes to.
    fn of_loop(&self, endless: &EndlessLoop) -> Vec<Suspect> {
        let mut suspects: Vec<Suspect> = Vec::new();
        for step in &endless.cycle {
            let at = step.addr;
            let known = suspects.iter().any(|suspect| suspect.at == at);
            if known || !self.written.contains(&at) || self.words.is_epilogue(at) {
                continue;
            }
            let payload = at + WORD_BYTES;
            let is_empty = self.words.tag(at).is_some_and(|tag| tag.size() == 0);
            let is_header = self.words.block_at(payload).is_some();
            let value = (self.words.word)(at).map(Addr::new);
            let visited = endless.cycle.iter().any(|step| Some(step.addr) == value);
            match value {
                Some(_) if is_header && is_empty => suspects.extend(self.header(payload)),
                Some(_) if !is_header && visited => suspects.push(self.link(at)),
                _ => {}
            }
        }
        suspects
    }

    fn of_violation(&self, violation: &Violation) -> Vec<Suspect> {
        match *violation {
            Violation::Gap { block, .. }
            | Violation::Size { block, .. }
            | Violation::NotListed { block } => self.header(block),
            Violation::PrevAllocated { block, .. } => {
                let mut both = self.header(block);
                let before = self.words.block_before(block - WORD_BYTES);
                both.extend(before.map(|view| self.header(view.payload)).into_iter().flatten());
                both
            }
            Violation::Misaligned { block, .. } => {
                let before = self.words.block_before(block - WORD_BYTES);
                before.map_or(Vec::new(), |before| self.header(before.payload))
            }
            Violation::Footer { block, header, .. } if self.words.has_tags() => {
                let mut both = self.header(block);
                both.push(self.footer(block, header));
                both
            }
            Violation::Uncoalesced { block } => {
                let mut both = self.header(block);
                let size = self.words.block_at(block).map(|view| view.size);
                both.extend(size.map(|size| self.header(block + size)).into_iter().flatten());
                both
            }
            Violation::Prologue { at } => {
                let prologue = self.tag(at, "the prologue's header".to_owned());
                let footer = self.words.blocks.first().map(|first| first.start - WORD_BYTES);
                let footer = footer.or_else(|| {
                    let size = self.words.tag(at)?.size();
                    (size >= 2 * WORD_BYTES).then(|| at + size - WORD_BYTES)
                });
                let mut both = vec![prologue];
                both.extend(footer.map(|at| self.tag(at, "the prologue's footer".to_owned())));
                both
            }
            Violation::Epilogue { at, .. } => vec![self.tag(at, "the epilogue".to_owned())],
            Violation::Footer { .. } => Vec::new(),
            // Who merged the block or allocated it should have taken it off the list.
            Violation::NotAFreeBlock { block, .. } => {
                let mut suspects = self.links_to(block);
                let around = self.words.block_with(block);
                suspects.extend(around.map(|view| self.header(view.payload)).into_iter().flatten());
                suspects
            }
            Violation::WrongClass { block, .. } => {
                let mut suspects = self.links_to(block);
                suspects.extend(self.header(block));
                suspects
            }
            Violation::ListedTwice { block } | Violation::Order { block, .. } => {
                self.links_to(block)
            }
            Violation::Link { block, next, .. } => {
                let mut suspects = vec![self.link(block), self.link(next + WORD_BYTES)];
                let listed = self.words.lists.iter().filter(|entry| entry.payload == next);
                if listed.count() > 1 {
                    suspects.extend(self.header(next));
                }
                suspects
            }
            Violation::Bitmap { list, says } => self.of_bitmap(list, says),
            Violation::Remembered { addr, .. } => {
                let block = self.words.block_with(addr);
                block.map_or(Vec::new(), |block| self.header(block.payload))
            }
            Violation::OwnCheck => Vec::new(),
            // What the operation wrote last before the first block is close to a count.
            Violation::Count { .. } => {
                let heads = self.before_blocks().map(|at| self.link(at));
                heads.map(|suspect| Suspect { leads_to: None, ..suspect }).collect()
            }
        }
    }

    /// Returns the words before the first block that were written: heads, and the bitmap.
    fn before_blocks(&self) -> impl Iterator<Item = Addr> {
        let first = self.words.blocks.first().map_or(self.words.segment.1, |first| first.start);
        self.written.iter().copied().filter(move |&at| at < first)
    }

    /// Returns the words close to a wrong bit. If the list is empty, its head was made a ring when
    /// it became empty; that is where the bit should have been cleared. If not, the word with the
    /// bit was written wrongly, or the head was written and the bit was not.
    fn of_bitmap(&self, list: u32, says: bool) -> Vec<Suspect> {
        let word = |at| (self.words.word)(at).map(Addr::new);
        if says {
            let rings = self.before_blocks().filter(|&at| word(at) == Some(at));
            return rings.map(|at| self.link(at)).collect();
        }
        let first = self.words.lists.iter().find(|entry| entry.list == list);
        let to_first = |&at: &Addr| first.is_some_and(|entry| word(at) == Some(entry.payload));
        let heads = self.before_blocks().filter(to_first).map(|at| self.link(at));
        heads.chain(self.bitmap_word(list).map(|at| self.bits(at))).collect()
    }

    /// Returns the word with the bit of a list, where the labs have it: the bitmap begins at the
    /// first word before the blocks that is not a link or a tag of the prologue.
    fn bitmap_word(&self, list: u32) -> Option<Addr> {
        const BITS: u32 = 8 * WORD_BYTES;
        let is_bits = |&at: &Addr| {
            let is_number =
                (self.words.word)(at).is_some_and(|value| Addr::new(value) < self.words.segment.0);
            is_number && !self.words.is_prologue_tag(at)
        };
        let mut bitmap = self.before_blocks().filter(is_bits);
        let at = bitmap.next()? + list / BITS * WORD_BYTES;
        self.written.contains(&at).then_some(at)
    }

    fn bits(&self, at: Addr) -> Suspect {
        Suspect { what: "the word of the bitmap with that bit".to_owned(), at, leads_to: None }
    }
}

/// Returns what the tags say if the heap refuses a live block: which witness does not agree.
pub(crate) fn refusal(payload: Addr, fault: PointerFault, words: &Words<'_>) -> Option<String> {
    let is_of_address = matches!(fault, PointerFault::OutsideHeap | PointerFault::Misaligned);
    if payload.is_null() || is_of_address || !words.has_tags() {
        return None;
    }
    let header = words.tag(payload - WORD_BYTES)?;
    let (at, is_header) = witness(payload, words)?;
    let holds = words.tag(at)?;
    let size = header.size();
    Some(if is_header && !header.is_held() {
        format!("its header, at {at}, says {header}")
    } else if is_header && !size.is_multiple_of(words.align_bytes) {
        format!(
            "its header, at {at}, says {header}: {size} is not a multiple of {}, the alignment",
            words.align_bytes
        )
    } else if is_header {
        format!(
            "its header, at {at}, says {header}: no block of that size ends before the break, {}",
            words.segment.1
        )
    } else if words.footers_are_elided() {
        let says = if holds.is_prev_allocated() { "allocated" } else { "free" };
        format!(
            "its header says {header}, but the next header, at {at}, says that the block before it is {says}"
        )
    } else if holds.size() > words.segment.1 - words.segment.0 {
        let word = holds.to_word();
        format!(
            "its header says {header}, but its footer, at {at}, holds {word:#x}, which is not a tag"
        )
    } else {
        format!("its header says {header}, but its footer, at {at}, holds {holds}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const START: Addr = Addr::new(0x1_0000);
    const PAYLOAD: Addr = Addr::new(0x1_0010);

    /// Returns the refusal of a block of 32 bytes with this header, beside a footer and a next
    /// header.
    fn refused(header: Tag, footer: Tag, next: Tag) -> Option<String> {
        let memory = BTreeMap::from([
            (PAYLOAD - 4, header.to_word()),
            (PAYLOAD + 24, footer.to_word()),
            (PAYLOAD + 28, next.to_word()),
        ]);
        let word = |at| memory.get(&at).copied();
        let (size, allocated) = (header.size(), header.is_allocated());
        let view = BlockView { start: PAYLOAD - 4, size, payload: PAYLOAD, allocated };
        let segment = (START, START + 64);
        let words =
            Words { blocks: &[view], lists: &[], top: None, segment, align_bytes: 16, word: &word };
        refusal(PAYLOAD, PointerFault::NotABlock, &words)
    }

    #[test]
    fn the_witness_that_does_not_agree_is_named() {
        let (allocated, free) = (Tag::allocated(32), Tag::free(32));
        let text = refused(free, free, allocated).unwrap_or_default();
        assert_eq!(text, "its header, at 0x1000c, says 32 free");
        let text = refused(allocated, free, allocated).unwrap_or_default();
        assert_eq!(text, "its header says 32 allocated, but its footer, at 0x10028, holds 32 free");
        let elided = allocated.with_prev_allocated(true);
        let text = refused(elided, free, free).unwrap_or_default();
        assert!(text.ends_with("at 0x1002c, says that the block before it is free"), "{text}");
    }

    #[test]
    fn a_size_that_can_not_be_is_named() {
        let text = refused(Tag::allocated(40), Tag::free(0), Tag::free(0)).unwrap_or_default();
        assert!(text.ends_with("40 is not a multiple of 16, the alignment"), "{text}");
        let text = refused(Tag::allocated(96), Tag::free(0), Tag::free(0)).unwrap_or_default();
        assert!(text.contains("no block of that size ends before the break"), "{text}");
    }

    #[test]
    fn a_pointer_that_is_refused_by_its_address_has_no_witness() {
        let word = |_| None;
        let segment = (START, START + 64);
        let words =
            Words { blocks: &[], lists: &[], top: None, segment, align_bytes: 16, word: &word };
        assert_eq!(refusal(Addr::NULL, PointerFault::NotABlock, &words), None);
        assert_eq!(refusal(PAYLOAD, PointerFault::OutsideHeap, &words), None);
    }
}
