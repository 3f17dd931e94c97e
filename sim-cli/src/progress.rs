//! What is shown to who waits: how much is done, how long it may still take, and the best answer so
//! far. Text and numbers only; where they are drawn is the business of `workers`.

use std::time::Duration;

/// Before this much is done nobody can say how long the rest takes.
const PART_TOLD: f64 = 0.05;

/// What is known of runs that are under way.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Progress {
    /// Runs that have ended.
    pub done: u64,
    /// Runs that were asked for; more may follow.
    pub asked: u64,
    /// When the stage of the answer began that is under way.
    pub began: Duration,
    /// The part of this stage that is there, from 0 to 1, where who asks for runs knows it.
    pub part: Option<f64>,
    /// What is simulated.
    pub doing: String,
    /// The best answer so far.
    pub known: String,
}

impl Progress {
    /// Begins another stage of the answer after this much time; nobody knows yet which part of it is
    /// there.
    pub fn begin_stage(&mut self, elapsed: Duration) {
        self.began = elapsed;
        self.part = None;
    }

    /// How much of the bar is full, from 0 to 1.
    pub fn filled(&self) -> f64 {
        let of_runs = || self.done as f64 / self.asked.max(1) as f64;
        self.part.unwrap_or_else(of_runs).clamp(0.0, 1.0)
    }

    /// The text beside the bar, after this much time.
    pub fn text(&self, elapsed: Duration) -> String {
        let mut text = match self.part {
            Some(part) => {
                let part = part.clamp(0.0, 1.0);
                let own = elapsed.saturating_sub(self.began).as_secs_f64();
                let left = own * (1.0 - part) / part;
                let left = match part >= PART_TOLD {
                    true => format!(", about {} left", rounded(left)),
                    false => String::new(),
                };
                format!("{:.0} %{left}, {} runs", part * 100.0, self.done)
            }
            None => format!("{}/{} runs", self.done, self.asked),
        };
        if !self.doing.is_empty() {
            text += &format!(", {}", self.doing);
        }
        if !self.known.is_empty() {
            text += &format!("; so far {}", self.known);
        }
        text
    }
}

/// Seconds with as many digits as a guess is worth.
fn rounded(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => "1s".to_owned(),
        seconds if seconds < 90.0 => format!("{seconds:.0}s"),
        seconds => format!("{:.0}min", seconds / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity() -> Progress {
        Progress {
            done: 120,
            asked: 150,
            doing: "two-waves".to_owned(),
            ..Progress::default()
        }
    }

    #[test]
    fn runs_are_counted_where_nobody_knows_how_many_will_do() {
        let mut progress = capacity();
        assert_eq!(
            progress.text(Duration::from_secs(9)),
            "120/150 runs, two-waves"
        );
        assert_eq!(progress.filled(), 0.8);
        progress.known = "today holds to 6 workflows".to_owned();
        assert_eq!(
            progress.text(Duration::from_secs(9)),
            "120/150 runs, two-waves; so far today holds to 6 workflows"
        );
    }

    #[test]
    fn a_known_part_says_how_long_the_rest_may_take() {
        let text = |part: f64, seconds: u64| {
            let progress = Progress {
                part: Some(part),
                ..capacity()
            };
            assert_eq!(progress.filled(), part);
            progress.text(Duration::from_secs(seconds))
        };
        assert_eq!(text(0.25, 10), "25 %, about 30s left, 120 runs, two-waves");
        assert_eq!(text(0.1, 60), "10 %, about 9min left, 120 runs, two-waves");
        assert_eq!(text(1.0, 60), "100 %, about 1s left, 120 runs, two-waves");
        assert_eq!(text(0.01, 2), "1 %, 120 runs, two-waves");
    }

    #[test]
    fn a_stage_is_timed_from_its_own_beginning_and_forgets_how_far_the_last_one_came() {
        let mut progress = Progress {
            part: Some(1.0),
            ..capacity()
        };
        progress.begin_stage(Duration::from_secs(60));
        let after = |progress: &Progress, seconds| progress.text(Duration::from_secs(seconds));
        assert_eq!(after(&progress, 60), "120/150 runs, two-waves");
        assert_eq!(progress.filled(), 0.8);
        progress.part = Some(0.25);
        assert_eq!(
            after(&progress, 70),
            "25 %, about 30s left, 120 runs, two-waves"
        );
    }

    #[test]
    fn nothing_asked_for_yet_is_an_empty_bar() {
        assert_eq!(Progress::default().filled(), 0.0);
        assert_eq!(Progress::default().text(Duration::ZERO), "0/0 runs");
    }
}
