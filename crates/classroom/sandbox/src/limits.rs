//! Limits that every Unix has.

use crate::error::SandboxError;
use crate::spec::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Applies the limits to this process and its future children.
/// `tasks` is the limit on processes, if it is to be set at all.
pub(crate) fn apply(limits: &Limits, tasks: Option<u64>) -> Result<(), SandboxError> {
    // In the first second over the limit the program gets a signal (SIGXCPU).
    set(Resource::Cpu, limits.cpu_seconds, 1, "limit processor time")?;
    set(Resource::As, limits.address_space_bytes, 0, "limit address space")?;
    set(Resource::Fsize, limits.file_bytes, 0, "limit sizes of files")?;
    set(Resource::Nofile, limits.open_files, 0, "limit open files")?;
    set(Resource::Nproc, tasks, 0, "limit processes")?;
    forbid_core_files()
}

/// Makes a process that crashes leave no image of its memory on the disk.
pub(crate) fn forbid_core_files() -> Result<(), SandboxError> {
    set(Resource::Core, Some(0), 0, "forbid core files")
}

fn set(
    resource: Resource,
    wanted: Option<u64>,
    grace: u64,
    doing: &'static str,
) -> Result<(), SandboxError> {
    let Some(wanted) = wanted else {
        return Ok(());
    };
    let now = getrlimit(resource);
    let least = |limit: Option<u64>, wanted: u64| Some(limit.map_or(wanted, |old| old.min(wanted)));
    let limit = Rlimit {
        current: least(now.maximum, wanted),
        maximum: least(now.maximum, wanted.saturating_add(grace)),
    };
    setrlimit(resource, limit).map_err(|error| SandboxError::system(doing, error))
}
