//! The job that checks the answers of a production allocator.

use super::contender::{OneContender, PROCESS, is_library, real};
use heaplab_heap::Design;
use heaplab_worker::{Activity, Error, FaultReport, Job, JobContext, Process, Stop};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Checks every answer of a production allocator on a trace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answers(pub OneContender);

impl Job for Answers {
    const NAME: &'static str = "answers";
    const PROCESS: Process = PROCESS;
    /// Not used: heaps of the simulated machine are validated instead.
    type Erased = ();
    type Answer = ();

    fn erase<D: Design>(_design: D) {}

    fn run(&self, context: &mut JobContext<'_>) -> Result<(), Stop> {
        let name = &self.0.contender;
        let trace = context.begin(&self.0.trace, self.0.common)?;
        let allocator =
            real(name)?.ok_or_else(|| Error::new(format!("error: `{name}` is not built in")))?;
        let watch = |index| context.step(Activity::Op(index));
        allocator.check(&trace, &watch).map_err(|wrong| {
            let activity = Some(Activity::Op(wrong.op_index));
            let (code, message) = (wrong.what.code(), wrong.what.to_string());
            FaultReport::ending(code, &message, activity, Some(&trace)).into()
        })
    }

    fn timeout(&self) -> Duration {
        self.0.common.timeout()
    }

    fn is_alone(&self) -> bool {
        is_library(&self.0.contender)
    }

    fn activity(&self, _announced: Option<Activity>, op_index: Option<usize>) -> Option<Activity> {
        op_index.map(Activity::Op)
    }
}
