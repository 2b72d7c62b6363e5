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

Touches are words of the heap that the allocator reads and writes. They are the same on every machine; \
what the program does in its payloads is not among them. Of one trace every measure is shown.

Exit code: 0 fine, 1 a heap is at fault, 2 the command line or a trace is.")]
pub struct Arguments {
    #[command(flatten)]
    pub heaps: HeapArguments,

    /// Also simulate a first-level cache with LRU: bytes, ways, bytes in a line
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

    /// Also simulate a translation lookaside buffer with LRU, for pages of 4 KiB:
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

    /// Instead of traces: how do malloc and free grow with the number of
    /// allocated and of free blocks?
    #[arg(long, conflicts_with = "trace")]
    pub grow: bool,

    /// Up to this many allocated blocks, and half as many free ones
    #[arg(long, default_value_t = 4096, value_name = "N", value_parser = parse_most_blocks, requires = "grow")]
    pub most_blocks: u32,

    /// Draw the growth into a file
    #[cfg(feature = "plots")]
    #[arg(long, value_name = "FILE", requires = "grow")]
    pub svg: Option<PathBuf>,

    /// Keep the experiments, as traces, in a folder
    #[arg(long, value_name = "DIR", requires = "grow")]
    pub keep: Option<PathBuf>,

    /// How to show the results
    #[arg(long, default_value = "table")]
    pub format: Format,

    /// How many heaps to run at once [default: one a core]
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

fn parse_most_blocks(text: &str) -> Result<u32, String> {
    let fewest = 4 * Experiment::FEWEST;
    match text.parse() {
        Ok(number) if (fewest..=MOST_BLOCKS).contains(&number) => Ok(number),
        _ => Err(format!("expected a whole number from {fewest} to {MOST_BLOCKS}")),
    }
}
