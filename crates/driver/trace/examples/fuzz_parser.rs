//! Gives damaged trace files to the reader. It may refuse them, but never panic, and what it
//! accepts must be a valid trace that can be written and read back.
//!
//! `cargo run --release -p heaplab-trace --example fuzz_parser -- 1000000 [SEED]`

use std::time::Instant;

#[path = "../tests/mutate/mod.rs"]
mod mutate;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| match arguments.next().map(|text| text.parse()) {
        Some(Ok(number)) => number,
        Some(Err(_)) => panic!("usage: fuzz_parser [INPUTS] [SEED]"),
        None => default,
    };
    let (inputs, seed) = (number(100_000), number(1));
    let start = Instant::now();
    let outcome = mutate::run(inputs, seed);
    println!(
        "seed {seed}: {inputs} inputs, {} accepted, {} refused, no panic, {:.0} s; problems seen: {}",
        outcome.accepted,
        outcome.refused,
        start.elapsed().as_secs_f64(),
        outcome.codes.into_iter().collect::<Vec<_>>().join(" "),
    );
}
