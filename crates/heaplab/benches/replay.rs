//! `cargo bench -p heaplab --bench replay`: every bundled trace on every heap,
//! with two baselines: the replay loop alone, and the C library.
//!
//! The time of a benchmark is that of one replay; criterion also shows operations per second. For a
//! quick comparison in turns, use `heaplab run`; this benchmark is for watching one heap over days,
//! with statistics.
//!
//! `cargo bench -p heaplab --bench replay -- quick/` runs one heap.
#![forbid(unsafe_code)]

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use heaplab_heap::Align;
use heaplab_replay::{Nothing, Program, Timed, TimedHeap, TimedSubject, TimingEnvironment};
use heaplab_trace::{ReadOptions, Trace};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A replay slower than this is left out, such as first fit on the implicit list: ten samples of it
/// would take longer than all others together.
const TOO_SLOW: Duration = Duration::from_millis(25);

const HEAP_LIMIT_BYTES: u32 = 1 << 30;

fn replay(criterion: &mut Criterion) {
    let traces = traces();
    let mut contenders: [(&str, Box<dyn Timed>); 5] = [
        ("loop", Box::new(TimedSubject::new(Nothing))),
        ("libc", Box::new(heaplab_real::c_library())),
        ("quick", Box::new(TimedHeap::new(heaplab_quick::Policy::default()))),
        ("explicit", Box::new(TimedHeap::new(heaplab_explicit::Policy::default()))),
        ("implicit", Box::new(TimedHeap::new(heaplab_implicit::Policy::default()))),
    ];
    for (name, contender) in &mut contenders {
        let mut group = criterion.benchmark_group(*name);
        group
            .sample_size(10)
            .sampling_mode(SamplingMode::Flat)
            .warm_up_time(Duration::from_millis(50))
            .measurement_time(Duration::from_millis(250));
        for trace in &traces {
            let program = Program::new(trace).expect("bundled traces fit the machine");
            let mut environment = TimingEnvironment::new(HEAP_LIMIT_BYTES, Align::Sixteen);
            let mut once =
                || contender.replay(&program, &mut environment).expect("every heap can be built");
            if once() > TOO_SLOW {
                println!("{name}/{} is left out: too slow", trace.name());
                continue;
            }
            group.throughput(Throughput::Elements(program.ops() as u64));
            group.bench_function(trace.name(), |bencher| {
                bencher.iter_custom(|replays| (0..replays).map(|_| once()).sum());
            });
        }
        group.finish();
    }
}

/// Returns the bundled traces.
fn traces() -> Vec<Trace> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs/traces"), &mut files);
    files.sort();
    let read = |path: &PathBuf| {
        let bytes = fs::read(path).expect("a bundled trace can be read");
        let reading = Trace::parse(&path.to_string_lossy(), &bytes, &ReadOptions::default());
        reading.expect("a bundled trace has no errors").trace
    };
    files.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("labs/traces can be read") {
        let path = entry.expect("labs/traces can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.to_string_lossy().ends_with(".rep.gz")
            || path.extension().is_some_and(|end| end == "rep")
        {
            files.push(path);
        }
    }
}

criterion_group!(benches, replay);
criterion_main!(benches);
