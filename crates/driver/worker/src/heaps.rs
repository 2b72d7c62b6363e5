//! Which heaps a program has, and how they are named on a command line.

use crate::Error;
use crate::contender::{Asked, Contender, Graded};
use heaplab_heap::{Design, UnknownWord, parse_policy};
use heaplab_support::did_you_mean;

/// The heaps of one program.
pub struct Heaps {
    entries: Vec<Entry>,
}

/// A heap's design, with its type forgotten.
pub struct Entry {
    /// What it is called.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// Name and meaning of each policy word.
    pub words: Vec<(&'static str, &'static str)>,
    parse: Parse,
}

/// Makes a heap of policy words.
type Parse = fn(&str) -> Result<Box<dyn Graded>, UnknownWord>;

impl Heaps {
    /// No heaps yet.
    #[expect(clippy::new_without_default, reason = "no heaps are only a beginning")]
    pub fn new() -> Heaps {
        Heaps {
            entries: Vec::new(),
        }
    }

    /// The same heaps and one more.
    pub fn with<D: Design>(self) -> Heaps {
        self.with_named::<D>(D::NAME)
    }

    /// The same, under another name than the design's own.
    pub fn with_named<D: Design>(self, name: &'static str) -> Heaps {
        self.with_entry::<D>(name, |policy| {
            let design = parse_policy::<D>(policy)?;
            let all = Some(all_of::<D> as fn(&D) -> &dyn Contender);
            Ok(Box::new(Asked { design, all }))
        })
    }

    /// The same, and nothing is asked of this heap but what grading asks: it
    /// compiles in a third of the time.
    pub fn with_graded<D: Design>(self, name: &'static str) -> Heaps {
        self.with_entry::<D>(name, |policy| {
            let design = parse_policy::<D>(policy)?;
            Ok(Box::new(Asked { design, all: None }))
        })
    }

    fn with_entry<D: Design>(mut self, name: &'static str, parse: Parse) -> Heaps {
        self.entries.push(Entry {
            name,
            about: D::ABOUT,
            words: D::WORDS
                .iter()
                .map(|word| (word.name, word.about))
                .collect(),
            parse,
        });
        self
    }

    /// The heaps, in the order in which they were added.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The heaps that were asked for, each known to exist and asked for once; all
    /// heaps with their default policies if none was.
    ///
    /// # Errors
    /// For an unknown heap or policy, and for one named twice.
    pub fn choose(&self, specs: &[String]) -> Result<Vec<String>, Error> {
        let heaps: Vec<String> = match specs.is_empty() {
            true => self
                .entries
                .iter()
                .map(|entry| entry.name.to_owned())
                .collect(),
            false => specs.to_vec(),
        };
        for (index, heap) in heaps.iter().enumerate() {
            self.heap(heap)?;
            if heaps[..index].contains(heap) {
                return Err(Error::new(format!(
                    "error: the heap `{heap}` is asked for twice"
                )));
            }
        }
        Ok(heaps)
    }

    /// The heap that a text such as `explicit:address,best-fit` names.
    ///
    /// # Errors
    /// For an unknown heap or policy, with what there is.
    pub(crate) fn heap(&self, spec: &str) -> Result<Box<dyn Graded>, Error> {
        let (name, policy) = spec.split_once(':').unwrap_or((spec, ""));
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| {
            let names: Vec<_> = self.entries.iter().map(|entry| entry.name).collect();
            Error::new(format!(
                "error: there is no heap `{name}`{}\nhelp: the heaps are {}; `heaplab heaps` explains them",
                did_you_mean(name, &names),
                names.join(", ")
            ))
        })?;
        (entry.parse)(policy).map_err(|unknown| {
            let help = match unknown.known.is_empty() {
                true => String::new(),
                false => format!(
                    "\nhelp: its policies are {}; `heaplab heaps` explains them",
                    unknown.known.join(", ")
                ),
            };
            Error::new(format!(
                "error: the heap `{name}` has no policy `{}`{}{help}",
                unknown.word,
                did_you_mean(&unknown.word, &unknown.known)
            ))
        })
    }
}

/// All that can be asked of a design.
fn all_of<D: Design>(design: &D) -> &dyn Contender {
    design
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T>(answer: Result<T, Error>) -> String {
        answer
            .err()
            .map_or(String::new(), |error| error.to_string())
    }

    #[test]
    fn a_heap_answers_to_the_name_it_was_given() {
        let heaps = Heaps::new().with_named::<heaplab_implicit::Policy>("mine");
        assert!(heaps.heap("mine:next-fit").is_ok());
        let message = message(heaps.heap("implicit"));
        assert!(message.contains("no heap `implicit`"), "{message}");
    }

    #[test]
    fn of_a_heap_that_is_only_graded_nothing_else_is_asked() {
        let heaps = Heaps::new()
            .with::<heaplab_implicit::Policy>()
            .with_graded::<heaplab_implicit::Policy>("mine");
        assert!(heaps.heap("implicit").unwrap().contender().is_ok());
        let mine = heaps.heap("mine:next-fit").unwrap();
        let message = message(mine.contender());
        assert!(message.contains("compiled for grading"), "{message}");
    }

    #[test]
    fn what_is_misspelt_is_named_with_what_was_meant() {
        let heaps = Heaps::new().with::<heaplab_implicit::Policy>();
        let of_heap = message(heaps.heap("implict"));
        assert!(of_heap.contains("did you mean `implicit`?"), "{of_heap}");
        let of_word = message(heaps.heap("implicit:next-fix"));
        assert!(of_word.contains("did you mean `next-fit`?"), "{of_word}");
    }

    #[test]
    fn none_asked_for_is_all_and_one_twice_is_an_error() {
        let heaps = Heaps::new().with::<heaplab_implicit::Policy>();
        assert_eq!(heaps.choose(&[]).ok(), Some(vec!["implicit".to_owned()]));
        let twice = ["implicit".to_owned(), "implicit".to_owned()];
        let message = message(heaps.choose(&twice));
        assert!(message.contains("asked for twice"), "{message}");
    }
}
