//! What each part costs in utilization.

use crate::Waste;
use serde::Serialize;

/// Utilization, and what it lacks to 100, in percent of the largest heap, by the part that each
/// byte was in when payload peaked. All figures add up to 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Peak payload: the utilization.
    pub payload: f64,
    /// Headers and footers of allocated blocks.
    pub tags: f64,
    /// Internal fragmentation.
    pub padding: f64,
    /// External fragmentation.
    pub free: f64,
    /// Bytes of free blocks that were never written.
    pub never_used: f64,
    /// Bytes that are in no block.
    pub own: f64,
    /// The heap's growth beyond its size when payload peaked, mostly later.
    pub growth: f64,
}

impl Cost {
    /// Returns each figure, in the order above.
    pub fn figures(&self) -> [f64; 7] {
        [self.payload, self.tags, self.padding, self.free, self.never_used, self.own, self.growth]
    }
}

impl Waste {
    /// Returns what each part costs. `None` if there is no utilization: the trace asks for no
    /// bytes, or the heap never grew.
    pub fn cost(&self) -> Option<Cost> {
        let parts = self.peak.counts.parts;
        if parts.payload_bytes == 0 || self.largest_heap_bytes == 0 {
            return None;
        }
        let points = |bytes: u32| 100.0 * f64::from(bytes) / f64::from(self.largest_heap_bytes);
        Some(Cost {
            payload: points(parts.payload_bytes),
            tags: points(parts.tag_bytes),
            padding: points(parts.padding_bytes),
            free: points(parts.free_bytes),
            never_used: points(parts.never_used_bytes),
            own: points(parts.own_bytes),
            growth: points(self.largest_heap_bytes - parts.total_bytes()),
        })
    }
}
