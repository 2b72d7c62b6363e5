//! The data of the page: figures as JSON, blocks as packed lists.

use super::held::{Blocks, Counted, Held, HeldBlock, ProcessHeap, Processes, content_bytes};
use crate::packed::{Packed, Place};
use serde::Serialize;
use std::cmp::{Ordering, Reverse};

/// How much is kept of each process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// At most this many bytes of each block's content.
    pub(super) content_bytes: usize,
    /// At most this many blocks, the largest.
    pub(super) blocks: usize,
}

/// The whole document.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    program: &'a str,
    heap: &'a str,
    shows_contents: bool,
    content_bytes: usize,
    uncounted: u64,
    first_shown: Option<usize>,
    processes: Vec<ProcessEntry<'a>>,
}

#[derive(Serialize)]
struct ProcessEntry<'a> {
    name: &'a str,
    pid: u64,
    is_running: bool,
    counted: &'a Counted,
    /// Why there are no blocks.
    missing: Option<&'a str>,
    #[serde(flatten)]
    blocks: Option<BlocksEntry>,
}

#[derive(Serialize)]
struct BlocksEntry {
    base: u64,
    first_call: u64,
    has_last_contents: bool,
    /// The blocks of both moments.
    rows: Rows,
    /// The peak, the end.
    moments: [Moment; 2],
}

/// A list for each figure of the blocks, by address.
#[derive(Serialize)]
struct Rows {
    offset: Place,
    size: Place,
    /// Usable bytes beyond the requested ones.
    beyond: Place,
    call: Place,
    /// 1 for a block of the peak, 2 for one of the end, 3 for both.
    moments: Place,
    /// The contents, as bytes and not as numbers.
    content: Place,
}

#[derive(Serialize)]
struct Moment {
    call: u64,
    heap_bytes: u64,
    counted_payload_bytes: u64,
    counted_usable_bytes: u64,
    /// The sums over all blocks, kept or not.
    blocks: usize,
    payload_bytes: u64,
    usable_bytes: u64,
    /// If blocks were left out: what all of them take of equal parts of the heap.
    cells: Option<Cells>,
}

#[derive(Serialize)]
struct Cells {
    bytes: u64,
    payload: Place,
    beyond: Place,
}

/// Makes the document; its lists go to `packed`.
pub(super) fn document<'a>(
    processes: &'a Processes,
    kept: Kept,
    packed: &mut Packed,
) -> Document<'a> {
    let entries = processes.processes.iter().map(|process| entry(process, kept, packed));
    Document {
        program: &processes.program,
        heap: &processes.heap,
        shows_contents: processes.shows_contents,
        content_bytes: kept.content_bytes,
        uncounted: processes.uncounted,
        first_shown: processes.first_shown(),
        processes: entries.collect(),
    }
}

fn entry<'a>(process: &'a ProcessHeap, kept: Kept, packed: &mut Packed) -> ProcessEntry<'a> {
    let blocks = process.blocks.as_ref();
    ProcessEntry {
        name: &process.name,
        pid: process.pid,
        is_running: process.is_running,
        counted: &process.counted,
        missing: blocks.err().map(String::as_str),
        blocks: blocks.ok().map(|blocks| blocks_entry(blocks, kept, packed)),
    }
}

fn blocks_entry(blocks: &Blocks, kept: Kept, packed: &mut Packed) -> BlocksEntry {
    let mut rows = joined(&blocks.peak, &blocks.end);
    let leaves_out = rows.len() > kept.blocks;
    if leaves_out {
        rows.sort_by_key(|row| Reverse(row.block.size));
        rows.truncate(kept.blocks);
        rows.sort_by_key(|row| (row.block.offset, row.block.call));
    }
    let numbers = |of: fn(&Row<'_>) -> u64| rows.iter().map(of).collect::<Vec<u64>>();
    BlocksEntry {
        base: blocks.base,
        first_call: blocks.first_call,
        has_last_contents: blocks.has_last_contents,
        rows: Rows {
            offset: packed.add(numbers(|row| row.block.offset.into())),
            size: packed.add(numbers(|row| row.block.size.into())),
            beyond: packed.add(numbers(|row| beyond(row.block))),
            call: packed.add(numbers(|row| row.block.call)),
            moments: packed.add(numbers(|row| row.moments)),
            content: packed.add_bytes(
                rows.iter().map(|row| &row.content[..row.content.len().min(kept.content_bytes)]),
            ),
        },
        moments: [&blocks.peak, &blocks.end].map(|held| moment(held, leaves_out, packed)),
    }
}

fn beyond(block: &HeldBlock) -> u64 {
    block.usable.saturating_sub(block.size).into()
}

/// A block of one of the moments, or of both.
struct Row<'a> {
    block: &'a HeldBlock,
    content: &'a [u8],
    moments: u64,
}

const PEAK: u64 = 1;
const END: u64 = 2;

/// Returns the blocks of both moments by address: those with the same address and call are one.
fn joined<'a>(peak: &'a Held, end: &'a Held) -> Vec<Row<'a>> {
    let (mut peak, mut end) = (rows(peak, PEAK).peekable(), rows(end, END).peekable());
    let mut joined = Vec::new();
    loop {
        let order = match (peak.peek(), end.peek()) {
            (Some(one), Some(other)) => {
                let key = |row: &Row<'_>| (row.block.offset, row.block.call);
                key(one).cmp(&key(other))
            }
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return joined,
        };
        let row = if order == Ordering::Less { peak.next() } else { end.next() };
        let Some(mut row) = row else { return joined };
        if order == Ordering::Equal {
            peak.next();
            row.moments = PEAK | END;
        }
        joined.push(row);
    }
}

fn rows(held: &Held, moments: u64) -> impl Iterator<Item = Row<'_>> {
    let mut rest = &held.contents[..];
    held.blocks.iter().map(move |block| {
        let content;
        (content, rest) = rest.split_at(content_bytes(block).min(rest.len()));
        Row { block, content, moments }
    })
}

fn moment(held: &Held, leaves_out: bool, packed: &mut Packed) -> Moment {
    let sum = |of: fn(&HeldBlock) -> u32| held.blocks.iter().map(|it| u64::from(of(it))).sum();
    Moment {
        call: held.call,
        heap_bytes: held.heap_bytes,
        counted_payload_bytes: held.counted.0,
        counted_usable_bytes: held.counted.1,
        blocks: held.blocks.len(),
        payload_bytes: sum(|block| block.size),
        usable_bytes: sum(|block| block.usable.max(block.size)),
        cells: leaves_out.then(|| cells(held, packed)),
    }
}

/// A map of a heap whose blocks are not all on the page has about this many cells.
const MOST_CELLS: u64 = 8192;

fn cells(held: &Held, packed: &mut Packed) -> Cells {
    let bytes = held.heap_bytes.div_ceil(MOST_CELLS).next_multiple_of(16).max(16);
    let count = held.heap_bytes.div_ceil(bytes) as usize;
    let (mut payload, mut usable) = (vec![0; count], vec![0; count]);
    for block in &held.blocks {
        share(&mut payload, bytes, block.offset, block.size);
        share(&mut usable, bytes, block.offset, block.usable.max(block.size));
    }
    let beyond = payload.iter().zip(&usable).map(|(payload, usable)| usable - payload);
    let beyond: Vec<u64> = beyond.collect();
    Cells { bytes, payload: packed.add(payload), beyond: packed.add(beyond) }
}

/// Adds bytes to the cells that they are in.
fn share(cells: &mut [u64], cell_bytes: u64, offset: u32, bytes: u32) {
    let (mut from, to) = (u64::from(offset), u64::from(offset) + u64::from(bytes));
    while from < to {
        let cell = from / cell_bytes;
        let until = to.min((cell + 1) * cell_bytes);
        if let Some(sum) = cells.get_mut(cell as usize) {
            *sum += until - from;
        }
        from = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shared_among_the_cells_that_they_are_in() {
        let mut cells = [0; 4];
        share(&mut cells, 16, 8, 30);
        share(&mut cells, 16, 40, 4);
        share(&mut cells, 16, 60, 100);
        assert_eq!(cells, [8, 16, 10, 4]);
    }
}
