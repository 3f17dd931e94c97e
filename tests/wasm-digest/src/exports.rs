//! The C interface: the host fills a buffer, calls a function, reads the text it left behind.

use std::cell::RefCell;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OUTPUT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps a text for the host and returns its length in bytes.
fn leave(text: String) -> u32 {
    OUTPUT.with_borrow_mut(|output| {
        *output = text;
        output.len() as u32
    })
}

/// Makes room for `length` bytes of text and says where.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: u32) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        *input = vec![0; length as usize];
        input.as_mut_ptr()
    })
}

/// Where the text of the last call lies.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    OUTPUT.with_borrow(|output| output.as_ptr())
}

/// [`crate::fingerprint`]; returns the length of its text.
#[unsafe(no_mangle)]
pub extern "C" fn fingerprint(rounds: u64) -> u32 {
    leave(crate::fingerprint(rounds))
}

/// [`crate::storm_digest`]; returns the length of its text.
#[unsafe(no_mangle)]
pub extern "C" fn storm_digest(clients: u32, seed: u64, run: u64) -> u32 {
    leave(crate::storm_digest(clients, seed, run))
}

/// [`crate::storm`]; returns the length of its text.
#[unsafe(no_mangle)]
pub extern "C" fn storm(clients: u32, seed: u64, with_series: u32) -> u32 {
    leave(crate::storm(clients, seed, with_series != 0))
}

/// [`crate::scenario_charts`] of the text in [`input`]; returns the length of its text.
#[unsafe(no_mangle)]
pub extern "C" fn scenario_charts(width: u32) -> u32 {
    let text = INPUT.with_borrow(|input| String::from_utf8_lossy(input).into_owned());
    leave(crate::scenario_charts(&text, width))
}

/// [`crate::scenario_digests`] of the text in [`input`]; returns the length of its text.
#[unsafe(no_mangle)]
pub extern "C" fn scenario_digests(runs: u64) -> u32 {
    let text = INPUT.with_borrow(|input| String::from_utf8_lossy(input).into_owned());
    leave(crate::scenario_digests(&text, runs))
}

/// [`crate::search_answer`] of the text in [`input`]; returns the length of its text.
#[unsafe(no_mangle)]
pub extern "C" fn search_answer(runs: u64) -> u32 {
    let text = INPUT.with_borrow(|input| String::from_utf8_lossy(input).into_owned());
    leave(crate::search_answer(&text, runs))
}

/// [`crate::recommendation`] of the text in [`input`]; returns the length of its text.
#[unsafe(no_mangle)]
pub extern "C" fn recommendation() -> u32 {
    let text = INPUT.with_borrow(|input| String::from_utf8_lossy(input).into_owned());
    leave(crate::recommendation(&text))
}
