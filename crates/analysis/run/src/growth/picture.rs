//! The growth as a picture: on the left against the allocated blocks, on the right against the free
//! ones, a line for each heap. Both axes are logarithmic, so a line's slope is the exponent where
//! its constant part no longer matters.

use super::growing::Growing;
use heaplab_cost::Experiment;
use heaplab_report::drawing::{Area, Curves, draw_picture};
use heaplab_support::Error as Failed;
use plotters::prelude::*;
use std::error::Error;

const PANEL_HEIGHT: u32 = 420;

/// One panel.
struct Panel {
    title: String,
    /// The label of the x axis.
    x: &'static str,
    /// The line of each heap.
    lines: Vec<Vec<(f64, f64)>>,
}

/// Draws the picture as SVG.
///
/// # Errors
/// If there is nothing to draw.
pub(super) fn draw(
    growing: &[Growing],
    experiments: &[Experiment],
    align_bytes: u32,
) -> Result<String, Failed> {
    if growing.is_empty() {
        return Err(Failed::new("error: no picture: every heap is at fault"));
    }
    let panels = panels(growing, experiments);
    let names = growing.iter().map(|growing| growing.heap.clone());
    let remark = format!("payloads aligned to {align_bytes} bytes");
    draw_picture("the growth", PANEL_HEIGHT, names, Some(&remark), |area| {
        draw_panels(area, &panels)
    })
}

fn draw_panels(area: &Area<'_>, panels: &[Panel; 2]) -> Result<(), Box<dyn Error>> {
    // The scale is the same on both sides, so that heights can be compared.
    let values = || {
        let points = panels.iter().flat_map(|panel| panel.lines.iter().flatten());
        points.map(|(_, touches)| *touches)
    };
    let bottom = values().fold(f64::INFINITY, f64::min).max(1.0);
    let top = values().fold(10.0, f64::max);
    let whole_decades = 10f64.powf(bottom.log10().floor())..10f64.powf(top.log10().ceil());
    for (area, panel) in area.split_evenly((1, 2)).iter().zip(panels) {
        let curves = Curves {
            title: &panel.title,
            axes: [panel.x, "touches (words) a malloc"],
            decimals: 0,
            light_lines: None,
            lines: &panel.lines,
        };
        curves.draw(area, whole_decades.clone().log_scale())?;
    }
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
