//! The known names nearest to a misspelt one.

/// Up to `most` of `known` that somebody who typed `typed` may have meant, nearest first.
///
/// A name qualifies if it contains the typed text or the other way round, or if at most a third of
/// its letters differ.
pub fn nearest<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let wanted = typed.to_lowercase();
    let mut ranked: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let candidate = name.to_lowercase();
            let edits = distance(&wanted, &candidate);
            let contained =
                !wanted.is_empty() && (candidate.contains(&wanted) || wanted.contains(&candidate));
            let longest = wanted.chars().count().max(candidate.chars().count());
            (contained || edits * 3 <= longest).then_some((edits, name))
        })
        .collect();
    ranked.sort();
    ranked.dedup();
    ranked
        .into_iter()
        .take(most)
        .map(|(_, name)| name)
        .collect()
}

/// Letters to insert, remove or replace to turn `a` into `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_find_their_neighbours() {
        let known = ["UpdateService", "CreateService", "DeleteService", "RunTask"];
        assert_eq!(nearest("updateservise", known, 1), ["UpdateService"]);
        assert_eq!(nearest("Service", known, 9).len(), 3);
        assert!(nearest("PutObject", known, 3).is_empty());
        assert!(nearest("", known, 3).is_empty());
    }

    #[test]
    fn the_distance_is_the_number_of_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
