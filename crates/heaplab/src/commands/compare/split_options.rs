//! The arguments of `heaplab compare --split`.

use clap::ValueEnum;
use heaplab_trace::Dealing;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Arguments of `heaplab compare --split`.
#[derive(clap::Args)]
pub struct Options {
    /// Measures no times. Distributes each trace over this many heaps of the same design, and
    /// compares the total memory of these heaps with the memory of one heap
    #[arg(
        id = "split",
        long = "split",
        value_name = "N,N..",
        value_delimiter = ',',
        value_parser = parse_heaps,
        conflicts_with_all = ["no_timing", "no_memory", "turns", "seconds_each"]
    )]
    pub over: Vec<NonZeroU32>,

    /// The rule that chooses a heap for each new block; may be repeated [default: class and turns]
    #[arg(long, value_name = "RULE", requires = "split")]
    pub by: Vec<By>,

    /// Draws the means into an SVG file
    #[arg(long, value_name = "FILE", value_parser = crate::commands::destination::beside_a_table(), requires = "split")]
    pub svg: Option<PathBuf>,

    /// Keeps the parts, as traces, in this folder
    #[arg(long, value_name = "DIR", requires = "split")]
    pub keep: Option<PathBuf>,
}

/// Which heap a new block goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// By size class: each heap has some of the classes, the first heap the smallest.
    Class,
    /// In turns: each new block goes to the next heap.
    Turns,
    /// By the thread that allocates. The trace must name the thread of each call: see `heaplab
    /// record --threads`.
    Thread,
}

impl Options {
    /// Returns the requested dealings, each once.
    pub fn dealings(&self) -> Vec<Dealing> {
        dealings(&self.by)
    }

    /// Returns the requested numbers of heaps, each once, the smallest first.
    pub fn numbers(&self) -> Vec<NonZeroU32> {
        let mut numbers = self.over.clone();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// Returns the dealings that these rules ask for, each once; without rules, by class and in turns.
pub fn dealings(by: &[By]) -> Vec<Dealing> {
    let asked = if by.is_empty() { &[By::Class, By::Turns] } else { by };
    let all =
        [(By::Class, Dealing::Class), (By::Turns, Dealing::Turns), (By::Thread, Dealing::Thread)];
    let wanted = all.into_iter().filter(|(by, _)| asked.contains(by));
    wanted.map(|(_, dealing)| dealing).collect()
}

/// The maximum number of heaps: many more than any program has, but few enough that each can have a
/// file.
const MOST_HEAPS: u32 = 256;

/// Parses a number of heaps.
///
/// # Errors
/// If it is not a number, or is too large.
pub fn parse_heaps(text: &str) -> Result<NonZeroU32, String> {
    match text.parse::<NonZeroU32>() {
        Ok(number) if number.get() <= MOST_HEAPS => Ok(number),
        _ => Err(format!("expected numbers of heaps from 1 to {MOST_HEAPS}, such as 1,2,4")),
    }
}
