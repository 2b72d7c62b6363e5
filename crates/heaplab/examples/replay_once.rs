//! Replays one trace once on one heap, without measuring: valgrind can count it, to compare with
//! the counts of `heaplab cost` (docs/cost.md).
//!
//! ```console
//! $ cargo build --profile bench -p heaplab --example replay_once
//! $ valgrind --tool=callgrind --cache-sim=yes target/release/examples/replay_once implicit labs/traces/classic/random.rep
//! ```
//!
//! With `nothing` as the heap, the same loop makes no calls.
#![forbid(unsafe_code)]

use heaplab_arena::host;
use heaplab_heap::{Align, Design};
use heaplab_replay::{Heartbeat, Nothing, Program, Simulated, Subject};
use heaplab_trace::{ReadOptions, Trace};
use std::error::Error;
use std::hint::black_box;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [heap, file] = &arguments[..] else {
        return Err("expected a heap and a trace".into());
    };
    let reading = Trace::parse(file, &std::fs::read(file)?, &ReadOptions::default());
    let trace = reading.map_err(|report| report.render(false))?.trace;
    let program = Program::new(&trace)?;
    match heap.as_str() {
        "nothing" => replay(&program, Nothing),
        "implicit" => on(&program, &heaplab_implicit::Policy::default()),
        "explicit" => on(&program, &heaplab_explicit::Policy::default()),
        "segregated" => on(&program, &heaplab_segregated::Policy::default()),
        "quick" => on(&program, &heaplab_quick::Policy::default()),
        other => Err(format!("no heap {other}").into()),
    }
}

fn on<D: Design>(program: &Program, design: &D) -> Result<(), Box<dyn Error>> {
    let heap = design.build(host::machine()?, Align::Sixteen)?;
    replay(program, Simulated(heap))
}

fn replay<S: Subject>(program: &Program, mut subject: S) -> Result<(), Box<dyn Error>> {
    let mut slots = vec![S::NULL; program.slots()];
    program.replay(&mut subject, &mut slots, &Heartbeat::new());
    // This keeps the compiler from removing the replay as having no effect.
    black_box(slots);
    Ok(())
}
