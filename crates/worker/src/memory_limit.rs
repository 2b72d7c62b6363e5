//! A worker's limit on the memory of the host.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Lets this process have the address space of one machine and `host_bytes`
/// more than it has now, so that a heap that keeps its data outside the
/// machine, without end, is stopped before the host suffers.
///
/// Only a precaution: where the host can't do it, nothing happens.
pub(crate) fn limit_own_memory(host_bytes: u64) {
    const MACHINE_BYTES: u64 = (4 << 30) + (1 << 20);
    let Some(now) = address_space_bytes() else {
        return;
    };
    let wanted = now.saturating_add(MACHINE_BYTES).saturating_add(host_bytes);
    let old = getrlimit(Resource::As);
    let current = old.current.map_or(wanted, |old| old.min(wanted));
    let _ = setrlimit(
        Resource::As,
        Rlimit {
            current: Some(current),
            maximum: old.maximum,
        },
    );
}

/// How much address space this process has; only Linux says it in a file.
fn address_space_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_whitespace().next()?.parse().ok()?;
    Some(pages.saturating_mul(rustix::param::page_size() as u64))
}
