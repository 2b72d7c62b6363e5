//! The words of a block, and what each one looks like.
//!
//! A film does not know how an allocator lays out a block. What is said of a word is a guess from
//! its place and its value, and is shown with a question mark.

use crate::marks::Marks;
use crate::now::HeapNow;
use heaplab_film::BlockNow;
use std::fmt;

/// Bytes in a word of the simulated machine.
pub(crate) const WORD_BYTES: u32 = 4;

/// The lowest bits of a size that may hold flags: sizes are multiples of 8 at least.
const FLAG_BITS: u32 = 7;

/// What a word looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Before the payload, and the block's size with flags: a header.
    Header {
        /// The lowest bits.
        flags: u32,
    },
    /// The block's last word, and its size with flags: a footer.
    Footer {
        /// The lowest bits.
        flags: u32,
    },
    /// The address of another block: a link.
    Link {
        /// The other block's payload.
        payload: u32,
        /// The other block's letter, if it is free.
        letter: Option<char>,
    },
    /// The address of a word of the heap that is not in a block, such as the head of a list.
    OutsideBlocks,
    /// Before the payload, and nothing that is known.
    BeforePayload,
    /// In the program's payload.
    Payload {
        /// The block's id in the trace.
        id: u32,
    },
    /// In an allocated block, behind the bytes that the program asked for.
    BehindPayload,
    /// In an allocated block that the program has not got.
    Allocated,
    /// In a free block.
    Free,
}

impl Looks {
    /// Returns what a word of a block looks like; `is_written` says whether the call wrote it.
    pub(crate) fn of(
        addr: u32,
        word: u32,
        block: &BlockNow,
        heap: &HeapNow,
        marks: &Marks,
        is_written: bool,
    ) -> Looks {
        let flags = word & FLAG_BITS;
        let is_size = word - flags == block.bytes;
        if addr < block.payload {
            return match is_size {
                true => Looks::Header { flags },
                false => linked(word, block, heap, marks).unwrap_or(Looks::BeforePayload),
            };
        }
        let is_last = u64::from(addr) + u64::from(WORD_BYTES)
            == u64::from(block.start) + u64::from(block.bytes);
        match (block.is_allocated, block.owner) {
            (true, Some(owner)) if addr - block.payload < owner.payload_bytes => {
                // A call that frees the block writes links into it.
                let link = is_written.then(|| linked(word, block, heap, marks)).flatten();
                link.unwrap_or(Looks::Payload { id: owner.id })
            }
            (_, _) if is_last && is_size => Looks::Footer { flags },
            (true, Some(_)) => Looks::BehindPayload,
            (true, None) => Looks::Allocated,
            (false, _) => linked(word, block, heap, marks).unwrap_or(Looks::Free),
        }
    }
}

/// Returns the block that a word leads to, if it is another one's start or payload.
fn linked(word: u32, from: &BlockNow, heap: &HeapNow, marks: &Marks) -> Option<Looks> {
    let Some(other) = heap.block_at(word) else {
        let is_address = word >= heap.heap_start && word < heap.heap_break;
        return (is_address && word.is_multiple_of(WORD_BYTES)).then_some(Looks::OutsideBlocks);
    };
    if other.payload == from.payload || (other.payload != word && other.start != word) {
        return None;
    }
    let letter = (!other.is_allocated).then(|| marks.of_block(other.payload));
    Some(Looks::Link { payload: other.payload, letter })
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sized = |f: &mut fmt::Formatter<'_>, what: &str, flags: u32| match flags {
            0 => write!(f, "{what}? the size"),
            flags => write!(f, "{what}? the size + {flags}"),
        };
        match self {
            Looks::Header { flags } => sized(f, "header", *flags),
            Looks::Footer { flags } => sized(f, "footer", *flags),
            Looks::Link { payload, letter: Some(letter) } => {
                write!(f, "link? to {letter} {payload:#x}")
            }
            Looks::Link { payload, letter: None } => write!(f, "link? to {payload:#x}"),
            Looks::OutsideBlocks => f.write_str("link? to outside the blocks"),
            Looks::BeforePayload => f.write_str("before the payload"),
            Looks::Payload { id } => write!(f, "payload of id {id}"),
            Looks::BehindPayload => f.write_str("behind the payload"),
            Looks::Allocated => f.write_str("allocated"),
            Looks::Free => f.write_str("free"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_film::{Film, Options};
    use heaplab_trace::Trace;
    use std::sync::Arc;

    fn looks(design: impl heaplab_heap::Design, line: &str, payload: u32) -> Vec<String> {
        let trace = Arc::new(Trace::of_line("words", line).unwrap());
        let done = trace.ops().len();
        let mut film = Film::record(design, trace, Options::default()).unwrap();
        let heap = HeapNow::new(film.heap(done, &|_| ()).unwrap());
        let block = *heap.block_at(payload).unwrap();
        let marks = Marks::of(&heap, None);
        let bytes = film.bytes(done, (block.start, block.bytes), &|_| ()).unwrap().unwrap();
        let words = bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap()));
        let addresses = (block.start..).step_by(4);
        let said = addresses.zip(words);
        said.map(|(addr, word)| Looks::of(addr, word, &block, &heap, &marks, false).to_string())
            .collect()
    }

    #[test]
    fn tags_and_payload_of_an_allocated_block() {
        let said = looks(heaplab_implicit::Policy::default(), "a 0 20", 0x10010);
        assert_eq!(said[0], "header? the size + 1");
        assert_eq!(said[1..6], ["payload of id 0"; 5]);
        assert_eq!(said.last().unwrap(), "footer? the size + 1");
    }

    #[test]
    fn links_between_free_blocks() {
        let line = "a 0 40, a 1 40, a 2 40, a 3 40, f 0, f 2";
        let said = looks(heaplab_explicit::Policy::default(), line, 0x10020);
        assert!(said[0].starts_with("header? the size"), "{said:?}");
        assert!(said.iter().any(|word| word.starts_with("link? to b 0x")), "{said:?}");
        assert!(said.last().unwrap().starts_with("footer? the size"), "{said:?}");
    }
}
