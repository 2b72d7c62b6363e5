//! One heap on one trace, on the checked machine, and the whole heap at the end.

use crate::check_accesses::{Checkable, diagnosed};
use crate::{CheckSettings, Diagnosis, HeapPicture};
use heaplab_heap::Design;
use heaplab_replay::{FinalHeap, Position, Stopped, check_whole};
use heaplab_trace::Trace;
use heaplab_worker::{Error, Job, JobContext, Stop};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Which access of a heap on a trace is wrong? If none is, what does the heap look like at the end?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Whole {
    /// The heap, the trace and the machine.
    pub settings: CheckSettings,
}

/// [`Whole`] in a grading program: faults are not drawn, so the code that draws is not compiled for
/// each submission.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Undrawn(pub Whole);

/// Examines a design, and shows all of it.
type ShownWhole = Box<
    dyn Fn(&Trace, &heaplab_replay::CheckSettings, &dyn Fn(Position)) -> Result<FinalHeap, Stopped>,
>;

type Answer = Result<Box<FinalHeap>, Box<Diagnosis>>;

impl Job for Whole {
    const NAME: &'static str = "whole";
    const IS_REPEATED: bool = true;
    type Erased = (ShownWhole, Box<dyn Checkable>);
    type Answer = Answer;

    fn erase<D: Design>(design: D) -> Self::Erased {
        (shown_whole(design.clone()), Box::new(design))
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Answer, Stop> {
        let (shown_whole, heap) = context.erased::<Whole>(&self.settings.heap)?;
        self.settings.whole(context, &shown_whole, Some(&*heap))
    }

    fn timeout(&self) -> Duration {
        self.settings.conditions.common.timeout()
    }
}

impl Job for Undrawn {
    const NAME: &'static str = Whole::NAME;
    const IS_REPEATED: bool = true;
    type Erased = ShownWhole;
    type Answer = Answer;

    fn erase<D: Design>(design: D) -> ShownWhole {
        shown_whole(design)
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Answer, Stop> {
        let settings = &self.0.settings;
        let shown_whole = context.erased::<Undrawn>(&settings.heap)?;
        settings.whole(context, &shown_whole, None)
    }

    fn timeout(&self) -> Duration {
        self.0.timeout()
    }
}

fn shown_whole<D: Design>(design: D) -> ShownWhole {
    Box::new(move |trace, settings, watch| check_whole(&design, trace, settings, watch))
}

impl CheckSettings {
    /// Examines a heap and returns all of it; `artist` draws a fault.
    fn whole(
        &self,
        context: &mut JobContext<'_>,
        shown_whole: &ShownWhole,
        artist: Option<&dyn Checkable>,
    ) -> Result<Answer, Stop> {
        let trace = self.begin(context)?;
        let settings = self.conditions.settings();
        let watch = |position| context.step(position);
        let final_heap = shown_whole(&trace, &settings, &watch).map(Box::new);
        diagnosed(final_heap, |fault| {
            let draw = |heap: &dyn Checkable| heap.draw(&trace, &settings, Some(fault), &watch);
            let around = artist.map(draw).transpose().map_err(Error::new)?;
            Ok(HeapPicture::new(&around.unwrap_or_default()))
        })
    }
}
