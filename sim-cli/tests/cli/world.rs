//! Running the program in a terminal-less, colourless world of a given width.

use std::io::Write;
use std::process::{Command, Stdio};

/// How a run of the program ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The program with arguments separated by blanks, at 100 columns.
pub fn pullstorm(arguments: &str) -> Ended {
    run(&arguments.split_whitespace().collect::<Vec<_>>(), b"", 100)
}

/// The program with something on standard input.
pub fn pullstorm_reading(arguments: &str, input: &[u8]) -> Ended {
    run(
        &arguments.split_whitespace().collect::<Vec<_>>(),
        input,
        100,
    )
}

/// The program with these arguments, this standard input and this many columns.
pub fn run(arguments: &[&str], input: &[u8], columns: u32) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pullstorm"))
        .args(arguments)
        .env("COLUMNS", columns.to_string())
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("it was piped");
    // A program that fails early does not read all of it.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    Ended {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).expect("it writes UTF-8"),
        err: String::from_utf8(output.stderr).expect("it writes UTF-8"),
    }
}

impl Ended {
    /// Standard output of a run that answered and had nothing to complain of.
    pub fn answer(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""));
        self.out
    }

    /// Standard error of a run that refused its input and printed nothing else.
    pub fn refusal(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err
    }
}
