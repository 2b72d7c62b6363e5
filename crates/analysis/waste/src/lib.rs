//! Where the bytes of a heap went: at any moment of a trace, every byte of the
//! heap segment is in exactly one part (CS:APP 9.9.3 and 9.9.4).
//!
//! ```text
//!  start                                                                     break
//!  +-----+------------------------------------+---------------------+-------+
//!  | own | tags | payload | padding | tags    | free   : never used |  own  |
//!  +-----+------------------------------------+---------------------+-------+
//!         \___________ allocated block ______/ \____ free block ___/
//! ```
//!
//! | part | what it is | cause |
//! |---|---|---|
//! | payload | the bytes that the program asked for | the request: the numerator of utilization |
//! | tags | headers and footers of allocated blocks | the block format |
//! | padding | usable, but not asked for: internal fragmentation | alignment, the smallest block, remainders not split off |
//! | free | free blocks: external fragmentation | placement, splitting, coalescing |
//! | never used | words of free blocks, never handed out or written | growing too far, too early |
//! | own | in no block: prologue, list heads, pads, epilogue | the design |
//!
//! | I want to | start at |
//! |---|---|
//! | find it over a whole trace | [`measure()`]; in a worker [`CountBytes`] |
//! | find it also at moments of one's choice | [`measure_at`] |
//! | find it in a heap as it is now | [`BlockCounts::take`] |
//! | find what each part costs in utilization | [`Waste::cost`] |
#![forbid(unsafe_code)]

mod account;
mod cost;
mod diagnosis;
mod document;
mod job;
mod measure;
mod picture;
mod program;
mod records;
mod report;
mod results;
mod table;
mod touched;

pub use cost::Cost;
pub use heaplab_replay::{BlockCounts, Parts};
pub use job::CountBytes;
pub use measure::{Position, Sample, Settings, Stopped, Waste, measure, measure_at};
pub use report::{WasteReport, told_faults};
pub use results::{Cell, Results, count_all};
pub use touched::Touched;
