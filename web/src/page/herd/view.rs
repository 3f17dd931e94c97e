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

    /// The same of a run that ends at another second; all of that, where this is all of a run.
    pub fn of_run_to(self, end: f64) -> Self {
        let other = Window::all(end);
        if self == self.whole() {
            return other;
        }
        let width = (self.until - self.from).min(other.end);
        let from = self.from.min(other.end - width);
        Window {
            from,
            until: from + width,
            end: other.end,
        }
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

    /// Moved along so that a second is at a part of the width, as far as that goes.
    pub fn held(self, second: f64, part: f64) -> Self {
        let width = self.until - self.from;
        self.moved((second - part * width - self.from) / width)
    }

    /// As wide as it takes for two seconds to be at two parts of the width, as far as that goes.
    pub fn stretched(self, seconds: [f64; 2], parts: [f64; 2]) -> Self {
        let apart = parts[1] - parts[0];
        // Fingers on one spot say nothing about the width.
        if apart.abs() < 1e-3 {
            return self;
        }
        let width = (seconds[1] - seconds[0]) / apart;
        if width <= 0.0 {
            return self;
        }
        let by = width / (self.until - self.from);
        self.zoomed(by, 0.0).held(seconds[0], parts[0])
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
    fn what_two_fingers_hold_stays_under_them() {
        let window = Window::all(100.0).stretched([40.0, 60.0], [0.2, 0.8]);
        assert!((window.part(40.0) - 0.2).abs() < 1e-9, "{window:?}");
        assert!((window.part(60.0) - 0.8).abs() < 1e-9, "{window:?}");
        assert_eq!(window.stretched([40.0, 60.0], [0.5, 0.5]), window);
        assert_eq!(
            window.stretched([40.0, 60.0], [0.45, 0.55]),
            Window::all(100.0)
        );
    }

    #[test]
    fn another_run_is_seen_where_the_last_one_was() {
        assert_eq!(Window::all(100.0).of_run_to(50.0), Window::all(50.0));
        let window = Window::all(100.0).zoomed(0.2, 1.0);
        assert_eq!(window.of_run_to(200.0).range(), (80.0, 100.0));
        assert_eq!(window.of_run_to(50.0).range(), (30.0, 50.0));
        assert_eq!(window.of_run_to(10.0).range(), (0.0, 10.0));
    }

    #[test]
    fn nobody_gets_beyond_the_ends_of_a_run() {
        let window = Window::all(60.0).zoomed(0.5, 0.5);
        assert_eq!(window.moved(9.0).range(), (30.0, 60.0));
        assert_eq!(window.moved(-9.0).range(), (0.0, 30.0));
        assert_eq!(Window::all(0.0).range(), (0.0, 1.0));
    }
}
