//! Shapes of programs that live on very many small blocks.
//!
//! In such programs a header of a word is a large part of a block, so they show what blocks
//! without headers save. Everything is freed at the end, within the number of operations asked
//! for.

use super::builder::TraceBuilder;
use super::parameters::Parameters;
use super::random::RandomSource;
use crate::{Id, Op};

/// Makes a package of binary decision diagrams: nodes of one size in a hash table that doubles,
/// and a cache of results that doubles with it.
///
/// A call makes a run of nodes. Some results are dropped soon, some stay; a node may be shared by
/// a result that stays. When the table is full, a sweep over it frees the dead nodes: many, and
/// scattered, since the order of the table has nothing to do with addresses. If most nodes are
/// alive, the table doubles.
pub(super) fn diagrams(parameters: &Parameters) -> Vec<Op> {
    // Room for the two tables, and for a new one beside the old one.
    let (ops, most_nodes) = (parameters.ops, parameters.max_live_blocks.max(16) - 3);
    let mut package = Package {
        random: RandomSource::new(parameters.seed, 16),
        builder: TraceBuilder::new(),
        nodes: Vec::new(),
        most_nodes,
        sweep_at: most_nodes.div_ceil(3),
        sweeps: 0,
        table: None,
        cache: None,
        buckets: 0,
    };
    while package.builder.has_room(6, ops) {
        let nodes = package.random.between(1, 200);
        let dies = package.sweeps.saturating_add(package.results_lifetime());
        for _node in 0..nodes {
            if !package.builder.has_room(6, ops) {
                break;
            }
            package.add_node(dies);
        }
    }
    package.end()
}

/// Bytes of a node: two children, the next node of its bucket, a variable and two counts.
const NODE_BYTES: u32 = 40;

struct Node {
    id: Id,
    /// Which nodes of the table come before it.
    hash: u32,
    /// The sweep that frees it.
    dies: u32,
}

/// The state of a package of diagrams.
struct Package {
    random: RandomSource,
    builder: TraceBuilder,
    nodes: Vec<Node>,
    most_nodes: u32,
    /// At this number of nodes dead ones are looked for.
    sweep_at: u32,
    sweeps: u32,
    table: Option<Id>,
    cache: Option<Id>,
    buckets: u32,
}

impl Package {
    /// Returns how many sweeps the nodes of a result survive.
    fn results_lifetime(&mut self) -> u32 {
        match self.random.below(100) {
            0..60 => 1,
            60..90 => self.random.between(2, 6),
            _ => self.random.between(6, 60),
        }
    }

    fn add_node(&mut self, dies: u32) {
        if self.nodes.len() as u32 >= self.sweep_at {
            self.sweep();
        }
        if self.nodes.len() as u32 >= self.buckets {
            self.double();
        }
        // Another result shares one node in eight.
        let shared = if self.random.percent(12) { self.random.between(1, 12) } else { 0 };
        let hash = self.random.below(u32::MAX);
        let id = self.builder.malloc(NODE_BYTES);
        self.nodes.push(Node { id, hash, dies: dies.saturating_add(shared) });
    }

    /// Frees the dead nodes, in the order of the table.
    fn sweep(&mut self) {
        self.sweeps += 1;
        let now = self.sweeps;
        let before = self.nodes.len();
        self.free_nodes(|node| node.dies <= now);
        let few_were_dead = self.nodes.len() * 3 > before;
        if few_were_dead && self.sweep_at < self.most_nodes {
            self.sweep_at = self.sweep_at.saturating_mul(2).min(self.most_nodes);
        } else if self.nodes.len() * 8 > before * 7 {
            // The limit on memory is reached: the oldest results are given up.
            let mut deaths: Vec<u32> = self.nodes.iter().map(|node| node.dies).collect();
            deaths.sort_unstable();
            let middle = deaths[deaths.len() / 2];
            self.free_nodes(|node| node.dies <= middle);
        }
    }

    fn free_nodes(&mut self, is_dead: impl Fn(&Node) -> bool) {
        let (mut dead, alive): (Vec<Node>, Vec<Node>) =
            std::mem::take(&mut self.nodes).into_iter().partition(is_dead);
        dead.sort_unstable_by_key(|node| (node.hash, node.id));
        self.builder.free_all(dead.into_iter().map(|node| node.id));
        self.nodes = alive;
    }

    /// Doubles the table, whose nodes move to the new one, and the cache, which begins empty.
    fn double(&mut self) {
        self.buckets = self.buckets.saturating_mul(2).max(16);
        let table = self.builder.malloc(self.buckets.saturating_mul(8));
        self.builder.free_all(self.table.replace(table));
        self.builder.free_all(self.cache.take());
        self.cache = Some(self.builder.malloc(self.buckets.saturating_mul(4)));
    }

    fn end(mut self) -> Vec<Op> {
        self.free_nodes(|_| true);
        self.builder.free_all(self.table.into_iter().chain(self.cache));
        self.builder.ops
    }
}

/// Makes a counter of n-grams: text after text is counted in a map of strings.
///
/// Each n-gram of a text is first put together as a temporary string. If the map has it already,
/// the string is freed. If not, the map keeps it, in a node of its own. Nothing else is freed
/// before the text ends, except the map's table when it doubles.
pub(super) fn n_grams(parameters: &Parameters) -> Vec<Op> {
    /// Bytes of a node: the next one of its bucket, the string, its hash, and the count.
    const NODE_BYTES: u32 = 32;
    let (ops, max_live) = (parameters.ops, parameters.max_live_blocks.max(16));
    let mut random = RandomSource::new(parameters.seed, 17);
    let mut builder = TraceBuilder::new();
    while builder.has_room(4, ops) {
        let mut entries: Vec<[Id; 2]> = Vec::new();
        let (mut table, mut buckets) = (None, 0);
        // Two blocks for an n-gram, and a new table beside the old one.
        while builder.live_blocks() + 4 <= max_live && builder.has_room(4, ops) {
            let string = builder.malloc(n_gram_size(&mut random));
            if random.percent(35) {
                builder.free(string);
                continue;
            }
            entries.push([string, builder.malloc(NODE_BYTES)]);
            if entries.len() as u32 > buckets {
                buckets = buckets.saturating_mul(2).max(8);
                let larger = builder.malloc(buckets.saturating_mul(8));
                builder.free_all(table.replace(larger));
            }
        }
        // The map is dropped: bucket by bucket, so in any order of addresses.
        while let Some(entry) = random.take(&mut entries) {
            builder.free_all(entry);
        }
        builder.free_all(table);
    }
    builder.ops
}

/// Returns the size of one to three words, with spaces between them and a zero at the end: 4 to 40
/// bytes.
fn n_gram_size(random: &mut RandomSource) -> u32 {
    let words = random.between(1, 3);
    let letters: u32 = (0..words).map(|_| random.between(3, 6) + random.below(8)).sum();
    (letters + words).min(40)
}

/// Makes blocks of 1 to 4095 bytes by a power law, freed at random.
///
/// Each doubling of the size is three quarters as likely as the one before. So about half of all
/// blocks have at most 5 bytes, and the few blocks of more than a thousand have half of the bytes.
pub(super) fn power_law(parameters: &Parameters) -> Vec<Op> {
    let (ops, max_live) = (parameters.ops, parameters.max_live_blocks);
    let mut random = RandomSource::new(parameters.seed, 18);
    let mut builder = TraceBuilder::new();
    let mut live: Vec<Id> = Vec::new();
    while builder.has_room(1, ops) && max_live > 0 {
        if builder.live_blocks() < max_live && random.percent(60) {
            live.push(builder.malloc(heavy_tailed_size(&mut random)));
        } else if let Some(id) = random.take(&mut live) {
            builder.free(id);
        }
    }
    while let Some(id) = random.take(&mut live) {
        builder.free(id);
    }
    builder.ops
}

/// Returns a size from 1 to 4095.
fn heavy_tailed_size(random: &mut RandomSource) -> u32 {
    const MOST_DOUBLINGS: u32 = 11;
    loop {
        let mut doublings = 0;
        while random.percent(75) {
            doublings += 1;
        }
        if doublings <= MOST_DOUBLINGS {
            let least = 1 << doublings;
            return least + random.below(least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Generator, Trace};
    use std::collections::BTreeMap;

    fn trace(name: &str, ops: u32, max_live_blocks: u32) -> Trace {
        let generator = Generator::named(name).expect("it is listed");
        generator.generate(&Parameters { ops, max_live_blocks, ..generator.defaults })
    }

    /// Returns how many blocks there are of each size.
    fn sizes(trace: &Trace) -> BTreeMap<u32, usize> {
        let mut sizes = BTreeMap::new();
        for size in trace.ops().iter().filter_map(|op| op.size()) {
            *sizes.entry(size).or_default() += 1;
        }
        sizes
    }

    #[test]
    fn diagrams_are_nodes_in_tables_that_double_and_sweeps_free_many() {
        let trace = trace("diagrams", 40_000, 3_000);
        let mut sizes = sizes(&trace);
        let nodes = sizes.remove(&NODE_BYTES).unwrap();
        assert!(nodes * 100 > trace.ops().len() * 49, "{nodes} nodes");
        let doubled: Vec<u32> = (0..10).map(|doublings| 64 << doublings).collect();
        assert!(sizes.keys().all(|size| doubled.contains(size)), "{sizes:?}");
        assert_eq!(sizes.values().sum::<usize>(), 18);
        // A sweep is a run of frees; the last run is the end. The order of the frees is not that of
        // the allocations, and what was allocated in between stays.
        let is_free = |op: &&Op| matches!(op, Op::Free { .. });
        let runs: Vec<Vec<u32>> = (trace.ops().chunk_by(|a, b| is_free(&a) == is_free(&b)))
            .map(|run| run.iter().filter(is_free).filter_map(|op| op.id()).map(|id| id.0).collect())
            .filter(|ids: &Vec<u32>| ids.len() > 300)
            .collect();
        assert!(runs.len() > 5, "{}", runs.len());
        for ids in &runs[..runs.len() - 1] {
            assert!(!ids.is_sorted());
            let span = ids.iter().max().unwrap() - ids.iter().min().unwrap();
            assert!(span as usize > ids.len(), "{span} from first to last of {}", ids.len());
        }
    }

    #[test]
    fn n_grams_stay_to_the_end_of_their_text() {
        let trace = trace("n-grams", 4_000, 1_800);
        let sizes = sizes(&trace);
        let strings: usize = sizes.range(4..=40).map(|(_, count)| count).sum();
        let tables: Vec<u32> = sizes.range(41..).map(|(size, _)| *size).collect();
        assert_eq!(tables, [64, 128, 256, 512, 1024, 2048, 4096, 8192]);
        assert_eq!(sizes.values().sum::<usize>(), strings + tables.len());
        assert!(sizes.range(..4).next().is_none());
        assert!((4..=40).all(|size| sizes.contains_key(&size)), "{sizes:?}");
    }

    #[test]
    fn few_blocks_have_half_of_the_bytes_of_a_power_law() {
        let sizes = sizes(&trace("power-law", 100_000, 1_000));
        let count = |range: std::ops::RangeInclusive<u32>| -> usize {
            sizes.range(range).map(|(_, count)| count).sum()
        };
        let bytes = |range: std::ops::RangeInclusive<u32>| -> u64 {
            sizes.range(range).map(|(size, count)| u64::from(*size) * *count as u64).sum()
        };
        let all = count(1..=4095);
        assert_eq!(all, sizes.values().sum::<usize>());
        assert!((48..=57).contains(&(count(1..=5) * 100 / all)));
        assert!(count(1024..=4095) * 100 / all < 5);
        assert!((45..=65).contains(&(bytes(1024..=4095) * 100 / bytes(1..=4095))));
    }
}
