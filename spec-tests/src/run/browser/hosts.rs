//! Names for the hosts of a case, new for each case, so that neither cookies nor preflights nor stored responses of
//! another one are there.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use crate::symbols::Bindings;

/// The symbolic hosts of one case of a browser. They are as long as those in memory: some cases count bytes.
pub(super) fn bindings(number: u64) -> Bindings {
    let letter = |place: u32| {
        let digit = number.checked_div(26_u64.pow(place)).unwrap_or_default() % 26;
        char::from(b'a'.saturating_add(u8::try_from(digit).unwrap_or_default()))
    };
    let label: String = [2, 1, 0].map(letter).iter().collect();
    let fresh = |origin: &str| origin.replace("web.test", &format!("{label}.test"));
    Bindings::in_memory().iter().map(|(name, origin)| (name.to_owned(), fresh(origin))).collect()
}

/// The hosts of every http and https URL in a bound row.
pub(super) fn named(row: &Value) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    collect(row, &mut hosts);
    hosts
}

fn collect(value: &Value, hosts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => hosts.extend(host(text)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, hosts)),
        Value::Object(members) => {
            for (key, member) in members {
                hosts.extend(host(key));
                collect(member, hosts);
            }
        }
        _ => {}
    }
}

/// The host of an http or https URL.
pub(super) fn host(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_names_of_its_own() {
        let bindings = |number| super::bindings(number).iter().map(|(_, origin)| origin.to_owned()).collect::<Vec<_>>();
        assert!(bindings(7).contains(&"https://www1.aah.test:8443".to_owned()), "{:?}", bindings(7));
        assert!(bindings(26).contains(&"http://not-aba.test:8000".to_owned()), "{:?}", bindings(26));
        assert_eq!(bindings(26_u64.pow(3)), bindings(0));
    }

    #[test]
    fn hosts_are_found_in_texts_and_keys() {
        let row = serde_json::json!({"http://A.test:1": ["https://b.test/x", "ftp://c.test", 1], "d": "http://é.test"});
        let wanted = ["a.test", "b.test", "xn--9ca.test"].map(str::to_owned);
        assert_eq!(named(&row), wanted.into());
    }
}
