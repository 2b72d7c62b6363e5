//! Runs the checks of a lab, and its traces, on a heap in worker processes.
//!
//! Students and graders use the same code: what a student sees is what is graded.

use crate::LabFolder;
use heaplab_checks::{
    Answers, CheckSettings, Conditions, Diagnosis, HeapPicture, TimeHeaps, Validate, Whole,
};
use heaplab_inputs::Input;
use heaplab_lab::{Check, Mismatch, Stage, compare_with_handout};
use heaplab_replay::{Facts, FinalHeap, KnownAnswers, Timing};
use heaplab_support::{Error, Listener};
use heaplab_trace::{Dialect, Inexpressible, ReadOptions, Trace, path_text, write};
use heaplab_worker::pool::{Outcome, WorkerOptions, WorkerSlot};
use heaplab_worker::{Common, FaultReport, Heaps, Job, Refusal, TraceSource, do_here};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Name of a student's heap beside other heaps.
pub const MINE: &str = "mine";

/// Host memory that a heap under test and its checks may take, in bytes.
pub const HOST_BYTES: u64 = 1 << 30;

/// Limit of a heap segment unless a check gives one: 1 GiB.
pub const LIMIT_BYTES: u32 = 1 << 30;

/// Time limit for one operation of a heap.
const TIMEOUT_SECONDS: f64 = 5.0;

/// Time for which the speed of each heap is sampled on a trace.
pub const RACE_SECONDS: f64 = 0.15;

/// Number of runs that did not end after which a heap is not run again.
const HANGS: u32 = 3;

/// Fault code of a heap that does not end.
const ENDLESS_LOOP: &str = "endless-loop";

/// Result of a check.
pub enum Verdict {
    /// The heap is sound, and as the handout says.
    Passed(Box<FinalHeap>),
    /// The heap is sound, but differs from the handout.
    Another(Mismatch),
    /// The heap is faulty.
    Faulty(Box<Diagnosis>),
}

impl Verdict {
    /// Returns whether the check passed.
    pub fn is_passed(&self) -> bool {
        matches!(self, Verdict::Passed(_))
    }
}

/// A check that was run.
pub struct Checked<'l> {
    /// The check.
    pub check: &'l Check,
    /// Its trace; its path is that of a file only if the check names one.
    pub input: Input,
    /// Its result.
    pub verdict: Verdict,
    /// What the heap printed, if that was kept ([`Printed`]).
    pub printed: String,
}

/// Keeps what heaps print, check by check.
#[derive(Clone, Default)]
pub struct Printed(Arc<Mutex<String>>);

impl Printed {
    /// Adds a piece, and forgets the oldest ones if there are too many.
    pub fn add(&self, text: &str) {
        const MOST_BYTES: usize = 1 << 16;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_str(text);
        if all.len() > MOST_BYTES {
            let half = (all.len() / 2..).find(|&at| all.is_char_boundary(at));
            all.drain(..half.unwrap_or_default());
        }
    }

    /// Returns all of it, and forgets it.
    fn take(&self) -> String {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where a heap runs.
enum Place<'a> {
    /// In one worker after the other.
    Worker(WorkerSlot<'a>),
    /// In this process, which serves these heaps.
    Here(&'a Heaps),
}

/// Runs checks and traces on one heap.
pub struct Assessor<'a> {
    /// The heap's name in the worker, without policy words.
    heap: &'a str,
    /// The folder with the traces.
    traces: &'a Path,
    place: Place<'a>,
    listener: &'a dyn Listener,
    /// Whether traces are sent to the worker because it can read no files.
    sealed: bool,
    /// How many runs of the heap did not end.
    hangs: u32,
    printed: Printed,
}

impl<'a> Assessor<'a> {
    /// Returns an assessor for the heap of this name in the worker and
    /// the traces of this folder. Notes on traces go to `listener`.
    pub fn new(
        heap: &'a str,
        traces: &'a Path,
        worker_options: &'a WorkerOptions,
        listener: &'a dyn Listener,
    ) -> Assessor<'a> {
        Assessor {
            heap,
            traces,
            place: Place::Worker(WorkerSlot::new(worker_options)),
            listener,
            sealed: false,
            hangs: 0,
            printed: Printed::default(),
        }
    }

    /// Gives each check what is added to `printed` while it runs.
    pub fn with_printed(self, printed: Printed) -> Assessor<'a> {
        Assessor { printed, ..self }
    }

    /// Returns an assessor that runs the heap in this process, for a debugger: without time limits,
    /// and if the heap crashes, so does this process.
    pub fn here(
        heap: &'a str,
        traces: &'a Path,
        heaps: &'a Heaps,
        listener: &'a dyn Listener,
    ) -> Assessor<'a> {
        Assessor {
            heap,
            traces,
            place: Place::Here(heaps),
            listener,
            sealed: false,
            hangs: 0,
            printed: Printed::default(),
        }
    }

    /// Makes the workers read no files.
    pub fn sealed(self) -> Assessor<'a> {
        Assessor { sealed: true, ..self }
    }

    /// Runs all checks of a stage, in order.
    ///
    /// # Errors
    /// If a check's trace is not a trace, or no worker can be started.
    pub fn stage<'l>(&mut self, stage: &'l Stage) -> Result<Vec<Checked<'l>>, Error> {
        let checks = stage.checks.iter().enumerate();
        checks.map(|(index, check)| self.check(stage, index, check)).collect()
    }

    /// Runs one check of a stage.
    ///
    /// # Errors
    /// As for [`stage`](Assessor::stage).
    pub fn check<'l>(
        &mut self,
        stage: &Stage,
        index: usize,
        check: &'l Check,
    ) -> Result<Checked<'l>, Error> {
        let input = self.input_of(stage, index, check)?;
        let whole = Whole {
            settings: CheckSettings {
                heap: with_words(self.heap, &check.words),
                trace: self.source_of(&input, check.trace.is_some()),
                conditions: Conditions {
                    common: common(check.align, check.limit.unwrap_or(LIMIT_BYTES)),
                    refusal: refusal_of(check),
                    bad_pointers: check.bad_pointers,
                },
            },
        };
        let is_endless = |answer: &<Whole as Job>::Answer| {
            let fault = answer.as_ref().err().map(|diagnosis| &diagnosis.fault);
            fault.is_some_and(|fault| fault.code == ENDLESS_LOOP)
        };
        let verdict = match self.answer(&whole, &input.trace, is_endless)? {
            Ok(Ok(final_heap)) => match compare_with_handout(check, &final_heap) {
                Ok(()) => Verdict::Passed(final_heap),
                Err(mismatch) => Verdict::Another(mismatch),
            },
            Ok(Err(diagnosis)) => Verdict::Faulty(diagnosis),
            Err(failed) => Verdict::Faulty(Box::new(Diagnosis::of_an_end(
                failed.fault,
                HeapPicture::default(),
            ))),
        };
        Ok(Checked { check, input, verdict, printed: self.printed.take() })
    }

    /// Returns the facts of the heap on a trace, or its fault.
    ///
    /// # Errors
    /// If no worker can be started.
    pub fn trace(
        &mut self,
        input: &Input,
        words: &str,
        align_bytes: u32,
    ) -> Result<Result<Facts, FaultReport>, Error> {
        let validate = Validate {
            heap: with_words(self.heap, words),
            trace: self.source_of(input, false),
            common: common(align_bytes, LIMIT_BYTES),
            check_every: None,
        };
        Ok(match self.answer(&validate, &input.trace, |_| false)? {
            Ok(facts) => believable(facts, &input.trace),
            Err(failed) => Err(failed.fault),
        })
    }

    /// Returns the speeds of the heap and of a rival in its
    /// program, measured alternately; `None` if one of them failed.
    ///
    /// # Errors
    /// If no worker can be started.
    pub fn time_heaps(
        &mut self,
        input: &Input,
        rival: &str,
        words: &str,
        align_bytes: u32,
    ) -> Result<Option<(Timing, Timing)>, Error> {
        let time_heaps = TimeHeaps {
            heaps: [self.heap, rival].map(|heap| with_words(heap, words)).into(),
            trace: self.source_of(input, false),
            common: common(align_bytes, LIMIT_BYTES),
            seconds_each: RACE_SECONDS,
            with_kept: false,
        };
        let outcome = self.answer(&time_heaps, &input.trace, |_| false)?;
        Ok(outcome.ok().and_then(|times| match times.heaps.as_slice() {
            &[own, rivals] => Some((own, rivals)),
            _ => None,
        }))
    }

    /// Returns the heap's answers on a trace, as a run ends in which every answer was checked;
    /// `None` if it failed.
    ///
    /// # Errors
    /// If no worker can be started.
    pub fn answers(
        &mut self,
        input: &Input,
        words: &str,
        align_bytes: u32,
    ) -> Result<Option<KnownAnswers>, Error> {
        let answers = Answers(Validate {
            heap: with_words(self.heap, words),
            trace: self.source_of(input, false),
            common: common(align_bytes, LIMIT_BYTES),
            check_every: None,
        });
        Ok(self.answer(&answers, &input.trace, |_| false)?.ok())
    }

    /// Returns the outcome of a job. After three runs without an end the heap is not run again,
    /// because a person waits each time. `is_endless` says whether an answer means such a run.
    fn answer<J: Job>(
        &mut self,
        job: &J,
        trace: &Trace,
        is_endless: impl Fn(&J::Answer) -> bool,
    ) -> Result<Outcome<J>, Error> {
        if self.hangs >= HANGS {
            let message = format!("not run: {HANGS} earlier runs did not end");
            return Ok(Err(FaultReport::ending("not-run", &message, None, None).into()));
        }
        let start = Instant::now();
        let outcome = match &mut self.place {
            Place::Worker(slot) => slot.answer(job, trace)?,
            Place::Here(heaps) => do_here(heaps, job)?,
        };
        let is_endless = match &outcome {
            Ok(answer) => is_endless(answer),
            Err(failed) => failed.fault.code == ENDLESS_LOOP,
        };
        // If the checked machine finds this by counting, it costs no time.
        if is_endless && start.elapsed() >= Duration::from_secs_f64(TIMEOUT_SECONDS) {
            self.hangs += 1;
        }
        Ok(outcome)
    }

    /// Returns the trace of a check: of its operations, or of a file.
    fn input_of(&self, stage: &Stage, index: usize, check: &Check) -> Result<Input, Error> {
        let name = format!("{}-{}", stage.name, index + 1);
        let wrong = |error: &dyn std::fmt::Display| {
            Error::new(format!("error: check {} of stage `{}`: {error}", index + 1, stage.name))
        };
        if let Some(trace) = check.short_trace(&name) {
            let path = PathBuf::from(format!("{name}.rep"));
            return Ok(Input { path, trace: trace.map_err(|error| wrong(&error))? });
        }
        let path = self.traces.join(check.file.as_deref().unwrap_or_default());
        let mut inputs = heaplab_inputs::read_strictly(&[path], self.listener)?;
        match (inputs.pop(), inputs.is_empty()) {
            (Some(input), true) => Ok(input),
            _ => Err(wrong(&"its `file` does not name exactly one trace")),
        }
    }

    fn source_of(&self, input: &Input, is_made_here: bool) -> TraceSource {
        if self.sealed || is_made_here {
            return TraceSource::Text {
                name: path_text(&input.path).into_owned(),
                text: text_of(&input.trace),
            };
        }
        TraceSource::from(&input.path)
    }
}

/// Returns all traces that a lab is graded on.
///
/// # Errors
/// Everything that is wrong with any of the files.
pub fn graded_traces(lab: &LabFolder, listener: &dyn Listener) -> Result<Vec<Input>, Error> {
    let paths = lab.trace_paths();
    if paths.is_empty() { Ok(Vec::new()) } else { heaplab_inputs::read_strictly(&paths, listener) }
}

/// Returns the text of a trace, in the dialect that can express everything.
pub fn text_of(trace: &Trace) -> String {
    match write(trace, Dialect::Extended, Inexpressible::Rewrite) {
        Ok(written) => String::from_utf8_lossy(&written.bytes).into_owned(),
        Err(_) => unreachable!("operations that the dialect can't express are rewritten"),
    }
}

/// Returns a heap's name with its policy, as on a command line.
fn with_words(heap: &str, words: &str) -> String {
    if words.is_empty() { heap.to_owned() } else { format!("{heap}:{words}") }
}

fn common(align_bytes: u32, limit_bytes: u32) -> Common {
    Common {
        align_bytes,
        limit_bytes,
        reading: ReadOptions::STRICT,
        timeout_seconds: TIMEOUT_SECONDS,
    }
}

fn refusal_of(check: &Check) -> Refusal {
    Refusal {
        from: check.refuse_sbrk_from,
        once: false,
        may_run_out: check.may_fail || check.refuse_sbrk_from.is_some(),
    }
}

/// Checks the facts against what is known without the heap under test, whose process sent them.
fn believable(facts: Facts, trace: &Trace) -> Result<Facts, FaultReport> {
    let is_known = facts.ops == trace.ops().len() as u64
        && facts.peak_payload_bytes == trace.peak_payload_bytes()
        && facts.heap_bytes >= facts.peak_payload_bytes;
    if is_known {
        Ok(facts)
    } else {
        Err(FaultReport::ending(
            "unbelievable",
            "the reported figures can't be those of this trace",
            None,
            None,
        ))
    }
}
