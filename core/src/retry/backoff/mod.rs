//! Strategies: how long a loop sleeps before it sends again.

mod aws;
mod java;
mod jitter;
mod proxy;
mod puller;

pub use aws::CapOrder;
pub use java::{HarnessSettings, JavaPair, ThrottledJitter};
pub use jitter::Growth;

use super::{Class, Memory};
use crate::random::Uniform;
use crate::units::Span;

/// How a loop waits between attempts. `r` counts the retries made before this one: 0 before the
/// first retry. `u` is a uniform number in [0, 1).
#[derive(Clone, PartialEq, Debug)]
pub enum Strategy {
    /// No sleep. With one attempt: never sends again.
    None,
    /// The same sleep each time.
    Fixed {
        /// The sleep.
        delay: Span,
    },
    /// The ceiling itself, `min(cap, base * 2^r)`.
    Exponential(Growth),
    /// Uniform between nothing and the ceiling.
    FullJitter(Growth),
    /// Half the ceiling, and uniform up to as much again.
    EqualJitter(Growth),
    /// `min(cap, U[base, 3 * previous])`, where the first previous is `base`; does not look at r
    /// (AWS Architecture Blog, 2015).
    DecorrelatedJitter {
        /// Shortest sleep.
        base: Span,
        /// Longest sleep.
        cap: Span,
    },
    /// `min(cap, U[previous, 3 * previous])`, where the first previous is `base`. Finagle calls this
    /// decorrelated too, but it never shrinks: it rises until it sticks at the cap
    /// (twitter/finagle @4feb34cb, `Backoff.scala`).
    FinagleDecorrelated {
        /// First shortest sleep.
        base: Span,
        /// Longest sleep.
        cap: Span,
    },
    /// The default pair of the AWS SDK for Java: equal jitter after a throttling error, full jitter
    /// otherwise, in whole milliseconds.
    Java(JavaPair),
    /// `u * base * 2^r`, never capped: legacy mode of botocore, base 1 s (boto/botocore @0e6e2404,
    /// `retryhandler.py`).
    AwsLegacy {
        /// Ceiling before the first retry.
        base: Span,
    },
    /// `u * min(x * 2^r, cap)`, where x depends on the error: standard mode of the AWS SDKs.
    AwsStandard {
        /// x after errors other than throttling.
        base: Span,
        /// x after a throttling error.
        throttled_base: Span,
        /// Highest ceiling.
        cap: Span,
        /// Whether the cap is applied to the ceiling or to the drawn sleep.
        cap_order: CapOrder,
    },
    /// `u * 2^n` seconds, where n = r + 1 is the number of the attempt that failed; from the first n
    /// above log2(cap) on exactly `cap`, and nothing is drawn (AWS SDK for Go v2 under the 2.0
    /// rules, cap 20 s; aws/aws-sdk-go-v2 @843b02ad, `jitter_backoff.go`).
    AwsGo20 {
        /// The sleep from the fifth attempt on.
        cap: Span,
    },
    /// `floor(min(cap, u * 2^r * x))` in whole milliseconds: AWS SDK for JavaScript v3 under the 2.0
    /// rules. The cap comes after the draw, so that a spike sits on it.
    AwsJs20 {
        /// x after errors other than throttling.
        base: Span,
        /// x after a throttling error.
        throttled_base: Span,
        /// Longest sleep.
        cap: Span,
    },
    /// Nothing before the first retry, `base * 2^r` before the others, without jitter or cap: AWS
    /// SDK for C++ until 2026-11 (`DefaultRetryStrategy.cpp`).
    AwsCppLegacy {
        /// Sleep before the first retry, had it one.
        base: Span,
    },
    /// `min(initial * multiplier^r, max) * U(0.8, 1.2)` (gRPC A6, grpc/proposal @1fd061ad).
    Grpc {
        /// Ceiling before the first retry.
        initial: Span,
        /// Highest ceiling.
        max: Span,
        /// Growth from one retry to the next.
        multiplier: f64,
    },
    /// Random mod I in whole milliseconds, where I is base, 2 base, 4 base ... clamped to `max`
    /// (envoyproxy/envoy @040783c8, `backoff_strategy.cc`; its documentation describes an older
    /// rule).
    Envoy {
        /// First interval.
        base: Span,
        /// Longest interval.
        max: Span,
    },
    /// `step * (r + 1)`: layers of Docker's classic store (moby/moby @b985e231, `download.go`).
    Linear {
        /// The first sleep, and how much longer each one after it is.
        step: Span,
    },
    /// Twice the sleep before, whatever that was: under [`HintRule::Rebase`](super::HintRule) a
    /// server's hint is what is doubled next (containers/image @df7e80d2, `docker_client.go`).
    Doubling {
        /// The first sleep.
        base: Span,
        /// Longest sleep.
        cap: Span,
    },
    /// `s + U[0, jitter * s)`, where s = `min(base * multiplier^r, cap)`: jitter is only ever added
    /// (aws/amazon-ecs-agent @8dfceca6 `ecs-agent/utils/retry`, google/go-containerregistry
    /// @3f4ff3ca `pkg/v1/remote/options.go`, containers/common @f437c58a `pkg/retry/retry.go`).
    AddedJitter {
        /// The first sleep without jitter.
        base: Span,
        /// The longest without jitter.
        cap: Span,
        /// Growth from one retry to the next.
        multiplier: f64,
        /// The longest jitter, as a part of the sleep.
        jitter: f64,
    },
    /// A whole number of milliseconds, at least `shortest` and less than `longest` (actions/runner
    /// @258d6c85, `BackoffTimerHelper.cs`).
    UniformMillis {
        /// Shortest sleep.
        shortest: Span,
        /// No sleep is as long as this.
        longest: Span,
    },
    /// `U[base, min(cap, base * 2^r)]`, so exactly `base` first (gitlabhq/gitlab-runner @d79f3e7b,
    /// `executors/docker/internal/pull/manager.go`).
    RisingJitter {
        /// Shortest sleep.
        base: Span,
        /// Longest sleep.
        cap: Span,
    },
}

impl Strategy {
    /// The sleep before the next attempt; at least one was sent.
    #[inline(always)]
    pub(super) fn sleep<U: Uniform>(
        &self,
        class: Class,
        memory: &mut Memory,
        uniform: &mut U,
    ) -> Span {
        // The commonest one without a call: it is what storms are made of.
        match *self {
            Strategy::FullJitter(growth) => jitter::full(growth, memory.sends - 1, uniform),
            _ => self.any_sleep(class, memory, uniform),
        }
    }

    #[inline(never)]
    fn any_sleep<U: Uniform>(&self, class: Class, memory: &mut Memory, uniform: &mut U) -> Span {
        let retries = memory.sends - 1;
        match *self {
            Strategy::None => Span::ZERO,
            Strategy::Fixed { delay } => delay,
            Strategy::Exponential(growth) => growth.ceiling(retries),
            Strategy::FullJitter(growth) => jitter::full(growth, retries, uniform),
            Strategy::EqualJitter(growth) => jitter::equal(growth, retries, uniform),
            Strategy::DecorrelatedJitter { base, cap } => {
                memory.previous = jitter::decorrelated(base, cap, memory.previous, uniform);
                memory.previous
            }
            Strategy::FinagleDecorrelated { base, cap } => {
                memory.previous = jitter::finagle(base, cap, memory.previous, uniform);
                memory.previous
            }
            Strategy::Java(pair) => pair.sleep(class, retries, uniform),
            Strategy::AwsLegacy { base } => aws::legacy(base, retries, uniform),
            Strategy::AwsStandard {
                base,
                throttled_base,
                cap,
                cap_order,
            } => {
                let x = if class == Class::Throttling {
                    throttled_base
                } else {
                    base
                };
                aws::standard(x, cap, cap_order, retries, uniform)
            }
            Strategy::AwsGo20 { cap } => aws::go_2_0(cap, memory.sends, uniform),
            Strategy::AwsJs20 {
                base,
                throttled_base,
                cap,
            } => {
                let x = if class == Class::Throttling {
                    throttled_base
                } else {
                    base
                };
                aws::js_2_0(x, cap, retries, uniform)
            }
            Strategy::AwsCppLegacy { base } => aws::cpp_legacy(base, retries),
            Strategy::Grpc {
                initial,
                max,
                multiplier,
            } => {
                let retries = retries.saturating_sub(u32::from(memory.restarted_at));
                proxy::grpc(initial, max, multiplier, retries, uniform)
            }
            Strategy::Envoy { base, max } => proxy::envoy(base, max, retries, uniform),
            Strategy::Linear { step } => puller::linear(step, retries),
            Strategy::Doubling { base, cap } => {
                memory.previous = puller::doubling(base, cap, memory.previous);
                memory.previous
            }
            Strategy::AddedJitter {
                base,
                cap,
                multiplier,
                jitter,
            } => puller::added_jitter(base, cap, multiplier, jitter, retries, uniform),
            Strategy::UniformMillis { shortest, longest } => {
                puller::uniform_millis(shortest, longest, uniform)
            }
            Strategy::RisingJitter { base, cap } => {
                puller::rising_jitter(base, cap, retries, uniform)
            }
        }
    }

    /// The longest sleep before retry `retries` + 1 after errors of this class.
    pub(super) fn sleep_max(&self, class: Class, retries: u32) -> Span {
        match *self {
            Strategy::None => Span::ZERO,
            Strategy::Fixed { delay } => delay,
            Strategy::Exponential(growth)
            | Strategy::FullJitter(growth)
            | Strategy::EqualJitter(growth) => growth.ceiling(retries),
            Strategy::DecorrelatedJitter { base, cap }
            | Strategy::FinagleDecorrelated { base, cap } => {
                jitter::decorrelated_max(base, cap, retries)
            }
            Strategy::Java(pair) => pair.ceiling(class, retries),
            Strategy::AwsLegacy { base } => aws::ceiling(base, Span::MAX, retries),
            Strategy::AwsStandard {
                base,
                throttled_base,
                cap,
                ..
            }
            | Strategy::AwsJs20 {
                base,
                throttled_base,
                cap,
            } => {
                let x = if class == Class::Throttling {
                    throttled_base
                } else {
                    base
                };
                aws::ceiling(x, cap, retries)
            }
            Strategy::AwsGo20 { cap } => aws::go_2_0_max(cap, retries.saturating_add(1)),
            Strategy::AwsCppLegacy { base } => aws::cpp_legacy(base, retries),
            Strategy::Grpc {
                initial,
                max,
                multiplier,
            } => proxy::grpc_max(initial, max, multiplier, retries),
            Strategy::Envoy { base, max } => proxy::envoy_interval(base, max, retries),
            Strategy::Linear { step } => puller::linear(step, retries),
            Strategy::Doubling { base, cap } => Growth::new(base, cap).ceiling(retries),
            Strategy::AddedJitter {
                base,
                cap,
                multiplier,
                jitter,
            } => puller::added_jitter_max(base, cap, multiplier, jitter, retries),
            Strategy::UniformMillis { shortest, longest } => longest.max(shortest),
            Strategy::RisingJitter { base, cap } => {
                jitter::doubled(base, retries).min(cap.max(base))
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::random::Uniform;
    use crate::retry::{Class, Memory, Strategy};
    use crate::units::Span;

    /// Uniform numbers from a list, over and over.
    pub struct Scripted {
        units: Vec<f64>,
        bits: u64,
        drawn: usize,
    }

    impl Scripted {
        pub fn new(units: &[f64]) -> Self {
            Scripted {
                units: units.to_vec(),
                bits: 0,
                drawn: 0,
            }
        }

        pub fn bits(bits: u64) -> Self {
            Scripted {
                units: Vec::new(),
                bits,
                drawn: 0,
            }
        }

        /// How many numbers were asked for.
        pub fn drawn(&self) -> usize {
            self.drawn
        }
    }

    impl Uniform for Scripted {
        fn bits(&mut self) -> u64 {
            self.drawn += 1;
            self.bits
        }

        fn unit(&mut self) -> f64 {
            let unit = self.units[self.drawn % self.units.len()];
            self.drawn += 1;
            unit
        }

        fn below(&mut self, bound: u64) -> u64 {
            let below = (self.unit() * bound as f64) as u64;
            below.min(bound.saturating_sub(1))
        }
    }

    /// The sleeps before the first `n` retries.
    pub fn sleeps(strategy: &Strategy, class: Class, u: f64, n: u32) -> Vec<Span> {
        let mut memory = Memory::default();
        let mut uniform = Scripted::new(&[u]);
        (0..n)
            .map(|_| {
                memory.sends += 1;
                strategy.sleep(class, &mut memory, &mut uniform)
            })
            .collect()
    }

    #[test]
    fn no_sleep_is_longer_than_the_longest() {
        let (base, cap) = (Span::from_millis(100), Span::from_secs(20));
        let growth = super::Growth::new(base, cap);
        let throttled_base = Span::from_millis(500);
        let strategies = [
            Strategy::Fixed { delay: base },
            Strategy::Exponential(growth),
            Strategy::FullJitter(growth),
            Strategy::EqualJitter(growth),
            Strategy::DecorrelatedJitter { base, cap },
            Strategy::FinagleDecorrelated { base, cap },
            Strategy::Java(super::JavaPair::SDK),
            Strategy::AwsLegacy { base },
            Strategy::AwsStandard {
                base,
                throttled_base,
                cap,
                cap_order: super::CapOrder::BeforeDraw,
            },
            Strategy::AwsGo20 { cap },
            Strategy::AwsJs20 {
                base,
                throttled_base,
                cap,
            },
            Strategy::AwsCppLegacy { base },
            Strategy::Grpc {
                initial: base,
                max: cap,
                multiplier: 1.6,
            },
            Strategy::Envoy { base, max: cap },
        ];
        for strategy in &strategies {
            for class in [Class::Throttling, Class::Transient] {
                let longest = sleeps(strategy, class, 1.0 - f64::EPSILON, 40);
                for (retries, sleep) in (0..).zip(longest) {
                    let max = strategy.sleep_max(class, retries);
                    assert!(
                        sleep <= max,
                        "{strategy:?} retry {retries}: {sleep} > {max}"
                    );
                }
            }
        }
    }
}
