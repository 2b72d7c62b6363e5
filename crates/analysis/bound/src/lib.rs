//! How small could a heap be? Bounds that hold for every heap on a trace, beside the heaps that
//! there are.
//!
//! ```text
//!                    utilization on one trace
//!  0 %                                                                        100 %
//!  |------------------------|------------|--------------|-----------------------|
//!                        a heap        packed        ceiling
//!                     sees one call    knows all     only counts the bytes of the
//!                     after another    of the trace  blocks that are live at once
//! ```
//!
//! No heap passes the [ceiling](Bound::live_bytes). Whether a heap can reach it is hard
//! to find out: the problem is NP-complete ("dynamic storage allocation",
//! Garey and Johnson 1979, SR2). The [packing](pack) is one answer, found with the whole trace
//! in sight. So the best possible heap lies between the two, and on most traces they are within a
//! percent of each other.
//!
//! | I want to | start at |
//! |---|---|
//! | know the bounds of a trace | [`Bounds::of`] |
//! | see them beside heaps | [`bound_all`], [`BoundReport`] |
#![forbid(unsafe_code)]

mod bounds;
mod document;
mod grid;
mod load;
mod packing;
mod records;
mod report;
mod results;
mod spans;

pub use bounds::{Bound, Bounds};
pub use load::Load;
pub use packing::pack;
pub use report::BoundReport;
pub use results::{Results, bound_all};
pub use spans::{Format, Span, spans};
