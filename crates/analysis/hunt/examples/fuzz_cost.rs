//! How many operations a second the fuzzer runs, and how fast it finds new ways through a heap.
//!
//! ```console
//! $ cargo run --release -p heaplab-hunt --example fuzz_cost
//! ```
#![forbid(unsafe_code)]

use heaplab_heap::{Align, Design};
use heaplab_hunt::{FuzzReport, FuzzSettings, Outcome, fuzz, run_case};
use std::time::{Duration, Instant};

fn main() {
    measure(&heaplab_implicit::Policy::default());
    measure(&heaplab_explicit::Policy::default());
    measure(&heaplab_quick::Policy::default());
}

fn measure<D: Design>(design: &D) {
    let settings = FuzzSettings {
        seed: 1,
        ops: u64::MAX,
        least_limit_bytes: 16 << 10,
        bad_pointers: std::env::args().all(|word| word != "--no-bad-pointers"),
        memalign: true,
    };
    let start = Instant::now();
    let mut next = Duration::from_millis(500);
    let FuzzReport { progress, found } = fuzz(
        &settings,
        |case, coverage| match run_case(design, Align::Sixteen, case, coverage, &|_| ()) {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Sound,
        },
        |progress| {
            if start.elapsed() >= next {
                println!("{:>10} {:.1?} {progress:?}", D::NAME, start.elapsed());
                next *= 2;
            }
            start.elapsed() < Duration::from_secs(10)
        },
    );
    let rate = progress.ops as f64 / start.elapsed().as_secs_f64();
    println!("{:>10} {progress:?}\n{rate:.0} operations a second", D::NAME);
    if let Some((case, failure)) = found {
        println!("{failure:?} {} {:?}", case.limit_bytes, case.refuse);
        for op in case.trace.ops() {
            println!("{op}");
        }
    }
}
