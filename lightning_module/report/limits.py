"""What was not tested, in words that the report and the model card share."""

from typing import Final

LIMITS: Final = (
    "Darker skin was not tested: HAM10000 has almost none and does not record skin tone. How the "
    "network does there is not known, and it may well do worse.",
    "Other cameras and clinics were not tested: the images come from two places, Vienna and "
    "Queensland, whose equipment training has seen. Networks of this kind are known to lose on "
    "dermoscopy from elsewhere.",
    "Part of the figures is owed to the camera: a third of the images are nevi that were watched "
    "over time, all taken by one kind of camera, and networks seem to tell them by that. One that "
    "was trained for six epochs without them took most of them for suspicious. The subgroup of all "
    "but follow-up is nearer to what to expect elsewhere.",
    "Photographs that are no dermoscopy, of a phone for instance, are out of scope; the "
    "in-distribution score flags many of them but not all.",
    "Diagnoses other than the seven can not be recognised: squamous cell carcinoma, Merkel cell "
    "carcinoma, lymphoma, inflammation and infection will be called one of the seven.",
    "The whole image is squashed to 224 x 224 pixels and compressed; finer structures are lost.",
    "The lesions had been chosen for a data set: among people who walk in, far fewer are "
    "malignant, and predictive values differ.",
    "No person has used the network in a clinical study.",
)
