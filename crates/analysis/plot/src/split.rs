//! Many heaps beside one: a panel for each dealing, with a curve for each heap over the number of
//! heaps, and one for the effect of the peaks alone. The distance between that curve and a heap's
//! is fragmentation: above it a loss, below it a gain.

use crate::figures::read;
use crate::growth::keys;
use heaplab_pictures::{Axis, Mark, Panel, Picture, Point};
use heaplab_support::Error;
use serde::Deserialize;

#[derive(Deserialize)]
struct Split {
    align: u32,
    means: Vec<Mean>,
}

/// Geometric means over the traces, of one design dealt in one way.
#[derive(Deserialize)]
struct Mean {
    heap: String,
    by: String,
    heaps: u32,
    factor: Option<f64>,
    peaks_apart: Option<f64>,
}

/// The name of the last curve.
const PEAKS: &str = "peaks apart only";

/// Draws a document `heaplab.split.v1`, which `compare --split --format json` prints.
///
/// # Errors
/// If it is another document, or has no means.
pub fn split(document: &[u8]) -> Result<Picture, Error> {
    let split: Split = read(document, "heaplab.split.v1", "heaplab compare --split 1,2,4")?;
    let known: Vec<&Mean> = split.means.iter().filter(|mean| mean.factor.is_some()).collect();
    let heaps = distinct(known.iter().map(|mean| mean.heap.as_str()));
    let Some(first) = heaps.first() else {
        return Err(Error::new(
            "error: no picture: no heap ran a trace with payload without a fault",
        ));
    };
    let values = || {
        let of = |mean: &&Mean| [mean.factor, mean.peaks_apart];
        known.iter().flat_map(of).flatten()
    };
    // The same scale in all panels, so that heights can be compared.
    let least = values().fold(1.0, f64::min);
    let most = values().fold(1.0, f64::max);
    let room = (most - least).max(0.1) / 20.0;
    let curve = |index: usize, name: &str, by: &str, heap: &str, of: fn(&Mean) -> Option<f64>| {
        let of_curve = known.iter().filter(|mean| mean.heap == heap && mean.by == by);
        let point = |mean: &&Mean| {
            let y = of(mean)?;
            let data = vec![("heaps", mean.heaps.to_string()), ("factor", y.to_string())];
            Some(Point { x: f64::from(mean.heaps), y, data })
        };
        let data = vec![("heap", name.to_owned())];
        Mark::Curve { index, points: of_curve.filter_map(point).collect(), data }
    };
    let panel = |by: &str| {
        let of_heaps = heaps.iter().enumerate();
        let of_heaps =
            of_heaps.map(|(index, heap)| curve(index, heap, by, heap, |mean| mean.factor));
        let peaks = curve(heaps.len(), PEAKS, by, first, |mean| mean.peaks_apart);
        let most_heaps = known.iter().map(|mean| mean.heaps).max().unwrap_or(1);
        Panel {
            title: match by {
                "class" => "dealt by size class".to_owned(),
                "turns" => "dealt in turns".to_owned(),
                other => format!("dealt by {other}"),
            },
            x: Axis::doublings("heaps", 0.87, f64::from(most_heaps) * 1.15),
            y: Axis::linear("memory, relative to one heap", least - room, most + room),
            marks: of_heaps.chain([peaks]).collect(),
            data: vec![("by", by.to_owned())],
        }
    };
    let dealings = distinct(known.iter().map(|mean| mean.by.as_str()));
    let panels: Vec<Panel> = dealings.iter().map(|by| panel(by)).collect();
    Ok(Picture {
        kind: "split",
        title: "The memory of many heaps beside that of one".to_owned(),
        description: "A panel for each way to deal blocks to heaps: memory over the number of \
                      heaps, a curve for each design and one for the peaks alone."
            .to_owned(),
        columns: panels.len(),
        panels,
        panel_height: 400.0,
        legend: keys(heaps.iter().copied().chain([PEAKS]).map(str::to_owned)),
        remarks: vec![format!("Payloads aligned to {} bytes.", split.align)],
        data: vec![("align", split.align.to_string())],
    })
}

/// Returns the names in the order in which they come first.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_design_without_means_has_no_curve() {
        let text = r#"{"schema": "heaplab.split.v1", "align": 16, "means": [
            {"heap": "a", "by": "class", "heaps": 1, "factor": null, "peaks_apart": null},
            {"heap": "b", "by": "class", "heaps": 1, "factor": 1.0, "peaks_apart": 1.0},
            {"heap": "b", "by": "class", "heaps": 4, "factor": 0.9, "peaks_apart": 1.2},
            {"heap": "b", "by": "turns", "heaps": 4, "factor": 1.9, "peaks_apart": 1.7}]}"#;
        let picture = split(text.as_bytes()).unwrap();
        let names: Vec<&str> = picture.legend.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(names, ["b", PEAKS]);
        assert_eq!(picture.panels.len(), 2);
        assert_eq!(picture.panels[0].marks.len(), 2);
        let none = r#"{"schema": "heaplab.split.v1", "align": 16, "means": []}"#;
        assert!(split(none.as_bytes()).unwrap_err().to_string().contains("no picture"));
    }
}
