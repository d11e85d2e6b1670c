//! `fetch-cors conformance --target` with browsers: what is missing, and the real thing where there is one.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_fetch-cors");

fn run(arguments: &[&str], path: Option<&Path>) -> Output {
    let mut command = Command::new(BINARY);
    command.arg("conformance").args(arguments);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with programs of these names, which end at once.
fn folder(name: &str, programs: &[&str]) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for program in programs {
        let path = folder.join(program);
        std::fs::write(&path, "#!/bin/sh\n").unwrap_or_else(|error| panic!("{error}"));
        let permissions = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, permissions).unwrap_or_else(|error| panic!("{error}"));
    }
    folder
}

#[test]
fn what_is_missing_is_said_in_a_line() {
    let installation = "to install it: apt install chromium chromium-driver";
    for (name, programs, wanted) in [
        (
            "no-browser",
            &[][..],
            "chromium or chromium-browser or google-chrome or google-chrome-stable is not on the path",
        ),
        ("no-driver", &["chromium"], "chromedriver is not on the path"),
        ("no-start", &["chromium", "chromedriver"], "ended, or said nothing of where it listens"),
    ] {
        let output = run(&["--target", "chromium"], Some(&folder(name, programs)));
        let errors = errors(&output);
        assert_eq!((output.status.code(), errors.lines().count()), (Some(2), 1), "{errors}");
        assert!(errors.contains("--target chromium: ") && errors.contains(wanted), "{errors}");
        assert!(name == "no-start" || errors.contains(installation), "{errors}");
    }
    let output = run(&["--target", "chromium", "--driver-path", "no/such/driver", "--browser-path", BINARY], None);
    let errors = errors(&output);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("--driver-path \"no/such/driver\": there is no such file"), "{errors}");
}

#[test]
fn a_driver_does_not_outlive_the_program() {
    let folder = folder("outlived", &["chromium", "chromedriver"]);
    let id = folder.join("id");
    // It may be there from an earlier run.
    let _ = std::fs::remove_file(&id);
    let script = format!("#!/bin/sh\necho $$ > '{0}.new'\nmv '{0}.new' '{0}'\nexec sleep 60\n", id.display());
    std::fs::write(folder.join("chromedriver"), script).unwrap_or_else(|error| panic!("{error}"));
    let driver = folder.join("chromedriver");
    let mut program = Command::new(BINARY)
        .args(["conformance", "--target", "chromium", "--browser-path", BINARY, "--driver-path"])
        .arg(&driver)
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"));
    let until = |is_so: &dyn Fn() -> bool| {
        let is_so_at_last = (0..400).any(|_| {
            is_so() || {
                std::thread::sleep(Duration::from_millis(25));
                false
            }
        });
        assert!(is_so_at_last, "nothing happens");
    };
    until(&|| id.exists());
    let id = std::fs::read_to_string(&id).unwrap_or_default();
    let runs = || {
        Command::new("kill").args(["-0", id.trim()]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    assert!(runs());
    program.kill().and_then(|()| program.wait()).unwrap_or_else(|error| panic!("{error}"));
    until(&|| !runs());
}

#[test]
fn chromium_runs_an_area() {
    let output = run(&["--target", "chromium", "--area", "exposed-headers", "--format", "json", "--jobs", "1"], None);
    if output.status.code() == Some(2) && errors(&output).contains("is not on the path") {
        eprintln!("skipped: {}", errors(&output));
        return;
    }
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", errors(&output)));
    let target = &document["targets"][0];
    assert!(target["name"].as_str().is_some_and(|name| name.starts_with("chromium ")), "{}", target["name"]);
    let cases = target["cases"].as_array().map_or(&[][..], Vec::as_slice);
    let failed: Vec<&Value> = cases.iter().filter(|case| case["verdict"] == "failed").collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(target["passed"].as_u64().is_some_and(|passed| passed > 40), "{}", target["passed"]);
}
