//! A driver that this test plays, and a real browser if one is installed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::engine::Programs;
use super::job::Job;
use super::{Browser, Engine};
use crate::run::{self, Case, Filter, Kind, Runner, Target, Verdict};

const TIMEOUT: Duration = Duration::from_secs(1);

/// What a played driver does with a command: the body of its answer, or nothing and the connection stays open.
type Answer = fn(command: &str, count: usize) -> Option<String>;

/// A driver's HTTP, behind a program that only says where it is.
struct Played {
    folder: tempfile::TempDir,
    driver: PathBuf,
    commands: Arc<Mutex<Vec<String>>>,
}

fn play(answer: Answer) -> Played {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap_or_else(|error| panic!("{error}"));
    let port = listener.local_addr().map_or(0, |address| address.port());
    let commands = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&commands);
    let count = AtomicUsize::new(0);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            let command = read_command(&mut stream);
            run::lock(&seen).push(command.clone());
            match answer(&command, count.fetch_add(1, Ordering::SeqCst)) {
                Some(body) => {
                    let head =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    // Whoever asked may be gone.
                    let _ = stream.write_all((head + &body).as_bytes());
                }
                None => open.push(stream),
            }
        }
    });
    let said = format!("echo 'ChromeDriver was started successfully on port {port}.'\nexec sleep 60");
    let (folder, driver) = program(&said);
    Played { folder, driver, commands }
}

/// A program of these shell commands; it writes its process ID into a file first.
fn program(commands: &str) -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let path = folder.path().join("chromedriver");
    let text = format!("#!/bin/sh\necho $$ > {}\n{commands}\n", folder.path().join("id").display());
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("{error}"));
    let permissions = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, permissions).unwrap_or_else(|error| panic!("{error}"));
    (folder, path)
}

/// Method and path of a request, which is read to its end.
fn read_command(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return head.split(' ').take(2).collect::<Vec<_>>().join(" ");
            }
        }
        match stream.read(&mut buffer) {
            Ok(length) if length > 0 => bytes.extend_from_slice(&buffer[..length]),
            _ => return String::new(),
        }
    }
}

fn session() -> String {
    r#"{"value": {"sessionId": "s", "capabilities": {"browserVersion": "156.0.1"}}}"#.to_owned()
}

fn browser(driver: &Path) -> Result<Browser, String> {
    // Any file will do: the driver would start it.
    Browser::new(Engine::Chromium, Some(driver.to_owned()), Some(driver.to_owned()), TIMEOUT)
}

fn cases(name: &str) -> Vec<Case> {
    let cases = run::embedded().unwrap_or_else(|error| panic!("{error}"));
    Filter::new().names(vec![name.to_owned()]).pick(cases)
}

fn simple_case() -> Case {
    cases("preflight-decision-method-get-simple").pop().unwrap_or_else(|| panic!("no such case"))
}

fn failure(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Failed(differences) => differences.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

/// Whether the driver's process goes within seconds; whoever inherits it may take a moment to notice its end.
fn ends(folder: &Path) -> bool {
    let id = std::fs::read_to_string(folder.join("id")).unwrap_or_default();
    let id = id.trim().parse().ok().and_then(rustix::process::Pid::from_raw).unwrap_or_else(|| panic!("no driver"));
    let is_gone = || rustix::process::test_kill_process(id).is_err();
    (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(25));
        is_gone()
    })
}

#[test]
fn a_driver_of_another_version_says_so() {
    let played = play(|_, _| {
        let message =
            "This version of ChromeDriver only supports Chrome version 100\\nCurrent browser version is 156.0";
        Some(format!(r#"{{"value": {{"error": "session not created", "message": "{message}"}}}}"#))
    });
    let error = browser(&played.driver).map(|browser| browser.name());
    let wanted = "session not created: This version of ChromeDriver only supports Chrome version 100 \
                  Current browser version is 156.0";
    assert_eq!(error, Err(wanted.to_owned()));
    assert!(ends(played.folder.path()), "the driver is still there");
}

#[test]
fn a_driver_that_ends_is_told() {
    let (_folder, driver) = program("exit 0");
    let error = browser(&driver).map(|browser| browser.name());
    assert!(
        error.as_ref().is_err_and(|error| error.ends_with("ended, or said nothing of where it listens")),
        "{error:?}"
    );
}

#[test]
fn a_browser_that_hangs_is_started_anew() {
    let played = play(|command, _| match command {
        "POST /session" => Some(session()),
        _ if command.starts_with("DELETE") => Some(r#"{"value": null}"#.to_owned()),
        _ => None,
    });
    let browser = browser(&played.driver).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(browser.name(), "chromium 156");
    let mut job = browser.start().unwrap_or_else(|error| panic!("{error}"));
    let told = failure(&job.run(&simple_case()));
    assert!(told.contains("the browser was started anew: unreachable: ") && told.contains("timeout"), "{told}");
    assert!(ends(played.folder.path()), "the driver is still there");
    drop(job);
    let sessions = run::lock(&played.commands).iter().filter(|command| *command == "POST /session").count();
    // One for the name, one for the job.
    assert_eq!(sessions, 2);
}

#[test]
fn a_browser_that_never_comes_up_again_is_given_up() {
    let played = play(|command, count| match command {
        "POST /session" if count == 0 => Some(session()),
        _ => Some(r#"{"value": {"error": "session not created", "message": "crashed"}}"#.to_owned()),
    });
    let programs = Programs { browser: played.driver.clone(), driver: played.driver.clone() };
    let browser = Browser { engine: Engine::Chromium, programs, name: "chromium".to_owned(), timeout: TIMEOUT };
    let mut job = Job::new(browser).unwrap_or_else(|error| panic!("{error}"));
    let told: Vec<String> = (0..6).map(|_| failure(&job.run(&simple_case()))).collect();
    assert!(told[0].contains("started anew") && told[1].contains("session not created"), "{told:?}");
    assert!(told[4].contains("did not come up 3 times in a row"), "{told:?}");
    assert!(told[5].contains("did not come up 3 times in a row"), "{told:?}");
}

/// The installed browser, or none, which is said.
fn installed() -> Option<Browser> {
    match Browser::new(Engine::Chromium, None, None, Duration::from_secs(10)) {
        Ok(browser) => Some(browser),
        Err(why) if why.contains("is not on the path") => {
            eprintln!("skipped: {why}");
            None
        }
        Err(why) => panic!("{why}"),
    }
}

#[test]
fn a_real_browser_runs_cases_and_survives_its_end() {
    let Some(browser) = installed() else { return };
    let (programs, name) = (browser.programs.clone(), browser.name());
    let mut job = Job::new(browser).unwrap_or_else(|error| panic!("{error}"));
    let names = [
        "preflight-decision-method-get-simple",
        "preflight-decision-method-put-preflight",
        "cors-check-acao-tab-client",
        "redirect-origin-cors-client-sub-alt",
        "corp-null-to-client-no-cors-same-origin",
        "preflight-cache-max-age-minus-1",
    ];
    let mut verdicts = Vec::new();
    for case in names.iter().flat_map(|name| cases(name)) {
        verdicts.push((case.id().to_owned(), job.run(&case)));
    }
    let failed: Vec<_> = verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_))).collect();
    // Chromium takes a negative age for zero.
    assert!(
        matches!(&failed[..], [(id, _)] if id == "preflight-cache-max-age-minus-1"),
        "{name} {programs:?}: {failed:?}"
    );
    let id = job.running.as_ref().and_then(super::Running::process_id);
    let id = id.and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
    let id = id.unwrap_or_else(|| panic!("the driver does not tell the browser's process"));
    rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap_or_else(|error| panic!("{error}"));
    let told = failure(&job.run(&simple_case()));
    assert!(told.contains("the browser was started anew"), "{told}");
    assert_eq!(job.run(&simple_case()), Verdict::Passed);
}

#[test]
fn a_real_browser_loads_elements_and_waits() {
    let Some(browser) = installed() else { return };
    let mut job = Job::new(browser).unwrap_or_else(|error| panic!("{error}"));
    let passing = [
        "elements-script-muted-is-opaque",
        "elements-script-not-muted-is-cors",
        "elements-script-failing-cors-is-an-error",
        "elements-stylesheet-sub-port2-client",
        "elements-canvas-sub-https-anonymous-no-acao",
        "elements-canvas-sub-https-anonymous-origin",
        "elements-import-of-json-css-module-no-attribute-star",
        "elements-worklet-classic-include-sub-https",
        "elements-worker-module-omit-client",
        "elements-worker-client-client-port2",
        "elements-script-type-module-root-empty-star",
        "fetch-metadata-mode-video-crossorigin-use-credentials",
        "fetch-metadata-dest-link-rel-prefetch-optional",
        "fetch-metadata-mode-link-rel-icon-crossorigin-anonymous",
        "fetch-metadata-mode-img-srcset-crossorigin",
        "tao-font-client-sub-null-fail",
        "tao-image-client-sub-client-fake-pass",
        "tracks-use-credentials-sub-granted",
        "preflight-cache-expires-after-max-age",
    ];
    for id in passing {
        let case = cases(id).into_iter().find(|case| case.id() == id).unwrap_or_else(|| panic!("no case {id}"));
        assert_eq!(job.run(&case), Verdict::Passed, "{id}");
    }
    // What is expected otherwise than it is.
    let mut muted = cases("elements-script-muted-is-opaque").pop().unwrap_or_else(|| panic!("no such case"));
    muted.row["steps"][0]["outcome"] = json!({"response": {"type": "cors"}});
    muted.row["steps"][0]["exchanges"][0]["request"]["headers"] = json!({"origin": "{CLIENT}"});
    let told = failure(&job.run(&muted));
    assert!(told.contains("header origin") && told.contains("may not read"), "{told}");
    assert_eq!(job.run(&worker_case("{CLIENT}/worker.js")), Verdict::Passed);
    let told = failure(&job.run(&worker_case("{CLIENT}/another.js")));
    assert!(told.contains("header referer"), "{told}");
}

/// A preflighted request of a worker, whose referrer is expected to be its script.
fn worker_case(referrer: &str) -> Case {
    let grants = [["access-control-allow-origin", "{CLIENT}"], ["access-control-allow-methods", "PUT"]];
    let request = json!({"method": "PUT", "headers": {"origin": "{CLIENT}", "referer": referrer}});
    let row = json!({
        "id": "worker",
        "wpt": [],
        "status": "spec-gap",
        "client": {"worker": true, "url": "{CLIENT}/worker.js", "referrer_policy": "unsafe-url"},
        "steps": [{
            "fetch": {"url": "{SUB}/r", "method": "PUT"},
            "exchanges": [
                {"preflight": {}, "answer": {"status": 200, "headers": grants}},
                {"request": request, "answer": {"status": 200, "headers": grants}},
            ],
            "outcome": {"response": {"type": "cors", "status": 200, "body": "read"}},
        }],
    });
    Case { area: "worker".to_owned(), kind: Kind::Scenario, row }
}
