//! What each pair shares, by an index from fingerprints to submissions.

use super::settings::Settings;
use super::winnow::Prints;
use serde::Serialize;
use std::collections::HashSet;

/// Fingerprints that say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// How many there are.
    pub fingerprints: usize,
    /// Of so many that the files have.
    pub of: usize,
    /// More files than these have each of them.
    pub in_more_than: usize,
    /// The share of a file's fingerprints that they are, in the mean, from 0 to 1.
    pub mean_share: f64,
}

/// Counts over all different files.
pub struct Index {
    /// Fingerprints that say nothing, because nearly all files have them.
    common: HashSet<u64>,
    /// How many fingerprints there are, and in how many files one may be that says
    /// something.
    all: usize,
    most: usize,
    /// For each file, how many of its fingerprints say something.
    telling: Vec<u32>,
    /// For each pair how many it shares: a row for each file, with those
    /// before it.
    shared: Vec<u32>,
}

/// Two files, and what they share.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// By name.
    pub sides: [usize; 2],
    pub shared: u32,
    /// The larger share of the two.
    share: f64,
}

impl Candidate {
    /// The share of so many fingerprints.
    pub fn share(&self, fingerprints: u32) -> f64 {
        share(self.shared, fingerprints)
    }
}

fn share(shared: u32, fingerprints: u32) -> f64 {
    f64::from(shared) / f64::from(fingerprints.max(1))
}

impl Index {
    pub fn new(prints: &[&Prints], settings: &Settings) -> Index {
        let owners = prints.iter().enumerate();
        let mut owned: Vec<(u64, usize)> = owners
            .flat_map(|(owner, prints)| prints.distinct().map(move |hash| (hash, owner)))
            .collect();
        owned.sort_unstable();
        let most = (settings.common_share * prints.len() as f64) as usize;
        let most = most.max(settings.always_telling);
        let mut index = Index {
            common: HashSet::new(),
            all: 0,
            most,
            telling: vec![0; prints.len()],
            shared: vec![0; prints.len() * prints.len().saturating_sub(1) / 2],
        };
        for owners in owned.chunk_by(|a, b| a.0 == b.0) {
            index.all += 1;
            if owners.len() > most {
                index.common.insert(owners[0].0);
                continue;
            }
            for (before, &(_, owner)) in owners.iter().enumerate() {
                index.telling[owner] += 1;
                for &(_, earlier) in &owners[..before] {
                    index.shared[owner * (owner - 1) / 2 + earlier] += 1;
                }
            }
        }
        index
    }

    /// What says nothing; none if all of it says something.
    pub fn left_out(&self, prints: &[&Prints]) -> Option<LeftOut> {
        if self.common.is_empty() {
            return None;
        }
        let share_of = |prints: &&Prints| {
            let all: Vec<u64> = prints.distinct().collect();
            let common = all.iter().filter(|&&hash| self.is_common(hash)).count();
            common as f64 / all.len().max(1) as f64
        };
        let shares: f64 = prints.iter().map(share_of).sum();
        Some(LeftOut {
            fingerprints: self.common.len(),
            of: self.all,
            in_more_than: self.most,
            mean_share: shares / prints.len().max(1) as f64,
        })
    }

    /// How many fingerprints of that file say something.
    pub fn telling(&self, at: usize) -> u32 {
        self.telling[at]
    }

    /// Whether a fingerprint says nothing.
    pub fn is_common(&self, hash: u64) -> bool {
        self.common.contains(&hash)
    }

    /// The pairs that are alike enough, the most alike first: by the larger of the
    /// two shares, so that it does not help to pad a copy.
    pub fn alike(&self, names: &[&str], settings: &Settings) -> Vec<Candidate> {
        let pairs = (0..self.telling.len())
            .flat_map(|owner| (0..owner).map(move |earlier| (earlier, owner)));
        let candidates = pairs.zip(&self.shared).map(|((one, other), &shared)| {
            let mut sides = [one, other];
            sides.sort_by_key(|&at| (names[at], at));
            let fewer = self.telling[one].min(self.telling[other]);
            Candidate { sides, shared, share: share(shared, fewer) }
        });
        let enough = |candidate: &Candidate| {
            candidate.shared >= settings.least_shared.max(1)
                && candidate.share >= settings.least_share
        };
        let mut alike: Vec<Candidate> = candidates.filter(enough).collect();
        let names = |candidate: &Candidate| candidate.sides.map(|at| names[at]);
        alike.sort_by(|a, b| {
            let by_share = b.share.total_cmp(&a.share).then(b.shared.cmp(&a.shared));
            by_share.then_with(|| names(a).cmp(&names(b)))
        });
        alike
    }
}
