//! A heap as a strip of cells: the whole of it to scale, and the blocks around one of them.

use heaplab_film::{BlockNow, HeapView};

/// What a cell of the whole heap covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Nothing but what belongs to no block.
    Outside,
    /// Allocated bytes.
    Allocated,
    /// Free bytes.
    Free,
    /// Both.
    Both,
}

impl Fill {
    /// Returns the sign for it.
    pub(crate) fn sign(self) -> char {
        match self {
            Fill::Outside => '·',
            Fill::Allocated => '█',
            Fill::Free => '░',
            Fill::Both => '▒',
        }
    }

    fn and(self, is_allocated: bool) -> Fill {
        match (self, is_allocated) {
            (Fill::Outside | Fill::Allocated, true) => Fill::Allocated,
            (Fill::Outside | Fill::Free, false) => Fill::Free,
            (Fill::Both, _) | (Fill::Free, true) | (Fill::Allocated, false) => Fill::Both,
        }
    }
}

/// The whole heap, to scale.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    start: u32,
    bytes: u64,
    /// The cells, with the index of the block that has the most of each.
    pub(crate) cells: Vec<(Fill, Option<usize>)>,
}

impl Whole {
    /// Returns a heap in `width` cells at most; `end` is behind its last byte.
    pub(crate) fn of(heap: &HeapView, end: u32, width: usize) -> Whole {
        let bytes = u64::from(end.max(heap.heap_break).saturating_sub(heap.heap_start));
        let count = width.min(usize::try_from(bytes / 4).unwrap_or(width));
        let start = heap.heap_start;
        let mut whole = Whole { start, bytes, cells: vec![(Fill::Outside, None); count] };
        let mut most = vec![0; count];
        for (index, block) in heap.blocks.iter().enumerate() {
            let (from, to) =
                (u64::from(block.start), u64::from(block.start) + u64::from(block.bytes));
            for cell in whole.cells_of(block.start, block.bytes) {
                let (first, last) = whole.range(cell);
                let shared = to.min(last).saturating_sub(from.max(first));
                let (fill, block_there) = &mut whole.cells[cell];
                *fill = fill.and(block.is_allocated);
                if shared > most[cell] {
                    (most[cell], *block_there) = (shared, Some(index));
                }
            }
        }
        whole
    }

    /// Returns the bytes of a cell: the first, and the one behind the last.
    fn range(&self, cell: usize) -> (u64, u64) {
        let (count, cell) = (self.cells.len() as u64, cell as u64);
        let at = |cell: u64| u64::from(self.start) + cell * self.bytes / count;
        (at(cell), at(cell + 1))
    }

    /// Returns the cells that bytes are in.
    pub(crate) fn cells_of(&self, addr: u32, bytes: u32) -> std::ops::Range<usize> {
        let (count, start) = (self.cells.len(), u64::from(self.start));
        let (from, to) = (u64::from(addr), u64::from(addr) + u64::from(bytes));
        if count == 0 || bytes == 0 || to <= start || from >= start + self.bytes {
            return 0..0;
        }
        // The cell of a byte is the last one that begins at it or before it.
        let cell = |byte: u64| {
            let offset = (byte - start).min(self.bytes - 1);
            let cell = ((offset + 1) * count as u64).div_ceil(self.bytes) - 1;
            usize::try_from(cell).unwrap_or(count).min(count - 1)
        };
        cell(from.max(start))..cell(to - 1) + 1
    }
}

/// A block of the strip around the chosen one: not to scale, so that each has room for its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The block's index.
    pub(crate) index: usize,
    /// Its first column.
    pub(crate) column: usize,
    /// Its columns, the line before it included.
    pub(crate) width: usize,
}

/// The narrowest block: a line, and three cells.
const NARROWEST: usize = 4;

/// Returns the blocks around the one with index `chosen`, in `width` columns at most.
pub(crate) fn around(blocks: &[BlockNow], chosen: usize, width: usize) -> Vec<Piece> {
    let width_of = |block: &BlockNow| {
        let to_scale = usize::try_from(block.bytes / 16).unwrap_or(usize::MAX);
        to_scale.clamp(NARROWEST, (width / 4).max(NARROWEST))
    };
    let Some(block) = blocks.get(chosen) else {
        return Vec::new();
    };
    let mut used = width_of(block);
    let (mut first, mut end) = (chosen, chosen + 1);
    loop {
        let before = used;
        if let Some(block) = blocks.get(end).filter(|block| used + width_of(block) <= width) {
            used += width_of(block);
            end += 1;
        }
        let left = first.checked_sub(1).map(|left| width_of(&blocks[left]));
        if let Some(left) = left.filter(|left| used + left <= width) {
            used += left;
            first -= 1;
        }
        if used == before {
            break;
        }
    }
    let mut column = 0;
    let pieces = (first..end).map(|index| {
        let width = width_of(&blocks[index]);
        column += width;
        Piece { index, column: column - width, width }
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heap(blocks: &[(u32, bool)]) -> HeapView {
        let mut start = 0x1000;
        let blocks = blocks.iter().map(|&(bytes, is_allocated)| {
            start += bytes;
            BlockNow {
                start: start - bytes,
                bytes,
                payload: start - bytes + 4,
                is_allocated,
                owner: None,
            }
        });
        let blocks: Vec<BlockNow> = blocks.collect();
        let (heap_start, lists) = (0x1000, Vec::new());
        HeapView { ops: 0, heap_start, heap_break: start, hides_blocks: false, blocks, lists }
    }

    fn signs(whole: &Whole) -> String {
        whole.cells.iter().map(|(fill, _)| fill.sign()).collect()
    }

    #[test]
    fn the_whole_heap_is_to_scale() {
        let heap = heap(&[(32, true), (64, false), (32, true)]);
        let whole = Whole::of(&heap, 0, 8);
        assert_eq!(signs(&whole), "██░░░░██");
        assert_eq!(whole.cells_of(0x1020, 64), 2..6);
        assert_eq!(whole.cells_of(0x101f, 2), 1..3);
        assert_eq!(whole.cells_of(0x1080, 4), 0..0, "behind the break");
        assert_eq!(signs(&Whole::of(&heap, 0, 3)), "▒░▒");
        assert_eq!(signs(&Whole::of(&heap, 0x1100, 4)), "▒▒··");
        assert_eq!(signs(&Whole::of(&heap, 0, 500)).chars().count(), 32, "a cell for each word");
    }

    #[test]
    fn an_empty_heap_has_no_cells() {
        let whole = Whole::of(&heap(&[]), 0, 80);
        assert!(whole.cells.is_empty());
        assert_eq!(whole.cells_of(0x1000, 4), 0..0);
    }

    /// Every byte is in exactly the cell whose range it is in, at any scale.
    #[test]
    fn the_cell_of_a_byte_covers_it() {
        for (bytes, width) in [(40, 7), (44, 11), (4096, 77), (96, 24), (100, 1)] {
            let heap = heap(&[(bytes, true)]);
            let whole = Whole::of(&heap, 0, width);
            for byte in 0x1000..0x1000 + bytes {
                let cells = whole.cells_of(byte, 1);
                assert_eq!(cells.len(), 1, "{bytes} {width} {byte:#x}");
                let (from, to) = whole.range(cells.start);
                assert!((from..to).contains(&byte.into()), "{bytes} {width} {byte:#x} {from} {to}");
            }
        }
    }

    #[test]
    fn the_chosen_block_is_always_shown() {
        let sizes: Vec<(u32, bool)> =
            (0..100).map(|number| (16 * (number % 9 + 1), true)).collect();
        let heap = heap(&sizes);
        for chosen in 0..100 {
            for width in [4, 20, 58, 118] {
                let pieces = around(&heap.blocks, chosen, width);
                assert!(pieces.iter().any(|piece| piece.index == chosen), "{chosen} {width}");
                let end = pieces.last().map_or(0, |piece| piece.column + piece.width);
                assert!(end <= width, "{chosen} {width}: {end}");
            }
        }
        assert!(around(&heap.blocks, 100, 58).is_empty());
    }
}
