//! The means as a picture: one panel for each dealing. A panel has a line for each heap over the
//! number of heaps, and a line for the effect of the peaks alone. The distance between that line
//! and a heap's is fragmentation: above it a loss, below it a gain.

use super::Results;
use heaplab_report::drawing::{Area, Curves, draw_picture};
use heaplab_support::Error as Failed;
use heaplab_trace::Dealing;
use std::error::Error;

const PANEL_HEIGHT: u32 = 420;

/// The picture's contents.
struct Picture {
    panels: Vec<Panel>,
    /// The names of the lines, the same in each panel.
    names: Vec<String>,
}

/// The panel of one dealing.
struct Panel {
    title: &'static str,
    /// The heaps' lines, then that of the peaks.
    lines: Vec<Vec<(f64, f64)>>,
}

/// Returns the picture as SVG.
///
/// # Errors
/// If there is nothing to draw.
pub(super) fn draw(results: &Results) -> Result<String, Failed> {
    let picture = picture(results);
    if picture.panels.iter().all(|panel| panel.lines.len() < 2) {
        return Err(Failed::new(
            "error: no picture: no heap ran a trace with payload without a fault",
        ));
    }
    let names = picture.names.iter().cloned();
    let remark = format!("payloads aligned to {} bytes", results.align_bytes);
    draw_picture("the means", PANEL_HEIGHT, names, Some(&remark), |area| {
        draw_panels(area, &picture.panels)
    })
}

/// Returns the lines of the heaps that have a mean for every split.
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
        let peaks =
            splits.iter().filter_map(|&split| point(split, results.mean_peaks_apart(split)));
        Panel {
            title: match dealing {
                Dealing::Class => "dealt by size class",
                Dealing::Turns => "dealt in turns",
                Dealing::Thread => "dealt by thread",
            },
            lines: heaps.chain([peaks.collect()]).collect(),
        }
    };
    let shown = (0..results.heaps.len()).filter(|&heap| results.mean(heap, 0).is_some());
    let names = shown.map(|heap| results.heaps[heap].clone());
    Picture {
        panels: results.dealings().into_iter().map(panel).collect(),
        names: names.chain(["peaks apart only".to_owned()]).collect(),
    }
}

fn draw_panels(area: &Area<'_>, panels: &[Panel]) -> Result<(), Box<dyn Error>> {
    // The same scale in all panels, so that heights can be compared.
    let lines = || panels.iter().flat_map(|panel| &panel.lines);
    let factors = || lines().flatten().map(|(_, factor)| *factor);
    let least = factors().fold(1.0, f64::min);
    let most = factors().fold(1.0, f64::max);
    let room = (most - least).max(0.1) / 20.0;
    for (area, panel) in area.split_evenly((1, panels.len())).iter().zip(panels) {
        let curves = Curves {
            title: panel.title,
            axes: ["heaps", "memory, relative to one heap"],
            decimals: 2,
            light_lines: Some(2),
            lines: &panel.lines,
        };
        curves.draw(area, least - room..most + room)?;
    }
    Ok(())
}
