//! The storm on the engine, on both calendars alone and on the floor, in attempts a second.
//!
//! It shows what a change costs; it does not show scenarios with several limiters, slots or forks,
//! which the bench of the incidents does.
#![allow(missing_docs, reason = "a program")]

mod floor;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use floor::{BareWheel, Of};
use pullstorm_core::engine::calendar::{Heap, Wheel};
use pullstorm_core::record::{self, Nothing};
use std::hint::black_box;

const SEED: u64 = 1;

fn storms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("storm");
    group.sample_size(10);
    for clients in [1_000, 10_000, 100_000] {
        let plan = floor::plan(clients);
        let storm = floor::storm::<BareWheel>(clients, SEED);
        group.throughput(Throughput::Elements(storm.attempts));
        group.bench_function(BenchmarkId::new("floor", clients), |bencher| {
            bencher.iter(|| floor::storm::<BareWheel>(black_box(clients), SEED));
        });
        group.bench_function(BenchmarkId::new("wheel", clients), |bencher| {
            bencher.iter(|| floor::storm::<Of<Wheel>>(black_box(clients), SEED));
        });
        group.bench_function(BenchmarkId::new("heap", clients), |bencher| {
            bencher.iter(|| floor::storm::<Of<Heap>>(black_box(clients), SEED));
        });
        group.bench_function(BenchmarkId::new("engine", clients), |bencher| {
            bencher.iter(|| floor::engine(black_box(&plan), SEED, Nothing));
        });
        group.bench_function(BenchmarkId::new("engine-series", clients), |bencher| {
            bencher.iter(|| floor::engine(black_box(&plan), SEED, record::series(&plan)));
        });
    }
    group.finish();
}

criterion_group!(benches, storms);
criterion_main!(benches);
