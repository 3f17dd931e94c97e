//! The part of a run that is seen.

/// The narrowest window, as a part of the run.
const NARROWEST: f64 = 1e-4;

/// From one second to another, within a run.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Window {
    from: f64,
    until: f64,
    end: f64,
}

impl Window {
    /// All of a run that ends at a second.
    pub fn all(end: f64) -> Self {
        let end = if end > 0.0 { end } else { 1.0 };
        Window {
            from: 0.0,
            until: end,
            end,
        }
    }

    /// All of the run that this is of.
    pub fn whole(self) -> Self {
        Window::all(self.end)
    }

    /// The end of the run.
    pub fn end(self) -> f64 {
        self.end
    }

    /// What is seen.
    pub fn range(self) -> (f64, f64) {
        (self.from, self.until)
    }

    /// The second at a part of the width.
    pub fn second(self, part: f64) -> f64 {
        self.from + part.clamp(0.0, 1.0) * (self.until - self.from)
    }

    /// The part of the width at which a second is; below 0 or above 1 outside.
    pub fn part(self, second: f64) -> f64 {
        (second - self.from) / (self.until - self.from)
    }

    /// So many times as much, with what is at a part of the width kept there.
    pub fn zoomed(self, by: f64, around: f64) -> Self {
        let width = (self.until - self.from) * by;
        let width = width.clamp(self.end * NARROWEST, self.end);
        let from = self.second(around) - around * width;
        let from = from.clamp(0.0, self.end - width);
        Window {
            from,
            until: from + width,
            ..self
        }
    }

    /// Moved along by a part of what is seen.
    pub fn moved(self, by: f64) -> Self {
        let width = self.until - self.from;
        let from = (self.from + by * width).clamp(0.0, self.end - width);
        Window {
            from,
            until: from + width,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_the_pointer_stays_there_when_zooming() {
        let window = Window::all(100.0).zoomed(0.1, 0.3);
        assert!((window.second(0.3) - 30.0).abs() < 1e-9);
        assert_eq!(window.zoomed(100.0, 0.5), Window::all(100.0));
    }

    #[test]
    fn nobody_gets_beyond_the_ends_of_a_run() {
        let window = Window::all(60.0).zoomed(0.5, 0.5);
        assert_eq!(window.moved(9.0).range(), (30.0, 60.0));
        assert_eq!(window.moved(-9.0).range(), (0.0, 30.0));
        assert_eq!(Window::all(0.0).range(), (0.0, 1.0));
    }
}
