//! Traces of many kinds: the seed chooses how large blocks are, and in which order they are freed.
//!
//! A heap can be tuned until it suits the traces at hand, and no others. A hundred seeds of this
//! rule are a hundred traces that no heap was tuned to.

use super::builder::TraceBuilder;
use super::parameters::Parameters;
use super::random::RandomSource;
use crate::{Id, Op};
use std::collections::VecDeque;

/// Makes a trace of one kind of sizes and one order of frees.
pub(super) fn mixed(parameters: &Parameters) -> Vec<Op> {
    let mut random = RandomSource::new(parameters.seed, 30);
    let sizes = Sizes::any(&mut random);
    let step = random.pick(&ORDERS);
    let mut mix = Mix {
        random,
        builder: TraceBuilder::new(),
        sizes,
        live: VecDeque::new(),
        ops: parameters.ops,
        most_live: parameters.max_live_blocks.max(16) as usize - 1,
    };
    while mix.has_room() {
        step(&mut mix);
    }
    mix.builder.free_all(mix.live);
    mix.builder.ops
}

/// How large blocks are.
enum Sizes {
    /// A few sizes, each as often as the others.
    Few(Vec<u32>),
    /// All sizes from one to another.
    Spread(u32, u32),
    /// One size in a part of all cases, in percent; otherwise another.
    Two(u32, u32, u32),
    /// By a power law, up to 16 bytes doubled this many times.
    PowerLaw(u32),
}

/// Sizes that programs ask for often.
const COMMON_BYTES: [u32; 16] =
    [8, 16, 24, 32, 40, 48, 64, 72, 96, 100, 128, 136, 256, 500, 1000, 4096];

impl Sizes {
    fn any(random: &mut RandomSource) -> Sizes {
        match random.below(8) {
            0 | 1 => {
                let sizes = random.between(1, 5);
                Sizes::Few((0..sizes).map(|_| random.pick(&COMMON_BYTES)).collect())
            }
            2 => Sizes::Spread(1, 64),
            3 => Sizes::Spread(1, 256),
            4 => Sizes::Spread(100, 600),
            5 => Sizes::Spread(1, 10_000),
            6 => {
                let (small, large) =
                    (random.pick(&[16, 24, 64, 100]), random.pick(&[448, 512, 2000, 5000]));
                Sizes::Two(small, large, random.between(20, 90))
            }
            _ => Sizes::PowerLaw(random.between(6, 12)),
        }
    }

    fn next(&self, random: &mut RandomSource) -> u32 {
        match self {
            Sizes::Few(sizes) => random.pick(sizes),
            Sizes::Spread(low, high) => random.between(*low, *high),
            Sizes::Two(small, large, percent) => {
                if random.percent(*percent) {
                    *small
                } else {
                    *large
                }
            }
            Sizes::PowerLaw(doublings) => random.power_law_size(*doublings),
        }
    }
}

/// The orders in which blocks are freed. Each is a step, and is repeated.
const ORDERS: [fn(&mut Mix); 7] = [
    Mix::free_any,
    Mix::free_last,
    Mix::free_first,
    Mix::free_a_phase,
    Mix::keep_few,
    Mix::append_to_a_string,
    Mix::resize_any,
];

struct Mix {
    random: RandomSource,
    builder: TraceBuilder,
    sizes: Sizes,
    /// The live blocks, the oldest first where the order matters.
    live: VecDeque<Id>,
    ops: u32,
    most_live: usize,
}

impl Mix {
    /// Returns whether another block can be allocated and all be freed.
    fn has_room(&self) -> bool {
        self.builder.has_room(2, self.ops)
    }

    fn may_add(&self) -> bool {
        self.live.len() < self.most_live && self.has_room()
    }

    fn size(&mut self) -> u32 {
        self.sizes.next(&mut self.random)
    }

    fn add(&mut self) {
        let size = self.size();
        self.live.push_back(self.builder.malloc(size));
    }

    /// Adds at most this many blocks, as long as there is room.
    fn add_up_to(&mut self, blocks: u32) {
        for _ in 0..blocks {
            if self.may_add() {
                self.add();
            }
        }
    }

    fn remove_any(&mut self) {
        let index = self.random.below(self.live.len() as u32) as usize;
        self.builder.free_all(self.live.swap_remove_back(index));
    }

    fn remove_last(&mut self) {
        self.builder.free_all(self.live.pop_back());
    }

    /// A little more often a block comes than one goes, until as many live as may.
    fn free_any(&mut self) {
        if self.live.is_empty() || self.may_add() && self.random.percent(55) {
            self.add();
        } else {
            self.remove_any();
        }
    }

    /// Calls: some blocks come, and the last of them go first.
    fn free_last(&mut self) {
        let blocks = self.random.between(1, 300);
        self.add_up_to(blocks);
        let least = if self.may_add() { 1 } else { self.live.len().div_ceil(2) as u32 };
        let blocks = self.random.between(least, self.live.len().max(1) as u32);
        for _ in 0..blocks {
            self.remove_last();
        }
    }

    /// A queue: when it is full, the first block goes.
    fn free_first(&mut self) {
        if self.may_add() {
            self.add();
        } else {
            self.builder.free_all(self.live.pop_front());
        }
    }

    /// A phase with sizes of its own, of which a part stays.
    fn free_a_phase(&mut self) {
        self.sizes = Sizes::any(&mut self.random);
        self.add_up_to(self.most_live as u32);
        let percent = self.random.pick(&[2, 10, 50]);
        let (stay, go): (VecDeque<Id>, VecDeque<Id>) =
            self.live.drain(..).partition(|_| self.random.percent(percent));
        self.live = stay;
        self.builder.free_all(go);
    }

    /// Short work: most blocks go soon, the last first; now and then another one.
    fn keep_few(&mut self) {
        let blocks = self.random.between(5, 60);
        self.add_up_to(blocks);
        while self.live.len() > self.most_live / 10 + 1 {
            if self.random.percent(90) { self.remove_last() } else { self.remove_any() }
        }
    }

    /// A string grows by a few bytes at a time, between other requests.
    fn append_to_a_string(&mut self) {
        let mut size = 10;
        let string = self.builder.malloc(size);
        for _ in 0..self.random.between(10, self.most_live.max(10) as u32) {
            if !self.has_room() {
                break;
            }
            size += self.random.between(1, 60);
            self.builder.realloc(string, size);
            if self.random.percent(30) {
                self.add_up_to(1);
            }
            if self.random.percent(30) && !self.live.is_empty() {
                self.remove_any();
            }
        }
        if self.random.percent(50) && self.may_add() {
            self.live.push_back(string);
        } else {
            self.builder.free(string);
        }
    }

    /// Blocks are resized to sizes that have nothing to do with what they had.
    fn resize_any(&mut self) {
        if self.live.is_empty() || self.may_add() && self.random.percent(50) {
            self.add();
        } else if self.random.percent(40) {
            let index = self.random.below(self.live.len() as u32) as usize;
            let size = self.size();
            self.builder.realloc(self.live[index], size);
        } else {
            self.remove_any();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stats;
    use crate::generate::Generator;

    #[test]
    fn each_seed_keeps_to_the_parameters() {
        let generator = Generator::named("mixed").expect("it is listed");
        for seed in 1..=200 {
            let parameters = Parameters {
                seed,
                ops: 2000,
                max_live_blocks: 1 + (seed as u32 * 7) % 400,
                ..generator.defaults
            };
            let trace = generator.generate(&parameters);
            let ops = trace.ops().len();
            assert!((1000..=2000).contains(&ops), "seed {seed}: {ops} operations");
            let peak = Stats::of(&trace, 1).peak_live_blocks;
            assert!(peak <= parameters.max_live_blocks.max(16), "seed {seed}: {peak} live blocks");
        }
    }
}
