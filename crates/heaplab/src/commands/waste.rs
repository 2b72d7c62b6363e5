//! `heaplab waste`: where the bytes of a heap went.
//!
//! [`heaplab_waste`] has the bytes of every heap counted on every trace: at the peak of
//! payload, at the largest heap, and over time.

use super::print::{self, Format};
use super::reading::Reading;
use super::values::{parse_bytes, parse_count, parse_seconds};
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_arena::host;
use heaplab_heap::Align;
use heaplab_inputs::{Traces, Wanted, with_good};
use heaplab_waste::{WasteReport, count_all, told_faults};
use heaplab_worker::{Common, Heaps};
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Arguments of `heaplab waste`.
#[derive(clap::Args)]
#[command(allow_negative_numbers = true)] // so that -1 is called wrong, not unexpected
#[command(after_help = "\
Examples:
  heaplab waste --trace labs/traces/classic/binary.rep
  heaplab waste explicit:lifo explicit:address --trace mine.rep
  heaplab waste
  heaplab waste segregated --trace mine.rep --samples 1000 --format csv

Exit code: 0 fine, 1 a heap is at fault, 2 the command line or a trace is.")]
pub struct Arguments {
    /// A heap, with policies if any: `explicit:address,best-fit` [default:
    /// every heap, see `heaplab heaps`]
    #[arg(value_name = "HEAP")]
    heaps: Vec<String>,

    /// A trace file, or a folder of them. Again for more; of one trace the
    /// account is shown in full, of several a line each [default: the folder in
    /// HEAPLAB_TRACES, else labs/traces]
    #[arg(long, value_name = "FILE|DIR")]
    trace: Vec<PathBuf>,

    /// The alignment of payloads in bytes, 8 or 16: as on x86-64, or as in the
    /// book and on 32-bit systems
    #[arg(long, default_value = "16", value_name = "8|16")]
    align: Align,

    /// Samples over time: each walks all blocks
    #[arg(long, default_value = "64", value_name = "N", value_parser = parse_count::<NonZeroU32>)]
    samples: NonZeroU32,

    /// How to show the results
    #[arg(long, default_value = "table")]
    format: Format,

    /// Past so many bytes sbrk refuses; 64K, 20M and 1G are understood
    #[arg(long, default_value = "1G", value_name = "BYTES", value_parser = parse_bytes)]
    heap_limit: u32,

    #[command(flatten)]
    reading: Reading,

    /// A heap that needs more CPU time for one operation is taken to hang; all together
    /// may take as long as they like
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS", value_parser = parse_seconds)]
    op_timeout: f64,
}

impl Arguments {
    /// The traces that are asked for.
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            paths: &self.trace,
            reading: self.reading.options(),
            room_bytes: Some(self.heap_limit),
            stress_in_bytes: None,
        }
    }
}

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let heaps = lab.choose(&arguments.heaps)?;
    with_good(arguments.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, heaps, traces)
    })
}

fn run_on(arguments: &Arguments, heaps: Vec<String>, traces: Traces) -> Outcome {
    // Here it is the host's fault; in a worker it might be the heap's.
    host::machine().map_err(|error| Failure::Input(format!("error: {error}")))?;

    let common = Common {
        align_bytes: arguments.align.bytes(),
        limit_bytes: arguments.heap_limit,
        reading: arguments.reading.options(),
        timeout_seconds: arguments.op_timeout,
    };
    let samples = arguments.samples.get();
    let listener = Terminal::listener();
    let results = count_all(common, samples, heaps, traces.inputs, &listener)?;
    let report = WasteReport {
        results: &results,
        left_out: &traces.left_out,
    };
    print::report(&report, arguments.format)?;
    let faults = told_faults(&results);
    if faults.is_empty() {
        return Ok(());
    }
    print::beside(&faults, arguments.format)?;
    Err(Failure::Heap)
}
