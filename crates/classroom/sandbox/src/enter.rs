//! The entry to a sandbox, for each system.

use crate::error::SandboxError;
use crate::spec::Spec;
use crate::support::Support;

#[cfg(not(target_os = "linux"))]
pub(crate) use crate::elsewhere::{enter_as_ordered, keep, needs_keeper};
#[cfg(target_os = "linux")]
pub(crate) use crate::linux::{enter_as_ordered, keep, needs_keeper};

/// Restricts the calling process permanently, as `spec` says, and returns which
/// restrictions hold. If the process may start others, nothing ends these: that
/// needs a [`Jail`](crate::Jail). The environment and the working folder stay.
///
/// # Errors
/// If the process has more than one thread, a path can't be opened, or a restriction
/// that this system has can't be applied. The process may then be partly restricted.
pub fn enter(spec: &Spec) -> Result<Support, SandboxError> {
    #[cfg(target_os = "linux")]
    return crate::linux::enter(spec, None);
    #[cfg(not(target_os = "linux"))]
    return crate::elsewhere::enter(spec);
}
