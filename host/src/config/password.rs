//! Passwords from files and environment variables; never from the command line, which every user of the
//! machine can read.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use p2pm_core::limits::PASSWORD_MAX;

use super::private::{self, Refusal};

/// The given password: the content of `file` if one is named, else the value of the environment variable
/// `variable` if it is set. `None` if neither is given, so that the user has to be asked.
pub fn given(file: Option<&Path>, variable: Option<&str>) -> Result<Option<Vec<u8>>, Error> {
    if let Some(path) = file {
        let password = read(path).and_then(check);
        return password.map(Some).map_err(|defect| Error { source: Source::File(path.into()), defect });
    }
    let Some(variable) = variable else { return Ok(None) };
    let password = std::env::var_os(variable).map(|value| check(value.into_vec()));
    password.transpose().map_err(|defect| Error { source: Source::Variable(variable.into()), defect })
}

/// Environment variable by which systemd names the directory of a service's credentials.
const CREDENTIALS_VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// Opens a file with a password. A credential of a systemd service belongs to root, and an access control list lets the
/// service read it, which looks like access for others; that nobody else has any is up to systemd (systemd.exec(5)).
fn open(path: &Path, credentials: Option<&Path>) -> Result<File, Refusal> {
    if is_in(path, credentials) { private::open_regular(path) } else { private::open(path) }
}

/// Whether a file is named in this directory. A name without a directory is in none.
fn is_in(path: &Path, directory: Option<&Path>) -> bool {
    let parent = path.parent().filter(|parent| parent.is_absolute());
    parent.is_some() && parent == directory
}

/// The file's content without the line end at its end.
fn read(path: &Path) -> Result<Vec<u8>, Defect> {
    let file = open(path, std::env::var_os(CREDENTIALS_VARIABLE).as_deref().map(Path::new))?;
    let mut bytes = Vec::new();
    let longest = PASSWORD_MAX + "\r\n".len();
    file.take(longest as u64 + 1).read_to_end(&mut bytes).map_err(Refusal::Failed)?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        bytes.pop_if(|last| *last == b'\r');
    }
    // It could not be typed at a prompt, so it is a mistake.
    if bytes.contains(&b'\n') {
        return Err(Defect::SeveralLines);
    }
    Ok(bytes)
}

fn check(password: Vec<u8>) -> Result<Vec<u8>, Defect> {
    match password.len() {
        0 => Err(Defect::Empty),
        1..=PASSWORD_MAX => Ok(password),
        _ => Err(Defect::TooLong),
    }
}

/// Why a given password cannot be used. Names the file or variable, never its content.
#[derive(Debug)]
pub struct Error {
    source: Source,
    defect: Defect,
}

#[derive(Debug)]
enum Source {
    File(PathBuf),
    Variable(String),
}

#[derive(Debug)]
enum Defect {
    Refused(Refusal),
    SeveralLines,
    Empty,
    TooLong,
}

impl From<Refusal> for Defect {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::File(path) => write!(f, "password file {}: ", path.display())?,
            Source::Variable(name) => write!(f, "environment variable {name}: ")?,
        }
        match &self.defect {
            Defect::Refused(refusal) => refusal.fmt(f),
            Defect::SeveralLines => f.write_str("it has more than one line, the password is one"),
            Defect::Empty => f.write_str("the password is empty"),
            Defect::TooLong => write!(f, "the password is longer than {PASSWORD_MAX} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown};

    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use rustix::process::geteuid;
    use tempfile::TempDir;

    use super::*;

    const UNSET: &str = "P2PM_TEST_PASSWORD_THAT_NOBODY_SETS";

    fn from_file(content: &[u8], mode: u32) -> Result<Vec<u8>, String> {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("password");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        match given(Some(&path), Some(UNSET)) {
            Ok(password) => Ok(password.unwrap()),
            Err(e) => {
                let e = e.to_string();
                assert!(e.contains(path.to_str().unwrap()), "{e}");
                Err(e)
            }
        }
    }

    #[test]
    fn one_line_end_is_not_part_of_the_password() {
        assert_eq!(from_file(b" pass word ", 0o600).unwrap(), b" pass word ");
        assert_eq!(from_file(b"password\n", 0o400).unwrap(), b"password");
        assert_eq!(from_file(b"password\r\n", 0o600).unwrap(), b"password");
        assert_eq!(from_file(b"password\r", 0o600).unwrap(), b"password\r");
    }

    #[test]
    fn a_password_is_one_line() {
        for content in [&b"password\n\n"[..], b"first\nsecond\n", b"\npassword"] {
            assert!(from_file(content, 0o600).unwrap_err().contains("more than one line"));
        }
    }

    #[test]
    fn the_length_is_checked_without_the_line_end() {
        let longest = [b'x'; PASSWORD_MAX];
        assert_eq!(from_file(&[&longest[..], b"\r\n"].concat(), 0o600).unwrap(), longest);
        for content in [[&longest[..], b"y"].concat(), [&longest[..], b"y\r\n"].concat(), vec![b'x'; 100_000]]
        {
            assert!(from_file(&content, 0o600).unwrap_err().contains("longer than 128 bytes"));
        }
        for content in [&b""[..], b"\n", b"\r\n"] {
            assert!(from_file(content, 0o600).unwrap_err().contains("empty"));
        }
    }

    #[test]
    fn a_file_that_others_can_get_at_is_refused() {
        for mode in [0o640, 0o604, 0o620, 0o602, 0o777] {
            assert!(from_file(b"password", mode).unwrap_err().contains("chmod 600"), "{mode:o}");
        }
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        // Only root can give a file to another user, or read another user's private file.
        if !geteuid().is_root() {
            return;
        }
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("password");
        fs::write(&path, "password").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(1), None).unwrap();
        let refused = given(Some(&path), Some(UNSET)).unwrap_err().to_string();
        assert!(refused.contains("belongs to another user"), "{refused}");
    }

    #[test]
    fn credentials_of_a_service_are_private_however_they_look() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("password");
        fs::write(&path, "password").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        open(&path, Some(dir.path())).unwrap();
        for elsewhere in [None, Some(Path::new("")), dir.path().parent(), Some(&*path)] {
            assert!(matches!(open(&path, elsewhere), Err(Refusal::ExposedFile)), "{elsewhere:?}");
        }
        assert!(!is_in(Path::new("password"), Some(Path::new(""))));
        assert!(matches!(open(dir.path(), dir.path().parent()), Err(Refusal::NotAFile)));
    }

    #[test]
    fn only_a_regular_file_will_do() {
        let dir = TempDir::new().unwrap();
        let fifo = dir.path().join("fifo");
        mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        for path in [dir.path(), &fifo] {
            assert!(given(Some(path), Some(UNSET)).unwrap_err().to_string().contains("not a regular file"));
        }
        let missing = given(Some(&dir.path().join("missing")), Some(UNSET)).unwrap_err();
        assert!(missing.to_string().contains("missing: No such file"), "{missing}");
    }

    #[test]
    fn with_no_file_the_environment_is_asked() {
        assert!(given(None, Some(UNSET)).unwrap().is_none());
        // Cargo sets this one for every test.
        let name = "CARGO_PKG_NAME";
        assert_eq!(given(None, Some(name)).unwrap().unwrap(), b"p2pm-host");
    }

    #[test]
    fn an_error_names_the_variable() {
        let defect = check(Vec::new()).unwrap_err();
        let error = Error { source: Source::Variable("P2PM_PASSWORD".into()), defect };
        assert_eq!(error.to_string(), "environment variable P2PM_PASSWORD: the password is empty");
    }
}
