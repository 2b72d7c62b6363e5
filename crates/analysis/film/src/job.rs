//! A film in a worker: it is recorded at the first question, and stays there for the next ones.

use crate::access::Access;
use crate::error::FilmError;
use crate::film::Film;
use crate::options::{KnownFault, Options};
use crate::step::{Failure, Kind, Step};
use crate::view::HeapView;
use heaplab_checks::CheckSettings;
use heaplab_heap::Design;
use heaplab_replay::Position;
use heaplab_trace::Trace;
use heaplab_worker::{Error, Job, JobContext, Stop, last_panic};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

/// A question about a film.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskFilm {
    /// The heap, the trace and the machine.
    pub settings: CheckSettings,
    /// What a check found to be wrong.
    pub fault: Option<KnownFault>,
    /// The question.
    pub question: Question,
}

/// What is asked of a film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// How many steps are there? All are recorded.
    Length,
    /// How many steps are there when some more are recorded?
    More,
    /// What happened in these steps?
    Steps {
        /// The first one, from 0.
        first: usize,
        /// How many.
        count: usize,
    },
    /// What did the allocator do within this step?
    Accesses(usize),
    /// What is the heap like when this many operations are done?
    Heap(usize),
    /// Which bytes are in memory when this many operations are done?
    Bytes {
        /// How many operations.
        done: usize,
        /// The first byte.
        addr: u32,
        /// How many bytes.
        size: u32,
    },
    /// Which is the next step of this kind, among those that are recorded?
    Next {
        /// The kind.
        kind: Kind,
        /// After this one; none for the first of all.
        from: Option<usize>,
    },
    /// Which is the previous step of this kind, among those that are recorded?
    Previous {
        /// The kind.
        kind: Kind,
        /// Before this one.
        from: usize,
    },
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FilmAnswer {
    /// How many steps there are, and why the run does not go on.
    Length(usize, Option<Failure>),
    /// How many steps are recorded, and whether that is all.
    Recorded(usize, bool),
    /// Steps: fewer than were asked for, if there are not more.
    Steps(Vec<Step>),
    /// What the allocator did.
    Accesses(Vec<Access>),
    /// The heap.
    Heap(HeapView),
    /// Bytes; none if they are not all in the machine.
    Bytes(Option<Vec<u8>>),
    /// A step, if there is one.
    Found(Option<usize>),
}

/// A film of any design.
pub trait Answers {
    /// Answers a question; `watch` is called before each call of the heap.
    ///
    /// # Errors
    /// As the functions of [`Film`] that are asked.
    fn answer(
        &mut self,
        question: &Question,
        watch: &dyn Fn(Position),
    ) -> Result<FilmAnswer, FilmError>;

    /// Ends the film with a fault that was found elsewhere.
    fn end_with(&mut self, fault: KnownFault);
}

/// The most operations that are recorded at a time while the film is seen.
const OPS_AT_ONCE: usize = 10_000;

impl<D: Design> Answers for Film<D> {
    fn answer(
        &mut self,
        question: &Question,
        watch: &dyn Fn(Position),
    ) -> Result<FilmAnswer, FilmError> {
        Ok(match *question {
            Question::Length => {
                self.record_to(usize::MAX, watch)?;
                FilmAnswer::Length(self.len(), self.failure().cloned())
            }
            Question::More => {
                self.record_more(OPS_AT_ONCE, watch)?;
                FilmAnswer::Recorded(self.len(), self.is_complete())
            }
            Question::Steps { first, count } => {
                self.record_to(first.saturating_add(count), watch)?;
                let steps = first..self.len().min(first.saturating_add(count));
                let steps = steps.map(|step| self.step_watched(step, watch));
                FilmAnswer::Steps(steps.collect::<Result<_, _>>()?)
            }
            Question::Accesses(step) => {
                self.record_to(step.saturating_add(1), watch)?;
                FilmAnswer::Accesses(self.accesses(step, watch)?)
            }
            Question::Heap(done) => {
                self.record_to(done, watch)?;
                FilmAnswer::Heap(self.heap(done, watch)?)
            }
            Question::Bytes { done, addr, size } => {
                self.record_to(done, watch)?;
                FilmAnswer::Bytes(self.bytes(done, (addr, size), watch)?)
            }
            Question::Next { kind, from } => FilmAnswer::Found(self.next(kind, from)),
            Question::Previous { kind, from } => FilmAnswer::Found(self.previous(kind, from)),
        })
    }

    fn end_with(&mut self, fault: KnownFault) {
        Film::end_with(self, fault);
    }
}

type Recorded = Result<Box<dyn Answers>, FilmError>;
type Record = Box<dyn Fn(Arc<Trace>, Options, &dyn Fn(Position)) -> Recorded>;

/// The film that was asked about last. A worker does its jobs in one thread.
struct Kept {
    /// The heap, the trace and the machine, as text.
    of: String,
    fault: Option<KnownFault>,
    film: Box<dyn Answers>,
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

impl Job for AskFilm {
    const NAME: &'static str = "ask-film";
    const IS_REPEATED: bool = true;
    type Erased = Record;
    type Answer = FilmAnswer;

    fn erase<D: Design>(design: D) -> Record {
        Box::new(move |trace, options, watch| {
            Ok(Box::new(Film::begin(design.clone(), trace, options, watch)?))
        })
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<FilmAnswer, Stop> {
        let record = context.erased::<AskFilm>(&self.settings.heap)?;
        let conditions = self.settings.conditions;
        let trace = context.begin(&self.settings.trace, conditions.common)?;
        let watch = |position| context.step(position);
        let (of, fault) = (format!("{:?}", self.settings), self.fault.clone());
        let kept = KEPT.take().filter(|kept| kept.of == of);
        let mut film = match kept {
            Some(kept) if kept.fault == fault => kept.film,
            Some(Kept { mut film, fault: None, .. }) => {
                fault.iter().for_each(|fault| film.end_with(fault.clone()));
                film
            }
            _ => record(trace, Options::of(&self.settings, fault.clone()), &watch).map_err(told)?,
        };
        let answer = film.answer(&self.question, &watch).map_err(told)?;
        KEPT.set(Some(Kept { of, fault, film }));
        // The next panic's message must not be an old one.
        last_panic();
        Ok(answer)
    }

    fn timeout(&self) -> Duration {
        self.settings.conditions.common.timeout()
    }
}

fn told(error: FilmError) -> Error {
    Error::new(format!("error: {error}"))
}
