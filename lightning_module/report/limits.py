"""What was not tested, in words that the report and the model card share."""

from typing import Final

_SKIN: Final = (
    "Darker skin was not tested: HAM10000 has almost none and does not record skin tone. How the "
    "network does there is not known, and it may well do worse."
)
_OTHER_SKIN: Final = (
    "How the network does on darker skin is not known, since the data set does not record skin "
    "tone; it may well do worse."
)
_SAME_CAMERAS: Final = (
    "Other cameras and clinics were not tested: the images come from two places, Vienna and "
    "Queensland, whose equipment training has seen. Networks of this kind are known to lose on "
    "dermoscopy from elsewhere.",
    "Part of the figures is owed to the camera: a third of the images are nevi that were watched "
    "over time, all taken by one kind of camera, and networks seem to tell them by that. One that "
    "was trained for six epochs without them took most of them for suspicious. The subgroup of all "
    "but follow-up is nearer to what to expect elsewhere.",
)
_OTHER_CAMERAS: Final = (
    "Cameras and clinics other than the data set's were not tested. Networks of this kind are "
    "known to lose on dermoscopy from elsewhere.",
)
_OFFICIAL: Final = (
    "Other cameras and clinics were tested only as far as the official test set holds them: it has "
    "images of institutions that training has not seen (Codella et al., arXiv:1902.03368), but its "
    "files do not tell which. Networks of this kind are known to lose on dermoscopy from "
    "elsewhere.",
    "The challenge's own table of that test set does not tell which images show the same lesion. "
    "With it, only near-duplicate images are taken for one lesion, and the intervals are too "
    "narrow.",
)
_HELD_OUT: Final = (
    "The test split is a mixture: lesions with `{held_out}`, which training has not seen, and a "
    "share of the others. Figures of the whole hold for neither; see the subgroups."
)
_ALWAYS: Final = (
    "Photographs that are no dermoscopy, of a phone for instance, are out of scope; the "
    "in-distribution score flags many of them but not all.",
    "Diagnoses other than the seven can not be recognised: squamous cell carcinoma, Merkel cell "
    "carcinoma, lymphoma, inflammation and infection will be called one of the seven.",
    "The whole image is squashed to 224 x 224 pixels and compressed; finer structures are lost.",
    "The lesions had been chosen for a data set: among people who walk in, far fewer are "
    "malignant, so predictive values differ and probabilities of malignancy are too high.",
    "No person has used the network in a clinical study.",
)


def limits(test_set: str, held_out: str | None, *, is_ham10000: bool) -> list[str]:
    """Tell what was not tested, one sentence or a few for each point.

    Args:
        test_set: ``split`` or ``official``.
        held_out: Which lesions were kept from training, ``COLUMN=VALUE``, or ``None``.
        is_ham10000: Whether the images are those of HAM10000.
    """
    cameras: tuple[str, ...]
    if held_out:
        cameras = (_HELD_OUT.format(held_out=held_out), *_OTHER_CAMERAS)
    elif test_set == "official":
        cameras = _OFFICIAL
    else:
        cameras = _SAME_CAMERAS if is_ham10000 else _OTHER_CAMERAS
    return [_SKIN if is_ham10000 else _OTHER_SKIN, *cameras, *_ALWAYS]
