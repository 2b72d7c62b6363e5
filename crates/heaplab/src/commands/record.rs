//! `heaplab record`: runs a program and records its heap calls.
//!
//! The report on the traces goes to standard error, because standard output is the program's own.
//! The command ends with the program's exit code, or with 2 if there is nothing to record.

use super::exec::end_as;
use super::print;
use super::progress::Terminal;
use super::values::parse_count;
use crate::Outcome;
use heaplab_recording::output::Format;
use heaplab_recording::{DEFAULT_CAPACITY_RECORDS, Request, record, refused, told};
use heaplab_trace::Dialect;
use std::ffi::OsString;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

/// Arguments of `heaplab record`.
#[derive(clap::Args)]
#[command(override_usage = "heaplab record [OPTIONS] [--] <PROGRAM> [ARGUMENTS]...")]
#[command(after_help = "\
Examples:
  heaplab record -o json.rep.gz -- python3 -c 'import json; json.dumps([1] * 9999)'
  heaplab record --largest -o compile.rep.gz -- gcc -O2 -c prog.c

A program that is linked with jemalloc, tcmalloc or mimalloc keeps it; its calls are recorded all the same. \
SIGTERM is passed on to the program, and the recording is kept.

Exit code: the program's own, or 128 and the signal that ended it; 2 if nothing was recorded.")]
pub struct Arguments {
    /// Where the trace goes, NAME.rep or NAME.rep.gz. It is the trace of the program; if
    /// that becomes another by `exec`, as a wrapper does, of the last one. All other
    /// processes get NAME.2.rep.gz and so on, in the order in which they began [default:
    /// the program's name with .rep.gz]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Keep only the processes that run this program (`cc1`, for example)
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// Keep only the process with the most heap calls
    #[arg(long)]
    largest: bool,

    /// Report every process in full, however many there are
    #[arg(long)]
    details: bool,

    /// Refused: a program that runs already can't be recorded
    #[arg(short, long, value_name = "PID", hide = true)]
    pid: Option<String>,

    /// The dialect to write. `auto` is `peak`, which every current driver reads,
    /// unless the program called calloc or memalign: these only `extended` keeps.
    /// In the others they become malloc
    #[arg(long, value_enum, default_value_t = DialectChoice::Auto)]
    dialect: DialectChoice,

    /// Turn calloc and memalign into malloc: the same as `--dialect peak`
    #[arg(long, conflicts_with = "dialect")]
    plain: bool,

    /// Say which thread made each call, in remarks: `compare --split --by thread` wants
    /// to know. Only `extended` keeps them
    #[arg(long, conflicts_with = "plain")]
    threads: bool,

    /// The alignment in bytes that every block has anyway: an aligned allocation
    /// that asks for no more becomes a plain malloc [example: 16]
    #[arg(long, value_name = "BYTES", value_parser = parse_power_of_two)]
    align: Option<u32>,

    /// End each trace after this many operations; the blocks then live stay live
    #[arg(long, value_name = "N", value_parser = parse_count::<NonZeroUsize>)]
    max_ops: Option<NonZeroUsize>,

    /// How many records a process's log has room for. An operation takes one
    /// record of 32 bytes, a realloc two
    #[arg(long, value_name = "N", default_value_t = DEFAULT_RECORDS, value_parser = parse_count::<NonZeroU64>)]
    log_records: NonZeroU64,

    /// The program and its arguments
    #[arg(
        required_unless_present = "pid",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "PROGRAM"
    )]
    program: Vec<OsString>,
}

const DEFAULT_RECORDS: NonZeroU64 =
    NonZeroU64::new(DEFAULT_CAPACITY_RECORDS).expect("a log has records");

/// Which dialect to write.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum DialectChoice {
    Auto,
    Extended,
    Peak,
    Ranges,
    Classic,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    if let Some(pid) = &arguments.pid {
        return Err(refused(pid).into());
    }
    let request = Request {
        program: &arguments.program,
        output: arguments.output.as_deref(),
        only: arguments.only.as_deref(),
        largest: arguments.largest,
        format: arguments.format(),
        max_ops: arguments.max_ops.map(NonZeroUsize::get),
        log_records: arguments.log_records.get(),
    };
    let recording = record(&request, &*Terminal::listener())?;
    let told = told(&arguments.program[0], &recording, arguments.details);
    print::remark(format_args!("{told}"));
    end_as(recording.ended.status)
}

impl Arguments {
    fn format(&self) -> Format {
        let dialect = match self.dialect {
            _ if self.plain => Some(Dialect::Peak),
            DialectChoice::Auto => None,
            DialectChoice::Extended => Some(Dialect::Extended),
            DialectChoice::Peak => Some(Dialect::Peak),
            DialectChoice::Ranges => Some(Dialect::Ranges),
            DialectChoice::Classic => Some(Dialect::Classic),
        };
        Format { dialect, align: self.align.unwrap_or(1), threads: self.threads }
    }
}

fn parse_power_of_two(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(number) if number.is_power_of_two() => Ok(number),
        _ => Err("expected a power of two, such as 8 or 16".to_owned()),
    }
}
