//! Runs a program, and writes a trace for each of its processes.

use crate::ancestry::{self, Unknown};
use crate::convert::{self, Conversion};
use crate::log::{self, Found, Log};
use crate::output::{self, Destination, Format, Written};
use crate::{attach, failure, launch};
use heaplab_programs::child::Ended;
use heaplab_programs::{preload, program};
use heaplab_support::{Error, Listener};
use std::ffi::{OsStr, OsString};
use std::mem;
use std::path::{Path, PathBuf};

/// What to record, and which of it to keep.
pub struct Request<'a> {
    /// The program and its arguments.
    pub program: &'a [OsString],
    /// The trace's path, `NAME.rep` or `NAME.rep.gz`; by default the program's name with `.rep.gz`.
    /// Other processes get `NAME.2.rep.gz` and so on.
    pub output: Option<&'a Path>,
    /// Keep only the processes that run the program of this name.
    pub only: Option<&'a str>,
    /// Keep only the process with the most heap calls.
    pub largest: bool,
    /// How to write the traces.
    pub format: Format,
    /// The maximum number of operations in a trace.
    pub max_ops: Option<usize>,
    /// The maximum number of records in a process's log. An operation takes one, a realloc two.
    pub log_records: u64,
}

/// The results of a recording.
pub struct Recording {
    /// The logs of all processes.
    pub found: Found,
    /// The processes that were kept, the main process first.
    pub processes: Vec<Process>,
    /// How the program ended.
    pub ended: Ended,
}

/// A process whose trace was written.
pub struct Process {
    /// The index of its log in [`Found::logs`].
    pub log: usize,
    /// What was counted.
    pub conversion: Conversion,
    /// The trace.
    pub written: Written,
    /// Its unknown frees.
    pub unknown: Unknown,
}

/// Runs a program to its end, and writes a trace for each of its processes.
///
/// # Errors
/// If the program can't be run or recorded, or a trace can't be written.
pub fn record(request: &Request<'_>, listener: &dyn Listener) -> Result<Recording, Error> {
    let program = request.program.first().map_or(OsStr::new(""), |name| name);
    if program.is_empty() {
        return Err(Error::new("error: the program's name is empty"));
    }
    if let Some(unserved) = program::unserved(program)
        && unserved.why.ends_the_program()
    {
        return Err(failure::cannot_load(program, &unserved.why));
    }
    request.check_threads()?;
    // This comes before the run, so that a mistyped path does not cost a long recording.
    let destination = match request.output {
        Some(path) => Destination::new(path)?,
        None => Destination::new(&default_output(program))?,
    };
    let folder = preload::temporary_folder()?;
    let run = launch::run(request.program, folder.path(), request.log_records, listener);
    let ended = run.map_err(|error| attach::explained(error, program))?;

    let found = log::read_directory(folder.path())?;
    let chosen = choose(&found.logs, request, ended.pid);
    if chosen.is_empty() {
        let status = ended.status;
        return Err(failure::nothing_recorded(program, request.only, &found, status));
    }
    let processes = write_traces(&found.logs, &chosen, &destination, request)?;
    Ok(Recording { found, processes, ended })
}

/// Writes the traces of the chosen logs, the first under the name that was requested.
fn write_traces(
    logs: &[Log],
    chosen: &[usize],
    destination: &Destination,
    request: &Request<'_>,
) -> Result<Vec<Process>, Error> {
    let mut traces = Vec::new();
    let mut unknown = vec![Vec::new(); logs.len()];
    for (place, &index) in chosen.iter().enumerate() {
        let mut conversion = convert::convert(&logs[index], request.max_ops)?;
        let path = destination.path(place + 1);
        let written = output::write(&path, &logs[index], &mut conversion, &request.format)?;
        unknown[index] = mem::take(&mut conversion.unknown_addresses);
        traces.push((index, conversion, written));
    }
    let unknown = ancestry::explain(logs, unknown)?;
    let process = |(index, conversion, written)| Process {
        log: index,
        conversion,
        written,
        unknown: unknown[index],
    };
    Ok(traces.into_iter().map(process).collect())
}

impl Request<'_> {
    /// # Errors
    /// If threads are requested in a dialect that has no remarks.
    fn check_threads(&self) -> Result<(), Error> {
        match self.format.dialect {
            Some(dialect) if self.format.threads && !dialect.has_comments() => {
                Err(Error::new(format!(
                    "error: the dialect {dialect} has no remarks, so it can't say which thread made a call\n\
                     help: leave out --threads, or take --dialect extended"
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Returns the indices of the logs to keep: first the main process, then the others in the order in
/// which they began.
///
/// `pid` is the first process. It may become another program by `exec`, and that one yet another (a
/// script that finds an interpreter, and becomes it): the last one is the main process.
fn choose(logs: &[Log], request: &Request<'_>, pid: u32) -> Vec<usize> {
    let wanted = |log: &Log| match request.only {
        Some(name) => log.program() == name,
        None => true,
    };
    let matching = (0..logs.len()).filter(|&index| wanted(&logs[index]));
    if request.largest {
        // Of equals this takes the last; the order does not matter then.
        return matching.max_by_key(|&index| logs[index].records()).into_iter().collect();
    }
    let mut chosen: Vec<usize> = matching.collect();
    let meant = chosen.iter().rposition(|&index| logs[index].is_begun_by(pid));
    if let Some(meant) = meant {
        chosen[..=meant].rotate_right(1);
    }
    chosen
}

fn default_output(program: &OsStr) -> PathBuf {
    let mut name = Path::new(program).file_name().unwrap_or(program).to_owned();
    name.push(".rep.gz");
    name.into()
}
