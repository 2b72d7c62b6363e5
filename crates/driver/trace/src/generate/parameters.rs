//! The parameters of generators.

/// The parameters of a generator. A generator that does not use one of these ignores it; see
/// [`Generator::kind`](crate::Generator::kind).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The seed of the random numbers.
    pub seed: u64,
    /// About how many operations; at most this many.
    pub ops: u32,
    /// The most blocks that are live at once.
    pub max_live_blocks: u32,
    /// Every size is multiplied by this, up to the largest that a trace can hold.
    pub size_factor: u32,
}
