//! Systems other than Linux: only limits, a session, and a deadline.

use crate::error::SandboxError;
use crate::limits;
use crate::order::Order;
use crate::spec::Spec;
use crate::support::{Identity, Support};
use rustix::process::{geteuid, setsid};
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};

/// Returns false: the waiting process ends the group of processes.
pub(crate) fn needs_keeper(_spec: &Spec) -> bool {
    false
}

pub(crate) fn keep(
    _order: Order,
    _program: &OsStr,
    _arguments: &[OsString],
) -> Result<Infallible, SandboxError> {
    Err(SandboxError::system("keep processes together", std::io::ErrorKind::Unsupported))
}

pub(crate) fn enter_as_ordered(order: &Order) -> Result<Support, SandboxError> {
    enter(&order.spec)
}

pub(crate) fn enter(spec: &Spec) -> Result<Support, SandboxError> {
    // It fails for the leader of a group, which already has what is needed.
    let _ = setsid();
    close_fds::set_fds_cloexec(3, &[]);
    // A limit on processes would count all that the user runs.
    limits::apply(&spec.limits, None)?;
    let identity = if geteuid().is_root() {
        Identity::Root { disarmed: false, why: Some("that is done on Linux only".to_owned()) }
    } else {
        Identity::Caller
    };
    Ok(Support {
        landlock: 0,
        seccomp: false,
        own_users: false,
        own_network: false,
        own_processes: false,
        keeper: false,
        sees_resident: false,
        fixed_addresses: false,
        identity,
    })
}
