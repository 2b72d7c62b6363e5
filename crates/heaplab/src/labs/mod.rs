//! Labs in a workspace: where they are, what their files hold, and what a heap
//! does in them.

mod assess;
mod folder;
mod workspace;

pub(crate) use assess::{Assessor, Checked, HOST_BYTES, Verdict, graded_traces, text_of};
pub(crate) use folder::LabFolder;
pub(crate) use workspace::Workspace;
