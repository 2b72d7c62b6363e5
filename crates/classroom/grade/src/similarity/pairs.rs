//! What each pair shares, by an index from fingerprints to submissions.

use super::settings::Settings;
use super::winnow::Prints;
use serde::Serialize;
use std::collections::HashSet;

/// Fingerprints that are not evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// How many there are.
    pub fingerprints: usize,
    /// How many fingerprints the files have in all.
    pub of: usize,
    /// Each of them is in more files than this.
    pub in_more_than: usize,
    /// Their share of a file's fingerprints, the mean over the files, from 0 to 1.
    pub mean_share: f64,
}

/// Counts over all different files.
pub struct Index {
    /// Fingerprints that are not evidence, because nearly all files have them.
    common: HashSet<u64>,
    /// How many fingerprints there are, and in how many
    /// files a fingerprint may be and still be evidence.
    all: usize,
    most: usize,
    /// For each file, how many of its fingerprints are evidence.
    telling: Vec<u32>,
    /// For each pair, how many fingerprints it shares: a
    /// row for each file, with the files before it.
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
    /// Returns the shared fingerprints divided by this many.
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

    /// Returns the fingerprints that are not evidence, if any.
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

    /// Returns how many fingerprints of that file are evidence.
    pub fn telling(&self, at: usize) -> u32 {
        self.telling[at]
    }

    /// Returns whether a fingerprint is not evidence.
    pub fn is_common(&self, hash: u64) -> bool {
        self.common.contains(&hash)
    }

    /// Returns the pairs that are alike enough, the most alike first: by
    /// the larger of the two shares, so that padding a copy does not help.
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
