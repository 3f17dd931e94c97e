#![allow(dead_code, reason = "each bench uses a part")]

//! What programs that time themselves need.

#[expect(clippy::disallowed_types, reason = "a bench measures time")]
use std::time::Instant;

/// How long this thread has had a processor, in nanoseconds: unlike the time of day, it does not
/// count the turns of other programs. Where the system does not tell, the time of day.
pub fn processor_nanos() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let known = stat.and_then(|stat| stat.split(' ').next()?.parse().ok());
    known.unwrap_or_else(|| {
        #[expect(clippy::disallowed_types, reason = "a bench measures time")]
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        #[expect(clippy::disallowed_types, reason = "a bench measures time")]
        let start = START.get_or_init(Instant::now);
        start.elapsed().as_nanos() as u64
    })
}

/// The middle one of some values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The most memory the process has had, in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// That memory in words.
pub fn peak_memory_told() -> String {
    match peak_memory() {
        Some(bytes) => format!("{:.1} MB", bytes as f64 / 1e6),
        None => "unknown on this system".to_owned(),
    }
}
