//! The screen of a running process: its heap as a map, and what the program writes.

use super::canvas::{BOLD, Canvas, DIM, PLAIN};
use super::{SMALLEST_HEIGHT, SMALLEST_WIDTH, row};
use crate::strip::Fill;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Color;

/// What is shown of a running process.
pub struct Watched<'a> {
    /// Which process it is.
    pub title: &'a str,
    /// What else is to be said of this moment, on the right of the title.
    pub beside: &'a str,
    /// Its figures, a line each.
    pub figures: &'a [String],
    /// The bytes in the heap segment.
    pub heap_bytes: u64,
    /// The blocks that the program holds, by address: how far each is from the start of the heap,
    /// and its requested bytes. `None` if they are not known.
    pub blocks: Option<&'a [(u32, u32)]>,
    /// The last lines that the program wrote; `None` if it writes elsewhere.
    pub output: Option<&'a [String]>,
    /// Whether colours are wanted.
    pub has_colors: bool,
}

impl Watched<'_> {
    /// Draws the screen into a frame: figures, map, output.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let mut canvas = Canvas::new(frame.buffer_mut(), self.has_colors);
        if area.width < SMALLEST_WIDTH || area.height < SMALLEST_HEIGHT {
            let text = format!(
                "{}x{} is too small: at least {SMALLEST_WIDTH}x{SMALLEST_HEIGHT}",
                area.width, area.height
            );
            canvas.wrapped(area, &text);
            return;
        }
        let beside = self.beside.chars().count().min(usize::from(area.width / 2)) as u16;
        let title = Rect { width: area.width - beside - 1, ..row(area, 0) };
        canvas.line(title, self.title, BOLD);
        let right = Rect { x: area.right() - beside, width: beside, ..row(area, 0) };
        canvas.line(right, self.beside, DIM);
        for (line, at) in self.figures.iter().zip(1..) {
            canvas.line(row(area, at), line, PLAIN);
        }
        let top = area.y + 1 + self.figures.len().min(4) as u16;
        let output = self.output.map_or(0, |_| area.height / 3);
        let map = Rect { y: top, height: area.bottom() - output - top, ..area };
        self.map(&mut canvas, map);
        if let Some(lines) = self.output {
            let below = Rect { y: map.bottom(), height: output, ..area };
            draw_output(&mut canvas, below, lines);
        }
    }

    /// Draws the map, with a line below it that explains its signs.
    fn map(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let Some(blocks) = self.blocks else {
            canvas.line(row(area, 1), "The blocks of this process are not known.", PLAIN);
            return;
        };
        let columns = area.width.saturating_sub(LABEL_WIDTH);
        let rows = area.height.saturating_sub(1);
        let most = u64::from(columns) * u64::from(rows);
        let cell_bytes = self.heap_bytes.div_ceil(most.max(1)).next_multiple_of(16).max(16);
        let shares = shares(blocks, self.heap_bytes, cell_bytes);
        for (cells, y) in shares.chunks(usize::from(columns.max(1))).zip(area.y..) {
            let first = u64::from(y - area.y) * u64::from(columns) * cell_bytes;
            let label = Rect { y, height: 1, ..area };
            canvas.line(label, &format!("+{first:#010x}"), DIM);
            for (share, x) in cells.iter().zip(area.x + LABEL_WIDTH..) {
                let (sign, color) = look(*share, cell_bytes);
                canvas.sign(x, y, sign, canvas.colored(PLAIN, color));
            }
        }
        let held = Fill::Allocated.sign();
        let free = Fill::Free.sign();
        let legend = format!(
            "cell {cell_bytes} bytes: {held} payload {MORE} mostly {} partly {free} tags, free",
            Fill::Both.sign()
        );
        canvas.line(row(area, rows), &legend, DIM);
    }
}

/// The columns of an address, with the blank behind it.
const LABEL_WIDTH: u16 = 12;

/// The sign of a cell that is payload for the most part.
const MORE: char = '▓';

/// Returns the sign and the colour for a cell with `payload` bytes of payload. Tags and rounding
/// take some of each cell, even where blocks stand side by side.
fn look(payload: u64, cell_bytes: u64) -> (char, Color) {
    match payload * 20 / cell_bytes {
        0 => (Fill::Free.sign(), Color::Green),
        1..10 => (Fill::Both.sign(), Color::Blue),
        10..17 => (MORE, Color::Blue),
        _ => (Fill::Allocated.sign(), Color::Blue),
    }
}

/// Returns how many bytes of each cell are payload.
fn shares(blocks: &[(u32, u32)], heap_bytes: u64, cell_bytes: u64) -> Vec<u64> {
    let mut shares = vec![0; heap_bytes.div_ceil(cell_bytes) as usize];
    for &(offset, size) in blocks {
        let (mut from, end) = (u64::from(offset), u64::from(offset) + u64::from(size));
        while from < end {
            let cell = from / cell_bytes;
            let until = end.min((cell + 1) * cell_bytes);
            if let Some(share) = shares.get_mut(cell as usize) {
                *share += until - from;
            }
            from = until;
        }
    }
    shares
}

/// Draws the last lines of what the program writes.
fn draw_output(canvas: &mut Canvas<'_>, area: Rect, lines: &[String]) {
    let title = "── the program's output; all of it follows at the end ";
    let line = format!("{title:─<width$}", width = usize::from(area.width));
    canvas.line(row(area, 0), &line, DIM);
    let room = usize::from(area.height.saturating_sub(1));
    let last = &lines[lines.len().saturating_sub(room)..];
    for (line, at) in last.iter().zip(1..) {
        canvas.line(row(area, at), line, PLAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_how_much_of_it_is_payload() {
        assert_eq!(shares(&[(8, 30), (60, 100)], 64, 16), [8, 16, 6, 4]);
        let signs: String =
            [0, 4, 5, 49, 50, 84, 85, 100].map(|share| look(share, 100).0).iter().collect();
        assert_eq!(signs, "░░▒▒▓▓██");
    }
}
