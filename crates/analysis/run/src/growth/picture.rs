//! The growth as a picture: on the left along the allocated blocks, on the right
//! along the free ones, a line for each heap. Both axes are logarithmic, so a
//! line's slope is the exponent where its constant part no longer matters.

use super::Growing;
use heaplab_cost::Experiment;
use heaplab_report::drawing::{FONT, LEGEND_LINE_HEIGHT, WIDTH, color, draw_legend, legend};
use heaplab_support::Error as Failed;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;
use std::ops::Range;

const PANEL_HEIGHT: u32 = 420;

/// One panel.
struct Panel {
    title: String,
    /// What stands along the x axis.
    x: &'static str,
    /// For each heap its line.
    lines: Vec<Vec<(f64, f64)>>,
}

/// The picture as SVG.
///
/// # Errors
/// If there is nothing to draw.
pub(super) fn draw(
    growing: &[Growing],
    experiments: &[Experiment],
    align_bytes: u32,
) -> Result<String, Failed> {
    if growing.is_empty() {
        return Err(Failed::new(
            "error: no picture: there is no heap without a fault",
        ));
    }
    let legend = legend(growing.iter().map(|growing| growing.heap.clone()));
    let height = PANEL_HEIGHT + LEGEND_LINE_HEIGHT * legend.len() as u32 + 12;
    let mut svg = String::new();
    let panels = panels(growing, experiments);
    let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
    let drawn = draw_all(&root, &panels, &legend, align_bytes);
    drawn.map_err(|error| Failed::new(format!("error: can't draw the growth: {error}")))?;
    drop(root);
    Ok(svg)
}

fn draw_all(
    root: &DrawingArea<SVGBackend<'_>, Shift>,
    panels: &[Panel; 2],
    legend: &[Vec<(usize, String)>],
    align_bytes: u32,
) -> Result<(), Box<dyn Error>> {
    root.fill(&WHITE).map_err(|error| error.to_string())?;
    let (above, below) = root.split_vertically(PANEL_HEIGHT);
    // The same scale on both sides, so that heights can be compared.
    let values = || {
        let points = panels.iter().flat_map(|panel| panel.lines.iter().flatten());
        points.map(|(_, touches)| *touches)
    };
    let bottom = values().fold(f64::INFINITY, f64::min).max(1.0);
    let top = values().fold(10.0, f64::max);
    let whole_decades = 10f64.powf(bottom.log10().floor())..10f64.powf(top.log10().ceil());
    for (area, panel) in above.split_evenly((1, 2)).iter().zip(panels) {
        draw_panel(area, panel, whole_decades.clone())?;
    }
    draw_legend(&below, legend)?;
    let remark = format!("payloads aligned to {align_bytes} bytes");
    let right = TextStyle::from((FONT, 13)).pos(Pos::new(HPos::Right, VPos::Top));
    below
        .draw(&Text::new(remark, (WIDTH as i32 - 15, 1), right))
        .map_err(|error| error.to_string())?;
    Ok(())
}

fn panels(growing: &[Growing], experiments: &[Experiment]) -> [Panel; 2] {
    let fewest_free = experiments.iter().map(|e| e.free()).min().unwrap_or(0);
    let most_allocated = experiments.iter().map(|e| e.allocated()).max().unwrap_or(0);
    let line = |heap: &Growing, along: &dyn Fn(&Experiment) -> Option<u32>| {
        let point = |(experiment, point): (&Experiment, &heaplab_cost::Point)| {
            Some((f64::from(along(experiment)?), point.malloc_touches))
        };
        let points = experiments.iter().zip(&heap.points);
        points.filter_map(point).collect::<Vec<_>>()
    };
    let lines = |along: &dyn Fn(&Experiment) -> Option<u32>| {
        growing.iter().map(|heap| line(heap, along)).collect()
    };
    [
        Panel {
            title: format!("malloc beside {fewest_free} free blocks"),
            x: "allocated blocks",
            lines: lines(&|e| (e.free() == fewest_free).then_some(e.allocated())),
        },
        Panel {
            title: format!("malloc beside {most_allocated} allocated blocks"),
            x: "free blocks",
            lines: lines(&|e| (e.allocated() == most_allocated).then_some(e.free())),
        },
    ]
}

fn draw_panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    panel: &Panel,
    touches: Range<f64>,
) -> Result<(), Box<dyn Error>> {
    let numbers = || panel.lines.iter().flatten().map(|(number, _)| *number);
    let (first, last) = (
        numbers().fold(f64::INFINITY, f64::min),
        numbers().fold(1.0, f64::max),
    );
    let doublings = (last / first).log2().round() as usize + 1;
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .caption(&panel.title, (FONT, 17))
        .x_label_area_size(46)
        .y_label_area_size(64)
        // A little room beside the first and the last point.
        .build_cartesian_2d(
            (first / 1.15..last * 1.15).log_scale().base(2.0),
            touches.log_scale(),
        )
        .map_err(|error| error.to_string())?;
    chart
        .configure_mesh()
        .x_desc(panel.x)
        .y_desc("touches (words) a malloc")
        .axis_desc_style((FONT, 15))
        .label_style((FONT, 13))
        .x_labels(doublings)
        .x_max_light_lines(1)
        .x_label_formatter(&|number| format!("{number:.0}"))
        .y_label_formatter(&|touches| format!("{touches:.0}"))
        .light_line_style(RGBColor(240, 240, 240))
        .bold_line_style(RGBColor(210, 210, 210))
        .draw()
        .map_err(|error| error.to_string())?;
    for (heap, line) in panel.lines.iter().enumerate() {
        let color = color(heap);
        chart
            .draw_series(LineSeries::new(line.clone(), color.stroke_width(2)))
            .map_err(|error| error.to_string())?;
        // Earlier ones larger, so that they show around those that cover them.
        let covering = (panel.lines.len() - 1 - heap).min(4) as i32;
        let dots = line
            .iter()
            .map(|&at| Circle::new(at, 4 + covering, color.filled()));
        chart.draw_series(dots).map_err(|error| error.to_string())?;
    }
    Ok(())
}
