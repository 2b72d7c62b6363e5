//! `heaplab plot`: pictures of heaps, as SVG or PNG.
//!
//! [`heaplab_plot`] draws; the facts are those of the other commands.

mod figures;
mod on_trace;
mod output;
#[cfg(feature = "production")]
mod production;

use crate::Outcome;
use clap::Subcommand;
use heaplab_worker::Heaps;
pub use on_trace::{one_trace, waste_svg};
pub use output::write_svg;

/// Arguments of `heaplab plot`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    picture: Kind,
}

/// What to draw.
#[derive(Subcommand)]
enum Kind {
    /// Where the blocks are: addresses over the operations of a trace.
    Map(on_trace::OnTrace),
    /// Where the bytes go: payload, tags, padding, free blocks over the operations of a trace.
    Waste(on_trace::OverTime),
    /// What operations cost: loads and stores over the operations of a trace.
    Cost(on_trace::OnTrace),
    /// How the cost of malloc grows with the number of blocks.
    Growth(figures::Growth),
    /// What many heaps need beside one.
    #[cfg(feature = "production")]
    Split(production::Split),
    /// Memory against speed, a point a heap, production allocators too.
    #[cfg(feature = "production")]
    Frontier(production::Frontier),
    /// Real programs under several mallocs, from the figures of `bench-programs`.
    Programs(figures::Programs),
}

/// Runs the command.
pub fn run(lab: &Heaps, arguments: &Arguments) -> Outcome {
    match &arguments.picture {
        Kind::Map(arguments) => on_trace::map(lab, arguments),
        Kind::Waste(arguments) => on_trace::waste(lab, arguments),
        Kind::Cost(arguments) => on_trace::cost(lab, arguments),
        Kind::Growth(arguments) => figures::growth(lab, arguments),
        #[cfg(feature = "production")]
        Kind::Split(arguments) => production::split(lab, arguments),
        #[cfg(feature = "production")]
        Kind::Frontier(arguments) => production::frontier(lab, arguments),
        Kind::Programs(arguments) => figures::programs(arguments),
    }
}
