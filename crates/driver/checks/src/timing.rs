//! Times heaps and the C library on one trace, in turns.

use heaplab_heap::Design;
use heaplab_replay::{Budget, Program, Timed, TimedHeap, Timing, TimingEnvironment, take_turns};
use heaplab_trace::Trace;
use heaplab_worker::{Common, Error, Job, JobContext, Process, Stop, TraceSource};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How fast are heaps on a trace, and the C library?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TimeHeaps {
    /// The heaps, as named on the command line.
    pub heaps: Vec<String>,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine, and how long to wait.
    pub common: Common,
    /// How long each heap may take samples.
    pub seconds_each: f64,
    /// Also time the C library with freed memory kept, which takes another process.
    pub with_kept: bool,
}

/// The measured speeds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HeapTimes {
    /// The heaps', in the order asked.
    pub heaps: Vec<Timing>,
    /// The C library's.
    pub c_library: Timing,
    /// The C library's, with freed memory kept; none if that can't be had, or was not asked for.
    pub c_library_kept: Option<Timing>,
}

impl Job for TimeHeaps {
    const NAME: &'static str = "race";
    const PROCESS: Process = Process::ONE_THREAD;
    type Erased = Box<dyn Timed>;
    type Answer = HeapTimes;

    fn erase<D: Design>(design: D) -> Box<dyn Timed> {
        Box::new(TimedHeap::new(design))
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<HeapTimes, Stop> {
        let trace = context.read(&self.trace, self.common)?;
        let program = Program::new(&trace).map_err(Error::new)?;
        let heaps = self.heaps.iter().map(|heap| context.erased::<TimeHeaps>(heap));
        let heaps = heaps.collect::<Result<Vec<Box<dyn Timed>>, Error>>()?;
        self.time(context, &trace, &program, heaps)
    }

    fn timeout(&self) -> Duration {
        self.common.timeout()
    }
}

impl TimeHeaps {
    /// Times these heaps and the C library.
    pub(crate) fn time(
        &self,
        context: &JobContext<'_>,
        trace: &Arc<Trace>,
        program: &Program,
        mut heaps: Vec<Box<dyn Timed>>,
    ) -> Result<HeapTimes, Stop> {
        let mut environment = TimingEnvironment::new(self.common.limit_bytes, self.common.align())
            .with_heartbeat(context.heartbeat());
        let mut c_library = heaplab_host::c_library();
        let mut c_library_kept = (self.with_kept && heaplab_host::own_process_is_possible())
            .then(heaplab_host::c_library_kept)
            .flatten();
        let mut contenders: Vec<&mut dyn Timed> = Vec::new();
        for heap in &mut heaps {
            contenders.push(heap.as_mut());
        }
        contenders.push(&mut c_library);
        if let Some(kept) = &mut c_library_kept {
            contenders.push(kept);
        }
        let budget =
            Budget { each: Duration::from_secs_f64(self.seconds_each), ..Budget::default() };
        let watch = |heap| context.now_races(heap);
        context.watch_over(Arc::clone(trace), self.common.timeout());
        let mut timings = context
            .catch(trace, || {
                take_turns(&mut contenders, program, &mut environment, budget, &watch)
            })?
            .map_err(Error::new)?;
        let mut of_c = timings.split_off(heaps.len()).into_iter();
        let c_library = of_c.next().ok_or_else(|| Error::new("there were no racers"))?;
        Ok(HeapTimes { heaps: timings, c_library, c_library_kept: of_c.next() })
    }
}
