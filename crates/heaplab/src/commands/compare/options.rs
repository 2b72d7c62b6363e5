//! The arguments of `heaplab compare`.

use super::split_options::Options;
use crate::commands::print::Format;
use crate::commands::reading::Reading;
use crate::commands::values::{parse_bytes, parse_count, parse_seconds};
use heaplab_compare::Plan;
use heaplab_heap::Align;
use heaplab_inputs::Wanted;
use heaplab_worker::Common;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Arguments of `heaplab compare`.
#[derive(clap::Args)]
#[command(allow_negative_numbers = true)] // so that -1 is called wrong, not unexpected
#[command(after_help = "\
Examples:
  heaplab compare
  heaplab compare --heap segregated --heap libc --heap mimalloc --trace mine.rep
  heaplab compare --heap ./libmine.so --heap libc --heap segregated
  heaplab compare --no-timing --format csv
  heaplab compare --split 1,2,4,8,16 --svg many-heaps.svg

Times are taken in turns. Two contenders differ if one was faster by 5 % in nine turns of ten; else it is a tie.
Memory is what a fresh process has of the host when the program holds most, and is not the lab's utilization.
With --split nothing is timed: memory is the heap segment at its largest, exact and the same on every machine. \
Size classes are powers of two, 16 of them: up to 16 bytes, up to 32 and so on, the last above 256K.

Exit code: 0 fine, 1 a contender is at fault, 2 the command line or a trace is.")]
pub struct Arguments {
    /// A heap, with policies if any, or a production allocator: `explicit:address`,
    /// `libc`; or a shared library with malloc's names, by its path: `./libmine.so`. Again
    /// for more [default: every heap and every production allocator
    /// that is built in, see `heaplab heaps`; with --split every heap]. `wine` is the
    /// Windows heap as Wine makes it, if Debian's wine64 and gcc-mingw-w64-x86-64 are
    /// installed
    #[arg(long, value_name = "NAME")]
    pub heap: Vec<String>,

    /// A trace file, or a folder of them. Again for more [default: the folder
    /// in HEAPLAB_TRACES, else labs/traces]
    #[arg(long, value_name = "FILE|DIR")]
    pub trace: Vec<PathBuf>,

    /// The alignment of the heaps' payloads in bytes, 8 or 16; production allocators
    /// have their own
    #[arg(long, default_value = "16", value_name = "8|16")]
    pub align: Align,

    /// Past so many bytes sbrk refuses; 64K, 20M and 1G are understood
    #[arg(long, default_value = "1G", value_name = "BYTES", value_parser = parse_bytes)]
    pub heap_limit: u32,

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

    /// No more turns for a contender that has used up so much time on a trace
    #[arg(long, default_value_t = 0.5, value_name = "SECONDS", value_parser = parse_seconds)]
    pub seconds_each: f64,

    /// A contender that needs more CPU time for one operation is taken to hang; all
    /// together may take as long as they like
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS", value_parser = parse_seconds)]
    pub op_timeout: f64,

    #[command(flatten)]
    pub reading: Reading,

    #[command(flatten)]
    pub split: Options,
}

impl Arguments {
    /// The machine, and how long to wait.
    pub fn common(&self) -> Common {
        Common {
            align_bytes: self.align.bytes(),
            limit_bytes: self.heap_limit,
            reading: self.reading.options(),
            timeout_seconds: self.op_timeout,
        }
    }

    /// What is to be found out.
    pub fn plan(&self) -> Plan {
        Plan {
            common: self.common(),
            times: !self.no_timing,
            memory: !self.no_memory,
            turns: self.turns,
            seconds_each: self.seconds_each,
        }
    }

    /// The traces that are asked for.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted {
            paths: &self.trace,
            reading: self.reading.options(),
            room_bytes: Some(self.heap_limit),
            stress_in_bytes: None,
        }
    }
}

/// Enough that nine of ten are more than chance.
const DEFAULT_TURNS: NonZeroU32 = NonZeroU32::new(15).expect("15 is not 0");
