//! Measures a film: how long recording takes, what a step costs, and how much memory is used.
//!
//! Times are CPU times, as Linux counts them for a thread: other programs do not change them much.
//!
//! `cargo run -p heaplab-film --example measure -- TRACE HEAP [STEPS]`; one heap a process, as
//! memory that another one had would be counted, too.
#![forbid(unsafe_code)]

use heaplab_film::{Film, Options};
use heaplab_heap::Design;
use heaplab_trace::{ReadOptions, Trace};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::sync::Arc;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: measure TRACE explicit|segregated|quick [STEPS]";
    let mut words = env::args().skip(1);
    let (Some(path), Some(heap)) = (words.next(), words.next()) else {
        return Err(usage.into());
    };
    let steps = words.next().map_or(Ok(1000), |steps| steps.parse())?;
    let trace = Trace::read(&path, File::open(&path)?, &ReadOptions::STRICT)?.trace;
    let trace = Arc::new(trace);
    println!("{} operations", trace.ops().len());
    println!("memory with the trace: {} MB", resident_bytes()? / 1_000_000);
    match heap.as_str() {
        "explicit" => measure(heaplab_explicit::Policy::default(), &trace, steps),
        "segregated" => measure(heaplab_segregated::Policy::default(), &trace, steps),
        "quick" => measure(heaplab_quick::Policy::default(), &trace, steps),
        _ => Err(usage.into()),
    }
}

fn measure<D: Design>(design: D, trace: &Arc<Trace>, steps: u32) -> Result<(), Box<dyn Error>> {
    println!("{}", D::NAME);
    let began = cpu_time()?;
    let mut film = Film::record(design, Arc::clone(trace), Options::default())?;
    println!(
        "  recorded in {:.2?}, {} MB kept",
        cpu_time()? - began,
        film.kept_bytes() / 1_000_000
    );
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let last = film.len() - 1;
    let mut forwards = 0..;
    let mut at = last / 2;
    let mut backwards = (0..last).rev();
    seen(&mut film, steps, "forwards", || forwards.next().unwrap_or(0))?;
    seen(&mut film, steps, "backwards", || backwards.next().unwrap_or(0))?;
    seen(&mut film, steps, "back and forth", || {
        at = (at + random.random_range(0..=3000)).saturating_sub(1500).min(last);
        at
    })?;
    seen(&mut film, steps, "anywhere", || random.random_range(0..=last))?;
    println!("  memory: {} MB", resident_bytes()? / 1_000_000);
    Ok(())
}

/// Sees some steps, and prints the mean and the longest time of one.
fn seen<D: Design>(
    film: &mut Film<D>,
    steps: u32,
    how: &str,
    mut next: impl FnMut() -> usize,
) -> Result<(), Box<dyn Error>> {
    let (mut sum, mut most) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..steps {
        let step = next();
        let began = cpu_time()?;
        film.step(step)?;
        let took = cpu_time()? - began;
        sum += took;
        most = most.max(took);
    }
    println!("  a step {how}: {:.2?} on average, {most:.2?} at most", sum / steps);
    Ok(())
}

fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = schedstat.split_whitespace().next().ok_or("no first field")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

fn resident_bytes() -> Result<u64, Box<dyn Error>> {
    let statm = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = statm.split_whitespace().nth(1).ok_or("no second field")?.parse()?;
    Ok(pages * 4096)
}
