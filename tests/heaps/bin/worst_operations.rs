//! The most expensive operation of every heap, with many live and many free
//! blocks:
//!
//! ```text
//! cargo run --release -p heaplab-heap-tests --bin worst-operations -- tuned 1000000
//! ```
#![forbid(unsafe_code)]

use clap::Parser;
use heaplab_heap::{Align, Design};
use heaplab_heap_tests::designs::{Visitor, visit_all};
use heaplab_heap_tests::worst_operation::measure;

#[derive(Parser)]
struct Options {
    /// Only heaps whose name begins like this.
    heap: String,
    /// Live blocks, and as many free ones.
    blocks: u32,
    /// Calls of each operation; fewer for heaps that search long.
    #[arg(long, default_value_t = 20)]
    calls: u32,
}

impl Visitor for Options {
    fn visit<D: Design>(&mut self, name: &str, design: &D) {
        if !name.starts_with(&self.heap) {
            return;
        }
        let worst = measure(design, Align::Sixteen, self.blocks, self.calls);
        println!(
            "{name:38} {:>9} {:>12} {:>12} {:>12}",
            self.blocks, worst.malloc, worst.free, worst.memalign
        );
    }
}

fn main() {
    let mut options = Options::parse();
    println!(
        "{:38} {:>9} {:>12} {:>12} {:>12}",
        "words read and written by one call", "blocks", "malloc", "free", "memalign"
    );
    visit_all(&mut options);
}
