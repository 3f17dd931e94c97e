//! What compile finds wrong with a scenario.

use crate::scenario::Problem;
use crate::scenario::model::Place;

/// All that was found so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    pub fn push(
        &mut self,
        place: Option<Place>,
        path: &str,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let problem = Problem {
            place,
            path: path.to_owned(),
            message: message.into(),
            hint,
        };
        self.found.push(problem);
    }

    pub fn finish(self) -> Result<(), Vec<Problem>> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(self.found)
        }
    }
}
