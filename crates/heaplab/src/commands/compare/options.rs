//! The arguments of `heaplab compare`.

use super::split_options::Options;
use crate::commands::heap_arguments::HeapArguments;
use crate::commands::machine::MachineArguments;
use crate::commands::print::Format;
use crate::commands::values::{parse_count, parse_seconds};
use heaplab_compare::Plan;
use std::num::NonZeroU32;

/// Arguments of `heaplab compare`.
#[derive(clap::Args)]
#[command(allow_negative_numbers = true)] // so that -1 is reported as wrong, not unexpected
#[command(after_help = "\
Examples:
  heaplab compare
  heaplab compare segregated libc mimalloc --trace mine.rep
  heaplab compare ./libmine.so libc segregated
  heaplab compare --no-timing --format csv
  heaplab compare --split 1,2,4,8,16 --svg many-heaps.svg

A contender is a heap (see `heaplab heaps`), a production allocator such as `libc` or `mimalloc` (see \
docs/compare.md), the path of a shared library that defines malloc, or `wine`. `wine` is Wine's implementation of \
the Windows heap; it needs Debian's wine64 and gcc-mingw-w64-x86-64. The default is every heap and every production \
allocator that is built in; with --split, every heap.

Contenders are timed in turns. Two contenders differ if one is faster by 5 % in nine of ten turns; otherwise they tie.
Memory is the host memory of a fresh process when the program holds the most bytes. It is not the lab's utilization.
With --split, nothing is timed. Memory is the largest size of the heap segment: exact, and the same on every machine. \
There are 16 size classes, powers of two: up to 16 bytes, up to 32 bytes and so on; the last is above 256K.

Exit code: 0 fine, 1 a contender is at fault, 2 the command line or a trace is at fault.")]
pub struct Arguments {
    #[command(flatten)]
    pub heaps: HeapArguments,

    /// The output format
    #[arg(long, default_value = "table")]
    pub format: Format,

    /// Measures no times
    #[arg(long)]
    pub no_timing: bool,

    /// Measures no memory
    #[arg(long)]
    pub no_memory: bool,

    /// The number of turns on each trace, spread over three processes
    #[arg(long, default_value_t = DEFAULT_TURNS, value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    pub turns: NonZeroU32,

    /// The time that a contender may use on a trace: after it, the contender takes no more turns
    #[arg(long, default_value_t = 0.5, value_name = "SECONDS", value_parser = parse_seconds)]
    pub seconds_each: f64,

    #[command(flatten)]
    pub machine: MachineArguments,

    #[command(flatten)]
    pub split: Options,
}

impl Arguments {
    /// Returns what to measure.
    pub fn plan(&self) -> Plan {
        Plan {
            common: self.machine.common(),
            times: !self.no_timing,
            memory: !self.no_memory,
            turns: self.turns,
            seconds_each: self.seconds_each,
        }
    }
}

/// Enough turns that nine of ten are more than chance.
const DEFAULT_TURNS: NonZeroU32 = NonZeroU32::new(15).expect("15 is not 0");
