//! Labs in a workspace: where they are, and what their files hold.

mod folder;
mod workspace;

pub(crate) use folder::LabFolder;
pub(crate) use workspace::Workspace;
