//! What the readers of all tools have in common.

use crate::blocks::Blocks;
use crate::error::Refusal;

/// A reader of one tool's logs.
pub(crate) trait Reader {
    /// Takes a line. What makes no sense is counted in the notes of `blocks`.
    ///
    /// # Errors
    /// If the log as a whole can't become a trace.
    fn line(&mut self, line: &[u8], blocks: &mut Blocks) -> Result<(), Refusal>;

    /// Ends the log.
    ///
    /// # Errors
    /// As for [`Self::line`].
    fn end(&mut self, _blocks: &mut Blocks) -> Result<(), Refusal> {
        Ok(())
    }
}
