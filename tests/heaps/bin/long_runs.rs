//! Utilization of every heap on generated traces, short and long:
//!
//! ```text
//! cargo run --release -p heaplab-heap-tests --bin long-runs -- 40000 4000000
//! cargo run --release -p heaplab-heap-tests --bin long-runs -- --heap quick 40000 20000000
//! ```
//!
//! It prints a line for each heap and kind of trace, and exits with 1 if a heap loses more
//! than two points from the first length to a later one, unless its policy is known to.
#![forbid(unsafe_code)]

use clap::Parser;
use heaplab_heap::{Align, Design};
use heaplab_heap_tests::designs::{Visitor, visit_all, visit_named};
use heaplab_heap_tests::long_run::{Peaks, generate, kinds, known_to_lose, replay};
use heaplab_trace::Trace;
use std::process::ExitCode;

/// Points of utilization that a heap may lose in the long run.
const MOST_LOST_POINTS: f64 = 2.0;

#[derive(Parser)]
struct Options {
    /// Lengths of the traces, in operations; the first is what others are compared with.
    #[arg(required = true)]
    ops: Vec<u32>,
    /// Only heaps whose name begins like this.
    #[arg(long, default_value = "")]
    heap: String,
    /// Only this heap, as `heaplab run` names it.
    #[arg(long, conflicts_with = "heap")]
    only: Option<String>,
    /// Only this kind of trace.
    #[arg(long)]
    kind: Option<String>,
    /// The most blocks that are live at once.
    #[arg(long, default_value_t = 1000)]
    max_live: u32,
}

/// Replays the traces of one kind on every heap that was asked for.
struct Table<'a> {
    heap: &'a str,
    kind: &'a str,
    traces: &'a [Trace],
    /// Heaps that lost more than they may.
    lost: Vec<String>,
}

impl Visitor for Table<'_> {
    fn visit<D: Design>(&mut self, name: &str, design: &D) {
        if !name.starts_with(self.heap) {
            return;
        }
        let percents: Vec<f64> = self
            .traces
            .iter()
            .map(|trace| replay(design, trace, Align::Sixteen))
            .map(|peaks: Peaks| peaks.utilization_percent())
            .collect();
        print!("{name:38} {:18}", self.kind);
        for percent in &percents {
            print!("{percent:9.2}");
        }
        let least = percents.iter().copied().fold(f64::MAX, f64::min);
        let points = percents[0] - least;
        match known_to_lose(name) {
            _ if points <= MOST_LOST_POINTS => println!(),
            Some(reason) => println!("   loses {points:.2}: {reason}"),
            None => {
                println!("   LOSES {points:.2}");
                self.lost.push(format!("{name} on {}", self.kind));
            }
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut lost = Vec::new();
    print!("{:38} {:18}", "utilization %, operations:", "");
    options.ops.iter().for_each(|ops| print!("{ops:9}"));
    println!();
    for kind in kinds().filter(|kind| options.kind.as_deref().is_none_or(|name| name == kind.name))
    {
        let traces: Vec<Trace> =
            options.ops.iter().map(|&ops| generate(kind, ops, options.max_live)).collect();
        let mut table =
            Table { heap: &options.heap, kind: kind.name, traces: &traces, lost: Vec::new() };
        match &options.only {
            None => visit_all(&mut table),
            Some(name) => {
                if let Err(error) = visit_named(name, &mut table) {
                    eprintln!("error: {error}");
                    return ExitCode::from(2);
                }
            }
        }
        lost.append(&mut table.lost);
    }
    if lost.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nmore than {MOST_LOST_POINTS} points lost: {}", lost.join(", "));
    ExitCode::FAILURE
}
