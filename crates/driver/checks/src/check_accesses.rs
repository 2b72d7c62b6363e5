//! One heap on one trace, on the checked machine: which access is wrong?

use crate::{Diagnosis, HeapPicture};
use heaplab_heap::Design;
use heaplab_replay::{
    Around, CheckCounts, Fault, FinalHeap, Kind, Position, Steps, Stopped, check_accesses_with,
    check_whole, draw_fault, draw_heap,
};
use heaplab_trace::Trace;
use heaplab_worker::{
    Common, Error, Job, JobContext, Refusal, Stop, TraceSource, last_panic, name_functions,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// What is checked: a heap on a trace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckSettings {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The conditions that it is checked under.
    pub conditions: Conditions,
}

/// The conditions that a heap is examined under.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Conditions {
    /// The machine, and how long to wait.
    pub common: Common,
    /// Which calls of `sbrk` fail.
    pub refusal: Refusal,
    /// Whether the heap is called with bad pointers between the operations.
    pub bad_pointers: bool,
}

impl Conditions {
    /// Returns the conditions as replay takes them.
    pub fn settings(&self) -> heaplab_replay::CheckSettings {
        heaplab_replay::CheckSettings {
            align: self.common.align(),
            limit_bytes: self.common.limit_bytes,
            refuse: self.refusal.refuse(),
            may_run_out: self.refusal.may_run_out,
            bad_pointers: self.bad_pointers,
        }
    }
}

/// Which access of a heap on a trace is wrong?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckAccesses {
    /// The heap, the trace and the machine.
    pub settings: CheckSettings,
    /// Only this many operations of the trace, and then draw the heap.
    pub until: Option<usize>,
}

/// What the checked machine reports if it found no fault.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sound {
    /// What was checked.
    pub examined: CheckCounts,
    /// The heap, if only the beginning of the trace was asked for.
    pub picture: Option<HeapPicture>,
}

/// What the job needs of a design.
pub trait Checkable {
    /// Examines the heap.
    ///
    /// # Errors
    /// The heap's first fault.
    fn check_accesses(
        &self,
        trace: &Trace,
        settings: &heaplab_replay::CheckSettings,
        watch: &dyn Fn(Position),
    ) -> Result<CheckCounts, Stopped>;

    /// Draws the heap around a fault that the check found; without a fault, after the last
    /// operation.
    ///
    /// # Errors
    /// As for checking.
    fn draw(
        &self,
        trace: &Trace,
        settings: &heaplab_replay::CheckSettings,
        fault: Option<&Fault>,
        watch: &dyn Fn(Position),
    ) -> Result<Around, Stopped>;
}

impl<D: Design> Checkable for D {
    fn check_accesses(
        &self,
        trace: &Trace,
        settings: &heaplab_replay::CheckSettings,
        watch: &dyn Fn(Position),
    ) -> Result<CheckCounts, Stopped> {
        check_accesses_with(self, trace, settings, watch, &Steps::default())
    }

    fn draw(
        &self,
        trace: &Trace,
        settings: &heaplab_replay::CheckSettings,
        fault: Option<&Fault>,
        watch: &dyn Fn(Position),
    ) -> Result<Around, Stopped> {
        match fault {
            Some(fault) => draw_fault(self, trace, settings, fault, watch),
            None => draw_heap(self, trace, settings, trace.ops().len(), watch),
        }
    }
}

/// The job says where it is each time that this many operations are done: about once a second.
const OPS_UNTIL_PROGRESS: usize = 50_000;

impl Job for CheckAccesses {
    const NAME: &'static str = "examine";
    const IS_REPEATED: bool = true;
    type Erased = Box<dyn Checkable>;
    type Answer = Result<Sound, Box<Diagnosis>>;

    fn erase<D: Design>(design: D) -> Box<dyn Checkable> {
        // A program that explains faults also says in which function a heap hangs.
        name_functions();
        Box::new(design)
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Self::Answer, Stop> {
        let heap = context.erased::<CheckAccesses>(&self.settings.heap)?;
        let mut trace = self.settings.begin(context)?;
        if let Some(ops) = self.until {
            trace = Arc::new(trace.first_ops(ops));
        }
        let settings = self.settings.conditions.settings();
        let ops = trace.ops().len();
        let watch = |position| {
            context.step(position);
            if let Position::Op(index @ 1..) = position
                && index.is_multiple_of(OPS_UNTIL_PROGRESS)
            {
                context.say(format!("{}%", 100 * index / ops));
            }
        };
        let picture = || -> Result<HeapPicture, Stopped> {
            let around = heap.draw(&trace, &settings, None, &watch)?;
            Ok(HeapPicture::new(&around))
        };
        let sound = heap.check_accesses(&trace, &settings, &watch).and_then(|examined| {
            let picture = self.until.map(|_| picture()).transpose()?;
            Ok(Sound { examined, picture })
        });
        diagnosed(sound, |fault| {
            let around = heap.draw(&trace, &settings, Some(fault), &watch);
            Ok(HeapPicture::new(&around.map_err(Error::new)?))
        })
    }

    fn timeout(&self) -> Duration {
        self.settings.conditions.common.timeout()
    }
}

/// Examines a design in this process, without a watch over its time, and returns the whole heap at
/// the end. A panic is reported as in a worker if [`keep_panics`](heaplab_worker::keep_panics) was
/// called.
///
/// # Errors
/// If the host can't do it.
pub fn check_here<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &heaplab_replay::CheckSettings,
) -> Result<Result<FinalHeap, Box<Diagnosis>>, Error> {
    let watch = |_| ();
    let final_heap = check_whole(design, trace, settings, &watch);
    let answer = diagnosed(final_heap, |fault| {
        let around = draw_fault(design, trace, settings, fault, &watch);
        Ok(HeapPicture::new(&around.map_err(Error::new)?))
    });
    answer.map_err(|stop| match stop {
        Stop::Impossible(error) => error,
        Stop::Failed(failed) => Error::new(failed.fault.message),
    })
}

impl CheckSettings {
    pub(crate) fn begin(&self, context: &mut JobContext<'_>) -> Result<Arc<Trace>, Error> {
        context.begin(&self.trace, self.conditions.common)
    }
}

/// Makes a diagnosis of a fault, with a picture.
pub(crate) fn diagnosed<T>(
    examined: Result<T, Stopped>,
    draw: impl FnOnce(&Fault) -> Result<HeapPicture, Error>,
) -> Result<Result<T, Box<Diagnosis>>, Stop> {
    match examined {
        Ok(examined) => Ok(Ok(examined)),
        Err(Stopped::Fault(mut fault)) => {
            // The panic hook knows where a panic was; the code that caught it does not.
            if let (Kind::Panicked { message }, Some(panic)) = (&mut fault.kind, last_panic()) {
                *message = panic;
            }
            let picture = draw(&fault)?;
            Ok(Err(Box::new(Diagnosis::new(&fault, picture))))
        }
        Err(Stopped::NoMachine(error)) => Err(Error::new(error).into()),
    }
}
