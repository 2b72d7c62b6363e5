//! Random numbers that are the same on every machine and in every version.
//!
//! ChaCha8 is the same everywhere and for good. What libraries build upon it
//! (ranges, distributions) changes between versions, so the little that is needed
//! stands here, in integers: floating-point powers differ between machines.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A source of random numbers: the same ones from the same seed, everywhere.
pub struct RandomSource(ChaCha8Rng);

impl RandomSource {
    /// Returns a source. Sources of one seed with different streams are independent.
    pub fn new(seed: u64, stream: u64) -> RandomSource {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        RandomSource(rng)
    }

    /// Returns a number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u32) -> u32 {
        // The high half of a product: uniform up to a bias of one in 2^32 / end.
        let product = u64::from(self.0.next_u32()) * u64::from(end);
        (product >> 32) as u32
    }

    /// Returns a number from `low` to `high`, both included.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// Returns true in `percent` % of all cases.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// Returns one of the elements. The slice must not be empty.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize]
    }

    /// Takes one element out, leaving the others in another order.
    pub fn take<T>(&mut self, from: &mut Vec<T>) -> Option<T> {
        let index = self.below(from.len() as u32) as usize;
        (index < from.len()).then(|| from.swap_remove(index))
    }

    /// Returns how many times in a row a coin shows heads.
    pub fn heads(&mut self) -> u32 {
        self.0.next_u32().trailing_ones()
    }

    /// Returns a size in bytes by a power law: half of all are at most 16, and each doubling is
    /// half as likely as the one before, up to `16 << doublings`. Three in four are multiples of
    /// 8, as the sizes of structures are; the others may be strings.
    pub fn power_law_size(&mut self, doublings: u32) -> u32 {
        let top = 16 << self.heads().min(doublings);
        let size = top - self.below(top / 2);
        if self.percent(75) { size.next_multiple_of(8) } else { size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_their_range_and_reach_its_ends() {
        let mut random = RandomSource::new(7, 0);
        let drawn: Vec<u32> = (0..1000).map(|_| random.between(3, 6)).collect();
        assert_eq!(drawn.iter().min(), Some(&3));
        assert_eq!(drawn.iter().max(), Some(&6));
        assert_eq!(random.below(0), 0);
        assert_eq!(random.take::<u8>(&mut vec![]), None);
    }

    #[test]
    fn half_of_the_power_law_sizes_are_in_the_first_class() {
        let mut random = RandomSource::new(7, 0);
        let sizes: Vec<u32> = (0..10_000).map(|_| random.power_law_size(8)).collect();
        let small = sizes.iter().filter(|size| **size <= 16).count();
        assert!((4_800..5_200).contains(&small), "{small}");
        assert!(sizes.iter().all(|size| (9..=4096).contains(size)));
        assert!(sizes.iter().any(|size| *size > 2048));
    }
}
