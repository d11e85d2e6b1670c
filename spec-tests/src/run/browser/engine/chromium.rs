//! Chromium by chromedriver.

use std::path::Path;

use serde_json::{Value, json};

use super::{Traits, proxy_capability};

pub(super) const TRAITS: Traits = Traits {
    name: "chromium",
    browsers: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    folders: &[],
    driver: "chromedriver",
    installation: "apt install chromium chromium-driver (Debian)",
    announcement: Some("started successfully on port "),
    process_id: "goog:processID",
};

/// Adds what only Chromium knows.
pub(super) fn wish(wish: &mut Value, browser: &Path, proxy: u16, folder: &Path) {
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--disable-gpu",
        "--no-first-run",
        "--disable-quic",
        "--disable-sync",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-extensions",
        // A port that browsers refuse to ask: neither update nor sign-in leave the browser.
        "--component-updater=url-source=http://127.0.0.1:9/",
        "--gaia-url=http://127.0.0.1:9/",
        "--disable-features=HttpsUpgrades,NetworkTimeServiceQuerying,OptimizationHints,PreconnectToSearch,MediaRouter,\
         BackForwardCache",
        // Names of loopback go through the proxy too.
        "--proxy-bypass-list=<-loopback>",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--user-data-dir={}", folder.join("profile").display()));
    // Its sandbox refuses to run for root.
    #[cfg(unix)]
    if rustix::process::geteuid().is_root() {
        arguments.push("--no-sandbox".to_owned());
    }
    wish["browserName"] = "chrome".into();
    wish["proxy"] = proxy_capability(proxy);
    wish["goog:loggingPrefs"] = json!({"performance": "ALL"});
    wish["goog:chromeOptions"] = json!({
        "binary": browser,
        "args": arguments,
        "prefs": {
            // Cookies of other sites are sent.
            "profile.cookie_controls_mode": 0,
            "net.network_prediction_options": 2,
            "session.restore_on_startup": 4,
            "session.startup_urls": ["about:blank"],
        },
    });
}
