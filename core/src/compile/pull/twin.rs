//! Ways in which the same hosts pull: images by name, the same ones by digest, and those of before.
//!
//! They are laid out one by one, and share what the hosts have: slots, agents, networks, and what is
//! known of the images. Only the images of before are others, and so is what hosts know of them.

use super::Pulls;
use crate::catalog::client::Reference;
use crate::scenario::model::{Cached, PullSection};
use std::borrow::Cow;

/// One of several ways in which the same hosts pull.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Twin {
    /// As the images are named.
    Named,
    /// By digest.
    Pinned,
    /// The images that ran before, and run again.
    Before,
}

impl<'a> Pulls<'a> {
    /// Whether an image is named by tag, so that somebody has to look up what it is.
    pub fn names_a_tag(&self) -> bool {
        let images = &self.targets[..self.images];
        images.iter().any(|it| it.reference == Reference::Tag)
    }

    /// The same pulls as they are, and by digest: what hosts hold is the same for both.
    pub fn and_pinned(self) -> (Self, Self) {
        let mut pinned = self.twin(Twin::Pinned, self.section.clone());
        pinned.name_by_digest();
        (self.named(), pinned)
    }

    /// The same pulls, and those of the images that ran on these hosts before and were alike. They
    /// are named in the same way, or by digest if that is known of them. Hosts that `kept` them
    /// have them still, and their agents have pulled them once.
    pub fn and_before(self, kept: bool, by_digest: bool) -> (Self, Self) {
        let mut section = self.section.clone();
        if kept || self.who.machines.is_some() {
            section.to_mut().cached = Cached::Everything;
        }
        let mut before = self.twin(Twin::Before, section);
        if before.section.cached == Cached::Everything && before.keeps_layers() {
            for target in &mut before.targets {
                target.held = target.image.layers.len() as u32;
            }
        }
        if by_digest {
            before.name_by_digest();
        }
        (self.named(), before)
    }

    fn named(self) -> Self {
        Pulls {
            twin: Some(Twin::Named),
            ..self
        }
    }

    fn twin(&self, twin: Twin, section: Cow<'a, PullSection>) -> Self {
        Pulls {
            section,
            targets: self.targets.clone(),
            pacing: self.pacing.clone(),
            layout: None,
            report: None,
            twin: Some(twin),
            ..*self
        }
    }

    fn name_by_digest(&mut self) {
        for target in &mut self.targets {
            target.reference = Reference::Digest;
        }
    }

    fn keeps_layers(&self) -> bool {
        super::keeps_layers(self.engine)
    }
}
