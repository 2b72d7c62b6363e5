//! Utilization of a heap on every family of generated traces, and on ten variations of each with
//! other sizes and seeds, as a Markdown table:
//!
//! ```text
//! cargo run --release -p heaplab-heap-tests --bin variations -- tuned quick:immediate
//! ```
//!
//! It exits with 1 if variations of a family are more than a point from its base, by utilization
//! over the ceiling without headers.
#![forbid(unsafe_code)]

use clap::Parser;
use heaplab_heap::Design;
use heaplab_heap_tests::designs::{ALIGNS, Visitor, visit_named};
use heaplab_heap_tests::variations::{Change, MOST_POINTS, Range, VARIATIONS, Varied, families};
use heaplab_trace::Parameters;
use std::process::ExitCode;

#[derive(Parser)]
struct Options {
    /// Heaps, as `heaplab run` names them.
    #[arg(required = true)]
    heaps: Vec<String>,
    /// The length of traces that can have any.
    #[arg(long, default_value_t = 100_000)]
    ops: u32,
    /// The most blocks that are live at once in these.
    #[arg(long, default_value_t = 10_000)]
    max_live: u32,
    /// Only other seeds, with the same sizes: what chance alone does.
    #[arg(long)]
    same_sizes: bool,
    /// The seed of the bases; the variations have those that follow it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Prints a table for each heap that was asked for.
struct Tables<'a> {
    options: &'a Options,
    /// The families, of any heap, that are not close to their base.
    far: u32,
}

impl Visitor for Tables<'_> {
    fn visit<D: Design>(&mut self, name: &str, design: &D) {
        let Options { ops, max_live: max_live_blocks, seed, .. } = *self.options;
        let change = if self.options.same_sizes { Change::Seeds } else { Change::SeedsAndSizes };
        let parameters = Parameters { seed, ops, max_live_blocks, size_factor: 1 };
        println!(
            "\n`{name}`: base, and lowest to highest of {VARIATIONS} variations, in percent\n"
        );
        println!("| family | align | utilization | | of ceiling | | of ceiling, headers | |");
        println!("|---|--:|--:|--:|--:|--:|--:|--:|");
        let mut far = Vec::new();
        for family in families() {
            for align in ALIGNS {
                let varied = Varied::measure(design, family, &parameters, change, align);
                let of_ceiling = varied.range(|shares| shares.of_ceiling);
                let of_header_ceiling = varied.range(|shares| shares.of_header_ceiling);
                let align = align.bytes();
                print!("| {} | {align} |", family.name);
                let utilization = varied.range(|shares| shares.utilization);
                for range in [utilization, of_ceiling, of_header_ceiling] {
                    print!(" {:.2} | {:.2} to {:.2} |", range.base, range.lowest, range.highest);
                }
                println!();
                if !of_ceiling.is_close() {
                    let distance = distance(&of_ceiling);
                    let headers = self::distance(&of_header_ceiling);
                    let family = family.name;
                    far.push(format!("- {family}, align {align}: {distance}; headers: {headers}"));
                }
            }
        }
        match far.len() {
            0 => println!("\nAll variations are within {MOST_POINTS} point of their base."),
            _ => {
                println!("\nFurther than {MOST_POINTS} point from the base:\n\n{}", far.join("\n"))
            }
        }
        self.far += far.len() as u32;
    }
}

/// Returns how far variations are from their base, in points.
fn distance(range: &Range) -> String {
    format!("{:+.2} to {:+.2}", -range.points_below(), range.points_above())
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut tables = Tables { options: &options, far: 0 };
    for heap in &options.heaps {
        if let Err(error) = visit_named(heap, &mut tables) {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    }
    ExitCode::from(u8::from(tables.far > 0))
}
