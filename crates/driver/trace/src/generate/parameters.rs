//! What generators can be told.

/// What a generator can be told. Those that have no use for one of these ignore
/// it; see [`Generator::kind`](crate::Generator::kind).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Where the random numbers start.
    pub seed: u64,
    /// About how many operations; never more.
    pub ops: u32,
    /// The most blocks that are live at once.
    pub max_live_blocks: u32,
    /// Every size is multiplied by this, up to the largest that a trace can hold.
    pub size_factor: u32,
}
