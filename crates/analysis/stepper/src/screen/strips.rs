//! The strips of a heap: the whole of it, and the blocks around the chosen one.

use super::canvas::{BOLD, Canvas, DIM, PLAIN};
use super::row;
use crate::inside::Inside;
use crate::marks::Marks;
use crate::stepper::{Clickable, Stepper};
use crate::strip::{Fill, Piece, Whole, around};
use heaplab_film::BlockNow;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

impl Stepper<'_> {
    /// Draws what a heap is called, the whole heap, its marks, and the blocks around the chosen
    /// one; in a fifth row their marks, if there is one.
    pub(super) fn strips(&mut self, canvas: &mut Canvas<'_>, area: Rect, side: usize) {
        canvas.line(row(area, 0), &self.heap_line(side), BOLD);
        self.whole(canvas, Rect { y: area.y + 1, height: 2, ..area }, side);
        self.near(canvas, Rect { y: area.y + 3, height: area.height - 3, ..area }, side);
    }

    /// Returns the line above a heap.
    fn heap_line(&self, side: usize) -> String {
        let scene = &self.sides[side].scene;
        let heap = &scene.heap;
        let free = heap.blocks.iter().filter(|block| !block.is_allocated).count();
        let bytes = heap.heap_break.saturating_sub(heap.heap_start);
        // A heap shows neither blocks nor lists while it is at work.
        let when = if self.sides[side].inside.is_some() { "before the call: " } else { "" };
        let name = match (self.sides.len(), side == self.focus) {
            (1, _) if when.is_empty() => "heap".to_owned(),
            (1, _) => "before the call:".to_owned(),
            (_, true) => format!("> {when}{}", self.sides[side].name),
            (_, false) => format!("  {when}{}", self.sides[side].name),
        };
        let blocks = heap.blocks.len();
        let counts = format!("{blocks} block{}, {free} free", if blocks == 1 { "" } else { "s" });
        if self.sides.len() == 1 {
            let (start, end) = (heap.heap_start, heap.heap_break);
            return format!("{name} {start:#x}-{end:#x}, {bytes} bytes, {counts}");
        }
        let utilization = scene.step.as_ref().and_then(|step| step.facts.utilization());
        let utilization = utilization.map_or(String::new(), |utilization| {
            format!(", utilization {:.1}%", 100.0 * utilization)
        });
        format!("{name} {bytes} bytes, {counts}{utilization}")
    }

    fn whole(&mut self, canvas: &mut Canvas<'_>, area: Rect, side: usize) {
        let shown = &self.sides[side];
        let heap = &shown.scene.heap;
        let highest = shown.inside.as_ref().map_or(0, Inside::highest_break);
        let whole = Whole::of(heap, highest, usize::from(area.width));
        if whole.cells.is_empty() {
            canvas.line(row(area, 0), "(the heap has no bytes yet)", PLAIN);
            return;
        }
        let marks = shown.marks();
        let chosen = shown.chosen();
        let chosen_cells = chosen.map_or(0..0, |block| whole.cells_of(block.start, block.bytes));
        for ((fill, _), x) in whole.cells.iter().zip(area.x..) {
            canvas.sign(x, area.y, fill.sign(), fill_style(canvas, *fill));
        }
        for block in heap.blocks.iter().filter(|block| !block.is_allocated) {
            let cells = whole.cells_of(block.start, block.bytes);
            let middle = cells.start + cells.len() / 2;
            if whole.cells.get(middle).is_some_and(|(fill, _)| *fill == Fill::Free)
                && let Ok(offset) = u16::try_from(middle)
            {
                let style = fill_style(canvas, Fill::Free);
                canvas.sign(area.x + offset, area.y, marks.of_block(block.payload), style);
            }
        }
        let mut put = |cells: std::ops::Range<usize>, sign: char, style: Style| {
            for x in cells.filter_map(|cell| u16::try_from(cell).ok()) {
                canvas.sign(area.x + x, area.y + 1, sign, style);
            }
        };
        for (addr, bytes) in shown.changed() {
            put(whole.cells_of(addr, bytes), '*', PLAIN);
        }
        put(chosen_cells, '^', BOLD);
        if let Some((addr, bytes)) = shown.inside.as_ref().and_then(Inside::at) {
            put(whole.cells_of(addr, bytes), '@', BOLD);
        }
        let payload = |index: Option<usize>| Some(heap.blocks.get(index?)?.payload);
        let payloads = whole.cells.iter().map(|(_, index)| payload(*index)).collect();
        self.clickable.push(Clickable { area, side, payloads });
    }

    fn near(&mut self, canvas: &mut Canvas<'_>, area: Rect, side: usize) {
        let shown = &self.sides[side];
        let blocks = &shown.scene.heap.blocks;
        let Some(chosen) = shown.chosen_index() else {
            canvas.line(row(area, 0), "(there are no blocks)", PLAIN);
            return;
        };
        // A sign at each end says whether there are more.
        let pieces = around(blocks, chosen, usize::from(area.width - 2));
        let (marks, changed) = (shown.marks(), shown.changed());
        let accessed = shown.inside.as_ref().and_then(Inside::at);
        let mut payloads = vec![None; usize::from(area.width)];
        for piece in &pieces {
            let block = &blocks[piece.index];
            let is_chosen = piece.index == chosen;
            let edge = match is_chosen {
                true => '[',
                false if piece.index == chosen + 1 => ']',
                false => '|',
            };
            draw_block(canvas, area, piece, block, &marks, edge);
            let overlaps = |&(from, bytes): &(u32, u32)| {
                from < block.start.saturating_add(block.bytes)
                    && block.start < from.saturating_add(bytes)
            };
            let mut signs = String::from(if is_chosen { "^" } else { "" });
            if changed.iter().any(overlaps) {
                signs.push('*');
            }
            if accessed.as_ref().is_some_and(overlaps) {
                signs.push('@');
            }
            if area.height > 1 {
                for (sign, offset) in signs.chars().zip(1..) {
                    canvas.sign(column(area, piece) + offset, area.y + 1, sign, BOLD);
                }
            }
            for one in payloads.iter_mut().skip(1 + piece.column).take(piece.width) {
                *one = Some(block.payload);
            }
        }
        let (first, last) = (pieces.first(), pieces.last());
        if first.is_some_and(|piece| piece.index > 0) {
            canvas.sign(area.x, area.y, '<', DIM);
        }
        if let Some(last) = last {
            let more = last.index + 1 < blocks.len();
            let end = column(area, last) + u16::try_from(last.width).unwrap_or(0);
            let edge = if last.index == chosen { ']' } else { '|' };
            canvas.sign(end, area.y, if more { '>' } else { edge }, DIM);
        }
        self.clickable.push(Clickable { area, side, payloads });
    }
}

fn column(area: Rect, piece: &Piece) -> u16 {
    // A piece begins within the row.
    area.x + 1 + u16::try_from(piece.column).unwrap_or(0)
}

/// Draws a block of the near strip behind its edge, with its name: a free block's letter, or the id
/// of the program's block.
fn draw_block(
    canvas: &mut Canvas<'_>,
    area: Rect,
    piece: &Piece,
    block: &BlockNow,
    marks: &Marks,
    edge: char,
) {
    let fill = if block.is_allocated { Fill::Allocated } else { Fill::Free };
    let name = match (block.is_allocated, block.owner) {
        (false, _) => marks.of_block(block.payload).to_string(),
        (true, Some(owner)) => owner.id.to_string(),
        (true, None) => "?".to_owned(),
    };
    let cells = piece.width - 1;
    let mut signs: Vec<char> = vec![fill.sign(); cells];
    let length = name.chars().count();
    if length <= cells {
        let before = (cells - length) / 2;
        signs.splice(before..before + length, name.chars());
    }
    let style = fill_style(canvas, fill);
    let style = if edge == '[' { style.patch(BOLD) } else { style };
    canvas.sign(column(area, piece), area.y, edge, if edge == '|' { DIM } else { BOLD });
    for (sign, offset) in signs.into_iter().zip(1..) {
        canvas.sign(column(area, piece) + offset, area.y, sign, style);
    }
}

fn fill_style(canvas: &Canvas<'_>, fill: Fill) -> Style {
    match fill {
        Fill::Allocated => canvas.colored(PLAIN, Color::Blue),
        Fill::Free => canvas.colored(PLAIN, Color::Yellow),
        Fill::Both => canvas.colored(PLAIN, Color::Cyan),
        Fill::Outside => DIM,
    }
}
