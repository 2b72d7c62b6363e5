use super::*;
use crate::{Dialect, Id, Inexpressible, write};

/// Returns the FNV-1a hash, which is simple to compute and never changes.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn default_trace(name: &str) -> Trace {
    let generator = Generator::named(name).expect("it is listed");
    generator.generate(&generator.defaults)
}

#[test]
fn generated_traces_never_change() {
    let mut listed = String::new();
    for generator in &GENERATORS {
        let trace = generator.generate(&generator.defaults);
        let dialect = match generator.kind {
            Kind::Stress => Dialect::Extended,
            _ => Dialect::Peak,
        };
        let written = write(&trace, dialect, Inexpressible::Refuse).expect("plain ops");
        listed += &format!("{:18}{:016x}\n", generator.name, hash(&written.bytes));
    }
    let pinned = "\
coalescing        436afeaa2baf0ad6
binary            66d4244e7baa6e46
binary2           c8b302608464226d
realloc           f3cfbd16c0bb3cf6
realloc2          437268cb4c597299
random            6d2dd9264660783e
random2           1197911cc694624b
phases            0f68d9899e4c9fbd
stack             ddf186f8910b900a
queue             6d29b0024a5c0a8a
generational      7ddeb1061e3f576c
producer-consumer 4b50937743895e19
growth            6eb2ca561694015c
diagrams          f2155de184ac2205
n-grams           7c12a6d916ac6352
power-law         0e0b92734178e7ca
mixed             272eb8888fc28b87
huge              d2c611cd2729b4c1
mebibytes         2c73a864d78bba5c
alignments        5f819b2912070793
nothing           da0983771641e950
";
    assert_eq!(listed, pinned, "a generator's output must not change");
}

#[test]
fn classic_traces_are_as_published() {
    let cases = [
        ("coalescing", 14_400, 7_200, 8_190),
        ("binary", 12_000, 6_000, 2000 * (64 + 512)),
        ("binary2", 24_000, 12_000, 4000 * (16 + 128)),
        ("realloc", 14_401, 4_801, 512 + 128 * 4799 + 2 * 128),
        ("realloc2", 14_401, 4_801, 4092 + 5 * 4799 + 2 * 16),
    ];
    for (name, ops, ids, peak) in cases {
        let trace = default_trace(name);
        assert_eq!(trace.ops().len(), ops, "{name}");
        assert_eq!(trace.ids(), ids, "{name}");
        assert_eq!(trace.peak_payload_bytes(), peak, "{name}");
    }
    let (id, size) = (Id(0), 4097);
    assert_eq!(default_trace("realloc2").ops()[2], Op::Realloc { id, size });
}

#[test]
fn a_classic_shape_can_have_other_sizes() {
    for generator in &GENERATORS {
        let classic = matches!(generator.kind, Kind::Fixed | Kind::Random);
        let shape = Classic::named(generator.name);
        assert_eq!(shape.is_some(), classic, "{}", generator.name);
        let Some(shape) = shape else { continue };
        let published = generator.generate(&generator.defaults);
        assert_eq!(shape.ops(1), published.ops(), "{}", generator.name);
        // Three times each size, three times the payload; but not of sizes that are drawn.
        let larger = Trace::from_ops("larger", Weight::Both, shape.resized(|size| 3 * size).ops(1));
        let (larger, peak) = (larger.expect("valid"), published.peak_payload_bytes());
        assert_eq!(larger.ops().len(), published.ops().len());
        match generator.kind {
            Kind::Random => {
                assert!((290..310).contains(&(larger.peak_payload_bytes() * 100 / peak)))
            }
            _ => assert_eq!(larger.peak_payload_bytes(), 3 * peak, "{}", generator.name),
        }
    }
}

#[test]
fn the_two_random_traces_differ() {
    let (one, two) = (default_trace("random"), default_trace("random2"));
    for trace in [&one, &two] {
        assert_eq!(trace.ops().len(), 4800);
        assert_eq!(trace.ids(), 2400);
    }
    assert_ne!(one.ops(), two.ops());
}

#[test]
fn seeds_change_every_trace_except_the_fixed_ones() {
    for generator in &GENERATORS {
        let other_seed = Parameters { seed: 2, ..generator.defaults };
        let same =
            generator.generate(&other_seed).ops() == generator.generate(&generator.defaults).ops();
        assert_eq!(same, generator.kind == Kind::Fixed, "{}", generator.name);
    }
}

#[test]
fn program_shapes_keep_to_their_limits_and_free_everything() {
    let programs = GENERATORS.iter().filter(|g| g.kind == Kind::Program);
    for generator in programs {
        for (ops, max_live_blocks) in [(0, 0), (10, 1), (999, 16), (5_000, 300), (20_000, 5_000)] {
            let parameters = Parameters { seed: 3, ops, max_live_blocks, size_factor: 1 };
            let trace = generator.generate(&parameters);
            let name = format!("{} {parameters:?}", generator.name);
            let mut ledger = crate::Ledger::new();
            let mut most_live = 0;
            for op in trace.ops() {
                ledger.apply(*op, 0).expect("valid");
                most_live = most_live.max(ledger.live_blocks());
            }
            assert_eq!(ledger.live_blocks(), 0, "{name}");
            assert!(trace.ops().len() <= ops as usize, "{name}");
            assert!(most_live <= max_live_blocks.max(16), "{name}: {most_live}");
            if max_live_blocks >= 16 {
                assert!(trace.ops().len() + 20 >= ops as usize, "{name}");
                assert!(most_live * 4 >= max_live_blocks.min(ops / 10), "{name}: {most_live}");
            }
        }
    }
}

/// Checks what the stress traces are for, and that a heap of half a gibibyte is enough, even one
/// that takes back only its last block.
#[test]
fn stress_traces_have_what_no_program_has() {
    let of = |name, seed| {
        let generator = Generator::named(name).expect("it is listed");
        let parameters = Parameters { seed, ..generator.defaults };
        generator.generate(&parameters)
    };
    for seed in 1..20 {
        let all = ["huge", "mebibytes", "alignments", "nothing"].map(|name| of(name, seed));
        for trace in &all {
            let mut ledger = crate::Ledger::new();
            for op in trace.ops() {
                ledger.apply(*op, 0).expect("valid");
            }
            assert_eq!(ledger.live_blocks(), 0, "{}", trace.name());
            assert!(trace.ops().len() < 500, "{}", trace.name());
            assert!(trace.peak_payload_bytes() < 256 << 20, "{}", trace.name());
        }
        let [huge, mebibytes, alignments, nothing] = &all;
        let sizes = |trace: &Trace| trace.ops().iter().filter_map(|op| op.size()).collect();
        let (huge, mebibytes): (Vec<u32>, Vec<u32>) = (sizes(huge), sizes(mebibytes));
        let nothing: Vec<u32> = sizes(nothing);
        assert!(huge.iter().filter(|&&size| size >= 16 << 20).count() >= 12);
        for size in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, (8 << 20) + 4096] {
            assert!(mebibytes.contains(&size));
        }
        for log2 in 3..=26 {
            let has =
                |op: &Op| matches!(op, Op::Memalign { align_log2, .. } if *align_log2 == log2);
            assert!(alignments.ops().iter().any(has));
        }
        assert!(nothing.iter().filter(|&&size| size == 0).count() > 20);
    }
}

#[test]
fn larger_blocks_are_the_same_trace_with_larger_sizes() {
    for generator in GENERATORS.iter().filter(|g| g.kind == Kind::Program) {
        let parameters = |size_factor| Parameters { size_factor, ops: 500, ..generator.defaults };
        let (small, large) =
            (generator.generate(&parameters(1)), generator.generate(&parameters(250)));
        assert_eq!(small.ops().len(), large.ops().len());
        let peaks = [&small, &large].map(Trace::peak_payload_bytes);
        assert_eq!(peaks[0] * 250, peaks[1], "{}", generator.name);
        let how = &large.comments()[0].text;
        assert!(how.ends_with(" --size-factor 250"), "{how}");
        // A size that no trace can hold becomes the largest that one can.
        let huge = generator.generate(&parameters(u32::MAX));
        assert!(huge.peak_payload_bytes() >= u32::MAX.into());
    }
}

#[test]
fn comments_say_how_a_trace_was_made() {
    let trace = default_trace("stack");
    assert_eq!(
        trace.comments()[0].text,
        "heaplab trace gen stack --seed 1 --ops 20000 --max-live 1000"
    );
}
