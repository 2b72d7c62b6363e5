//! The arguments of `heaplab check`.

use crate::Failure;
use crate::commands::heap_arguments::HeapArguments;
use crate::commands::machine::Machine;
use clap::ValueEnum;
use heaplab_inputs::{Input, Wanted};
use heaplab_trace::Visible;
use heaplab_worker::Heaps;
use std::path::PathBuf;

/// Arguments of `heaplab check`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab check explicit:address
  heaplab check implicit --trace labs/traces/classic/binary.rep --until 40
  heaplab check explicit --trace mine.rep --shrink
  heaplab check segregated --trace mine.rep --align 8 --format json

For this command, the bundled traces include the stress traces that fit the heap limit.

Exit code: 0 no fault, 1 a heap is at fault, 2 the command line or a trace is at fault.")]
pub struct Arguments {
    #[command(flatten)]
    pub heaps: HeapArguments,

    /// Stops after this line of the trace, and shows the heap at that point
    #[arg(long, value_name = "LINE")]
    until: Option<u32>,

    /// Makes the trace of a fault as small as possible, saves it, and explains the fault there
    #[arg(long, conflicts_with = "until")]
    pub shrink: bool,

    /// The file for the small trace [default: small-HEAP-TRACE.rep]
    #[arg(long, value_name = "FILE", requires = "shrink")]
    pub save: Option<PathBuf>,

    /// The output format
    #[arg(long, default_value = "text")]
    pub format: Format,

    #[command(flatten)]
    pub machine: Machine,
}

/// How to show what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading.
    Text,
    /// For programs; the schema is `heaplab.check.v1`.
    Json,
}

impl Arguments {
    /// Returns which traces are requested.
    pub fn wanted(&self) -> Wanted<'_> {
        let machine = &self.machine;
        // If calls may fail, a request that no heap can serve is as good as any.
        let any_will_do = machine.refusal().may_run_out;
        Wanted {
            room_bytes: (!any_will_do).then_some(machine.machine.heap_limit),
            stress_in_bytes: Some(machine.machine.heap_limit),
            ..machine.machine.wanted()
        }
    }

    /// Returns the requested heaps, each of them known.
    pub fn chosen(&self, lab: &Heaps) -> Result<Vec<String>, Failure> {
        Ok(lab.choose(&self.heaps.all())?)
    }

    /// Checks that the options for shrinking fit together.
    pub fn check_shrink(&self, heaps: &[String]) -> Result<(), Failure> {
        if self.shrink && self.format == Format::Json {
            return Err(Failure::input(
                "error: `--shrink` explains the fault in text, not in JSON\n\
                 help: save the small trace with --save, and check that one with --format json",
            ));
        }
        match (&self.save, heaps) {
            (Some(_), [_, _, ..]) => Err(Failure::input(
                "error: `--save` names one file, but there are several heaps\nhelp: name one heap",
            )),
            (Some(path), _) => Ok(heaplab_hunt::choose_file(Some(path), "").map(drop)?),
            (None, _) => Ok(()),
        }
    }

    /// Returns the number of the trace's operations up to the requested line.
    pub fn until(&self, inputs: &[Input]) -> Result<Option<usize>, Failure> {
        let Some(line) = self.until else {
            return Ok(None);
        };
        let [input] = inputs else {
            return Err(Failure::input(
                "error: `--until` names a line of one trace, but there are several\nhelp: name the trace with --trace",
            ));
        };
        let trace = &input.trace;
        let ops = trace.ops().len();
        let done = (0..ops).filter(|&index| trace.line(index) <= line).count();
        if done == 0 && ops > 0 {
            return Err(Failure::Input(format!(
                "error: {}: there is no operation up to line {line}; the first is on line {}",
                input.path.visible(),
                trace.line(0)
            )));
        }
        Ok(Some(done))
    }
}
