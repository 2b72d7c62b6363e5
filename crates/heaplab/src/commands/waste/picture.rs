//! The parts of the heap over time, stacked: a column a stretch of operations,
//! a shade a part.
//!
//! Shades are told apart without colors; colors only help where they are seen.

use crate::commands::numbers::grouped;
use anstyle::{AnsiColor, Style};
use heaplab_waste::{Parts, Sample, Waste};
use terminal_size::{Width, terminal_size_of};

/// How a part is drawn.
struct Shade {
    glyph: char,
    name: &'static str,
    style: Style,
    bytes: fn(&Parts) -> u32,
}

/// From the bottom of the stack to its top: what can't be given away first,
/// what could be used at once last.
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

/// Every so many rows say how many bytes they reach up to.
const ROWS_A_LABEL: usize = 4;

/// Columns of the picture, where the terminal has room for them.
const MOST_COLUMNS: usize = 64;

/// The picture, as wide as the terminal allows.
pub fn render(waste: &Waste) -> String {
    let width =
        terminal_size_of(std::io::stdout()).map_or(usize::MAX, |(Width(width), _)| width.into());
    picture(waste, width)
}

fn picture(waste: &Waste, width: usize) -> String {
    let highest = u64::from(waste.largest_heap_bytes);
    let label_width = grouped(highest).len();
    let room = width.saturating_sub(label_width + 2).max(1);
    let ops = waste.samples.last().map_or(0, |sample| sample.ops_done);
    let columns = waste
        .samples
        .len()
        .min(ops)
        .clamp(1, room.min(MOST_COLUMNS));
    let shown = shown(waste, ops, columns);
    let stacks: Vec<Vec<usize>> = shown
        .iter()
        .map(|sample| stack(&sample.census.parts, highest))
        .collect();
    let mut text = String::new();
    for row in (0..ROWS).rev() {
        let upto = highest * (row as u64 + 1) / ROWS as u64;
        let label = match (row + 1).is_multiple_of(ROWS_A_LABEL) {
            true => grouped(upto),
            false => String::new(),
        };
        let cells: Vec<Option<usize>> =
            stacks.iter().map(|stack| stack.get(row).copied()).collect();
        text += &format!("{label:>label_width$} │{}\n", colored(&cells));
    }
    text += &format!("{:>label_width$} └{}\n", 0, "─".repeat(columns));
    let marks = marks(waste, ops, columns);
    text += &format!("{:label_width$}  {}\n", "", marks.trim_end());
    text + &legend(label_width, ops)
}

/// One sample for each column: that of the peak of payload or of the largest
/// heap if it falls into the column's stretch, else the stretch's last.
fn shown(waste: &Waste, ops: usize, columns: usize) -> Vec<Sample> {
    let mut shown = vec![None; columns];
    for sample in &waste.samples {
        shown[column_of(sample, ops, columns)] = Some(*sample);
    }
    for sample in [&waste.largest, &waste.peak] {
        shown[column_of(sample, ops, columns)] = Some(*sample);
    }
    // A stretch without a sample looks like the one before.
    let mut last = waste.samples.first().copied().unwrap_or(waste.peak);
    shown
        .into_iter()
        .map(|sample| {
            last = sample.unwrap_or(last);
            last
        })
        .collect()
}

/// The column into whose stretch of operations a sample falls: the first
/// stretch ends when its share of the operations is done.
fn column_of(sample: &Sample, ops: usize, columns: usize) -> usize {
    match sample.op_index() {
        Some(index) if ops > 0 => {
            let column = index as u128 * columns as u128 / ops as u128;
            usize::try_from(column).map_or(columns - 1, |column| column.min(columns - 1))
        }
        _ => 0,
    }
}

/// For each row from the bottom the part that is at its middle, up to where
/// the heap ends.
fn stack(parts: &Parts, highest: u64) -> Vec<usize> {
    let mut rows = Vec::new();
    let mut top = 0;
    for (index, shade) in SHADES.iter().enumerate() {
        top += u64::from((shade.bytes)(parts));
        // Row r has its middle at (2 r + 1) / (2 ROWS) of the highest.
        while rows.len() < ROWS && (2 * rows.len() as u64 + 1) * highest < 2 * ROWS as u64 * top {
            rows.push(index);
        }
    }
    rows
}

/// A row's cells, with runs of the same part in its color.
fn colored(cells: &[Option<usize>]) -> String {
    let drawn = cells
        .iter()
        .rposition(Option::is_some)
        .map_or(0, |last| last + 1);
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

/// `P` under the column in which payload peaks, `L` where the heap is largest,
/// `*` where both are.
fn marks(waste: &Waste, ops: usize, columns: usize) -> String {
    let mut marks = vec![' '; columns];
    let [peak, largest] =
        [&waste.peak, &waste.largest].map(|sample| column_of(sample, ops, columns));
    marks[largest] = 'L';
    marks[peak] = match peak == largest {
        true => '*',
        false => 'P',
    };
    marks.into_iter().collect()
}

fn legend(indent: usize, ops: usize) -> String {
    let shades = SHADES.iter().rev().map(|shade| {
        let Shade {
            glyph, style, name, ..
        } = shade;
        format!("{style}{glyph}{style:#} {name}")
    });
    let shades: Vec<String> = shades.collect();
    let indent = " ".repeat(indent + 2);
    format!(
        "{indent}bytes over {} operations; P payload peaks, L heap is largest, * both\n{indent}{}\n{indent}{}\n",
        grouped(ops as u64),
        shades[..3].join("  "),
        shades[3..].join("  ")
    )
}
