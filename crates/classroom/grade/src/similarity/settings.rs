//! Settings of the comparison of submissions.

use super::tokens::Language;

/// Settings of the comparison of submissions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The language of the sources.
    pub language: Language,
    /// Number of tokens in a row that are hashed together. Shorter common runs are not evidence.
    pub gram: usize,
    /// Number of hashes in a row of which one is kept (winnowing).
    pub window: usize,
    /// A fingerprint is not evidence if more than this share of the different files have
    /// it, and more than [`Settings::always_telling`] files.
    pub common_share: f64,
    /// A fingerprint in at most this many files is always evidence.
    pub always_telling: usize,
    /// Pairs that share fewer fingerprints than this are not shown.
    pub least_shared: u32,
    /// Pairs are not shown if the shares of both files are below this.
    pub least_share: f64,
    /// Maximum number of pairs that are shown.
    pub most_pairs: usize,
    /// Maximum number of pairs for which the matching lines are computed.
    pub most_pairs_with_lines: usize,
    /// Maximum number of matches that are listed for a pair.
    pub most_matches: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            language: Language::Rust,
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
