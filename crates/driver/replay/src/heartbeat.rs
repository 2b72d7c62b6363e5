//! How a watchdog distinguishes a long trace from an endless loop.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the operations that were begun. One thread counts; a watchdog, which may be
/// another thread or a signal handler, looks whether the count still grows.
///
/// A beat is one store to memory that nothing else writes to, so the timed loop has
/// room for it beside every call.
#[derive(Debug, Default)]
pub struct Heartbeat {
    begun: AtomicU64,
    /// What `begun` was when the current replay started.
    at_start: AtomicU64,
}

impl Heartbeat {
    /// Returns a heartbeat that has counted no operation.
    pub const fn new() -> Heartbeat {
        Heartbeat { begun: AtomicU64::new(0), at_start: AtomicU64::new(0) }
    }

    /// Returns how many operations were begun, in all replays together. It also grows when a replay
    /// starts, and never shrinks.
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Returns how many operations were begun since the last [`start`](Heartbeat::start).
    pub fn begun_since_start(&self) -> u64 {
        self.begun().saturating_sub(self.at_start.load(Ordering::Relaxed))
    }

    /// Starts a replay. Returns the count before its first operation.
    #[inline]
    pub fn start(&self) -> u64 {
        self.beat();
        let begun = self.begun();
        self.at_start.store(begun, Ordering::Relaxed);
        begun
    }

    /// Counts one more operation that begins.
    #[inline]
    pub fn beat(&self) {
        // Only one thread writes: no need for an atomic addition.
        self.set(self.begun() + 1);
    }

    /// Sets how many operations were begun.
    #[inline]
    pub(crate) fn set(&self, begun: u64) {
        self.begun.store(begun, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_replay_counts_from_zero_and_the_total_always_grows() {
        let heartbeat = Heartbeat::new();
        let mut last = heartbeat.begun();
        for _replay in 0..3 {
            heartbeat.start();
            assert_eq!(heartbeat.begun_since_start(), 0);
            assert!(heartbeat.begun() > last, "a start is a sign of life");
            heartbeat.beat();
            heartbeat.beat();
            assert_eq!(heartbeat.begun_since_start(), 2);
            last = heartbeat.begun();
        }
    }
}
