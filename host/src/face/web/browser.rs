//! The user's desktop: a browser is opened on the page, and a folder is shown.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, thread};

use crate::config::{private, runtime};

/// Opens whatever has a program for it.
const OPENER: &str = "xdg-open";
/// Browsers that have windows for one page.
const WITH_WINDOWS: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];

/// Where programs are that see no hidden file, and none outside the home directory.
const CONFINED: &str = "/snap";

/// A file of the user's alone that leads a browser to the page. On a command line, the address would be seen by everybody. It is
/// removed on drop.
#[derive(Debug)]
pub(super) struct Redirect(PathBuf);

impl Redirect {
    pub(super) fn to(address: &str, port: u16) -> io::Result<Self> {
        let path = folder()?.join(format!("p2pm-{port}.html"));
        // One that was left behind is not written to: somebody may have opened it.
        let _ = fs::remove_file(&path);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let redirect = Self(path);
        write!(
            file,
            "<!doctype html>\n<meta charset=\"utf-8\">\n<title>p2pm</title>\n\
             <meta http-equiv=\"refresh\" content=\"0;url={address}\">\n<a href=\"{address}\">p2pm</a>\n"
        )?;
        Ok(redirect)
    }

    /// Opens it, in a window of its own if that is wanted and there is a browser that can. False if nothing can open it.
    pub(super) fn open(&self, is_window: bool) -> bool {
        let windows = WITH_WINDOWS.iter().filter(|_| is_window);
        let mut started =
            windows.map(|browser| start(browser, &format!("--app=file://{}", self.0.display())));
        started.any(|it| it) || show(&self.0)
    }
}

impl Drop for Redirect {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn folder() -> io::Result<PathBuf> {
    if let Some(home) = env::home_dir().filter(|_| Path::new(CONFINED).exists()) {
        return Ok(home);
    }
    let folder = runtime::directory();
    private::create_dir(&folder).map_err(|why| io::Error::other(format!("{}: {why}", folder.display())))?;
    Ok(folder)
}

/// Shows a file or a folder with the desktop's program for it. False if there is none.
pub(super) fn show(path: &Path) -> bool {
    path.to_str().is_some_and(|path| start(OPENER, path))
}

/// Starts a program that goes on by itself, also when this one is interrupted.
fn start(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let Ok(mut child) = command.spawn() else { return false };
    // Somebody has to ask what has become of it.
    thread::spawn(move || child.wait());
    true
}
