//! The jobs of a worker that comparisons need.

mod answers;
mod beyond;
mod contender;
mod load;
mod turns;
mod weigh;

pub use answers::Answers;
pub use beyond::AskBeyond;
pub use contender::OneContender;
pub use load::Load;
pub use turns::TakeTurns;
pub use weigh::Weigh;

/// The jobs of this crate.
pub type CompareJobs = (Answers, TakeTurns, Weigh, AskBeyond, Load);
