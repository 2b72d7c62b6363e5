//! What the command says about a recording, on standard error.

use super::ancestry::Unknown;
use super::convert::Conversion;
use super::log::{Found, Log};
use super::output::Written;
use crate::Failure;
use crate::commands::print;
use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitStatus;

/// Says that there were several processes.
pub fn processes(all: usize, kept: usize) {
    if all > 1 {
        print::remark(format_args!(
            "{all} processes used their heap; {kept} kept\n"
        ));
    }
}

/// Warns of processes that could not be recorded.
pub fn unrecorded(found: &Found) {
    if found.unrecorded > 0 {
        print::remark(format_args!(
            "warning: {} process(es) went unrecorded: no log could be mapped (a limit on file \
             sizes or on address space?)\n",
            found.unrecorded
        ));
    }
}

/// One process: what its trace holds, and whatever the trace does not tell.
pub fn process(log: &Log, conversion: &Conversion, written: &Written, unknown: Unknown) {
    let ops = written.ops;
    print::remark(format_args!(
        "{} (pid {}{}) -> {}\n",
        log.program(),
        log.pid(),
        origin(log),
        written.path.display()
    ));
    print::remark(format_args!(
        "  {ops} operations on {} ids, {} dialect; peak payload {} bytes, at most {} blocks live, {} at the end\n",
        written.ids,
        written.dialect,
        written.peak_payload_bytes,
        conversion.most_live_blocks,
        conversion.live_blocks_at_end,
    ));
    print::remark(format_args!(
        "  malloc {}, calloc {}, memalign {}, realloc {}, free {}; threads {}; unknown frees {}\n",
        conversion.mallocs,
        conversion.callocs,
        conversion.memaligns,
        conversion.reallocs,
        conversion.frees,
        conversion.threads,
        unknown.unexplained,
    ));
    for remark in remarks(log, conversion, written, unknown) {
        print::remark(format_args!("  {remark}\n"));
    }
}

fn origin(log: &Log) -> String {
    log.parent().map_or_else(String::new, |parent| {
        format!(", forked from {}", parent.pid)
    })
}

/// What is worth a line only when it happened.
fn remarks(log: &Log, conversion: &Conversion, written: &Written, unknown: Unknown) -> Vec<String> {
    let counted = [
        (
            "calloc and memalign turned into malloc",
            written.turned_into_malloc as u64,
        ),
        ("free(NULL), left out", log.free_null_calls()),
        (
            "requests refused by the C library, left out",
            log.failed_calls(),
        ),
        (
            "malloc_usable_size, so the program may use more than it requests",
            log.usable_size_calls(),
        ),
        (
            "blocks of 4 GiB or more, too large for the machine, left out",
            conversion.too_large,
        ),
        (
            "frees of blocks inherited at the fork, left out",
            unknown.inherited as u64,
        ),
        (
            "warning: frees of blocks never seen given out, left out",
            unknown.unexplained as u64,
        ),
        (
            "warning: blocks given out again without a free, which is put in",
            conversion.missed_frees,
        ),
        (
            "warning: records for which the log had no room (see --log-records)",
            log.records_lost(),
        ),
    ];
    let mut remarks: Vec<String> = counted
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{what}: {count}"))
        .collect();
    if conversion.cut {
        remarks.push("cut at --max-ops; the program went on".to_owned());
    }
    if Path::new("/proc").join(log.pid().to_string()).exists() {
        remarks.push("still running: the trace ends where the recording did".to_owned());
    }
    remarks
}

/// Says how the program ended, unless it ended well.
pub fn status(program: &OsStr, status: ExitStatus) {
    if !status.success() {
        print::remark(format_args!(
            "note: `{}` ended with {status}\n",
            program.to_string_lossy()
        ));
    }
}

/// Why there is no trace at all, although the library was there to see it.
pub fn no_room_for_a_log(log_records: u64) -> Failure {
    Failure::input(format!(
        "error: nothing was recorded: there was no room for a log of {log_records} records\n\
         help: ask for less with --log-records, or raise the limits (`ulimit -v`, `ulimit -f`)"
    ))
}

/// Why there is no trace at all.
pub fn nothing_recorded(
    program: &OsStr,
    only: Option<&str>,
    logs: &[Log],
    status: ExitStatus,
) -> Failure {
    let program = program.to_string_lossy();
    match only {
        Some(name) if !logs.is_empty() => {
            let mut names: Vec<&str> = logs.iter().map(Log::program).collect();
            names.sort_unstable();
            names.dedup();
            Failure::input(format!(
                "error: no process ran `{name}`; recorded were: {}",
                names.join(", ")
            ))
        }
        _ => Failure::input(format!(
            "error: `{program}` ended with {status}, but no heap call of it was seen\n\
             help: a statically linked or set-user-id program, or one with an allocator of its \
             own, can't be recorded"
        )),
    }
}
