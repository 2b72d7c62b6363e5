//! The job that measures how much memory a contender takes of the host.

use super::contender::{OneContender, PROCESS, real, simulated};
use heaplab_heap::Design;
use heaplab_real::resident::{self, Prepared, Resident};
use heaplab_replay::{Heartbeat, Settings};
use heaplab_worker::{Activity, Error, Job, JobContext, Process, Stop};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Measures the host memory of a contender on a trace. The answer is the bytes that its process had
/// of the host when the program held most, minus those that it had before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Weigh(pub OneContender);

/// Measures a design on a machine of its own; each operation moves the heartbeat.
type Measure = Box<dyn Fn(&Prepared, &Settings, &Heartbeat) -> io::Result<Resident>>;

impl Job for Weigh {
    const NAME: &'static str = "weigh";
    const PROCESS: Process = PROCESS;
    type Erased = Measure;
    type Answer = u64;

    fn erase<D: Design>(design: D) -> Measure {
        Box::new(move |prepared, settings, heartbeat| {
            resident::measure(|| simulated(&design, settings), prepared, heartbeat)
        })
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<u64, Stop> {
        let trace = context.read(&self.0.trace, self.0.common)?;
        let prepared = Prepared::new(&trace).map_err(Error::new)?;
        context.watch_over(Arc::clone(&trace), self.0.common.timeout());
        let measured = match real(&self.0.contender)? {
            Some(allocator) => allocator.resident(&prepared, context.heartbeat()),
            None => {
                let measure = context.erased::<Weigh>(&self.0.contender)?;
                measure(&prepared, &self.0.common.settings(), context.heartbeat())
            }
        };
        Ok(measured.map_err(Error::new)?.resident_bytes)
    }

    fn timeout(&self) -> Duration {
        self.0.common.timeout()
    }

    /// What the process did before would become part of the measurement.
    fn is_alone(&self) -> bool {
        true
    }

    fn activity(&self, _announced: Option<Activity>, op_index: Option<usize>) -> Option<Activity> {
        Some(Activity::Memory { op_index })
    }
}
