//! `heaplab record`: runs a program and keeps what it asked of its heap.
//!
//! 1. [`launch`] runs the program with the preload library in front of it. The
//!    library writes a log for every process.
//! 2. [`log`] reads the logs, [`convert`] turns addresses into ids.
//! 3. [`ancestry`] explains frees of blocks that a forked child inherited.
//! 4. [`output`] writes a trace for every process and [`report`] says what is
//!    in it, on standard error: standard output is the program's own.
//!
//! The command ends with the program's own exit code, or with 2 when there is
//! nothing to record.

mod ancestry;
mod attach;
mod convert;
mod failure;
mod launch;
mod log;
mod output;
mod report;

/// The log's layout, shared as source with the library that writes it: to `use`
/// that crate would link its `malloc` into this command.
#[path = "../../../production/preload/src/format.rs"]
#[expect(dead_code, reason = "some of it is only for the writer")]
mod format;

use crate::commands::{preload, program};
use crate::{Failure, Outcome};
use heaplab_trace::Dialect;
use log::Log;
use output::Destination;
use report::Process;
use std::ffi::OsString;
use std::mem;
use std::path::{Path, PathBuf};
use std::process;
use std::str::FromStr;

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
    #[arg(long, value_name = "N", value_parser = parse_count::<usize>)]
    max_ops: Option<usize>,

    /// How many records a process's log has room for. An operation takes one
    /// record of 32 bytes, a realloc two
    #[arg(long, value_name = "N", default_value_t = format::DEFAULT_CAPACITY_RECORDS)]
    #[arg(value_parser = parse_count::<u64>)]
    log_records: u64,

    /// The program and its arguments
    #[arg(
        required_unless_present = "pid",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "PROGRAM"
    )]
    program: Vec<OsString>,
}

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
pub fn run(arguments: Arguments) -> Outcome {
    let status = record(&arguments)?;
    // Everything is written and cleaned up by now.
    match preload::exit_code(status) {
        0 => Ok(()),
        code => process::exit(code),
    }
}

fn record(arguments: &Arguments) -> Result<process::ExitStatus, Failure> {
    if let Some(pid) = &arguments.pid {
        return Err(attach::refused(pid));
    }
    let program = &arguments.program[0];
    if program.is_empty() {
        return Err(Failure::input("error: the program's name is empty"));
    }
    if let Some(unserved) = program::unserved(program)
        && unserved.why.ends_the_program()
    {
        return Err(failure::cannot_load(program, &unserved.why));
    }
    arguments.check_threads()?;
    // Before the run, so that a mistyped path does not cost a long recording.
    let destination = match &arguments.output {
        Some(path) => Destination::new(path)?,
        None => Destination::new(&default_output(program))?,
    };
    let directory = heaplab_scratch::temporary_folder()?;
    let run = launch::run(&arguments.program, directory.path(), arguments.log_records);
    let ended = run.map_err(|failure| attach::explained(failure, program))?;

    let found = log::read_directory(directory.path())?;
    let chosen = choose(&found.logs, arguments, ended.pid);
    if chosen.is_empty() {
        let only = arguments.only.as_deref();
        return Err(failure::nothing_recorded(
            program,
            only,
            &found,
            ended.status,
        ));
    }
    let processes = write_traces(&found.logs, &chosen, &destination, arguments)?;
    report::recording(&found, &processes, arguments.details);
    report::end(program, &ended, &found.logs);
    Ok(ended.status)
}

/// Writes the traces of the chosen logs, the first under the name that was asked for.
fn write_traces<'a>(
    logs: &'a [Log],
    chosen: &[usize],
    destination: &Destination,
    arguments: &Arguments,
) -> Result<Vec<Process<'a>>, Failure> {
    let mut traces = Vec::new();
    let mut unknown = vec![Vec::new(); logs.len()];
    for (place, &index) in chosen.iter().enumerate() {
        let mut conversion = convert::convert(&logs[index], arguments.max_ops)?;
        let path = destination.path(place + 1);
        let written = output::write(&path, &logs[index], &mut conversion, &arguments.format())?;
        unknown[index] = mem::take(&mut conversion.unknown_addresses);
        traces.push((index, conversion, written));
    }
    let unknown = ancestry::explain(logs, unknown)?;
    let process = |(index, conversion, written)| Process {
        log: &logs[index],
        conversion,
        written,
        unknown: unknown[index],
    };
    Ok(traces.into_iter().map(process).collect())
}

impl Arguments {
    fn format(&self) -> output::Format {
        let dialect = match self.dialect {
            _ if self.plain => Some(Dialect::Peak),
            DialectChoice::Auto => None,
            DialectChoice::Extended => Some(Dialect::Extended),
            DialectChoice::Peak => Some(Dialect::Peak),
            DialectChoice::Ranges => Some(Dialect::Ranges),
            DialectChoice::Classic => Some(Dialect::Classic),
        };
        output::Format {
            dialect,
            align: self.align.unwrap_or(1),
            threads: self.threads,
        }
    }

    /// # Errors
    /// If threads are wanted in a dialect that has no remarks.
    fn check_threads(&self) -> Outcome {
        match self.format().dialect {
            Some(dialect) if self.threads && !dialect.has_comments() => {
                Err(Failure::Input(format!(
                    "error: the dialect {dialect} has no remarks that could say which thread made a call\n\
                     help: leave out --threads, or take --dialect extended"
                )))
            }
            _ => Ok(()),
        }
    }
}

/// The indices of the logs to keep: first the one that was meant, then the others in the
/// order in which the processes began.
///
/// `pid` is the first process. It may become another program by `exec`, and that another
/// (a script that finds an interpreter, and becomes it): the last one is meant.
fn choose(logs: &[Log], arguments: &Arguments, pid: u32) -> Vec<usize> {
    let wanted = |log: &Log| match &arguments.only {
        Some(name) => log.program() == name.as_str(),
        None => true,
    };
    let matching = (0..logs.len()).filter(|&index| wanted(&logs[index]));
    if arguments.largest {
        // Of equals the last; the order does not matter then.
        return matching
            .max_by_key(|&index| logs[index].records())
            .into_iter()
            .collect();
    }
    let mut chosen: Vec<usize> = matching.collect();
    let meant = chosen
        .iter()
        .rposition(|&index| logs[index].is_begun_by(pid));
    if let Some(meant) = meant {
        chosen[..=meant].rotate_right(1);
    }
    chosen
}

fn default_output(program: &OsString) -> PathBuf {
    let mut name = Path::new(program).file_name().unwrap_or(program).to_owned();
    name.push(".rep.gz");
    name.into()
}

fn parse_count<N: FromStr + From<u8> + PartialOrd>(text: &str) -> Result<N, String> {
    match text.parse::<N>() {
        Ok(number) if number >= N::from(1) => Ok(number),
        _ => Err("expected a whole number from 1 on".to_owned()),
    }
}

fn parse_power_of_two(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(number) if number.is_power_of_two() => Ok(number),
        _ => Err("expected a power of two, such as 8 or 16".to_owned()),
    }
}
