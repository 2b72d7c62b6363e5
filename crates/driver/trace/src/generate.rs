//! Traces made by rule.
//!
//! [`classic`] has the synthetic traces that allocator labs have used since 2002,
//! operation by operation; [`programs`] has shapes that behave like programs, and [`small`]
//! those of programs with very many small blocks; [`mixed`] has as many kinds as seeds;
//! [`stress`] has requests that programs' traces do not have. Each is a function from
//! [`Parameters`] to a list of operations, and listed in [`GENERATORS`].
//!
//! The outputs are pinned by hashes in the tests: the same parameters give the
//! same trace in every version, because results are compared across years.

mod builder;
mod classic;
mod mixed;
mod parameters;
mod programs;
mod random;
mod small;
mod stress;

use crate::{Op, Trace, Weight};
pub use classic::Classic;
pub use parameters::Parameters;
pub use random::RandomSource;

/// Which parameters a generator uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// None: there is only one trace of this kind.
    Fixed,
    /// The seed.
    Random,
    /// The seed. Sizes and alignments are outside the range of programs' traces.
    Stress,
    /// The seed, the number of operations, the most live blocks and the size factor.
    Program,
}

/// A rule by which traces are made.
#[derive(Clone, Copy, Debug)]
pub struct Generator {
    /// Its name on a command line.
    pub name: &'static str,
    /// What it makes, in one line.
    pub about: &'static str,
    /// Which parameters it uses.
    pub kind: Kind,
    /// What it makes by default.
    pub defaults: Parameters,
    make: fn(&Parameters) -> Vec<Op>,
}

impl Generator {
    /// Returns the generator of that name.
    pub fn named(name: &str) -> Option<&'static Generator> {
        GENERATORS.iter().find(|generator| generator.name == name)
    }

    /// Returns the trace. Its comments say how it was made.
    pub fn generate(&self, parameters: &Parameters) -> Trace {
        let mut ops = (self.make)(parameters);
        if self.kind == Kind::Program && parameters.size_factor != 1 {
            enlarge(&mut ops, parameters.size_factor);
        }
        Trace::from_ops(self.name, Weight::Both, ops)
            .expect("generators only free what they allocated")
            .with_comment(&self.command(parameters))
    }

    /// Returns the command line that makes the same trace.
    pub fn command(&self, parameters: &Parameters) -> String {
        let Parameters { seed, ops, max_live_blocks, size_factor } = parameters;
        let name = self.name;
        match self.kind {
            Kind::Fixed => format!("heaplab trace gen {name}"),
            Kind::Random | Kind::Stress => format!("heaplab trace gen {name} --seed {seed}"),
            Kind::Program => {
                let factor = match size_factor {
                    1 => String::new(),
                    factor => format!(" --size-factor {factor}"),
                };
                format!(
                    "heaplab trace gen {name} --seed {seed} --ops {ops} --max-live {max_live_blocks}{factor}"
                )
            }
        }
    }
}

/// Multiplies every size.
fn enlarge(ops: &mut [Op], factor: u32) {
    for op in ops {
        match op {
            Op::Malloc { size, .. }
            | Op::Realloc { size, .. }
            | Op::Calloc { size, .. }
            | Op::Memalign { size, .. } => *size = size.saturating_mul(factor),
            Op::Write { bytes, .. } => *bytes = bytes.saturating_mul(factor),
            Op::Free { .. } | Op::FreeNull => {}
        }
    }
}

/// The default parameters of the program-like shapes.
const DEFAULTS: Parameters =
    Parameters { seed: 1, ops: 20_000, max_live_blocks: 1_000, size_factor: 1 };

const fn entry(
    name: &'static str,
    kind: Kind,
    make: fn(&Parameters) -> Vec<Op>,
    about: &'static str,
) -> Generator {
    Generator { name, about, kind, defaults: DEFAULTS, make }
}

/// All generators, the classic ones first.
pub static GENERATORS: [Generator; 21] = [
    entry(
        "coalescing",
        Kind::Fixed,
        |parameters| Classic::COALESCING.ops(parameters.seed),
        "two adjacent blocks are freed and must be merged to hold the next block",
    ),
    entry(
        "binary",
        Kind::Fixed,
        |parameters| Classic::BINARY.ops(parameters.seed),
        "small and large blocks alternate; the freed large ones are all too small",
    ),
    entry(
        "binary2",
        Kind::Fixed,
        |parameters| Classic::BINARY2.ops(parameters.seed),
        "the same with smaller blocks and twice as many",
    ),
    entry(
        "realloc",
        Kind::Fixed,
        |parameters| Classic::REALLOC.ops(parameters.seed),
        "one block grows by 128 bytes at a time, and a small one always follows it",
    ),
    entry(
        "realloc2",
        Kind::Fixed,
        |parameters| Classic::REALLOC2.ops(parameters.seed),
        "the same, growing by 5 bytes at a time",
    ),
    entry(
        "random",
        Kind::Random,
        |parameters| Classic::RANDOM.ops(parameters.seed),
        "2400 blocks of up to 32 KiB, freed in random order",
    ),
    entry(
        "random2",
        Kind::Random,
        |parameters| Classic::RANDOM2.ops(parameters.seed),
        "the same with other random numbers",
    ),
    entry(
        "phases",
        Kind::Program,
        programs::phases,
        "a program that builds, works on and drops one structure after another",
    ),
    entry(
        "stack",
        Kind::Program,
        programs::stack,
        "recursion: the last block allocated is the first one freed",
    ),
    entry(
        "queue",
        Kind::Program,
        programs::queue,
        "messages in bursts: the first block allocated is the first one freed",
    ),
    entry(
        "generational",
        Kind::Program,
        programs::generational,
        "sizes by a power law; most blocks are freed soon, a few stay to the end",
    ),
    entry(
        "producer-consumer",
        Kind::Program,
        programs::producer_consumer,
        "four channels, each with its own size of item, filled and emptied in turns",
    ),
    entry(
        "growth",
        Kind::Program,
        programs::growth,
        "vectors and strings that grow by doubling, are trimmed and dropped",
    ),
    entry(
        "diagrams",
        Kind::Program,
        small::diagrams,
        "nodes of 40 bytes in hash tables that double; sweeps free many, scattered",
    ),
    entry(
        "n-grams",
        Kind::Program,
        small::n_grams,
        "strings of 4 to 40 bytes in a map that grows and is dropped; some are temporary",
    ),
    entry(
        "power-law",
        Kind::Program,
        small::power_law,
        "sizes from 1 to 4095 by a power law, freed at random",
    ),
    entry(
        "mixed",
        Kind::Program,
        mixed::mixed,
        "the seed chooses what sizes blocks have and in which order they are freed",
    ),
    entry(
        "huge",
        Kind::Stress,
        stress::huge,
        "blocks of 16 to 40 MiB with small ones between them",
    ),
    entry(
        "mebibytes",
        Kind::Stress,
        stress::mebibytes,
        "sizes a little below and above 1, 2, 4 and 8 MiB",
    ),
    entry("alignments", Kind::Stress, stress::alignments, "every alignment from 8 bytes to 64 MiB"),
    entry(
        "nothing",
        Kind::Stress,
        stress::nothing,
        "requests for 0 bytes by every function, mixed with requests for 1 byte",
    ),
];

#[cfg(test)]
mod tests;
