//! Measures the cost of the timed loop alone: replays every given trace 2000 times over a subject
//! that does nothing.
//!
//! ```console
//! $ cargo run --release -p heaplab --example replay_loop -- labs/traces/*/*.rep*
//! ```
//!
//! The first line gives a scale: one step of x = x * x + 1, which takes 4 cycles on most machines.
//! On a shared machine it changes by a factor of two from minute to minute, and everything below it
//! changes with it.
#![forbid(unsafe_code)]

use heaplab_heap::Align;
use heaplab_replay::{Nothing, Program, Timed, TimedSubject, TimingEnvironment};
use heaplab_trace::{ReadOptions, Trace};
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

const REPLAYS: usize = 2000;

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:.2} ns for x = x * x + 1", best_of(20, step_ns));
    println!("{:20} {:>7} {:>11} {:>14}", "trace", "ops", "best ns/op", "median ns/op");
    let mut log_sum = 0.0;
    let files: Vec<String> = std::env::args().skip(1).collect();
    for file in &files {
        let reading = Trace::parse(file, &std::fs::read(file)?, &ReadOptions::default());
        let trace = reading.map_err(|report| report.render(false))?.trace;
        let program = Program::new(&trace)?;
        let mut environment = TimingEnvironment::new(1 << 20, Align::Sixteen);
        let mut contender = TimedSubject::new(Nothing);
        let mut samples = Vec::with_capacity(REPLAYS);
        for _ in 0..REPLAYS {
            let taken = contender.replay(&program, &mut environment)?;
            samples.push(taken.as_secs_f64() * 1e9 / program.ops() as f64);
        }
        samples.sort_by(f64::total_cmp);
        let (best, median) = (samples[0], samples[REPLAYS / 2]);
        println!("{:20} {:7} {best:11.2} {median:14.2}", trace.name(), program.ops());
        log_sum += best.ln();
    }
    println!("geometric mean of the best: {:.2}", (log_sum / files.len() as f64).exp());
    Ok(())
}

/// Returns nanoseconds for one step of x = x * x + 1, each of which waits for the one before.
fn step_ns() -> f64 {
    const STEPS: u32 = 10_000_000;
    let start = Instant::now();
    let last = (0..STEPS).fold(black_box(3u64), |x, _| x.wrapping_mul(x).wrapping_add(1));
    black_box(last);
    start.elapsed().as_secs_f64() * 1e9 / f64::from(STEPS)
}

fn best_of(times: usize, mut measure: impl FnMut() -> f64) -> f64 {
    (0..times).map(|_| measure()).fold(f64::INFINITY, f64::min)
}
