//! The growth as text: the data, and the law of each heap in words.

use super::growing::Growing;
use crate::Results;
use anstyle::Style;
use heaplab_cost::{Experiment, Growth, Law};
use heaplab_report::{Grid, Group, Line};

/// Returns the table of what was measured, and the laws below it.
pub(super) fn text(
    growing: &[Growing],
    experiments: &[Experiment],
    results: &Results,
    render: impl Fn(&Grid) -> String,
) -> String {
    if growing.is_empty() {
        return String::new();
    }
    let bold = Style::new().bold();
    let mut text = render(&table(growing, experiments));
    text += "\ntouches (words read or written) of a malloc that finds no fit, and of a free without \
             free neighbours\n";
    for heap in growing {
        text += &format!("\n{bold}{}{bold:#}\n", heap.heap);
        let mallocs = heap.points.iter().map(|point| point.malloc_touches);
        text += &law("malloc", &heap.malloc, mallocs);
        let frees = heap.points.iter().map(|point| point.free_touches);
        text += &law("free", &heap.free, frees);
    }
    text + &format!("\npayloads aligned to {} bytes\n", results.common.align_bytes)
}

fn table(growing: &[Growing], experiments: &[Experiment]) -> Grid {
    let group = |heap: &Growing| Group::new(&heap.heap, &["malloc", "free"]);
    let line = |(place, experiment): (usize, &Experiment)| Line {
        labels: vec![experiment.allocated().to_string(), experiment.free().to_string()],
        cells: growing
            .iter()
            .map(|heap| &heap.points[place])
            .map(|point| [point.malloc_touches, point.free_touches])
            .map(|touches| touches.map(|touches| format!("{touches:.1}")).to_vec())
            .collect(),
    };
    Grid {
        labels: vec!["allocated", "free"],
        groups: growing.iter().map(group).collect(),
        rows: experiments.iter().enumerate().map(line).collect(),
        footer: Vec::new(),
    }
}

/// Returns two lines: the law in words, and as a formula if it grows.
fn law(call: &str, law: &Law, touches: impl Iterator<Item = f64>) -> String {
    let words = format!(
        "  {call:<6}  {} in allocated blocks, {} in free blocks\n",
        law.allocated, law.free
    );
    // A plane shows nothing about a cost that does not grow.
    let grows = |growth| !matches!(growth, Growth::Flat | Growth::Falling);
    if !grows(law.allocated) && !grows(law.free) {
        let range =
            |(least, most): (f64, f64), touches: f64| (least.min(touches), most.max(touches));
        let (least, most) = touches.fold((f64::INFINITY, f64::NEG_INFINITY), range);
        return words + &format!("          touches from {least:.1} to {most:.1}\n");
    }
    let fit = law.r_squared.map_or(String::new(), |fit| format!(", R² = {fit:.5}"));
    words
        + &format!(
            "          touches = {:.1} {} allocated {} free{fit}\n",
            law.constant,
            term(law.per_allocated),
            term(law.per_free)
        )
}

/// Formats a term: `+ 1.000`; what rounds to zero has no sign.
fn term(factor: f64) -> String {
    let sign = if factor <= -0.0005 { '-' } else { '+' };
    format!("{sign} {:.3}", factor.abs())
}
