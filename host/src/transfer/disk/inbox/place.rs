//! A name in the inbox for what is whole.

use std::fs::File;
use std::io;

use rustix::fs::{FileType, Mode, OFlags, RenameFlags, mkdirat, renameat, renameat_with};
use rustix::io::Errno;

use super::{beneath, name};
use crate::transfer::disk::facts::Facts;

/// Greatest number that a name gets.
const NUMBER_MAX: u32 = 999;

/// Moves what is called `data` in `from` to the first name in the inbox that is free, and returns that. Nothing is replaced. Each
/// name is kept before it is tried.
pub(super) fn place(
    from: &File,
    data: &str,
    inbox: &File,
    label: &str,
    keep: impl Fn(&str) -> io::Result<()>,
) -> io::Result<String> {
    let try_it = |name: &str| {
        keep(name)?;
        move_to(from, data, inbox, name)
    };
    let place_as = |name: &str| first_free(inbox, name, try_it);
    match place_as(&name::in_inbox(label)) {
        Err(error) if is_name_refused(&error) => place_as(&name::plain(label)),
        placed => placed,
    }
}

/// Whether a file system does not hold a name.
pub(super) fn is_name_refused(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::INVAL | Errno::ILSEQ | Errno::NAMETOOLONG))
}

/// The first name like this that nothing has, and that nothing has taken when it is tried.
fn first_free(inbox: &File, name: &str, try_it: impl Fn(&str) -> io::Result<()>) -> io::Result<String> {
    for number in 0..=NUMBER_MAX {
        let name = if number == 0 { name.to_owned() } else { name::numbered(name, number) };
        match Facts::of_name(inbox, &*name) {
            Ok(_) => continue,
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        match try_it(&name) {
            Ok(()) => return Ok(name),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Moves it to a name that nothing has.
fn move_to(from: &File, data: &str, inbox: &File, name: &str) -> io::Result<()> {
    match renameat_with(from, data, inbox, name, RenameFlags::NOREPLACE) {
        // Not every file system can do this.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => replace_own(from, data, inbox, name),
        moved => Ok(moved?),
    }
}

/// The same in two steps: something empty takes the name, which nothing else can take then.
fn replace_own(from: &File, data: &str, inbox: &File, name: &str) -> io::Result<()> {
    if Facts::of_name(from, data)?.kind() == FileType::Directory {
        mkdirat(inbox, name, Mode::RWXU)?;
    } else {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        beneath::open(inbox, name, flags, Mode::RUSR | Mode::WUSR)?;
    }
    Ok(renameat(from, data, inbox, name)?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn without_help_of_the_file_system_nothing_is_replaced_either() {
        let dir = TempDir::new().unwrap();
        let at = File::open(dir.path()).unwrap();
        for make in
            [|path| fs::write(path, "new").unwrap(), |path: std::path::PathBuf| fs::create_dir(path).unwrap()]
        {
            make(dir.path().join("data"));
            fs::write(dir.path().join("taken"), "old").unwrap();
            let error = replace_own(&at, "data", &at, "taken").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            replace_own(&at, "data", &at, "free").unwrap();
            assert_eq!(fs::read(dir.path().join("taken")).unwrap(), b"old");
            assert!(!dir.path().join("data").exists());
            super::super::remove::remove(&at, b"free").unwrap();
            assert!(!dir.path().join("free").exists());
        }
    }
}
