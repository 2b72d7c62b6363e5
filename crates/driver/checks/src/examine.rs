//! One heap on one trace, on the checked machine: which access is wrong?

use crate::{Diagnosis, HeapPicture};
use heaplab_heap::Design;
use heaplab_replay::{
    Around, Examined, Fault, Kind, Moment, Steps, Stopped, draw_fault, draw_heap, examine_with,
};
use heaplab_trace::Trace;
use heaplab_worker::{Bench, Common, Error, Job, Refusal, Stop, TraceSource, last_panic};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// What is examined: a heap on a trace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Examination {
    /// The heap, as named on the command line.
    pub heap: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The conditions that it is examined under.
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
    pub fn settings(&self) -> heaplab_replay::Examination {
        heaplab_replay::Examination {
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
pub struct Examine {
    /// The heap, the trace and the machine.
    pub examination: Examination,
    /// Only this many operations of the trace, and then draw the heap.
    pub until: Option<usize>,
}

/// What the checked machine reports if it found no fault.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sound {
    /// What was examined.
    pub examined: Examined,
    /// The heap, if only the beginning of the trace was asked for.
    pub picture: Option<HeapPicture>,
}

/// What the job needs of a design.
pub trait Examinable {
    /// Examines the heap.
    ///
    /// # Errors
    /// The heap's first fault.
    fn examine(
        &self,
        trace: &Trace,
        settings: &heaplab_replay::Examination,
        watch: &dyn Fn(Moment),
    ) -> Result<Examined, Stopped>;

    /// Draws the heap around a fault that examining found; without a fault, after the last
    /// operation.
    ///
    /// # Errors
    /// As for examining.
    fn draw(
        &self,
        trace: &Trace,
        settings: &heaplab_replay::Examination,
        fault: Option<&Fault>,
        watch: &dyn Fn(Moment),
    ) -> Result<Around, Stopped>;
}

impl<D: Design> Examinable for D {
    fn examine(
        &self,
        trace: &Trace,
        settings: &heaplab_replay::Examination,
        watch: &dyn Fn(Moment),
    ) -> Result<Examined, Stopped> {
        examine_with(self, trace, settings, watch, &Steps::default())
    }

    fn draw(
        &self,
        trace: &Trace,
        settings: &heaplab_replay::Examination,
        fault: Option<&Fault>,
        watch: &dyn Fn(Moment),
    ) -> Result<Around, Stopped> {
        match fault {
            Some(fault) => draw_fault(self, trace, settings, fault, watch),
            None => draw_heap(self, trace, settings, trace.ops().len(), watch),
        }
    }
}

impl Job for Examine {
    const NAME: &'static str = "examine";
    const IS_REPEATED: bool = true;
    type Erased = Box<dyn Examinable>;
    type Answer = Result<Sound, Box<Diagnosis>>;

    fn erase<D: Design>(design: D) -> Box<dyn Examinable> {
        Box::new(design)
    }

    fn run(&self, bench: &mut Bench<'_>) -> Result<Self::Answer, Stop> {
        let heap = bench.erased::<Examine>(&self.examination.heap)?;
        let mut trace = self.examination.begin(bench)?;
        if let Some(ops) = self.until {
            trace = Arc::new(trace.first_ops(ops));
        }
        let settings = self.examination.conditions.settings();
        let watch = |moment| bench.step(moment);
        let picture = || -> Result<HeapPicture, Stopped> {
            let around = heap.draw(&trace, &settings, None, &watch)?;
            Ok(HeapPicture::new(&around))
        };
        let sound = heap.examine(&trace, &settings, &watch).and_then(|examined| {
            let picture = self.until.map(|_| picture()).transpose()?;
            Ok(Sound { examined, picture })
        });
        diagnosed(sound, |fault| {
            let around = heap.draw(&trace, &settings, Some(fault), &watch);
            Ok(HeapPicture::new(&around.map_err(Error::new)?))
        })
    }

    fn timeout(&self) -> Duration {
        self.examination.conditions.common.timeout()
    }
}

impl Examination {
    pub(crate) fn begin(&self, bench: &mut Bench<'_>) -> Result<Arc<Trace>, Error> {
        bench.begin(&self.trace, self.conditions.common)
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
