//! The driver's own questions about a heap, as jobs for a worker.
//!
//! | question | job | answer |
//! |---|---|---|
//! | Is every result right? | [`Validate`] | [`Facts`](heaplab_replay::Facts) |
//! | Which access is wrong? | [`Examine`] | [`Sound`], or a [`Diagnosis`] with a picture |
//! | The same, and what is the whole heap like at the end? | [`Whole`] | [`Standing`](heaplab_replay::Standing), or a [`Diagnosis`] |
//! | How fast is it, beside the C library? | [`Race`] | [`Raced`] |
//!
//! A grading program serves [`ForGrades`]: only this is compiled for a submission.
#![forbid(unsafe_code)]

mod diagnosis;
mod document;
mod examine;
mod explain;
mod findings;
mod pairs;
mod race;
mod told;
mod validate;
mod whole;

pub use diagnosis::{
    AccessReport, Diagnosis, HeapPicture, OwnerReport, PayloadReport, PictureRow, SourceLine,
    StepReport,
};
pub use document::Document;
pub use examine::{Conditions, Examination, Examine, Sound};
pub use explain::{explain, one_line, picture};
pub use findings::{Examining, Findings, examine_all};
pub use heaplab_host::{C_LIBRARY_KEPT_NAME, C_LIBRARY_NAME};
pub use pairs::{Pairs, at_once};
pub use race::{Race, Raced};
pub use told::{SHOWN_PER_HEAP, fault_paragraph, fault_place};
pub use validate::{Checked, Validate};
pub use whole::{Undrawn, Whole};

/// The jobs that a grading program serves.
pub type ForGrades = (Validate, Undrawn, Race);
