//! `heaplab waste`: where the bytes of a heap went.
//!
//! 1. [`measure`] has the bytes of every heap counted on every trace, in
//!    workers: at the peak of payload, at the largest heap, and over time.
//! 2. For one trace, [`account`] shows a table for each heap, with a sentence
//!    from [`diagnosis`] and a picture over time from [`picture`].
//! 3. [`compare`] puts heaps and traces under each other, a line each.
//! 4. [`json`] and [`csv`] give the same as data.

mod account;
mod compare;
mod csv;
mod diagnosis;
mod json;
mod picture;

use super::print;
use super::reading::Reading;
use super::run::faults;
use super::values::{parse_bytes, parse_count, parse_seconds};
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use clap::ValueEnum;
use heaplab_arena::host;
use heaplab_heap::Align;
use heaplab_inputs::Wanted;
use heaplab_waste::{Cell, Results, count_all};
use heaplab_worker::{Common, FaultReport, Heaps};
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

/// How to show the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading.
    Table,
    /// For programs; the schema is `heaplab.waste.v1`.
    Json,
    /// For spreadsheets: a line for each sample.
    Csv,
}

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    let heaps = lab.choose(&arguments.heaps)?;
    heaplab_inputs::with_good(arguments.wanted(), &*Terminal::listener(), |traces| {
        run_on(arguments, heaps, traces)
    })
}

fn run_on(arguments: &Arguments, heaps: Vec<String>, traces: heaplab_inputs::Traces) -> Outcome {
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
    match arguments.format {
        Format::Table => print::styled(&text(&results))?,
        Format::Json => json::print(&results, &traces.left_out)?,
        Format::Csv => csv::print(&results)?,
    }
    let faults = told_faults(&results);
    if faults.is_empty() {
        return Ok(());
    }
    match arguments.format {
        Format::Table => print::styled(&faults)?,
        Format::Json | Format::Csv => print::remark(format_args!("{faults}")),
    }
    Err(Failure::Heap)
}

fn text(results: &Results) -> String {
    let mut sections = Vec::new();
    if let [trace] = &results.inputs[..] {
        let counted = results.cells.iter().filter_map(|cell| {
            let waste = cell.answer.as_ref().ok()?;
            Some(account::render(&results.heaps[cell.heap], trace, waste))
        });
        sections.extend(counted);
    }
    if results.cells.len() > 1 {
        sections.push(compare::render(results));
    }
    sections.push(format!(
        "payloads aligned to {} bytes\n",
        results.align_bytes
    ));
    sections.join("\n")
}

/// Of one heap so many faults are told; the rest would be more of the same.
const SHOWN_PER_HEAP: usize = 5;

/// What is wrong with the heaps; empty if nothing is.
fn told_faults(results: &Results) -> String {
    let mut text = String::new();
    for (heap, name) in results.heaps.iter().enumerate() {
        let cells = results.cells.iter().filter(|cell| cell.heap == heap);
        let faults: Vec<(&Cell, &FaultReport)> = cells
            .filter_map(|cell| Some((cell, cell.answer.as_ref().err()?)))
            .collect();
        for (cell, fault) in faults.iter().take(SHOWN_PER_HEAP) {
            let place = faults::place(&results.inputs[cell.input].path, fault);
            text += &faults::paragraph(name, &place, fault);
        }
        if let Some(more) = faults.len().checked_sub(SHOWN_PER_HEAP + 1) {
            text += &format!(
                "\n{name} is at fault on {} more traces; `--format json` tells all\n",
                more + 1
            );
        }
    }
    text
}
