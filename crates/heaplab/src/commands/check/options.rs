//! The arguments of `heaplab check`, and the command that repeats a fault.

use super::examine::Findings;
use crate::commands::inputs::Input;
use crate::commands::small;
use crate::commands::values::{parse_bytes, parse_count, parse_seconds};
use crate::worker::{Common, Diagnosis, Refusal};
use crate::{Failure, Lab};
use clap::ValueEnum;
use heaplab_heap::Align;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::{env, fmt};

/// Arguments of `heaplab check`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  heaplab check explicit:address
  heaplab check implicit --trace labs/traces/classic/binary.rep --until 40
  heaplab check explicit --trace mine.rep --shrink
  heaplab check segregated --trace mine.rep --align 8 --format json

Exit code: 0 no fault, 1 a heap is at fault, 2 the command line or a trace is.")]
pub struct Arguments {
    /// The heaps, with policies if any: `explicit:address,best-fit` [default:
    /// every heap, see `heaplab heaps`]
    #[arg(value_name = "HEAP")]
    heap: Vec<String>,

    /// A trace file, or a folder of them. Again for more [default: the folder
    /// in HEAPLAB_TRACES, else labs/traces]
    #[arg(long, value_name = "FILE|DIR")]
    pub trace: Vec<PathBuf>,

    /// Only up to this line of the trace, and show the heap as it is then
    #[arg(long, value_name = "LINE")]
    until: Option<u32>,

    /// Make the trace of a fault as small as it can be, save it, and explain the
    /// fault there
    #[arg(long, conflicts_with = "until")]
    pub shrink: bool,

    /// Where to save it [default: small-HEAP-TRACE.rep]
    #[arg(long, value_name = "FILE", requires = "shrink")]
    pub save: Option<PathBuf>,

    /// How to show what is found
    #[arg(long, default_value = "text")]
    pub format: Format,

    #[command(flatten)]
    pub machine: Machine,
}

/// The machine that a heap is examined on.
#[derive(clap::Args)]
pub struct Machine {
    /// The alignment of payloads in bytes, 8 or 16
    #[arg(long, default_value = "16", value_name = "8|16")]
    pub align: Align,

    /// Past so many bytes sbrk refuses; 64K, 20M and 1G are understood
    #[arg(long, default_value = DEFAULT_HEAP_LIMIT, value_name = "BYTES", value_parser = parse_bytes)]
    pub heap_limit: u32,

    /// sbrk refuses its call number K, counted from 0, and all after it. Heaps
    /// may then fail; they must not lose anything
    #[arg(long, value_name = "K", conflicts_with = "refuse_sbrk_once")]
    refuse_sbrk: Option<u32>,

    /// sbrk refuses only its call number K
    #[arg(long, value_name = "K")]
    refuse_sbrk_once: Option<u32>,

    /// Heaps may fail when the heap limit is reached
    #[arg(long)]
    may_run_out: bool,

    /// A heap that needs longer for one operation is taken to hang
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS", value_parser = parse_seconds)]
    op_timeout: f64,

    /// How many traces to examine at once [default: one a core]
    #[arg(long, value_name = "N", value_parser = parse_count::<NonZeroUsize>)]
    pub jobs: Option<NonZeroUsize>,

    /// Accept odd traces as other drivers do
    #[arg(long)]
    pub lenient: bool,
}

const DEFAULT_HEAP_LIMIT: &str = "1G";

/// How to show what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading.
    Text,
    /// For programs; the schema is `heaplab.check.v1`.
    Json,
}

impl Arguments {
    /// The heaps asked for, each known to exist.
    pub fn heaps(&self, lab: &Lab) -> Result<Vec<String>, Failure> {
        lab.choose(&self.heap)
    }

    /// Whether the options for shrinking make sense together.
    pub fn check_shrink(&self, heaps: &[String]) -> Result<(), Failure> {
        if self.shrink && self.format == Format::Json {
            return Err(Failure::input(
                "error: `--shrink` explains in text; it has no JSON\n\
                 help: save the small trace with --save, and check that one with --format json",
            ));
        }
        match (&self.save, heaps) {
            (Some(_), [_, _, ..]) => Err(Failure::input(
                "error: `--save` is one file, and there are several heaps\nhelp: name one heap",
            )),
            (Some(path), _) => small::choose_file(Some(path), "").map(drop),
            (None, _) => Ok(()),
        }
    }

    /// How many operations of the trace there are up to the line asked for.
    pub fn until(&self, inputs: &[Input]) -> Result<Option<usize>, Failure> {
        let Some(line) = self.until else {
            return Ok(None);
        };
        let [input] = inputs else {
            return Err(Failure::input(
                "error: `--until` is a line of one trace\nhelp: name the trace with --trace",
            ));
        };
        let trace = &input.trace;
        let ops = trace.ops().len();
        let done = (0..ops).filter(|&index| trace.line(index) <= line).count();
        if done == 0 && ops > 0 {
            return Err(Failure::Input(format!(
                "error: {}: there is no operation up to line {line}; the first is on line {}",
                input.path.display(),
                trace.line(0)
            )));
        }
        Ok(Some(done))
    }
}

impl Machine {
    /// The machine that these options would give, and no other.
    pub fn new(align: Align, heap_limit: u32, refusal: Refusal, op_timeout: f64) -> Machine {
        Machine {
            align,
            heap_limit,
            refuse_sbrk: refusal.from.filter(|_| !refusal.once),
            refuse_sbrk_once: refusal.from.filter(|_| refusal.once),
            may_run_out: refusal.may_run_out && refusal.from.is_none(),
            op_timeout,
            jobs: None,
            lenient: false,
        }
    }

    /// The machine of a command that knows no refusals.
    pub fn of(common: Common) -> Machine {
        let refusal = Refusal::default();
        let limit_bytes = common.limit_bytes;
        Machine {
            lenient: common.lenient,
            ..Machine::new(common.align(), limit_bytes, refusal, common.timeout_seconds)
        }
    }

    pub fn common(&self) -> Common {
        Common {
            align_bytes: self.align.bytes(),
            limit_bytes: self.heap_limit,
            lenient: self.lenient,
            timeout_seconds: self.op_timeout,
        }
    }

    pub fn refusal(&self) -> Refusal {
        let from = self.refuse_sbrk.or(self.refuse_sbrk_once);
        Refusal {
            from,
            once: self.refuse_sbrk_once.is_some(),
            may_run_out: self.may_run_out || from.is_some(),
        }
    }

    /// The options that are not the default, as they would be typed.
    fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        let mut option = |name: &str, value: Option<String>| {
            options.push(format!("--{name}"));
            options.extend(value);
        };
        if self.align != Align::Sixteen {
            option("align", Some(self.align.bytes().to_string()));
        }
        if parse_bytes(DEFAULT_HEAP_LIMIT) != Ok(self.heap_limit) {
            option("heap-limit", Some(self.heap_limit.to_string()));
        }
        if let Some(call) = self.refuse_sbrk {
            option("refuse-sbrk", Some(call.to_string()));
        }
        if let Some(call) = self.refuse_sbrk_once {
            option("refuse-sbrk-once", Some(call.to_string()));
        }
        if self.may_run_out {
            option("may-run-out", None);
        }
        if self.lenient {
            option("lenient", None);
        }
        options
    }
}

/// The command that repeats a fault.
pub struct Repeat(String);

impl Repeat {
    pub fn new(
        arguments: &Arguments,
        heap: &str,
        findings: &Findings<'_>,
        diagnosis: &Diagnosis,
    ) -> Repeat {
        // A fault at the end of the trace needs all of it.
        let until = diagnosis.fault.line;
        Repeat::command(&arguments.machine, heap, &findings.input.path, until)
    }

    /// `heaplab check HEAP --trace FILE` with what else it takes.
    pub fn command(machine: &Machine, heap: &str, trace: &Path, until: Option<u32>) -> Repeat {
        let program = env::args_os().next().map(PathBuf::from);
        let program = program.as_deref().and_then(Path::file_name);
        let program = program.map_or("heaplab".into(), |name| name.to_string_lossy());
        let mut words = vec![program.into_owned(), "check".to_owned(), heap.to_owned()];
        words.extend(["--trace".to_owned(), trace.display().to_string()]);
        words.extend(
            until
                .map(|line| ["--until".to_owned(), line.to_string()])
                .into_iter()
                .flatten(),
        );
        words.extend(machine.options());
        let quoted = |word: &String| match shlex::try_quote(word) {
            Ok(quoted) => quoted.into_owned(),
            Err(_) => word.clone(), // a NUL byte: no shell can say it
        };
        Repeat(words.iter().map(quoted).collect::<Vec<_>>().join(" "))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
