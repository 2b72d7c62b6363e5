//! Submissions that are the same file, and those with nothing of their own.

use super::winnow::Prints;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::HashMap;

/// A submission's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// The submission's name.
    pub name: &'a str,
    /// Its text. It need not compile, nor even parse.
    pub text: &'a str,
}

/// Submissions with the same file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identical {
    /// The names of the submissions.
    pub names: Vec<String>,
    /// Whether the files are the same to the byte;
    /// otherwise names, numbers, comments or blanks differ.
    pub to_the_byte: bool,
    /// How many tokens it has that were not given to everyone.
    pub tokens: usize,
}

/// The submissions, grouped by content.
pub struct Groups {
    /// Each different file once: the places of its submissions, the first name first.
    pub different: Vec<Vec<usize>>,
    /// The places of submissions with nothing left to compare.
    pub nothing_own: Vec<usize>,
}

impl Groups {
    /// Groups submissions with the same tokens: equal
    /// except for names, numbers, comments and blanks.
    pub fn of(sources: &[Source<'_>], prints: &[Prints]) -> Groups {
        let mut by_name: Vec<usize> = (0..sources.len()).collect();
        by_name.sort_by_key(|&at| (sources[at].name, at));
        let mut place_of: HashMap<&[u64], usize> = HashMap::new();
        let mut groups = Groups { different: Vec::new(), nothing_own: Vec::new() };
        for at in by_name {
            if prints[at].all.is_empty() {
                groups.nothing_own.push(at);
                continue;
            }
            let place =
                *place_of.entry(&prints[at].tokens.symbols).or_insert(groups.different.len());
            match groups.different.get_mut(place) {
                Some(group) => group.push(at),
                None => groups.different.push(vec![at]),
            }
        }
        groups
    }

    /// Returns the files that were handed in more than once, the most frequent first.
    pub fn identical(&self, sources: &[Source<'_>], prints: &[Prints]) -> Vec<Identical> {
        let more_than_once = self.different.iter().filter(|group| group.len() > 1);
        let told = |group: &Vec<usize>| Identical {
            names: names(group, sources),
            to_the_byte: group.iter().all(|&at| sources[at].text == sources[group[0]].text),
            tokens: prints[group[0]].known.iter().filter(|&&known| !known).count(),
        };
        let mut identical: Vec<Identical> = more_than_once.map(told).collect();
        identical.sort_by_key(|one| Reverse(one.names.len()));
        identical
    }
}

/// Returns the names at these places.
pub fn names(places: &[usize], sources: &[Source<'_>]) -> Vec<String> {
    let names = places.iter().map(|&at| sources[at].name.to_owned());
    names.collect()
}
