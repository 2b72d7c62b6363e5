//! Settings of the comparison.

/// Settings of the comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Tokens in a row that are hashed together: shorter common runs are not evidence.
    pub gram: usize,
    /// Hashes in a row of which one is kept.
    pub window: usize,
    /// A fingerprint in more than this share of the different files is not
    /// evidence, if they are also more than [`Settings::always_telling`].
    pub common_share: f64,
    /// A fingerprint in at most this many files is always evidence.
    pub always_telling: usize,
    /// Pairs that share fewer fingerprints are not shown.
    pub least_shared: u32,
    /// Pairs are not shown if both shares are below this.
    pub least_share: f64,
    /// Maximum number of pairs that are shown.
    pub most_pairs: usize,
    /// Maximum number of pairs for which the places are computed.
    pub most_pairs_with_lines: usize,
    /// Maximum number of matches that are listed for a pair.
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
