//! Retry loops whose attempts fail independently: tries, exhaustion and time asleep have closed
//! forms.

use super::{Batches, CaseError, Directory, Family, Samples, Tally};
use pullstorm_core::random::{Key, Keys, Purpose, Uniform};
use pullstorm_core::retry::{
    CapOrder, Class, Failure, Growth, Memory, RetryPolicy, Strategy, Verdict,
};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

/// See the module.
pub const FAMILY: Family = Family::new("retry-closed-form", &[FILE], check);

const FILE: &str = "retry-closed-form.csv";

/// A cap that is longer than this binds nothing.
const NO_CAP: f64 = 1e9;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    policy: String,
    base_s: f64,
    cap_s: f64,
    max_retries: u32,
    q_fail_each_try: f64,
    expected_tries: f64,
    p_exhausted: f64,
    expected_total_delay_s: f64,
    max_total_delay_s: f64,
    min_total_delay_s_if_all_fail: f64,
}

impl Row {
    fn policy(&self) -> Result<RetryPolicy, CaseError> {
        let base = Span::from_secs_f64(self.base_s);
        let capped = self.cap_s < NO_CAP;
        let cap = if capped {
            Span::from_secs_f64(self.cap_s)
        } else {
            Span::MAX
        };
        let growth = Growth::new(base, cap);
        let strategy = match self.policy.as_str() {
            "full" => Strategy::FullJitter(growth),
            "equal" => Strategy::EqualJitter(growth),
            "exponential" => Strategy::Exponential(growth),
            "sdk-standard-throttle" => Strategy::AwsStandard {
                base,
                throttled_base: base,
                cap,
                cap_order: CapOrder::BeforeDraw,
            },
            "sdk-legacy" if !capped => Strategy::AwsLegacy { base },
            "sdk-legacy" => return Err(CaseError::new(FILE, "legacy mode has no cap")),
            policy => {
                return Err(CaseError::new(
                    FILE,
                    format!("nobody knows the policy {policy}"),
                ));
            }
        };
        Ok(RetryPolicy::new(strategy, self.max_retries + 1))
    }
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let mut tally = Tally::new();
    let samples = Samples::of(0, 400_000);
    if let Some(note) = samples.note() {
        tally.note(note);
    }
    for (n, row) in directory.table::<Row>(FILE)?.into_iter().enumerate() {
        let policy = row.policy()?;
        let label = |what| {
            let Row {
                policy,
                base_s,
                q_fail_each_try: q,
                ..
            } = &row;
            format!("{policy} base {base_s} s, q {q}: {what}")
        };
        let longest = policy.span_max(Class::Throttling, None);
        let longest = longest.map_or(f64::INFINITY, Span::as_secs_f64);
        tally.within(label("longest"), longest, row.max_total_delay_s, 1e-9);
        let mut at_zero = Fixed;
        let shortest = call(&policy, &mut at_zero, |_| true).asleep.as_secs_f64();
        tally.within(
            label("shortest"),
            shortest,
            row.min_total_delay_s_if_all_fail,
            1e-9,
        );

        let mut tries = Batches::new(samples.counted, 20);
        let mut exhausted = Batches::new(samples.counted, 20);
        let mut asleep = Batches::new(samples.counted, 20);
        let keys = Keys::new(20_261_120, n as u64);
        for entity in 0..samples.counted {
            let key = Key::ROOT.child(entity);
            let mut jitter = keys.sequence(Purpose::Jitter, key, 0);
            let mut faults = keys.sequence(Purpose::Fault, key, 0);
            let call = call(&policy, &mut jitter, |_| {
                faults.unit() < row.q_fail_each_try
            });
            tries.add(f64::from(call.tries));
            exhausted.add(f64::from(u8::from(call.exhausted)));
            asleep.add(call.asleep.as_secs_f64());
        }
        // What happens once in many samples may not show in the spread of their batches: a call whose
        // attempts are all used up is the rarest, and the largest in each column.
        let one = 1.0 / samples.counted as f64;
        let rare = (row.p_exhausted * one).sqrt() + one;
        for (what, batches, want, largest) in [
            (
                "tries",
                &tries,
                row.expected_tries,
                f64::from(row.max_retries + 1),
            ),
            ("exhausted", &exhausted, row.p_exhausted, 1.0),
            (
                "asleep",
                &asleep,
                row.expected_total_delay_s,
                row.max_total_delay_s,
            ),
        ] {
            let (mean, error) = batches.mean_and_error();
            // The file has six digits.
            let rounding = 1e-5 * want.max(0.1);
            let error = if row.p_exhausted < 1e-3 {
                error.max(rare * largest)
            } else {
                error
            };
            tally.within(label(what), mean, want, 4.0 * error + rounding);
        }
    }
    Ok(tally)
}

struct Call {
    tries: u32,
    exhausted: bool,
    asleep: Span,
}

/// One call whose n-th try fails where `fails` says so.
fn call<U: Uniform>(
    policy: &RetryPolicy,
    uniform: &mut U,
    mut fails: impl FnMut(u32) -> bool,
) -> Call {
    let mut memory = Memory::default();
    let mut asleep = Span::ZERO;
    loop {
        memory.sends += 1;
        if !fails(memory.sends) {
            break Call {
                tries: memory.sends,
                exhausted: false,
                asleep,
            };
        }
        let failure = Failure {
            class: Some(Class::Throttling),
            hint: None,
        };
        match policy.after_failure(failure, &mut memory, None, Time::ZERO, uniform) {
            Verdict::Retry(sleep) => asleep += sleep,
            _ => {
                break Call {
                    tries: memory.sends,
                    exhausted: true,
                    asleep,
                };
            }
        }
    }
}

/// Always the lowest number.
struct Fixed;

impl Uniform for Fixed {
    fn bits(&mut self) -> u64 {
        0
    }
}
