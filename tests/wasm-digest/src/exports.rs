//! The C interface: the host fills a buffer, calls a function, reads the text it left behind.

use std::cell::RefCell;

thread_local! {
    static OUTPUT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps a text for the host and returns its length in bytes.
fn leave(text: String) -> u32 {
    OUTPUT.with_borrow_mut(|output| {
        *output = text;
        output.len() as u32
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
