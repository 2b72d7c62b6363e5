//! What an allocator's operations cost, exactly: counted, and the same on every
//! machine, so that it can be graded.
//!
//! | question | asked by | answer |
//! |---|---|---|
//! | What did each operation of a trace cost? | [`measure`]; in a worker [`CountCost`] | [`Cost`]: for every [`Measure`] total, 99th percentile and worst operation |
//! | What did each operation read and write, one by one? | [`measure_each`] | [`Words`] |
//! | Would the accesses hit a cache? | [`Cache`] | misses, for a stated [`Geometry`] |
//! | How does the cost grow with the heap? | [`Experiment`], [`Law`] | a law, fitted to counts |
//!
//! It counts what the allocator does to the simulated memory. It does not count accesses to the
//! fields of the allocator's struct, its instructions, or what the program does in its payloads.
#![forbid(unsafe_code)]

mod cache;
mod cost;
mod counts;
mod distribution;
mod experiment;
mod footprint;
mod geometry;
mod job;
mod law;
mod meter;
mod options;
mod probe;

pub use cache::Cache;
pub use cost::{Cost, measure, measure_each};
pub use counts::{Counts, Measure, Words};
pub use distribution::{Distribution, Summary, Worst};
pub use experiment::{Experiment, Point};
pub use geometry::{Geometry, GeometryError};
pub use job::CountCost;
pub use law::{Growth, Law};
pub use options::{Options, Part, Stretch};
