//! Prints the page on where engines differ.
//!
//! `cargo run -p fetch-cors-spec-tests --example engines-page > docs/ENGINES.md`

use std::process::ExitCode;

fn main() -> ExitCode {
    match fetch_cors_spec_tests::engines_page::page() {
        Ok(page) => {
            print!("{page}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("engines-page: {error}");
            ExitCode::from(2)
        }
    }
}
