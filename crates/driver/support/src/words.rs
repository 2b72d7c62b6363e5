//! Suggests a known word for one that was mistyped.

/// Returns `; did you mean ...?` with the known word most like the one typed; empty if none is
/// alike.
pub fn did_you_mean(typed: &str, known: &[&str]) -> String {
    const ALIKE: f64 = 0.75;
    let similarity = |word: &&str| strsim::jaro_winkler(typed, word);
    let best = known.iter().copied().max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    match best {
        Some(word) if similarity(&word) > ALIKE => format!("; did you mean `{word}`?"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn only_a_similar_word_is_suggested() {
        let known = ["explicit", "implicit"];
        let meant = did_you_mean("explict", &known);
        assert_eq!(meant, "; did you mean `explicit`?");
        assert_eq!(did_you_mean("malloc", &known), "");
        assert_eq!(did_you_mean("malloc", &[]), "");
    }
}
