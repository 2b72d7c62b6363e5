//! The growth of costs: on the left against the allocated blocks, on the right against the free
//! ones, a curve for each heap. Both axes are logarithmic, so a curve's slope is the exponent where
//! its constant part no longer matters.

use crate::figures::read;
use heaplab_pictures::{Axis, Key, Mark, Panel, Picture, Point, Sample};
use heaplab_support::Error;
use serde::Deserialize;

#[derive(Deserialize)]
struct Growth {
    align: u32,
    heaps: Vec<OfHeap>,
}

#[derive(Deserialize)]
struct OfHeap {
    heap: String,
    points: Vec<Experiment>,
}

/// What a call cost on average, in a heap with this many blocks.
#[derive(Deserialize)]
struct Experiment {
    call: String,
    allocated: f64,
    free: f64,
    touches: f64,
}

/// Draws a document `heaplab.growth.v1`, which `cost --grow --format json` prints.
///
/// # Errors
/// If it is another document, or every heap in it is at fault.
pub fn growth(document: &[u8]) -> Result<Picture, Error> {
    let growth: Growth = read(document, "heaplab.growth.v1", "heaplab cost --grow")?;
    let mallocs = || {
        let points = growth.heaps.iter().flat_map(|heap| &heap.points);
        points.filter(|point| point.call == "malloc")
    };
    if mallocs().next().is_none() {
        return Err(Error::new("error: no picture: every heap is at fault"));
    }
    let fewest_free = mallocs().map(|point| point.free).fold(f64::INFINITY, f64::min);
    let most_allocated = mallocs().map(|point| point.allocated).fold(0.0, f64::max);
    // The scale is the same on both sides, so that heights can be compared.
    let least = mallocs().map(|point| point.touches).fold(f64::INFINITY, f64::min).max(1.0);
    let most = mallocs().map(|point| point.touches).fold(10.0, f64::max);
    let whole_decades =
        [least.log10().floor(), most.log10().ceil()].map(|power| 10_f64.powf(power));
    let panel = |title: String, x: &str, along: &dyn Fn(&Experiment) -> Option<f64>| {
        let curves: Vec<Mark> = growth
            .heaps
            .iter()
            .enumerate()
            .map(|(index, heap)| curve(index, heap, along))
            .collect();
        let xs = || mallocs().filter_map(along);
        let [first, last] = [xs().fold(f64::INFINITY, f64::min), xs().fold(1.0, f64::max)];
        Panel {
            title,
            x: Axis::doublings(x, first / 1.15, last * 1.15),
            y: Axis::decades("touches (words) a malloc", whole_decades[0], whole_decades[1]),
            marks: curves,
            data: Vec::new(),
        }
    };
    let panels = vec![
        panel(
            format!("malloc beside {} free blocks", fewest_free.round()),
            "allocated blocks",
            &|point| (point.free == fewest_free).then_some(point.allocated),
        ),
        panel(
            format!("malloc beside {} allocated blocks", most_allocated.round()),
            "free blocks",
            &|point| (point.allocated == most_allocated).then_some(point.free),
        ),
    ];
    Ok(Picture {
        kind: "growth",
        title: "What a malloc costs as the heap grows".to_owned(),
        description: "Words that a malloc reads and writes, on the left over the number of \
                      allocated blocks, on the right over the number of free blocks; a curve for \
                      each heap."
            .to_owned(),
        panels,
        columns: 2,
        panel_height: 400.0,
        legend: keys(growth.heaps.iter().map(|heap| heap.heap.clone())),
        remarks: vec![format!("Payloads aligned to {} bytes.", growth.align)],
        data: vec![("align", growth.align.to_string())],
    })
}

fn curve(index: usize, heap: &OfHeap, along: &dyn Fn(&Experiment) -> Option<f64>) -> Mark {
    let point = |experiment: &Experiment| {
        let x = along(experiment)?;
        let data = vec![
            ("allocated", experiment.allocated.to_string()),
            ("free", experiment.free.to_string()),
            ("touches", experiment.touches.to_string()),
        ];
        Some(Point { x, y: experiment.touches, data })
    };
    let mallocs = heap.points.iter().filter(|point| point.call == "malloc");
    Mark::Curve {
        index,
        points: mallocs.filter_map(point).collect(),
        data: vec![("heap", heap.heap.clone())],
    }
}

/// Returns the legend of curves with these names.
pub(crate) fn keys(names: impl Iterator<Item = String>) -> Vec<Key> {
    names.enumerate().map(|(index, name)| Key { sample: Sample::Curve(index), name }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_pictures::Background;

    const TWO: &str = r#"{"schema": "heaplab.growth.v1", "align": 16, "heaps": [{"heap": "a",
        "points": [
            {"call": "malloc", "allocated": 63.5, "free": 32.0, "touches": 110.5},
            {"call": "malloc", "allocated": 127.5, "free": 32.0, "touches": 174.5},
            {"call": "malloc", "allocated": 127.5, "free": 64.0, "touches": 206.5},
            {"call": "free", "allocated": 68.5, "free": 35.5, "touches": 7.0}
        ]}], "faults": []}"#;

    #[test]
    fn each_experiment_is_in_the_panel_that_it_belongs_to() {
        let picture = growth(TWO.as_bytes()).unwrap();
        let of_panel = |panel: usize| match &picture.panels[panel].marks[0] {
            Mark::Curve { points, .. } => points.iter().map(|point| (point.x, point.y)).collect(),
            _ => Vec::new(),
        };
        assert_eq!(of_panel(0), [(63.5, 110.5), (127.5, 174.5)]);
        assert_eq!(of_panel(1), [(32.0, 174.5), (64.0, 206.5)]);
        let svg = picture.svg(Background::Auto);
        assert!(svg.contains("data-touches=\"206.5\"") && svg.contains("128 allocated"), "{svg}");
    }

    #[test]
    fn other_documents_are_refused() {
        let complaint = |text: &str| growth(text.as_bytes()).unwrap_err().to_string();
        assert!(complaint("{}").contains("not figures of heaplab"));
        assert!(complaint("no").contains("not figures of heaplab"));
        let other = complaint(r#"{"schema": "heaplab.run.v1"}"#);
        assert!(other.contains("heaplab cost --grow --format json"), "{other}");
        let none = complaint(r#"{"schema": "heaplab.growth.v1", "align": 8, "heaps": []}"#);
        assert!(none.contains("every heap is at fault"), "{none}");
    }
}
