//! Logs of programs by other tracers, compared with `record` on the same
//! programs: the same calls in the same order, except for calls that a tool
//! can't log. If a tool is not installed, its test is skipped with a message.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::record_support::{Fixture, has, read};
use heaplab_trace::{Id, Op};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Programs: all functions once or twice, a typical program, and C++'s operators.
const PROGRAMS: [&str; 3] = ["log_entrances", "log_table", "log_operators"];

/// Runs a tracer; `None`, with a message, if it is not installed or can't trace here.
fn log_of(fixture: &Fixture, name: &str, command: &mut Command) -> Option<PathBuf> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let tool = tool.rsplit('/').next().unwrap_or_default().to_owned();
    command.current_dir(fixture.path("."));
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: no {tool}: {error}");
            return None;
        }
    };
    let log = fixture.path(name);
    let has_log = fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    if !has_log {
        let said = String::from_utf8_lossy(&output.stderr);
        println!("skipped: {tool} made no log: {said}");
    }
    has_log.then_some(log)
}

/// Returns the operations of a log, and the command's message about it.
fn converted(fixture: &Fixture, log: &Path) -> (Vec<Op>, String) {
    let trace = fixture.path("converted.rep");
    let output = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"))
        .args(["trace", "convert", "--to", "extended", "-o"])
        .args([&trace, log])
        .output()
        .expect("the command runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    (read(&trace).ops().to_vec(), said)
}

/// Returns the operations that `record` writes.
fn recorded(fixture: &Fixture, program: &Path) -> Vec<Op> {
    let recording = fixture.record(&["--".as_ref(), program.as_os_str()]);
    assert_eq!(recording.code, 0, "{}", recording.report);
    recording.traces[0].ops().to_vec()
}

fn without_null_frees(ops: Vec<Op>) -> Vec<Op> {
    ops.into_iter().filter(|op| *op != Op::FreeNull).collect()
}

/// Compares a tool's log of each program with the recording, which
/// `view` reduces to what the tool can log. `log` makes the log.
fn compare(
    log: impl Fn(&Fixture, &Path) -> Option<PathBuf>,
    of_log: impl Fn(Vec<Op>) -> Vec<Op>,
    view: impl Fn(Vec<Op>) -> Vec<Op>,
) {
    for name in PROGRAMS {
        if !has("cc") || name == "log_operators" && !has("c++") {
            continue;
        }
        let fixture = Fixture::new();
        let program = fixture.compile(name);
        let Some(log) = log(&fixture, &program) else {
            return;
        };
        let (ops, said) = converted(&fixture, &log);
        let logged = of_log(without_pool(ops));
        let right = view(without_pool(recorded(&fixture, &program)));
        let first = (logged.iter().zip(&right)).position(|(logged, right)| logged != right);
        assert!(
            logged == right,
            "{name}: {} operations in the log, {} in the recording; the first that differ: {:?}\n{said}",
            logged.len(),
            right.len(),
            first.map(|at| (logged[at], right[at])),
        );
        assert!(right.len() > 12, "{name}: {right:?}");
    }
}

/// mtrace logs every allocation in the same form, and realloc to zero bytes as a free.
#[test]
fn a_log_of_mtrace_agrees_with_record() {
    let log = |fixture: &Fixture, program: &Path| {
        let mut command = Command::new(program);
        command.env("MALLOC_TRACE", "m.log");
        command.env("LD_PRELOAD", "libc_malloc_debug.so.0");
        log_of(fixture, "m.log", &mut command)
    };
    let plain = |op| match op {
        Op::Calloc { id, size } | Op::Memalign { id, size, .. } => Op::Malloc { id, size },
        Op::Realloc { id, size: 0 } => Op::Free { id },
        op => op,
    };
    let view = |ops: Vec<Op>| ops.into_iter().map(plain).collect();
    compare(log, |ops| ops, view);
}

fn ltrace(fixture: &Fixture, program: &Path, options: &[&str]) -> Option<PathBuf> {
    let mut command = Command::new("ltrace");
    command.args(["-f", "-o", "l.log"]).args(options).arg(program);
    log_of(fixture, "l.log", &mut command)
}

#[test]
fn a_log_of_ltrace_agrees_with_record() {
    let log = |fixture: &Fixture, program: &Path| ltrace(fixture, program, &[]);
    compare(log, without_null_frees, |ops| ops);
}

/// With times, places and durations in each line.
#[test]
fn a_log_of_ltrace_with_many_options_agrees_with_record() {
    let log = |fixture: &Fixture, program: &Path| ltrace(fixture, program, &["-tt", "-i", "-T"]);
    compare(log, without_null_frees, |ops| ops);
}

/// With the calls inside the C library: each call is in the log two or three times.
#[test]
fn a_log_of_ltrace_with_nested_calls_agrees_with_record() {
    let functions = "malloc+free+calloc+realloc+memalign+posix_memalign+aligned_alloc\
                     +reallocarray+valloc";
    let log = |fixture: &Fixture, program: &Path| ltrace(fixture, program, &["-x", functions]);
    compare(log, without_null_frees, |ops| ops);
}

#[test]
fn a_log_of_valgrind_agrees_with_record() {
    let log = |fixture: &Fixture, program: &Path| {
        let mut command = Command::new("valgrind");
        command.args(["--trace-malloc=yes", "--log-file=v.log"]);
        log_of(fixture, "v.log", command.arg(program))
    };
    compare(log, without_null_frees, |ops| ops);
}

#[test]
fn a_log_of_valgrind_with_times_agrees_with_record() {
    let log = |fixture: &Fixture, program: &Path| {
        let mut command = Command::new("valgrind");
        command.args(["--tool=massif", "--massif-out-file=/dev/null"]);
        command.args(["--trace-malloc=yes", "--time-stamp=yes", "--log-file=v.log"]);
        log_of(fixture, "v.log", command.arg(program))
    };
    compare(log, without_null_frees, |ops| ops);
}

fn heaptrack(fixture: &Fixture, program: &Path, options: &[&str]) -> Option<PathBuf> {
    let mut command = Command::new("heaptrack");
    command.args(options).args(["-o", "h"]).arg(program);
    let name = match options {
        ["--raw"] => "h.raw.zst",
        _ => "h.zst",
    };
    log_of(fixture, name, &mut command)
}

/// Size of the C++ runtime's pool for exceptions. Logs of heaptrack, which is written in C++,
/// also have it; logs of mtrace and ltrace do not, because they see no call before `main`.
const POOL_BYTES: u32 = 72_704;

/// Returns the operations without the pool's block, which comes first.
fn without_pool(ops: Vec<Op>) -> Vec<Op> {
    let pool = match ops[0] {
        Op::Malloc { id, size } if size == POOL_BYTES => Some(id),
        _ => None,
    };
    let shift = u32::from(pool.is_some());
    let others = ops.into_iter().filter(|op| op.id() != pool);
    others.map(|op| op.with_id(Id(op.id().map_or(0, |id| id.0 - shift)))).collect()
}

/// Returns what heaptrack can log: malloc and free. A realloc is both, to zero bytes it is
/// nothing, and aligned blocks of memalign are missing (those of the newer functions are not).
fn heaptrack_view(ops: Vec<Op>) -> Vec<Op> {
    let mut ids: HashMap<Id, Id> = HashMap::new();
    let mut next = 0;
    let mut view = Vec::new();
    for op in ops {
        match op {
            // The only call of memalign in the programs.
            Op::Memalign { align_log2: 5, .. }
            | Op::Realloc { size: 0, .. }
            | Op::FreeNull
            | Op::Write { .. } => {}
            Op::Free { id } => view.extend(ids.remove(&id).map(|id| Op::Free { id })),
            Op::Malloc { id, size }
            | Op::Calloc { id, size }
            | Op::Memalign { id, size, .. }
            | Op::Realloc { id, size } => {
                view.extend(ids.remove(&id).map(|id| Op::Free { id }));
                let new = Id(next);
                next += 1;
                ids.insert(id, new);
                view.push(Op::Malloc { id: new, size });
            }
        }
    }
    view
}

#[test]
fn a_raw_log_of_heaptrack_agrees_with_record() {
    let log = |fixture: &Fixture, program: &Path| heaptrack(fixture, program, &["--raw"]);
    compare(log, |ops| ops, heaptrack_view);
}

/// Without addresses, frees are of some block with the same call site and
/// size: sizes, including those of the frees, are the same in the same order.
#[test]
fn an_interpreted_log_of_heaptrack_agrees_with_record() {
    let log = |fixture: &Fixture, program: &Path| heaptrack(fixture, program, &[]);
    compare(log, sizes, |ops| sizes(heaptrack_view(ops)));
}

/// Returns every operation by its size: ids are the sizes, so a free gives the size of its block.
fn sizes(ops: Vec<Op>) -> Vec<Op> {
    let mut size_of: HashMap<Id, u32> = HashMap::new();
    let mut by_size = Vec::new();
    for op in ops {
        let id = op.id().expect("null frees are not in heaptrack's logs");
        let size = op.size().or_else(|| size_of.get(&id).copied());
        let size = size.expect("a free is of a block");
        size_of.insert(id, size);
        by_size.push(op.with_id(Id(size)));
    }
    by_size
}

/// A log that a different program compressed, and one as text.
#[test]
fn logs_of_heaptrack_are_read_as_text_and_gzip() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("log_table");
    let Some(log) = heaptrack(&fixture, &program, &["--raw"]) else {
        return;
    };
    let right = converted(&fixture, &log).0;
    let text = fixture.path("h.raw");
    let mut zstd = Command::new("zstd");
    match zstd.args(["-d", "-q", "-o"]).args([&text, &log]).status() {
        Ok(status) if status.success() => {}
        _ => return println!("skipped: no zstd"),
    }
    assert_eq!(converted(&fixture, &text).0, right);
    let gzip = Command::new("gzip").arg("-k").arg(&text).status();
    if !gzip.is_ok_and(|status| status.success()) {
        return println!("skipped: no gzip");
    }
    assert_eq!(converted(&fixture, &fixture.path("h.raw.gz")).0, right);
}
