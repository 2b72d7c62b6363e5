//! The line of its file on which each operation stands.

/// The lines of a trace's operations, in order.
///
/// Most files have one operation a line and nothing between them, so this keeps
/// runs of operations on consecutive lines: a trace of a hundred million
/// operations needs one run, not 400 MB.
///
/// ```text
///  line 5: a 0 16     operation 0  \  run: first operation 0, line 5
///  line 6: f 0        operation 1  /
///  line 7: # later
///  line 8: a 1 16     operation 2     run: first operation 2, line 8
/// ```
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceLines {
    runs: Vec<Run>,
    operations: u32,
    /// The line that the next operation has if it belongs to the last run.
    next_line: u32,
}

/// Operations on consecutive lines.
#[derive(Clone, Copy, Debug)]
struct Run {
    first_op: u32,
    line: u32,
}

impl SourceLines {
    /// Returns consecutive lines from `line` on, one for each of `operations` operations.
    pub(crate) fn consecutive(line: u32, operations: u32) -> SourceLines {
        SourceLines {
            runs: vec![Run { first_op: 0, line }],
            operations,
            next_line: line.saturating_add(operations),
        }
    }

    /// Adds the next operation, which stands on `line`.
    #[inline]
    pub(crate) fn push(&mut self, line: u32) {
        if line != self.next_line || self.runs.is_empty() {
            self.begin_run(line);
        }
        self.operations += 1;
        self.next_line = line.wrapping_add(1);
    }

    #[cold]
    fn begin_run(&mut self, line: u32) {
        let first_op = self.operations;
        self.runs.push(Run { first_op, line });
    }

    /// Returns the line of operation `index`; `None` if it does not exist.
    pub(crate) fn get(&self, index: usize) -> Option<u32> {
        let op = u32::try_from(index).ok()?;
        if op >= self.operations {
            return None;
        }
        let later = self.runs.partition_point(|run| run.first_op <= op);
        let run = self.runs[..later].last()?;
        Some(run.line + (op - run.first_op))
    }

    /// Returns all lines, in the order of the operations.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let ends = self.runs.iter().skip(1).map(|run| run.first_op);
        let ends = ends.chain([self.operations]);
        self.runs
            .iter()
            .zip(ends)
            .flat_map(|(run, end)| (run.first_op..end).map(|op| run.line + (op - run.first_op)))
    }

    /// Returns the lines of the first `count` operations.
    pub(crate) fn first(&self, count: usize) -> SourceLines {
        self.iter().take(count).collect()
    }

    /// Gives back memory that was reserved and not used.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.runs.shrink_to_fit();
    }
}

impl FromIterator<u32> for SourceLines {
    fn from_iter<T: IntoIterator<Item = u32>>(lines: T) -> SourceLines {
        let mut kept = SourceLines::default();
        lines.into_iter().for_each(|line| kept.push(line));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[u32]) -> SourceLines {
        lines.iter().copied().collect()
    }

    #[test]
    fn every_line_is_kept() {
        for lines in [
            &[][..],
            &[1],
            &[5, 6, 7],
            &[5, 6, 9, 10, 11, 40, 41],
            &[2, 4, 6],
            &[0, 1],
            &[7, 7, 3, 4],
            &[u32::MAX - 1, u32::MAX, u32::MAX],
        ] {
            let kept = of(lines);
            let gets: Vec<u32> = (0..).map_while(|index| kept.get(index)).collect();
            assert_eq!(gets, lines);
            assert_eq!(kept.iter().collect::<Vec<_>>(), lines);
            for count in 0..=lines.len() + 1 {
                let first: Vec<u32> = kept.first(count).iter().collect();
                assert_eq!(first, lines[..count.min(lines.len())]);
            }
        }
    }

    #[test]
    fn consecutive_lines_are_one_run() {
        assert_eq!(of(&[5, 6, 7, 8]).runs.len(), 1);
        let made: Vec<u32> = SourceLines::consecutive(5, 3).iter().collect();
        assert_eq!(made, [5, 6, 7]);
        let mut longer = SourceLines::consecutive(5, 3);
        longer.push(8);
        longer.push(20);
        assert_eq!(longer.iter().collect::<Vec<_>>(), [5, 6, 7, 8, 20]);
    }
}
