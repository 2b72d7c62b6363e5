//! What the compiler's messages and its lists of files say.

use std::collections::HashSet;
use std::path::PathBuf;

/// Returns the names that a file declares in another way than the headers of this folder do: gcc's
/// and clang's error, or the note that says where the other declaration is, is there.
pub(crate) fn conflicts(printed: &str, headers: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut named = None;
    for line in printed.lines() {
        if let Some((_, rest)) = line.split_once("conflicting types for ") {
            let is_part = |one: char| one.is_alphanumeric() || one == '_';
            let rest = rest.trim_start_matches(|one| !is_part(one));
            named = Some(rest.split(|one| !is_part(one)).next().unwrap_or_default().to_owned());
            if line.starts_with(headers) {
                names.extend(named.take());
            }
        } else if line.contains("previous declaration") && line.starts_with(headers) {
            names.extend(named.take());
        }
    }
    names
}

/// Returns where a pointer is kept in a narrower integer, or made of one, by the warnings of gcc
/// and clang: `mm.c:12`. At most three places. Where a macro does it, this is the line that uses
/// the macro.
pub(crate) fn narrowed_pointers(printed: &str) -> Vec<String> {
    const WARNINGS: [&str; 3] =
        ["[-Wpointer-to-int-cast]", "[-Wint-to-pointer-cast]", "[-Wint-conversion]"];
    const MOST: usize = 3;
    let mut places: Vec<String> = Vec::new();
    let mut is_of_these = false;
    for line in printed.lines() {
        if let Some((place, warning)) = line.split_once(": warning: ") {
            is_of_these = WARNINGS.iter().any(|end| warning.contains(end));
            places.extend(without_column(place).filter(|_| is_of_these));
        } else if let Some((place, _)) = line.split_once(": note: in expansion of macro ")
            && let (true, Some(place)) = (is_of_these, without_column(place))
        {
            places.pop();
            places.push(place);
        }
    }
    let mut seen = HashSet::new();
    places.retain(|place| seen.insert(place.clone()));
    places.truncate(MOST);
    places
}

/// Returns `mm.c:12` of `mm.c:12:7`.
fn without_column(place: &str) -> Option<String> {
    place.rsplit_once(':').map(|(place, _)| place.to_owned())
}

/// Returns the files that a rule for make names behind its colon.
pub(crate) fn prerequisites(rule: &str) -> Vec<PathBuf> {
    let joined = rule.replace("\\\n", " ");
    let Some((_, files)) = joined.split_once(": ") else { return Vec::new() };
    let mut all = vec![String::new()];
    let mut chars = files.chars();
    while let Some(one) = chars.next() {
        match one {
            '\\' => all.last_mut().into_iter().for_each(|last| last.extend(chars.next())),
            one if one.is_whitespace() => all.push(String::new()),
            one => all.last_mut().into_iter().for_each(|last| last.push(one)),
        }
    }
    all.into_iter().filter(|file| !file.is_empty()).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_that_a_file_makes_in_another_way_are_found() {
        let gcc = "mm.c:14:7: error: conflicting types for ‘mm_malloc’; have ‘void *(int)’\n   14 |\n\
                   /h/mm.h:11:14: note: previous declaration of ‘mm_malloc’ with type ‘void *(long)’";
        let clang = "mm.c:3:7: error: conflicting types for 'mem_sbrk'\n\
                     /h/memlib.h:1:14: note: previous declaration is here";
        assert_eq!(conflicts(gcc, "/h"), ["mm_malloc"]);
        assert_eq!(conflicts(clang, "/h"), ["mem_sbrk"]);
        let behind = "/h/mm.h:33:3: error: conflicting types for ‘team_t’; have ‘struct <anonymous>’\n\
                      mm.c:2:42: note: previous declaration of ‘team_t’ with type ‘team_t’";
        assert_eq!(conflicts(behind, "/h"), ["team_t"]);
        assert!(conflicts(gcc, "/other").is_empty());
    }

    #[test]
    fn pointers_in_narrow_words_are_found() {
        let gcc = "mm.c:3:30: warning: cast from pointer to integer of different size [-Wpointer-to-int-cast]\n\
                   mm.c:9:36: note: in expansion of macro ‘PUT’\n\
                   mm.c:9:39: warning: cast to pointer from integer of different size [-Wint-to-pointer-cast]\n\
                   mm.c:11:1: warning: unused variable ‘a’ [-Wunused-variable]\n\
                   mm.c:12:36: note: in expansion of macro ‘PUT’\n\
                   a b/mm.c:7:2: warning: makes integer from pointer without a cast [-Wint-conversion]";
        assert_eq!(narrowed_pointers(gcc), ["mm.c:9", "a b/mm.c:7"]);
        assert!(narrowed_pointers("").is_empty());
    }

    #[test]
    fn the_files_of_a_rule_are_read() {
        let rule = "0.o: ./mm.c \\\n mm.h my\\ lab/memlib.h\n";
        let files = ["./mm.c", "mm.h", "my lab/memlib.h"].map(PathBuf::from);
        assert_eq!(prerequisites(rule), files);
        assert!(prerequisites("").is_empty());
    }
}
