//! One heap on one trace, on the checked machine, and the whole heap at the end.

use crate::examine::{Examinable, diagnosed};
use crate::{Diagnosis, Examination, HeapPicture};
use heaplab_heap::Design;
use heaplab_replay::{Moment, Standing, Stopped, examine_whole};
use heaplab_trace::Trace;
use heaplab_worker::{Bench, Error, Job, Stop};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Which access of a heap on a trace is wrong? If none is, what does the heap look like at the end?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Whole {
    /// The heap, the trace and the machine.
    pub examination: Examination,
}

/// [`Whole`] in a grading program: faults are not drawn, so the code that draws is not compiled for
/// each submission.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Undrawn(pub Whole);

/// Examines a design, and shows all of it.
type ShownWhole =
    Box<dyn Fn(&Trace, &heaplab_replay::Examination, &dyn Fn(Moment)) -> Result<Standing, Stopped>>;

type Answer = Result<Box<Standing>, Box<Diagnosis>>;

impl Job for Whole {
    const NAME: &'static str = "whole";
    const IS_REPEATED: bool = true;
    type Erased = (ShownWhole, Box<dyn Examinable>);
    type Answer = Answer;

    fn erase<D: Design>(design: D) -> Self::Erased {
        (shown_whole(design.clone()), Box::new(design))
    }

    fn run(&self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        let (shown_whole, heap) = bench.erased::<Whole>(&self.examination.heap)?;
        self.examination.whole(bench, &shown_whole, Some(&*heap))
    }

    fn timeout(&self) -> Duration {
        self.examination.conditions.common.timeout()
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

    fn run(&self, bench: &mut Bench<'_>) -> Result<Answer, Stop> {
        let examination = &self.0.examination;
        let shown_whole = bench.erased::<Undrawn>(&examination.heap)?;
        examination.whole(bench, &shown_whole, None)
    }

    fn timeout(&self) -> Duration {
        self.0.timeout()
    }
}

fn shown_whole<D: Design>(design: D) -> ShownWhole {
    Box::new(move |trace, settings, watch| examine_whole(&design, trace, settings, watch))
}

impl Examination {
    /// Examines a heap and returns all of it; `artist` draws a fault.
    fn whole(
        &self,
        bench: &mut Bench<'_>,
        shown_whole: &ShownWhole,
        artist: Option<&dyn Examinable>,
    ) -> Result<Answer, Stop> {
        let trace = self.begin(bench)?;
        let settings = self.conditions.settings();
        let watch = |moment| bench.step(moment);
        let standing = shown_whole(&trace, &settings, &watch).map(Box::new);
        diagnosed(standing, |fault| {
            let draw = |heap: &dyn Examinable| heap.draw(&trace, &settings, Some(fault), &watch);
            let around = artist.map(draw).transpose().map_err(Error::new)?;
            Ok(HeapPicture::new(&around.unwrap_or_default()))
        })
    }
}
