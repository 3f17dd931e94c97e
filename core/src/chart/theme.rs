//! Colours and dash patterns.
//!
//! The hues are those of Okabe and Ito's palette ("Color Universal Design", 2008), which people
//! with any common colour blindness can tell apart; they are darkened or lightened until each
//! stands out from the paper by 3:1, as WCAG 2.2 (1.4.11) asks of graphics. Dash patterns say the
//! same for those who see no colour.

use super::spec::Role;
use std::fmt::Write;

/// On what the chart is looked at.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub enum Theme {
    /// On white paper.
    Light,
    /// On a dark screen.
    Dark,
    /// As the reader's system prefers: light attributes, and a `<style>` element that turns them
    /// dark. For files; a page whose content security policy forbids inline style chooses itself.
    #[default]
    Auto,
}

impl Role {
    /// Every role, in the order of [`Role::index`].
    pub(super) const ALL: [Role; 19] = [
        Role::Paper,
        Role::Ink,
        Role::Muted,
        Role::Grid,
        Role::Axis,
        Role::Offered,
        Role::Admitted,
        Role::Throttled,
        Role::Background,
        Role::Credits,
        Role::Event,
        Role::Variant(0),
        Role::Variant(1),
        Role::Variant(2),
        Role::Variant(3),
        Role::Variant(4),
        Role::Variant(5),
        Role::Variant(6),
        Role::Variant(7),
    ];

    /// A number for each role, which plotters carries in place of a colour.
    pub(super) fn index(self) -> u8 {
        match self {
            Role::Paper => 0,
            Role::Ink => 1,
            Role::Muted => 2,
            Role::Grid => 3,
            Role::Axis => 4,
            Role::Offered => 5,
            Role::Admitted => 6,
            Role::Throttled => 7,
            Role::Background => 8,
            Role::Credits => 9,
            Role::Event => 10,
            Role::Variant(place) => 11 + place % 8,
        }
    }

    /// Its name in classes.
    pub(super) fn class(self) -> &'static str {
        match self {
            Role::Paper => "paper",
            Role::Ink => "ink",
            Role::Muted => "muted",
            Role::Grid => "grid",
            Role::Axis => "axis",
            Role::Offered => "offered",
            Role::Admitted => "admitted",
            Role::Throttled => "throttled",
            Role::Background => "background",
            Role::Credits => "credits",
            Role::Event => "event",
            Role::Variant(place) => {
                ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"][usize::from(place % 8)]
            }
        }
    }

    /// Its colour; the light one of [`Theme::Auto`].
    pub(super) fn colour(self, theme: Theme) -> &'static str {
        let (light, dark) = match self {
            Role::Paper => ("#ffffff", "#14181d"),
            Role::Ink | Role::Offered | Role::Variant(0) => ("#1b1f24", "#e6edf3"),
            Role::Muted | Role::Event => ("#57606a", "#9da7b3"),
            Role::Grid => ("#e4e7eb", "#2a313a"),
            Role::Axis => ("#8c959f", "#6e7681"),
            Role::Admitted => ("#0072b2", "#56b4e9"),
            Role::Throttled => ("#d55e00", "#f0763a"),
            Role::Background => ("#a0528b", "#e29ac4"),
            Role::Credits => ("#00795a", "#2fbf94"),
            Role::Variant(place) => match place % 8 {
                1 => ("#0072b2", "#4c9be8"),
                2 => ("#d55e00", "#f0763a"),
                3 => ("#00795a", "#2fbf94"),
                4 => ("#b0558a", "#e29ac4"),
                5 => ("#9a6700", "#e69f00"),
                6 => ("#2b8fc7", "#8fd3ff"),
                _ => ("#6e6a00", "#f0e442"),
            },
        };
        match theme {
            Theme::Light | Theme::Auto => light,
            Theme::Dark => dark,
        }
    }

    /// Its dash pattern, if it is not drawn solid.
    pub(super) fn dash(self) -> Option<&'static str> {
        match self {
            Role::Background => Some("4 3"),
            Role::Event => Some("2 3"),
            Role::Variant(place) => match place % 8 {
                0 | 1 => None,
                2 => Some("8 4"),
                3 => Some("3 2"),
                4 => Some("10 3 3 3"),
                5 => Some("16 4"),
                6 => Some("5 3"),
                _ => Some("10 3 2 3 2 3"),
            },
            _ => None,
        }
    }

    /// Whether its class can fill, and whether it can be a line.
    fn uses(self) -> (bool, bool) {
        match self {
            // Words over the plot have a halo of paper.
            Role::Paper => (true, true),
            Role::Ink | Role::Muted => (true, false),
            Role::Grid | Role::Axis => (false, true),
            _ => (true, true),
        }
    }
}

/// The style sheet of [`Theme::Auto`].
pub(super) fn style_sheet() -> String {
    let mut text = String::from("<style>@media (prefers-color-scheme:dark){");
    for role in Role::ALL {
        let (class, colour) = (role.class(), role.colour(Theme::Dark));
        let (fills, strokes) = role.uses();
        // Writing to a string cannot fail.
        if fills {
            let _ = write!(text, ".ps-fill-{class}{{fill:{colour}}}");
        }
        if strokes {
            let _ = write!(text, ".ps-stroke-{class}{{stroke:{colour}}}");
        }
    }
    text.push_str("}</style>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2.2 defines it.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                libm::pow((value + 0.055) / 1.055, 2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: Role, b: Role, theme: Theme) -> f64 {
        let (a, b) = (luminance(a.colour(theme)), luminance(b.colour(theme)));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_lines_stand_out_from_the_paper() {
        for theme in [Theme::Light, Theme::Dark] {
            for role in Role::ALL {
                let least = match role {
                    Role::Paper | Role::Grid => 1.0,
                    Role::Ink | Role::Muted => 4.5,
                    Role::Axis => 2.9,
                    _ => 3.0,
                };
                let contrast = contrast(role, Role::Paper, theme);
                assert!(contrast >= least, "{role:?} {theme:?} {contrast}");
            }
        }
    }

    #[test]
    fn the_halo_of_words_turns_dark_with_the_paper() {
        let dark = Role::Paper.colour(Theme::Dark);
        assert!(style_sheet().contains(&format!(".ps-stroke-paper{{stroke:{dark}}}")));
    }

    #[test]
    fn an_index_leads_back_to_its_role() {
        for (index, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(role.index()), index);
        }
    }

    #[test]
    fn no_two_variants_look_alike() {
        let looks: Vec<_> = (0..8)
            .map(Role::Variant)
            .map(|role| (role.dash(), role.colour(Theme::Light)))
            .collect();
        for (at, look) in looks.iter().enumerate() {
            assert!(!looks[..at].contains(look));
        }
    }
}
