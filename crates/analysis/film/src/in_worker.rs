//! The film of a heap that is not trusted to return: the same questions, answered by a worker.

use crate::access::Access;
use crate::check_behind::CheckBehind;
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
use std::time::Duration;

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
    is_recorded: bool,
    failure: Option<Failure>,
    /// The check, if it is not over.
    check: Option<CheckBehind>,
}

/// What is still going on with a film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// It is recorded.
    Recording,
    /// All is recorded, and the heap is checked: how far, once that is known.
    Checking(Option<String>),
    /// Nothing.
    Nothing,
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
        let fault = KnownFault::of_check(slot.answer(&check, &trace)?);
        let mut film = FilmInWorker::of(slot, trace, settings);
        film.fault = fault;
        match (film.ask(Question::Length), &film.fault) {
            (Ok(FilmAnswer::Length(len, failure)), _) => {
                (film.len, film.failure, film.is_recorded) = (len, failure, true);
                Ok(Ok(film))
            }
            (Ok(_), _) => Err(unasked()),
            (Err(_), Some(fault)) => Ok(Err(fault.failure.clone())),
            (Err(error), None) => Err(error),
        }
    }

    /// As [`record`](FilmInWorker::record), but returns after a moment: [`more`](FilmInWorker::more)
    /// records the rest, and the check goes on in another worker. The film may be seen as far as it
    /// is recorded. A short trace is recorded and checked when this returns.
    ///
    /// # Errors
    /// As for [`record`](FilmInWorker::record).
    pub fn begin(
        settings: CheckSettings,
        trace: Arc<Trace>,
        worker_options: &'a WorkerOptions,
    ) -> Result<Result<FilmInWorker<'a>, Failure>, Error> {
        let check = CheckBehind::begin(&settings, &trace, worker_options);
        let slot = WorkerSlot::new(worker_options);
        let mut film = FilmInWorker::of(slot, trace.into(), settings);
        film.check = Some(check);
        let mut begun = film.more(FIRST_WAIT);
        for _ in 1..FIRST_PARTS {
            if matches!(begun, Ok(Pending::Recording)) {
                begun = film.more(FIRST_WAIT);
            }
        }
        match (begun, &film.fault) {
            (Ok(_), _) => Ok(Ok(film)),
            (Err(_), Some(fault)) => Ok(Err(fault.failure.clone())),
            (Err(error), None) => Err(error),
        }
    }

    /// Records some more operations. If there are none, waits for the end of the check, for `wait`
    /// at most. Returns what is still going on. A fault that is found may take steps away again.
    ///
    /// # Errors
    /// As for [`record`](FilmInWorker::record).
    pub fn more(&mut self, wait: Duration) -> Result<Pending, Error> {
        let recorded = if self.is_recorded { Ok(()) } else { self.record_more() };
        let wait = match (&recorded, self.is_recorded) {
            // Without an empty heap, the check says why, and soon.
            (Err(_), _) => Duration::MAX,
            (Ok(()), true) => wait,
            (Ok(()), false) => Duration::ZERO,
        };
        self.hear_of_check(wait)?;
        recorded?;
        Ok(match &self.check {
            _ if !self.is_recorded => Pending::Recording,
            Some(check) => Pending::Checking(check.how_far()),
            None => Pending::Nothing,
        })
    }

    fn record_more(&mut self) -> Result<(), Error> {
        match self.answer(Question::More)? {
            Ok(FilmAnswer::Recorded(len, false)) => self.len = len,
            Ok(FilmAnswer::Recorded(_, true)) => self.record_all()?,
            Ok(_) => return Err(unasked()),
            Err(fault) => {
                // The operation ended the process. What is before it is recorded again.
                self.fault = Some(KnownFault::new(fault, true));
                self.record_all()?;
            }
        }
        Ok(())
    }

    /// Records what is left, and hears how the run ends.
    fn record_all(&mut self) -> Result<(), Error> {
        match self.ask(Question::Length)? {
            FilmAnswer::Length(len, failure) => {
                (self.len, self.failure, self.is_recorded) = (len, failure, true);
                Ok(())
            }
            _ => Err(unasked()),
        }
    }

    fn hear_of_check(&mut self, wait: Duration) -> Result<(), Error> {
        let Some(outcome) = self.check.as_ref().and_then(|check| check.outcome(wait)) else {
            return Ok(());
        };
        self.check = None;
        if let Some(fault) = KnownFault::of_check(outcome?) {
            self.fault = Some(fault);
            if self.is_recorded {
                self.record_all()?;
            }
        }
        Ok(())
    }

    /// Returns whether the heap's check is not over.
    pub fn is_being_checked(&self) -> bool {
        self.check.is_some()
    }

    fn of(slot: WorkerSlot<'a>, trace: TraceOfFilm<'a>, settings: CheckSettings) -> Self {
        FilmInWorker {
            slot,
            trace,
            settings,
            fault: None,
            len: 0,
            is_recorded: false,
            failure: None,
            check: None,
        }
    }

    /// Returns how many steps are recorded.
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

    fn answer(&mut self, question: Question) -> Result<Result<FilmAnswer, FaultReport>, Error> {
        let (settings, fault) = (self.settings.clone(), self.fault.clone());
        let answer = self.slot.answer(&AskFilm { settings, fault, question }, &self.trace)?;
        Ok(answer.map_err(|failed| failed.fault))
    }

    fn ask(&mut self, question: Question) -> Result<FilmAnswer, Error> {
        self.answer(question)?.map_err(|fault| {
            let FaultReport { message, line, .. } = fault;
            let line = line.map_or(String::new(), |line| format!(" at line {line}"));
            Error::new(format!("error: the film ends{line}: {message}"))
        })
    }
}

/// The most parts that a film is recorded in when it is begun: some tenths of a second.
const FIRST_PARTS: usize = 5;

/// A film that is begun waits this long for the check.
const FIRST_WAIT: Duration = Duration::from_secs(1);

fn unasked() -> Error {
    Error::new(format!("error: a worker answered another question than `{}`", AskFilm::NAME))
}
