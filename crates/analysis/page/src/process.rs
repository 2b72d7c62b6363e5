//! The heaps of real processes as a page: the blocks of each at its peak and at its end.
//!
//! The page shows what it is given. Sums over blocks are made of the blocks themselves, here or in
//! the page's scripts, so that they can be compared with what the processes counted.

mod document;
mod held;

use crate::assemble::{MOST_LIST_BYTES, Parts, SHARED_SCRIPTS, failed, filled};
use crate::packed::Packed;
use document::{Kept, document};
use heaplab_support::Error;
use held::MOST_CONTENT_BYTES;

pub use held::{Blocks, Counted, Held, HeldBlock, ProcessHeap, Processes, content_bytes};

const PARTS: Parts = Parts {
    template: include_str!("assets/process/page.html"),
    style: include_str!("assets/process/page.css"),
    scripts: &[
        SHARED_SCRIPTS,
        &[
            include_str!("assets/process/heap.js"),
            include_str!("assets/process/search.js"),
            include_str!("assets/process/map.js"),
            include_str!("assets/process/table.js"),
            include_str!("assets/process/main.js"),
        ],
    ],
};

/// Returns the processes as a page.
///
/// # Errors
/// If the data can't be written as text.
pub fn process_page(processes: &Processes) -> Result<String, Error> {
    let (json, lists) = data(processes, MOST_LIST_BYTES)?;
    Ok(filled(&PARTS, &json, &lists))
}

/// Returns the document and its lists: with less of the contents if they would be too large, then
/// with fewer blocks, the largest.
fn data(processes: &Processes, most_bytes: usize) -> Result<(String, String), Error> {
    let mut kept = Kept {
        content_bytes: if processes.shows_contents { MOST_CONTENT_BYTES } else { 0 },
        blocks: processes.processes.iter().filter_map(most_blocks).max().unwrap_or(0),
    };
    loop {
        let mut packed = Packed::default();
        let document = document(processes, kept, &mut packed);
        let json = serde_json::to_string(&document).map_err(failed)?;
        let lists = packed.into_text().map_err(failed)?;
        if lists.len() <= most_bytes || kept.blocks == 0 {
            return Ok((json, lists));
        }
        // Something less than the share that has room: the rest is not all of one kind.
        let share = 0.9 * most_bytes as f64 / lists.len() as f64;
        if kept.content_bytes > 0 {
            kept.content_bytes = (kept.content_bytes as f64 * share) as usize / 8 * 8;
        } else {
            kept.blocks = (kept.blocks as f64 * share) as usize;
        }
    }
}

fn most_blocks(process: &ProcessHeap) -> Option<usize> {
    let blocks = process.blocks.as_ref().ok()?;
    Some(blocks.peak.blocks.len() + blocks.end.blocks.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_fit_together() {
        PARTS.expect_sound();
    }

    fn held(blocks: u32, first: u32) -> Held {
        let hash = |number: u32| number.wrapping_mul(0x9e37_79b9) >> 8;
        let blocks = (first..first + blocks).map(|index| HeldBlock {
            offset: 4096 * index,
            size: 1 + hash(index) % 1000,
            usable: 8 + hash(index) % 1000,
            call: u64::from(1 + index),
        });
        let blocks: Vec<HeldBlock> = blocks.collect();
        let bytes = blocks.iter().map(content_bytes).sum::<usize>() as u32;
        let contents = (0..bytes).map(|byte| hash(hash(byte)) as u8).collect();
        Held { call: 1, heap_bytes: 1 << 30, counted: (1, 1), blocks, contents }
    }

    fn processes(name: &str, peak: Held, end: Held) -> Processes {
        let blocks = Blocks { base: 0x7000, peak, end, ..Blocks::default() };
        Processes {
            program: name.to_owned(),
            heap: "quick".to_owned(),
            shows_contents: true,
            uncounted: 0,
            processes: vec![ProcessHeap {
                name: name.to_owned(),
                pid: 7,
                is_running: false,
                counted: Counted::default(),
                blocks: Ok(blocks),
            }],
        }
    }

    fn json(processes: &Processes, most_bytes: usize) -> (serde_json::Value, usize) {
        let (json, lists) = data(processes, most_bytes).unwrap();
        (serde_json::from_str(&json).unwrap(), lists.len())
    }

    #[test]
    fn a_block_of_both_moments_is_on_the_page_once() {
        let all = processes("x", held(100, 0), held(100, 50));
        let (page, _) = json(&all, usize::MAX);
        let process = &page["processes"][0];
        assert_eq!(process["rows"]["offset"]["count"], 150);
        assert_eq!(process["moments"][0]["blocks"], 100);
        assert_eq!(process["moments"][1]["blocks"], 100);
        assert!(process["moments"][1]["cells"].is_null(), "the page counts them itself");
    }

    #[test]
    fn a_page_that_would_be_too_large_has_less_of_each_block_and_then_fewer() {
        let all = processes("x", held(20_000, 0), held(20_000, 10_000));
        let (page, bytes) = json(&all, usize::MAX);
        assert_eq!(page["content_bytes"], 64);
        let (page, fewer) = json(&all, bytes / 2);
        assert!(fewer <= bytes / 2);
        let content_bytes = page["content_bytes"].as_u64().unwrap();
        assert!(content_bytes > 8 && content_bytes < 64, "{content_bytes}");
        let without = Processes { shows_contents: false, ..all.clone() };
        let most_bytes = json(&without, usize::MAX).1 * 2 / 3;
        let (page, fewest) = json(&all, most_bytes);
        assert!(fewest <= most_bytes, "{fewest} {most_bytes}");
        assert_eq!(page["content_bytes"], 0);
        let process = &page["processes"][0];
        let rows = process["rows"]["offset"]["count"].as_u64().unwrap();
        assert!(rows > 500 && rows < 30_000, "{rows}");
        // The sums and the map are of all blocks.
        let sum: u64 = held(20_000, 0).blocks.iter().map(|block| u64::from(block.size)).sum();
        assert_eq!(process["moments"][0]["payload_bytes"], sum);
        assert_eq!(process["moments"][0]["blocks"], 20_000);
        assert!(process["moments"][0]["cells"].is_object());
        assert_eq!(json(&all, 0).0["processes"][0]["rows"]["offset"]["count"], 0);
    }

    #[test]
    fn no_name_ends_the_data() {
        let page = process_page(&processes("</script><b>", held(1, 0), held(0, 0))).unwrap();
        assert!(!page.contains("</script><b>"));
        assert_eq!(page.matches("</script>").count(), 3);
    }

    #[test]
    fn the_first_shown_has_the_largest_peak() {
        let mut all = processes("x", held(1, 0), held(1, 0));
        let mut other = all.processes[0].clone();
        other.counted.peak_payload_bytes = 9;
        all.processes.push(other.clone());
        assert_eq!(all.first_shown(), Some(1));
        other.counted.peak_payload_bytes = 99;
        other.blocks = Err("none".to_owned());
        all.processes.push(other);
        assert_eq!(all.first_shown(), Some(1), "one with blocks");
    }
}
