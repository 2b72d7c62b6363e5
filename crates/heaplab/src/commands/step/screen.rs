//! A run on the whole terminal: what is drawn and what keys do is in [`heaplab_stepper`].

use super::terminal::{self, Left};
use super::{Arguments, HOST_BYTES, no_such_step, remark_on_fault};
use crate::commands::machine::Repeat;
use crate::commands::print;
use crate::commands::progress::Terminal;
use crate::{Failure, Outcome};
use heaplab_assess::Workspace;
use heaplab_checks::{CheckSettings, Conditions};
use heaplab_film::{Failure as FilmFailure, FilmInWorker};
use heaplab_inputs::Input;
use heaplab_stepper::{Filmed, Outside, Stepper, file_of_typed};
use heaplab_support::Work;
use heaplab_support::files::new_file;
use heaplab_trace::{Trace, Visible};
use heaplab_worker::pool::WorkerOptions;
use heaplab_worker::{Refusal, TraceSource};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs};

/// Shows heaps on a trace.
pub(super) fn show(arguments: &Arguments, heaps: &[String], input: Input) -> Outcome {
    let said = Said::default();
    let worker_options = said.worker_options();
    let host = Host {
        worker_options: &worker_options,
        conditions: arguments.machine.conditions(),
        path: Some(input.path.clone()),
        said: said.clone(),
    };
    let trace = Arc::new(input.trace);
    let title = input.path.file_name().map_or(&*input.path, Path::new).visible().into_owned();
    if let Some(line) = arguments.at
        && trace.ops().len().checked_sub(1).is_none_or(|last| trace.line(last) < line)
    {
        let input = Input { path: input.path, trace: Trace::clone(&trace) };
        return Err(no_such_step(&input, line, trace.ops().len()));
    }
    let listener = Terminal::listener();
    let work = Work::begin(&*listener, "recording and checking", None);
    let made = Stepper::new(Box::new(host), heaps, Arc::clone(&trace), &title);
    drop(work);
    let mut stepper = made.map_err(fault)?.with_colors(wants_colors());
    let input = Input { path: input.path, trace: Trace::clone(&trace) };
    if let Some(line) = arguments.at
        && !stepper.go_to_line(line)
    {
        return Err(no_such_step(&input, line, stepper.steps()));
    }
    let left = terminal::run(&mut stepper)?;
    let (faults, unchecked) = (stepper.failures(), stepper.unchecked());
    drop(stepper);
    obey(left);
    for (heap, steps, failure) in &faults {
        remark_on_fault(arguments, heap, &input, (*steps, failure));
    }
    for heap in unchecked.iter().filter(|heap| !faults.iter().any(|(name, ..)| name == *heap)) {
        let repeat = Repeat::command(&arguments.machine, heap, &input.path, None);
        print::remark(format_args!("{heap} was left before it was checked: {repeat}\n"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::Heap) }
}

/// Ends the program as the signal asks, if one did.
fn obey(left: Left) {
    if let Left::BySignal(signal) = left {
        // If the host refuses, the program ends in its usual way.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
}

/// Lets the reader type the operations.
pub(super) fn play(arguments: &Arguments, heaps: &[String]) -> Outcome {
    if arguments.at.is_some() {
        return Err(Failure::Input(
            "error: --at names a line of a trace\nhelp: name the trace with --trace".to_owned(),
        ));
    }
    let said = Said::default();
    let worker_options = said.worker_options();
    let conditions = arguments.machine.conditions();
    let host = Host {
        worker_options: &worker_options,
        // The heap gets the calls that are typed, and nothing else. It may refuse one.
        conditions: Conditions {
            bad_pointers: false,
            refusal: Refusal { may_run_out: true, ..conditions.refusal },
            ..conditions
        },
        path: None,
        said,
    };
    let stepper = Stepper::playground(Box::new(host), heaps).map_err(fault)?;
    let mut stepper = stepper.with_colors(wants_colors());
    let left = terminal::run(&mut stepper)?;
    drop(stepper);
    obey(left);
    Ok(())
}

/// Returns whether the reader wants colours (<https://no-color.org>).
fn wants_colors() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints why a heap can't be shown at all.
fn fault(message: String) -> Failure {
    print::remark(format_args!("{message}\n"));
    Failure::Heap
}

/// What the screen needs of this program.
struct Host<'a> {
    worker_options: &'a WorkerOptions,
    conditions: Conditions,
    /// The trace's file; none if the trace is typed.
    path: Option<PathBuf>,
    said: Said,
}

impl<'a> Outside<'a> for Host<'a> {
    fn record(&mut self, heap: &str, trace: &Arc<Trace>) -> Result<Box<dyn Filmed + 'a>, String> {
        let settings =
            |trace| CheckSettings { heap: heap.to_owned(), trace, conditions: self.conditions };
        let recorded = match &self.path {
            Some(path) => {
                let settings = settings(TraceSource::from(path));
                FilmInWorker::begin(settings, Arc::clone(trace), self.worker_options)
            }
            None => {
                let text = String::from_utf8(file_of_typed(trace)?).map_err(|e| e.to_string())?;
                let name = "playground.rep".to_owned();
                let settings = settings(TraceSource::Text { name, text });
                FilmInWorker::record(settings, Arc::clone(trace), self.worker_options)
            }
        };
        match recorded {
            Ok(Ok(film)) => Ok(Box::new(film)),
            Ok(Err(FilmFailure { code, message })) => Err(format!("{heap}: {code}: {message}")),
            Err(error) => Err(error.to_string()),
        }
    }

    fn source(&mut self, file: &str) -> Option<String> {
        let in_workspace = || {
            let workspace = Workspace::find().ok()?;
            fs::read_to_string(workspace.root().join(file)).ok()
        };
        fs::read_to_string(file).ok().or_else(in_workspace)
    }

    fn save(&mut self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let path = Path::new(path);
        if path.exists() {
            return Err(format!("{} is there already: choose another name", path.visible()));
        }
        new_file(path, bytes).map_err(|error| format!("can't write {}: {error}", path.visible()))
    }

    fn said(&mut self) -> Option<String> {
        let said = std::mem::take(&mut *self.said.0.lock().unwrap_or_else(PoisonError::into_inner));
        let last = said.lines().rev().find(|line| !line.trim().is_empty());
        last.map(str::to_owned)
    }
}

/// What heaps print while the screen is shown.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<String>>);

impl Said {
    /// Returns how workers run whose heaps print here.
    fn worker_options(&self) -> WorkerOptions {
        const MOST_BYTES: usize = 1 << 16;
        let said = Arc::clone(&self.0);
        WorkerOptions {
            listener: Arc::new(move |text| {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                if said.len() < MOST_BYTES {
                    said.push_str(text);
                }
            }),
            ..WorkerOptions::new(HOST_BYTES)
        }
    }
}
