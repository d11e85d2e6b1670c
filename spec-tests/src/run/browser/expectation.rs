//! What a case expects, as far as a browser and its page can show it.

use url::Url;

use crate::scenario::{ExchangeModel, OutcomeModel};

/// Lines that browsers add by themselves; the standard leaves them to the user agent.
const OWN_LINES: [&str; 3] = ["accept-encoding", "user-agent", "connection"];

/// Takes lines out that no request is expected to have, and that browsers may add.
pub(super) fn exchange(mut model: ExchangeModel) -> ExchangeModel {
    if let Some(request) = &mut model.request {
        // A preflight has none, whatever the user agent's languages are.
        request.headers.retain(|name, value| value.is_some() || name != "accept-language");
    }
    for request in [&mut model.preflight, &mut model.request].into_iter().flatten() {
        request.headers.retain(|name, value| value.is_some() || !OWN_LINES.contains(&name.as_str()));
    }
    model
}

/// Takes the fragment off the URL: scripts see it without.
pub(super) fn outcome(mut model: OutcomeModel) -> OutcomeModel {
    if let OutcomeModel::Response(response) = &mut model
        && let Some(Some(text)) = &mut response.url
        && let Ok(mut url) = Url::parse(text)
        && url.fragment().is_some()
    {
        url.set_fragment(None);
        *text = url.into();
    }
    model
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
        serde_json::from_value(value).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn only_absent_lines_of_the_browser_are_left_out() {
        let headers =
            serde_json::json!({"accept-encoding": null, "accept-language": null, "x": null, "user-agent": "a"});
        let lines = |kind: &str| {
            let model = exchange(read(serde_json::json!({ kind: {"headers": headers} })));
            let request = model.request.or(model.preflight).unwrap_or_else(|| panic!("no request"));
            request.headers.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(lines("request"), ["user-agent", "x"]);
        assert_eq!(lines("preflight"), ["accept-language", "user-agent", "x"]);
    }

    #[test]
    fn a_url_has_no_fragment() {
        let model = outcome(read(serde_json::json!({"response": {"url": "http://a.test/b#c"}})));
        let OutcomeModel::Response(response) = model else { panic!("no response") };
        assert_eq!(response.url, Some(Some("http://a.test/b".to_owned())));
    }
}
