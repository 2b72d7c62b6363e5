//! The most expensive operation of every heap, with many live and many free
//! blocks:
//!
//! ```text
//! cargo run --release -p heaplab-heap-tests --bin worst-operations -- quick 1000000
//! cargo run --release -p heaplab-heap-tests --bin worst-operations -- quick 1000000 --seconds
//! cargo run --release -p heaplab-heap-tests --bin worst-operations -- quick 10 1000000 --mean
//! ```
//!
//! The first counts words, which are the same on every machine. The others measure times, as
//! Markdown: of the slowest call of `malloc` or `free` that did not grow the heap, and of all
//! calls on average.
#![forbid(unsafe_code)]

use clap::{Parser, value_parser};
use heaplab_heap::{Align, Design};
use heaplab_heap_tests::designs::{Visitor, visit_all, visit_named};
use heaplab_heap_tests::operation_time::{Call, calls, mean, worst_call};
use heaplab_heap_tests::worst_operation::measure;
use std::process::ExitCode;

#[derive(Parser)]
struct Options {
    /// Only heaps whose name begins like this; with times, one heap as `heaplab run` names it.
    heap: String,
    /// Live blocks, and as many free ones.
    #[arg(required = true, value_parser = value_parser!(u32).range(1..=10_000_000))]
    blocks: Vec<u32>,
    /// Calls of each operation; fewer for heaps that search long.
    #[arg(long, default_value_t = 20)]
    calls: u32,
    /// Measures the time of the slowest call.
    #[arg(long)]
    seconds: bool,
    /// Measures the mean time of calls.
    #[arg(long)]
    mean: bool,
    /// How many calls are measured, with `--seconds` and `--mean`.
    #[arg(long, default_value_t = 200_000)]
    timed_calls: usize,
    /// How often each is measured: the least time counts.
    #[arg(long, default_value_t = 7, value_parser = value_parser!(u32).range(1..))]
    runs: u32,
}

/// Counts words.
struct Words<'a>(&'a Options);

impl Visitor for Words<'_> {
    fn visit<D: Design>(&mut self, name: &str, design: &D) {
        if !name.starts_with(&self.0.heap) {
            return;
        }
        for &blocks in &self.0.blocks {
            let worst = measure(design, Align::Sixteen, blocks, self.0.calls);
            println!(
                "{name:38} {blocks:>9} {:>12} {:>12} {:>12}",
                worst.malloc, worst.free, worst.memalign
            );
        }
    }
}

/// Measures times.
struct Times<'a>(&'a Options);

impl Visitor for Times<'_> {
    fn visit<D: Design>(&mut self, name: &str, design: &D) {
        let Options { runs, timed_calls, .. } = *self.0;
        if self.0.seconds {
            println!("| slowest call | live blocks | ns | which of {timed_calls} |");
            println!("|---|--:|--:|---|");
        } else {
            println!("| mean call | live blocks | ns | words |\n|---|--:|--:|--:|");
        }
        for &blocks in &self.0.blocks {
            let calls = calls(blocks, timed_calls, 2);
            if !self.0.seconds {
                let mean = mean(design, Align::Sixteen, blocks, &calls, runs);
                println!("| `{name}` | {blocks} | {:.1} | {:.1} |", mean.nanoseconds, mean.words);
                continue;
            }
            let Some(worst) = worst_call(design, Align::Sixteen, blocks, &calls, runs) else {
                println!("| `{name}` | {blocks} | | each call grew the heap |");
                continue;
            };
            let (number, time) = (worst.index + 1, worst.time.as_nanos());
            let call = match worst.call {
                Call::Free { .. } => "free".to_owned(),
                Call::Malloc { size, .. } => format!("malloc of {size} bytes"),
            };
            println!("| `{name}` | {blocks} | {time} | number {number}, {call} |");
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.seconds || options.mean {
        let visited = visit_named(&options.heap, &mut Times(&options));
        return match visited {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::from(2)
            }
        };
    }
    println!(
        "{:38} {:>9} {:>12} {:>12} {:>12}",
        "words read and written by one call", "blocks", "malloc", "free", "memalign"
    );
    visit_all(&mut Words(&options));
    ExitCode::SUCCESS
}
