//! WebKitGTK by WebKitWebDriver and MiniBrowser. They need a display: `xvfb-run` gives one.

use std::path::Path;

use serde_json::{Value, json};

use super::Traits;

pub(super) const TRAITS: Traits = Traits {
    name: "webkit",
    browsers: &["MiniBrowser"],
    folders: &["/usr/lib/*/webkit2gtk-4.1", "/usr/lib/*/webkit2gtk-4.0", "/usr/libexec/webkit2gtk-4.1"],
    driver: "WebKitWebDriver",
    installation: "apt install webkit2gtk-driver xvfb (Debian)",
    announcement: None,
    process_id: "",
};

/// Adds what only WebKit knows. The capability for proxies would make it speak TLS to the proxy itself.
pub(super) fn wish(wish: &mut Value, browser: &Path, proxy: u16) {
    wish["browserName"] = "MiniBrowser".into();
    wish["webkitgtk:browserOptions"] = json!({
        "binary": browser,
        "args": [
            "--automation",
            format!("--proxy=http://127.0.0.1:{proxy}"),
            // Cookies of other sites are sent.
            "--cookies-policy=always",
        ],
    });
}
