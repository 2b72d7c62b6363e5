//! Namespaces: a network without other hosts, processes that end together.

use crate::order::Own;
use rustix::process::{getegid, geteuid};
use rustix::thread::UnshareFlags;
use std::fs;

/// Leaves the system's network and shared memory, and, if asked, its network
/// and its processes. (Children are in the new PID namespace; the first of them
/// is its process 1.) All or nothing: what the system refuses is left out.
///
/// Root does this with its privileges. Other users get these in a user namespace, and
/// lose them there when the process becomes a program, which has the same user inside.
pub(super) fn leave(network: bool, processes: bool) -> Own {
    let (uid, gid) = (geteuid(), getegid());
    let users = !uid.is_root();
    let mut flags = UnshareFlags::NEWIPC;
    flags.set(UnshareFlags::NEWNET, network);
    flags.set(UnshareFlags::NEWPID, processes);
    flags.set(UnshareFlags::NEWUSER, users);
    if unshare(flags).is_err() {
        return Own::default();
    }
    if users {
        // These only affect names: without them the user is shown as `nobody`
        // inside, but its files and its processes are still its own.
        let _ = fs::write("/proc/self/setgroups", "deny")
            .and_then(|()| fs::write("/proc/self/uid_map", one_to_one(uid.as_raw())))
            .and_then(|()| fs::write("/proc/self/gid_map", one_to_one(gid.as_raw())));
    }
    Own { users, network, processes }
}

fn one_to_one(id: u32) -> String {
    format!("{id} {id} 1")
}

#[expect(
    deprecated,
    reason = "rustix means the flag for file descriptors, which could be pulled from under \
              another thread; it is never set here, and there is one thread"
)]
fn unshare(flags: UnshareFlags) -> rustix::io::Result<()> {
    rustix::thread::unshare(flags)
}
