//! The parts that only Linux has.

mod files;
mod identity;
mod keeper;
mod namespaces;
mod process;
mod system_calls;

pub(crate) use keeper::keep;

use crate::error::SandboxError;
use crate::limits;
use crate::order::{Order, Own};
use crate::spec::Spec;
use crate::support::{Identity, Support};
use process::{die_with_parent, leave_the_session, must_have_one_thread};
use rustix::process::Signal;

/// Returns whether processes would be left behind without a
/// keeper. A process that can't start others needs none.
pub(crate) fn needs_keeper(spec: &Spec) -> bool {
    spec.fork || !system_calls::can_be_filtered()
}

pub(crate) fn enter_as_ordered(order: &Order) -> Result<Support, SandboxError> {
    enter(&order.spec, Some(order))
}

/// Enters, step by step. The order matters: each step may still do what the next one forbids.
pub(crate) fn enter(spec: &Spec, order: Option<&Order>) -> Result<Support, SandboxError> {
    must_have_one_thread()?;
    leave_the_session();
    close_fds::set_fds_cloexec(3, &[]);
    let kept = order.and_then(|order| order.kept);
    let own = kept.unwrap_or_else(|| namespaces::leave(!spec.network, false));
    // Paths are opened by the user that started this; the user that root becomes may not be
    // able to open them. They may be followed only once nothing can be changed any more.
    let fence = files::Fence::plan(spec)?;
    let identity = identity::settle(spec, fence.holds())?;
    identity::must_be_able_to_write(spec)?;
    limits::apply(&spec.limits, tasks(spec, own, kept.is_some(), &identity))?;
    if let Some(order) = order {
        // The parent of a process in a new PID namespace has no number there.
        let parent = (!own.processes).then_some(order.parent);
        die_with_parent(Signal::KILL, parent)?;
    }
    let fixed_addresses = spec.fixed_addresses && process::fix_addresses();
    rustix::thread::set_no_new_privs(true)
        .map_err(|error| SandboxError::system("give up getting privileges", error))?;
    let landlock = fence.close()?;
    let signals_stay_inside = own.processes || files::keeps_signals_inside(landlock);
    let seccomp = system_calls::can_be_filtered();
    if seccomp {
        system_calls::filter(spec, signals_stay_inside)?;
    }
    Ok(Support {
        landlock,
        seccomp,
        own_users: own.users,
        own_network: own.network,
        own_processes: own.processes,
        keeper: kept.is_some(),
        sees_resident: true,
        fixed_addresses,
        identity,
    })
}

/// Returns the limit on processes. It counts all processes of a user in a user namespace,
/// so it is useful only if the user has no others there. It never restricts root.
fn tasks(spec: &Spec, own: Own, kept: bool, identity: &Identity) -> Option<u64> {
    let wanted = spec.limits.tasks?;
    match identity {
        Identity::Dropped { .. } => Some(wanted),
        // The keeper counts too.
        Identity::Caller if own.users => Some(wanted + u64::from(kept)),
        Identity::Caller | Identity::Root { .. } => None,
    }
}
