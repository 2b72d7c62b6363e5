//! What is live at once.

use crate::Span;

/// The most that is live at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The number of operations.
    pub ops: u32,
    /// Bytes of blocks.
    pub most_bytes: u64,
    /// Blocks; not always at the same operation.
    pub most_blocks: u64,
}

impl Load {
    /// Returns the load of spans in a trace of this many operations.
    pub fn of(spans: &[Span], ops: u32) -> Load {
        // By operation: the bytes and blocks that begin, and those that end.
        let mut begin = vec![(0, 0); ops as usize + 1];
        let mut end = vec![(0, 0); ops as usize + 1];
        for span in spans {
            for (changes, at) in [(&mut begin, span.begins), (&mut end, span.ends)] {
                let (bytes, blocks) = &mut changes[at as usize];
                *bytes += span.bytes;
                *blocks += 1;
            }
        }
        let (mut bytes, mut blocks) = (0, 0);
        let mut load = Load { ops, most_bytes: 0, most_blocks: 0 };
        for (begin, end) in begin.into_iter().zip(end) {
            bytes = bytes + begin.0 - end.0;
            blocks = blocks + begin.1 - end.1;
            load.most_bytes = load.most_bytes.max(bytes);
            load.most_blocks = load.most_blocks.max(blocks);
        }
        load
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_ends_makes_room_for_one_that_begins() {
        let span = |begins, ends, bytes| Span { begins, ends, bytes, align_bytes: 8 };
        let spans = [span(0, 2, 16), span(2, 4, 24), span(1, 3, 8)];
        assert_eq!(Load::of(&spans, 4), Load { ops: 4, most_bytes: 32, most_blocks: 2 });
    }
}
