//! Runs the student's heap in workers.

use crate::Failure;
use crate::commands::progress::Terminal;
use heaplab_assess::{Assessor, HOST_BYTES, LabFolder, MINE};
use heaplab_support::{Error, Listener};
use heaplab_worker::pool::Terms;
use std::sync::Arc;

/// Passes `work` an assessor that runs the student's heap in workers. They are processes of this
/// program; what the heap prints is shown as it comes.
pub(super) fn with_assessor<T>(
    lab: &LabFolder,
    work: impl FnOnce(&mut Assessor<'_>) -> Result<T, Error>,
) -> Result<T, Failure> {
    let listener: Arc<dyn Listener> = Terminal::listener();
    let (traces, terms) = (lab.workspace().traces(), Terms::told(&listener, HOST_BYTES));
    Ok(work(&mut Assessor::new(MINE, &traces, &terms, &*listener))?)
}
