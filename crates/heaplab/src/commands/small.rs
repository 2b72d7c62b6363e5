//! The smallest trace that shows a fault: made by workers, saved, and shown.

use crate::Failure;
use crate::commands::machine::Machine;
use crate::commands::progress::Progress;
use heaplab_hunt as hunt;
use heaplab_inputs::Input;
use heaplab_support::files::new_file;
use heaplab_trace::{ReadOptions, Trace};
use heaplab_worker::pool::{Desk, Terms};
use heaplab_worker::{Common, Reply, ShrinkTask, SmallTrace, Task, TryTask, in_file, small_trace};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Host memory that a heap and its shadow may take.
pub const HOST_BYTES: u64 = 3 << 30;

/// Work at most, in operations: some ten seconds on the checked machine.
const BUDGET_OPS: u64 = 120_000_000;

/// Trials at most where each may cost a process.
const BUDGET_PROCESSES: u64 = 1000;

/// A heap that hangs does so for so long in each trial.
const TRIAL_TIMEOUT_SECONDS: f64 = 1.0;

/// A trace longer than this is not printed.
const SHOWN_OPS: usize = 20;

/// Someone who has traces tried.
pub struct Shrinker<'a> {
    heap: &'a str,
    /// When no more candidates are tried, if there is such a time.
    until: Option<Instant>,
    desk: Desk<'a>,
}

impl<'a> Shrinker<'a> {
    pub fn new(heap: &'a str, terms: &'a Terms) -> Shrinker<'a> {
        Shrinker {
            heap,
            until: None,
            desk: Desk::new(terms),
        }
    }

    /// Tries no candidates after this time.
    pub fn until(self, until: Option<Instant>) -> Shrinker<'a> {
        Shrinker { until, ..self }
    }

    /// Whether that time has come.
    pub fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// The terms for one, with a word on standard error on how far it is.
    pub fn terms() -> (Progress, Terms) {
        let progress = Progress::endless("shrinking");
        let terms = progress.terms(HOST_BYTES);
        (progress, terms)
    }

    /// The smallest trace on which the heap fails as on the one in this file;
    /// in words why there is none.
    ///
    /// # Errors
    /// If the host can't do it.
    pub fn shrink(
        &mut self,
        path: &Path,
        trace: &Trace,
        machine: &Machine,
    ) -> Result<Result<SmallTrace, String>, Failure> {
        let task = Task::Shrink(ShrinkTask {
            heap: self.heap.to_owned(),
            trace: path.into(),
            common: machine.common(),
            refusal: machine.refusal(),
            bad_pointers: machine.bad_pointers(),
            ops: BUDGET_OPS,
            // JSON has no infinity.
            seconds: self.until.map_or(f64::MAX, |until| {
                until
                    .saturating_duration_since(Instant::now())
                    .as_secs_f64()
            }),
        });
        match self.desk.answer(&task, trace)? {
            Reply::Shrunk(shrunk) => Ok(shrunk.map(|small| *small)),
            // The heap took the process with it.
            Reply::Faulty(_) => self.shrink_by_processes(trace, machine),
            other => Err(unexpected(other)),
        }
    }

    /// The same with the trials in processes that may be lost.
    fn shrink_by_processes(
        &mut self,
        trace: &Trace,
        machine: &Machine,
    ) -> Result<Result<SmallTrace, String>, Failure> {
        let common = Common {
            timeout_seconds: machine.common().timeout_seconds.min(TRIAL_TIMEOUT_SECONDS),
            ..machine.common()
        };
        let mut impossible = None;
        let oracle = |candidate: &Trace| {
            let failure = match &impossible {
                Some(_) => None,
                None => self
                    .failure(candidate, common, machine)
                    .unwrap_or_else(|failure| {
                        impossible = Some(failure);
                        None
                    }),
            };
            hunt::Trial {
                is_last: self.is_late(),
                ..hunt::Trial::from(failure)
            }
        };
        let budget = hunt::Budget {
            ops: BUDGET_OPS,
            trials: BUDGET_PROCESSES,
        };
        let shrunk = hunt::shrink(trace, oracle, budget);
        match impossible {
            Some(failure) => Err(failure),
            None => Ok(shrunk
                .map(|shrunk| small_trace(&shrunk))
                .map_err(|error| error.to_string())),
        }
    }

    /// How the heap fails on a trace, if it does.
    fn failure(
        &mut self,
        trace: &Trace,
        common: Common,
        machine: &Machine,
    ) -> Result<Option<hunt::Failure>, Failure> {
        let task = Task::Try(TryTask {
            heap: self.heap.to_owned(),
            trace: String::from_utf8_lossy(&in_file(trace)).into_owned(),
            common: Common {
                reading: ReadOptions::STRICT,
                ..common
            },
            refusal: machine.refusal(),
            bad_pointers: machine.bad_pointers(),
        });
        let failure = |signature, op_index| hunt::Failure {
            signature: hunt::Signature::new(signature),
            op_index,
        };
        match self.desk.answer(&task, trace)? {
            Reply::Tried(found) => Ok(found.map(|(name, at)| failure(name, at))),
            Reply::Faulty(fault) => Ok(Some(failure(fault.code, fault.op_index))),
            other => Err(unexpected(other)),
        }
    }

    /// Whether the heap fails in this way on this machine.
    ///
    /// # Errors
    /// If the host can't do it.
    pub fn fails(
        &mut self,
        trace: &Trace,
        machine: &Machine,
        signature: &str,
    ) -> Result<bool, Failure> {
        let failure = self.failure(trace, machine.common(), machine)?;
        Ok(failure.is_some_and(|failure| failure.signature.as_str() == signature))
    }
}

fn unexpected(reply: Reply) -> Failure {
    match reply {
        Reply::Impossible(message) => Failure::Input(message),
        _ => Failure::input("error: a worker gave an answer to another question"),
    }
}

/// The trace in a worker's answer, with a title above its remarks.
///
/// # Errors
/// None, unless the worker is not of this program.
pub fn parse(text: &str, title: &str) -> Result<Trace, Failure> {
    let reading = Trace::parse("small.rep", text.as_bytes(), &ReadOptions::default());
    let trace = reading.map_err(Failure::input)?.trace;
    let bare = Trace::from_ops(trace.name(), trace.weight(), trace.ops().to_vec());
    let titled = bare.map_err(Failure::input)?.with_comment(title);
    Ok(trace.comments().iter().fold(titled, |titled, comment| {
        titled.with_comment_before(comment.before_op, &comment.text)
    }))
}

/// Where a trace is to be saved: the file named, which must not be there yet, or
/// the first of `stem.rep`, `stem-2.rep`, ... that is not.
pub fn choose_file(named: Option<&Path>, stem: &str) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return match path.try_exists() {
            Ok(false) => Ok(path.to_owned()),
            Ok(true) => Err(Failure::Input(format!(
                "error: {} is there already\nhelp: name another file with --save, or remove this one",
                path.display()
            ))),
            Err(error) => Err(Failure::Input(format!(
                "error: can't save to {}: {error}",
                path.display()
            ))),
        };
    }
    // A file's name holds no policy's punctuation.
    let stem: String = stem
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let names = (2..).map(|number| format!("{stem}-{number}.rep"));
    let mut names = std::iter::once(format!("{stem}.rep")).chain(names);
    let unused = names.find(|name| !Path::new(name).exists());
    Ok(unused.unwrap_or_default().into())
}

/// Saves a trace as a new file, whole or not at all, and reads it back, as who repeats the fault does.
///
/// # Errors
/// If it can't be written.
pub fn save(path: PathBuf, trace: &Trace) -> Result<Input, Failure> {
    let cannot = |error: std::io::Error| {
        let help = match error.kind() {
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded => "\nhelp: name a file in another folder with --save",
            _ => "",
        };
        Failure::Input(format!(
            "error: can't save {}: {error}{help}",
            path.display()
        ))
    };
    let bytes = in_file(trace);
    new_file(&path, &bytes).map_err(cannot)?;
    let name = path.display().to_string();
    let reading = Trace::parse(&name, &bytes, &ReadOptions::default());
    let trace = reading.map_err(Failure::input)?.trace;
    Ok(Input { path, trace })
}

/// What shrinking has come to, where the trace is if it could be saved, and the trace if
/// it is short.
pub fn describe(small: &SmallTrace, trace: &Trace, saved: Option<&Path>) -> String {
    let ops = trace.ops().len();
    let end = match small.is_minimal {
        true => "none of them can be left out",
        false => "perhaps more could be left out: the time or the budget for trials is used up",
    };
    let mut text = format!(
        "shrunk from {} to {} in {} trials; {end}\n{}\n",
        operations(small.ops_before),
        operations(ops),
        small.trials,
        saved.map_or("not saved".to_owned(), |path| format!(
            "saved as {}",
            path.display()
        ))
    );
    if ops <= SHOWN_OPS {
        text += &listing(trace);
    }
    text
}

fn operations(count: usize) -> String {
    match count {
        1 => "1 operation".to_owned(),
        count => format!("{count} operations"),
    }
}

/// The operations with their lines in the file, and what is remarked of each.
fn listing(trace: &Trace) -> String {
    let mut text = String::new();
    for (index, op) in (0u32..).zip(trace.ops()) {
        let of_this = |comment: &&heaplab_trace::Comment| index == comment.before_op;
        let remark = trace.comments().iter().rev().find(of_this);
        let remark = remark.filter(|remark| remark.text.starts_with("line "));
        let remark = remark.map_or(String::new(), |remark| format!("# {}", remark.text));
        let op = op.to_string();
        let line = format!("{:>6} | {op:<16} {remark}", trace.line(index as usize));
        text += line.trim_end();
        text.push('\n');
    }
    text
}
