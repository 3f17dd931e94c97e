//! An experiment as the fragment of a link: versioned, compressed, safe to open.
//!
//! `v2.` and base64url of deflate of postcard. A built-in incident is told by its name and the check
//! sum of its text, and *what if* by the bytes in which it differs from *today*. Whatever somebody
//! puts there, opening it takes no more memory than [`BYTES_MAX`].

use super::{Experiment, Tab};
use data_encoding::BASE64URL_NOPAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use pullstorm_core::scenarios::built_in;
use pullstorm_core::yaml;
use serde::{Deserialize, Serialize};

/// What a link unpacks to at most: two scenarios that have nothing in common, and the rest.
const BYTES_MAX: usize = 2 * yaml::BYTES_MAX + 4096;

/// Links beyond this break in mail and chat; a file is offered instead.
pub const LENGTH_MAX: usize = 8_000;

const VERSION: &str = "v2.";

/// As hard as deflate can.
const LEVEL: u8 = 10;

/// Why a link cannot be opened.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum BadLink {
    /// Another version made it.
    Version,
    /// It is damaged or incomplete.
    Damaged,
    /// It unpacks to more than an experiment can have.
    TooLarge,
    /// It speaks of an incident that there is not.
    Unknown,
    /// It speaks of an incident that is another one by now.
    Changed,
}

impl BadLink {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            BadLink::Version => "The link is of another version of Pullstorm.",
            BadLink::Damaged => "The link is damaged or incomplete.",
            BadLink::TooLarge => "The link unpacks to more than an experiment can have.",
            BadLink::Unknown => "The link speaks of an incident that is not built in.",
            BadLink::Changed => {
                "The link speaks of an incident that has changed since, so its numbers cannot be shown."
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Packed {
    name: String,
    today: Today,
    /// Bytes that *what if* has in common with *today* at its beginning and end, and what is between.
    head: u32,
    tail: u32,
    middle: String,
    seed: Option<u64>,
    runs: Option<u32>,
    /// The tab that is open.
    tab: Tab,
}

#[derive(Serialize, Deserialize)]
enum Today {
    /// The built-in incident of that name, whose text has this check sum.
    BuiltIn(u32),
    /// This text.
    Text(String),
}

/// The fragment of an experiment's link, with the tab that is open; `None` if it is too long for one.
pub fn encode(experiment: &Experiment, tab: Tab) -> Option<String> {
    Some(packed(experiment, tab)).filter(|fragment| fragment.len() <= LENGTH_MAX)
}

/// The same for a file, however long.
pub fn packed(experiment: &Experiment, tab: Tab) -> String {
    let (today, what_if) = (&experiment.today, &experiment.what_if);
    let (head, tail) = common(today, what_if);
    let packed = Packed {
        name: experiment.name.clone(),
        today: match experiment.is_of_incident() {
            true => Today::BuiltIn(check_sum(today)),
            false => Today::Text(today.clone()),
        },
        head: head as u32,
        tail: tail as u32,
        middle: what_if[head..what_if.len() - tail].to_owned(),
        seed: experiment.seed,
        runs: experiment.runs,
        tab,
    };
    let bytes = postcard::to_allocvec(&packed).expect("it is plain data");
    let text = BASE64URL_NOPAD.encode(&compress_to_vec(&bytes, LEVEL));
    format!("{VERSION}{text}")
}

/// Whether a text is what [`packed`] makes, of any version, and neither a scenario nor an error line.
pub fn is_packed(text: &str) -> bool {
    let digits = text.trim().strip_prefix('v').unwrap_or_default();
    let (version, rest) = digits.split_once('.').unwrap_or_default();
    let is_word = |text: &str| {
        text.bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
    };
    version.parse::<u32>().is_ok() && rest.len() > 8 && is_word(rest)
}

/// FNV-1a (<https://www.rfc-editor.org/rfc/rfc9923>, 32 bits): no defence, it tells a text from the
/// one that was there before.
fn check_sum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| {
        (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The experiment of a fragment, without its `#`, and the tab that is open.
///
/// # Errors
/// See [`BadLink`].
pub fn decode(fragment: &str) -> Result<(Experiment, Tab), BadLink> {
    let text = fragment.strip_prefix(VERSION).ok_or(BadLink::Version)?;
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
    let bytes = bytes.map_err(|_| BadLink::Damaged)?;
    let bytes = decompress_to_vec_with_limit(&bytes, BYTES_MAX).map_err(|error| {
        use miniz_oxide::inflate::TINFLStatus;
        match error.status {
            TINFLStatus::HasMoreOutput => BadLink::TooLarge,
            _ => BadLink::Damaged,
        }
    })?;
    let packed: Packed = postcard::from_bytes(&bytes).map_err(|_| BadLink::Damaged)?;
    let today = match packed.today {
        Today::Text(today) => today,
        Today::BuiltIn(sum) => {
            let known = built_in(&packed.name).ok_or(BadLink::Unknown)?;
            Some(known.text.to_owned())
                .filter(|text| check_sum(text) == sum)
                .ok_or(BadLink::Changed)?
        }
    };
    let (head, tail) = (packed.head as usize, packed.tail as usize);
    let from = today.len().checked_sub(tail).filter(|from| *from >= head);
    let ends = today
        .get(..head)
        .zip(from.and_then(|from| today.get(from..)));
    let (before, after) = ends.ok_or(BadLink::Damaged)?;
    let experiment = Experiment {
        what_if: format!("{before}{}{after}", packed.middle),
        name: packed.name,
        seed: packed.seed,
        runs: packed.runs,
        today,
    };
    Ok((experiment, packed.tab))
}

/// How many bytes two texts have in common at their beginning and, beyond that, at their end.
fn common(a: &str, b: &str) -> (usize, usize) {
    let same = |(a, b): &(char, char)| a == b;
    let length = |(a, _): (char, char)| a.len_utf8();
    let head = a.chars().zip(b.chars()).take_while(same).map(length).sum();
    let (a, b): (&str, &str) = (&a[head..], &b[head..]);
    let pairs = a.chars().rev().zip(b.chars().rev());
    (head, pairs.take_while(same).map(length).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed() -> Experiment {
        let incident = Experiment::incident("circleci-ecr-fanout").unwrap();
        let set = ("workloads.ci.jobs".to_owned(), "16".to_owned());
        Experiment {
            seed: Some(u64::MAX),
            ..incident.with(&[set]).unwrap()
        }
    }

    #[test]
    fn a_link_is_short_and_gives_the_experiment_back() {
        let link = encode(&changed(), Tab::Answers).unwrap();
        assert!(link.len() < 90, "{link}");
        assert_eq!(decode(&link).unwrap(), (changed(), Tab::Answers));
        let own = Experiment::of("é.yaml", "é: 1\n");
        let own = Experiment {
            what_if: "è: 1\né".to_owned(),
            ..own
        };
        let link = encode(&own, Tab::Pictures).unwrap();
        assert_eq!(decode(&link).unwrap().0, own);
    }

    #[test]
    fn a_file_holds_the_largest_scenario_whatever_was_changed_in_it() {
        let text = |word: &str| format!("{word}: 1\n{}{word}", "a: b\n".repeat(200_000));
        let own = Experiment {
            what_if: text("after"),
            ..Experiment::of("large.yaml", &text("before"))
        };
        assert!(own.today.len() > 1_000_000);
        let (opened, _) = decode(&packed(&own, Tab::Settings)).unwrap();
        assert_eq!(opened, own);
    }

    #[test]
    fn a_link_that_was_cut_changed_or_made_to_harm_is_refused() {
        let link = encode(&changed(), Tab::Answers).unwrap();
        for end in 0..link.len() {
            assert!(decode(&link[..end]).is_err(), "{end}");
        }
        assert_eq!(decode("v9.abc"), Err(BadLink::Version));
        assert_eq!(decode("v2.!"), Err(BadLink::Damaged));
        let bomb = compress_to_vec(&vec![0; 64 << 20], LEVEL);
        let bomb = format!("{VERSION}{}", BASE64URL_NOPAD.encode(&bomb));
        assert_eq!(decode(&bomb), Err(BadLink::TooLarge));
        let text = || Today::Text("é".to_owned());
        for (head, tail) in [(1, 0), (0, 1), (2, 1), (u32::MAX, u32::MAX)] {
            let link = forged("x", text(), head, tail);
            assert_eq!(decode(&link), Err(BadLink::Damaged));
        }
    }

    fn forged(name: &str, today: Today, head: u32, tail: u32) -> String {
        let packed = Packed {
            name: name.to_owned(),
            today,
            head,
            tail,
            middle: String::new(),
            seed: None,
            runs: None,
            tab: Tab::Pictures,
        };
        let bytes = postcard::to_allocvec(&packed).unwrap();
        let text = BASE64URL_NOPAD.encode(&compress_to_vec(&bytes, LEVEL));
        format!("{VERSION}{text}")
    }

    #[test]
    fn a_link_to_an_incident_that_is_another_one_by_now_is_refused() {
        let name = "circleci-ecr-fanout";
        let sum = check_sum(built_in(name).unwrap().text);
        assert!(decode(&forged(name, Today::BuiltIn(sum), 1, 0)).is_ok());
        let link = forged(name, Today::BuiltIn(sum ^ 1), 1, 0);
        assert_eq!(decode(&link), Err(BadLink::Changed));
        let link = forged("nobody", Today::BuiltIn(sum), 1, 0);
        assert_eq!(decode(&link), Err(BadLink::Unknown));
    }

    #[test]
    fn the_file_of_an_experiment_is_known_from_scenarios_and_error_lines() {
        assert!(is_packed(&packed(&changed(), Tab::Share)));
        for text in [
            "v2.",
            "pullstorm: 1\nname: v2.x\n",
            "v1.2.3 of runc failed",
            "toomanyrequests",
        ] {
            assert!(!is_packed(text), "{text}");
        }
    }

    #[test]
    fn what_is_too_long_for_a_link_has_none() {
        let mut noise = 1_u32;
        let letters = std::iter::from_fn(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from_u32(33 + (noise >> 20) % 90)
        });
        let text: String = letters.take(40_000).collect();
        let long = Experiment::of("long.yaml", &text);
        assert_eq!(encode(&long, Tab::Pictures), None);
        assert_eq!(decode(&packed(&long, Tab::Pictures)).unwrap().0, long);
    }
}
