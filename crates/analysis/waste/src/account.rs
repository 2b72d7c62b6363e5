//! The full account of one heap on one trace.

use crate::diagnosis::{diagnose, when};
use crate::picture;
use crate::{Parts, Sample, Waste};
use anstyle::Style;
use heaplab_inputs::Input;
use heaplab_support::grouped;
use heaplab_trace::Visible;

const BOLD: Style = Style::new().bold();

/// The names of the parts, in the order of [`of`].
pub(crate) const NAMES: [&str; 6] =
    ["payload", "headers, footers", "padding", "free", "never used", "the heap's own"];

/// Returns the parts in the order of [`NAMES`].
pub(crate) fn of(parts: &Parts) -> [u32; 6] {
    [
        parts.payload_bytes,
        parts.tag_bytes,
        parts.padding_bytes,
        parts.free_bytes,
        parts.never_used_bytes,
        parts.own_bytes,
    ]
}

/// Returns headline, diagnosis, table and picture.
pub(crate) fn render(heap: &str, input: &Input, waste: &Waste, width: usize) -> String {
    let name = input.trace.name().visible();
    let headline = match waste.cost() {
        Some(cost) => format!("{heap} on {name}: utilization {:.2} %", cost.payload),
        None => format!("{heap} on {name}: no utilization"),
    };
    let diagnosis = wrapped(&diagnose(waste, &input.trace), WIDTH);
    let mut text = format!("{BOLD}{headline}{BOLD:#}\n{diagnosis}\n");
    for line in table(input, waste) {
        text += line.trim_end();
        text += "\n";
    }
    text + "\n" + &picture::render(waste, width)
}

/// The width of the table, and of the diagnosis above it, in characters.
const WIDTH: usize = 77;

/// Returns a row of the table: its label; bytes and percent at the peak and at the largest heap;
/// points.
fn row(label: &str, cells: [String; 5]) -> String {
    let [peak, peak_percent, largest, largest_percent, points] = cells;
    format!(
        "{label:<18}  {peak:>13}  {peak_percent:>6}  {largest:>13}  {largest_percent:>6}  {points:>11}"
    )
}

fn table(input: &Input, waste: &Waste) -> Vec<String> {
    let (peak, largest) = (&waste.peak, &waste.largest);
    let rule = "─".repeat(WIDTH);
    let mut lines = vec![
        String::new(),
        titles("payload peaks", "heap is largest", "utilization"),
        titles(&when(peak, &input.trace), &when(largest, &input.trace), "and its"),
        row("", ["bytes", "%", "bytes", "%", "losses"].map(str::to_owned)),
        rule.clone(),
    ];
    let points = waste.cost().map(|cost| cost.figures());
    let points = |index: usize| points.map_or(String::new(), |points| decimals(points[index]));
    for (index, name) in NAMES.into_iter().enumerate() {
        let [peak_cells, largest_cells] = [peak, largest].map(|sample| {
            let bytes = of(&sample.counts.parts)[index];
            [grouped(bytes.into()), percent(bytes, sample)]
        });
        let [bytes, share] = peak_cells;
        let [largest_bytes, largest_share] = largest_cells;
        lines.push(row(name, [bytes, share, largest_bytes, largest_share, points(index)]));
    }
    lines.push(rule.clone());
    lines.extend(totals(waste));
    lines.push(rule);
    for (label, of_sample) in COUNTS {
        let count = |sample: &Sample| grouped(of_sample(sample).into());
        let none = String::new;
        lines.push(row(label, [count(peak), none(), count(largest), none(), none()]));
    }
    lines
}

/// Returns the rows of totals: the heap when payload peaks, its growth beyond that, and both.
fn totals(waste: &Waste) -> [String; 3] {
    let none = String::new;
    let of_heap = |sample: &Sample| {
        let bytes = sample.heap_bytes();
        (grouped(bytes.into()), percent(bytes, sample))
    };
    let (bytes, share) = of_heap(&waste.peak);
    let (largest_bytes, largest_share) = of_heap(&waste.largest);
    let growth = waste.largest_heap_bytes - waste.peak.heap_bytes();
    let points = |of: fn(&[f64]) -> f64| {
        let cost = waste.cost();
        cost.map_or(none(), |cost| decimals(of(&cost.figures())))
    };
    let at_peak = |figures: &[f64]| figures[..NAMES.len()].iter().sum();
    let all = grouped(waste.largest_heap_bytes.into());
    [
        row("heap", [bytes, share, largest_bytes, largest_share, points(at_peak)]),
        row(
            "growth",
            [
                none(),
                none(),
                grouped(growth.into()),
                none(),
                points(|figures| figures[NAMES.len()]),
            ],
        ),
        row("largest heap", [none(), none(), all, none(), points(|figures| figures.iter().sum())]),
    ]
}

/// A figure that is counted.
type Count = fn(&Sample) -> u32;

/// The figures on blocks under the table.
const COUNTS: [(&str, Count); 3] = [
    ("live blocks", |sample| sample.counts.live_blocks),
    ("free blocks", |sample| sample.counts.free_blocks),
    ("largest free block", |sample| sample.counts.largest_free_block_bytes),
];

/// Returns a line above the columns.
fn titles(peak: &str, largest: &str, points: &str) -> String {
    format!("{:<18}  {peak:>21}  {largest:>21}  {points:>11}", "")
}

fn percent(bytes: u32, sample: &Sample) -> String {
    match sample.heap_bytes() {
        0 => "-".to_owned(),
        heap_bytes => decimals(100.0 * f64::from(bytes) / f64::from(heap_bytes)),
    }
}

/// Formats a figure with two decimals, as utilization is shown everywhere.
pub(crate) fn decimals(figure: f64) -> String {
    format!("{figure:.2}")
}

/// Returns the text in lines of at most `width` characters, broken between words.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.len() - 1;
        let length = lines[line].chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if length > 0 {
                lines[line].push(' ');
            }
            lines[line] += word;
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 8), "one two\nthree");
        assert_eq!(wrapped("one two three", 13), "one two three");
        assert_eq!(wrapped("extraordinary", 4), "extraordinary");
        assert_eq!(wrapped("", 4), "");
    }
}
