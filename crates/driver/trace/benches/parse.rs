//! How fast trace files are read and written, in bytes of text a second.
//!
//! `cargo bench -p heaplab-trace`. The trace has 4 million operations, about 55
//! MB of text.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use heaplab_trace::{Dialect, Generator, Inexpressible, Parameters, ReadOptions, Trace, write};
use std::hint::black_box;

fn bench(criterion: &mut Criterion) {
    let generator = Generator::named("generational").expect("it is listed");
    let trace = generator.generate(&Parameters {
        seed: 1,
        ops: 4_000_000,
        max_live_blocks: 20_000,
        ..generator.defaults
    });
    let text = write(&trace, Dialect::Peak, Inexpressible::Refuse).expect("plain operations").bytes;

    let mut group = criterion.benchmark_group("trace");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            let reading = Trace::parse("t.rep", black_box(&text), &ReadOptions::default());
            reading.expect("valid").trace.ops().len()
        });
    });
    group.bench_function("write", |bencher| {
        bencher.iter(|| {
            let written = write(black_box(&trace), Dialect::Peak, Inexpressible::Refuse);
            written.expect("plain operations").bytes.len()
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
