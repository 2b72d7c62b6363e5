//! The film of a heap that is not trusted to return: the same questions, answered by a worker.

use crate::access::Access;
use crate::job::{AskFilm, FilmAnswer, Question};
use crate::options::KnownFault;
use crate::step::{Failure, Kind, Step};
use crate::view::HeapView;
use heaplab_checks::{CheckAccesses, CheckSettings};
use heaplab_trace::Trace;
use heaplab_worker::pool::{WorkerOptions, WorkerSlot};
use heaplab_worker::{Error, FaultReport, Job};
use std::ops::Deref;
use std::sync::Arc;

/// A film that a worker records and keeps.
///
/// The heap is checked first, access by access, so the film ends where `check` says that the heap
/// is at fault, with the same words.
pub struct FilmInWorker<'a> {
    slot: WorkerSlot<'a>,
    trace: TraceOfFilm<'a>,
    settings: CheckSettings,
    fault: Option<KnownFault>,
    len: usize,
    failure: Option<Failure>,
}

/// The trace of a film: one that lives longer, or one that the film keeps.
pub enum TraceOfFilm<'a> {
    /// One that lives longer.
    Borrowed(&'a Trace),
    /// One that the film keeps.
    Shared(Arc<Trace>),
}

impl<'a> From<&'a Trace> for TraceOfFilm<'a> {
    fn from(trace: &'a Trace) -> TraceOfFilm<'a> {
        TraceOfFilm::Borrowed(trace)
    }
}

impl From<Arc<Trace>> for TraceOfFilm<'_> {
    fn from(trace: Arc<Trace>) -> Self {
        TraceOfFilm::Shared(trace)
    }
}

impl Deref for TraceOfFilm<'_> {
    type Target = Trace;

    fn deref(&self) -> &Trace {
        match self {
            TraceOfFilm::Borrowed(trace) => trace,
            TraceOfFilm::Shared(trace) => trace,
        }
    }
}

impl<'a> FilmInWorker<'a> {
    /// Checks a heap on a trace and records it. `trace` is the one that the settings name. If there
    /// is not even an empty heap, the answer says why.
    ///
    /// # Errors
    /// If the host can't do it.
    pub fn record(
        settings: CheckSettings,
        trace: impl Into<TraceOfFilm<'a>>,
        worker_options: &'a WorkerOptions,
    ) -> Result<Result<FilmInWorker<'a>, Failure>, Error> {
        let trace = trace.into();
        let mut slot = WorkerSlot::new(worker_options);
        let check = CheckAccesses { settings: settings.clone(), until: None };
        let fault = match slot.answer(&check, &trace)? {
            Ok(Ok(_)) => None,
            Ok(Err(diagnosis)) => Some(known(diagnosis.fault, false)),
            Err(failed) => Some(known(failed.fault, true)),
        };
        let mut film = FilmInWorker { slot, trace, settings, fault, len: 0, failure: None };
        match (film.ask(Question::Length), &film.fault) {
            (Ok(FilmAnswer::Length(len, failure)), _) => {
                (film.len, film.failure) = (len, failure);
                Ok(Ok(film))
            }
            (Ok(_), _) => Err(unasked()),
            (Err(_), Some(fault)) => Ok(Err(fault.failure.clone())),
            (Err(error), None) => Err(error),
        }
    }

    /// Returns how many steps there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns why the run does not go on after the last step, or what is wrong with all of it.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Returns the first step whose operation stands on this line of the trace, or below it.
    pub fn at_line(&self, line: u32) -> Option<usize> {
        (0..self.len).find(|step| self.trace.line(*step) >= line)
    }

    /// Returns up to `count` steps from the one with index `first`, from 0.
    ///
    /// # Errors
    /// If the heap does not repeat what it did, or ends its process.
    pub fn steps(&mut self, first: usize, count: usize) -> Result<Vec<Step>, Error> {
        match self.ask(Question::Steps { first, count })? {
            FilmAnswer::Steps(steps) => Ok(steps),
            _ => Err(unasked()),
        }
    }

    /// Returns everything that the allocator did within a step, in order.
    ///
    /// # Errors
    /// As for [`steps`](FilmInWorker::steps), and if there are fewer steps.
    pub fn accesses(&mut self, step: usize) -> Result<Vec<Access>, Error> {
        match self.ask(Question::Accesses(step))? {
            FilmAnswer::Accesses(accesses) => Ok(accesses),
            _ => Err(unasked()),
        }
    }

    /// Returns the whole heap when `done` operations are done.
    ///
    /// # Errors
    /// As for [`accesses`](FilmInWorker::accesses).
    pub fn heap(&mut self, done: usize) -> Result<HeapView, Error> {
        match self.ask(Question::Heap(done))? {
            FilmAnswer::Heap(heap) => Ok(heap),
            _ => Err(unasked()),
        }
    }

    /// Returns bytes of memory when `done` operations are done; none if they are not all in the
    /// machine.
    ///
    /// # Errors
    /// As for [`accesses`](FilmInWorker::accesses).
    pub fn bytes(&mut self, done: usize, addr: u32, size: u32) -> Result<Option<Vec<u8>>, Error> {
        match self.ask(Question::Bytes { done, addr, size })? {
            FilmAnswer::Bytes(bytes) => Ok(bytes),
            _ => Err(unasked()),
        }
    }

    /// Returns the first step after `from` of this kind; the first of all if `from` is none.
    ///
    /// # Errors
    /// As for [`steps`](FilmInWorker::steps).
    pub fn next(&mut self, kind: Kind, from: Option<usize>) -> Result<Option<usize>, Error> {
        self.find(Question::Next { kind, from })
    }

    /// Returns the last step before `from` of this kind.
    ///
    /// # Errors
    /// As for [`steps`](FilmInWorker::steps).
    pub fn previous(&mut self, kind: Kind, from: usize) -> Result<Option<usize>, Error> {
        self.find(Question::Previous { kind, from })
    }

    fn find(&mut self, question: Question) -> Result<Option<usize>, Error> {
        match self.ask(question)? {
            FilmAnswer::Found(found) => Ok(found),
            _ => Err(unasked()),
        }
    }

    fn ask(&mut self, question: Question) -> Result<FilmAnswer, Error> {
        let (settings, fault) = (self.settings.clone(), self.fault.clone());
        let answer = self.slot.answer(&AskFilm { settings, fault, question }, &self.trace)?;
        answer.map_err(|failed| {
            let FaultReport { message, line, .. } = failed.fault;
            let line = line.map_or(String::new(), |line| format!(" at line {line}"));
            Error::new(format!("error: the film ends{line}: {message}"))
        })
    }
}

fn known(fault: FaultReport, is_fatal: bool) -> KnownFault {
    let FaultReport { code, message, op_index, .. } = fault;
    KnownFault { op_index, failure: Failure { code, message }, is_fatal }
}

fn unasked() -> Error {
    Error::new(format!("error: a worker answered another question than `{}`", AskFilm::NAME))
}
