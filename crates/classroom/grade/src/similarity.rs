//! Which submissions look alike, for an instructor to look at.
//!
//! The method is winnowing (Schleimer, Wilkerson and Aiken, *Winnowing: Local
//! Algorithms for Document Fingerprinting*, SIGMOD 2003):
//!
//! 1. A source becomes tokens. Comments and blanks are dropped, every identifier is the
//!    same token, and so is every literal: renaming changes nothing (module `tokens`).
//! 2. Each run of [`Settings::gram`] tokens has a hash; of each [`Settings::window`]
//!    consecutive hashes the least is a fingerprint. If two sources have `gram + window - 1`
//!    tokens in common, they have a fingerprint in common, at any place (module `winnow`).
//! 3. What is in the starter is not evidence and is left out.
//! 4. Submissions with the same tokens are one file, which is compared
//!    once and reported first (module `groups`). So a file that most of a
//!    class handed in is not taken for something that everyone was given.
//! 5. What nearly all of the different files have is left out too; the report gives its share.
//! 6. Sources of others are compared with each submission: references, solutions, earlier years
//!    (module `against`).
//! 7. What a pair shares is counted by an index from fingerprints to files (module `pairs`);
//!    its places are computed only for the first pairs that are shown (module `matches`).
//!
//! A share says where to look. Two heaps may be alike because
//! there are few ways to write a small function; read the lines.

mod against;
mod groups;
mod matches;
mod pairs;
mod settings;
mod show;
mod tokens;
mod winnow;

pub use against::{Against, against};
use groups::{Groups, names};
pub use groups::{Identical, Source};
pub use matches::{Lines, Match};
use pairs::Index;
pub use pairs::LeftOut;
use serde::Serialize;
pub use settings::Settings;
use std::collections::HashSet;
pub use tokens::Language;
use winnow::Prints;

/// The pairs that look most alike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Similarity {
    /// Name of the format, for JSON.
    schema: &'static str,
    /// How many submissions there are.
    pub submissions: usize,
    /// How many different files there are, without those in
    /// [`nothing_own`](Similarity::nothing_own). Each is compared with each.
    pub different: usize,
    /// Files that were handed in more than once, the most frequent first.
    pub identical: Vec<Identical>,
    /// Submissions with nothing left to compare: empty, too
    /// short, or made of what everyone was given.
    pub nothing_own: Vec<String>,
    /// Fingerprints that are not evidence because nearly all files have them, if any.
    pub left_out: Option<LeftOut>,
    /// How many pairs of different files are alike enough to be shown.
    pub alike: usize,
    /// The first [`Settings::most_pairs`] of them, the most alike first.
    pub pairs: Vec<Pair>,
    /// What submissions share with sources of others; `None` if they were not compared.
    pub against: Option<Against>,
    /// What could not be compared at all.
    pub not_compared: Vec<NotCompared>,
}

/// A submission or another source that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotCompared {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
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
    /// The places of what they share, the longest first, at most [`Settings::most_matches`].
    pub matches: Vec<Match>,
    /// How many more there are; `None` if the places were not computed.
    pub more_matches: Option<usize>,
}

/// One of a pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// The submission's name; the first name if the file was handed in more than once.
    pub name: String,
    /// How many others handed in the same file.
    pub others: usize,
    /// Its fingerprints that are evidence.
    pub fingerprints: u32,
    /// The share of them that the other one has too, from 0 to 1.
    pub share: f64,
}

/// Compares each submission with each other. `known` are texts that everyone was given:
/// the starter, and the reference if it was handed out. What is in them does not count.
pub fn compare(sources: &[Source<'_>], known: &[&str], settings: &Settings) -> Similarity {
    let settings = &Settings { gram: settings.gram.max(1), ..*settings };
    let known: HashSet<u64> = known.iter().flat_map(|text| winnow::grams(text, settings)).collect();
    let prints: Vec<Prints> =
        sources.iter().map(|source| Prints::of(source.text, &known, settings)).collect();
    let groups = Groups::of(sources, &prints);
    let firsts: Vec<usize> = groups.different.iter().map(|group| group[0]).collect();
    let of_firsts: Vec<&Prints> = firsts.iter().map(|&at| &prints[at]).collect();
    let names_of_firsts: Vec<&str> = firsts.iter().map(|&at| sources[at].name).collect();
    let index = Index::new(&of_firsts, settings);
    let mut alike = index.alike(&names_of_firsts, settings);
    let found = alike.len();
    alike.truncate(settings.most_pairs);
    let pairs = alike.into_iter().enumerate().map(|(place, candidate)| {
        let [left, right] = candidate.sides;
        let side = |at: usize| Side {
            name: names_of_firsts[at].to_owned(),
            others: groups.different[at].len() - 1,
            fingerprints: index.telling(at),
            share: candidate.share(index.telling(at)),
        };
        let mut matches = if place < settings.most_pairs_with_lines {
            matches::between([of_firsts[left], of_firsts[right]], &index, settings.gram)
        } else {
            Vec::new()
        };
        let more_matches = (place < settings.most_pairs_with_lines)
            .then(|| matches.len().saturating_sub(settings.most_matches));
        matches.truncate(settings.most_matches);
        Pair {
            left: side(left),
            right: side(right),
            shared: candidate.shared,
            matches,
            more_matches,
        }
    });
    Similarity {
        schema: "heaplab.similarity.v1",
        submissions: sources.len(),
        different: firsts.len(),
        identical: groups.identical(sources, &prints),
        nothing_own: names(&groups.nothing_own, sources),
        left_out: index.left_out(&of_firsts),
        alike: found,
        pairs: pairs.collect(),
        against: None,
        not_compared: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
