//! An offline packing: a place for every block, found with the whole trace in sight.
//!
//! ```text
//!  address ^
//!          |            +--------+
//!          |  +---+     |   3    |        the largest blocks get their place first, each
//!          |  | 4 |  +--+--------+-----+  at the lowest address where no block is in its
//!          |  +---+--+     2           |  way as long as it is live
//!          |  |   1  +-----------------+
//!          |  +------+
//!          +--------------------------------> operations
//! ```
//!
//! A heap must place blocks in the order of the calls. This may place a large block first that is
//! allocated late, and fill the holes with small ones: first fit by decreasing size. On nearly all
//! traces that comes within a percent of the ceiling. Where it does not, two other orders are
//! tried.

use crate::{Load, Span};
use heaplab_arena::HEAP_START;
use itertools::kmerge_by;
use std::cmp::Reverse;
use std::ops::RangeInclusive;

/// What comes first has its place first.
type Order = fn(&Span) -> (Reverse<u64>, Reverse<u32>, u32);

const ORDERS: [Order; 3] = [
    // The largest.
    |span| (Reverse(span.bytes), Reverse(span.ops()), span.begins),
    // What takes the most room for the longest time.
    |span| (Reverse(span.bytes * u64::from(span.ops())), Reverse(span.ops()), span.begins),
    // In the order of the calls, as a heap must do.
    |span| (Reverse(0), Reverse(0), span.begins),
];

/// Returns the bytes of the smallest heap found in which all spans have their room. It is at least
/// as large as the load, so nothing more is tried once it is that small.
pub fn pack(spans: &[Span], load: Load) -> u64 {
    let mut smallest = u64::MAX;
    for order in ORDERS {
        if smallest > load.most_bytes {
            smallest = smallest.min(pack_in_order(spans, load, order));
        }
    }
    smallest
}

fn pack_in_order(spans: &[Span], load: Load, order: Order) -> u64 {
    let mut sorted: Vec<&Span> = spans.iter().collect();
    sorted.sort_by_key(|span| order(span));
    let mut windows = Windows::new(load);
    let mut heap_bytes = 0;
    for span in sorted {
        let at = windows.first_fit(span);
        windows.place(Placed { span: *span, at });
        heap_bytes = heap_bytes.max(at + span.bytes);
    }
    heap_bytes
}

/// A span that has its room.
#[derive(Clone, Copy)]
struct Placed {
    span: Span,
    /// Where it is, in bytes from the start of the heap.
    at: u64,
}

/// Returns the first place from `at` on that has an address of this alignment. The heap does not
/// start at address 0, so a large alignment leaves a gap before the first block.
fn aligned(at: u64, align_bytes: u32) -> u64 {
    let start = u64::from(HEAP_START.to_word());
    (start + at).next_multiple_of(align_bytes.into()) - start
}

/// The placed spans by when they are live, so that a short one is compared with few others.
///
/// ```text
///  operations  0          1000          2000          3000
///              |  window  |   window    |   window    |
///                 -----      ---------------   ----          spans
/// ```
///
/// A window has all placed spans that are live in it at some time, by address.
struct Windows {
    /// Operations of a window.
    ops: u32,
    windows: Vec<Vec<Placed>>,
}

impl Windows {
    /// Returns windows for spans with this load. They have as many operations as blocks are live at
    /// once: so a window has few spans that are not live all the time, and there are not too many
    /// windows for those that are.
    fn new(load: Load) -> Windows {
        const FEWEST_OPS: u32 = 64;
        let most_blocks = u32::try_from(load.most_blocks).unwrap_or(u32::MAX);
        let ops = most_blocks.max(FEWEST_OPS);
        Windows { ops, windows: vec![Vec::new(); (load.ops / ops) as usize + 1] }
    }

    /// Returns the windows in which the span is live.
    fn of(&self, span: &Span) -> RangeInclusive<usize> {
        let window = |op: u32| (op / self.ops) as usize;
        window(span.begins)..=window((span.ends - 1).max(span.begins))
    }

    /// Returns the lowest place at which nothing is in the way of the span.
    fn first_fit(&self, span: &Span) -> u64 {
        let first = *self.of(span).start();
        let in_the_way = self.of(span).map(|number| {
            // What began before this window is in an earlier one too, but for the first.
            let from = if number == first { 0 } else { number as u32 * self.ops };
            let is_new = move |placed: &&Placed| placed.span.begins >= from;
            let placed = self.windows[number].iter().filter(is_new);
            placed.filter(|placed| placed.span.overlaps(span))
        });
        lowest_place(span, kmerge_by(in_the_way, |a: &&Placed, b: &&Placed| a.at < b.at))
    }

    fn place(&mut self, placed: Placed) {
        for window in self.of(&placed.span) {
            let window = &mut self.windows[window];
            let index = window.partition_point(|other| other.at <= placed.at);
            window.insert(index, placed);
        }
    }
}

/// Returns the lowest place with room for the span between those that are in its way, which come by
/// address.
fn lowest_place<'p>(span: &Span, in_the_way: impl Iterator<Item = &'p Placed>) -> u64 {
    let mut at = aligned(0, span.align_bytes);
    for placed in in_the_way {
        if at + span.bytes <= placed.at {
            break;
        }
        at = at.max(aligned(placed.at + placed.span.bytes, span.align_bytes));
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn span(begins: u32, ends: u32, bytes: u64) -> Span {
        Span { begins, ends, bytes, align_bytes: 8 }
    }

    /// Returns what the packing takes, having tried all orders.
    fn packed(spans: &[Span]) -> u64 {
        pack(spans, load(spans))
    }

    /// Returns a load of these spans that no packing is as small as.
    fn load(spans: &[Span]) -> Load {
        Load { most_bytes: 0, ..Load::of(spans, 800) }
    }

    #[test]
    fn blocks_that_are_not_live_together_share_their_room() {
        assert_eq!(packed(&[]), 0);
        assert_eq!(packed(&[span(0, 2, 16), span(2, 4, 24)]), 24);
        assert_eq!(packed(&[span(0, 3, 16), span(2, 4, 24)]), 40);
    }

    /// In the order of the calls, the hole of the first block is too small for the third.
    #[test]
    fn a_large_block_that_comes_late_has_its_place_first() {
        let spans = [span(0, 2, 8), span(1, 9, 8), span(3, 9, 16)];
        assert_eq!(pack_in_order(&spans, load(&spans), ORDERS[2]), 32);
        assert_eq!(pack_in_order(&spans, load(&spans), ORDERS[0]), 24);
        assert_eq!(packed(&spans), 24);
    }

    #[test]
    fn an_aligned_block_may_leave_a_gap() {
        let aligned = Span { align_bytes: 64, ..span(0, 2, 8) };
        assert_eq!(pack_in_order(&[span(0, 3, 24), aligned], load(&[aligned]), ORDERS[0]), 72);
        assert_eq!(packed(&[span(0, 3, 24), aligned]), 72);
        let mebibyte = Span { align_bytes: 1 << 20, ..span(0, 2, 8) };
        assert_eq!(packed(&[mebibyte]), (1 << 20) - (1 << 16) + 8);
    }

    /// No two live spans share a byte, whatever window they were compared in.
    #[test]
    fn windows_find_all_that_is_in_the_way() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..40 {
            let spans: Vec<Span> = (0..120)
                .map(|_| {
                    let begins = random.random_range(0..300);
                    let ends = begins + random.random_range(1..100) * random.random_range(1..4);
                    span(begins, ends, 8 * random.random_range(1..20))
                })
                .collect();
            let mut windows = Windows::new(load(&spans));
            let mut placed = Vec::new();
            for span in &spans {
                let at = windows.first_fit(span);
                let mut in_the_way: Vec<&Placed> = placed.iter().collect();
                in_the_way.retain(|other| other.span.overlaps(span));
                in_the_way.sort_by_key(|placed| placed.at);
                assert_eq!(at, lowest_place(span, in_the_way.into_iter()));
                windows.place(Placed { span: *span, at });
                placed.push(Placed { span: *span, at });
            }
        }
    }
}
