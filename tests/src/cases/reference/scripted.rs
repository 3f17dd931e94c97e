//! A scripted source of random numbers, and loops that are driven by hand.

use pullstorm_core::random::Uniform;
use pullstorm_core::retry::{
    Class, ClientState, ErrorShape, Failure, Memory, Origin, Params, Preset, RetryPolicy, Verdict,
    preset,
};
use pullstorm_core::units::{Span, Time};

/// Uniform numbers from a list, the last one over and over; and the same 64 bits each time.
pub struct Scripted {
    units: Vec<f64>,
    drawn: usize,
    bits: u64,
}

impl Scripted {
    /// Draws these numbers, 1 included where a client's own test does so.
    pub fn units(units: &[f64]) -> Self {
        Scripted {
            units: units.to_vec(),
            drawn: 0,
            bits: 0,
        }
    }

    /// Draws these bits.
    pub fn bits(bits: u64) -> Self {
        Scripted {
            units: vec![0.0],
            drawn: 0,
            bits,
        }
    }
}

impl Uniform for Scripted {
    fn bits(&mut self) -> u64 {
        self.bits
    }

    fn unit(&mut self) -> f64 {
        let at = self.drawn.min(self.units.len() - 1);
        self.drawn += 1;
        self.units[at]
    }

    fn below(&mut self, bound: u64) -> u64 {
        // A unit of 1 stands for the largest number that the client can draw.
        ((self.unit() * bound as f64) as u64).min(bound.saturating_sub(1))
    }
}

/// The policy of a preset with some parameters set anew.
pub fn policy(name: &str, params: &Params) -> Result<RetryPolicy, String> {
    let Preset { policy, .. } = preset(name).ok_or_else(|| format!("no preset {name}"))?;
    policy.with(params).map_err(|error| format!("{error:?}"))
}

/// The sleep after `sends` attempts that all failed with this class, of a client without quota.
pub fn sleep_after(policy: &RetryPolicy, sends: u32, class: Class, u: f64) -> Option<Span> {
    let mut memory = Memory::default();
    memory.sends = sends;
    let failure = Failure {
        class: Some(class),
        hint: None,
    };
    let mut uniform = Scripted::units(&[u]);
    match policy.after_failure(failure, &mut memory, None, Time::ZERO, &mut uniform) {
        Verdict::Retry(sleep) => Some(sleep),
        _ => None,
    }
}

/// One client and the call it is making, at one instant.
pub struct Client {
    policy: RetryPolicy,
    state: ClientState,
    memory: Option<Memory>,
    u: f64,
}

impl Client {
    /// A new client that draws `u` each time.
    pub fn new(policy: RetryPolicy, u: f64) -> Self {
        let state = policy.new_client(Time::ZERO);
        Client {
            policy,
            state,
            memory: None,
            u,
        }
    }

    /// An attempt fails: of the call under way, or of a new one.
    pub fn fails(&mut self, class: Option<Class>, hint: Option<Span>) -> Verdict {
        let mut memory = self.attempt();
        let mut uniform = Scripted::units(&[self.u]);
        let failure = Failure { class, hint };
        let verdict = self.policy.after_failure(
            failure,
            &mut memory,
            Some(&mut self.state),
            Time::ZERO,
            &mut uniform,
        );
        if matches!(verdict, Verdict::Retry(_)) {
            self.memory = Some(memory);
        }
        verdict
    }

    /// An attempt succeeds: of the call under way, or of a new one.
    pub fn succeeds(&mut self) {
        let memory = self.attempt();
        self.policy
            .after_success(Some(&mut self.state), &memory, Time::ZERO);
    }

    /// What is left of the retry quota.
    pub fn quota(&self) -> u32 {
        self.state.quota_left().unwrap_or(u32::MAX)
    }

    fn attempt(&mut self) -> Memory {
        let mut memory = self.memory.take().unwrap_or_else(|| {
            self.policy.begin_call(Some(&mut self.state), Time::ZERO);
            Memory::default()
        });
        memory.sends += 1;
        memory
    }
}

/// What a loop makes of errors, one attempt after the other, each with its hint: the sleeps until
/// it stops.
pub fn sleeps(policy: &RetryPolicy, errors: &[(ErrorShape, Option<Span>)], u: &[f64]) -> Vec<Span> {
    let mut memory = Memory::default();
    let mut uniform = Scripted::units(u);
    let mut slept = Vec::new();
    for (error, hint) in errors {
        memory.sends += 1;
        let failure = Failure {
            class: policy.classify(error),
            hint: *hint,
        };
        match policy.after_failure(failure, &mut memory, None, Time::ZERO, &mut uniform) {
            Verdict::Retry(sleep) => slept.push(sleep),
            _ => break,
        }
    }
    slept
}

/// An answer of this status, with a registry's code where it throttles.
pub fn answer(status: u16) -> ErrorShape {
    ErrorShape {
        origin: Origin::Response,
        status: Some(status),
        code: (status == 429).then(|| "TOOMANYREQUESTS".to_owned()),
    }
}

/// The same error so many times, without hints.
pub fn times(error: &ErrorShape, n: usize) -> Vec<(ErrorShape, Option<Span>)> {
    vec![(error.clone(), None); n]
}
