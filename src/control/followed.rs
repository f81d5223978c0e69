//! The programs that others can follow: golem, or captions, hints or a prompter beside it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Request;

/// Something that has a control socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum Followed {
    /// The golem that one talks with
    Golem,
    /// Captions as they come
    Captions,
    /// Questions, their hints, and captions
    Hints,
    /// The theses of a talk
    Prompter,
}

impl Followed {
    /// Its socket beside that of golem: `golem.hints.sock` beside `golem.sock`.
    pub fn socket(self, golem: &Path) -> PathBuf {
        match self {
            Self::Golem => golem.into(),
            _ => golem.with_extension(format!("{self}.sock")),
        }
    }

    /// Whether it takes this request.
    ///
    /// # Errors
    /// With the reason, and what to do instead.
    pub fn accept(self, request: &Request) -> Result<(), String> {
        let page = matches!(request, Request::Next | Request::Back);
        match (self, request) {
            (_, Request::Subscribe { .. }) => Ok(()),
            (Self::Golem, _) if page => Err("only a prompter has pages; type golem ctl next".into()),
            (Self::Golem, _) => Ok(()),
            (Self::Prompter, _) if page => Ok(()),
            (Self::Prompter, _) => Err("a prompter takes subscribe, next and back only".into()),
            (Self::Captions | Self::Hints, _) => Err(format!("{self} take subscribe only")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_socket_of_its_own_and_takes_what_it_can_do() {
        let golem = Path::new("/run/golem.sock");
        assert_eq!(Followed::Golem.socket(golem), golem);
        assert_eq!(Followed::Hints.socket(golem), Path::new("/run/golem.hints.sock"));
        let accepts = |followed: Followed, request| followed.accept(&request).is_ok();
        assert!(accepts(Followed::Prompter, Request::Next) && accepts(Followed::Golem, Request::Quit));
        assert!(accepts(Followed::Captions, Request::Subscribe { level: false }));
        assert!(!accepts(Followed::Golem, Request::Back) && !accepts(Followed::Hints, Request::Next));
        assert!(!accepts(Followed::Prompter, Request::Quit));
    }
}
