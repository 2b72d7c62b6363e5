//! Which submissions look alike, for an instructor to look at.
//!
//! The method is winnowing (Schleimer, Wilkerson and Aiken, *Winnowing: Local
//! Algorithms for Document Fingerprinting*, SIGMOD 2003):
//!
//! 1. A source becomes tokens. Comments and blanks are gone, every identifier is
//!    the same token, and so is every literal: renaming changes nothing
//!    (module `tokens`).
//! 2. Each run of [`Settings::gram`] tokens has a hash; of each
//!    [`Settings::window`] hashes in a row the least is a fingerprint. Where two
//!    sources have `gram + window - 1` tokens in common, they have a fingerprint
//!    in common, wherever it stands (module `winnow`).
//! 3. What the starter has, or nearly everyone, says nothing and is left out.
//! 4. What a pair shares is counted by an index from fingerprints to submissions
//!    (module `pairs`); where it stands is worked out for the pairs that are shown
//!    (module `matches`).
//!
//! A share says where to look. Two heaps may be alike because there are not many
//! ways to write a small function; the lines have to be read.

mod matches;
mod pairs;
mod show;
mod tokens;
mod winnow;

use pairs::Index;
use serde::Serialize;
use std::collections::HashSet;
use winnow::Prints;

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Tokens in a row that are hashed together: shorter runs in common are no
    /// sign of anything.
    pub gram: usize,
    /// Hashes in a row of which one is kept.
    pub window: usize,
    /// A fingerprint in more than this share of the submissions says nothing, if
    /// they are also more than [`Settings::always_telling`].
    pub common_share: f64,
    /// A fingerprint in so many submissions always says something.
    pub always_telling: usize,
    /// Pairs that share fewer fingerprints are not shown.
    pub least_shared: u32,
    /// Pairs of which neither side shares so much are not shown.
    pub least_share: f64,
    /// No more pairs than these are shown.
    pub most_pairs: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            gram: 20,
            window: 12,
            common_share: 0.75,
            always_telling: 10,
            least_shared: 8,
            least_share: 0.25,
            most_pairs: 100,
        }
    }
}

/// A submission's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// The submission's name.
    pub name: &'a str,
    /// Its text. It need not compile, nor even parse.
    pub text: &'a str,
}

/// The pairs that look most alike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Similarity {
    /// Which format this is, as JSON.
    schema: &'static str,
    /// How many submissions were compared, each with each.
    pub submissions: usize,
    /// How many pairs are alike enough to be shown.
    pub alike: usize,
    /// The first [`Settings::most_pairs`] of them, the most alike first.
    pub pairs: Vec<Pair>,
}

/// Two submissions that share something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// The one whose name comes first.
    pub left: Side,
    /// The other.
    pub right: Side,
    /// Fingerprints that both have.
    pub shared: u32,
    /// Where what they share stands, the longest first.
    pub matches: Vec<Match>,
}

/// One of a pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// The submission's name.
    pub name: String,
    /// Its fingerprints, without those that say nothing.
    pub fingerprints: u32,
    /// The share of them that the other one has too, from 0 to 1.
    pub share: f64,
}

/// A run of tokens that is the same in both, as long as it goes on without what
/// is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// Where it stands on the left.
    pub left: Lines,
    /// Where it stands on the right.
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

/// Compares each submission with each other. `known` are texts that everyone had:
/// the starter, and the reference where it was handed out. What stands in them
/// counts for nothing.
pub fn compare(sources: &[Source<'_>], known: &[&str], settings: &Settings) -> Similarity {
    let settings = &Settings {
        gram: settings.gram.max(1),
        ..*settings
    };
    let known: HashSet<u64> = known
        .iter()
        .flat_map(|text| winnow::grams(text, settings))
        .collect();
    let prints: Vec<Prints> = sources
        .iter()
        .map(|source| Prints::of(source.text, &known, settings))
        .collect();
    let index = Index::new(&prints, settings);
    let mut alike = index.alike(sources, settings);
    let found = alike.len();
    alike.truncate(settings.most_pairs);
    let pairs = alike.into_iter().map(|candidate| {
        let [left, right] = candidate.sides;
        let side = |at: usize| Side {
            name: sources[at].name.to_owned(),
            fingerprints: index.telling(at),
            share: candidate.share(index.telling(at)),
        };
        Pair {
            left: side(left),
            right: side(right),
            shared: candidate.shared,
            matches: matches::between([&prints[left], &prints[right]], &index, settings.gram),
        }
    });
    Similarity {
        schema: "heaplab.similarity.v1",
        submissions: sources.len(),
        alike: found,
        pairs: pairs.collect(),
    }
}

#[cfg(test)]
mod tests;
