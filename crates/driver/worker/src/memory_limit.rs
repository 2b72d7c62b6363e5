//! A worker's limit on the memory of the host.

use heaplab_trace::Trace;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Limits this process to the address space that it has when a heap begins to work, plus that of
/// one machine and some more bytes. A heap that keeps its data outside the machine, without end, is
/// stopped before the host suffers. What the lab itself needs for a long trace is added: that is
/// not the heap's fault.
///
/// This is only a precaution: on a host that can't limit a process, it does nothing.
pub(crate) struct MemoryLimit {
    /// Bytes for the heap.
    host_bytes: u64,
    /// The limit that the process was started with.
    of_the_host: Rlimit,
}

/// A run keeps at most this many bytes for each operation and each id: answers,
/// patterns, the owner of each byte.
const BOOKKEEPING_BYTES: u64 = 64;

impl MemoryLimit {
    /// Returns a limit that is not set yet.
    pub(crate) fn new(host_bytes: u64) -> MemoryLimit {
        MemoryLimit { host_bytes, of_the_host: getrlimit(Resource::As) }
    }

    /// Sets the limit; `trace` is the one that heaps are about to replay, if any.
    pub(crate) fn set(&self, trace: Option<&Trace>) {
        const MACHINE_BYTES: u64 = (4 << 30) + (1 << 20);
        let Some(now) = address_space_bytes() else {
            return;
        };
        let entries = trace.map_or(0, |trace| trace.ops().len() as u64 + u64::from(trace.ids()));
        let wanted = now
            .saturating_add(MACHINE_BYTES)
            .saturating_add(self.host_bytes)
            .saturating_add(entries.saturating_mul(BOOKKEEPING_BYTES));
        let most = self.of_the_host.current;
        self.apply(Some(most.map_or(wanted, |most| most.min(wanted))));
    }

    /// Lifts the limit, to read a trace.
    pub(crate) fn lift(&self) {
        self.apply(self.of_the_host.current);
    }

    fn apply(&self, current: Option<u64>) {
        let maximum = self.of_the_host.maximum;
        let _ = setrlimit(Resource::As, Rlimit { current, maximum });
    }
}

/// Returns the bytes of address space of this process; only Linux has a file for it.
fn address_space_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_whitespace().next()?.parse().ok()?;
    Some(pages.saturating_mul(rustix::param::page_size() as u64))
}
