//! Fingerprints of a source, by winnowing.

use super::settings::Settings;
use super::tokens::Tokens;
use std::cmp::Reverse;
use std::collections::HashSet;

/// A source's fingerprints.
#[derive(Clone, Debug)]
pub struct Prints {
    /// Each with the index of its first token; by hash, then by place.
    pub all: Vec<(u64, usize)>,
    /// Its tokens.
    pub tokens: Tokens,
    /// For each token, whether it is in a known run.
    pub known: Vec<bool>,
}

impl Prints {
    /// Returns the fingerprints of a text, without the known ones.
    pub fn of(text: &str, known: &HashSet<u64>, settings: &Settings) -> Prints {
        let tokens = Tokens::of(text, settings.language);
        let hashes = hashes(&tokens, settings.gram);
        let mut all = select(&hashes, known, settings.window);
        all.sort_unstable();
        Prints { all, known: covered(&hashes, known, &tokens, settings.gram), tokens }
    }

    /// Returns each hash once, by rising hash.
    pub fn distinct(&self) -> impl Iterator<Item = u64> + '_ {
        self.all.chunk_by(|a, b| a.0 == b.0).map(|same| same[0].0)
    }
}

/// Returns the hashes of all runs of tokens in a text.
pub fn grams(text: &str, settings: &Settings) -> Vec<u64> {
    hashes(&Tokens::of(text, settings.language), settings.gram)
}

/// Returns the hash of each run of `gram` tokens.
fn hashes(tokens: &Tokens, gram: usize) -> Vec<u64> {
    let runs = tokens.symbols.windows(gram);
    let hash = |run: &[u64]| run.iter().fold(0, |hash, &symbol| mixed(hash ^ symbol));
    runs.map(hash).collect()
}

/// Returns for each token whether a known run covers it.
fn covered(hashes: &[u64], known: &HashSet<u64>, tokens: &Tokens, gram: usize) -> Vec<bool> {
    let mut covered = vec![false; tokens.symbols.len()];
    let mut done = 0;
    for (start, _) in hashes.iter().enumerate().filter(|(_, hash)| known.contains(hash)) {
        covered[done.max(start)..start + gram].fill(true);
        done = start + gram;
    }
    covered
}

/// Mixes a number: every bit of the result depends on every bit of the number
/// (the last steps of SplitMix64), and order matters if it is done repeatedly.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Selects the least of each `window` consecutive hashes, the last of equal ones; each
/// once. Known hashes are never taken: a window of known hashes has no fingerprint.
fn select(hashes: &[u64], known: &HashSet<u64>, window: usize) -> Vec<(u64, usize)> {
    let new: Vec<Option<u64>> =
        hashes.iter().map(|hash| (!known.contains(hash)).then_some(*hash)).collect();
    let window = window.clamp(1, new.len().max(1));
    let mut selected: Vec<(u64, usize)> = Vec::new();
    for (start, hashes) in new.windows(window).enumerate() {
        let new = (start..).zip(hashes).filter_map(|(at, hash)| Some(((*hash)?, at)));
        let least = new.min_by_key(|&(hash, at)| (hash, Reverse(at)));
        selected.extend(least.filter(|least| selected.last() != Some(least)));
    }
    selected
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_of_equal_hashes_is_selected_once() {
        let none = HashSet::new();
        assert_eq!(select(&[5, 1, 1, 7, 8], &none, 3), [(1, 2)]);
        assert_eq!(select(&[5, 4, 3, 2], &none, 2), [(4, 1), (3, 2), (2, 3)]);
        assert_eq!(select(&[9, 8], &none, 4), [(8, 1)]);
        assert_eq!(select(&[], &none, 4), []);
    }

    #[test]
    fn known_hashes_are_never_selected() {
        let known = HashSet::from([1, 2]);
        assert_eq!(select(&[1, 7, 2, 9], &known, 2), [(7, 1), (9, 3)]);
        assert_eq!(select(&[1, 2, 1, 2], &known, 2), []);
    }

    proptest! {
        /// The guarantee of winnowing: `window` consecutive hashes that
        /// two texts have in common give them a fingerprint in common.
        #[test]
        fn a_long_enough_run_in_common_is_never_missed(
            run in prop::collection::vec(0_u64..1000, 6..20),
            before in prop::collection::vec(0_u64..1000, 0..20),
            after in prop::collection::vec(0_u64..1000, 0..20),
        ) {
            let known = HashSet::from([3, 500]);
            prop_assume!(run[..6].iter().any(|hash| !known.contains(hash)));
            let of = |parts: &[&[u64]]| -> HashSet<u64> {
                select(&parts.concat(), &known, 6).into_iter().map(|(hash, _)| hash).collect()
            };
            let one = of(&[&before, &run, &after]);
            let other = of(&[&after, &run, &before]);
            prop_assert!(!one.is_disjoint(&other));
        }
    }
}
