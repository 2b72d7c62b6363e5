//! A heap as a worker sends it: its blocks and lists as two strings of numbers.
//!
//! A number is written as one character or more, the lowest five bits first; a sixth bit says
//! whether more follow. The characters are those of ASCII from `#`, without the backslash: JSON
//! takes them as they are. Most numbers are differences from what is expected, so that they are
//! small:
//!
//! | of | numbers |
//! |---|---|
//! | a block | start, from the end of the block before; bytes; payload, from the start; 1 if it is allocated, and 2 more if it is the program's |
//! | the program's block | id, from the last one; requested bytes, from those of the block; line, from the last one |
//! | an entry of a list | list, from the one before; payload, from the one before |

use crate::view::{BlockNow, Entry, HeapView, Owner};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
struct Packed {
    ops: usize,
    heap_start: u32,
    heap_break: u32,
    hides_blocks: bool,
    blocks: String,
    lists: String,
}

impl Serialize for HeapView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (blocks, lists) = (written_blocks(&self.blocks), written_lists(&self.lists));
        let HeapView { ops, heap_start, heap_break, hides_blocks, .. } = *self;
        Packed { ops, heap_start, heap_break, hides_blocks, blocks, lists }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for HeapView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HeapView, D::Error> {
        let Packed { ops, heap_start, heap_break, hides_blocks, blocks, lists } =
            Packed::deserialize(deserializer)?;
        let cut_off = || D::Error::custom("a list of blocks is cut off");
        let blocks = read_blocks(&blocks).ok_or_else(cut_off)?;
        let lists = read_lists(&lists).ok_or_else(cut_off)?;
        Ok(HeapView { ops, heap_start, heap_break, hides_blocks, blocks, lists })
    }
}

const ALLOCATED: u32 = 1;
const OWNED: u32 = 2;

/// What the differences of a block are taken from.
#[derive(Default)]
struct Last {
    end: u32,
    id: u32,
    line: u32,
}

fn written_blocks(blocks: &[BlockNow]) -> String {
    let (mut text, mut last) = (Text(Vec::with_capacity(16 * blocks.len())), Last::default());
    for block in blocks {
        text.put_difference(block.start, last.end);
        text.put(block.bytes);
        text.put_difference(block.payload, block.start);
        let owned = if block.owner.is_some() { OWNED } else { 0 };
        text.put(owned | if block.is_allocated { ALLOCATED } else { 0 });
        last.end = block.start.wrapping_add(block.bytes);
        if let Some(owner) = block.owner {
            text.put_difference(owner.id, last.id);
            text.put_difference(owner.payload_bytes, block.bytes);
            text.put_difference(owner.line, last.line);
            (last.id, last.line) = (owner.id, owner.line);
        }
    }
    text.into_string()
}

fn read_blocks(text: &str) -> Option<Vec<BlockNow>> {
    let (mut numbers, mut last) = (Numbers(text.as_bytes()), Last::default());
    let mut blocks = Vec::with_capacity(text.len() / 16);
    while !numbers.0.is_empty() {
        let start = numbers.get_from(last.end)?;
        let bytes = numbers.get()?;
        let payload = numbers.get_from(start)?;
        let kind = numbers.get()?;
        last.end = start.wrapping_add(bytes);
        let mut owner = None;
        if kind & OWNED != 0 {
            last.id = numbers.get_from(last.id)?;
            let payload_bytes = numbers.get_from(bytes)?;
            last.line = numbers.get_from(last.line)?;
            owner = Some(Owner { id: last.id, payload_bytes, line: last.line });
        }
        let is_allocated = kind & ALLOCATED != 0;
        blocks.push(BlockNow { start, bytes, payload, is_allocated, owner });
    }
    Some(blocks)
}

fn written_lists(entries: &[Entry]) -> String {
    let (mut text, mut last) = (Text(Vec::with_capacity(5 * entries.len())), (0, 0));
    for entry in entries {
        text.put_difference(entry.list, last.0);
        text.put_difference(entry.payload, last.1);
        last = (entry.list, entry.payload);
    }
    text.into_string()
}

fn read_lists(text: &str) -> Option<Vec<Entry>> {
    let (mut numbers, mut last) = (Numbers(text.as_bytes()), (0, 0));
    let mut entries = Vec::with_capacity(text.len() / 5);
    while !numbers.0.is_empty() {
        last = (numbers.get_from(last.0)?, numbers.get_from(last.1)?);
        entries.push(Entry { list: last.0, payload: last.1 });
    }
    Some(entries)
}

/// The first character, and the one that is left out.
const FIRST: u8 = b'#';
const LEFT_OUT: u8 = b'\\';
const MORE: u8 = 1 << 5;

/// Numbers as text.
struct Text(Vec<u8>);

impl Text {
    fn put(&mut self, mut number: u32) {
        loop {
            let more = if number < u32::from(MORE) { 0 } else { MORE };
            let sign = FIRST + (number as u8 & (MORE - 1) | more);
            self.0.push(if sign < LEFT_OUT { sign } else { sign + 1 });
            number >>= 5;
            if more == 0 {
                break;
            }
        }
    }

    /// Puts a number as its difference from another one: the sign is the lowest bit.
    fn put_difference(&mut self, number: u32, from: u32) {
        let difference = number.wrapping_sub(from) as i32;
        self.put(((difference << 1) ^ (difference >> 31)) as u32);
    }

    fn into_string(self) -> String {
        // All characters are ASCII.
        String::from_utf8(self.0).unwrap_or_default()
    }
}

/// Numbers that are read from text.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    /// Returns the next number; none if the text is cut off.
    fn get(&mut self) -> Option<u32> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (&sign, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = sign.wrapping_sub(if sign > LEFT_OUT { FIRST + 1 } else { FIRST });
            number |= u32::from(bits & (MORE - 1)).checked_shl(shift)?;
            if bits & MORE == 0 {
                return Some(number);
            }
            shift += 5;
        }
    }

    fn get_from(&mut self, from: u32) -> Option<u32> {
        let bits = self.get()?;
        Some(from.wrapping_add((bits >> 1) ^ (bits & 1).wrapping_neg()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let numbers = [0, 1, 31, 32, 1023, 1024, 57, 58, u32::MAX, 1 << 31];
        let mut text = Text(Vec::new());
        numbers.iter().for_each(|number| text.put(*number));
        numbers.iter().for_each(|number| text.put_difference(*number, 1000));
        let text = text.into_string();
        assert!(!text.contains(['"', '\\']), "{text}");
        let mut read = Numbers(text.as_bytes());
        assert!(numbers.iter().all(|number| read.get() == Some(*number)));
        assert!(numbers.iter().all(|number| read.get_from(1000) == Some(*number)));
        assert_eq!(read.get(), None);
    }

    #[test]
    fn a_heap_is_read_as_it_was_written() {
        let owner = Some(Owner { id: 7, payload_bytes: 20, line: 900 });
        let block = |start, bytes, payload, owner| BlockNow {
            start,
            bytes,
            payload,
            is_allocated: payload % 3 == 0,
            owner,
        };
        // A broken heap shows blocks in no order, and of any size.
        let blocks = vec![
            block(0x1_0008, 32, 0x1_000c, owner),
            block(0x1_0028, 64, 0x1_002c, None),
            block(8, u32::MAX, 0, owner),
        ];
        let lists = vec![
            Entry { list: 3, payload: 0x1_002c },
            Entry { list: 0, payload: 0 },
            Entry { list: u32::MAX, payload: u32::MAX },
        ];
        let (heap_start, heap_break) = (0x1_0000, 0x2_0000);
        let view = HeapView { ops: 5, heap_start, heap_break, hides_blocks: true, blocks, lists };
        let json = serde_json::to_string(&view).unwrap();
        assert_eq!(serde_json::from_str::<HeapView>(&json).unwrap(), view);
        let cut_off = json.replacen("\",\"lists", "S\",\"lists", 1);
        assert!(serde_json::from_str::<HeapView>(&cut_off).is_err());
    }
}
