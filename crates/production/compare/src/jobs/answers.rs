//! The job that checks the answers of a production allocator.

use super::contender::{OneContender, PROCESS, is_library, real};
use heaplab_heap::Design;
use heaplab_worker::{Bench, Doing, Error, FaultReport, Job, Process, Stop};
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

    fn run(&self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        let name = &self.0.contender;
        let trace = bench.begin(&self.0.trace, self.0.common)?;
        let allocator =
            real(name)?.ok_or_else(|| Error::new(format!("error: `{name}` is not built in")))?;
        let watch = |index| bench.step(Doing::Op(index));
        allocator.check(&trace, &watch).map_err(|wrong| {
            let doing = Some(Doing::Op(wrong.op_index));
            let (code, message) = (wrong.what.code(), wrong.what.to_string());
            FaultReport::ending(code, &message, doing, Some(&trace)).into()
        })
    }

    fn timeout(&self) -> Duration {
        self.0.common.timeout()
    }

    fn is_alone(&self) -> bool {
        is_library(&self.0.contender)
    }

    fn doing(&self, _announced: Option<Doing>, op_index: Option<usize>) -> Option<Doing> {
        op_index.map(Doing::Op)
    }
}
