//! Exact decimal numbers.

use super::error::TextFault;

/// `digits / 10^scale`.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) struct Decimal {
    pub digits: u128,
    pub scale: u32,
}

/// Significant digits that are read; more is no quantity of this world.
const DIGITS_MAX: usize = 30;

impl Decimal {
    /// The number a text begins with, and what follows it, without blanks between.
    ///
    /// # Errors
    /// Negative numbers, infinities, NaN, no number at all, and absurdly long ones.
    pub fn prefix(text: &str) -> Result<(Decimal, &str), TextFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextFault::Empty);
        }
        let bare = text.trim_start_matches(['+', '-']).trim_start_matches('.');
        let word: String = bare
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if matches!(word.as_str(), "nan" | "inf" | "infinity") {
            return Err(TextFault::NotFinite);
        }
        if let Some(rest) = text.strip_prefix(['-', '\u{2212}']) {
            let is_number = Decimal::prefix(rest).is_ok();
            return Err(if is_number {
                TextFault::Negative
            } else {
                TextFault::NotANumber
            });
        }
        Decimal::unsigned(text.strip_prefix('+').unwrap_or(text))
    }

    fn unsigned(text: &str) -> Result<(Decimal, &str), TextFault> {
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '_' && c != '.')
            .unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits: String = whole
            .chars()
            .chain(fraction.chars())
            .filter(|c| *c != '_')
            .collect();
        // An underscore stands between two digits.
        let stray = number
            .split('_')
            .any(|run| run.is_empty() || run.starts_with('.') || run.ends_with('.'));
        let grouped = number.contains('_');
        if digits.is_empty() || digits.contains('.') || number.ends_with('.') || grouped && stray {
            return Err(TextFault::NotANumber);
        }
        let (exponent, rest) = exponent(rest);
        let significant = digits.trim_start_matches('0');
        if significant.len() > DIGITS_MAX || exponent.unsigned_abs() > DIGITS_MAX as u32 {
            let is_large = whole.trim_start_matches(['0', '_']).len() > 1 || exponent > 0;
            return Err(if is_large {
                TextFault::TooLarge
            } else {
                TextFault::TooFine
            });
        }
        let digits: u128 = significant.parse().unwrap_or(0);
        let scale = fraction.chars().filter(|c| *c != '_').count() as i32 - exponent;
        let decimal = if scale < 0 {
            let scaled = digits.checked_mul(10u128.pow(scale.unsigned_abs()));
            Decimal {
                digits: scaled.ok_or(TextFault::TooLarge)?,
                scale: 0,
            }
        } else {
            Decimal {
                digits,
                scale: scale as u32,
            }
            .reduced()
        };
        if decimal.scale > DIGITS_MAX as u32 {
            return Err(TextFault::TooSmall);
        }
        Ok((decimal, rest.trim_start()))
    }

    fn reduced(mut self) -> Self {
        if self.digits == 0 {
            return Decimal {
                digits: 0,
                scale: 0,
            };
        }
        while self.scale > 0 && self.digits.is_multiple_of(10) {
            self.digits /= 10;
            self.scale -= 1;
        }
        self
    }

    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// The product with `unit`, rounded half up to a whole number.
    ///
    /// # Errors
    /// What does not fit, and what is not zero but rounds to zero.
    pub fn times(self, unit: u64) -> Result<u64, TextFault> {
        let divisor = 10u128.pow(self.scale);
        let product = self
            .digits
            .checked_mul(u128::from(unit))
            .ok_or(TextFault::TooLarge)?;
        let rounded = product / divisor + u128::from(product % divisor >= divisor.div_ceil(2));
        match u64::try_from(rounded) {
            Ok(0) if !self.is_zero() => Err(TextFault::TooSmall),
            Ok(whole) => Ok(whole),
            Err(_) => Err(TextFault::TooLarge),
        }
    }

    /// The product with `unit`, if it is a whole number.
    pub fn times_exactly(self, unit: u64) -> Result<u64, TextFault> {
        let divisor = 10u128.pow(self.scale);
        let product = self
            .digits
            .checked_mul(u128::from(unit))
            .ok_or(TextFault::TooLarge)?;
        if !product.is_multiple_of(divisor) {
            return Err(TextFault::NotWhole);
        }
        u64::try_from(product / divisor).map_err(|_| TextFault::TooLarge)
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        // Through the standard parser, which rounds correctly.
        format!("{}e-{}", self.digits, self.scale)
            .parse()
            .unwrap_or(f64::NAN)
    }
}

/// `e6` or `E-3` at the beginning of what follows a number.
fn exponent(rest: &str) -> (i32, &str) {
    let Some(after) = rest.strip_prefix(['e', 'E']) else {
        return (0, rest);
    };
    let sign = usize::from(after.starts_with(['+', '-']));
    let digits = after[sign..].find(|c: char| !c.is_ascii_digit());
    let end = sign + digits.unwrap_or(after.len() - sign);
    match after[..end].parse::<i32>() {
        Ok(exponent) => (exponent, &after[end..]),
        Err(_) if end > sign => (i32::MAX, &after[end..]),
        Err(_) => (0, rest),
    }
}
