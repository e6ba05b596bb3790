//! Confinement of a thread to an inbox.

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, make_bitflags,
};

use super::Inbox;

/// What a thread may do in the inbox: no more than to make, write, rename and remove files and folders.
const ALLOWED: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir | Refer
});

/// How far a thread is confined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confinement {
    /// No file outside the inbox can be opened.
    Full,
    /// The same, but the kernel is older, and some things are not hindered, such as to cut off the end of a file.
    Partial,
    /// Nothing is hindered, since the kernel cannot do it.
    None,
}

/// Confines the calling thread, and all that it starts, to an inbox for good, as far as the kernel can (Landlock). Files that
/// are open stay open.
pub fn confine(inbox: &Inbox) -> Confinement {
    match restrict(inbox) {
        Ok(RulesetStatus::FullyEnforced) => Confinement::Full,
        Ok(RulesetStatus::PartiallyEnforced) => Confinement::Partial,
        Ok(RulesetStatus::NotEnforced) | Err(_) => Confinement::None,
    }
}

fn restrict(inbox: &Inbox) -> Result<RulesetStatus, RulesetError> {
    // Of the first kernels with Landlock, none would let a file be renamed into another folder, as one is that is whole.
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::Refer)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V5))?
        .create()?;
    let status = ruleset.add_rule(PathBeneath::new(&inbox.dir, ALLOWED))?.restrict_self()?;
    Ok(status.ruleset)
}
