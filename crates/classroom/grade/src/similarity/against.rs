//! Submissions compared with sources of others: references, given solutions, earlier years.
//!
//! The others are not compared with each other, and do not decide what is common to a class.

use super::groups::{Groups, Source};
use super::matches;
use super::pairs::Index;
use super::settings::Settings;
use super::winnow::{self, Prints};
use super::{Pair, Side};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// The submissions that share something with sources of others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Against {
    /// How many sources of others there are.
    pub others: usize,
    /// How many pairs of a submission and one of them are alike enough to be shown.
    pub alike: usize,
    /// The first [`Settings::most_pairs`] of them, the most alike first. The submission is on the
    /// left.
    pub pairs: Vec<Pair>,
}

/// Compares each submission with each of the `others`. `given` are texts that everyone was given,
/// such as the starter; a solution that students did not have is one of the others instead.
pub fn against(
    sources: &[Source<'_>],
    others: &[Source<'_>],
    given: &[&str],
    settings: &Settings,
) -> Against {
    let settings = &Settings { gram: settings.gram.max(1), ..*settings };
    let given: HashSet<u64> = given.iter().flat_map(|text| winnow::grams(text, settings)).collect();
    let prints_of = |source: &Source<'_>| Prints::of(source.text, &given, settings);
    let prints: Vec<Prints> = sources.iter().map(prints_of).collect();
    let groups = Groups::of(sources, &prints);
    let firsts: Vec<&Prints> = groups.different.iter().map(|group| &prints[group[0]]).collect();
    let index = Index::new(&firsts, settings);
    let owners = owners(&firsts, &index);
    let other_prints: Vec<Prints> = others.iter().map(prints_of).collect();
    let mut found: Vec<Found> = Vec::new();
    for (other, prints) in other_prints.iter().enumerate() {
        let telling: Vec<u64> = prints.distinct().filter(|&hash| !index.is_common(hash)).collect();
        let mut shared: HashMap<usize, u32> = HashMap::new();
        for owner in telling.iter().filter_map(|hash| owners.get(hash)).flatten() {
            *shared.entry(*owner).or_default() += 1;
        }
        let of_other = u32::try_from(telling.len()).unwrap_or(u32::MAX);
        found.extend(shared.into_iter().map(|(group, shared)| Found {
            group,
            other,
            shared,
            fingerprints: [index.telling(group), of_other],
        }));
    }
    found.retain(|found| {
        found.shared >= settings.least_shared.max(1) && found.share() >= settings.least_share
    });
    let name =
        |found: &Found| (sources[groups.different[found.group][0]].name, others[found.other].name);
    found.sort_by(|a, b| {
        let by_share = b.share().total_cmp(&a.share()).then(b.shared.cmp(&a.shared));
        by_share.then_with(|| name(a).cmp(&name(b)))
    });
    let alike = found.len();
    found.truncate(settings.most_pairs);
    let pairs = found.iter().enumerate().map(|(place, found)| {
        let group = &groups.different[found.group];
        let sides = [firsts[found.group], &other_prints[found.other]];
        let has_lines = place < settings.most_pairs_with_lines;
        let mut matches =
            if has_lines { matches::between(sides, &index, settings.gram) } else { Vec::new() };
        let more_matches = has_lines.then(|| matches.len().saturating_sub(settings.most_matches));
        matches.truncate(settings.most_matches);
        let side = |name: &str, others: usize, at: usize| Side {
            name: name.to_owned(),
            others,
            fingerprints: found.fingerprints[at],
            share: found.share_of(at),
        };
        Pair {
            left: side(sources[group[0]].name, group.len() - 1, 0),
            right: side(others[found.other].name, 0, 1),
            shared: found.shared,
            matches,
            more_matches,
        }
    });
    Against { others: others.len(), alike, pairs: pairs.collect() }
}

/// A submission and another source that share something.
struct Found {
    /// The index of the submission's file.
    group: usize,
    other: usize,
    shared: u32,
    /// Of the submission, and of the other.
    fingerprints: [u32; 2],
}

impl Found {
    fn share_of(&self, side: usize) -> f64 {
        f64::from(self.shared) / f64::from(self.fingerprints[side].max(1))
    }

    /// The larger of the two shares, so that padding a copy does not help.
    fn share(&self) -> f64 {
        self.share_of(0).max(self.share_of(1))
    }
}

/// Returns the files that have each fingerprint which is evidence.
fn owners(prints: &[&Prints], index: &Index) -> HashMap<u64, Vec<usize>> {
    let mut owners: HashMap<u64, Vec<usize>> = HashMap::new();
    for (owner, prints) in prints.iter().enumerate() {
        for hash in prints.distinct().filter(|&hash| !index.is_common(hash)) {
            owners.entry(hash).or_default().push(owner);
        }
    }
    owners
}
