//! The report of a recording.

use crate::log::{Allocator, Found, Log};
use crate::{Process, Recording, shown, unseen};
use heaplab_programs::child::Ended;
use std::cmp::Reverse;
use std::env;
use std::ffi::OsStr;
use std::path::Path;

/// The maximum number of other processes that are named.
const OTHERS_NAMED: usize = 3;

/// Returns what was recorded and how the program ended, in whole lines.
pub fn told(program: &OsStr, recording: &Recording, details: bool) -> String {
    let logs = &recording.found.logs;
    let traces = traces(&recording.found, &recording.processes, details);
    traces + &end(program, &recording.ended, logs)
}

/// Returns what was recorded, in at most ten lines unless `details` are requested. The main process
/// comes first.
fn traces(found: &Found, processes: &[Process], details: bool) -> String {
    let mut text = unrecorded(found);
    let (all, kept) = (found.logs.len(), processes.len());
    if all > 1 {
        text += &format!(
            "{all} processes used their heap; {kept} kept (--only NAME and --largest keep fewer)\n"
        );
    }
    let in_full = if details { kept } else { 1 };
    let (in_full, others) = processes.split_at(in_full.min(kept));
    for process in in_full {
        text += &in_detail(&found.logs, process);
    }
    if !others.is_empty() {
        text += &format!("{}\n", in_short(&found.logs, others));
    }
    text
}

/// Returns a warning about processes that could not be recorded, in one line.
fn unrecorded(found: &Found) -> String {
    let mut warnings = Vec::new();
    if found.unmapped > 0 {
        warnings.push(format!(
            "{} process(es) were not recorded: no log could be mapped (a limit on file sizes or on \
             address space?)",
            found.unmapped
        ));
    }
    if found.without_disk > 0 {
        warnings.push(format!(
            "{} process(es) were not recorded: the disk of {} was full (set TMPDIR to a folder with \
             room)",
            found.without_disk,
            env::temp_dir().display()
        ));
    }
    if !found.unseen.is_empty() {
        warnings.push(unseen(&found.unseen));
    }
    if warnings.is_empty() { String::new() } else { format!("warning: {}\n", warnings.join("; ")) }
}

/// Describes a process in at most five lines: what its trace holds, and what it does not show.
fn in_detail(logs: &[Log], process: &Process) -> String {
    let Process { log, conversion, written, unknown } = process;
    let log = &logs[*log];
    let mut text = format!(
        "{} (pid {}{}) -> {}\n  {} operations on {} ids, {} dialect; peak payload {} bytes, at \
         most {} blocks live, {} at the end\n  malloc {}, calloc {}, memalign {}, realloc {}, \
         free {}; threads {}; unknown frees {}\n",
        shown(log.program()),
        log.pid(),
        origin(log),
        written.path.display(),
        written.ops,
        written.ids,
        written.dialect,
        written.peak_payload_bytes,
        conversion.most_live_blocks,
        conversion.live_blocks_at_end,
        conversion.mallocs,
        conversion.callocs,
        conversion.memaligns,
        conversion.reallocs,
        conversion.frees,
        conversion.threads,
        unknown.unexplained,
    );
    for line in [remarks(log, process), warnings(log, process)].map(|all| all.join("; ")) {
        if !line.is_empty() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

/// Describes the other processes in one line: the largest by name.
fn in_short(logs: &[Log], others: &[Process]) -> String {
    let mut largest: Vec<&Process> = others.iter().collect();
    // The sort is stable: of equals the one that began first comes first.
    largest.sort_by_key(|process| Reverse(process.written.ops));
    let named = largest.iter().take(OTHERS_NAMED).map(|process| {
        let name = shown(logs[process.log].program());
        let path = process.written.path.display();
        format!("{name} {} operations -> {path}", process.written.ops)
    });
    let mut line = format!("others: {}", named.collect::<Vec<_>>().join(", "));
    if let Some(rest) = others.len().checked_sub(OTHERS_NAMED).filter(|&rest| rest > 0) {
        line.push_str(&format!(", and {rest} more"));
    }
    let with_warnings =
        others.iter().filter(|process| !warnings(&logs[process.log], process).is_empty());
    match with_warnings.count() {
        0 => {}
        count => line.push_str(&format!("\nwarning: in {count} of the others, see --details")),
    }
    line
}

fn origin(log: &Log) -> String {
    log.parent().map_or_else(String::new, |parent| format!(", forked from {}", parent.pid))
}

/// Returns remarks on what is worth mentioning only if it happened.
fn remarks(log: &Log, process: &Process) -> Vec<String> {
    let Process { conversion, written, unknown, .. } = process;
    let mut remarks = counted(&[
        ("calloc and memalign turned into malloc", written.turned_into_malloc as u64),
        ("free(NULL), left out", log.free_null_calls()),
        ("requests refused, left out", log.failed_calls()),
        (
            "malloc_usable_size, so the program may use more than it requests",
            log.usable_size_calls(),
        ),
        ("blocks of 4 GiB or more, too large for the machine, left out", conversion.too_large),
        ("frees of blocks inherited at the fork, left out", unknown.inherited as u64),
    ]);
    if conversion.cut {
        remarks.push("cut at --max-ops; the program continued".to_owned());
    }
    match log.allocator() {
        Allocator::CLibrary => {}
        Allocator::Library(name) => remarks.push(format!(
            "served by {}, as without the recorder; calls of functions that only that library \
             has are not seen",
            shown(name)
        )),
        Allocator::Program => remarks.push(
            "the program has a malloc of its own; only calls of the C library's malloc are seen"
                .to_owned(),
        ),
    }
    if Path::new("/proc").join(log.pid().to_string()).exists() {
        remarks.push("still running: the trace ends where the recording did".to_owned());
    }
    remarks
}

/// Returns warnings about differences between the trace and what the program did.
fn warnings(log: &Log, process: &Process) -> Vec<String> {
    let Process { conversion, unknown, .. } = process;
    let disk = format!(
        "warning: records lost because the disk of {} was full (see TMPDIR)",
        env::temp_dir().display()
    );
    let lost = if log.disk_was_full() {
        disk.as_str()
    } else {
        "warning: records lost because the log was full (see --log-records)"
    };
    counted(&[
        (
            "warning: frees of blocks whose allocation was not seen, left out",
            unknown.unexplained as u64,
        ),
        ("warning: blocks given out again without a free, which is added", conversion.missed_frees),
        (lost, log.records_lost()),
        (
            "warning: forked children that could not make a log, and were not recorded",
            log.children_without_log(),
        ),
    ])
}

fn counted(counts: &[(&str, u64)]) -> Vec<String> {
    let happened = counts.iter().filter(|(_, count)| *count > 0);
    happened.map(|(what, count)| format!("{what}: {count}")).collect()
}

/// Says how the program ended, unless it ended well, and whether the program that ended may be
/// another one than the last that was seen.
fn end(program: &OsStr, ended: &Ended, logs: &[Log]) -> String {
    let mut notes = Vec::new();
    if !ended.status.success() {
        notes.push(format!("`{}` ended with {}", program.to_string_lossy(), ended.status));
    }
    let last = logs.iter().rfind(|log| log.is_begun_by(ended.pid));
    if let (Some(name), Some(last)) = (&ended.name, last)
        && name != last.process_name()
    {
        notes.push(format!(
            "the process was called `{}` at the end: if `{}` became that program, its heap calls \
             were not seen",
            shown(name),
            shown(last.program())
        ));
    }
    if notes.is_empty() { String::new() } else { format!("note: {}\n", notes.join("; ")) }
}
