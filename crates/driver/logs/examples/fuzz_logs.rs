//! Gives damaged logs to the reader of each tool. A reader may refuse them, but never panic, hang,
//! or take more and more memory; and what it converts must be a valid trace.
//!
//! `cargo run --release -p heaplab-logs --example fuzz_logs -- 1000000 [SEED]`

use heaplab_logs::Tool;
use std::time::Instant;

#[path = "../tests/mutate/mod.rs"]
mod mutate;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| match arguments.next().map(|text| text.parse()) {
        Some(Ok(number)) => number,
        Some(Err(_)) => panic!("usage: fuzz_logs [INPUTS] [SEED]"),
        None => default,
    };
    let (inputs, seed) = (number(100_000), number(1));
    let each = Tool::ALL.map(Some).into_iter().chain([None]);
    for tool in each {
        let start = Instant::now();
        let outcome = mutate::run(inputs, seed, tool);
        println!(
            "{:<12} seed {seed}: {inputs} inputs, {} converted, {} refused, {} read as traces, no \
             panic, {:.0} s, at most {:.0} ms for one, at most {} of memory so far",
            tool.map_or("found out", Tool::name),
            outcome.converted.iter().sum::<u64>(),
            outcome.refused,
            outcome.traces,
            start.elapsed().as_secs_f64(),
            outcome.longest.as_secs_f64() * 1e3,
            peak_memory(),
        );
    }
}

/// Returns the most memory that this process had at a time, as Linux reports it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("an unknown amount".to_owned(), |amount| amount.trim().to_owned())
}
