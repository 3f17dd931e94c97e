//! The known names nearest to a misspelt one.

use crate::order::Arrange;
use crate::yaml::{distance, folded};

/// Up to `most` of `known` that somebody who typed `typed` may have meant, nearest first.
///
/// A name qualifies if it contains the typed text or the other way round, or if at most a third of
/// its letters differ; case, `-` and `_` do not count.
pub fn nearest<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let wanted = folded(typed);
    let contains = |whole: &[char], part: &[char]| whole.windows(part.len()).any(|w| w == part);
    let mut ranked: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|_| !wanted.is_empty())
        .filter_map(|name| {
            let candidate = folded(name);
            let edits = distance(&wanted, &candidate);
            let longest = wanted.len().max(candidate.len());
            let meant = contains(&candidate, &wanted)
                || (!candidate.is_empty() && contains(&wanted, &candidate))
                || edits * 3 <= longest;
            meant.then_some((edits, name))
        })
        .collect();
    ranked.arrange();
    ranked.dedup();
    ranked
        .into_iter()
        .take(most)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_find_their_neighbours() {
        let known = ["UpdateService", "CreateService", "DeleteService", "RunTask"];
        assert_eq!(nearest("updateservise", known, 1), ["UpdateService"]);
        assert_eq!(nearest("update-service", known, 1), ["UpdateService"]);
        assert_eq!(nearest("Service", known, 9).len(), 3);
        assert!(nearest("PutObject", known, 3).is_empty());
        assert!(nearest("", known, 3).is_empty());
    }
}
