//! Names that people and platforms write in several ways.

use unicode_normalization::UnicodeNormalization;

/// Returns a text in the one form in which two are compared: composed, in lower case, with single
/// blanks.
pub fn folded(text: &str) -> String {
    let lower = text.nfkc().flat_map(char::to_lowercase).collect::<String>();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The forms of a name in which it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// Its words, sorted: `Lovelace, Ada` is `Ada Lovelace`.
    words: Vec<String>,
    /// The name as one text.
    folded: String,
    /// Its letters and digits.
    letters: String,
    /// Its words without blanks between, beginning with each of them: `lovelaceada` is
    /// `Ada Lovelace`, as Canvas names files.
    turned: Vec<String>,
}

impl Forms {
    /// Returns the forms of a name.
    pub fn of(name: &str) -> Forms {
        let in_order = match name.split_once(',') {
            Some((last, first)) => format!("{first} {last}"),
            None => name.to_owned(),
        };
        let in_order = folded(&in_order);
        let bare: Vec<String> =
            in_order.split(' ').map(letters).filter(|word| !word.is_empty()).collect();
        let turned = (0..bare.len()).map(|at| [&bare[at..], &bare[..at]].concat().concat());
        Forms {
            words: words(name),
            folded: folded(name),
            letters: letters(name),
            turned: turned.collect(),
        }
    }

    /// Returns whether this is the name of someone, perhaps written without blanks.
    pub fn is_name_of(&self, person: &Forms) -> bool {
        let is_one = !self.words.is_empty() && self.words == person.words;
        is_one || (!self.letters.is_empty() && person.turned.contains(&self.letters))
    }

    /// Returns whether the name ends with `-` and a login, as that of a repository does.
    pub fn ends_with_login(&self, login: &str) -> bool {
        self.folded.strip_suffix(login).is_some_and(|rest| rest.ends_with('-'))
    }
}

/// Returns the identifiers in a cell. Moodle writes `Participant 12` where others write `12`.
pub fn of_identifier(cell: String) -> Vec<String> {
    // Brightspace writes `#0042`, so that a spreadsheet keeps the zeros.
    let cell = cell.strip_prefix('#').map(str::to_owned).unwrap_or(cell);
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
            assert!(Forms::of(a).is_name_of(&Forms::of(b)), "{a} {b}");
        }
        for (a, b) in [("Ada", "Ada Lovelace"), ("", ""), ("Ada", "Äda")] {
            assert!(!Forms::of(a).is_name_of(&Forms::of(b)), "{a} {b}");
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
            assert!(Forms::of(squeezed).is_name_of(&Forms::of(name)), "{squeezed} {name}");
        }
        assert!(!Forms::of("lovelace").is_name_of(&Forms::of("Ada Lovelace")));
        assert!(Forms::of("malloc-Ada").ends_with_login("ada"));
        assert!(!Forms::of("ada").ends_with_login("ada"));
    }

    #[test]
    fn a_number_is_taken_out_of_moodles_identifier() {
        assert_eq!(of_identifier("Participant 12".into()), ["Participant 12", "12"]);
        assert_eq!(of_identifier("ada".into()), ["ada"]);
    }
}
