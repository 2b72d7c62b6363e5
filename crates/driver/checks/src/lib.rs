//! The driver's own questions about a heap, as jobs for a worker.
//!
//! | question | job | answer |
//! |---|---|---|
//! | Is every result right? | [`Validate`] | [`Facts`](heaplab_replay::Facts) |
//! | Which access is wrong? | [`CheckAccesses`] | [`Sound`], or a [`Diagnosis`] with a picture |
//! | The same, and what is the whole heap like at the end? | [`Whole`] | [`FinalHeap`](heaplab_replay::FinalHeap), or a [`Diagnosis`] |
//! | How fast is it, beside the C library? | [`TimeHeaps`] | [`HeapTimes`] |
//!
//! A grading program serves [`for_grades`]: only what depends on the heap is compiled for a
//! submission.
#![forbid(unsafe_code)]

mod check_accesses;
mod diagnosis;
mod document;
mod explain;
mod findings;
mod graded;
mod pairs;
mod timing;
mod told;
mod validate;
mod whole;

pub use check_accesses::{CheckAccesses, CheckSettings, Conditions, Sound, check_here};
pub use diagnosis::{
    AccessReport, Diagnosis, FunctionLine, HeapPicture, ListedBlock, OwnerReport, PayloadReport,
    PictureRow, SourceLine, StepReport, WriterReport,
};
pub use document::{Commands, Document};
pub use explain::{explain, explain_alone, one_line, picture};
pub use findings::{CheckOptions, Findings, check_all};
pub use graded::{
    Answers, ForGrades, ForTimedGrades, TimeForGrade, ValidateForGrade, for_grades,
    for_timed_grades,
};
pub use heaplab_host::{C_LIBRARY_KEPT_NAME, C_LIBRARY_NAME};
pub use heaplab_worker::{keep_panics, last_panic};
pub use pairs::{Pairs, at_once, run_before};
pub use timing::{HeapTimes, TimeHeaps};
pub use told::{SHOWN_PER_HEAP, fault_paragraph, fault_place};
pub use validate::{Validate, WatchedRun};
pub use whole::{Undrawn, Whole};
