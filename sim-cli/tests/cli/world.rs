//! Running the program in a terminal-less, colourless world of a given width.

use std::io::Write;
use std::path::{Path, PathBuf};
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
    let mut program = program();
    program.args(arguments).env("COLUMNS", columns.to_string());
    finish(program, input)
}

/// The program where it is not told what kind of terminal or job it runs in.
pub fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_pullstorm"));
    program
        .env("COLUMNS", "100")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("GITHUB_STEP_SUMMARY");
    program
}

/// Runs a command to its end.
pub fn finish(mut command: Command, input: &[u8]) -> Ended {
    let mut child = command
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

/// A folder of a test's own, which goes away with it.
pub struct Folder(PathBuf);

impl Folder {
    /// An empty folder; `name` tells tests apart.
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("pullstorm-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and the folders it is in.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        let folder = path.parent().expect("it is in a folder");
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("a file")
    }

    /// The program in this folder, with arguments separated by blanks.
    pub fn pullstorm(&self, arguments: &str) -> Ended {
        let mut program = program();
        program
            .args(arguments.split_whitespace())
            .current_dir(&self.0);
        finish(program, b"")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
