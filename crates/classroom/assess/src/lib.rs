//! Runs a lab on a heap: what a student sees is what is graded.
//!
//! ```text
//!   workspace ---> LabFolder (lab.toml, starter, solution)
//!                      |
//!   heap in workers -> Assessor ---> StageProgress which stages are finished: a student
//!                               ---> Graded        the points: a student, and a grader
//! ```
//!
//! | task | start at |
//! |---|---|
//! | find a lab | [`Workspace::find`], [`Workspace::lab`] |
//! | make its starter, or see which files differ from it | [`LabFolder::starter`], [`Workspace::other_starters`] |
//! | make a lab from another | [`Workspace::new_lab`] |
//! | run its stages, and remember which are finished | [`StageProgress::run`] |
//! | run one check or one trace | [`Assessor`] |
//! | know what a heap earns | [`grade_heap`] |
//! | know how the score changed, or begin again | [`Memory`], [`LabFolder::restart`] |
#![forbid(unsafe_code)]

mod assessor;
mod folder;
mod graded;
mod memory;
mod new_lab;
mod restart;
mod stage_progress;
mod workspace;

pub use assessor::{
    Assessor, Checked, HOST_BYTES, LIMIT_BYTES, MINE, Printed, RACE_SECONDS, Verdict,
    graded_traces, text_of,
};
pub use folder::LabFolder;
pub use graded::{Graded, GradedTrace, TimeBoth, grade_heap, not_run};
pub use memory::{Memory, Moment};
pub use stage_progress::{StageProgress, Until, stage_index};
pub use workspace::Workspace;
