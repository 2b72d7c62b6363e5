//! How to compare.

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Tokens in a row that are hashed together: shorter runs in common are no
    /// sign of anything.
    pub gram: usize,
    /// Hashes in a row of which one is kept.
    pub window: usize,
    /// A fingerprint in more than this share of the different files says nothing, if
    /// they are also more than [`Settings::always_telling`].
    pub common_share: f64,
    /// A fingerprint in so many files always says something.
    pub always_telling: usize,
    /// Pairs that share fewer fingerprints are not shown.
    pub least_shared: u32,
    /// Pairs of which neither side shares so much are not shown.
    pub least_share: f64,
    /// No more pairs than these are shown.
    pub most_pairs: usize,
    /// Of no more pairs than these is it worked out where they are alike.
    pub most_pairs_with_lines: usize,
    /// No more matches than these are listed of a pair.
    pub most_matches: usize,
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
            most_pairs_with_lines: 1000,
            most_matches: 100,
        }
    }
}
