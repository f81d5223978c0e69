//! Options of a fetch: its sources and its patience.

use std::path::PathBuf;
use std::time::Duration;

use super::super::error::ModelError;

/// The model hub's own address, where `HF_ENDPOINT` names no mirror.
const HUB: &str = "https://huggingface.co";

/// How models are fetched.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of the hub, without a slash at the end.
    pub endpoint: String,
    /// The token, which is sent only to the hub.
    pub token: Option<String>,
    /// Proxies by scheme.
    pub proxies: Proxies,
    /// Whether no connection may be opened.
    pub offline: bool,
    /// A folder to take the files from instead of the network.
    pub from: Option<PathBuf>,
    /// Files fetched at once.
    pub parallel: usize,
    /// A connection that gives nothing for so long is given up.
    pub stall: Duration,
    /// Tries without a new byte before giving up.
    pub tries: u32,
    /// Whether to wait for another process that fetches the same model.
    pub wait: bool,
    /// Programs that may be a Python with pip, first one first.
    pub pythons: Vec<PathBuf>,
    /// The npm program.
    pub npm: PathBuf,
    /// The registry that npm is set to, for where npm itself is not installed.
    pub npm_registry: Option<String>,
}

/// Proxies as the environment names them.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    https: Option<(&'static str, String)>,
    http: Option<(&'static str, String)>,
    none: Vec<String>,
}

impl Options {
    /// Options from the environment: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`, the proxies, `GOLEM_PYTHON`.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let cache = set("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".cache")))
            .map(|cache| cache.join("golem/python/bin/python"));
        let own = set("GOLEM_PYTHON").map(PathBuf::from);
        let npmrc = || set("HOME").and_then(|home| std::fs::read_to_string(PathBuf::from(home).join(".npmrc")).ok());
        Self {
            endpoint: set("HF_ENDPOINT").unwrap_or_else(|| HUB.into()).trim_end_matches('/').into(),
            token: set("HF_TOKEN"),
            proxies: Proxies::from_env(&set),
            offline: set("HF_HUB_OFFLINE").is_some_and(|value| ["1", "true", "yes", "on"].contains(&&*value)),
            from: None,
            parallel: 4,
            stall: Duration::from_secs(30),
            tries: 6,
            wait: true,
            npm: "npm".into(),
            npm_registry: set("npm_config_registry")
                .or_else(|| set("NPM_CONFIG_REGISTRY"))
                .or_else(|| npmrc().and_then(|settings| registry(&settings))),
            pythons: own.into_iter().chain(cache.filter(|path| path.exists())).chain(["python3".into()]).collect(),
        }
    }
}

impl Proxies {
    /// Proxies from the variables that other programs read, in lower and upper case; a scheme's own variable comes
    /// before `ALL_PROXY`.
    fn from_env(set: &impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&'static str]| names.iter().find_map(|name| set(name).map(|value| (*name, value)));
        let list = first(&["no_proxy", "NO_PROXY"]).map(|(_, list)| list).unwrap_or_default();
        Self {
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            http: first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
            none: list.split(',').map(|host| host.trim().to_ascii_lowercase()).filter(|s| !s.is_empty()).collect(),
        }
    }

    /// The variable and value of the proxy for an address, if it is not to be reached directly.
    pub(super) fn named(&self, scheme: &str, host: &str) -> Option<(&'static str, &str)> {
        let proxy = if scheme == "https" { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.direct(host)).map(|(name, value)| (*name, value.as_str()))
    }

    /// Whether `NO_PROXY` holds the host, a domain above it with or without `.` or `*.` before it, or `*`.
    fn direct(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.none.iter().any(|entry| {
            let domain = entry.trim_start_matches("*.").trim_start_matches('.');
            entry == "*" || host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
        })
    }

    /// The proxy for an address as the client takes it.
    pub(super) fn proxy(&self, scheme: &str, host: &str) -> Result<Option<ureq::Proxy>, ModelError> {
        let Some((variable, value)) = self.named(scheme, host) else { return Ok(None) };
        let wrong = |error: ureq::Error| ModelError::Address { what: variable.into(), reason: error.to_string() };
        ureq::Proxy::new(value).map(Some).map_err(wrong)
    }
}

/// The registry that a settings file of npm names, if any.
pub(super) fn registry(settings: &str) -> Option<String> {
    let named =
        |line: &str| Some(line.trim().strip_prefix("registry")?.trim_start().strip_prefix('=')?.trim().to_owned());
    settings.lines().filter_map(named).next_back().filter(|url| !url.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(variables: &[(&str, &str)]) -> Options {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Options::from_env(find)
    }

    #[test]
    fn the_hub_is_the_default_and_a_mirror_goes_before_it() {
        assert_eq!(options(&[]).endpoint, HUB);
        assert_eq!(options(&[("HF_ENDPOINT", "http://mirror:8080/hub/")]).endpoint, "http://mirror:8080/hub");
        assert_eq!(options(&[("HF_TOKEN", " abc\n")]).token.as_deref(), Some("abc"));
        assert!(options(&[("HF_HUB_OFFLINE", "1")]).offline && !options(&[("HF_HUB_OFFLINE", "0")]).offline);
    }

    #[test]
    fn proxies_go_by_scheme_and_some_hosts_need_none() {
        let variables = [("HTTPS_PROXY", "http://a:1"), ("ALL_PROXY", "socks5://b:2"), ("NO_PROXY", "local, .in.org")];
        let proxies = options(&variables).proxies;
        assert_eq!(proxies.named("https", "hub.org"), Some(("HTTPS_PROXY", "http://a:1")));
        assert_eq!(proxies.named("http", "hub.org"), Some(("ALL_PROXY", "socks5://b:2")));
        for host in ["local", "a.local", "in.org", "x.IN.org"] {
            assert_eq!(proxies.named("https", host), None, "{host}");
        }
        assert!(proxies.named("https", "begin.org").is_some());
        assert!(options(&[("http_proxy", "http://a"), ("no_proxy", "*")]).proxies.named("http", "x").is_none());
        let wrong = options(&[("HTTP_PROXY", "://")]).proxies.proxy("http", "x").unwrap_err();
        assert!(wrong.to_string().contains("HTTP_PROXY"), "{wrong}");
    }
}
