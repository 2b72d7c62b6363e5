//! The page of a report: a template with the style, the data and the scripts put in.

use crate::assemble::{MOST_LIST_BYTES, Parts, SHARED_SCRIPTS, failed, filled};
use crate::document::document;
use crate::packed::Packed;
use crate::results::Results;
use heaplab_support::Error;
use std::path::Path;

const PARTS: Parts = Parts {
    template: include_str!("assets/report/page.html"),
    style: include_str!("assets/report/page.css"),
    scripts: &[
        SHARED_SCRIPTS,
        &[
            include_str!("assets/report/run.js"),
            include_str!("assets/report/view.js"),
            include_str!("assets/report/portrait.js"),
            include_str!("assets/report/charts.js"),
            include_str!("assets/report/facts.js"),
            include_str!("assets/report/controls.js"),
            include_str!("assets/report/panel.js"),
            include_str!("assets/report/main.js"),
        ],
    ],
};

/// Returns the results as a page. `shown_by` makes the command that shows a heap on a trace at a
/// terminal.
///
/// # Errors
/// If the data can't be written as text.
pub fn page(results: &Results, shown_by: &dyn Fn(&str, &Path) -> String) -> Result<String, Error> {
    let (json, lists) = data(results, shown_by, MOST_LIST_BYTES)?;
    Ok(filled(&PARTS, &json, &lists))
}

/// Returns the document and its lists, with as many blocks as have room.
fn data(
    results: &Results,
    shown_by: &dyn Fn(&str, &Path) -> String,
    most_bytes: usize,
) -> Result<(String, String), Error> {
    let longest = results.inputs.iter().map(|input| input.trace.ops().len()).max();
    let kept = results.samplings.iter().map(|sampling| sampling.blocks).max();
    let mut most_blocks = longest.min(kept).unwrap_or(0);
    loop {
        let mut packed = Packed::default();
        let document = document(results, shown_by, most_blocks, &mut packed);
        let json = serde_json::to_string(&document).map_err(failed)?;
        let lists = packed.into_text().map_err(failed)?;
        if lists.len() <= most_bytes || most_blocks == 0 {
            return Ok((json, lists));
        }
        // Something less than the share that has room: the rest is not only blocks.
        let share = most_bytes as f64 / lists.len() as f64;
        most_blocks = (most_blocks as f64 * share * 0.9) as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cell, Gathered, Sampling};
    use heaplab_inputs::Input;
    use heaplab_replay::Facts;
    use heaplab_trace::{Id, Op, Trace, Weight};
    use heaplab_worker::Common;

    /// A page of random sizes and addresses, which can't be packed well.
    fn results(blocks: u32) -> Results {
        let hash = |number: u32| {
            let mixed = number.wrapping_mul(0x9e37_79b9);
            (mixed ^ (mixed >> 15)).wrapping_mul(0x85eb_ca6b) >> 8
        };
        let ops = (0..blocks).map(|block| {
            let id = Id(if block < 64 { block } else { hash(block) % 64 });
            Op::Realloc { id, size: 1 + hash(block) % 1000 }
        });
        let trace = Trace::from_ops("random", Weight::Both, ops.collect()).unwrap();
        let sampling = Sampling::of(&trace, 1, 1);
        let none = heaplab_waste::Sample { ops_done: 0, counts: Default::default() };
        let gathered = Gathered {
            facts: Facts {
                ops: blocks.into(),
                peak_payload_bytes: 1,
                heap_bytes: 1,
                sbrk_calls: 1,
                loads: 0,
                stores: 0,
            },
            heap_start: 0x1_0000,
            addrs: (0..blocks).map(|block| 16 * hash(block)).collect(),
            heap_bytes: Vec::new(),
            costs: Vec::new(),
            touches: None,
            worst: None,
            waste: heaplab_waste::Waste {
                samples: Vec::new(),
                peak: none,
                largest: none,
                largest_heap_bytes: 1,
            },
            free_sizes: Vec::new(),
        };
        let common = Common {
            align_bytes: 16,
            limit_bytes: 1 << 30,
            reading: Default::default(),
            timeout_seconds: 1.0,
        };
        Results {
            common,
            heaps: vec!["one".to_owned()],
            inputs: vec![Input { path: "random.rep".into(), trace }],
            samplings: vec![sampling],
            cells: vec![Cell {
                input: 0,
                heap: 0,
                fault: None,
                checked: None,
                gathered: Some(gathered),
            }],
        }
    }

    #[test]
    fn a_page_that_would_be_too_large_has_fewer_blocks() {
        let results = results(20_000);
        let shown = |most_bytes| {
            let (json, lists) = data(&results, &|_, _| String::new(), most_bytes).unwrap();
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            let trace = &json["traces"][0];
            let [born, addrs] = [&trace["born"], &trace["heaps"][0]["run"]["addrs"]];
            assert_eq!(born["count"], addrs["count"]);
            assert_eq!(trace["blocks"], 20_000);
            (born["count"].as_u64().unwrap(), lists.len())
        };
        let (all, bytes) = shown(usize::MAX);
        assert_eq!(all, 20_000);
        let (some, fewer_bytes) = shown(bytes / 2);
        assert!(some > 2000 && some < 12_000, "{some}");
        assert!(fewer_bytes <= bytes / 2, "{fewer_bytes} {bytes}");
        assert_eq!(shown(0).0, 0);
    }

    #[test]
    fn the_parts_fit_together() {
        PARTS.expect_sound();
    }
}
