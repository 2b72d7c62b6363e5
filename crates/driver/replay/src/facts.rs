//! What a run cost in memory and work, in exact integers.

/// Facts of one heap on one trace: the same on every machine, every time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// Operations in the trace.
    pub ops: u64,
    /// The most *requested* payload bytes live at once.
    pub peak_payload_bytes: u64,
    /// Bytes in the heap segment at its largest.
    pub heap_bytes: u64,
    /// Calls of `sbrk`.
    pub sbrk_calls: u64,
    /// Words of the simulated memory that the allocator read.
    pub loads: u64,
    /// Words of the simulated memory that the allocator wrote.
    pub stores: u64,
}

impl Facts {
    /// Returns the peak payload as a fraction of the heap at its largest: 1.0 would waste nothing.
    /// `None` if the trace asks for no bytes, or the heap never grew.
    pub fn utilization(&self) -> Option<f64> {
        (self.peak_payload_bytes > 0 && self.heap_bytes > 0)
            .then(|| self.peak_payload_bytes as f64 / self.heap_bytes as f64)
    }
}
