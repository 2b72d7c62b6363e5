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

A contender is a heap, a production allocator (`libc`, `mimalloc`, ...: `heaplab heaps` and docs/compare.md name \
them), a shared library with malloc's names by its path, or `wine`, the Windows heap as Wine makes it, if Debian's \
wine64 and gcc-mingw-w64-x86-64 are installed. Without a name: every heap and every production allocator that is \
built in; with --split every heap.

Times are taken in turns. Two contenders differ if one was faster by 5 % in nine turns of ten; else it is a tie.
Memory is what a fresh process has of the host when the program holds most, and is not the lab's utilization.
With --split nothing is timed: memory is the heap segment at its largest, exact and the same on every machine. \
Size classes are powers of two, 16 of them: up to 16 bytes, up to 32 and so on, the last above 256K.

Exit code: 0 fine, 1 a contender is at fault, 2 the command line or a trace is.")]
pub struct Arguments {
    #[command(flatten)]
    pub heaps: HeapArguments,

    /// How to show the results
    #[arg(long, default_value = "table")]
    pub format: Format,

    /// Take no times
    #[arg(long)]
    pub no_timing: bool,

    /// Measure no memory
    #[arg(long)]
    pub no_memory: bool,

    /// How many turns to take on each trace, spread over three processes
    #[arg(long, default_value_t = DEFAULT_TURNS, value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    pub turns: NonZeroU32,

    /// No more turns for a contender that has used up this much time on a trace
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
