//! Names that people and platforms write in several ways.

use unicode_normalization::UnicodeNormalization;

/// Returns a text in the one form in which two are compared: composed, in lower case, with single
/// blanks.
pub fn folded(text: &str) -> String {
    let lower = text.nfkc().flat_map(char::to_lowercase).collect::<String>();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns whether two texts are one name, in any order of its words: `Lovelace, Ada` is
/// `Ada Lovelace`.
pub fn is_one(a: &str, b: &str) -> bool {
    let (a, b) = (words(a), words(b));
    !a.is_empty() && a == b
}

/// Returns whether a text is a name written without blanks, the last name first or last, as
/// Canvas names files: `lovelaceada`.
pub fn is_squeezed(squeezed: &str, name: &str) -> bool {
    let squeezed = letters(squeezed);
    let name = match name.split_once(',') {
        Some((last, first)) => format!("{first} {last}"),
        None => name.to_owned(),
    };
    let words: Vec<String> =
        folded(&name).split(' ').map(letters).filter(|word| !word.is_empty()).collect();
    let turned = (0..words.len()).map(|at| [&words[at..], &words[..at]].concat().concat());
    !squeezed.is_empty() && turned.into_iter().any(|turned| turned == squeezed)
}

/// Returns the identifiers in a cell. Moodle writes `Participant 12` where others write `12`.
pub fn of_identifier(cell: String) -> Vec<String> {
    let number = cell.rsplit_once(' ').map(|(_, number)| number.to_owned());
    let number = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    std::iter::once(cell).chain(number).collect()
}

fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> =
        folded(&name.replace(',', " ")).split(' ').map(str::to_owned).collect();
    words.retain(|word| !word.is_empty());
    words.sort();
    words
}

fn letters(text: &str) -> String {
    folded(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_in_any_order_and_composition() {
        for (a, b) in [
            ("Ada Lovelace", "Lovelace, Ada"),
            ("ADA  lovelace ", "Ada Lovelace"),
            ("Zoe\u{308} Müller", "Zoë Mu\u{308}ller"),
        ] {
            assert!(is_one(a, b), "{a} {b}");
        }
        for (a, b) in [("Ada", "Ada Lovelace"), ("", ""), ("Ada", "Äda")] {
            assert!(!is_one(a, b), "{a} {b}");
        }
    }

    #[test]
    fn a_squeezed_name_is_recognized() {
        for (squeezed, name) in [
            ("lovelaceada", "Ada Lovelace"),
            ("lovelaceada", "Lovelace, Ada"),
            ("adalovelace", "Ada Lovelace"),
            ("oneilmaryann", "Mary-Ann O'Neil"),
            ("vandykejan", "Jan van Dyke"),
            ("müllerzoë", "Zoë Müller"),
        ] {
            assert!(is_squeezed(squeezed, name), "{squeezed} {name}");
        }
        assert!(!is_squeezed("lovelace", "Ada Lovelace"));
        assert!(!is_squeezed("", ""));
    }

    #[test]
    fn a_number_is_taken_out_of_moodles_identifier() {
        assert_eq!(of_identifier("Participant 12".into()), ["Participant 12", "12"]);
        assert_eq!(of_identifier("ada".into()), ["ada"]);
    }
}
