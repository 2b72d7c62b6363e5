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

A program that is linked with jemalloc, tcmalloc or mimalloc still uses that allocator, and its calls are recorded. \
SIGTERM is passed on to the program; the recording is kept.

Exit code: the program's own, or 128 plus the number of the signal that ended it; 2 if nothing was recorded.")]
pub struct Arguments {
    /// The file for the program's trace, NAME.rep or NAME.rep.gz. If the program becomes another by
    /// `exec`, as a wrapper does, the file holds the trace of the last one. Other processes get
    /// NAME.2.rep.gz and so on, in the order in which they start [default: the program's name with
    /// .rep.gz]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Keeps only the processes that run this program, such as `cc1`
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// Keeps only the process with the most heap calls
    #[arg(long)]
    largest: bool,

    /// Reports every process in full, however many there are
    #[arg(long)]
    details: bool,

    /// Refused: a program that already runs can't be recorded
    #[arg(short, long, value_name = "PID", hide = true)]
    pid: Option<String>,

    /// The dialect to write. `auto` is `peak`, which every current driver reads, or `extended` if
    /// the program calls calloc or memalign. Only `extended` keeps these calls; in the other
    /// dialects they become malloc
    #[arg(long, value_enum, default_value_t = DialectChoice::Auto)]
    dialect: DialectChoice,

    /// Turns calloc and memalign into malloc: the same as `--dialect peak`
    #[arg(long, conflicts_with = "dialect")]
    plain: bool,

    /// Names the thread of each call in a remark: `compare --split --by thread` needs it. Only
    /// `extended` keeps the remarks
    #[arg(long, conflicts_with = "plain")]
    threads: bool,

    /// The alignment in bytes that every block has anyway: an aligned allocation that asks for no
    /// more than this becomes a plain malloc [example: 16]
    #[arg(long, value_name = "BYTES", value_parser = parse_power_of_two)]
    align: Option<u32>,

    /// Ends each trace after this many operations; the blocks that are live then stay live
    #[arg(long, value_name = "N", value_parser = parse_count::<NonZeroUsize>)]
    max_ops: Option<NonZeroUsize>,

    /// The number of records that a process's log has room for. An operation takes one record of 32
    /// bytes, a realloc two
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
