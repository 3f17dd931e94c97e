//! Where random numbers come from: the keyed source of simulations, or a script that replays the
//! numbers of a recorded trace.

use crate::random::{Key, Keys, Purpose, Sequence, Uniform};

/// A source of the random numbers of one run.
pub trait Source {
    /// The numbers of one draw.
    type Numbers<'a>: Uniform
    where
        Self: 'a;

    /// The numbers that `entity` (the activity with this index) draws for `purpose` at `index`.
    fn numbers(
        &mut self,
        purpose: Purpose,
        entity: Key,
        activity: u32,
        index: u64,
    ) -> Self::Numbers<'_>;
}

impl Source for Keys {
    type Numbers<'a> = Sequence<'a>;

    #[inline]
    fn numbers(&mut self, purpose: Purpose, entity: Key, _: u32, index: u64) -> Sequence<'_> {
        self.sequence(purpose, entity, index)
    }
}

/// Jitter from a script, everything else keyed.
///
/// The script gives the n-th number (from 0) that an activity draws for its jitter.
#[derive(Debug)]
pub struct Scripted<F> {
    keys: Keys,
    script: F,
    drawn: Vec<u64>,
}

impl<F: Fn(u32, u64) -> f64> Scripted<F> {
    /// Numbers from `script`, for a plan with this many activities.
    pub fn new(keys: Keys, activities: u32, script: F) -> Self {
        Scripted {
            keys,
            script,
            drawn: vec![0; activities as usize],
        }
    }
}

impl<F: Fn(u32, u64) -> f64> Source for Scripted<F> {
    type Numbers<'a>
        = ScriptedNumbers<'a, F>
    where
        F: 'a;

    fn numbers(
        &mut self,
        purpose: Purpose,
        entity: Key,
        activity: u32,
        index: u64,
    ) -> ScriptedNumbers<'_, F> {
        if purpose == Purpose::Jitter {
            let drawn = &mut self.drawn[activity as usize];
            ScriptedNumbers::Script {
                script: &self.script,
                activity,
                drawn,
            }
        } else {
            ScriptedNumbers::Keyed(self.keys.sequence(purpose, entity, index))
        }
    }
}

/// The numbers of one draw of a [`Scripted`] source.
#[derive(Debug)]
pub enum ScriptedNumbers<'a, F> {
    /// From the script.
    Script {
        /// The script.
        script: &'a F,
        /// Who draws.
        activity: u32,
        /// How often it has drawn.
        drawn: &'a mut u64,
    },
    /// From the keyed source.
    Keyed(Sequence<'a>),
}

impl<F: Fn(u32, u64) -> f64> Uniform for ScriptedNumbers<'_, F> {
    fn bits(&mut self) -> u64 {
        match self {
            ScriptedNumbers::Script { .. } => (self.unit() * 18_446_744_073_709_551_616.0) as u64,
            ScriptedNumbers::Keyed(sequence) => sequence.bits(),
        }
    }

    fn unit(&mut self) -> f64 {
        match self {
            ScriptedNumbers::Script {
                script,
                activity,
                drawn,
            } => {
                let number = script(*activity, **drawn);
                **drawn += 1;
                number
            }
            ScriptedNumbers::Keyed(sequence) => sequence.unit(),
        }
    }
}
