//! The results as a picture: a panel for elapsed times and one for memory. Each has a line for each
//! program, with a dot for each malloc at its ratio to the first malloc.

use super::measured::Measured;
use super::rounds::Results;
use super::table::{elapsed, ratio, resident};
use heaplab_report::drawing::{Area, FONT, color, draw_picture};
use heaplab_support::Error as Failed;
use plotters::coord::ranged1d::{IntoSegmentedCoord, SegmentValue};
use plotters::prelude::*;
use std::error::Error;
use std::ops::Range;

/// The height of a program's line, and the height above and below all lines.
const LINE_HEIGHT: u32 = 20;
const MARGIN_HEIGHT: u32 = 90;

/// The range of ratios that every picture shows.
const USUAL: Range<f64> = 0.5..2.0;

/// Ratios outside this range are drawn at the edge.
const WIDEST: Range<f64> = 0.1..20.0;

/// The dots of a panel: the program's index, the malloc's index, the ratio.
type Dots = Vec<(usize, usize, f64)>;

/// Returns the picture as SVG.
///
/// # Errors
/// If there is nothing to draw.
pub(super) fn draw(results: &Results) -> Result<String, Failed> {
    let panels = [
        ("elapsed time", dots(results, elapsed)),
        ("most resident memory", dots(results, resident)),
    ];
    if panels.iter().all(|(_, dots)| dots.is_empty()) {
        return Err(Failed::new("error: no picture: every program failed under the first malloc"));
    }
    let height = MARGIN_HEIGHT + LINE_HEIGHT * results.rows.len() as u32;
    let names = results.mallocs.iter().cloned();
    draw_picture("the results", height, names, None, |area| {
        let areas = area.split_evenly((1, panels.len()));
        let mut each = areas.iter().zip(&panels);
        each.try_for_each(|(area, (title, dots))| draw_panel(area, results, title, dots))
    })
}

fn dots(results: &Results, of: impl Fn(&Measured) -> f64) -> Dots {
    let mut dots = Vec::new();
    for (program, row) in results.rows.iter().enumerate() {
        for (malloc, cell) in row.cells.iter().enumerate() {
            let ratio = ratio(cell, &row.cells[0], &of);
            dots.extend(ratio.map(|ratio| (program, malloc, ratio)));
        }
    }
    dots
}

/// Returns the range of the axis: all ratios, unless they are extreme.
fn range(dots: &Dots) -> Range<f64> {
    let ratios = dots.iter().map(|&(_, _, ratio)| ratio);
    let widest = ratios.fold(USUAL, |range, ratio| range.start.min(ratio)..range.end.max(ratio));
    (widest.start * 0.9).max(WIDEST.start)..(widest.end * 1.1).min(WIDEST.end)
}

fn draw_panel(
    area: &Area<'_>,
    results: &Results,
    title: &str,
    dots: &Dots,
) -> Result<(), Box<dyn Error>> {
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let range = range(dots);
    let last = results.rows.len().saturating_sub(1);
    // The first program is at the top.
    let line = |program: usize| SegmentValue::CenterOf(last - program);
    let title = format!("{title}, times that of {}", results.mallocs[0]);
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 17))
        .margin(8)
        .x_label_area_size(30)
        .y_label_area_size(110)
        .build_cartesian_2d(range.clone().log_scale(), (0..last).into_segmented())
        .map_err(|error| failed(&error))?;
    let name = |value: &SegmentValue<usize>| match value {
        SegmentValue::CenterOf(line) | SegmentValue::Exact(line) => match last.checked_sub(*line) {
            Some(program) => results.rows[program].program.clone(),
            None => String::new(),
        },
        SegmentValue::Last => String::new(),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .bold_line_style(RGBColor(225, 225, 225))
        .y_labels(results.rows.len())
        .x_labels(12)
        .label_style((FONT, 13))
        .x_label_formatter(&|ratio| format!("{ratio}"))
        .y_label_formatter(&name)
        .draw()
        .map_err(|error| failed(&error))?;
    let one = [(1.0, SegmentValue::Exact(0)), (1.0, SegmentValue::Last)];
    chart
        .draw_series([PathElement::new(one, RGBColor(120, 120, 120))])
        .map_err(|error| failed(&error))?;
    let shown = dots.iter().map(|&(program, malloc, ratio)| {
        let ratio = ratio.clamp(range.start, range.end);
        Circle::new((ratio, line(program)), 4, color(malloc).filled())
    });
    chart.draw_series(shown).map_err(|error| failed(&error))?;
    Ok(())
}
