//! Compares a heap with the handout.

use crate::definition::Check;
use heaplab_replay::{FinalBlock, FinalHeap, ListEntry};
use heaplab_trace::{ShortTraceError, Trace};
use std::fmt;

/// Difference between a sound heap and the handout's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What is compared: `blocks`, `free lists`, `heap bytes`, `words read and written`.
    pub what: &'static str,
    /// Expected and found, part by part.
    pub rows: Vec<MismatchRow>,
}

/// One part of a comparison; `None` if one side has no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MismatchRow {
    /// The expected part.
    pub expected: Option<String>,
    /// The part that was found.
    pub found: Option<String>,
}

impl MismatchRow {
    /// Returns whether the two differ.
    pub fn differs(&self) -> bool {
        self.expected != self.found
    }
}

impl fmt::Display for Mismatch {
    /// Writes the first difference, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((index, row)) = self.rows.iter().enumerate().find(|(_, row)| row.differs()) else {
            return write!(f, "the {} are as expected", self.what);
        };
        let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        let (expected, found) = (text(&row.expected), text(&row.found));
        match self.what {
            BLOCKS => write!(
                f,
                "block {} from the start should be `{expected}`, but is `{found}`",
                index + 1
            ),
            what => write!(f, "{what}: expected `{expected}`, found `{found}`"),
        }
    }
}

const BLOCKS: &str = "blocks";

impl Check {
    /// Returns the trace of the check's operations; `None` if it names a file.
    ///
    /// # Errors
    /// If the operations are not valid.
    pub fn short_trace(&self, name: &str) -> Option<Result<Trace, ShortTraceError>> {
        Some(Trace::of_line(name, self.trace.as_deref()?))
    }
}

/// Compares a sound heap with the expectations of a check.
///
/// # Errors
/// The first difference.
pub fn compare_with_handout(check: &Check, final_heap: &FinalHeap) -> Result<(), Mismatch> {
    if let Some(blocks) = &check.blocks {
        let expected: Vec<String> =
            blocks.split(',').map(one_space).filter(|b| !b.is_empty()).collect();
        let found = final_heap.blocks.iter().map(block).collect();
        compare(BLOCKS, expected, found)?;
    }
    if let Some(lists) = &check.lists {
        let expected: Vec<String> =
            lists.split(';').map(one_space).filter(|l| !l.is_empty()).collect();
        compare("free lists", expected, lists_of(&final_heap.free_lists))?;
    }
    if let Some(bytes) = check.heap_bytes {
        let found = final_heap.heap_bytes();
        compare("heap bytes", vec![bytes.to_string()], vec![found.to_string()])?;
    }
    if let Some(most) = check.most_touches
        && final_heap.touches > most
    {
        let (expected, found) = (format!("at most {most}"), final_heap.touches.to_string());
        compare("words read and written", vec![expected], vec![found])?;
    }
    Ok(())
}

fn compare(what: &'static str, expected: Vec<String>, found: Vec<String>) -> Result<(), Mismatch> {
    if expected == found {
        return Ok(());
    }
    let rows = (0..expected.len().max(found.len())).map(|index| MismatchRow {
        expected: expected.get(index).cloned(),
        found: found.get(index).cloned(),
    });
    Err(Mismatch { what, rows: rows.collect() })
}

/// Returns a text such as `48 allocated`. The heap's own `blocks` says so, and a heap could show
/// other blocks than it has: if the header is another one, the text says that too.
fn block(block: &FinalBlock) -> String {
    let text = |size: u32, allocated: bool| {
        format!("{size} {}", if allocated { "allocated" } else { "free" })
    };
    let shown = text(block.size, block.allocated);
    match block.header.map(|header| text(header.size, header.held)) {
        Some(header) if header == shown => shown,
        Some(header) => format!("{shown}, with the header {header}"),
        None => format!("{shown}, outside of the heap"),
    }
}

/// Returns a text such as `0: 0x10010 0x10080` for each list that has entries.
fn lists_of(entries: &[ListEntry]) -> Vec<String> {
    let of_a_list = entries.chunk_by(|a, b| a.list == b.list);
    let text = |entries: &[ListEntry]| {
        let payloads: String =
            entries.iter().map(|entry| format!(" {:#x}", entry.payload)).collect();
        format!("{}:{payloads}", entries[0].list)
    };
    of_a_list.map(text).collect()
}

fn one_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_replay::{CheckCounts, Header};

    fn final_heap() -> FinalHeap {
        let block = |address, size, allocated| FinalBlock {
            address,
            size,
            allocated,
            header: Some(Header { size, held: allocated }),
        };
        let entry = |list, payload| ListEntry { list, payload };
        FinalHeap {
            heap_start: 0x10000,
            heap_break: 0x11010,
            blocks: vec![block(0x1000c, 32, true), block(0x1002c, 4064, false)],
            free_lists: vec![entry(0, 0x10030), entry(3, 0x10100), entry(3, 0x10200)],
            cut_short: false,
            payloads: vec![],
            check_accesses: 1,
            struct_bytes: 8,
            touches: 20,
            examined: CheckCounts { ops: 1, accesses: 1, bad_pointers: 0, checks: 1 },
        }
    }

    fn check(line: &str) -> Check {
        let text = format!(
            "name = 'x'\ntitle = 'x'\nreference = 'x'\n[grade]\n[[stage]]\nname = 's'\ntitle = 's'\n\
             points = 1\ntask = 't'\nchapter = 'c'\n[[stage.check]]\ntitle = 'c'\ntrace = 'a 0 1'\n{line}\n"
        );
        crate::Lab::parse(&text).unwrap().stages[0].checks[0].clone()
    }

    #[test]
    fn a_heap_like_the_handouts_matches() {
        for line in [
            "",
            "blocks = '32 allocated,  4064 free'",
            "lists = '0: 0x10030; 3: 0x10100 0x10200'",
            "heap_bytes = 0x1010",
            "most_touches = 20",
        ] {
            assert_eq!(compare_with_handout(&check(line), &final_heap()), Ok(()), "{line}");
        }
    }

    /// It shows two free blocks as the one that they should be.
    #[test]
    fn a_view_that_is_not_what_is_in_memory_differs() {
        let mut heap = final_heap();
        heap.blocks[1].header = Some(Header { size: 16, held: false });
        let mismatch = compare_with_handout(&check("blocks = '32 allocated, 4064 free'"), &heap);
        assert_eq!(
            mismatch.unwrap_err().to_string(),
            "block 2 from the start should be `4064 free`, but is `4064 free, with the header 16 free`"
        );
        heap.blocks[1].header = None;
        assert!(compare_with_handout(&check("blocks = '32 allocated, 4064 free'"), &heap).is_err());
        // Where the handout pins no blocks, there may be no headers.
        assert_eq!(compare_with_handout(&check(""), &heap), Ok(()));
    }

    #[test]
    fn the_differences_of_a_heap_are_reported_part_by_part() {
        let mismatch = |line| compare_with_handout(&check(line), &final_heap()).unwrap_err();
        let blocks = mismatch("blocks = '32 allocated, 16 free, 4048 free'");
        assert_eq!(blocks.rows.len(), 3);
        assert_eq!(blocks.rows[2].found, None);
        assert_eq!(
            blocks.to_string(),
            "block 2 from the start should be `16 free`, but is `4064 free`"
        );
        assert_eq!(
            mismatch("lists = '0: 0x10030; 3: 0x10200 0x10100'").to_string(),
            "free lists: expected `3: 0x10200 0x10100`, found `3: 0x10100 0x10200`"
        );
        assert_eq!(
            mismatch("heap_bytes = 4096").to_string(),
            "heap bytes: expected `4096`, found `4112`"
        );
        assert_eq!(
            mismatch("most_touches = 19").to_string(),
            "words read and written: expected `at most 19`, found `20`"
        );
    }
}
