//! A worker's limit on the memory of the host.

use heaplab_trace::Trace;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Lets this process have the address space of one machine and some bytes more than it
/// has when a heap begins to work, so that a heap that keeps its data outside the
/// machine, without end, is stopped before the host suffers. What the lab itself needs for
/// a long trace comes on top of it: that is no heap's fault.
///
/// Only a precaution: where the host can't do it, nothing happens.
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
    /// No limit yet but the host's.
    pub(crate) fn new(host_bytes: u64) -> MemoryLimit {
        MemoryLimit { host_bytes, of_the_host: getrlimit(Resource::As) }
    }

    /// From now on the limit holds; `trace` is what heaps are about to replay, if
    /// anything.
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

    /// It holds no longer: a trace is read.
    pub(crate) fn lift(&self) {
        self.apply(self.of_the_host.current);
    }

    fn apply(&self, current: Option<u64>) {
        let maximum = self.of_the_host.maximum;
        let _ = setrlimit(Resource::As, Rlimit { current, maximum });
    }
}

/// How much address space this process has; only Linux says it in a file.
fn address_space_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_whitespace().next()?.parse().ok()?;
    Some(pages.saturating_mul(rustix::param::page_size() as u64))
}
