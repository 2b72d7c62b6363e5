//! A film shows the same heap as a replay up to that step, in whatever order steps are seen.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

use heaplab_arena::host::{self, Host};
use heaplab_arena::{Addr, Arena};
use heaplab_film::{Film, Options};
use heaplab_heap::{Align, BlockView, Design, Heap};
use heaplab_replay::call;
use heaplab_trace::{Id, Op, ReadOptions, Trace};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a heap looks like: a number for its blocks, its lists and its bytes.
type Look = (u64, u64, u64);

/// Of a heap with more bytes than this only those at both ends are compared, this many in all.
const MOST_BYTES: u32 = 1 << 20;

/// Returns the parts of a heap segment that are compared.
fn ends(start: u32, bytes: u32) -> [(u32, u32); 2] {
    let part = bytes.min(MOST_BYTES) / 2;
    [(start, part), (start + bytes - part, part)]
}

fn number(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Replays a trace on a plain heap, and looks at it where this many operations are done.
fn replay<D: Design>(design: &D, trace: &Trace, at: &[usize]) -> HashMap<usize, Look> {
    let mut heap = design.build(host::machine().unwrap(), Align::Sixteen).unwrap();
    let (mut held, mut looks) = (HashMap::<Id, Addr>::new(), HashMap::new());
    for done in 0..=*at.iter().max().unwrap_or(&0) {
        if let Some(index) = done.checked_sub(1) {
            let op = trace.ops()[index];
            let payload = op.id().and_then(|id| held.get(&id).copied()).unwrap_or(Addr::NULL);
            let addr = call(&mut heap, op, payload).unwrap();
            match (op, op.id()) {
                (Op::Free { .. }, Some(id)) => held.remove(&id),
                (Op::Realloc { size: 0, .. }, Some(id)) if held.contains_key(&id) => {
                    held.remove(&id)
                }
                (_, Some(id)) => held.insert(id, addr),
                _ => None,
            };
        }
        if at.binary_search(&done).is_ok() {
            looks.insert(done, look(&heap));
        }
    }
    looks
}

fn look<H: Heap>(heap: &H) -> Look {
    let blocks: Vec<_> = heap.blocks().map(parts).collect();
    let lists: Vec<_> =
        heap.free_lists().map(|entry| (entry.list, entry.payload.to_word())).collect();
    let arena: &Arena<_> = heap.arena();
    let ends = ends(arena.start().to_word(), arena.heap_bytes());
    let bytes = ends.map(|(addr, size)| arena.payload(Addr::new(addr), size).unwrap().to_vec());
    (number(blocks), number(lists), number(bytes))
}

fn parts(block: BlockView) -> (u32, u32, u32, bool) {
    (block.start.to_word(), block.size, block.payload.to_word(), block.allocated)
}

fn look_of_film<D: Design>(film: &mut Film<D>, done: usize) -> Look {
    let heap = film.heap(done, &|_| ()).unwrap();
    let blocks = heap.blocks.iter();
    let blocks: Vec<_> =
        blocks.map(|block| (block.start, block.bytes, block.payload, block.is_allocated)).collect();
    let lists: Vec<_> = heap.lists.iter().map(|entry| (entry.list, entry.payload)).collect();
    let ends = ends(heap.heap_start, heap.heap_break - heap.heap_start);
    let bytes = ends.map(|part| film.bytes(done, part, &|_| ()).unwrap().unwrap());
    (number(blocks), number(lists), number(bytes))
}

/// Returns the places of a walk back and forth: mostly a step or a few, sometimes a jump.
fn places(steps: usize, len: usize, random: &mut impl Rng) -> Vec<usize> {
    let mut at = 0;
    let mut places = Vec::with_capacity(steps);
    for _ in 0..steps {
        at = match random.random_range(0..10) {
            0 => random.random_range(0..=len),
            1..=3 => (at + random.random_range(1..50)).min(len),
            4 | 5 => at.saturating_sub(random.random_range(1..50)),
            6 | 7 => (at + 1).min(len),
            _ => at.saturating_sub(1),
        };
        places.push(at);
    }
    places
}

fn walk<D: Design>(design: D, name: &str, trace: &Arc<Trace>, steps: usize, seed: u64) {
    if steps == 0 {
        return;
    }
    println!("{} {name}, {steps} steps, seed {seed}", D::NAME);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let places = places(steps, trace.ops().len(), &mut random);
    let mut sorted = places.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let looks = replay(&design, trace, &sorted);
    let mut film = Film::record(design, Arc::clone(trace), Options::default()).unwrap();
    assert_eq!((film.len(), film.failure()), (trace.ops().len(), None), "{name}");
    for place in places {
        // Half of the time the step is performed under the probe that records.
        if let (true, Some(step)) = (random.random(), place.checked_sub(1)) {
            let step = film.step(step).unwrap();
            let touched: BTreeMap<_, _> =
                step.blocks.iter().map(|block| (block.start, block.after)).collect();
            let heap = film.heap(place, &|_| ()).unwrap();
            for (start, after) in touched {
                let now = heap.blocks.iter().find(|block| block.start == start);
                assert_eq!(
                    now.map(|block| (block.bytes, block.is_allocated)),
                    after.map(|block| (block.bytes, block.is_allocated)),
                    "{name}: block {start:#x} after {place} operations"
                );
            }
        }
        assert_eq!(look_of_film(&mut film, place), looks[&place], "{name}: {place}");
    }
}

fn traces_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../labs/traces")
}

fn read(name: &str) -> Arc<Trace> {
    let path = traces_folder().join(name);
    let trace = Trace::read(name, File::open(path).unwrap(), &ReadOptions::STRICT);
    Arc::new(trace.unwrap().trace)
}

/// The seed of all walks, printed with each. `.ci/film` chooses another one each time.
fn seed() -> u64 {
    std::env::var("SEED").map_or(1, |seed| seed.parse().expect("a number"))
}

#[test]
fn a_short_walk_over_small_traces() {
    let seed = seed();
    for name in ["shapes/stack.rep", "classic/realloc2.rep", "stress/alignments.rep"] {
        let trace = read(name);
        walk(heaplab_implicit::Policy::default(), name, &trace, 40, seed);
        walk(heaplab_quick::Policy::default(), name, &trace, 40, seed);
    }
    walk(heaplab_bump::Policy, "shapes/stack.rep", &read("shapes/stack.rep"), 40, seed);
}

/// Ten thousand steps over each bundled trace; `.ci/film` runs this, with more optimization.
#[test]
#[ignore = "minutes: .ci/film"]
fn a_long_walk_over_each_bundled_trace() {
    let seed = seed();
    let mut folders: Vec<PathBuf> = vec![traces_folder()];
    let mut walked = 0;
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> =
            folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let name = path.strip_prefix(traces_folder()).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rep") || name.ends_with(".rep.gz") {
                long_walk(&name, &read(&name), seed + walked);
                walked += 1;
            }
        }
    }
    assert!(walked >= 30, "{walked} traces");
}

/// Takes ten thousand steps, on one heap after the other. The two heaps without size classes are
/// for short traces: their searches take minutes on the others.
fn long_walk(name: &str, trace: &Arc<Trace>, seed: u64) {
    let is_short = trace.ops().len() < 20_000;
    let (implicit, others) = if is_short { (2500, 2500) } else { (0, 5000) };
    walk(heaplab_implicit::Policy::default(), name, trace, implicit, seed);
    walk(heaplab_explicit::Policy::default(), name, trace, implicit, seed + 1000);
    walk(heaplab_segregated::Policy::default(), name, trace, others, seed + 2000);
    walk(heaplab_quick::Policy::default(), name, trace, others, seed + 3000);
}
