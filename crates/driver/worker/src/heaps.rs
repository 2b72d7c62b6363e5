//! Which heaps a program has, and which jobs it does on them.

use crate::Error;
use crate::entries::{Entries, Entry, FileEntry, of_unknown_job, of_unknown_word};
use crate::jobs::{Chosen, Jobs, Server};
use heaplab_heap::{Design, change_policy};
use std::marker::PhantomData;
use std::sync::Arc;

/// The heaps of one program, and the jobs that it does on them.
pub struct Heaps {
    pub(crate) entries: Entries,
    servers: Vec<Server>,
}

/// The heaps of a program that serves the jobs `J`, heap by heap.
///
/// ```
/// # use heaplab_implicit::Policy;
/// # use heaplab_worker::{Heaps, Jobs, Serving};
/// fn heaps<J: Jobs>() -> Heaps {
///     Serving::<J>::new().with::<Policy>().with_named::<Policy>("mine").heaps()
/// }
/// ```
pub struct Serving<J> {
    heaps: Heaps,
    jobs: PhantomData<J>,
}

impl<J: Jobs> Serving<J> {
    /// Returns a list without heaps.
    #[expect(clippy::new_without_default, reason = "no heaps are only a beginning")]
    pub fn new() -> Serving<J> {
        let mut servers = Vec::new();
        J::add_servers(&mut servers);
        Serving { heaps: Heaps { entries: Entries::default(), servers }, jobs: PhantomData }
    }

    /// Adds one more heap.
    pub fn with<D: Design>(self) -> Serving<J> {
        self.with_named::<D>(D::NAME)
    }

    /// Adds one more heap, under another name than the design's own.
    pub fn with_named<D: Design>(self, name: &'static str) -> Serving<J> {
        self.with_policy(name, D::ABOUT, D::default)
    }

    /// Adds one more heap: a design under a name of its own, with the policy that `first` returns
    /// where no words are given. Several heaps of one design are compiled once.
    pub fn with_policy<D: Design>(
        mut self,
        name: &'static str,
        about: &'static str,
        first: impl Fn() -> D + Send + Sync + 'static,
    ) -> Serving<J> {
        let chosen: Chosen<D> = Arc::new(move |words| {
            change_policy(first(), words).map_err(|unknown| of_unknown_word(name, &unknown))
        });
        let mut makers = Vec::new();
        J::add_makers::<D>(&chosen, &mut makers);
        self.heaps.entries.0.push(Entry {
            name,
            about,
            is_only_by_name: false,
            words: D::WORDS.iter().map(|word| (word.name, word.about)).collect(),
            parse: Box::new(move |words| chosen(words).map(|_| ())),
            makers,
        });
        self
    }

    /// Adds the heaps that are files: each name for which `is_file` holds is the design that `open`
    /// makes of it. `expect` is called where a command is given such a name.
    pub fn with_files<D: Design>(
        mut self,
        is_file: fn(&str) -> bool,
        expect: fn(&str) -> Result<(), Error>,
        open: fn(&str) -> Result<D, Error>,
    ) -> Serving<J> {
        let chosen: Chosen<D> = Arc::new(open);
        let mut makers = Vec::new();
        J::add_makers::<D>(&chosen, &mut makers);
        let (name, about) = (D::NAME, D::ABOUT);
        self.heaps.entries.1 = Some(FileEntry { name, about, is_file, expect, makers });
        self
    }

    /// Has commands use the heap that was added last only if it is named.
    pub fn only_by_name(mut self) -> Serving<J> {
        if let Some(last) = self.heaps.entries.0.last_mut() {
            last.is_only_by_name = true;
        }
        self
    }

    /// Returns all of them.
    pub fn heaps(self) -> Heaps {
        self.heaps
    }
}

impl Heaps {
    /// Returns the heaps, in the order in which they were added.
    pub fn entries(&self) -> &[Entry] {
        &self.entries.0
    }

    /// Returns how heaps that are files are named, and what they are, if the program has any.
    pub fn files(&self) -> Option<(&'static str, &'static str)> {
        self.entries.1.as_ref().map(|files| (files.name, files.about))
    }

    /// Returns whether this names a heap that is a file.
    pub fn is_file(&self, spec: &str) -> bool {
        self.entries.1.as_ref().is_some_and(|files| (files.is_file)(spec))
    }

    /// Returns the heaps that were asked for, each known to exist and asked for once. If none was
    /// asked for, all heaps with their default policies, but for those that are only used by name.
    ///
    /// # Errors
    /// For an unknown heap or policy, and for one named twice.
    pub fn choose(&self, specs: &[String]) -> Result<Vec<String>, Error> {
        let heaps: Vec<String> = if specs.is_empty() {
            let entries = self.entries().iter().filter(|entry| !entry.is_only_by_name);
            entries.map(|entry| entry.name.to_owned()).collect()
        } else {
            specs.to_vec()
        };
        for (index, heap) in heaps.iter().enumerate() {
            self.entries.expect(heap)?;
            if heaps[..index].contains(heap) {
                return Err(Error::new(format!("error: the heap `{heap}` is asked for twice")));
            }
        }
        Ok(heaps)
    }

    /// Returns what does the job with this name.
    ///
    /// # Errors
    /// If this program does not serve it.
    pub(crate) fn server(&self, job: &str) -> Result<&Server, Error> {
        let mut servers = self.servers.iter();
        servers.find(|server| server.job == job).ok_or_else(|| of_unknown_job(job))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Job, JobContext, Stop};
    use serde::{Deserialize, Serialize};
    use std::time::Duration;

    fn message<T>(answer: Result<T, Error>) -> String {
        answer.err().map_or(String::new(), |error| error.to_string())
    }

    /// Names a heap's design.
    #[derive(Serialize, Deserialize)]
    struct Named;

    impl Job for Named {
        const NAME: &'static str = "named";
        type Erased = &'static str;
        type Answer = ();

        fn erase<D: Design>(_design: D) -> &'static str {
            D::NAME
        }

        fn run(&self, _bench: &mut JobContext<'_>) -> Result<(), Stop> {
            Ok(())
        }

        fn timeout(&self) -> Duration {
            Duration::MAX
        }
    }

    /// A job that no program here serves.
    #[derive(Serialize, Deserialize)]
    struct Unserved;

    impl Job for Unserved {
        const NAME: &'static str = "unserved";
        type Erased = ();
        type Answer = ();

        fn erase<D: Design>(_design: D) {}

        fn run(&self, _bench: &mut JobContext<'_>) -> Result<(), Stop> {
            Ok(())
        }

        fn timeout(&self) -> Duration {
            Duration::MAX
        }
    }

    fn heaps() -> Heaps {
        Serving::<Named>::new().with::<heaplab_implicit::Policy>().heaps()
    }

    #[test]
    fn a_heap_answers_to_the_name_it_was_given() {
        let heaps = Serving::<Named>::new().with_named::<heaplab_implicit::Policy>("mine").heaps();
        assert_eq!(
            heaps.entries.erased::<&str>(Named::NAME, "mine:next-fit").ok(),
            Some("implicit")
        );
        let message = message(heaps.entries.erased::<&str>(Named::NAME, "implicit"));
        assert!(message.contains("no heap `implicit`"), "{message}");
    }

    #[test]
    fn a_job_that_is_not_served_is_named() {
        let heaps = heaps();
        assert!(heaps.server("named").is_ok());
        for message in [
            message(heaps.entries.erased::<()>(Unserved::NAME, "implicit")),
            message(heaps.server("unserved").map(|_| ())),
        ] {
            assert!(message.contains("the job `unserved`"), "{message}");
        }
    }

    #[test]
    fn a_misspelt_name_gets_a_suggestion() {
        let heaps = heaps();
        let of_heap = message(heaps.entries.expect("implict"));
        assert!(of_heap.contains("did you mean `implicit`?"), "{of_heap}");
        let of_word = message(heaps.entries.expect("implicit:next-fix"));
        assert!(of_word.contains("did you mean `next-fit`?"), "{of_word}");
    }

    #[test]
    fn no_name_means_every_heap_and_a_repeated_name_is_an_error() {
        let heaps = heaps();
        assert_eq!(heaps.choose(&[]).ok(), Some(vec!["implicit".to_owned()]));
        let twice = ["implicit".to_owned(), "implicit".to_owned()];
        let message = message(heaps.choose(&twice));
        assert!(message.contains("asked for twice"), "{message}");
    }
}
