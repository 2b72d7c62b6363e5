//! Runs the student's heap in workers.

use crate::Failure;
use crate::commands::progress::Terminal;
use heaplab_assess::{Assessor, HOST_BYTES, LabFolder, MINE};
use heaplab_support::{Error, Listener};
use heaplab_worker::pool::WorkerOptions;
use std::sync::Arc;

/// Passes `work` an assessor that runs the student's heap in workers. They are processes of this
/// program; what the heap prints is shown as it comes.
pub(super) fn with_assessor<T>(
    lab: &LabFolder,
    work: impl FnOnce(&mut Assessor<'_>) -> Result<T, Error>,
) -> Result<T, Failure> {
    let listener: Arc<dyn Listener> = Terminal::listener();
    let (traces, worker_options) =
        (lab.workspace().traces(), WorkerOptions::told(&listener, HOST_BYTES));
    Ok(work(&mut Assessor::new(MINE, &traces, &worker_options, &*listener))?)
}
