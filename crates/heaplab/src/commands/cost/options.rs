//! The arguments of `heaplab cost`.

use crate::Failure;
use crate::commands::heap_arguments::HeapArguments;
use crate::commands::machine::MachineArguments;
use crate::commands::print::Format;
use crate::commands::values::parse_count;
use heaplab_cost::{Experiment, Geometry};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Arguments of `heaplab cost`.
#[derive(clap::Args)]
#[command(allow_negative_numbers = true)] // so that -1 is reported as wrong, not unexpected
#[command(after_help = "\
Examples:
  heaplab cost
  heaplab cost implicit:next-fit explicit --trace labs/traces/classic/random.rep
  heaplab cost segregated --trace mine.rep --cache --tlb=64,4 --format json
  heaplab cost --grow --svg growth.svg

A touch is a load or a store of one word of the heap by the allocator. The counts are the same on every machine. \
The program's own accesses to its payloads are not counted. With a single trace, every measure is shown.

Exit code: 0 fine, 1 a heap is at fault, 2 the command line or a trace is at fault.")]
pub struct Arguments {
    #[command(flatten)]
    pub heaps: HeapArguments,

    /// Also simulates a first-level cache with LRU replacement: bytes, ways, bytes in a line
    #[arg(
        long,
        value_name = "BYTES,WAYS,LINE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "32K,8,64",
        value_parser = Geometry::parse_cache,
        conflicts_with = "grow"
    )]
    pub cache: Option<Geometry>,

    /// Also simulates a translation lookaside buffer with LRU replacement, for pages of 4 KiB:
    /// entries, ways
    #[arg(
        long,
        value_name = "ENTRIES,WAYS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "64,4",
        value_parser = Geometry::parse_tlb,
        conflicts_with = "grow"
    )]
    pub tlb: Option<Geometry>,

    /// Measures how the cost of malloc and free grows with the number of allocated blocks and of
    /// free blocks; uses no traces
    #[arg(long, conflicts_with = "trace")]
    pub grow: bool,

    /// The largest number of allocated blocks in an experiment; there are half as many free blocks
    #[arg(long, default_value_t = 4096, value_name = "N", value_parser = parse_most_blocks, requires = "grow")]
    pub most_blocks: u32,

    /// Draws the growth into an SVG file
    #[cfg(feature = "plots")]
    #[arg(long, value_name = "FILE", value_parser = crate::commands::destination::beside_a_table(), requires = "grow")]
    pub svg: Option<PathBuf>,

    /// Keeps the experiments, as traces, in this folder
    #[arg(long, value_name = "DIR", requires = "grow")]
    pub keep: Option<PathBuf>,

    /// The output format
    #[arg(long, default_value = "table")]
    pub format: Format,

    /// The number of heaps to run at the same time [default: one per core]
    #[arg(long, value_name = "N", value_parser = parse_count::<NonZeroUsize>)]
    pub jobs: Option<NonZeroUsize>,

    #[command(flatten)]
    pub machine: MachineArguments,
}

impl Arguments {
    /// Rejects a cache's geometry among the heaps: `--cache 32K,8,64` looks like an option and its
    /// value, but a heap may follow `--cache`.
    ///
    /// # Errors
    /// If a heap's name has the form of a cache's geometry; the error says how to write it.
    pub fn no_geometry_among_heaps(&self) -> Result<(), Failure> {
        for heap in &self.heaps.all() {
            let option = match heap {
                heap if Geometry::parse_cache(heap).is_ok() => "cache",
                heap if Geometry::parse_tlb(heap).is_ok() => "tlb",
                _ => continue,
            };
            return Err(Failure::Input(format!(
                "error: there is no heap `{heap}`\nhelp: write --{option}={heap}, with an equals sign"
            )));
        }
        Ok(())
    }
}

/// The largest experiment: its grid still fits the machine, and finishes in acceptable time.
const MOST_BLOCKS: u32 = 1 << 16;

/// Parses the largest number of blocks.
///
/// # Errors
/// If it is not a number, too small or too large.
pub fn parse_most_blocks(text: &str) -> Result<u32, String> {
    let fewest = 4 * Experiment::FEWEST;
    match text.parse() {
        Ok(number) if (fewest..=MOST_BLOCKS).contains(&number) => Ok(number),
        _ => Err(format!("expected a whole number from {fewest} to {MOST_BLOCKS}")),
    }
}
