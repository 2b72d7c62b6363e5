//! Pictures of heaps, from the facts that the other analyses find.
//!
//! | picture | question | facts |
//! |---|---|---|
//! | [`map`] | where are the blocks, over time? | a film, by [`AskPortrait`] |
//! | [`waste`] | where do the bytes go, over time? | [`heaplab_waste`] |
//! | [`cost`] | what do the operations cost? | [`heaplab_cost`] |
//! | [`growth`] | how does the cost grow with the heap? | the document `heaplab.growth.v1` |
//! | [`split`] | what do many heaps need? | the document `heaplab.split.v1` |
//! | [`programs`] | how do real programs run? | the document `heaplab.programs.v1` |
//! | [`frontier`] | which heap is both fast and small? | `heaplab.compare.v1` or `heaplab.run.v1` |
//!
//! A picture has no facts of its own: those that are drawn from a document can be drawn again from
//! a file with it. A heap that fails is drawn up to the operation at which it fails ([`Portion`]).
#![forbid(unsafe_code)]

mod cost;
mod figures;
mod frontier;
mod growth;
mod map;
mod portion;
mod portrait;
mod programs;
mod split;
mod waste;

pub use cost::{cost, costs};
pub use frontier::frontier;
pub use growth::growth;
pub use heaplab_pictures::{Background, Form, Picture};
pub use map::{map, portraits};
pub use portion::Portion;
pub use portrait::{AskPortrait, Column, Portrait, Run, Shape};
pub use programs::programs;
pub use split::split;
pub use waste::{waste, wastes};
