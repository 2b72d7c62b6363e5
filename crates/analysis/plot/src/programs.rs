//! Real programs under several mallocs: a panel for elapsed times and one for memory. Each has a
//! line for each program, with a dot for each malloc at its ratio to the first malloc.

use crate::figures::read;
use crate::split::distinct;
use heaplab_pictures::{Axis, Key, Mark, Panel, Picture, Point, Sample};
use heaplab_support::Error;
use heaplab_support::statistics::median;
use serde::Deserialize;

#[derive(Deserialize)]
struct Programs {
    results: Vec<Entry>,
}

/// A program under a malloc.
#[derive(Deserialize)]
struct Entry {
    program: String,
    malloc: String,
    runs: Vec<Measured>,
    fault: Option<String>,
}

#[derive(Deserialize)]
struct Measured {
    elapsed_seconds: f64,
    peak_resident_bytes: u64,
}

/// The range of ratios that every picture shows.
const USUAL: [f64; 2] = [0.5, 2.0];

/// Ratios outside this range are drawn at the edge.
const WIDEST: [f64; 2] = [0.1, 20.0];

/// Draws a document `heaplab.programs.v1`, which `bench-programs --format json` prints.
///
/// # Errors
/// If it is another document, or every program failed under the first malloc.
pub fn programs(document: &[u8]) -> Result<Picture, Error> {
    let figures: Programs = read(document, "heaplab.programs.v1", "heaplab bench-programs")?;
    let results = &figures.results;
    let programs = distinct(results.iter().map(|entry| entry.program.as_str()));
    let mallocs = distinct(results.iter().map(|entry| entry.malloc.as_str()));
    let elapsed = |run: &Measured| run.elapsed_seconds;
    let resident = |run: &Measured| run.peak_resident_bytes as f64;
    let panels = vec![
        panel("elapsed time", results, &programs, &mallocs, &elapsed),
        panel("most resident memory", results, &programs, &mallocs, &resident),
    ];
    if panels.iter().all(|panel| panel.marks.len() < 2) {
        return Err(Error::new("error: no picture: every program failed under the first malloc"));
    }
    let key = |(index, name): (usize, &&str)| Key {
        sample: Sample::Dot(index),
        name: (*name).to_owned(),
    };
    Ok(Picture {
        kind: "programs",
        title: "Real programs under several mallocs".to_owned(),
        description: "A line for each program, with a dot for each malloc at its ratio to the \
                      first malloc: elapsed time on the left, most resident memory on the right."
            .to_owned(),
        panel_height: 90.0 + 21.0 * programs.len() as f64,
        panels,
        columns: 2,
        legend: mallocs.iter().enumerate().map(key).collect(),
        remarks: vec!["Medians of the runs; a dot at the edge stands outside it.".to_owned()],
        data: Vec::new(),
    })
}

fn panel(
    what: &str,
    results: &[Entry],
    programs: &[&str],
    mallocs: &[&str],
    of: &dyn Fn(&Measured) -> f64,
) -> Panel {
    let value = |program: &str, malloc: &str| {
        let found = results.iter().find(|entry| entry.program == program && entry.malloc == malloc);
        let entry = found.filter(|entry| entry.fault.is_none())?;
        let values: Vec<f64> = entry.runs.iter().map(of).collect();
        median(&values)
    };
    let base = mallocs.first().copied().unwrap_or_default();
    let y = Axis { has_grid: true, ..Axis::named(programs.iter().map(|name| (*name).to_owned())) };
    let mut dots = Vec::new();
    for (program, (line, _)) in programs.iter().zip(&y.names) {
        for (index, malloc) in mallocs.iter().enumerate() {
            let values = value(program, malloc).zip(value(program, base));
            let Some(ratio) = values.map(|(value, base)| value / base) else { continue };
            if !ratio.is_finite() {
                continue;
            }
            let data = vec![
                ("program", (*program).to_owned()),
                ("malloc", (*malloc).to_owned()),
                ("ratio", ratio.to_string()),
            ];
            dots.push((index, Point { x: ratio, y: *line, data }));
        }
    }
    let ratios = || dots.iter().map(|(_, dot)| dot.x);
    let least = (ratios().fold(USUAL[0], f64::min) * 0.9).max(WIDEST[0]);
    let most = (ratios().fold(USUAL[1], f64::max) * 1.1).min(WIDEST[1]);
    let one = Mark::Upright { x: 1.0, words: String::new(), row: 0, data: Vec::new() };
    let dots = dots.into_iter().map(|(index, at)| Mark::Dot { index, at, name: None });
    Panel {
        title: format!("{what}, times that of {base}"),
        x: Axis { has_grid: false, ..Axis::decades("", least, most) },
        y,
        marks: [one].into_iter().chain(dots).collect(),
        data: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_pictures::Background;

    #[test]
    fn dots_stand_at_the_ratio_to_the_first_malloc() {
        let text = r#"{"schema": "heaplab.programs.v1", "results": [
            {"program": "sh6", "malloc": "libc", "fault": null, "runs": [
                {"elapsed_seconds": 2.0, "peak_resident_bytes": 1000},
                {"elapsed_seconds": 4.0, "peak_resident_bytes": 1000},
                {"elapsed_seconds": 9.0, "peak_resident_bytes": 1000}]},
            {"program": "sh6", "malloc": "quick", "fault": null, "runs": [
                {"elapsed_seconds": 3.0, "peak_resident_bytes": 1500}]},
            {"program": "sh6", "malloc": "broken", "fault": "it crashed", "runs": []}]}"#;
        let svg = programs(text.as_bytes()).unwrap().svg(Background::Light);
        for ratio in ["\"1\"", "\"0.75\"", "\"1.5\""] {
            assert!(svg.contains(&format!("data-ratio={ratio}")), "{ratio} in {svg}");
        }
        assert_eq!(svg.matches("data-malloc=\"broken\"").count(), 0);
    }
}
