//! `fetch-cors conformance --target`: the targets by name, and what they say when something is missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_fetch-cors");
/// Passes in any client that looks at `Access-Control-Allow-Origin`, and has no preflight.
const SIMPLE_CASE: &str = "common-mistakes-answer-without-allow-origin";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("conformance").args(arguments);
    command
}

fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The only target's results.
fn target(output: &Output) -> Value {
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    document["targets"][0].clone()
}

fn cases(target: &Value) -> &[Value] {
    target["cases"].as_array().map_or(&[], Vec::as_slice)
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // It may be there from an earlier run.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    folder
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// The command `fetch` over real connections: caches, cookies, redirects, refusals.
#[test]
fn the_fetch_command_passes() {
    let areas =
        ["common-mistakes", "cors-check", "preflight-cache", "redirect-userinfo", "apis-and-cookies", "referrer"];
    let picks: Vec<&str> = areas.iter().flat_map(|area| ["--area", area]).collect();
    let output = output(&mut command(&[&["--target", "fetch-command", "--format", "json"], &picks[..]].concat()));
    let target = target(&output);
    let failed: Vec<&Value> = cases(&target).iter().filter(|case| case["verdict"] == "failed").collect();
    assert!(failed.is_empty() && output.status.code() == Some(0), "{failed:?}");
    assert!(target["passed"].as_u64().is_some_and(|passed| passed > 300), "{}", target["passed"]);
    for area in areas {
        let passes = |case: &Value| case["area"] == area && case["verdict"] == "passed";
        assert!(cases(&target).iter().any(passes), "{area}: nothing passes");
    }
    // Several fetches of one user agent, with a clock.
    let second = cases(&target).iter().find(|case| case["id"] == "preflight-cache-expires-after-max-age");
    assert_eq!(second.map(|case| &case["verdict"]), Some(&Value::from("passed")));
    // A case says which mistake it shows.
    let shows = cases(&target).iter().find(|case| case["id"] == SIMPLE_CASE).map(|case| &case["shows"]);
    assert_eq!(shows, Some(&serde_json::json!(["answer-unchecked"])));
}

#[test]
fn what_loopback_cannot_give_is_skipped_with_a_reason() {
    let needs = ["https", "service-worker", "gate", "manual-navigation", "abort"];
    let picks: Vec<&str> = needs.iter().flat_map(|need| ["--need", need]).collect();
    let program = ["--format", "json", "--", BINARY, "conformance-target"];
    let output = output(&mut command(&[&picks[..], &program].concat()));
    let target = target(&output);
    let scenarios: Vec<&Value> = cases(&target).iter().filter(|case| case["verdict"] != "passed").collect();
    assert!(scenarios.len() > 600, "{}", scenarios.len());
    let is_explained = |case: &&&Value| case["reason"].as_str().is_some_and(|why| why.starts_with("needs "));
    let wrong: Vec<&&Value> = scenarios.iter().filter(|case| !is_explained(case)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    // Those that pass need no server.
    let is_scenario = |case: &&Value| case["verdict"] == "passed" && case["area"] == "gates";
    assert_eq!(cases(&target).iter().find(is_scenario), None);
}

#[test]
fn tables_for_a_page() {
    let naive = format!("{BINARY} conformance-target --naive");
    let arguments = ["--area", "common-mistakes", "--format", "markdown", "--command", &naive];
    let text = String::from_utf8_lossy(&output(&mut command(&arguments)).stdout).into_owned();
    assert!(
        text.starts_with("| target | passed | failed | skipped | date |\n|---|---|---|---|---|\n| naive-program |")
    );
    let date = text.lines().nth(2).and_then(|row| row.split(" | ").nth(4)).map(|cell| cell.trim_end_matches(" |"));
    let is_date = |text: &str| text.len() == 10 && text.split('-').count() == 3;
    assert!(date.is_some_and(is_date), "{text}");
    assert!(text.contains("\n| content-type-suffix-ignored | **fail** |\n"), "{text}");
    assert!(!text.contains("| answer-unchecked |"), "{text}");
}

#[test]
fn a_missing_node_is_named() {
    let output = output(command(&["--target", "node-fetch"]).env("PATH", folder("no-node")));
    let errors = errors(&output);
    assert_eq!((output.status.code(), errors.lines().count()), (Some(2), 1), "{errors}");
    assert!(errors.contains("--target node-fetch: node does not start") && errors.contains("https://nodejs.org"));
}

/// Node.js of other people's machines, played by a script.
#[cfg(unix)]
mod with_a_node {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A folder with a program `node` of this version; as a target it is the naive client.
    fn node(name: &str, version: &str) -> PathBuf {
        let folder = folder(name);
        let node = folder.join("node");
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then echo {version}; exit; fi\n\
             echo \"$@\" > '{}'\nexec '{BINARY}' conformance-target --naive\n",
            folder.join("arguments").display(),
        );
        write(&node, &script);
        std::fs::set_permissions(&node, std::fs::Permissions::from_mode(0o755)).unwrap_or_else(|e| panic!("{e}"));
        folder
    }

    fn run(folder: &Path, arguments: &[&str]) -> Output {
        output(command(arguments).env("PATH", folder).current_dir(folder))
    }

    #[test]
    fn an_old_node_is_named() {
        let output = run(&node("old-node", "v18.20.4"), &["--target", "jsdom"]);
        let errors = errors(&output);
        assert_eq!((output.status.code(), errors.lines().count()), (Some(2), 1), "{errors}");
        assert!(errors.contains("\"v18.20.4\"") && errors.contains("needs Node.js 20.19"), "{errors}");
    }

    #[test]
    fn a_missing_package_comes_with_its_command() {
        let folder = node("no-packages", "v22.13.0");
        for package in ["jsdom@29.1.1", "happy-dom@21.0.4"] {
            let name = package.split('@').next().unwrap_or_default();
            let output = run(&folder, &["--target", name]);
            let errors = errors(&output);
            assert_eq!((output.status.code(), errors.lines().count()), (Some(2), 1), "{errors}");
            assert!(errors.trim_end().ends_with(&format!("npm install {package}")), "{errors}");
        }
        let output = run(&folder, &["--target", "jsdom", "--packages", "a-folder-that-is-not-there"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains("--packages"));
    }

    #[test]
    fn another_version_is_told_and_runs() {
        let folder = node("packages", "v24.1.0");
        let package = folder.join("node_modules/jsdom");
        let below = folder.join("src/deep");
        std::fs::create_dir_all(&package)
            .and_then(|()| std::fs::create_dir_all(&below))
            .unwrap_or_else(|e| panic!("{e}"));
        for (version, notes) in [("28.0.0", 1), ("29.1.1", 0)] {
            write(&package.join("package.json"), &format!("{{\"version\": \"{version}\"}}"));
            let arguments = ["--target", "jsdom", "--name", SIMPLE_CASE, "--packages", "src/deep", "--format", "json"];
            let output = run(&folder, &arguments);
            let errors = errors(&output);
            assert_eq!((errors.lines().count(), output.status.code()), (notes, Some(0)), "{errors}");
            assert!(notes == 0 || errors.contains("version 28.0.0") && errors.contains("29.1.1"), "{errors}");
            let target = target(&output);
            assert_eq!((&target["name"], &target["passed"]), (&"naive-program".into(), &1.into()));
        }
        let arguments = std::fs::read_to_string(folder.join("arguments")).unwrap_or_else(|e| panic!("{e}"));
        let mut words = arguments.split_whitespace();
        let adapter = words.next().map(PathBuf::from).unwrap_or_default();
        assert!(adapter.ends_with("jsdom.mjs") && !adapter.exists(), "the adapters are left behind: {arguments}");
        assert_eq!(words.next().map(Path::new).and_then(Path::file_name), Some("jsdom".as_ref()));
    }

    #[test]
    fn adapters_may_be_given() {
        let folder = node("own-adapters", "v20.19.0");
        let output = run(&folder, &["--target", "node-fetch", "--name", SIMPLE_CASE, "--adapters", "."]);
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains("node-fetch.mjs"));
        write(&folder.join("node-fetch.mjs"), "");
        let output = run(&folder, &["--target", "node-fetch", "--name", SIMPLE_CASE, "--adapters", "."]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let arguments = std::fs::read_to_string(folder.join("arguments")).unwrap_or_else(|e| panic!("{e}"));
        assert!(arguments.trim_end().ends_with("./node-fetch.mjs"), "{arguments}");
    }

    /// What breaks is no refused fetch, though this case expects one.
    #[test]
    fn a_program_that_breaks_passes_nothing() {
        let script = folder("breaks").join("breaks.sh");
        write(
            &script,
            "while read -r line; do case $line in\n\
             *'\"do\":\"hello\"'*) echo '{\"version\": 1, \"name\": \"breaks\", \"reports\": []}';;\n\
             *'\"do\":\"fetch\"'*) echo '{\"failure\": \"it broke\"}';;\n\
             *) echo '{\"ok\": true}';;\nesac; done\n",
        );
        let script = script.to_string_lossy();
        let output = output(&mut command(&["--name", SIMPLE_CASE, "--format", "json", "--", "/bin/sh", &script]));
        let target = target(&output);
        assert_eq!(cases(&target)[0]["differences"][0]["what"], "the program failed: it broke");
    }
}

/// The real thing, where there is one.
#[test]
fn node_runs_its_adapter() {
    let arguments = ["--target", "node-fetch", "--area", "common-mistakes", "--area", "redirect-userinfo"];
    let output = output(&mut command(&[&arguments[..], &["--format", "json"]].concat()));
    if output.status.code() == Some(2) {
        println!("no node here to run the adapter with: {}", errors(&output));
        return;
    }
    let target = target(&output);
    assert!(target["name"].as_str().is_some_and(|name| name.starts_with("node ")), "{}", target["name"]);
    let verdict = |id: &str| cases(&target).iter().find(|case| case["id"] == id).map(|case| case["verdict"].clone());
    // It has no CORS by its authors' decision, and sends no cookies.
    assert_eq!(verdict(SIMPLE_CASE), Some("failed".into()));
    assert!(target["passed"].as_u64().is_some_and(|passed| passed > 10), "{}", target["passed"]);
}
