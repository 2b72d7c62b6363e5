//! What counting costs: every given trace on the three default heaps, checked (`validate`), counted
//! (`measure`), and counted with simulated caches, in turns in one process.
//!
//! ```console
//! $ cargo run --release -p heaplab-cost --example overhead -- labs/traces/*/*.rep*
//! ```
//!
//! The figures are ratios of sums over all traces and heaps, each the best of five
//! rounds.
#![forbid(unsafe_code)]

use heaplab_cost::{Geometry, Options, measure};
use heaplab_heap::{Align, Design};
use heaplab_replay::{Settings, validate};
use heaplab_trace::{ReadOptions, Trace};
use std::error::Error;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

const SETTINGS: Settings =
    Settings { align: Align::Sixteen, limit_bytes: 1 << 30, check_every: None };

const CACHES: Options = Options {
    cache: Some(Geometry::CACHE),
    tlb: Some(Geometry::TLB),
    parts: Vec::new(),
    stretch_ops: None,
};

/// Seconds for a check, a count and a count with caches.
type Seconds = [f64; 3];

fn main() -> Result<(), Box<dyn Error>> {
    let mut total = [0.0; 3];
    println!("{:20} {:>10} {:>9} {:>14}", "trace", "checked s", "counted x", "with caches x");
    for file in std::env::args().skip(1) {
        let reading = Trace::parse(&file, &std::fs::read(&file)?, &ReadOptions::default());
        let trace = reading.map_err(|report| report.render(false))?.trace;
        let heaps = [
            in_turns(&heaplab_implicit::Policy::default(), &trace)?,
            in_turns(&heaplab_explicit::Policy::default(), &trace)?,
            in_turns(&heaplab_quick::Policy::default(), &trace)?,
        ];
        let sum = heaps.into_iter().fold([0.0; 3], plus);
        print(trace.name(), sum);
        total = plus(total, sum);
    }
    print("all", total);
    Ok(())
}

fn in_turns<D: Design>(design: &D, trace: &Trace) -> Result<Seconds, Box<dyn Error>> {
    let mut best = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        let start = Instant::now();
        validate(design, trace, &SETTINGS, &|_| {})?;
        let mut taken = [start.elapsed(), Duration::ZERO, Duration::ZERO];
        for (taken, options) in taken[1..].iter_mut().zip([Options::default(), CACHES]) {
            let start = Instant::now();
            measure(design, trace, &SETTINGS, &options, &|_| {})?;
            *taken = start.elapsed();
        }
        for (best, taken) in best.iter_mut().zip(taken) {
            *best = best.min(taken.as_secs_f64());
        }
    }
    Ok(best)
}

fn plus(a: Seconds, b: Seconds) -> Seconds {
    std::array::from_fn(|place| a[place] + b[place])
}

fn print(name: &str, [checked, counted, with_caches]: Seconds) {
    let (counted, with_caches) = (counted / checked, with_caches / checked);
    println!("{name:20} {checked:10.4} {counted:9.2} {with_caches:14.2}");
}
