//! Memory against speed, a point a heap: a heap is worth its code if no other is both faster and
//! smaller.

use crate::figures::{read, schema};
use crate::split::distinct;
use heaplab_pictures::{Axis, Key, Mark, Panel, Picture, Point, Sample};
use heaplab_support::Error;
use heaplab_support::statistics::{geometric_mean, median};
use serde::Deserialize;

/// A heap or a production allocator.
struct Contender {
    name: String,
    is_production: bool,
    /// Speed, times that of the C library.
    speed: f64,
    /// Payload in percent of memory.
    percent: f64,
}

/// What a picture says of its axes.
struct Words {
    speed: &'static str,
    percent: &'static str,
    remark: &'static str,
}

const OF_COMPARE: Words = Words {
    speed: "speed, times that of the C library",
    percent: "payload, in percent of the host memory taken",
    remark: "Memory is what a new process takes of the host when the program holds the most bytes: \
             this is not the lab's utilization. Mean over the traces; that of speeds is geometric.",
};

const OF_RUN: Words = Words {
    speed: "speed, times that of the C library",
    percent: "utilization (percent)",
    remark: "Utilization is the peak payload in percent of the largest heap: exact, the mean over \
             the traces. Speed is measured; its mean over the traces is geometric.",
};

/// Draws a document `heaplab.compare.v1` or `heaplab.run.v1`, which `compare --format json` and
/// `run --format json` print; or `heaplab.frontier.v1`, the means of a published table.
///
/// # Errors
/// If it is another document, or has no speeds or no memory.
pub fn frontier(document: &[u8]) -> Result<Picture, Error> {
    let (contenders, words) = match schema(document)?.as_str() {
        "heaplab.run.v1" => (of_run(document)?, OF_RUN),
        "heaplab.frontier.v1" => (of_table(document)?, OF_COMPARE),
        _ => (of_compare(document)?, OF_COMPARE),
    };
    if contenders.is_empty() {
        return Err(Error::new(
            "error: no picture: no heap has both a speed and a use of memory\n\
             help: they need traces that count for both, and a heap without a fault",
        ));
    }
    Ok(picture(&contenders, &words))
}

#[derive(Deserialize)]
struct Compared {
    results: Vec<ComparedEntry>,
}

#[derive(Deserialize)]
struct ComparedEntry {
    contender: String,
    is_production: bool,
    trace: String,
    ns_per_op_median: Option<f64>,
    peak_payload_bytes: u64,
    resident_bytes: Vec<u64>,
}

fn of_compare(document: &[u8]) -> Result<Vec<Contender>, Error> {
    let compared: Compared = read(document, "heaplab.compare.v1", "heaplab compare")?;
    let all = &compared.results;
    let time = |contender: &str, trace: &str| {
        let found = all.iter().find(|entry| entry.contender == contender && entry.trace == trace);
        found?.ns_per_op_median
    };
    let names = distinct(all.iter().map(|entry| entry.contender.as_str()));
    let base = if names.contains(&"libc") { "libc" } else { names.first().copied().unwrap_or("") };
    let contender = |name: &str| {
        let entries = || all.iter().filter(|entry| entry.contender == name);
        let speeds =
            entries().filter_map(|entry| Some(time(base, &entry.trace)? / entry.ns_per_op_median?));
        let percents = entries().filter_map(|entry| {
            let bytes: Vec<f64> = entry.resident_bytes.iter().map(|bytes| *bytes as f64).collect();
            let resident = median(&bytes).filter(|bytes| *bytes > 0.0)?;
            (entry.peak_payload_bytes > 0)
                .then(|| 100.0 * entry.peak_payload_bytes as f64 / resident)
        });
        Some(Contender {
            name: name.to_owned(),
            is_production: entries().any(|entry| entry.is_production),
            speed: geometric_mean(speeds)?,
            percent: mean(percents.collect::<Vec<f64>>().as_slice())?,
        })
    };
    Ok(names.into_iter().filter_map(contender).collect())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The means that a table of `compare` shows.
#[derive(Deserialize)]
struct Shown {
    contenders: Vec<ShownEntry>,
}

#[derive(Deserialize)]
struct ShownEntry {
    heap: String,
    is_production: bool,
    ns_per_op: f64,
    percent: f64,
}

fn of_table(document: &[u8]) -> Result<Vec<Contender>, Error> {
    let shown: Shown = read(document, "heaplab.frontier.v1", "heaplab compare")?;
    let all = &shown.contenders;
    let base = all.iter().find(|one| one.heap == "libc").or(all.first());
    let base = base.map_or(1.0, |base| base.ns_per_op);
    let contender = |one: &ShownEntry| Contender {
        name: one.heap.clone(),
        is_production: one.is_production,
        speed: base / one.ns_per_op,
        percent: one.percent,
    };
    Ok(all.iter().map(contender).collect())
}

#[derive(Deserialize)]
struct Ran {
    summary: Vec<RanEntry>,
}

#[derive(Deserialize)]
struct RanEntry {
    heap: String,
    mean_utilization: Option<f64>,
    geometric_mean_vs_libc: Option<f64>,
}

fn of_run(document: &[u8]) -> Result<Vec<Contender>, Error> {
    let ran: Ran = read(document, "heaplab.run.v1", "heaplab run")?;
    let contender = |entry: RanEntry| {
        Some(Contender {
            name: entry.heap,
            is_production: false,
            speed: entry.geometric_mean_vs_libc?,
            percent: 100.0 * entry.mean_utilization?,
        })
    };
    Ok(ran.summary.into_iter().filter_map(contender).collect())
}

/// Returns the contenders that no other one beats in both, from slow to fast.
fn best(contenders: &[Contender]) -> Vec<&Contender> {
    let is_beaten = |one: &Contender| {
        contenders.iter().any(|other| {
            other.speed >= one.speed
                && other.percent >= one.percent
                && (other.speed > one.speed || other.percent > one.percent)
        })
    };
    let mut best: Vec<&Contender> = contenders.iter().filter(|one| !is_beaten(one)).collect();
    best.sort_by(|one, other| one.speed.total_cmp(&other.speed));
    best
}

const HEAP: usize = 0;
const PRODUCTION: usize = 1;
const BEST: usize = 7;

fn picture(contenders: &[Contender], words: &Words) -> Picture {
    let dot = |contender: &Contender| Mark::Dot {
        index: if contender.is_production { PRODUCTION } else { HEAP },
        at: Point {
            x: contender.speed,
            y: contender.percent,
            data: vec![
                ("heap", contender.name.clone()),
                ("speed", contender.speed.to_string()),
                ("percent", contender.percent.to_string()),
            ],
        },
        name: Some(contender.name.clone()),
    };
    let best = best(contenders);
    let edge = Mark::Line {
        index: BEST,
        points: steps(&best),
        data: vec![("best", best.iter().map(|one| &*one.name).collect::<Vec<_>>().join(" "))],
    };
    let speeds = || contenders.iter().map(|one| one.speed);
    let [slow, fast] = [speeds().fold(0.9, f64::min) / 1.15, speeds().fold(1.1, f64::max) * 1.5];
    let percents = || contenders.iter().map(|one| one.percent);
    let least = (percents().fold(100.0, f64::min) - 4.0).max(0.0);
    let most = (percents().fold(0.0, f64::max) + 4.0).min(100.0);
    let c_library =
        Mark::Upright { x: 1.0, words: "the C library".to_owned(), row: 0, data: Vec::new() };
    let panel = Panel {
        title: String::new(),
        x: Axis::decades(words.speed, slow, fast),
        y: Axis::linear(words.percent, least, most.max(least + 1.0)),
        marks: [c_library, edge].into_iter().chain(contenders.iter().map(dot)).collect(),
        data: Vec::new(),
    };
    let mut legend = vec![Key { sample: Sample::Dot(HEAP), name: "heap of the lab".to_owned() }];
    if contenders.iter().any(|one| one.is_production) {
        let name = "production allocator".to_owned();
        legend.push(Key { sample: Sample::Dot(PRODUCTION), name });
    }
    let name = "no other is both faster and smaller".to_owned();
    legend.push(Key { sample: Sample::Line(BEST), name });
    Picture {
        kind: "frontier",
        title: "Memory against speed".to_owned(),
        description: "A point for each heap: to the right is faster, upwards is smaller."
            .to_owned(),
        panels: vec![panel],
        columns: 1,
        panel_height: 460.0,
        legend,
        remarks: vec![words.remark.to_owned()],
        data: Vec::new(),
    }
}

/// Returns the corners of the steps that lead down from one of the best to the next.
fn steps(best: &[&Contender]) -> Vec<[f64; 2]> {
    let mut points: Vec<[f64; 2]> = Vec::new();
    for one in best {
        if let Some([before, _]) = points.last().copied() {
            points.push([before, one.percent]);
        }
        points.push([one.speed, one.percent]);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, speed: f64, percent: f64) -> Contender {
        Contender { name: name.to_owned(), is_production: false, speed, percent }
    }

    #[test]
    fn the_best_are_those_that_no_other_beats_in_both() {
        let all = [
            named("slow and small", 0.5, 95.0),
            named("beaten", 0.4, 90.0),
            named("fast", 2.0, 70.0),
            named("between", 1.0, 80.0),
            named("equally fast, but larger", 2.0, 60.0),
        ];
        let names: Vec<&str> = best(&all).iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["slow and small", "between", "fast"]);
    }

    #[test]
    fn speeds_are_relative_to_the_c_library() {
        let entry = |name: &str, ns: f64, resident: u64| {
            format!(
                r#"{{"contender": "{name}", "is_production": {}, "trace": "t",
                "ns_per_op_median": {ns}, "peak_payload_bytes": 50,
                "resident_bytes": [{resident}]}}"#,
                name == "libc"
            )
        };
        let text = format!(
            r#"{{"schema": "heaplab.compare.v1", "results": [{}, {}]}}"#,
            entry("quick", 20.0, 80),
            entry("libc", 10.0, 100)
        );
        let contenders = of_compare(text.as_bytes()).unwrap();
        let figures: Vec<(f64, f64)> =
            contenders.iter().map(|one| (one.speed, one.percent)).collect();
        assert!((figures[0].0 - 0.5).abs() < 1e-9 && (figures[0].1 - 62.5).abs() < 1e-9);
        assert!((figures[1].0 - 1.0).abs() < 1e-9 && (figures[1].1 - 50.0).abs() < 1e-9);
        assert!(contenders[1].is_production && !contenders[0].is_production);
    }
}
