//! The built-in incidents: reading one, and one run of each variant, in events a second.
//!
//! A run records totals and series, as every command does. What many runs say together is not
//! measured here: runs are independent, and their number is the user's.
#![allow(missing_docs, reason = "a program")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pullstorm_core::engine::simulate;
use pullstorm_core::record;
use pullstorm_core::replicate::prepare;
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::BUILT_IN;
use std::hint::black_box;

fn incidents(criterion: &mut Criterion) {
    for incident in BUILT_IN {
        let read = || {
            let document = Document::parse(incident.name, black_box(incident.text).as_bytes());
            let prepared = document.and_then(|document| prepare(&document, &[]));
            prepared.unwrap_or_else(|problems| panic!("{problems}"))
        };
        let mut group = criterion.benchmark_group(incident.name);
        group.sample_size(20);
        group.bench_function("read", |bencher| bencher.iter(read));
        for variant in read() {
            let plan = &variant.plan;
            let run = || simulate(black_box(plan), 1, 0, record::series(plan)).0;
            group.throughput(Throughput::Elements(run().events));
            group.bench_function(BenchmarkId::new("run", &variant.name), |bencher| {
                bencher.iter(run);
            });
        }
        group.finish();
    }
}

criterion_group!(benches, incidents);
criterion_main!(benches);
