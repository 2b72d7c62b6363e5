//! What costs most, in one or two sentences with the numbers.

use crate::{BlockCounts, Cost, Sample, Waste};
use heaplab_support::grouped;
use heaplab_trace::Trace;

impl Waste {
    /// Returns what costs the most utilization, in a sentence with the figures behind it. `trace`
    /// is the one that was measured.
    pub fn diagnosis(&self, trace: &Trace) -> String {
        diagnose(self, trace)
    }
}

/// Returns what costs the most utilization, and the figures behind it.
pub(crate) fn diagnose(waste: &Waste, trace: &Trace) -> String {
    let Some(cost) = waste.cost() else {
        return "There is no utilization: the trace does not request a single byte.".to_owned();
    };
    let Cost { tags, padding, free, never_used, own, growth, .. } = cost;
    let told: [(f64, Tell); 6] = [
        (free, of_free),
        (tags, of_tags),
        (padding, of_padding),
        (growth, of_growth),
        (never_used, of_never_used),
        (own, of_own),
    ];
    let worst = told.iter().max_by(|a, b| a.0.total_cmp(&b.0));
    match worst {
        Some((points, tell)) if *points > 0.0 => tell(&format!("{points:.2} points"), waste, trace),
        _ => "Nothing is wasted.".to_owned(),
    }
}

/// Describes when a sample was taken.
pub(crate) fn when(sample: &Sample, trace: &Trace) -> String {
    match sample.op_index() {
        Some(index) => format!("line {}", trace.line(index)),
        None => "the start".to_owned(),
    }
}

/// Describes the part that costs most; the text is the points that it costs.
type Tell = fn(&str, &Waste, &Trace) -> String;

fn of_free(points: &str, waste: &Waste, _: &Trace) -> String {
    format!(
        "External fragmentation costs most, {points}: when payload peaks, {}.",
        free_blocks(&waste.peak.counts)
    )
}

fn of_tags(points: &str, waste: &Waste, _: &Trace) -> String {
    let BlockCounts { parts, live_blocks, .. } = waste.peak.counts;
    format!(
        "Headers and footers cost most, {points}: {} bytes a block, for a payload of {} bytes on average in {}.",
        per_block(parts.tag_bytes, live_blocks),
        per_block(parts.payload_bytes, live_blocks),
        blocks(live_blocks, "live ")
    )
}

fn of_padding(points: &str, waste: &Waste, _: &Trace) -> String {
    let BlockCounts { parts, live_blocks, .. } = waste.peak.counts;
    format!(
        "Internal fragmentation costs most, {points}: {} bytes of padding a block, for a payload of {} bytes on average in {}.",
        per_block(parts.padding_bytes, live_blocks),
        per_block(parts.payload_bytes, live_blocks),
        blocks(live_blocks, "live ")
    )
}

fn of_never_used(points: &str, waste: &Waste, _: &Trace) -> String {
    let parts = waste.peak.counts.parts;
    format!(
        "Memory never used costs most, {points}: when payload peaks, {} bytes from sbrk were never handed out.",
        grouped(parts.never_used_bytes.into())
    )
}

fn of_own(points: &str, waste: &Waste, _: &Trace) -> String {
    let BlockCounts { parts, free_blocks, .. } = waste.peak.counts;
    let shown = parts.tag_bytes + parts.padding_bytes + parts.never_used_bytes;
    if shown == 0 && free_blocks == 0 {
        return format!(
            "All that is not payload counts as the heap's own data, {points}: {} of the {} bytes of the heap. The heap shows no free blocks, headers or padding.",
            grouped(parts.own_bytes.into()),
            grouped(waste.largest_heap_bytes.into())
        );
    }
    format!(
        "The heap's own data costs most, {points}: {} of the {} bytes of the heap are not in a block.",
        grouped(parts.own_bytes.into()),
        grouped(waste.largest_heap_bytes.into())
    )
}

fn of_growth(points: &str, waste: &Waste, trace: &Trace) -> String {
    let (peak, largest) = (&waste.peak, &waste.largest);
    let verb = if largest.ops_done > peak.ops_done { "grows" } else { "has grown" };
    format!(
        "Growth at a different time than the payload peak costs most, {points}: by {} the heap {verb} to {} bytes, but only {} bytes are live then; {}.",
        when(largest, trace),
        grouped(waste.largest_heap_bytes.into()),
        grouped(largest.counts.parts.payload_bytes.into()),
        free_blocks(&largest.counts)
    )
}

/// Returns text such as `31 % of the heap is free in 812 blocks, the largest of 4 096 bytes`; bytes
/// that were never used are shown separately, as in the table.
fn free_blocks(counts: &BlockCounts) -> String {
    let parts = counts.parts;
    if counts.free_blocks == 0 {
        return "no block is free".to_owned();
    }
    let percent = |bytes: u32| 100.0 * f64::from(bytes) / f64::from(parts.total_bytes());
    let never_used = match percent(parts.never_used_bytes) {
        percent if percent >= 0.5 => format!(", and {percent:.0} % more was never used"),
        _ => String::new(),
    };
    format!(
        "{:.0} % of the heap is free in {}, {} of {} bytes{never_used}",
        percent(parts.free_bytes),
        blocks(counts.free_blocks, ""),
        match counts.free_blocks {
            1 => "one",
            _ => "the largest",
        },
        grouped(counts.largest_free_block_bytes.into())
    )
}

fn blocks(count: u32, which: &str) -> String {
    match count {
        1 => format!("1 {which}block"),
        count => format!("{} {which}blocks", grouped(count.into())),
    }
}

fn per_block(bytes: u32, blocks: u32) -> String {
    format!("{:.1}", f64::from(bytes) / f64::from(blocks.max(1)))
}
