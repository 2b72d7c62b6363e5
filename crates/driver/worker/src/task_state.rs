//! The kernel's state of a process or thread: does it sleep? Only Linux has a file for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Fields of a `stat` file of proc(5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    /// Whether it waits for an event, and not for a processor or a disk.
    pub(crate) sleeps: bool,
    /// CPU time that it has used, in clock ticks.
    pub(crate) cpu_ticks: u64,
}

impl Stat {
    /// Reads a `stat` file; none if there is none.
    pub(crate) fn read(path: &Path) -> Option<Stat> {
        Stat::parse(&fs::read_to_string(path).ok()?)
    }

    /// Returns whether a process that is now in this state, and had used `ticks_before` earlier,
    /// was kept from the processor for this time: it waited for it, or was stopped. The watchdog of
    /// a worker ends a heap after a few seconds of the processor.
    pub(crate) fn starves(self, ticks_before: u64, time: Duration) -> bool {
        let most_ticks =
            time.as_secs().saturating_mul(rustix::param::clock_ticks_per_second()) / 100;
        !self.sleeps && self.cpu_ticks.saturating_sub(ticks_before) < most_ticks
    }

    /// Parses the text. The second field is a name in parentheses, which may contain parentheses.
    /// The third is the state, the 14th and 15th are the ticks, in user mode and in the kernel.
    fn parse(text: &str) -> Option<Stat> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Stat { sleeps: *fields.first()? == "S", cpu_ticks: ticks(14)? + ticks(15)? })
    }
}

/// Returns where a process's `stat` is.
pub(crate) fn of_process(id: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{id}/stat"))
}

/// Returns where the `stat` of the calling thread is.
pub(crate) fn of_this_thread() -> Option<PathBuf> {
    let own = fs::read_link("/proc/thread-self").ok()?;
    Some(Path::new("/proc").join(own).join("stat"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_may_have_any_characters() {
        let rest = "1 2 3 4 -1 4194304 89 0 0 0 70 5 0 0 20 0 1 0 100 1 1";
        let stat = Stat::parse(&format!("12 (a (b) R S) S {rest}"));
        assert_eq!(stat, Some(Stat { sleeps: true, cpu_ticks: 75 }));
        assert_eq!(
            Stat::parse(&format!("12 (heap) R {rest}")).map(|stat| stat.sleeps),
            Some(false)
        );
        for broken in ["", "12 (heap", "12 (heap) S 1 2"] {
            assert_eq!(Stat::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_process_that_waits_for_the_processor_starves() {
        let second = rustix::param::clock_ticks_per_second();
        let two_minutes = Duration::from_secs(120);
        let now = |sleeps, seconds| Stat { sleeps, cpu_ticks: 100 + seconds * second };
        assert!(now(false, 1).starves(100, two_minutes));
        assert!(!now(false, 2).starves(100, two_minutes));
        assert!(!now(true, 0).starves(100, two_minutes));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_running_thread_does_not_sleep() {
        let path = of_this_thread().expect("proc is mounted");
        assert!(!Stat::read(&path).expect("its own").sleeps);
        assert!(Stat::read(&of_process(std::process::id())).is_some());
    }
}
