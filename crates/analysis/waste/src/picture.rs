//! The parts of the heap over time, stacked: each column is a stretch of operations, each shade a
//! part.
//!
//! The shades differ without colours; colours are an addition for terminals that have them.

use crate::{Parts, Sample, Waste};
use anstyle::{AnsiColor, Style};
use heaplab_support::grouped;

/// How a part is drawn.
#[derive(Clone, Copy)]
struct Shade {
    glyph: char,
    name: &'static str,
    style: Style,
    bytes: fn(&Parts) -> u32,
}

/// From the bottom of the stack to its top: bytes that can't be given away first, bytes that could
/// be used at once last.
const SHADES: [Shade; 6] = [
    Shade {
        glyph: '█',
        name: "payload",
        style: AnsiColor::Green.on_default(),
        bytes: |parts| parts.payload_bytes,
    },
    Shade {
        glyph: '#',
        name: "headers, footers",
        style: AnsiColor::Red.on_default(),
        bytes: |parts| parts.tag_bytes,
    },
    Shade {
        glyph: '+',
        name: "padding",
        style: AnsiColor::Yellow.on_default(),
        bytes: |parts| parts.padding_bytes,
    },
    Shade {
        glyph: 'o',
        name: "the heap's own",
        style: AnsiColor::Magenta.on_default(),
        bytes: |parts| parts.own_bytes,
    },
    Shade {
        glyph: '░',
        name: "free",
        style: AnsiColor::Cyan.on_default(),
        bytes: |parts| parts.free_bytes,
    },
    Shade {
        glyph: '·',
        name: "never used",
        style: AnsiColor::BrightBlack.on_default(),
        bytes: |parts| parts.never_used_bytes,
    },
];

/// Rows of the picture.
const ROWS: usize = 16;

/// One in this many rows shows how many bytes it reaches up to.
const ROWS_A_LABEL: usize = 4;

/// Columns of the picture, if the terminal has room for them.
const MOST_COLUMNS: usize = 64;

/// Draws the picture, as wide as the terminal allows.
pub(crate) fn render(waste: &Waste, width: usize) -> String {
    let highest = u64::from(waste.largest_heap_bytes);
    let label_width = grouped(highest).len();
    let room = width.saturating_sub(label_width + 2).max(1);
    let ops = waste.samples.last().map_or(0, |sample| sample.ops_done);
    let columns = waste.samples.len().min(ops).clamp(1, room.min(MOST_COLUMNS));
    let shown = shown(waste, ops, columns);
    let stacks: Vec<Vec<Option<usize>>> =
        shown.iter().map(|sample| stack(&sample.counts.parts, highest)).collect();
    let mut text = String::new();
    for row in (0..ROWS).rev() {
        let upto = highest * (row as u64 + 1) / ROWS as u64;
        let label =
            if (row + 1).is_multiple_of(ROWS_A_LABEL) { grouped(upto) } else { String::new() };
        let cells: Vec<Option<usize>> = stacks.iter().map(|stack| stack[row]).collect();
        text += &format!("{label:>label_width$} │{}\n", colored(&cells));
    }
    text += &format!("{:>label_width$} └{}\n", 0, "─".repeat(columns));
    let marks = marks(waste, ops, columns);
    text += &format!("{:label_width$}  {}\n", "", marks.trim_end());
    text + &legend(label_width, ops)
}

/// Returns one sample for each column: that of the peak of payload or of the largest heap if it is
/// in the column's stretch, otherwise the stretch's last.
fn shown(waste: &Waste, ops: usize, columns: usize) -> Vec<Sample> {
    let mut shown = vec![None; columns];
    for sample in &waste.samples {
        shown[column_of(sample, ops, columns)] = Some(*sample);
    }
    for sample in [&waste.largest, &waste.peak] {
        shown[column_of(sample, ops, columns)] = Some(*sample);
    }
    // A stretch without a sample repeats the one before.
    let mut last = waste.samples.first().copied().unwrap_or(waste.peak);
    shown
        .into_iter()
        .map(|sample| {
            last = sample.unwrap_or(last);
            last
        })
        .collect()
}

/// Returns the column that a sample falls into: the first stretch ends when its fraction of the
/// operations is done.
fn column_of(sample: &Sample, ops: usize, columns: usize) -> usize {
    match sample.op_index() {
        Some(index) if ops > 0 => {
            let column = index as u128 * columns as u128 / ops as u128;
            usize::try_from(column).map_or(columns - 1, |column| column.min(columns - 1))
        }
        _ => 0,
    }
}

/// Returns for each row, from the bottom, the part that fills most of it; none for a row that the
/// heap fills less than half.
fn stack(parts: &Parts, highest: u64) -> Vec<Option<usize>> {
    // In units of 1 / ROWS bytes, in which a row is `highest` high.
    let heights = SHADES.map(|shade| u64::from((shade.bytes)(parts)) * ROWS as u64);
    let of_row = |row: u64| {
        let (bottom, top) = (row * highest, (row + 1) * highest);
        let (mut start, mut filled, mut most) = (0, 0, 0);
        let mut largest = None;
        for (part, height) in heights.into_iter().enumerate() {
            let end = start + height;
            let here = end.min(top).saturating_sub(start.max(bottom));
            filled += here;
            if here > most {
                (largest, most) = (Some(part), here);
            }
            start = end;
        }
        largest.filter(|_| 2 * filled >= highest)
    };
    (0..ROWS as u64).map(of_row).collect()
}

/// Returns a row's cells, with runs of the same part in its colour.
fn colored(cells: &[Option<usize>]) -> String {
    let drawn = cells.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    let runs = cells[..drawn].chunk_by(|a, b| a == b);
    runs.map(|run| match run[0] {
        Some(part) => {
            let Shade { glyph, style, .. } = &SHADES[part];
            let glyphs = glyph.to_string().repeat(run.len());
            format!("{style}{glyphs}{style:#}")
        }
        None => " ".repeat(run.len()),
    })
    .collect()
}

/// Returns `P` under the column in which payload peaks, `L` where the heap is largest, `*` where
/// both are.
fn marks(waste: &Waste, ops: usize, columns: usize) -> String {
    let mut marks = vec![' '; columns];
    let [peak, largest] =
        [&waste.peak, &waste.largest].map(|sample| column_of(sample, ops, columns));
    marks[largest] = 'L';
    marks[peak] = if peak == largest { '*' } else { 'P' };
    marks.into_iter().collect()
}

fn legend(indent: usize, ops: usize) -> String {
    let shades = SHADES.iter().rev().map(|shade| {
        let Shade { glyph, style, name, .. } = shade;
        format!("{style}{glyph}{style:#} {name}")
    });
    let shades: Vec<String> = shades.collect();
    let indent = " ".repeat(indent + 2);
    format!(
        "{indent}{} operations; P payload peaks, L heap is largest, * both\n{indent}{}\n{indent}{}\n",
        grouped(ops as u64),
        shades[..3].join("  "),
        shades[3..].join("  ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BlockCounts;

    fn sample(ops_done: usize, payload_bytes: u32, free_bytes: u32) -> Sample {
        let parts = Parts { payload_bytes, free_bytes, ..Parts::default() };
        let counts = BlockCounts { parts, ..BlockCounts::default() };
        Sample { ops_done, counts }
    }

    /// Returns a heap that grows to 1600 bytes, and then loses its payload.
    fn waste() -> Waste {
        let samples = vec![
            sample(0, 0, 400),
            sample(1, 100, 300),
            sample(2, 800, 400),
            sample(3, 1200, 400),
            sample(4, 0, 1600),
        ];
        Waste { peak: samples[3], largest: samples[3], largest_heap_bytes: 1600, samples }
    }

    fn plain(waste: &Waste, width: usize) -> Vec<String> {
        let picture = anstream::adapter::strip_str(&render(waste, width)).to_string();
        picture.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    #[test]
    fn parts_are_stacked_to_scale() {
        let lines = plain(&waste(), 80);
        assert_eq!(lines[0], "1 600 │  ░░");
        assert_eq!(lines[3], "      │  ░░");
        assert_eq!(lines[4], "1 200 │ ░█░");
        assert_eq!(lines[8], "  800 │ ██░");
        assert_eq!(lines[12], "  400 │░██░");
        assert_eq!(lines[15], "      │███░");
        assert_eq!(lines[16], "    0 └────");
        assert_eq!(lines[17], "         *");
    }

    #[test]
    fn a_narrow_terminal_gets_fewer_columns() {
        let lines = plain(&waste(), 9);
        assert_eq!(lines[16], "    0 └──");
        // The second half shows the peak, although it is not its last sample.
        assert_eq!(lines[4], "1 200 │░█");
        assert_eq!(plain(&waste(), 0)[16], "    0 └─");
    }

    #[test]
    fn a_part_below_half_a_row_is_not_drawn_over_a_larger_one() {
        let parts =
            Parts { payload_bytes: 90, tag_bytes: 20, free_bytes: 1490, ..Parts::default() };
        let free = SHADES.iter().position(|shade| shade.name == "free");
        let rows = stack(&parts, 1600);
        assert_eq!(rows[..2], [Some(0), free]);
        assert_eq!(stack(&Parts::default(), 0), [None; ROWS]);
    }

    #[test]
    fn a_trace_without_operations_has_a_picture() {
        let empty = sample(0, 0, 0);
        let waste =
            Waste { samples: vec![empty], peak: empty, largest: empty, largest_heap_bytes: 0 };
        assert_eq!(plain(&waste, 80)[16], "0 └─");
    }
}
