//! The job that times contenders, turn by turn.

use super::contender::{PROCESS, is_library, real};
use heaplab_heap::Design;
use heaplab_replay::{Budget, Program, Timed, TimedHeap, TimingEnvironment, take_every_turn};
use heaplab_worker::{Common, Error, Job, JobContext, Process, Stop, TraceSource};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Times contenders on a trace. The answer is nanoseconds per operation, turn by turn, for each
/// contender in the order asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeTurns {
    /// Heaps and production allocators, as named on the command line, and absolute paths
    /// of shared libraries.
    pub contenders: Vec<String>,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine's settings and the time limit.
    pub common: Common,
    /// The number of samples of each contender.
    pub turns: u32,
    /// Seconds after which a contender gets no more samples.
    pub seconds_each: f64,
}

impl Job for TakeTurns {
    const NAME: &'static str = "take-turns";
    const PROCESS: Process = PROCESS;
    type Erased = Box<dyn Timed>;
    type Answer = Vec<Vec<f64>>;

    fn erase<D: Design>(design: D) -> Box<dyn Timed> {
        Box::new(TimedHeap::new(design))
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Vec<Vec<f64>>, Stop> {
        let trace = context.read(&self.trace, self.common)?;
        let program = Program::new(&trace).map_err(Error::new)?;
        let mut environment = TimingEnvironment::new(self.common.limit_bytes, self.common.align())
            .with_heartbeat(context.heartbeat());
        let contenders = self.contenders.iter().map(|name| contender(context, name));
        let mut contenders = contenders.collect::<Result<Vec<Box<dyn Timed>>, Error>>()?;
        let mut contenders: Vec<&mut dyn Timed> =
            contenders.iter_mut().map(|contender| contender.as_mut() as &mut dyn Timed).collect();
        let budget =
            Budget { each: Duration::from_secs_f64(self.seconds_each), ..Budget::default() };
        let watch = |contender| context.now_races(contender);
        context.watch_over(Arc::clone(&trace), self.common.timeout());
        let samples = context.catch(&trace, || {
            let turns = self.turns;
            take_every_turn(&mut contenders, &program, &mut environment, turns, budget, &watch)
        })?;
        Ok(samples.map_err(Error::new)?)
    }

    fn timeout(&self) -> Duration {
        self.common.timeout()
    }

    fn is_alone(&self) -> bool {
        self.contenders.iter().any(|name| is_library(name))
    }
}

/// Makes the contender of this name: a production allocator, or else a heap.
fn contender(context: &JobContext<'_>, name: &str) -> Result<Box<dyn Timed>, Error> {
    match real(name)? {
        Some(allocator) => Ok(allocator.contender()),
        None => context.erased::<TakeTurns>(name),
    }
}
