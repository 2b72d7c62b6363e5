//! Runs the student's heap in workers.

use crate::Failure;
use crate::commands::progress::Terminal;
use heaplab_assess::{Assessor, HOST_BYTES, LabFolder, MINE, Printed};
use heaplab_support::{Error, Listener};
use heaplab_worker::pool::WorkerOptions;
use std::sync::Arc;

/// Passes `work` an assessor that runs the student's heap in workers. They are processes of this
/// program; what the heap prints is kept with each check.
pub(super) fn with_assessor<T>(
    lab: &LabFolder,
    work: impl FnOnce(&mut Assessor<'_>) -> Result<T, Error>,
) -> Result<T, Failure> {
    let listener: Arc<dyn Listener> = Terminal::listener();
    let (traces, printed) = (lab.workspace().traces(), Printed::default());
    let keeper = printed.clone();
    let worker_options = WorkerOptions {
        listener: Arc::new(move |text| keeper.add(text)),
        ..WorkerOptions::told(&listener, HOST_BYTES)
    };
    let assessor = Assessor::new(MINE, &traces, &worker_options, &*listener);
    Ok(work(&mut assessor.with_printed(printed))?)
}
