//! The core gives the same bits in wasm as natively.

use pullstorm_tests::wasm::WasmCore;

/// Enough that a function which differs in one result of ten thousand is found.
const ROUNDS: u64 = 20_000;

#[test]
fn mathematics_samplers_limiters_and_retries_have_the_same_bits_in_wasm() {
    let native = pullstorm_wasm_digest::fingerprint(ROUNDS);
    let wasm = WasmCore::load().text("fingerprint", ROUNDS);
    assert_eq!(native, wasm);
}
