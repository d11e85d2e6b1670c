//! Firefox by geckodriver.

use std::path::Path;

use serde_json::{Value, json};

use super::{Traits, proxy_capability};

pub(super) const TRAITS: Traits = Traits {
    name: "firefox",
    browsers: &["firefox", "firefox-esr"],
    folders: &[],
    driver: "geckodriver",
    installation: "apt install firefox-esr (Debian), cargo install geckodriver",
    announcement: Some("Listening on 127.0.0.1:"),
    process_id: "moz:processID",
};

/// Without this, Firefox asks its own settings server, whatever the preference says.
pub(super) const ENVIRONMENT: [(&str, &str); 1] = [("MOZ_REMOTE_SETTINGS_DEVTOOLS", "1")];

/// The console's messages and the preflight cache are out of a page's reach.
pub(super) fn driver_arguments(port: u16) -> Vec<String> {
    ["--port", &port.to_string(), "--websocket-port", "0", "--allow-system-access"].map(str::to_owned).into()
}

/// Adds what only Firefox knows.
pub(super) fn wish(wish: &mut Value, browser: &Path, proxy: u16) {
    wish["browserName"] = "firefox".into();
    wish["proxy"] = proxy_capability(proxy);
    wish["moz:firefoxOptions"] = json!({
        "binary": browser,
        "args": ["-headless"],
        "prefs": {
            // Cookies of other sites are sent.
            "network.cookie.cookieBehavior": 0,
            // With them, fetches hang after some hundreds of hosts.
            "network.http.speculative-parallel-limit": 0,
            // A 401 opens no dialog.
            "network.auth.subresource-http-auth-allow": 1,
            // A page's URL with a user name opens none either.
            "network.http.phishy-userpass-length": 255,
            "network.auth.confirmAuth.enabled": false,
            // Names of loopback go through the proxy too.
            "network.proxy.allow_hijacking_localhost": true,
            "services.settings.server": "data:,#remote-settings-dummy/v1",
            "network.captive-portal-service.enabled": false,
            "network.connectivity-service.enabled": false,
            "network.trr.mode": 5,
            "app.update.enabled": false,
        },
    });
}
