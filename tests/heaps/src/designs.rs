//! Every heap with every combination of its policies, for tests that hold for
//! all of them.

use heaplab_arena::host::{self, Host};
use heaplab_arena::{Arena, Refuse, Settings, Silent};
use heaplab_explicit as explicit;
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_implicit as implicit;
use heaplab_quick as quick;
use heaplab_segregated as segregated;
use heaplab_tuned as tuned;

/// An action for each design.
pub trait Visitor {
    /// Performs it; `name` is the design's name on the command line.
    fn visit<D: Design>(&mut self, name: &str, design: &D);
}

/// Visits all five designs with every combination of policy words; of `tuned`, with every pair.
pub fn visit_all(visitor: &mut impl Visitor) {
    for fit in ["first-fit", "next-fit", "best-fit", "worst-fit"] {
        for footers in ["footers", "elided"] {
            for coalescing in ["immediate", "deferred"] {
                visit::<implicit::Policy>(visitor, &[fit, footers, coalescing]);
            }
        }
    }
    for order in ["lifo", "fifo", "address"] {
        for fit in ["first-fit", "best-fit"] {
            for footers in ["footers", "elided"] {
                for coalescing in ["immediate", "deferred"] {
                    let words = [order, fit, footers, coalescing];
                    visit::<explicit::Policy>(visitor, &words);
                    visit::<segregated::Policy>(visitor, &words);
                }
            }
        }
    }
    for classes in ["classes-1", "classes-2", "classes-8"] {
        visit::<segregated::Policy>(visitor, &[classes]);
    }
    for coalescing in ["deferred", "immediate"] {
        for footers in ["elided", "footers"] {
            for top in ["top", "no-top"] {
                for realloc in ["in-place", "moving"] {
                    visit::<quick::Policy>(visitor, &[coalescing, footers, top, realloc]);
                }
            }
        }
    }
    // Each pair of words is among these, but not each three.
    visit::<tuned::Policy>(visitor, &["slabs", "quick", "missing", "sliding"]);
    visit::<tuned::Policy>(visitor, &["slabs", "no-quick", "parts", "no-sliding"]);
    visit::<tuned::Policy>(visitor, &["no-slabs", "quick", "missing", "no-sliding"]);
    visit::<tuned::Policy>(visitor, &["no-slabs", "no-quick", "parts", "sliding"]);
}

fn visit<D: Design>(visitor: &mut impl Visitor, words: &[&str]) {
    let words = words.join(",");
    let design: D = parse_policy(&words).expect("the words above are all known");
    visitor.visit(&format!("{}:{words}", D::NAME), &design);
}

/// Visits the design of one name as the command takes it: `quick`, `explicit:address,best-fit`.
///
/// # Errors
/// If no heap has that name, or it does not know one of the words.
pub fn visit_named(name: &str, visitor: &mut impl Visitor) -> Result<(), String> {
    visit_if_named::<implicit::Policy>(name, visitor)
        .or_else(|| visit_if_named::<explicit::Policy>(name, visitor))
        .or_else(|| visit_if_named::<segregated::Policy>(name, visitor))
        .or_else(|| visit_if_named::<quick::Policy>(name, visitor))
        .or_else(|| visit_if_named::<tuned::Policy>(name, visitor))
        .unwrap_or_else(|| Err(format!("no heap is called `{name}`; `heaplab heaps` lists them")))
}

/// Visits the design if it has that name; else returns none.
fn visit_if_named<D: Design>(name: &str, visitor: &mut impl Visitor) -> Option<Result<(), String>> {
    let (design, words) = name.split_once(':').unwrap_or((name, ""));
    (design == D::NAME).then(|| {
        let design: D = parse_policy(words).map_err(|unknown| unknown.to_string())?;
        visitor.visit(name, &design);
        Ok(())
    })
}

/// Both alignments.
pub const ALIGNS: [Align; 2] = [Align::Eight, Align::Sixteen];

/// Builds a heap of this design on a machine of its own.
pub fn heap<D: Design>(design: &D, align: Align) -> D::Heap<Silent> {
    let arena = host::machine().expect("4 GiB of address space");
    design.build(arena, align).expect("room for an empty heap")
}

/// Returns a machine with a small heap, or one whose `sbrk` fails.
pub fn machine(limit_bytes: u32, refuse: Refuse) -> Arena {
    let settings = Settings { limit_bytes, refuse };
    Arena::with(settings, Silent).expect("4 GiB of address space")
}
