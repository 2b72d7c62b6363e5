//! The jobs of a grading program. A submission may try to find out in which run it is, and to
//! behave well only where it is looked at; so every run that gives a grade is on a machine of one
//! type.
//!
//! | question | served by | what differs |
//! |---|---|---|
//! | [`Validate`] | [`ValidateForGrade`] | the facts are counted in the run that is checked |
//! | [`Whole`](crate::Whole) | [`Undrawn`] | faults are not drawn |
//! | [`TimeHeaps`] | [`TimeForGrade`] | the timed answers are compared with checked ones |
//!
//! A submission in C is timed in another process than the one that checks it. So its checked
//! answers are asked for: [`Answers`].

use crate::validate::WatchedRun;
use crate::{HeapTimes, TimeHeaps, Undrawn, Validate};
use heaplab_heap::Design;
use heaplab_replay::{
    Facts, Graded, KnownAnswers, Position, Program, Settings, Stopped, Timed, TimedHeap, answers,
    validate_for_grade,
};
use heaplab_trace::Trace;
use heaplab_worker::{Error, Job, JobContext, Process, Serving, Stop};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The jobs that a grading program serves.
pub type ForGrades = (ValidateForGrade, Undrawn);

/// The same, for a program whose speed counts too.
pub type ForTimedGrades = (ValidateForGrade, Undrawn, TimeForGrade);

/// Returns the jobs of a grading program, for its heap to be added. What they need beside the heap
/// is compiled here, and not with each submission, which would take twice as long.
#[inline(never)]
pub fn for_grades() -> Serving<ForGrades> {
    Serving::new()
}

/// As [`for_grades`], for a program whose speed counts too.
#[inline(never)]
pub fn for_timed_grades() -> Serving<ForTimedGrades> {
    Serving::new()
}

/// [`Validate`] in a grading program.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ValidateForGrade(pub Validate);

type Erased = Box<dyn Fn(&Trace, &Settings, &dyn Fn(Position)) -> Result<Graded, Stopped>>;

impl Job for ValidateForGrade {
    const NAME: &'static str = Validate::NAME;
    const IS_REPEATED: bool = true;
    type Erased = Erased;
    type Answer = Facts;

    fn erase<D: Design>(design: D) -> Erased {
        Box::new(move |trace, settings, watch| validate_for_grade(&design, trace, settings, watch))
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Facts, Stop> {
        let validate = context.erased::<ValidateForGrade>(&self.0.heap)?;
        let graded = WatchedRun::begin(&self.0, context)?
            .run(context, |trace, settings, watch| validate(trace, settings, watch))?;
        Ok(graded.facts)
    }

    fn timeout(&self) -> Duration {
        self.0.timeout()
    }
}

/// [`TimeHeaps`] in a grading program.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeForGrade(pub TimeHeaps);

type MakeTimed = Box<dyn Fn(KnownAnswers) -> Box<dyn Timed>>;

impl Job for TimeForGrade {
    const NAME: &'static str = TimeHeaps::NAME;
    const PROCESS: Process = TimeHeaps::PROCESS;
    type Erased = (Erased, MakeTimed);
    type Answer = HeapTimes;

    fn erase<D: Design>(design: D) -> Self::Erased {
        let timed = design.clone();
        let make = move |known| -> Box<dyn Timed> {
            Box::new(TimedHeap::new(timed.clone()).expecting(known))
        };
        (ValidateForGrade::erase(design), Box::new(make))
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<HeapTimes, Stop> {
        let job = &self.0;
        let trace = context.read(&job.trace, job.common)?;
        let program = Program::new(&trace).map_err(Error::new)?;
        let mut heaps = Vec::new();
        for heap in &job.heaps {
            let (validate, make) = context.erased::<TimeForGrade>(heap)?;
            let validation = Validate {
                heap: heap.clone(),
                trace: job.trace.clone(),
                common: job.common,
                check_every: None,
            };
            let graded = WatchedRun::begin(&validation, context)?
                .run(context, |trace, settings, watch| validate(trace, settings, watch))?;
            heaps.push(make(KnownAnswers::new(&program, &graded)));
        }
        job.time(context, &trace, &program, heaps)
    }

    fn timeout(&self) -> Duration {
        self.0.timeout()
    }
}

/// What does a heap answer on a trace, if all answers are right?
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub Validate);

impl Job for Answers {
    const NAME: &'static str = "answers";
    const IS_REPEATED: bool = true;
    type Erased = Erased;
    type Answer = KnownAnswers;

    fn erase<D: Design>(design: D) -> Erased {
        Box::new(move |trace, settings, watch| answers(&design, trace, settings, watch))
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<KnownAnswers, Stop> {
        let answers = context.erased::<Answers>(&self.0.heap)?;
        let trace = context.read(&self.0.trace, self.0.common)?;
        let program = Program::new(&trace).map_err(Error::new)?;
        let graded = WatchedRun::begin(&self.0, context)?
            .run(context, |trace, settings, watch| answers(trace, settings, watch))?;
        Ok(KnownAnswers::new(&program, &graded))
    }

    fn timeout(&self) -> Duration {
        self.0.timeout()
    }
}
