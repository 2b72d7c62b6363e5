//! The places of what two submissions share.

use super::pairs::Index;
use super::winnow::Prints;
use serde::Serialize;
use std::cmp::Reverse;

/// A longest run of tokens that is the same in both and contains nothing known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// Its place on the left.
    pub left: Lines,
    /// Its place on the right.
    pub right: Lines,
    /// How many tokens it has.
    pub tokens: usize,
}

/// Lines of a source, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// The first, from 1.
    pub first: u32,
    /// The last.
    pub last: u32,
}

/// Occurrences in a source above which a fingerprint is matched in order
/// only, not each with each: repeated code would give a match for every pair.
const EACH_WITH_EACH: usize = 8;

/// A run of tokens that is the same in both.
#[derive(Clone, Copy)]
struct Run {
    /// Where it starts in each.
    starts: [usize; 2],
    tokens: usize,
}

/// Returns the runs that two sources share, the longest
/// first. If runs overlap, the longer one is reported.
pub fn between(sides: [&Prints; 2], index: &Index, gram: usize) -> Vec<Match> {
    let mut places = places(sides, index);
    // Fingerprints of one run are at the same distance on both sides.
    places.sort_unstable_by_key(|&starts| (distance(starts), starts));
    let mut runs: Vec<Run> = Vec::new();
    for place in places {
        if !runs.last().is_some_and(|run| run.has(place)) {
            runs.extend(Run::around(place, sides, gram));
        }
    }
    runs.sort_by_key(|run| (Reverse(run.tokens), run.starts));
    let mut told = sides.map(|side| vec![false; side.known.len()]);
    runs.retain(|run| run.tell(&mut told, gram));
    let lines = |run: &Run, side: usize| {
        let lines = &sides[side].tokens.lines[run.range(side)];
        Lines { first: lines[0], last: lines[lines.len() - 1] }
    };
    let shown = |run: &Run| Match { left: lines(run, 0), right: lines(run, 1), tokens: run.tokens };
    runs.iter().map(shown).collect()
}

/// Returns how many tokens the right is ahead of the left.
fn distance([left, right]: [usize; 2]) -> usize {
    right.wrapping_sub(left)
}

impl Run {
    /// Returns all tokens around a place that are the same in both and not
    /// known. Known tokens may reach into the fingerprint from both ends.
    fn around(place: [usize; 2], sides: [&Prints; 2], gram: usize) -> Option<Run> {
        let same = |at: [usize; 2]| {
            let symbol = |side: usize| sides[side].tokens.symbols.get(at[side]);
            let known = |side: usize| sides[side].known.get(at[side]) != Some(&false);
            symbol(0) == symbol(1) && !known(0) && !known(1)
        };
        let place = (0..gram).map(|on| place.map(|at| at + on)).find(|&at| same(at))?;
        let room = place[0].min(place[1]);
        let before = (1..=room).take_while(|back| same(place.map(|at| at - back))).count();
        let from = (0..).take_while(|on| same(place.map(|at| at + on))).count();
        Some(Run { starts: place.map(|at| at - before), tokens: before + from })
    }

    fn range(&self, side: usize) -> std::ops::Range<usize> {
        self.starts[side]..self.starts[side] + self.tokens
    }

    /// Returns whether a place is inside it.
    fn has(&self, place: [usize; 2]) -> bool {
        distance(place) == distance(self.starts) && self.range(0).contains(&place[0])
    }

    /// Marks its tokens as reported, unless hardly any of them are new.
    fn tell(&self, told: &mut [Vec<bool>; 2], gram: usize) -> bool {
        let new = |side: usize| told[side][self.range(side)].iter().filter(|&&told| !told).count();
        let tell = new(0).min(new(1)) >= gram.div_ceil(2);
        if tell {
            for (side, told) in told.iter_mut().enumerate() {
                told[self.range(side)].fill(true);
            }
        }
        tell
    }
}

/// Returns pairs of places that have the same fingerprint.
fn places([left, right]: [&Prints; 2], index: &Index) -> Vec<[usize; 2]> {
    let mut places = Vec::new();
    let mut rest = right.all.as_slice();
    for same in left.all.chunk_by(|a, b| a.0 == b.0) {
        let hash = same[0].0;
        rest = &rest[rest.partition_point(|&(other, _)| other < hash)..];
        let others = &rest[..rest.partition_point(|&(other, _)| other <= hash)];
        if index.is_common(hash) {
            continue;
        }
        if same.len().max(others.len()) > EACH_WITH_EACH {
            places.extend(same.iter().zip(others).map(|(left, right)| [left.1, right.1]));
        } else {
            let with_each = |left: usize| others.iter().map(move |right| [left, right.1]);
            places.extend(same.iter().flat_map(|left| with_each(left.1)));
        }
    }
    places
}
