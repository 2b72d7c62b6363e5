//! Phrases to avoid, and what to write instead.

use crate::files::File;
use crate::pieces::{Word, pieces};

/// A phrase to avoid.
pub struct Rule {
    /// Its words: alternatives are divided by `|`; one that ends in `*` stands for all
    /// words that begin so; `!` in front stands for any word but these.
    pub phrase: &'static str,
    /// What to write instead.
    pub instead: &'static str,
}

/// A place where a phrase is right.
pub struct Allowed {
    /// The file, from the root of the workspace.
    pub path: &'static str,
    /// The words as they are there, in lower case.
    pub words: &'static str,
    /// Why they are right.
    pub reason: &'static str,
}

/// Turns of phrase that readers stumble over.
pub const TURNS: &[Rule] = &[
    Rule { phrase: "whoever|whomever|whosoever", instead: "the user, the caller" },
    Rule { phrase: "nobody|nobody's", instead: "no thread, no program, nothing; or a passive" },
    Rule { phrase: "no one", instead: "no thread, no program, nothing; or a passive" },
    Rule { phrase: "so many|much", instead: "this many, at most N" },
    Rule { phrase: "the first such", instead: "of equals, the first" },
    Rule { phrase: "of whose", instead: "two sentences" },
    Rule { phrase: "whose every", instead: "each of its" },
    Rule { phrase: "is|are|was|were|am told", instead: "gets, is passed, is set to" },
    Rule { phrase: "is|are known by", instead: "is recognized by" },
    Rule { phrase: "for who", instead: "for users who, if you" },
    Rule { phrase: "who do|does|did", instead: "name the person or the program" },
    Rule { phrase: "others|another than", instead: "differs from, another one than" },
    Rule { phrase: "no such", instead: "none, not that; there is no file `x`" },
    Rule { phrase: "found dead", instead: "has ended" },
    Rule { phrase: "last words", instead: "last output" },
    Rule { phrase: "its|their|of luck", instead: "chance" },
    Rule { phrase: "past so", instead: "if it would exceed" },
    Rule { phrase: "none but", instead: "only" },
    Rule { phrase: "of its|their very", instead: "of the same" },
    Rule { phrase: "by turns", instead: "round robin, alternately, in turn" },
    Rule { phrase: "dear|dearer|dearest", instead: "expensive" },
    Rule { phrase: "what nothing|no", instead: "subject first: requests that nothing serves" },
    Rule { phrase: "for want of", instead: "because there is no" },
    Rule {
        phrase: "!there is|are|was|were no !longer|more|larger|smaller|better|less|faster|slower",
        instead: "is not a",
    },
    Rule {
        phrase: "thereof|therein|whereby|wherein|hereby|thereby|whilst|amongst|naught|nought|thus",
        instead: "so, by which, while, among, nothing",
    },
];

/// Words that are spelled in one way everywhere.
pub const SPELLINGS: &[Rule] = &[
    Rule { phrase: "cannot", instead: "can't" },
    Rule {
        phrase: "doesn't|isn't|aren't|wasn't|weren't|hasn't|haven't|hadn't|didn't|won't|wouldn't",
        instead: "does not, is not, ...",
    },
    Rule { phrase: "per cent", instead: "percent" },
    Rule { phrase: "forever", instead: "for ever" },
    Rule { phrase: "filename|filenames|file-name|file-names", instead: "file name" },
    Rule { phrase: "plugin|plugins", instead: "plug-in" },
    Rule { phrase: "whitespace", instead: "white space" },
    Rule { phrase: "name space|spaces", instead: "namespace" },
    Rule { phrase: "behavior*|color*|neighbor*|favor*|honor*|gray", instead: "-our; grey" },
    Rule { phrase: "initialis*|optimis*|utilis*|normalis*|recognis*|organis*", instead: "-ize" },
    Rule { phrase: "minimis*|maximis*|serialis*|specialis*|synchronis*|realis*", instead: "-ize" },
    Rule { phrase: "freelist|freelists|free-lists", instead: "free list" },
    Rule { phrase: "sizeclass|sizeclasses", instead: "size class" },
    Rule { phrase: "boundarytag|boundarytags", instead: "boundary tag" },
    Rule { phrase: "commandline|command-lines", instead: "command line" },
    Rule { phrase: "tracefile|tracefiles|trace-file|trace-files", instead: "trace file" },
    Rule { phrase: "e . g", instead: "for example" },
    Rule { phrase: "i . e", instead: "that is" },
];

/// Returns the places where a file breaks a rule, each as `path:line: ...`, and marks the
/// allowed places that it has in `used`.
pub fn broken(rules: &[Rule], allowed: &[Allowed], file: &File, used: &mut [bool]) -> Vec<String> {
    let mut found = Vec::new();
    for piece in pieces(file) {
        // A first word that is before the text, for phrases that begin with `!`.
        let before = Word { text: String::new(), line: piece[0].line };
        let piece = [&[before], &piece[..]].concat();
        for Rule { phrase, instead } in rules {
            for (line, words) in matches(phrase, &piece) {
                let is_here = |one: &Allowed| one.path == file.path && one.words == words;
                match allowed.iter().position(is_here) {
                    Some(index) => used[index] = true,
                    None => {
                        found.push(format!("{}:{line}: `{words}`; write: {instead}", file.path));
                    }
                }
            }
        }
    }
    found
}

/// Returns where a phrase occurs: the line, and the words that stand for it.
fn matches(phrase: &str, piece: &[Word]) -> Vec<(usize, String)> {
    let wanted: Vec<&str> = phrase.split(' ').collect();
    let windows = piece.windows(wanted.len());
    let found = windows.filter(|window| {
        window.iter().zip(&wanted).all(|(word, wanted)| is_one_of(wanted, &word.text))
    });
    found
        .map(|window| {
            let shown = &window[wanted.iter().take_while(|word| word.starts_with('!')).count()..];
            let words: Vec<&str> = shown.iter().map(|word| &word.text[..]).collect();
            (shown[0].line, words.join(" "))
        })
        .collect()
}

fn is_one_of(alternatives: &str, word: &str) -> bool {
    let (names, is_wanted) = match alternatives.strip_prefix('!') {
        Some(names) => (names, false),
        None => (alternatives, true),
    };
    let is_named = names.split('|').any(|name| match name.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == name,
    });
    is_named == is_wanted
}

#[test]
fn a_phrase_is_found_over_lines_and_markers() {
    let text = "/// Past so\n/// many bytes it fails; so much\nfn f() {} // for sure.\n";
    let file = File { path: "a.rs".to_owned(), text: text.to_owned() };
    let expected = [
        "a.rs:1: `so many`; write: this many, at most N",
        "a.rs:2: `so much`; write: this many, at most N",
        "a.rs:1: `past so`; write: if it would exceed",
    ];
    assert_eq!(broken(TURNS, &[], &file, &mut []), expected);
    let allowed = [Allowed { path: "a.rs", words: "so much", reason: "a test" }];
    let mut used = [false];
    assert_eq!(broken(TURNS, &allowed, &file, &mut used).len(), 2);
    assert_eq!(used, [true]);
}

#[test]
fn alternatives_of_a_word_can_be_starts_and_exceptions() {
    let text = "There is no file. That is no file. It is no longer; Colouring colors.\n";
    let file = File { path: "a.md".to_owned(), text: text.to_owned() };
    let turns = broken(TURNS, &[], &file, &mut []);
    assert_eq!(turns, ["a.md:1: `is no file`; write: is not a"]);
    let spellings = broken(SPELLINGS, &[], &file, &mut []);
    assert_eq!(spellings, ["a.md:1: `colors`; write: -our; grey"]);
}
