//! The means as a picture: a panel for each dealing, in it a line for each heap over
//! the number of heaps, and one for what the peaks alone make of it. Between that
//! line and a heap's is fragmentation: above it lost, below it won.

use super::Results;
use heaplab_report::drawing::{FONT, LEGEND_LINE_HEIGHT, WIDTH, color, draw_legend, legend};
use heaplab_support::Error as Failed;
use heaplab_trace::Dealing;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;
use std::ops::Range;

const PANEL_HEIGHT: u32 = 420;

/// What is drawn.
struct Picture {
    panels: Vec<Panel>,
    /// Of the lines, the same in each panel.
    names: Vec<String>,
    align_bytes: u32,
}

/// One dealing.
struct Panel {
    title: &'static str,
    /// The heaps' lines, then that of the peaks.
    lines: Vec<Vec<(f64, f64)>>,
}

/// The picture as SVG.
///
/// # Errors
/// If there is nothing to draw.
pub(super) fn draw(results: &Results) -> Result<String, Failed> {
    let picture = picture(results);
    if picture.panels.iter().all(|panel| panel.lines.len() < 2) {
        return Err(Failed::new(
            "error: no picture: there is no heap without a fault on traces with payload",
        ));
    }
    let legend = legend(picture.names.iter().cloned());
    let height = PANEL_HEIGHT + LEGEND_LINE_HEIGHT * legend.len() as u32 + 12;
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
    let drawn = draw_all(&root, &picture, &legend);
    drawn.map_err(|error| Failed::new(format!("error: can't draw the means: {error}")))?;
    drop(root);
    Ok(svg)
}

/// The lines of those heaps that have a mean everywhere.
fn picture(results: &Results) -> Picture {
    let point = |split: usize, mean: Option<f64>| {
        Some((f64::from(results.splits[split].heaps.get()), mean?))
    };
    let of_heap = |heap: usize, splits: &[usize]| -> Option<Vec<(f64, f64)>> {
        let factor = |&split: &usize| {
            let mean = results.mean(heap, split);
            point(split, mean.map(|mean| mean.factor))
        };
        splits.iter().map(factor).collect()
    };
    let panel = |(dealing, splits): (Dealing, Vec<usize>)| {
        let heaps = (0..results.heaps.len()).filter_map(|heap| of_heap(heap, &splits));
        let peaks = splits
            .iter()
            .filter_map(|&split| point(split, results.mean_peaks_apart(split)));
        Panel {
            title: match dealing {
                Dealing::Class => "dealt by size class",
                Dealing::Turns => "dealt by turns",
                Dealing::Thread => "dealt by thread",
            },
            lines: heaps.chain([peaks.collect()]).collect(),
        }
    };
    let shown = (0..results.heaps.len()).filter(|&heap| results.mean(heap, 0).is_some());
    let names = shown.map(|heap| results.heaps[heap].clone());
    Picture {
        panels: results.dealings().into_iter().map(panel).collect(),
        names: names.chain(["peaks apart alone".to_owned()]).collect(),
        align_bytes: results.align_bytes,
    }
}

fn draw_all(
    root: &DrawingArea<SVGBackend<'_>, Shift>,
    picture: &Picture,
    legend: &[Vec<(usize, String)>],
) -> Result<(), Box<dyn Error>> {
    root.fill(&WHITE).map_err(|error| error.to_string())?;
    let (above, below) = root.split_vertically(PANEL_HEIGHT);
    // The same scale in all panels, so that heights can be compared.
    let lines = || picture.panels.iter().flat_map(|panel| &panel.lines);
    let factors = || lines().flatten().map(|(_, factor)| *factor);
    let least = factors().fold(1.0, f64::min);
    let most = factors().fold(1.0, f64::max);
    let room = (most - least).max(0.1) / 20.0;
    let panels = above.split_evenly((1, picture.panels.len()));
    for (area, panel) in panels.iter().zip(&picture.panels) {
        draw_panel(area, panel, least - room..most + room)?;
    }
    draw_legend(&below, legend)?;
    let remark = format!("payloads aligned to {} bytes", picture.align_bytes);
    let right = TextStyle::from((FONT, 13)).pos(Pos::new(HPos::Right, VPos::Top));
    below
        .draw(&Text::new(remark, (WIDTH as i32 - 15, 1), right))
        .map_err(|error| error.to_string())?;
    Ok(())
}

fn draw_panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    panel: &Panel,
    factors: Range<f64>,
) -> Result<(), Box<dyn Error>> {
    let numbers = || panel.lines.iter().flatten().map(|(number, _)| *number);
    let first = numbers().fold(f64::INFINITY, f64::min);
    let last = numbers().fold(1.0, f64::max);
    let doublings = (last / first).log2().round() as usize + 1;
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .caption(panel.title, (FONT, 17))
        .x_label_area_size(46)
        .y_label_area_size(64)
        // A little room beside the first and the last point.
        .build_cartesian_2d((first / 1.15..last * 1.15).log_scale().base(2.0), factors)
        .map_err(|error| error.to_string())?;
    chart
        .configure_mesh()
        .x_desc("heaps")
        .y_desc("memory, in that of one heap")
        .axis_desc_style((FONT, 15))
        .label_style((FONT, 13))
        .x_labels(doublings)
        .x_max_light_lines(1)
        .y_max_light_lines(2)
        .x_label_formatter(&|number| format!("{number:.0}"))
        .y_label_formatter(&|factor| format!("{factor:.2}"))
        .light_line_style(RGBColor(240, 240, 240))
        .bold_line_style(RGBColor(210, 210, 210))
        .draw()
        .map_err(|error| error.to_string())?;
    for (curve, line) in panel.lines.iter().enumerate() {
        let color = color(curve);
        chart
            .draw_series(LineSeries::new(line.clone(), color.stroke_width(2)))
            .map_err(|error| error.to_string())?;
        // Earlier ones larger, so that they show around those that cover them.
        let covering = (panel.lines.len() - 1 - curve).min(4) as i32;
        let dots = line
            .iter()
            .map(|&at| Circle::new(at, 4 + covering, color.filled()));
        chart.draw_series(dots).map_err(|error| error.to_string())?;
    }
    Ok(())
}
