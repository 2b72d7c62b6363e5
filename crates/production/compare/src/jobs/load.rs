//! The job that tries to load a shared library.

use super::contender::{PROCESS, loaded};
use heaplab_heap::Design;
use heaplab_worker::{Activity, Job, JobContext, Process, Stop};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Tries to load a shared library.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Load {
    /// The absolute path of the library.
    pub library: String,
    /// Limit of CPU time in seconds; a library that needs more is taken to hang.
    pub timeout_seconds: f64,
}

impl Job for Load {
    const NAME: &'static str = "load";
    const PROCESS: Process = PROCESS;
    /// Not used: a library has nothing to do with heaps.
    type Erased = ();
    /// The error says why the library can't be loaded.
    type Answer = Result<(), String>;

    fn erase<D: Design>(_design: D) {}

    fn run(&self, context: &mut JobContext<'_>) -> Result<Self::Answer, Stop> {
        context.limit(self.timeout());
        context.announce(Activity::Load);
        let loaded = loaded(&self.library).map(drop);
        Ok(loaded.map_err(|error| error.to_string()))
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout_seconds)
    }

    fn is_alone(&self) -> bool {
        true
    }
}
