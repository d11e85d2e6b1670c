//! [Port blocking](https://fetch.spec.whatwg.org/#port-blocking).

use url::Url;

use crate::scheme::is_http_scheme;

/// [Bad port](https://fetch.spec.whatwg.org/#bad-port).
pub fn is_bad_port(port: u16) -> bool {
    matches!(
        port,
        0 | 1
            | 7
            | 9
            | 11
            | 13
            | 15
            | 17
            | 19
            | 20
            | 21
            | 22
            | 23
            | 25
            | 37
            | 42
            | 43
            | 53
            | 69
            | 77
            | 79
            | 87
            | 95
            | 101
            | 102
            | 103
            | 104
            | 109
            | 110
            | 111
            | 113
            | 115
            | 117
            | 119
            | 123
            | 135
            | 137
            | 139
            | 143
            | 161
            | 179
            | 389
            | 427
            | 465
            | 512
            | 513
            | 514
            | 515
            | 526
            | 530
            | 531
            | 532
            | 540
            | 548
            | 554
            | 556
            | 563
            | 587
            | 601
            | 636
            | 989
            | 990
            | 993
            | 995
            | 1719
            | 1720
            | 1723
            | 2049
            | 3659
            | 4045
            | 4190
            | 5060
            | 5061
            | 6000
            | 6566
            | 6665
            | 6666
            | 6667
            | 6668
            | 6669
            | 6679
            | 6697
            | 10080
    )
}

/// Whether a URL [should be blocked due to a bad port](https://fetch.spec.whatwg.org/#block-bad-port).
pub fn should_be_blocked_due_to_a_bad_port(url: &Url) -> bool {
    // 1. to 3. The URL's own port: a default port is null and never bad.
    is_http_scheme(url.scheme()) && url.port().is_some_and(is_bad_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_urls_with_an_explicit_bad_port_are_blocked() {
        let blocked = |url: &str| should_be_blocked_due_to_a_bad_port(&Url::parse(url).expect("a URL"));
        assert!(blocked("http://a.example:6667/") && blocked("https://a.example:0/"));
        assert!(!blocked("http://a.example:80/") && !blocked("ftp://a.example:22/") && !blocked("http://a.example/"));
    }

    #[test]
    fn the_list_has_as_many_ports_as_the_standard() {
        assert_eq!((0..=u16::MAX).filter(|port| is_bad_port(*port)).count(), 83);
    }
}
